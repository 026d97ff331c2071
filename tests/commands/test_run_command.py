"""`frictionbot run`: what it asks for, what it says of each kind of outcome, and how it exits."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.core.model import Action, Count, Finding, Problem, ReadStats, Result
from bot.core.report import Report
from bot.ports import StoreError
from tests.shells import NOW, RememberedWork, Terminal, typed

STATS = ReadStats(files=3, sessions=2, read=1, unchanged=1, unreadable=1, events=10, duplicate_events=4, bytes=2048)
EMPTY = Report(NOW, posted=False, stats=STATS, problems=(), findings=(), plan=(), outcomes=())


def finding(fingerprint: str, state: str = "active", key: tuple[tuple[str, str], ...] = ()) -> Finding:
    count = Count(4, 2, 9)
    seen = datetime(2026, 2, 14, 13, 46, tzinfo=UTC)
    return Finding(fingerprint, "acme/agents", "rule-a", key, state, "medium", count, count, seen, seen, 12.4, "boom")


def action(fingerprint: str, name: str = "open", issue: int | None = None, reason: str = "4 of 3 sessions") -> Action:
    return Action(name, fingerprint, "acme/agents", "rule-a", issue, f"Title {fingerprint}", ("bug",), reason)


FOUND = replace(
    EMPTY,
    findings=(finding("f1", key=(("module", "pandas"),)), finding("f2", "below"), finding("f3")),
    plan=(action("f1"), action("f3", "update", 7), action("f2", "skip", reason="below its threshold: 1 of 3")),
)


def run(report: Report | Exception, *argv: str, **around: object) -> tuple[int, list[str], str]:
    said = typed("run", *argv, work=RememberedWork(report), **around)  # type: ignore[arg-type]
    return said.code, said.out.splitlines(), said.err


def test_the_command_line_reaches_the_settings() -> None:
    work = RememberedWork(EMPTY)
    argv = ["--source", "a", "--source", "b", "--rules", "r", "--repo", "acme/agents", "--database", "sqlite:///x.db"]
    said = typed("run", *argv, "--now", "2026-02-16T00:00:00+01:00", work=work)
    [(settings, now, post)] = work.asked
    assert said.code == 0
    assert ([each.path for each in settings.sources], settings.rules) == (["a", "b"], (Path("r"),))
    assert (settings.repository, settings.database, post) == ("acme/agents", "sqlite:///x.db", False)
    assert now == NOW


@pytest.mark.parametrize(
    "moment",
    ["soon", "", "2026-02-15", "2026-02-15T23:00:00", "0001-01-01T00:00:00+10:00", "9999-12-31T23:59:59-10:00"],
)
def test_a_time_that_names_no_moment_is_a_usage_error(moment: str) -> None:
    said = typed("run", "--now", moment, "--format", "json")
    assert (said.code, said.out) == (2, "")
    assert "write 2026-02-15T23:00:00Z" in said.err


def test_without_a_time_it_is_now() -> None:
    work = RememberedWork(EMPTY)
    typed("run", work=work)
    assert work.asked[0][1] == NOW


def test_a_receiver_on_the_command_line_receives_everything(tmp_path: Path) -> None:
    (tmp_path / "frictionbot.toml").write_text('repository = "a/b"\nroutes = [{repository = "c/d"}]\n')
    work = RememberedWork(EMPTY)
    typed("run", work=work, folder=tmp_path)
    typed("run", "--repo", "e/f", work=work, folder=tmp_path)
    assert [(each.repository, len(each.routes)) for each, _, _ in work.asked] == [("a/b", 1), ("e/f", 0)]


def test_posting_without_a_token_or_a_receiver_is_a_matter_of_configuration() -> None:
    work = RememberedWork(EMPTY)
    said = typed("run", "--post", work=work)
    assert (said.code, said.out, work.asked) == (2, "", [])
    assert "--repo OWNER/NAME" in said.err
    assert "GITHUB_TOKEN" in said.err
    assert typed("run", "--post", "--repo", "a/b", environ={"GITHUB_TOKEN": "t"}, work=work).code == 0
    assert work.asked[0][2] is True


def test_findings_and_plan_are_tables_that_grep_understands() -> None:
    code, lines, err = run(FOUND)
    assert (code, err) == (0, "")
    assert lines == [
        (
            "3 files: 1 read (2.0 kB), 1 unchanged, 1 unreadable. 2 sessions known; "
            "10 events read, 4 of them copies. As of 2026-02-15 23:00 UTC."
        ),
        "",
        "Findings",
        "STATE   SEVERITY  RULE    KEY     SESSIONS  PEOPLE  TIMES  MINUTES  LAST SEEN",
        "active  medium    rule-a  -              4       2      9       12  2026-02-14",
        "active  medium    rule-a  pandas         4       2      9       12  2026-02-14",
        "below   medium    rule-a  -              4       2      9       12  2026-02-14",
        "",
        "Plan",
        "ACTION  ISSUE          TITLE     REASON",
        "open    acme/agents    Title f1  4 of 3 sessions",
        "update  acme/agents#7  Title f3  4 of 3 sessions",
        "skip    acme/agents    Title f2  below its threshold: 1 of 3",
        "",
        "1 issue would be opened and 1 updated in acme/agents. Nothing was written to GitHub: add --post to file them.",
    ]


def test_findings_below_their_threshold_are_shortened_unless_all_are_wanted() -> None:
    many = replace(EMPTY, findings=tuple(finding(f"f{number}", "below") for number in range(15)))
    _, lines, _ = run(many)
    assert "… and 5 more below their threshold (--all shows them)" in lines
    _, lines, _ = run(many, "--all")
    assert sum(line.startswith("below") for line in lines) == 15


def test_what_was_filed_is_said_with_its_address() -> None:
    url = "http://127.0.0.1/acme/agents/issues/8"
    results = (Result("open", "f1", "acme/agents", 8, url=url), Result("update", "f3", "acme/agents", 7, error="gone"))
    report = replace(FOUND, posted=True, outcomes=results)
    code, lines, err = run(report, "--post", "--repo", "acme/agents", environ={"GITHUB_TOKEN": "t"})
    assert code == 1
    assert "opened  acme/agents#8  Title f1  http://127.0.0.1/acme/agents/issues/8" in lines
    assert lines[-1] == "Filed in acme/agents: 1 opened; 1 failed."
    assert err == "acme/agents#7: not updated: gone [not_filed]\n"


def test_each_kind_of_nothing_is_called_by_its_name() -> None:
    nobody = replace(EMPTY, stats=ReadStats())
    missing = (Problem("source_missing", "/s", "there is no such file or folder"),)
    below = replace(EMPTY, findings=(finding("f2", "below"),))
    held = replace(EMPTY, findings=(finding("f1"),), plan=(action("f1", "skip"),))
    assert [run(each, "--source", "/s")[1][-1] for each in (nobody, EMPTY, below, held)] == [
        "Nothing to do: no session file was found in /s. Name where they lie with --source PATH.",
        "No friction was found: no rule matched anything in 2 sessions.",
        "Nothing to file: 1 finding is below the threshold, and none above it.",
        "Nothing to file: what was found is filed already, or is held back for the reasons in the plan.",
    ]
    code, lines, err = run(replace(nobody, problems=missing), "--source", "/s")
    assert (code, lines[-1]) == (1, "Nothing was read from /s: the problems say why.")
    assert err == "/s: there is no such file or folder [source_missing]\n"
    _, lines, _ = run(replace(EMPTY, stats=ReadStats(files=1)), "--source", "/s")
    assert lines[-1] == "Nothing to do: 1 file in /s, and no session that could be read in them."


def test_json_is_exactly_one_object_on_stdout() -> None:
    report = replace(FOUND, problems=(Problem("unreadable", "/s/a.jsonl", "no permission"),))
    said = typed("run", "--format", "json", work=RememberedWork(report))
    assert said.code == 1
    assert said.out.count("\n") == 1
    assert list(said.json) == [
        "as_of",
        "findings",
        "outcomes",
        "plan",
        "posted",
        "problems",
        "schema",
        "sessions",
        "silences",
    ]
    assert (said.json["schema"], said.json["as_of"]) == (1, "2026-02-15T23:00:00.000Z")
    assert said.err == "/s/a.jsonl: no permission [unreadable]\n"


def test_what_could_not_be_filed_is_among_the_problems_of_the_object() -> None:
    report = replace(FOUND, posted=True, outcomes=(Result("open", "f1", "acme/agents", None, error="HTTP 502"),))
    said = typed("run", "--format", "json", work=RememberedWork(report))
    assert said.json["problems"] == [{"code": "not_filed", "place": "acme/agents", "message": "not opened: HTTP 502"}]


def test_a_database_that_cannot_be_used_is_one_problem_in_either_format() -> None:
    error = StoreError("database_readonly", "x.db cannot be written: name another one")
    said = typed("run", "--format", "json", work=RememberedWork(error))
    assert (said.code, said.json["findings"]) == (1, [])
    assert said.json["problems"][0]["code"] == "database_readonly"
    assert said.err == "database: x.db cannot be written: name another one [database_readonly]\n"


def test_progress_goes_to_the_terminal_and_not_into_the_result() -> None:
    screen = Terminal()
    said = typed("run", "--format", "json", work=RememberedWork(EMPTY), err=screen)
    assert "reading sessions" in said.err
    assert said.json["schema"] == 1
