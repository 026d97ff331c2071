"""Claude Code transcripts (versions 1.0.53 to 2.1.81 were seen), one JSON object a line, as events.

Field meanings are measured on real files; where a field's type varies between versions, all seen types are read.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import orjson
import re2

from bot.core.model import Event, Kind, Outcome, Problem
from bot.core.outcome import status_of
from bot.dialects.claude_skim import LONG, Skimmed, Skimmer
from bot.dialects.json_lines import mended

VERSION = "1"  # of this reader: a change reads every file again

_TURNS = frozenset({"user", "system"})
_NO_SESSION = frozenset({"summary", "file-history-snapshot", "last-prompt", "custom-title", "agent-name"})
_NOT_TYPED = re2.compile(
    r"^\s*(?:<(?:command-name|command-message|command-args|local-command-stdout|local-command-stderr|local-command-caveat|"
    r"bash-input|bash-stdout|bash-stderr|task-notification|user-memory-input|system-reminder)\b|"
    r"Caveat: The messages below were generated)"
)
_OPENINGS = frozenset({"<", "C"})  # with which all of them begin
_ADDED = re2.compile(
    r"(?s)<(?:system-reminder|ide_opened_file|ide_selection|ide_diagnostics)>.*?"
    r"</(?:system-reminder|ide_opened_file|ide_selection|ide_diagnostics)>\s*"
)
_INTERRUPTED = "[Request interrupted by user"
_CONTINUED = "This session is being continued from a previous conversation"

# Moments outside of these are damage, and so near the ends of the calendar that reckoning with them overflows.
_FIRST_YEAR, _LAST_YEAR = 1970, 9000
_LONGEST_RUN = 366 * 86_400  # seconds of a command; what says more, or is no number, is damage

Json = Mapping[str, Any]
# Members that every line needs are looked up once: on their class that takes ten times as long (67 ns on Python 3.11).
_ASSISTANT, _CALL, _MARK, _PROGRESS, _RESULT = Kind.ASSISTANT, Kind.CALL, Kind.MARK, Kind.PROGRESS, Kind.RESULT
_OK, _FAILED = Outcome.OK, Outcome.FAILED


class _Reader:
    """The line being read, and what must be remembered from line to line: contexts, compactions, the tools of calls."""

    __slots__ = ("at", "boundaries", "contexts", "key", "message", "nested", "number", "session", "tools")

    def __init__(self) -> None:
        self.session = self.key = self.message = ""
        self.at: datetime | None = None
        self.number = 0
        self.nested = False
        self.contexts: dict[str, tuple[str, str, str]] = {}
        self.boundaries: dict[str, str] = {}
        self.tools: dict[str, str] = {}

    def events(self, value: Json) -> list[Event]:
        """The events of one object."""
        kind = value.get("type")
        session = value.get("sessionId") or value.get("session_id")
        if type(session) is str:
            self.session = session
        elif kind in _NO_SESSION:
            return []
        else:
            session = self.session
        self.at = at = _time(value.get("timestamp"))
        uuid = value.get("uuid")
        self.key = key = (
            uuid if type(uuid) is str and uuid else f"{session}/{kind}/{value.get('timestamp')}/{self.number}"
        )
        self.nested = value.get("isSidechain") is True
        read = _BY_TYPE.get(kind) if type(kind) is str else None
        if read is None:
            events = [Event(Kind.UNKNOWN, session, key, at, self.number, "", str(kind)[:40])]
        else:
            events = read(self, value) or [Event(_MARK, session, key, at, self.number)]
        if kind in _TURNS or session not in self.contexts:  # an agent's line has the context of the turn it answers
            context = (value.get("cwd"), value.get("version"), value.get("gitBranch"))
            if context != self.contexts.get(session) and any(context):
                self.contexts[session] = context  # type: ignore[assignment]
                cwd, version, branch = (part if type(part) is str else "" for part in context)
                events.insert(
                    0, Event(Kind.CONTEXT, session, "", at, self.number, cwd=cwd, version=version, branch=branch)
                )
        return events

    def skimmed(self, told: Skimmed) -> Event:
        """The event of a line that need not be parsed."""
        call = told.call
        return Event(_RESULT, told.session, f"{call}/r", _time(told.timestamp), self.number, "", "", call)


_TYPES = frozenset({"user", "assistant", "system", "progress", "queue-operation", "pr-link"})


def is_line(value: Json) -> bool:
    """Whether an object is a line of such a transcript."""
    kind = value.get("type")
    if type(kind) is not str:
        return False
    return kind in _NO_SESSION or "sessionId" in value or "session_id" in value or (kind in _TYPES and "uuid" in value)


def read(lines: Iterable[bytes], texts: frozenset[str] | None = None) -> Iterator[Event | Problem]:
    """The events of a transcript in file order; what is damaged is a `Problem` and costs only itself.

    `texts` are the tools whose output is wanted also where it is no failure (None: all); that of others may be left out.
    """
    reader = _Reader()
    skimmer = None if texts is None else Skimmer(texts)
    loads = orjson.loads
    for number, line in enumerate(lines, 1):
        reader.number = number
        if skimmer and len(line) > LONG and (told := skimmer.skim(line, reader.tools)):
            yield reader.skimmed(told)
            continue
        try:
            value = loads(line)
        except orjson.JSONDecodeError:
            for part in mended(number, line):
                yield from (part,) if isinstance(part, Problem) else _events(reader, part)
            continue
        if type(value) is dict:
            yield from _events(reader, value)
        else:
            yield Problem("not_an_object", f"{number}:1", "JSON, but not an object; it was left out")


def _events(reader: _Reader, value: Json) -> Sequence[Event | Problem]:
    try:
        return reader.events(value)
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        message = f"a field has an unexpected shape ({error}); the line was left out"
        return (Problem("odd_line", f"{reader.number}:1", message),)


def _time(value: object) -> datetime | None:
    if type(value) is not str:
        return None
    try:
        at = datetime.fromisoformat(value)
        if at.tzinfo is not UTC:
            at = at.astimezone(UTC) if at.tzinfo else at.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        return None
    return at if _FIRST_YEAR <= at.year <= _LAST_YEAR else None


def _user(reader: _Reader, value: Json) -> list[Event]:
    message = value.get("message")
    content = message.get("content") if type(message) is dict else None
    if type(content) is str:
        return _said(reader, value, content)
    texts: list[str] = []
    events: list[Event] = []
    for block in content or ():
        if type(block) is dict:
            if block.get("type") == "tool_result":
                events.append(_result(reader, value.get("toolUseResult"), block))
            elif block.get("type") == "text" and type(block.get("text")) is str:
                texts.append(block["text"])
    return events + _said(reader, value, "\n".join(texts)) if texts else events


def _said(reader: _Reader, value: Json, text: str) -> list[Event]:
    session, key, at, number, nested = reader.session, reader.key, reader.at, reader.number, reader.nested
    if text.startswith(_INTERRUPTED):
        return [Event(Kind.INTERRUPTION, session, key, at, number, text, nested=nested)]
    if value.get("isCompactSummary") is True or text.startswith(_CONTINUED):
        # A boundary just before is the same compaction; versions without boundaries only have the summary.
        parent = value.get("parentUuid")
        if parent is None or parent != reader.boundaries.get(session):
            return [Event(Kind.COMPACTION, session, key, at, number, "continued")]
        return []
    if value.get("isMeta") is True or nested:
        return []
    if text.lstrip()[:1] in _OPENINGS and _NOT_TYPED.search(text[:200]):
        return []
    typed = _ADDED.sub("", text) if "<" in text else text
    if not typed.strip():
        return []
    return [Event(Kind.PROMPT, session, key, at, number, typed)]


_NOTHING: Json = {}


def _result(reader: _Reader, use: object, block: Json) -> Event:
    call = str(block.get("tool_use_id") or "")
    outcome = _FAILED if block.get("is_error") is True else _OK
    if type(use) is dict and use.get("interrupted") is True:
        outcome = Outcome.INTERRUPTED
    key = f"{call}/r" if call else reader.key
    text = _text(block.get("content"))
    return Event(
        _RESULT,
        reader.session,
        key,
        reader.at,
        reader.number,
        text,
        "",
        call,
        _NOTHING,
        outcome,
        None,
        0.0,
        reader.nested,
    )


def _text(content: object) -> str:
    if type(content) is str:
        return content
    if type(content) is not list:
        return ""
    parts = (block.get("text") for block in content if type(block) is dict)
    return "\n".join(part for part in parts if type(part) is str)


def _assistant(reader: _Reader, value: Json) -> list[Event]:
    message = value.get("message")
    if type(message) is not dict:
        return []
    content = message.get("content")
    if value.get("isApiErrorMessage") is True:
        text = _text(content) or str(value.get("error") or "")
        session, at, number = reader.session, reader.at, reader.number
        return [Event(Kind.API_ERROR, session, reader.key, at, number, text, status_of(text), nested=reader.nested)]
    said = message.get("id")
    reader.message = said if type(said) is str and message.get("model") != "<synthetic>" else ""
    blocks = [{"type": "text", "text": content}] if type(content) is str else content or ()
    return _blocks(reader, blocks)


def _blocks(reader: _Reader, blocks: Iterable[object]) -> list[Event]:
    """What an assistant's message holds; thinking is only a sign of life."""
    session, at, number, nested, said = reader.session, reader.at, reader.number, reader.nested, reader.message
    events: list[Event] = []
    for place, block in enumerate(blocks):
        if type(block) is not dict:
            continue
        kind = block.get("type")
        key = f"{reader.key}#{place}" if place else reader.key
        if kind == "tool_use":
            call, given, tool = str(block.get("id") or key), block.get("input"), block.get("name")
            reader.tools[call] = tool = tool if type(tool) is str else str(tool)
            if type(given) is not dict:
                given = {"input": given}
            events.append(Event(_CALL, session, call, at, number, "", tool, call, given, _OK, None, 0.0, nested, said))
        elif kind == "text" and type(block.get("text")) is str:
            text = block["text"]
            events.append(
                Event(
                    _ASSISTANT,
                    session,
                    key,
                    at,
                    number,
                    text,
                    "",
                    "",
                    _NOTHING,
                    _OK,
                    None,
                    0.0,
                    nested,
                    said,
                )
            )
        elif said and not place:
            events.append(Event(_MARK, session, key, at, number, "", "", "", _NOTHING, _OK, None, 0.0, nested, said))
    return events


