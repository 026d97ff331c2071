"""`frictionbot rebuild`: it asks before it forgets, and says what the next run would do."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from io import StringIO
from pathlib import Path

import pytest

from bot.commands.shell import Shell
from bot.commands.work import RealWork
from bot.core.model import Problem, ReadStats
from bot.core.report import Report
from bot.ingest import Watch
from bot.main import main
from bot.ports import StoreError
from bot.sandbox.server import Sandbox
from bot.settings import Settings
from tests.shells import NOW, RememberedWork, Said, Terminal, typed
from tests.transcripts import Transcript

ARGV = ("rebuild", "--repo", "acme/agents")
EMPTY = Report(NOW, posted=False, stats=ReadStats(files=1), problems=(), findings=(), plan=(), outcomes=())


@dataclass
class Rebuilding(RememberedWork):
    """Work that rebuilds to this report, and remembers as of when it was asked to."""

    rebuilt: Report | StoreError = EMPTY
    moments: list[datetime] = field(default_factory=list)

    def rebuild(self, settings: Settings, now: datetime, watch: Watch) -> Report:
        self.moments.append(now)
        if isinstance(self.rebuilt, StoreError):
            raise self.rebuilt
        return self.rebuilt


def rebuild(work: Rebuilding, *argv: str, answers: StringIO | None = None, token: str = "t") -> Said:
    out, err = StringIO(), StringIO()
    environ = {"GITHUB_TOKEN": token} if token else {}
    code = main((*ARGV, *argv), Shell(out, err, environ, Path("/nonexistent"), lambda: NOW, work, answers))
    return Said(code, out.getvalue(), err.getvalue())


@pytest.mark.parametrize("answers", [None, StringIO("y\n")])
def test_where_nobody_can_be_asked_nothing_is_forgotten_without_yes(answers: StringIO | None) -> None:
    work = Rebuilding()
    said = rebuild(work, answers=answers)
    assert (said.code, said.out, work.moments) == (2, "", [])
    assert "add --yes" in said.err


@pytest.mark.parametrize(
    ("answer", "moments", "code"), [("y\n", [NOW], 0), ("YES\n", [NOW], 0), ("n\n", [], 1), ("", [], 1)]
)
def test_a_person_at_a_terminal_is_asked_first(answer: str, moments: list[datetime], code: int) -> None:
    work = Rebuilding()
    said = rebuild(work, answers=Terminal(answer))
    assert (said.code, work.moments) == (code, moments)
    assert "Go on? [y/N]" in said.err
    assert ("Nothing was forgotten." in said.err) is not moments


def test_a_script_says_yes_and_gets_the_plan_of_the_next_run() -> None:
    work = Rebuilding()
    said = rebuild(work, "--yes", "--now", "2026-02-14T00:00:00Z")
    assert (said.code, said.err, work.moments) == (0, "", [datetime.fromisoformat("2026-02-14T00:00:00Z")])
    assert said.out.splitlines()[-1] == "The memory was made anew; this is what the next run would do."


def test_json_is_the_object_of_a_run() -> None:
    said = rebuild(Rebuilding(), "--yes", "--format", "json")
    assert (said.code, said.json["posted"], said.json["plan"]) == (0, False, [])


def test_without_access_to_github_nothing_is_forgotten() -> None:
    work = Rebuilding()
    said = rebuild(work, "--yes", token="")
    assert (said.code, work.moments) == (2, [])
    assert said.err.startswith("rebuild: nothing says who the bot is: set GITHUB_TOKEN")


def test_a_list_that_did_not_come_is_said_and_is_no_success() -> None:
    problem = Problem("unavailable", "acme/agents", "GitHub could not answer")
    stuck = replace(EMPTY, stats=ReadStats(), problems=(problem,))
    said = rebuild(Rebuilding(rebuilt=stuck), "--yes")
    assert (said.code, said.err) == (1, "acme/agents: GitHub could not answer [unavailable]\n")
    assert said.out.splitlines()[-1] == "The memory was not made anew."


def test_a_database_that_cannot_be_used_is_said() -> None:
    said = rebuild(Rebuilding(rebuilt=StoreError("database_invalid", "x.db is damaged: move it away")), "--yes")
    assert (said.code, said.err) == (1, "database: x.db is damaged: move it away [database_invalid]\n")


MISSING = "Exit code 1\nModuleNotFoundError: No module named 'pandas'"


@pytest.fixture
def box() -> Iterator[Sandbox]:
    with Sandbox() as made:
        made.add_repository("acme/agents")
        yield made


def test_after_a_loss_and_a_rebuild_why_and_the_next_run_say_the_same(tmp_path: Path, box: Sandbox) -> None:
    for number, person in enumerate(("alice", "bob", "alice")):
        transcript = Transcript(f"s{number}", start=NOW - timedelta(days=number + 1))
        transcript.prompt("make the report").run("python report.py", MISSING, failed=True).says("It needs pandas.")
        transcript.write(tmp_path / "team" / person / f"2026-02-1{number}_s{number}.jsonl")
    around = ["--source", str(tmp_path / "team"), "--repo", "acme/agents", "--database", f"sqlite:///{tmp_path}/bot.db"]
    environ = {"GITHUB_TOKEN": box.token, "GITHUB_API_URL": box.url}

    def say(*argv: str) -> Said:
        return typed(*argv, *around[2 if argv[0] == "history" else 0 :], work=RealWork(), environ=environ)

    filed = say("run", "--post", "--format", "json")
    assert ([each["issue"] for each in filed.json["outcomes"]], filed.err) == ([1], "")
    before = say("run", "--format", "json").json["plan"]
    [told] = say("why", "#1", "--format", "json").json["explanations"]
    [decided] = say("history", "#1", "--format", "json").json["decisions"]
    assert (decided["action"], decided["outcome"], told["decisions"]) == ("open", "done", [decided])
    rebuilt = say("rebuild", "--yes", "--format", "json")
    assert (rebuilt.code, rebuilt.err, rebuilt.json["plan"]) == (0, "", before)
    assert rebuilt.json["sessions"]["read"] == 3
    assert say("history", "#1", "--format", "json").json["decisions"] == [decided]
    [again] = say("why", "acme/agents#1", "--format", "json").json["explanations"]
    assert again == told


def test_after_the_loss_of_the_whole_file_the_next_run_is_not_louder(tmp_path: Path, box: Sandbox) -> None:
    for number, person in enumerate(("alice", "bob", "alice")):
        transcript = Transcript(f"s{number}", start=NOW - timedelta(days=number + 1))
        transcript.prompt("make the report").run("python report.py", MISSING, failed=True)
        transcript.write(tmp_path / "team" / person / f"2026-02-1{number}_s{number}.jsonl")
    around = ["--source", str(tmp_path / "team"), "--repo", "acme/agents"]
    environ = {"GITHUB_TOKEN": box.token, "GITHUB_API_URL": box.url}

    def say(database: str, *argv: str) -> Said:
        kept = ["--database", f"sqlite:///{tmp_path}/{database}.db"]
        return typed(*argv, *around, *kept, "--format", "json", work=RealWork(), environ=environ)

    say("old", "run", "--post")
    before = say("old", "run").json["plan"]
    assert say("new", "rebuild", "--yes").json["plan"] == before
    assert say("new", "run", "--post").json["outcomes"] == []
