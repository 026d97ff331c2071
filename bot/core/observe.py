"""Observing one file: its events, folded into partial sessions and signals, in memory that does not grow with its size."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from datetime import datetime
from functools import lru_cache
from itertools import chain
from typing import NamedTuple

import orjson

from bot.core.command import same, thing
from bot.core.match import Hit, Matchers, Subject
from bot.core.model import FAILURES, Event, Kind, Outcome, Session, Signal, Span, Step
from bot.core.outcome import SHELLS, classify, status_of
from bot.core.redact import excerpt
from bot.core.session import GAP, identity, in_order, join

LONG = 30.0  # seconds; a call that ran longer is kept as a step of its own
_BLOCKS = 4096  # spans kept before they are joined
_PROMPTS = 30  # prompts of a session in which a pasted command is looked for
_PROMPT = 4000  # characters of each
_SHOWN = 300  # characters of the prompt and of the command that a signal shows
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


_CALL, _OK = Kind.CALL, Outcome.OK  # looked up once: these are needed for every event
_NO_CALL = Event(Kind.CALL, "", "", None, 0)


def _command(call: Event) -> str:
    """The command line of a call of a shell tool, else ""."""
    given = call.input.get("command")
    return given if call.tool in SHELLS and type(given) is str else ""


class _Draft:
    """A session while its file is read."""

    __slots__ = (
        "begun", "blocks", "branches", "calls", "cwds", "elapsed", "events", "failed", "id", "last", "links",
        "messages", "open", "prompt", "prompts", "quiet", "shown_prompt", "steps", "stopped", "version", "versions",
    )  # fmt: skip

    def __init__(self, session: str) -> None:
        self.id = session
        self.blocks: list[Span] = []
        self.begun: datetime | None = None
        self.last: datetime | None = None
        self.steps: dict[str, Step] = {}
        self.links: set[int] = set()
        self.quiet: set[int] = set()
        self.calls: dict[str, Event] = {}
        self.elapsed: dict[str, float] = {}
        self.open: dict[str, dict[str, list[int]]] = {}  # by tool and thing, the signals of trouble that is not over
        self.failed: dict[str, set[str]] = {}
        self.cwds: dict[str, None] = {}
        self.versions: dict[str, None] = {}
        self.branches: dict[str, None] = {}
        self.messages: dict[str, bool] = {}
        self.version = self.prompt = ""
        self.shown_prompt: str | None = None
        self.prompts: list[str] = []
        self.stopped = False
        self.events = 0

    def time(self, at: datetime) -> None:
        """Take a moment of activity. Most follow the one before; another order only makes more spans, joined at the end."""
        last = self.last
        if last is None:
            self.begun = self.last = at
        elif at >= last and at - last <= GAP:
            self.last = at
        elif self.begun is None or not self.begun <= at <= last:
            self.blocks.append(Span(self.begun or at, last))
            self.begun = self.last = at
            if len(self.blocks) > _BLOCKS:
                self.blocks = list(join(self.blocks))

    def whole(self) -> Session:
        """The partial session that the file shows."""
        for call, elapsed in self.elapsed.items():
            known = self.steps.get(call)
            if known:
                self.steps[call] = known._replace(elapsed=max(known.elapsed, elapsed))
        for call, made in self.calls.items():  # never answered: interrupted, or the last; not a failure
            self.links.add(identity(call))
            self.steps.setdefault(
                call, Step(call, Kind.CALL, made.at, tool=made.tool[:80], outcome=Outcome.PENDING, nested=made.nested)
            )
        return Session(
            self.id,
            "",
            blocks=join(
                self.blocks if self.begun is None or self.last is None else [*self.blocks, Span(self.begun, self.last)]
            ),
            steps=in_order(self.steps.values()),
            links=frozenset(self.links.union(identity(message) for message, alone in self.messages.items() if alone)),
            quiet=frozenset(self.quiet),
            cwds=tuple(sorted(self.cwds)),
            versions=tuple(sorted(self.versions)),
            branches=tuple(sorted(self.branches)),
            events=self.events,
        )


class Observation:
    """The fold over the events of one file. Feed events in file order, then ask for `result()` once."""

    def __init__(self, matchers: Matchers, path: str) -> None:
        self._matchers = matchers
        self._path = path
        self._drafts: dict[str, _Draft] = {}
        self._signals: list[Signal] = []
        self._covered: set[str] = set()
        self._repeated = 0
        self._unknown: Counter[str] = Counter()
        self._successes = matchers.of_success
        self._shown = self._ran = ("", "")
        self._commands = matchers.channel("command")
        self._by_kind: Mapping[Kind, Callable[[_Draft, Event], None]] = {
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
            draft = self._drafts[event.session] = _Draft(event.session)
        kind, at, key, message = event.kind, event.at, event.key, event.message
        if at is not None:
            last = draft.last
            if last is not None and last <= at <= last + GAP:
                draft.last = at  # most events follow the one before
            else:
                draft.time(at)
        if key:
            if key in self._covered:
                self._repeated += 1
                return
            self._covered.add(key)
            draft.events += 1
        if message:
            if kind is _CALL:
                draft.messages[message] = False  # its call is the better link
            elif message not in draft.messages:
                draft.messages[message] = True
        if kind not in self._signs:
            self._by_kind[kind](draft, event)

    def result(self) -> Observed:
        """The partial sessions and the signals of everything fed."""
        sessions = tuple(draft.whole() for draft in self._drafts.values())
        return Observed(sessions, tuple(self._signals), frozenset(self._covered), self._repeated, self._unknown)

    def _context(self, draft: _Draft, event: Event) -> None:
        if event.cwd:
            draft.cwds[event.cwd] = None
        if event.version:
            draft.version = event.version
            draft.versions[event.version] = None
        if event.branch:
            draft.branches[event.branch] = None

    def _unknown_type(self, _draft: _Draft, event: Event) -> None:
        self._unknown[event.tool] += 1

    def _progress(self, draft: _Draft, event: Event) -> None:
        if event.elapsed > draft.elapsed.get(event.call, 0.0):
            draft.elapsed[event.call] = event.elapsed

    def _call(self, draft: _Draft, event: Event) -> None:
        draft.calls[event.call] = event
        if not self._commands.empty:
            command = _command(event)
            text = command or orjson.dumps(event.input, default=str).decode()
            for hit in self._commands.hits(Subject(text, event.tool, command=command, version=draft.version)):
                self._signal(draft, event, hit, text, event)

    def _result(self, draft: _Draft, event: Event) -> None:
        call = draft.calls.pop(event.call, _NO_CALL)
        outcome, code = event.outcome, event.exit_code
        if outcome is _OK and self._successes.empty:
            draft.stopped = False
            self._worked(draft, event, call)
            return
        command = _command(call)
        if outcome is Outcome.FAILED:
            outcome, code = classify(event.text, is_error=True, tool=call.tool, command=command)
        draft.stopped = outcome in {Outcome.REJECTED, Outcome.INTERRUPTED}
        if outcome is Outcome.OK or outcome is Outcome.BENIGN:
            self._worked(draft, event, call)
            if call.tool in self._matchers.read_tools and event.text:
                subject = Subject(event.text, call.tool, Outcome.OK, None, command, draft.version)
                for hit in self._successes.hits(subject):
                    self._signal(draft, event, hit, event.text, call)
            return
        about, sameness = thing(call.tool, call.input), same(call.tool, call.input)
        draft.failed.setdefault(call.tool, set()).add(sameness)
        draft.links.add(identity(event.call or event.key))
        draft.steps[event.call or event.key] = Step(
            event.call or event.key, Kind.CALL, call.at or event.at, event.at, call.tool[:80], outcome, code,
            draft.elapsed.pop(event.call, 0.0), event.nested, about, sameness,
            self._command(command), self._excerpt(event.text, None), f"{self._path}:{event.line}",
        )  # fmt: skip
        facts = {"status": status_of(event.text)} if outcome is Outcome.INFRASTRUCTURE else {}
        subject = Subject(event.text, call.tool, outcome, code, command, draft.version, facts)
        if outcome in FAILURES:
            self._all(draft, event, subject, call, ("tool_result", "tool_failure"))
        else:
            self._all(draft, event, subject, call, _CHANNELS_BY_OUTCOME.get(outcome, ()))

    def _worked(self, draft: _Draft, event: Event, call: Event) -> None:
        """A call that worked: it ends the trouble with its thing, and is a step only where it says something."""
        elapsed = draft.elapsed.pop(event.call, 0.0) if draft.elapsed else 0.0
        tool = call.tool
        about = thing(tool, call.input) if tool in draft.open or elapsed >= LONG else ""
        if tool in draft.open:
            for index in draft.open[tool].pop(about, ()):
                self._signals[index] = self._signals[index]._replace(until=event.at)
        sameness = same(tool, call.input) if tool in draft.failed else ""
        link = identity(event.call)
        draft.links.add(link)
        if elapsed >= LONG or sameness in draft.failed.get(tool, ()):
            shown = _beginning(_command(call)) if elapsed >= LONG else ""
            draft.steps[event.call] = Step(
                event.call, Kind.CALL, call.at, event.at, tool[:80], Outcome.OK, None, elapsed, event.nested,
                about, sameness, shown, "", f"{self._path}:{event.line}",
            )  # fmt: skip
        elif event.call:
            draft.quiet.add(link)

    def _prompt(self, draft: _Draft, event: Event) -> None:
        draft.links.add(identity(event.key))
        for things in draft.open.values():
            for index in chain.from_iterable(things.values()):
                self._signals[index] = self._signals[index]._replace(until=event.at)
        draft.open.clear()
        draft.steps[event.key] = Step(event.key, Kind.PROMPT, event.at, place=f"{self._path}:{event.line}")
        self._all(draft, event, Subject(event.text, version=draft.version), _NO_CALL, ("prompt",))
        draft.prompt, draft.shown_prompt = event.text, None
        draft.prompts.append(event.text[:_PROMPT])
        del draft.prompts[:-_PROMPTS]

    def _note(self, draft: _Draft, event: Event) -> None:
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

    def _all(self, draft: _Draft, event: Event, subject: Subject, call: Event, channels: tuple[str, ...]) -> None:
        for name in channels:
            for hit in self._matchers.channel(name).hits(subject):
                self._signal(draft, event, hit, subject.text, call)

    def _signal(self, draft: _Draft, event: Event, hit: Hit, text: str, call: Event) -> None:
        if draft.shown_prompt is None:
            draft.shown_prompt = _beginning(draft.prompt)
        command = _command(call)
        self._signals.append(
            Signal(
                hit.rule.id, draft.id, event.key, hit.group, event.at,
                tool=call.tool[:80],
                excerpt=self._excerpt(text, hit.at),
                command=self._command(command) if command else f"{call.tool[:80]} {thing(call.tool, call.input)[:200]}".strip(),
                prompt=draft.shown_prompt,
                origin=_origin(draft, command) if command else "",
                place=f"{self._path}:{event.line}",
                version=draft.version,
            )
        )  # fmt: skip
        if event.kind is Kind.RESULT:
            things = draft.open.setdefault(call.tool, {})
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
            self._ran = (command, _beginning(command))
        return self._ran[1]


_CHANNELS_BY_OUTCOME = {
    Outcome.REJECTED: ("rejection",),
    Outcome.INTERRUPTED: ("interruption",),
    Outcome.HOOK_BLOCK: ("hook",),
    Outcome.INFRASTRUCTURE: ("api_error",),
}


def _beginning(text: str) -> str:
    """The redacted beginning of a prompt or command; what is cut off first lies too far behind to be shown in half."""
    return excerpt(text[: _SHOWN + 2000], _SHOWN, at=0)


_LEAST = 8  # characters of a command line that are worth looking for in a prompt


def _origin(draft: _Draft, command: str) -> str:
    """`person` where a part of the command stands in an earlier prompt, else `agent`."""
    parts = [part.strip() for line in command[:_PROMPT].splitlines() for part in line.split("&&")]
    telling = [part for part in parts if len(part) >= _LEAST]
    return "person" if any(part in prompt for prompt in draft.prompts for part in telling) else "agent"