def _progress(reader: _Reader, value: Json) -> list[Event]:
    data = value.get("data")
    if type(data) is not dict:
        return []
    if data.get("type") == "bash_progress":
        elapsed, call = data.get("elapsedTimeSeconds"), value.get("parentToolUseID")
        if isinstance(elapsed, int | float) and 0 <= elapsed <= _LONGEST_RUN and type(call) is str:
            return [
                Event(
                    _PROGRESS, reader.session, reader.key, reader.at, reader.number, "", "", call, _NOTHING,
                    _OK, None, float(elapsed),
                )
            ]  # fmt: skip
    elif data.get("type") == "agent_progress":
        return _agent(reader, data.get("message"))
    return []


def _agent(reader: _Reader, told: object) -> list[Event]:
    """What a subagent did, which only stands inside its parent's progress."""
    message = told.get("message") if type(told) is dict else None
    if type(told) is not dict or type(message) is not dict:
        return []
    reader.at, reader.nested = _time(told.get("timestamp")) or reader.at, True
    said, content = message.get("id"), message.get("content")
    reader.message = said if type(said) is str else ""
    blocks = content if type(content) is list else []
    if told.get("type") == "assistant":
        return _blocks(reader, blocks)
    return [
        _result(reader, None, block) for block in blocks if type(block) is dict and block.get("type") == "tool_result"
    ]


