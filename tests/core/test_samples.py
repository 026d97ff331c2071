from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from bot.core.model import Event, Kind, Outcome
from bot.core.ruleset import Sample, SampleLine
from bot.core.samples import events_of, line_fault


def played(*lines: dict[str, Any]) -> list[Event]:
    """The events of a sample, without the context that comes first."""
    sample = Sample(name="x", session=tuple(SampleLine(**line) for line in lines), expect=())
    first, *events = events_of(sample)
    assert first.kind is Kind.CONTEXT
    return events


def test_a_failing_command_is_a_call_and_its_failed_result() -> None:
    call, result = played({"run": "make", "fails": "no rule", "exit": 2})
    assert (call.kind, call.tool, call.input, call.key) == (Kind.CALL, "Bash", {"command": "make"}, "call-1")
    assert (result.kind, result.call, result.key) == (Kind.RESULT, "call-1", "call-1/r")
    assert (result.text, result.outcome, result.exit_code) == ("Exit code 2\nno rule", Outcome.FAILED, 2)


def test_a_command_that_works_gives_its_output() -> None:
    _, result = played({"run": "make", "gives": "done"})
    assert (result.text, result.outcome, result.exit_code) == ("done", Outcome.OK, None)


@pytest.mark.parametrize(
    ("line", "tool", "given"),
    [
        ({"read": "a.py"}, "Read", {"file_path": "a.py"}),
        ({"edit": "a.py"}, "Edit", {"file_path": "a.py", "old_string": "one", "new_string": "two"}),
        ({"write": "a.py"}, "Write", {"file_path": "a.py", "content": "one\n"}),
        ({"grep": "needle"}, "Grep", {"pattern": "needle"}),
        ({"tool": "WebFetch", "input": {"url": "x"}}, "WebFetch", {"url": "x"}),
        ({"tool": "TodoWrite"}, "TodoWrite", {}),
    ],
)
def test_each_kind_of_call_names_its_tool_and_input(line: dict[str, Any], tool: str, given: dict[str, Any]) -> None:
    call, result = played(line)
    assert (call.tool, call.input) == (tool, given)
    assert result.outcome is Outcome.OK


@pytest.mark.parametrize(
    ("line", "outcome"),
    [
        (
            {"edit": "a", "fails": "<tool_use_error>String to replace not found in file.</tool_use_error>"},
            Outcome.GUARD,
        ),
        ({"run": "grep x y", "fails": "", "exit": 1}, Outcome.BENIGN),
        ({"rejects": "git push"}, Outcome.REJECTED),
        ({"rejects": "Edit"}, Outcome.REJECTED),
        ({"hook": "PreToolUse:Bash", "blocks": "not here"}, Outcome.HOOK_BLOCK),
        ({"read": "a", "fails": "<tool_use_error>Sibling tool call errored</tool_use_error>"}, Outcome.CONSEQUENCE),
    ],
)
def test_results_have_the_outcome_that_a_transcript_would_have(line: dict[str, Any], outcome: Outcome) -> None:
    assert played(line)[-1].outcome is outcome


def test_what_a_person_rejects_is_a_tool_or_a_command() -> None:
    assert [event.tool for event in played({"rejects": "mcp__db__drop"})] == ["mcp__db__drop", ""]
    assert played({"rejects": "rm -rf x"})[0].input == {"command": "rm -rf x"}
    assert played({"rejects": "Edit"})[0].tool == "Edit"


@pytest.mark.parametrize(
    ("line", "kind", "text", "tool"),
    [
        ({"prompt": "go"}, Kind.PROMPT, "go", ""),
        ({"says": "done"}, Kind.ASSISTANT, "done", ""),
        ({"interrupts": True}, Kind.INTERRUPTION, "[Request interrupted by user]", ""),
        ({"compacts": "auto"}, Kind.COMPACTION, "auto", ""),
        ({"api_error": 529}, Kind.API_ERROR, "API Error: 529", "529"),
        ({"api_error": 500, "text": "sorry"}, Kind.API_ERROR, "sorry", "500"),
        ({"hook": "stop.sh", "fails": "no such file"}, Kind.HOOK, "no such file", "stop.sh"),
        ({"system": "limit reached"}, Kind.SYSTEM, "limit reached", ""),
    ],
)
def test_each_other_line_is_one_event(line: dict[str, Any], kind: Kind, text: str, tool: str) -> None:
    [event] = played(line)
    assert (event.kind, event.text, event.tool, event.key) == (kind, text, tool, "line-1")


def test_five_seconds_pass_before_each_line_unless_it_says_otherwise() -> None:
    events = played({"prompt": "a"}, {"prompt": "b", "after": timedelta(minutes=5)}, {"prompt": "c"})
    start = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)
    assert [event.at - start for event in events if event.at] == [timedelta(seconds=s) for s in (5, 305, 310)]


def test_a_long_call_reports_how_long_it_ran_before_it_answers() -> None:
    call, progress, result, later = played({"run": "x", "takes": timedelta(minutes=2)}, {"prompt": "b"})
    assert (progress.kind, progress.call, progress.elapsed) == (Kind.PROGRESS, "call-1", 120.0)
    assert call.at is not None
    assert result.at == call.at + timedelta(minutes=2)
    assert later.at == call.at + timedelta(minutes=2, seconds=5)


def test_a_subagent_is_nested_and_has_no_prompt_of_a_person() -> None:
    assert [event.nested for event in played({"run": "x", "subagent": True})] == [True, True]
    assert played({"prompt": "do it", "subagent": True}) == []


@pytest.mark.parametrize(
    ("line", "fault"),
    [
        ({}, "nothing happens in this line: name one of prompt, says, run,"),
        ({"gives": "x"}, "nothing happens in this line"),
        (
            {"run": "a", "read": "b"},
            "read cannot stand beside run, only gives, fails, takes, exit, after, subagent: write",
        ),
        ({"prompt": "a", "gives": "b"}, "gives cannot stand beside prompt, only after, subagent: write two lines"),
        ({"read": "a", "exit": 1, "fails": "x"}, "exit cannot stand beside read"),
        ({"run": "a", "gives": "x", "fails": "y"}, "a call either gives or fails: keep one of the two"),
        ({"run": "a", "exit": 1}, "exit is the code of a command that fails: write what it says with fails"),
        ({"hook": "x"}, "say what the hook does: one of blocks or fails, with its text"),
        ({"interrupts": False}, "interrupts is true or left out"),
    ],
)
def test_fields_that_do_not_go_together_are_told(line: dict[str, Any], fault: str) -> None:
    assert line_fault(SampleLine(**line)).startswith(fault)


def test_a_line_that_makes_sense_has_no_fault() -> None:
    assert line_fault(SampleLine(run="a", fails="", exit=1, after=timedelta(minutes=1), subagent=True)) == ""
