"""What is counted of requests to GitHub and of cycles: every answer, and every request that got none."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.adapters.github import GithubTracker
from bot.adapters.github_auth import Credentials
from bot.adapters.github_http import Patience
from bot.adapters.telemetry import Telemetry
from bot.adapters.telemetry_counts import kept
from bot.adapters.telemetry_server import telemetry_engine
from bot.adapters.upkeep_tables import open_store
from bot.core.model import Action, Problem, ReadStats, Result
from bot.core.report import Report
from bot.ports import TrackerError
from bot.sandbox.exchange import Request
from bot.sandbox.faults import BAD_GATEWAY_BEFORE, CUT_BEFORE, Fault
from bot.sandbox.server import TOKEN, Sandbox
from bot.settings import Settings
from tests.issue_json import REPOSITORY, marked

Heard = list[tuple[str, int, Mapping[str, str], float]]


@pytest.fixture
def box() -> Iterator[Sandbox]:
    with Sandbox() as made:
        made.add_repository(REPOSITORY)
        yield made


def asked(box: Sandbox, heard: Heard) -> GithubTracker:
    return GithubTracker(
        Credentials(TOKEN),
        api_url=box.url,
        patience=Patience(timeout=2, pause=0.01),
        heard=lambda *one: heard.append(one),
    )


def test_every_answer_is_heard_with_its_status_and_limits(box: Sandbox) -> None:
    heard: Heard = []
    with asked(box, heard) as github:
        github.create(REPOSITORY, "Title", marked(), ("bug",))
        github.issue(REPOSITORY, 77)
    assert [(verb, status) for verb, status, _, _ in heard] == [("POST", 201), ("GET", 404)]
    assert all(headers["x-ratelimit-remaining"].isdecimal() and seconds > 0 for _, _, headers, seconds in heard)


def test_each_try_counts_and_no_answer_is_status_nought(box: Sandbox) -> None:
    heard: Heard = []
    left: list[Fault] = [BAD_GATEWAY_BEFORE, CUT_BEFORE]

    def failing(request: Request) -> Fault | None:
        return left.pop() if left and "/issues/" in request.path else None

    box.fault = failing
    with asked(box, heard) as github:
        assert github.issue(REPOSITORY, 77) is None
    assert [status for _, status, _, _ in heard] == [0, 502, 404]


def telemetry(tmp_path: Path) -> Telemetry:
    database = f"sqlite:///{tmp_path}/x.db"
    open_store(database).close()
    return Telemetry(Settings(database=database), {})


def counted(tmp_path: Path, name: str) -> dict[tuple[str, ...], float]:
    engine = telemetry_engine(f"sqlite:///{tmp_path}/x.db")
    with engine.connect() as connection:
        found = {labels: row[0] for labels, row in kept(connection).get(name, {}).items()}
    engine.dispose()
    return found


def test_what_github_says_of_its_limits_is_kept_and_nothing_else(tmp_path: Path) -> None:
    told = telemetry(tmp_path)
    told.heard(
        "GET", 200, {"x-ratelimit-resource": "core", "x-ratelimit-remaining": "4711", "x-ratelimit-limit": "5000"}, 0.1
    )
    told.heard(
        "GET", 200, {"x-ratelimit-resource": "core", "x-ratelimit-remaining": "٣", "x-ratelimit-limit": "9" * 400}, 0.1
    )
    told.heard("GET", 200, {}, 0.1)
    told.close()
    assert counted(tmp_path, "github_remaining") == {("core",): 4711.0}
    assert counted(tmp_path, "github_limit") == {("core",): 5000.0}
    assert counted(tmp_path, "github_requests_total") == {("GET", "200"): 3.0}


def action(kind: str, row: str) -> Action:
    return Action(kind, "f" * 64, REPOSITORY, "some-rule", None, "Title", (), "why", row=row)


def test_a_cycle_is_counted_by_what_was_tried_skipped_and_failed(tmp_path: Path) -> None:
    report = Report(
        datetime(2026, 3, 1, tzinfo=UTC),
        True,
        ReadStats(),
        (Problem("unreachable", REPOSITORY, "m"), Problem("empty_file", "x", "only a note")),
        (),
        (action("open", "open"), action("skip", "silenced"), action("skip", "silenced")),
        (Result("open", "f" * 64, REPOSITORY, 1), Result("edit", "f" * 64, REPOSITORY, 2, error="put off until noon")),
    )
    told = telemetry(tmp_path)
    told.told(report, REPOSITORY, whole=False)
    told.told(report, REPOSITORY, whole=True)
    told.close()
    assert counted(tmp_path, "actions_total") == {
        (REPOSITORY, "open", "done"): 2.0,
        (REPOSITORY, "edit", "failed"): 2.0,
    }
    assert counted(tmp_path, "skips_total") == {("silenced",): 4.0}
    assert counted(tmp_path, "errors_total") == {("unreachable",): 2.0}
    assert counted(tmp_path, "findings") == {(REPOSITORY, state): 0.0 for state in ("active", "quiet", "below")}


def test_a_database_that_cannot_be_used_stops_no_work(tmp_path: Path) -> None:
    told = Telemetry(Settings(database=f"sqlite:///{tmp_path}/nothing-in-it.db"), {})
    told.failed("code")
    told.save()
    told.close()
    wrong = Telemetry(Settings.model_construct(database="nonsense://"), {})
    wrong.failed("code")
    wrong.close()


def test_an_unclear_answer_to_a_write_is_counted_before_it_is_raised(box: Sandbox) -> None:
    heard: Heard = []
    left: list[Fault] = [CUT_BEFORE]
    box.fault = lambda request: left.pop() if left and request.method == "POST" else None
    with asked(box, heard) as github, pytest.raises(TrackerError):
        github.create(REPOSITORY, "Title", marked(), ("bug",))
    assert [(verb, status) for verb, status, _, _ in heard if verb == "POST"] == [("POST", 0)]
