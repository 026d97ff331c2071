"""`frictionbot rules health`: the table, the object for programs, and a whole life of some issues."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
import requests

from bot.commands.command_help import command_help
from bot.commands.work import RealWork
from bot.core.health import Health
from bot.core.health_issues import Kept
from bot.core.health_proposals import Proposal
from bot.core.model import Problem, ReadStats
from bot.core.report import Report
from bot.main import cli
from bot.ports import StoreError
from bot.sandbox.server import TOKEN, Sandbox
from tests.shells import NOW, RememberedWork, Said, Terminal, typed
from tests.transcripts import Transcript

PROPOSED = Proposal("threshold.sessions", "3", "6", 4, 5, 0, 3)
POOR = Health(
    rule="tool-failure", status="stable", filed=9, open=1, fixed=3, silenced=2, rejected=4, against=5, days_to_fix=2.5,
    kept=Kept(12, 4), standing=0.5, advice=PROPOSED.words, proposal=PROPOSED,
)  # fmt: skip
FINE = Health(
    rule="file-not-found", status="shadow", filed=1, open=1, fixed=0, silenced=0, rejected=0, against=0, days_to_fix=None,
    kept=Kept(), standing=1.0, advice="it is shadow, and files nothing",
)  # fmt: skip
PERSON = "a-maintainer"


def report(*found: Health, problems: tuple[Problem, ...] = ()) -> Report:
    return Report(NOW, False, ReadStats(), problems, (), (), (), health=found)


def told(*argv: str, of: Report | BaseException) -> Said:
    return typed("rules", "health", *argv, work=RememberedWork(of))


def test_rules_are_ranked_in_a_table_with_what_is_proposed_below() -> None:
    said = told(of=report(POOR, FINE))
    assert (said.code, said.err) == (0, "")
    assert said.out.splitlines() == [
        "RULE            STATUS  STANDING  FILED  OPEN  FIXED  SILENCED  REJECTED  DAYS TO FIX  SESSIONS QUIET  PEOPLE QUIET",
        "tool-failure    stable      0.50      9     1      3         2         4          2.5              12             4",
        "file-not-found  shadow      1.00      1     1      0         0         0            -               0             0",
        "",
        "Proposals",
        "- tool-failure: sessions: 3 → 6 would have held back 4 of 5 rejected or silenced and 0 of 3 fixed",
        "- file-not-found: it is shadow, and files nothing",
    ]


def test_where_nothing_was_filed_that_is_said() -> None:
    assert told(of=report()).out == "No rule has filed an issue, and nothing is silenced.\n"


def test_programs_get_one_object_with_every_figure() -> None:
    said = told("--format", "json", of=report(POOR, FINE))
    assert sorted(said.json) == ["as_of", "problems", "rules", "schema"]
    poor, fine = said.json["rules"]
    assert poor == {
        "rule": "tool-failure", "status": "stable", "standing": 0.5, "filed": 9, "open": 1, "fixed": 3, "silenced": 2,
        "rejected": 4, "against": 5, "median_days_to_fix": 2.5, "sessions_kept_quiet": 12, "people_kept_quiet": 4,
        "advice": "sessions: 3 → 6 would have held back 4 of 5 rejected or silenced and 0 of 3 fixed",
        "proposal": {
            "setting": "threshold.sessions", "was": "3", "value": "6",
            "held_against": 4, "of_against": 5, "held_fixed": 0, "of_fixed": 3,
        },
    }  # fmt: skip
    assert (fine["median_days_to_fix"], fine["proposal"]) == (None, None)


def test_the_help_names_every_field_of_the_object() -> None:
    [rule] = told("--format", "json", of=report(POOR)).json["rules"]
    words = set(re.findall(r"\w+", command_help(cli)))
    assert {*rule, *rule["proposal"]} <= words


def test_what_could_not_be_read_is_said_and_exits_with_one() -> None:
    said = told(of=report(FINE, problems=(Problem("forbidden", "acme/agents", "GitHub says no"),)))
    assert (said.code, said.err) == (1, "acme/agents: GitHub says no [forbidden]\n")
    assert "file-not-found" in said.out


def test_a_database_that_cannot_be_used_is_one_line() -> None:
    said = told(of=StoreError("store_unusable", "it is locked"))
    assert (said.code, said.out, said.err) == (1, "", "database: it is locked [store_unusable]\n")


def test_it_asks_for_a_run_that_writes_nothing() -> None:
    work = RememberedWork(report())
    typed("rules", "health", "--repo", "acme/agents", "--now", "2026-02-15T10:00:00Z", work=work)
    [(settings, now, post)] = work.asked
    assert (settings.repository, f"{now}", post) == ("acme/agents", "2026-02-15 10:00:00+00:00", False)


def test_a_terminal_gets_a_framed_table() -> None:
    assert "─" in typed("rules", "health", work=RememberedWork(report(POOR)), out=Terminal()).out


@pytest.fixture
def times() -> list[datetime]:
    """The last one is what the clock of GitHub shows."""
    return [NOW - timedelta(hours=12)]


@pytest.fixture
def box(times: list[datetime]) -> Iterator[Sandbox]:
    with Sandbox(clock=lambda: times[-1]) as running:
        running.add_repository("acme/agents")
        running.add_user("dana", PERSON, "write")
        yield running


def test_what_people_do_with_issues_becomes_the_health_of_their_rule(
    box: Sandbox, times: list[datetime], tmp_path: Path
) -> None:
    for module, sessions in {"one": 3, "two": 3, "three": 4, "four": 6, "five": 6}.items():
        for number in range(sessions):
            transcript = Transcript(f"{module}-{number}", start=NOW - timedelta(days=number + 1))
            missing = f"Exit code 1\nModuleNotFoundError: No module named '{module}'"
            transcript.prompt(f"report {module}").run(f"python {module}.py", missing, failed=True)
            transcript.write(tmp_path / "team" / "abc"[number % 3] / f"2026-02-10_{module}{number}.jsonl")
    argv = [f"--source={tmp_path / 'team'}", f"--database=sqlite:///{tmp_path / 'bot.db'}", "--repo=acme/agents"]
    environ = {"GITHUB_API_URL": box.url, "GITHUB_TOKEN": TOKEN, "FRICTIONBOT_LIMITS_PAUSE": "0s"}
    filed = typed("run", "--post", "--format", "json", *argv, work=RealWork(), environ=environ)
    assert (filed.code, filed.err) == (0, "")
    times.append(NOW)
    for each in requests.get(f"{box.url}/repos/acme/agents/issues", headers=_as(TOKEN), timeout=9).json():
        kept = each["title"].endswith(("four", "five"))
        change = {"state": "closed", "state_reason": "completed" if kept else "not_planned"}
        requests.patch(each["url"], json=change, headers=_as(PERSON), timeout=9).raise_for_status()
    said = typed("rules", "health", *argv, work=RealWork(), environ=environ)
    assert (said.code, said.err) == (0, "")
    assert [line.split() for line in said.out.splitlines()[1:2]] == [
        ["python-module-missing", "stable", "0.57", "5", "0", "2", "0", "3", "0.5", "0", "0"]
    ]
    assert said.out.splitlines()[-1] == (
        "- python-module-missing: sessions: 3 → 5 would have held back 3 of 3 rejected or silenced and 0 of 2 fixed"
    )


def _as(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}
