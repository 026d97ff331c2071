"""What the service needs of the outside world, as protocols; `bot.adapters` has the real ones, `tests` the remembering ones."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from bot.core.model import KnownIssue, Listing, Problem, Session, Signal


@dataclass(frozen=True, slots=True)
class SourceFile:
    """A transcript as the file system lists it: never opened yet, identified by path, changed when `stamp` changes."""

    path: str
    source: str
    size: int
    stamp: str


@dataclass(frozen=True, slots=True)
class FileMark:
    """What the store remembers of a file it has read: its stamp, and the digests of reader and rules it was read with."""

    path: str
    stamp: str
    reader: str
    rules: frozenset[str]


@dataclass(frozen=True, slots=True)
class Reading:
    """What one reading of one file brought: partial sessions, signals, and the rules (by match digest) it looked for.

    `rules` maps rule id to match digest. `covered` are the event keys that the file holds. On these events the signals of
    the same rules are replaced that this file brought before, or that any file brought with another state of rule or
    reader; others stay: a file that shrank erases nothing, a copy says nothing about the other copies.
    """

    mark: FileMark
    sessions: tuple[Session, ...] = ()
    signals: tuple[Signal, ...] = ()
    rules: Mapping[str, str] = field(default_factory=dict)
    covered: frozenset[str] = frozenset()


class Sources(Protocol):
    """Where transcripts lie."""

    def discover(self) -> Iterator[SourceFile | Problem]:
        """List every file of every source once, in a stable order; what cannot be listed is a problem with its place."""

    def lines(self, file: SourceFile) -> Iterator[bytes]:
        """Stream the lines of a file; raises `OSError` where it cannot be read."""

    def holds(self, place: str) -> bool:
        """Whether a place (`path:line`) lies in one of these sources, also where its file is gone."""

    def unreadable(self, file: SourceFile, error: OSError) -> Problem:
        """The problem of a file that could not be opened or read, with what to do about it."""

    def remote(self, cwd: str) -> str:
        """`host/owner/name` of the git remote of a working directory that is a readable clone, else ""; runs nothing."""


class Store(Protocol):
    """The bot's memory: file marks, sessions, signals, issues. Everything in it can be made again."""

    def files(self) -> Mapping[str, FileMark]:
        """All files read so far, by path."""

    def absorb(self, readings: Sequence[Reading]) -> int:
        """Merge readings in one transaction; returns how many of their sessions' links were already known.

        Absorbing twice changes nothing, and neither does the order in which different files are absorbed.
        """

    def sessions(self, ids: Iterable[str] | None = None) -> Iterator[Session]:
        """The sessions of these ids (all where None), merged over everything absorbed, ordered by id."""

    def signals(self) -> Iterator[Signal]:
        """All signals kept, ordered by rule, event and session."""

    def conversations(self) -> Mapping[str, str]:
        """Session id → conversation id (the smallest id of the sessions that share events, directly or through others)."""

    def issues(self, repository: str) -> Mapping[str, int]:
        """Fingerprint → issue number, as last filed or found."""

    def remember_issue(self, repository: str, fingerprint: str, number: int, at: datetime) -> None:
        """Record where a fingerprint is kept."""


class StoreError(Exception):
    """The bot's memory cannot be used: a stable code, and a message that says what to do."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


class TrackerError(Exception):
    """GitHub did not do what was asked. `unclear` means it may have: the next cycle's listing has to tell.

    `until` is when a rate limit ends, by this machine's clock.
    """

    def __init__(self, code: str, message: str, *, unclear: bool = False, until: datetime | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.unclear = unclear
        self.until = until


class Tracker(Protocol):
    """The issues of the repositories that receive them."""

    def listing(self, repository: str, known: frozenset[int]) -> Listing:
        """Every issue of the bot's own account, open and closed; `complete` only if all pages came and held all `known`."""

    @property
    def problems(self) -> tuple[Problem, ...]:
        """What was done, but not quite as asked, in the order it was noticed."""

    def create(self, repository: str, title: str, body: str, labels: tuple[str, ...]) -> KnownIssue:
        """Open an issue with one POST that is never repeated; raises `TrackerError`."""

    def edit(self, issue: KnownIssue, *, title: str | None, body: str | None, labels: tuple[str, ...] | None) -> None:
        """Change what is not None, in one PATCH; raises `TrackerError`."""


class Codebase(Protocol):
    """A local clone of the project that the sessions worked on."""

    def mentions(self, commands: Sequence[str]) -> Mapping[str, str]:
        """Command → `path:line` of the first tracked file that holds it literally; commands found nowhere are left out."""


class Scanner(Protocol):
    """The independent second opinion on text that is about to be published."""

    def find(self, text: str) -> tuple[str, ...]:
        """The secrets found in a text, as the exact substrings; empty where there is none."""
