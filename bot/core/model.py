"""The values that travel from a transcript to an issue; all of them are immutable.

Times are aware UTC throughout. `Event`, `Step` and `Signal` are named tuples, not data classes: a year of
transcripts makes tens of millions of them and a frozen data class costs four times as much to build.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, NamedTuple


class Problem(NamedTuple):
    """Something that could not be read or done: a stable code, its place (`path:line:column`) and what to do."""

    code: str
    place: str
    message: str


class Kind(StrEnum):
    """What an event is, in the words that a rule's `match.event` uses where it may choose it."""

    PROMPT = "prompt"
    ASSISTANT = "assistant"
    CALL = "command"
    RESULT = "tool_result"
    PROGRESS = "progress"
    SYSTEM = "system"
    COMPACTION = "compaction"
    API_ERROR = "api_error"
    HOOK = "hook"
    INTERRUPTION = "interruption"
    CONTEXT = "context"
    MARK = "mark"
    UNKNOWN = "unknown"


class Outcome(StrEnum):
    """How a tool call ended: classes of their own, because a rejection is no failure and a guard is no crash."""

    PENDING = "pending"
    OK = "ok"
    BENIGN = "benign"
    FAILED = "failed"
    GUARD = "guard"
    REJECTED = "rejected"
    INTERRUPTED = "interrupted"
    HOOK_BLOCK = "hook_block"
    INFRASTRUCTURE = "infrastructure"
    CONSEQUENCE = "consequence"


FAILURES = frozenset({Outcome.FAILED, Outcome.GUARD})


class Event(NamedTuple):
    """One thing that happened in a session, normalised across agents.

    `key` is the same in every copy of the event (resume, fork, snapshot) and different for any other event; it is
    "" for what only carries context. `call` is the tool-use id that ties a CALL, its PROGRESS and its RESULT together.
    """

    kind: Kind
    session: str
    key: str
    at: datetime | None
    line: int
    text: str = ""
    tool: str = ""
    call: str = ""
    input: Mapping[str, Any] = {}
    outcome: Outcome = Outcome.OK
    exit_code: int | None = None
    elapsed: float = 0.0
    nested: bool = False
    message: str = ""
    cwd: str = ""
    version: str = ""
    branch: str = ""


class Step(NamedTuple):
    """A counted thing of a session without its text: a prompt, a tool call with how it ended, or a system note.

    `thing` is what the call was about (a program, a file): a failure is over at the next success of the same thing.
    `same` names the normalised call: equal for the same command or input. `command` and `excerpt` are redacted and
    only kept where a person may ask about them: failing and slow calls.
    """

    key: str
    kind: Kind
    at: datetime | None
    ended: datetime | None = None
    tool: str = ""
    outcome: Outcome = Outcome.OK
    exit_code: int | None = None
    elapsed: float = 0.0
    nested: bool = False
    thing: str = ""
    same: str = ""
    command: str = ""
    excerpt: str = ""
    place: str = ""


class Span(NamedTuple):
    """A closed stretch of time in which a session was active."""

    start: datetime
    end: datetime


@dataclass(frozen=True, slots=True)
class Session:
    """All that is known of one session, put together from any number of files in any order.

    `links` are the identities (of prompts, messages, tool uses) that other sessions may share; `quiet` are those of them
    that are tool calls with nothing to tell, of which no step is kept.
    """

    id: str
    agent: str
    source: str = ""
    person: str = ""
    blocks: tuple[Span, ...] = ()
    steps: tuple[Step, ...] = ()
    links: frozenset[int] = frozenset()
    quiet: frozenset[int] = frozenset()
    cwds: tuple[str, ...] = ()
    versions: tuple[str, ...] = ()
    branches: tuple[str, ...] = ()
    events: int = 0

    @property
    def started_at(self) -> datetime | None:
        """The earliest time of any of its events; None where none has a time."""
        return self.blocks[0].start if self.blocks else None

    @property
    def ended_at(self) -> datetime | None:
        """The latest time of any of its events; None where none has a time."""
        return self.blocks[-1].end if self.blocks else None


