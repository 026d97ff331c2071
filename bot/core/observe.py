"""Observing one file: its events, folded into partial sessions and signals, in memory that does not grow with its size."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from functools import lru_cache
from itertools import chain
from typing import Any, NamedTuple

import orjson

from bot.core.command import program, same, thing
from bot.core.draft import LONG, Draft, beginning, command_of
from bot.core.match import Hit, Matchers, Subject
from bot.core.model import FAILURES, Event, Kind, Outcome, Session, Signal, Step
from bot.core.outcome import SHELLS, classify, status_of
from bot.core.redact import excerpt, redact
from bot.core.revisions import moved, said
from bot.core.session import GAP, identity

_SHORT = 600  # characters; the guards of the harness say the same short words every time
_HEAD = 300  # characters at the beginning of a text that every excerpt of it shows
_NOTES = frozenset({Kind.COMPACTION, Kind.API_ERROR, Kind.HOOK, Kind.INTERRUPTION})


_excerpt_of_short = lru_cache(maxsize=1024)(excerpt)


class Observed(NamedTuple):
    """What one file said; `covered` are the keys of its events, `repeated` counts those it holds more than once.

    `unknown` are the types that nobody knows, with how often they occur.
    """

    sessions: tuple[Session, ...]
    signals: tuple[Signal, ...]
    covered: frozenset[str]
    repeated: int
    unknown: Mapping[str, int]


# Trouble with one of these tools is over when any of them works on the same file.
_FAMILY = dict.fromkeys(("Edit", "MultiEdit", "Write", "NotebookEdit"), "edit")
_CALL, _OK = Kind.CALL, Outcome.OK  # looked up once: these are needed for every event
_NO_CALL = Event(Kind.CALL, "", "", None, 0)


class Observation:
    """The fold over the events of one file. Feed events in file order, then ask for `result()` once."""

    def __init__(self, matchers: Matchers, path: str) -> None:
        self._matchers = matchers
        self._path = path
        self._drafts: dict[str, Draft] = {}
        self._signals: list[Signal] = []
        self._repeated = 0
        self._unknown: Counter[str] = Counter()
        self._successes = matchers.of_success
        self._shown = self._ran = ("", "")
        self._commands = matchers.channel("command")
        self._by_kind: Mapping[Kind, Callable[[Draft, Event], None]] = {
            Kind.CONTEXT: self._context,
            Kind.CALL: self._call,
            Kind.RESULT: self._result,
            Kind.PROGRESS: self._progress,
            Kind.PROMPT: self._prompt,
            Kind.UNKNOWN: self._unknown_type,
            **dict.fromkeys((Kind.ASSISTANT, Kind.SYSTEM, *_NOTES), self._note),
        }
        # What nobody looks at is only a sign of life.
        silent = (kind for kind in (Kind.ASSISTANT, Kind.SYSTEM) if matchers.channel(kind.value).empty)
        self._signs = frozenset({Kind.MARK, *silent})

    def feed(self, event: Event) -> None:
        """Take one event; a copy of one that the file held already only counts as repeated."""
        draft = self._drafts.get(event.session)
        if draft is None:
            draft = self._drafts[event.session] = Draft(event.session)
        kind, at, key, message = event.kind, event.at, event.key, event.message
        if at is not None:
            last = draft.last
            if last is not None and last <= at <= last + GAP:
                draft.last = at  # most events follow the one before
            else:
                draft.time(at)
        if key:
            if key in draft.seen:
                self._repeated += 1
                return
            draft.seen.add(key)
        if message:
            if kind is _CALL:
                draft.messages[message] = False  # its call is the better link
            elif message not in draft.messages:
                draft.messages[message] = True
        if kind not in self._signs:
            self._by_kind[kind](draft, event)

    def result(self) -> Observed:
        """The partial sessions and the signals of everything fed."""
        drafts = self._drafts.values()
        covered = frozenset().union(*(draft.seen for draft in drafts))
        repeated = self._repeated + sum(len(draft.seen) for draft in drafts) - len(covered)
        return Observed(
            tuple(draft.whole() for draft in drafts), tuple(self._signals), covered, repeated, self._unknown
        )

    def _context(self, draft: Draft, event: Event) -> None:
        if event.cwd:
            if draft.revision and not _nested(event.cwd, draft.cwd):
                draft.revision = ""  # another project's, for all that is known
            draft.cwd = event.cwd
            draft.cwds[event.cwd] = None
        if event.version:
            draft.version = event.version
            draft.versions[event.version] = None
        if event.branch:
            draft.branches[event.branch] = None

    def _unknown_type(self, _draft: Draft, event: Event) -> None:
        self._unknown[event.tool] += 1

    def _progress(self, draft: Draft, event: Event) -> None:
        if event.elapsed > draft.elapsed.get(event.call, 0.0):
            draft.elapsed[event.call] = event.elapsed

    def _call(self, draft: Draft, event: Event) -> None:
        draft.calls[event.call] = event
        if not self._commands.empty:
            command = command_of(event)
            text = command or _written(event.input)
            for hit in self._commands.hits(Subject(text, event.tool, command=command, version=draft.version)):
                self._signal(draft, event, hit, text, event)

    def _result(self, draft: Draft, event: Event) -> None:
        call = draft.calls.pop(event.call, _NO_CALL)
        outcome, code = event.outcome, event.exit_code
        if outcome is _OK and self._successes.empty:
            draft.stopped = False
            self._worked(draft, event, call)
            return
        command = command_of(call)
        if outcome is Outcome.FAILED:
            outcome, code = classify(event.text, is_error=True, tool=call.tool, command=command)
        draft.stopped = outcome in {Outcome.REJECTED, Outcome.INTERRUPTED}
        report = "frictionbot" in command and program(command).startswith("frictionbot")  # of what happened elsewhere
        if outcome is Outcome.OK or outcome is Outcome.BENIGN:
            self._worked(draft, event, call)
            if call.tool in self._matchers.read_tools and event.text and not report:
                subject = Subject(event.text, call.tool, Outcome.OK, None, command, draft.version)
                for hit in self._successes.hits(subject):
                    self._signal(draft, event, hit, event.text, call)
            return
        if draft.revision and moved(command):  # a merge that stopped half way, say
            draft.revision = ""
        about, sameness = redact(thing(call.tool, call.input)), same(call.tool, call.input)
        draft.failed.setdefault(call.tool, set()).add(sameness)
        draft.links.add(identity(event.call or event.key))
        draft.steps[event.call or event.key] = Step(
            event.call or event.key, Kind.CALL, call.at or event.at, event.at, call.tool[:80], outcome, code,
            draft.elapsed.pop(event.call, 0.0), event.nested, about, sameness,
            self._command(command), self._excerpt(event.text, None), f"{self._path}:{event.line}",
        )  # fmt: skip
        if report:
            return
        facts = {"status": status_of(event.text)} if outcome is Outcome.INFRASTRUCTURE else {}
        subject = Subject(event.text, call.tool, outcome, code, command, draft.version, facts)
        if outcome in FAILURES:
            self._all(draft, event, subject, call, ("tool_result", "tool_failure"))
        else:
            self._all(draft, event, subject, call, _CHANNELS_BY_OUTCOME.get(outcome, ()))

    def _worked(self, draft: Draft, event: Event, call: Event) -> None:
        """A call that worked: it ends the trouble with its thing, and is a step only where it says something."""
        elapsed = draft.elapsed.pop(event.call, 0.0) if draft.elapsed else 0.0
        tool = call.tool
        if tool in SHELLS and ("git " in (command := command_of(call)) or "gh pr " in command):
            draft.revision = said(command, event.text) or ("" if moved(command) else draft.revision)
        trouble = draft.open.get(_FAMILY.get(tool, tool)) if draft.open else None
        about = thing(tool, call.input) if trouble or elapsed >= LONG else ""
        if trouble:
            for index in trouble.pop(about, ()):
                self._signals[index] = self._signals[index]._replace(until=event.at)
        sameness = same(tool, call.input) if tool in draft.failed else ""
        link = identity(event.call)
        draft.links.add(link)
        if elapsed >= LONG or sameness in draft.failed.get(tool, ()):
            shown = beginning(command_of(call)) if elapsed >= LONG else ""
            draft.steps[event.call] = Step(
                event.call, Kind.CALL, call.at, event.at, tool[:80], Outcome.OK, None, elapsed, event.nested,
                redact(about or thing(tool, call.input)), sameness, shown, "", f"{self._path}:{event.line}",
            )  # fmt: skip
        elif event.call:
            draft.quiet.add(link)

    def _prompt(self, draft: Draft, event: Event) -> None:
        draft.links.add(identity(event.key))
        for things in draft.open.values():
            for index in chain.from_iterable(things.values()):
                self._signals[index] = self._signals[index]._replace(until=event.at)
        draft.open.clear()
        draft.steps[event.key] = Step(event.key, Kind.PROMPT, event.at, place=f"{self._path}:{event.line}")
        self._all(draft, event, Subject(event.text, version=draft.version), _NO_CALL, ("prompt",))
        draft.asked(event.text)

    def _note(self, draft: Draft, event: Event) -> None:
        kind = event.kind
        if kind is Kind.INTERRUPTION and draft.stopped and "for tool use" in event.text:
            draft.stopped = False  # said once by the call's own result already
            return
        if kind in _NOTES:
            draft.steps[event.key] = Step(
                event.key, kind, event.at, tool=event.tool[:80], nested=event.nested, place=f"{self._path}:{event.line}"
            )
        if self._matchers.channel(kind.value).empty:
            return
        facts = {"status": event.tool, "hook": event.tool, "trigger": event.text if kind is Kind.COMPACTION else ""}
        subject = Subject(event.text, "", Outcome.OK, None, "", draft.version, facts)
        self._all(draft, event, subject, _NO_CALL, (kind.value,))

    def _all(self, draft: Draft, event: Event, subject: Subject, call: Event, channels: tuple[str, ...]) -> None:
        for name in channels:
            for hit in self._matchers.channel(name).hits(subject):
                self._signal(draft, event, hit, subject.text, call)

    def _signal(self, draft: Draft, event: Event, hit: Hit, text: str, call: Event) -> None:
        command = command_of(call)
        self._signals.append(
            Signal(
                hit.rule.id, draft.id, event.key, hit.group, event.at,
                tool=call.tool[:80],
                excerpt=self._excerpt(text, hit.at),
                command=self._command(command or f"{call.tool[:80]} {thing(call.tool, call.input)}".strip()),
                prompt=draft.shown(),
                origin=draft.origin(command) if command else "",
                place=f"{self._path}:{event.line}",
                version=draft.version,
                revision=draft.revision,
            )
        )  # fmt: skip
        if event.kind is Kind.RESULT:
            things = draft.open.setdefault(_FAMILY.get(call.tool, call.tool), {})
            things.setdefault(thing(call.tool, call.input), []).append(len(self._signals) - 1)

    def _excerpt(self, text: str, at: int | None) -> str:
        """The redacted excerpt of a text; several rules show the beginning of the same one, so the last is kept."""
        if at is not None and at >= _HEAD:
            return excerpt(text, at=at)
        if len(text) <= _SHORT:
            return _excerpt_of_short(text)
        if text != self._shown[0]:
            self._shown = (text, excerpt(text))
        return self._shown[1]

    def _command(self, command: str) -> str:
        if command != self._ran[0]:
            self._ran = (command, beginning(command))
        return self._ran[1]


def _nested(one: str, other: str) -> bool:
    """Whether one of two folders lies in the other, or they are the same."""
    short, long = sorted((one.rstrip("/"), other.rstrip("/")), key=len)
    return f"{long}/".startswith(f"{short}/")


def _written(given: Mapping[str, Any]) -> str:
    """The input of a call as JSON; "" where it is nested deeper than JSON is written."""
    try:
        return orjson.dumps(given, default=str).decode()
    except TypeError:
        return ""


_CHANNELS_BY_OUTCOME = {
    Outcome.REJECTED: ("rejection",),
    Outcome.INTERRUPTED: ("interruption",),
    Outcome.HOOK_BLOCK: ("hook",),
    Outcome.INFRASTRUCTURE: ("api_error",),
}
