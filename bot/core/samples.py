"""Sample sessions of rule files, played as the events that the Claude Code dialect would read from a transcript.

A line is one thing that happens, named by one of the fields of `_ALONG`; five seconds pass before each.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

from bot.core.model import Event, Kind, Outcome
from bot.core.outcome import classify
from bot.core.rule_model import Sample, SampleLine

SESSION = "sample"
VERSION = "2.1.0"
_START = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)
_STEP = timedelta(seconds=5)
_ANSWER = ("gives", "fails", "takes")
_ALWAYS = frozenset({"after", "subagent"})
# What may happen, and the fields that may stand along with it.
_ALONG: Mapping[str, tuple[str, ...]] = {
    "prompt": (),
    "says": (),
    "run": (*_ANSWER, "exit"),
    "read": _ANSWER,
    "edit": _ANSWER,
    "write": _ANSWER,
    "grep": _ANSWER,
    "tool": (*_ANSWER, "input"),
    "rejects": (),
    "interrupts": (),
    "compacts": (),
    "api_error": ("text",),
    "hook": ("blocks", "fails"),
    "system": (),
}
_TOOL_NAME = re.compile(r"[A-Z]\w*|mcp__\w+")
# How Claude Code 2 begins the result of a call to which the person said no.
_REFUSED = "The user doesn't want to proceed with this tool use. The tool use was rejected."
_STOPPED = "[Request interrupted by user]"


def line_fault(line: SampleLine) -> str:
    """What is wrong with the fields of a line taken together, "" where nothing is."""
    given = {name for name in line.model_fields_set if getattr(line, name) is not None}
    what = [name for name in _ALONG if name in given]
    if not what:
        return f"nothing happens in this line: name one of {', '.join(_ALONG)}"
    main = what[0]
    odd = sorted(given - {main, *_ALONG[main]} - _ALWAYS)
    if odd:
        along = ", ".join((*_ALONG[main], *sorted(_ALWAYS)))
        return f"{' and '.join(odd)} cannot stand beside {main}, only {along}: write two lines, or remove it"
    if "gives" in given and "fails" in given:
        return "a call either gives or fails: keep one of the two"
    if "exit" in given and "fails" not in given:
        return "exit is the code of a command that fails: write what it says with fails (it may be empty)"
    if main == "hook" and len(given & {"blocks", "fails"}) != 1:
        return "say what the hook does: one of blocks or fails, with its text"
    return "" if line.interrupts is not False else "interrupts is true or left out"


def events_of(sample: Sample) -> tuple[Event, ...]:
    """The events of a sample session, in order; its lines are free of faults (`line_fault`)."""
    events = [Event(Kind.CONTEXT, SESSION, "", _START, 0, cwd="/srv/project", version=VERSION)]
    at = _START
    for number, line in enumerate(sample.session, 1):
        at += _STEP if line.after is None else line.after
        events += _events(line, _Moment(number, at, line.subagent))
        at += line.takes or timedelta(0)
    return tuple(events)


class _Moment(NamedTuple):
    """Where in the sample a line stands: its number is the event's identity too."""

    number: int
    at: datetime
    nested: bool

    def event(self, kind: Kind, text: str, **more: Any) -> Event:
        """An event of this moment."""
        return Event(kind, SESSION, f"line-{self.number}", self.at, self.number, text, nested=self.nested, **more)


def _events(line: SampleLine, moment: _Moment) -> Iterator[Event]:
    if line.prompt is not None:
        if not line.subagent:  # what a subagent is told comes from the agent, and the dialect leaves it out
            yield moment.event(Kind.PROMPT, line.prompt)
    elif line.says is not None:
        yield moment.event(Kind.ASSISTANT, line.says, message=f"message-{moment.number}")
    elif line.interrupts:
        yield moment.event(Kind.INTERRUPTION, _STOPPED)
    elif line.compacts is not None:
        yield moment.event(Kind.COMPACTION, line.compacts)
    elif line.api_error is not None:
        yield moment.event(Kind.API_ERROR, line.text or f"API Error: {line.api_error}", tool=str(line.api_error))
    elif line.system is not None:
        yield moment.event(Kind.SYSTEM, line.system)
    elif line.hook is not None and line.blocks is None:
        yield moment.event(Kind.HOOK, line.fails or "", tool=line.hook)
    else:
        yield from _call(line, moment)


def _call(line: SampleLine, moment: _Moment) -> Iterator[Event]:
    tool, given, answer = _asked(line)
    call = f"call-{moment.number}"
    yield Event(
        Kind.CALL, SESSION, call, moment.at, moment.number, "", tool, call, given,
        nested=moment.nested, message=f"message-{moment.number}",
    )  # fmt: skip
    ended = moment.at + (line.takes or timedelta(0))
    if line.takes is not None:
        yield moment.event(Kind.PROGRESS, "", call=call, elapsed=line.takes.total_seconds())._replace(at=ended)
    outcome, code = Outcome.OK, None
    if answer is not None:
        outcome, code = classify(answer, is_error=True, tool=tool, command=str(given.get("command", "")))
    text = answer if answer is not None else line.gives or ""
    yield Event(
        Kind.RESULT, SESSION, f"{call}/r", ended, moment.number, text, "", call,
        outcome=outcome, exit_code=code, nested=moment.nested,
    )  # fmt: skip


def _asked(line: SampleLine) -> tuple[str, Mapping[str, Any], str | None]:
    """The tool, its input, and what it answers where it fails."""
    if line.run is not None:
        failing = line.fails if line.exit is None else f"Exit code {line.exit}\n{line.fails}"
        return "Bash", {"command": line.run}, failing
    if line.read is not None:
        return "Read", {"file_path": line.read}, line.fails
    if line.edit is not None:
        return "Edit", {"file_path": line.edit, "old_string": "one", "new_string": "two"}, line.fails
    if line.write is not None:
        return "Write", {"file_path": line.write, "content": "one\n"}, line.fails
    if line.grep is not None:
        return "Grep", {"pattern": line.grep}, line.fails
    if line.tool is not None:
        return line.tool, line.input or {}, line.fails
    if line.hook is not None:
        about = line.hook.partition(":")[2] or "Bash"
        return about, {}, f"{line.hook} hook error: {line.blocks}"
    refused = line.rejects or ""
    if _TOOL_NAME.fullmatch(refused):
        return refused, {}, _REFUSED
    return "Bash", {"command": refused}, _REFUSED
