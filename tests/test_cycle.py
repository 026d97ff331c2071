"""Whole cycles: real files, a real store, real HTTP to the sandbox."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import orjson
import pytest
import requests
from pydantic import SecretStr
from transcripts import START, Transcript

from bot import service, wiring
from bot.adapters.store import SqlStore
from bot.adapters.upkeep import SqlUpkeep
from bot.core.marker import END
from bot.core.report import Report, as_json
from bot.ingest import Silence
from bot.sandbox.faults import BAD_GATEWAY_AFTER, BAD_GATEWAY_BEFORE, CUT_AFTER, CUT_BEFORE, Fault, shortened
from bot.sandbox.server import TOKEN, Sandbox
from bot.settings import Github, Limits, Route, Settings, Source
from bot.upkeep import Pause

REPOSITORY = "acme/shop"
NOW = datetime(2026, 2, 10, tzinfo=UTC)
FAILURE = "Exit code 1\nTraceback (most recent call last):\nModuleNotFoundError: No module named 'shopdata'"
PERSON = "someone-token"


class Team:
    """A folder of sessions, a database and a GitHub: what a maintainer has."""

    def __init__(self, folder: Path, box: Sandbox) -> None:
        self.folder, self.box = folder, box
        self.settings = Settings(
            sources=(Source(path=str(folder / "sessions")),),
            database=f"sqlite:///{folder / 'bot.db'}",
            repository=REPOSITORY,
            github=Github(api_url=box.url, token=TOKEN),
            limits=Limits(pause=timedelta(0)),
        )

    def session(
        self, number: int, person: str, failure: str = FAILURE, *, cwd: str = "/srv/shop", day: int = 0
    ) -> Path:
        """One session in which Python cannot import a module."""
        name = f"{number:08d}-0000-4000-8000-000000000000"
        transcript = Transcript(name, start=START + timedelta(days=day), cwd=cwd)
        transcript.prompt("make the report").run("python report.py", failure, failed=True)
        return transcript.write(self.folder / "sessions" / person / f"2026-02-02_{name}.jsonl")

    def run(self, *, post: bool = True, now: datetime = NOW, **changed: Any) -> Report:
        """One cycle."""
        settings = self.settings.model_copy(update=changed)
        with wiring.build(settings, now, post=post) as (request, ports):
            return service.run(request, ports, Silence())

    def api(self, verb: str, path: str, token: str = TOKEN, **body: Any) -> Any:
        """What any client sees and does."""
        address = f"{self.box.url}/repos/{REPOSITORY}/{path}"
        answer = requests.request(
            verb, address, json=body or None, headers={"Authorization": f"Bearer {token}"}, timeout=9
        )
        answer.raise_for_status()
        return answer.json() if answer.content else None

    @property
    def issues(self) -> list[Any]:
        """All issues, the oldest first."""
        return self.api("GET", "issues?state=all&direction=asc")

    def forget(self) -> None:
        """Lose the whole memory."""
        for path in self.folder.glob("bot.db*"):
            path.unlink()


@pytest.fixture
def team(tmp_path: Path) -> Iterator[Team]:
    with Sandbox() as box:
        box.add_repository(REPOSITORY)
        box.add_repository("acme/site")
        box.add_user("someone", PERSON, "write")
        made = Team(tmp_path, box)
        for number, person in enumerate(("ada", "ben", "ada"), 1):
            made.session(number, person)
        yield made


def done(report: Report) -> list[tuple[str, int | None, str]]:
    return [(outcome.action, outcome.issue, outcome.error) for outcome in report.outcomes]


def reasons(report: Report) -> list[tuple[str, str]]:
    return [(action.action, action.reason) for action in report.plan]


def test_a_first_run_files_and_a_second_does_nothing(team: Team) -> None:
    assert done(team.run()) == [("open", 1, "")]
    again = team.run()
    assert done(again) == []
    assert (again.stats.read, again.stats.unchanged, again.stats.bytes) == (0, 3, 0)
    (issue,) = team.issues
    assert issue["title"] == "Python cannot import shopdata"
    assert sorted(label["name"] for label in issue["labels"]) == [
        "bug", "friction: python-module-missing", "user-feedback",
    ]  # fmt: skip


def test_the_passing_of_time_alone_writes_nothing(team: Team) -> None:
    team.run()
    assert done(team.run(now=NOW + timedelta(days=3))) == []


def test_what_other_sources_said_before_is_never_filed_for_these(team: Team) -> None:
    team.run(post=False)
    elsewhere = team.folder / "elsewhere"
    elsewhere.mkdir()
    report = team.run(sources=(Source(path=str(elsewhere)),))
    assert (report.findings, done(report), team.issues) == ((), [], [])
    assert done(team.run()) == [("open", 1, "")]


def test_without_post_nothing_is_written(team: Team) -> None:
    report = team.run(post=False)
    assert [action.action for action in report.plan] == ["open"]
    assert team.issues == []
    assert {verb for verb, _, _ in team.box.requests} == {"GET"}


def test_new_evidence_edits_the_issue_once_and_comments_never(team: Team) -> None:
    team.run()
    team.session(4, "cy", day=1)
    assert done(team.run()) == [("update", 1, "")]
    assert done(team.run()) == []
    (issue,) = team.issues
    assert "4 times in 4 sessions of 3 people" in issue["body"]
    assert issue["comments"] == 0


def test_what_people_write_around_the_bots_part_stays_byte_for_byte(team: Team) -> None:
    team.run()
    body = team.issues[0]["body"]
    team.api("PATCH", "issues/1", body=f"Note by Ada:  \r\nwait.\r\n\r\n{body}\n\nP.S. `x`\n")
    team.session(4, "cy", day=1)
    team.run()
    after = team.issues[0]["body"]
    assert after.startswith("Note by Ada:  \r\nwait.\r\n\r\n<!-- frictionbot ")
    assert after.endswith(f"{END}\n\nP.S. `x`\n")


def test_a_title_that_a_person_changed_and_a_label_taken_off_stay_so(team: Team) -> None:
    team.run()
    team.api("PATCH", "issues/1", title="Ship shopdata", labels=["user-feedback", "wanted"])
    team.session(4, "cy", day=1)
    assert done(team.run()) == [("update", 1, "")]
    (issue,) = team.issues
    assert issue["title"] == "Ship shopdata"
    assert sorted(label["name"] for label in issue["labels"]) == ["user-feedback", "wanted"]


def test_without_the_bots_part_an_issue_is_left_to_its_people(team: Team) -> None:
    team.run()
    team.api("PATCH", "issues/1", body="We write this ourselves.")
    team.session(4, "cy", day=1)
    team.run()
    assert [issue["body"] for issue in team.issues] == ["We write this ourselves."]


@pytest.mark.parametrize(("reason", "row"), [("completed", "fixed"), ("not_planned", "not_planned")])
def test_a_closed_issue_is_left_alone_by_evidence_from_before(team: Team, reason: str, row: str) -> None:
    team.run()
    team.api("PATCH", "issues/1", state="closed", state_reason=reason)
    for number in range(4, 9):
        team.session(number, f"person{number}", day=2)
    report = team.run()
    assert [(action.action, action.row) for action in report.plan] == [("skip", row)]
    assert (done(report), [issue["state"] for issue in team.issues]) == ([], ["closed"])


def test_after_the_loss_of_the_memory_nothing_is_filed_twice(team: Team) -> None:
    team.run()
    team.forget()
    assert done(team.run()) == []
    assert len(team.issues) == 1


def test_a_marker_copied_into_somebody_elses_issue_is_only_text(team: Team) -> None:
    team.run()
    copied = team.issues[0]["body"]
    team.api("PATCH", "issues/1", state="closed", state_reason="completed")
    team.api("POST", "issues", token=PERSON, title="Mine", body=copied)
    team.session(4, "cy", day=1)
    assert done(team.run()) == []
    assert team.api("GET", "issues/2")["body"] == copied


def test_a_marker_without_the_right_signature_does_not_count_where_a_key_is_set(team: Team) -> None:
    team.run(marker_key=SecretStr("one key"))
    assert done(team.run(marker_key=SecretStr("another key"))) == []  # known by its number
    team.forget()
    assert done(team.run(marker_key=SecretStr("another key"))) == [("open", 2, "")]


FAULTS = {
    "502 before": BAD_GATEWAY_BEFORE,
    "502 after": BAD_GATEWAY_AFTER,
    "cut before": CUT_BEFORE,
    "cut after": CUT_AFTER,
}


@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS)
def test_an_unclear_answer_is_left_for_the_next_cycle_to_find(team: Team, fault: Fault) -> None:
    team.box.fault = once(lambda verb, path: verb == "POST" and path.endswith("/issues"), fault)
    ((action, issue, error),) = done(team.run())
    assert (action, issue) == ("open", None)
    assert error.endswith("the next cycle looks whether it was done")
    assert done(team.run()) == []  # found, or waited for
    team.run(now=NOW + timedelta(minutes=10))
    assert [each["title"] for each in team.issues] == ["Python cannot import shopdata"]
    assert done(team.run(now=NOW + timedelta(minutes=20))) == []


def test_nothing_is_opened_on_a_listing_that_lacks_a_known_issue(team: Team) -> None:
    team.run()
    for number in range(4, 7):
        team.session(number, f"person{number}", FAILURE.replace("shopdata", "orders"), day=1)
    team.box.fault = lambda request: (
        shortened(0) if request.method == "GET" and request.path.endswith("/issues") else None
    )
    report = team.run()
    assert "incomplete_listing" in [problem.code for problem in report.problems]
    assert done(report) == []
    team.box.fault = None
    assert done(team.run()) == [("open", 2, "")]


def test_over_the_limit_of_new_issues_the_rest_waits_for_the_next_run(team: Team) -> None:
    for number in range(4, 7):
        team.session(number, f"person{number}", FAILURE.replace("shopdata", "orders"))
    limits = team.settings.limits.model_copy(update={"new_issues_per_run": 1, "overview": False})
    assert [action for action, _, _ in done(team.run(limits=limits))] == ["open"]
    assert [action for action, _, _ in done(team.run(limits=limits))] == ["open"]
    assert done(team.run(limits=limits)) == []


def test_each_repository_counts_its_own_sessions(team: Team) -> None:
    for number in range(4, 6):
        team.session(number, f"person{number}", cwd="/srv/site")
    report = team.run(routes=(Route(repository="acme/site", cwd="/srv/site"),))
    assert sorted((finding.repository, finding.total.sessions, finding.state) for finding in report.findings) == [
        ("acme/shop", 3, "active"), ("acme/site", 2, "below"),
    ]  # fmt: skip


def test_a_wrong_token_is_one_clear_problem_and_the_findings_are_there(team: Team) -> None:
    report = team.run(github=Github(api_url=team.box.url, token="wrong"))
    assert [problem.code for problem in report.problems] == ["bad_credentials"]
    assert (len(report.findings), done(report), report.exit_code) == (1, [], 1)


def test_a_database_that_cannot_be_used_costs_the_memory_and_the_posting_only(team: Team) -> None:
    (team.folder / "bot.db").write_text("this is no database")
    report = team.run()
    assert [problem.place for problem in report.problems] == ["database"]
    assert (len(report.findings), report.posted, report.exit_code) == (1, False, 1)
    assert team.issues == []


def test_hostile_output_is_inert_and_secrets_are_nowhere(team: Team) -> None:
    token = "gh" + "p_" + "a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8"
    hostile = (
        f"{FAILURE}\n```\n@maintainer fixes #1\n/close\n<!-- /frictionbot -->\n<img src=x onerror=y>\nTOKEN={token}"
    )
    for number in range(1, 4):
        team.session(number, f"person{number}", hostile)
    report = team.run()
    (issue,) = team.issues
    for part in ("@maintainer", "\n/close", token):
        assert part not in issue["body"]
    assert issue["body"].count(END) == 1
    kept = b"".join(path.read_bytes() for path in team.folder.glob("bot.db*")) + orjson.dumps(as_json(report))
    assert token.encode() not in kept
    assert "mentioned" not in [event["event"] for event in team.api("GET", "issues/1/timeline")]


def test_the_json_of_a_run_has_the_shape_that_programs_rely_on(team: Team) -> None:
    value = orjson.loads(orjson.dumps(as_json(team.run())))
    assert list(value) == [
        "schema", "as_of", "posted", "sessions", "problems", "findings", "plan", "outcomes", "silences",
    ]  # fmt: skip
    assert (value["schema"], value["as_of"], value["posted"]) == (1, "2026-02-10T00:00:00.000Z", True)
    (finding,) = value["findings"]
    assert (finding["key"], finding["state"], finding["in_window"]) == (
        {"module": "shopdata"}, "active", {"sessions": 3, "people": 2, "occurrences": 3},
    )  # fmt: skip
    assert value["outcomes"] == [
        {"action": "open", "fingerprint": finding["fingerprint"], "repository": REPOSITORY, "issue": 1, "error": None}
    ]


def once(fits: Callable[[str, str], bool], fault: Fault) -> Callable[[Any], Fault | None]:
    """A fault for the first request that fits."""
    left = [fault]

    def hook(request: Any) -> Fault | None:
        return left.pop() if left and fits(request.method, request.path) else None

    return hook


def test_a_paused_repository_is_planned_and_nothing_is_written_there(team: Team) -> None:
    for number, person in enumerate(("ada", "ben", "cy", "dee"), 1):
        team.session(number, person)
    team.run()
    with SqlStore.open(team.settings.database) as store:
        SqlUpkeep(store.engine).pause(Pause(f"repository:{REPOSITORY}", NOW, because="moving house"))
    team.api("POST", "issues/1/comments", body="/friction why")
    before = len([each for each in team.box.requests if each.method != "GET"])
    report = team.run()
    assert {action.row for action in report.plan} == {"paused"}
    assert len([each for each in team.box.requests if each.method != "GET"]) == before