def _system(reader: _Reader, value: Json) -> list[Event]:
    subtype, content = value.get("subtype"), value.get("content")
    text = content if type(content) is str else ""
    kind, tool = Kind.SYSTEM, str(subtype or "")
    if subtype == "compact_boundary":
        reader.boundaries[reader.session] = reader.key
        metadata = value.get("compactMetadata")
        kind, tool = Kind.COMPACTION, ""
        text = str(metadata.get("trigger") or "auto") if type(metadata) is dict else "auto"
    elif subtype == "api_error":
        error = value.get("error")
        status = error.get("status") if type(error) is dict else None
        text = orjson.dumps(error).decode()[:2000]
        kind, tool = Kind.API_ERROR, str(status) if status else status_of(text)
    elif subtype == "stop_hook_summary":
        errors, infos = value.get("hookErrors"), value.get("hookInfos")
        text = "\n".join(str(error) for error in errors) if type(errors) is list else ""
        first = infos[0] if type(infos) is list and infos and type(infos[0]) is dict else {}
        kind, tool = Kind.HOOK, str(first.get("command") or "Stop")
    elif subtype == "turn_duration":
        text = ""
    if not text:
        return []
    return [Event(kind, reader.session, reader.key, reader.at, reader.number, text, tool, nested=reader.nested)]


def _nothing(_reader: _Reader, _value: Json) -> list[Event]:
    return []


_BY_TYPE: dict[str, Callable[[_Reader, Json], list[Event]]] = {
    "user": _user,
    "assistant": _assistant,
    "progress": _progress,
    "system": _system,
    "queue-operation": _nothing,
    "pr-link": _nothing,
    "attachment": _nothing,
    **dict.fromkeys(_NO_SESSION, _nothing),
}