class Signal(NamedTuple):
    """One match of one rule in one session: its group key, its time, and redacted evidence that a person can check.

    `event` is the identity of what matched, so that copies count once; `until` is when the trouble was over (the next
    success of the same thing, or the next prompt). `origin` says where the command came from: docs, person or agent.
    `version` is the agent's, `revision` the commit that the session had last said to be checked out, "" where unknown.
    """

    rule: str
    session: str
    event: str
    group: tuple[tuple[str, str], ...]
    at: datetime | None
    until: datetime | None = None
    tool: str = ""
    excerpt: str = ""
    command: str = ""
    prompt: str = ""
    origin: str = ""
    place: str = ""
    version: str = ""
    revision: str = ""


class Count(NamedTuple):
    """How much evidence there is: distinct conversations, distinct people (all unknown are one), single signals."""

    sessions: int
    people: int
    occurrences: int


@dataclass(frozen=True, slots=True)
class Evidence:
    """One signal as an issue shows it: redacted, with a pseudonym for the person."""

    session: str
    person: str
    at: datetime | None
    excerpt: str
    command: str
    prompt: str
    origin: str
    place: str
    version: str
    tool: str


@dataclass(frozen=True, slots=True)
class Finding:
    """All signals of one rule and one group key in one target repository, counted against the rule's thresholds.

    `signals` are those that count, each event once, the newest first. `outages` names, by event, the outage of those that
    hit most people at once: each outage counts as one session of one person against the threshold. `supersedes` are
    fingerprints of a general rule all of whose signals a specific rule claims now.
    """

    fingerprint: str
    repository: str
    rule: str
    key: tuple[tuple[str, str], ...]
    state: str
    severity: str
    total: Count
    in_window: Count
    first_seen: datetime | None
    last_seen: datetime | None
    minutes_lost: float
    example: str
    evidence: tuple[Evidence, ...] = ()
    sessions: tuple[str, ...] = ()
    people: tuple[str, ...] = ()
    versions: tuple[str, ...] = ()
    tools: tuple[str, ...] = ()
    origins: tuple[tuple[str, int], ...] = ()
    signals: tuple[Signal, ...] = ()
    outages: Mapping[str, str] = field(default_factory=dict)
    supersedes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class KnownIssue:
    """An issue of the bot's own account as a listing showed it, with what its marker says; times are GitHub's."""

    repository: str
    number: int
    title: str
    body: str
    state: str
    state_reason: str
    labels: tuple[str, ...]
    locked: bool
    url: str
    fingerprint: str = ""
    nonce: str = ""
    created_at: datetime | None = None
    updated_at: datetime | None = None
    closed_at: datetime | None = None
    assignees: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Listing:
    """What a repository holds of the bot's issues; only a `complete` one allows to open anything.

    One that was put together from an earlier listing and what changed since is never complete, and has no problem for it.
    `gone` says of issues that were asked for and are not there any more what became of them: deleted, transferred.
    """

    repository: str
    complete: bool
    issues: tuple[KnownIssue, ...] = ()
    problems: tuple[Problem, ...] = ()
    gone: tuple[tuple[int, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Action:
    """What to do on GitHub about one finding and why; `skip` is an action too.

    `row` is the row of the decision table that decided. `fields` are what the issue's marker remembers from then on, `body`
    is the content of the bot's region ("" to leave it as it is). `comment` is made once for its `topic` on the issue.
    """

    action: str
    fingerprint: str
    repository: str
    rule: str
    issue: int | None
    title: str
    labels: tuple[str, ...]
    reason: str
    body: str = ""
    row: str = ""
    fields: tuple[tuple[str, str], ...] = ()
    comment: str = ""
    topic: str = ""
    state_reason: str = ""


@dataclass(frozen=True, slots=True)
class Result:
    """What became of an action that was tried; `error` is "" where it worked."""

    action: str
    fingerprint: str
    repository: str
    issue: int | None
    error: str = ""
    url: str = ""


@dataclass(frozen=True, slots=True)
class ReadStats:
    """What a run read: the `sessions` object of `run --format json`."""

    files: int = 0
    sessions: int = 0
    read: int = 0
    unchanged: int = 0
    unreadable: int = 0
    events: int = 0
    duplicate_events: int = 0
    bytes: int = 0
    skipped: Mapping[str, int] = field(default_factory=dict)
