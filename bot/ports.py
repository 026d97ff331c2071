"""What the service needs of the outside world, as protocols; `bot.adapters` has the real ones, `tests` the remembering ones."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from hashlib import blake2b
from typing import NamedTuple, Protocol

from bot.core.history import Change, Decision, History, Intent, IssueComment, Remark, Talk
from bot.core.model import KnownIssue, Listing, Problem, Session, Signal


@dataclass(frozen=True, slots=True)
class SourceFile:
    """A transcript as the file system lists it: never opened yet, identified by path, changed when `stamp` changes."""

    path: str
    source: str
    size: int
    stamp: str


class Shelf(NamedTuple):
    """Neighbouring files of one folder as the file system lists them: name, size and modification time (ns) of each.

    A source that is a single file is a shelf of its own, whose entry has no name.
    """

    folder: str
    source: str
    entries: tuple[tuple[str, int, int], ...]

    @property
    def size(self) -> int:
        """Bytes of all its files."""
        return sum(size for _, size, _ in self.entries)

    def files(self) -> Iterator[SourceFile]:
        """The files, in order of name."""
        for name, size, modified in self.entries:
            path = f"{self.folder}/{name}" if name else self.folder
            yield SourceFile(path, self.source, size, f"{size}:{modified}")

    def digest(self, key: bytes) -> bytes:
        """16 bytes that are others as soon as a file came, went or changed, or the key (of at most 64 bytes) is another."""
        listed = f"{self.folder}\0{self.entries}".encode("utf-8", "surrogatepass")
        return blake2b(listed, key=key, digest_size=16).digest()


class Quiet(NamedTuple):
    """Shelves, by digest, all of whose files need no reading: what lets a look at them be as quick as listing them.

    `version` is that of the state in the store. With the rules of `key`, `gone` files that are there no more were not
    searched, of which `first` is one.
    """

    version: str
    key: bytes = b""
    gone: int = 0
    first: str = ""
    shelves: frozenset[bytes] = frozenset()


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

    def shelves(self) -> Iterator[Shelf | Problem]:
        """The same files, each once, as shelves: what is quickest to list."""

    def now(self, file: SourceFile) -> SourceFile:
        """The file as it is now; as it was where that cannot be told."""

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

    def marks(self, paths: Collection[str]) -> Mapping[str, FileMark]:
        """Those of these files that were read so far, by path."""

    def quiet(self) -> Quiet:
        """The shelves that need no reading, as last kept; none after `forget`."""

    def keep_quiet(self, quiet: Quiet) -> None:
        """Keep shelves over those of the same `version`; where that is another by now, no shelf is known to be quiet."""

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
        """Record where a fingerprint is kept; what was recorded for a later moment stays."""

    def gone(self, repository: str) -> Mapping[int, str]:
        """Numbers of issues that are there no more, with what became of them."""

    def remember_gone(self, repository: str, number: int, fate: str, at: datetime) -> None:
        """Record that an issue is there no more; its number stays known for its fingerprint."""

    def lease(self, name: str, holder: str, now: datetime, lasts: timedelta) -> bool:
        """Take or extend a lease: False where somebody else holds it and its time is not over at `now`."""

    def release(self, name: str, holder: str) -> None:
        """Give a lease back; nothing happens where somebody else holds it by now."""

    def intend(self, intent: Intent) -> None:
        """Keep an intent; others of the same repository, fingerprint, what and topic that are open are given up."""

    def settle(self, nonce: str, state: str, issue: int | None = None) -> None:
        """Record what became of an intent: done (with the issue that it made or is on), failed or given_up."""

    def intents(self, repository: str) -> tuple[Intent, ...]:
        """The open intents of a repository, the oldest first."""

    def log(self, decisions: Iterable[Decision]) -> None:
        """Write decisions down, but for a `planned` skip that only repeats the row of the last one of its fingerprint."""

    def decisions(self, *, fingerprint: str = "", repository: str = "", limit: int = 1000) -> tuple[Decision, ...]:
        """The newest decisions, newest first: all, or those of a fingerprint (a prefix of it will do) or repository."""

    def reserve(self, account: str, spend: Spend, now: datetime, allowed: Allowance) -> datetime | None:
        """Take a write from the budget that all processes share; None where it may be sent, else when to ask again.

        Whoever got None says with `finish` that the request is over; a minute after `now` it counts as over anyway.
        """

    def finish(self, spend: Spend) -> None:
        """The request of a spend is over: it still counts in the budget, but is not in flight."""

    def hold(self, account: str, until: datetime, now: datetime) -> None:
        """Let nobody write until then: GitHub said so at `now`; it is over where that was told by a clock that was ahead."""

    def recall(self, key: str) -> bytes | None:
        """What was kept under a key; all of it could be asked for again."""

    def keep(self, key: str, value: bytes, at: datetime) -> None:
        """Keep a value under a key, over what was there."""

    def levels(self) -> Mapping[str, Mapping[date, int]]:
        """Rule → day → the most sessions that it had in its window in any evaluation of that day, for the last 30 days."""

    def remember_levels(self, day: date, levels: Mapping[str, int]) -> None:
        """Record how many sessions each rule has in its window on a day; the highest of a day stays."""

    def heard(self, repository: str) -> datetime | None:
        """The moment from which comments have to be asked for next; None where none were ever read."""

    def hear(self, repository: str, remarks: Sequence[Remark], gone: Iterable[int], until: datetime | None) -> None:
        """Keep these remarks as they read now, drop those that are gone and move the moment on, in one transaction.

        The moment never goes back, and a text that is older than the kept one changes nothing. What was answered to a
        remark stays as it was recorded.
        """

    def remarks(self, repository: str) -> tuple[Remark, ...]:
        """All remarks kept of a repository, the oldest first (by `at`, then id)."""

    def answer(self, repository: str, remark: int, answered: str) -> None:
        """Record which answer a remark got; nothing happens where it is not there any more."""

    def forget(self) -> None:
        """Forget the evidence and what was asked of GitHub, in one transaction: what `frictionbot rebuild` begins with.

        Remarks go too: GitHub has them. What can be had from nowhere else stays: which issues are gone, open filings,
        decisions, leases and the budget; and where issues are, because a person may have taken an issue's marker out.
        """


class Spend(NamedTuple):
    """One write that is about to be sent; `id` is unique. `content` says that it makes something that people are told of."""

    id: str
    content: bool
    points: int = 5


@dataclass(frozen=True, slots=True)
class Allowance:
    """How much all processes of one account together may write, below what GitHub allows (facts: github.md).

    `pause` lies between two writes; `in_flight` requests may be under way at once.
    """

    content_a_minute: int = 60
    content_an_hour: int = 400
    points_a_minute: int = 600
    in_flight: int = 20
    pause: timedelta = timedelta(seconds=1)


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
        """Every issue of the bot's own account, open and closed; `complete` only if all pages came and held all `known`.

        Of the known ones that are not there, `gone` says what became of them.
        """

    def glance(self, repository: str, known: frozenset[int], now: datetime) -> Listing:
        """What the last listing held with all that changed since, in one conditional request; never complete.

        A whole listing where there was none for a day or too much changed.
        """

    def issue(self, repository: str, number: int) -> KnownIssue | None:
        """Any issue, whoever wrote it; None where it is not there. Raises `TrackerError`."""

    def history(self, issue: KnownIssue) -> History:
        """What happened to an issue, asked for again only where the issue changed; raises `TrackerError`."""

    def commits(self, repository: str) -> tuple[Change, ...]:
        """Commits and merged pull requests of the default branch that name an issue, as far as was looked so far.

        One conditional request where there is nothing new; raises `TrackerError`.
        """

    def change(self, repository: str, ref: str) -> Change | None:
        """A commit (by any unique beginning of its sha) or merged pull request (`#12`) of the default branch, else None.

        Raises `TrackerError`.
        """

    def comments(self, repository: str, issue: int) -> tuple[IssueComment, ...]:
        """All comments of an issue, oldest first; conditional, page by page. Raises `TrackerError`."""

    def talk(self, repository: str, since: datetime) -> Talk:
        """All comments of a repository that were made or edited since, in one conditional request where nothing was.

        No comment is missed that is edited while the pages are read. Where there is very much, `until` says how far it was
        read. Raises `TrackerError`: then nothing was read.
        """

    def remark(self, repository: str, comment: int) -> IssueComment | None:
        """One comment as it reads now; None where it is deleted. Raises `TrackerError`."""

    def role(self, repository: str, login: str) -> str:
        """What an account may do: admin, maintain, write, triage, read or none (also for one that is not there).

        Raises `TrackerError` where that could not be asked: that is neither yes nor no.
        """

    def react(self, repository: str, comment: int, wanted: frozenset[str]) -> None:
        """Make the bot's own reactions to a comment these (`+1`, `-1`, `eyes`, `confused`), and nobody else's.

        What is there already is left alone; a comment that is deleted is no error. Raises `TrackerError`.
        """

    def reword(self, repository: str, comment: int, body: str) -> None:
        """Edit a comment of the bot's own with one PATCH; raises `TrackerError`."""

    @property
    def problems(self) -> tuple[Problem, ...]:
        """What was done, but not quite as asked, in the order it was noticed."""

    def create(self, repository: str, title: str, body: str, labels: tuple[str, ...]) -> KnownIssue:
        """Open an issue with one POST that is never repeated; raises `TrackerError`."""

    def edit(
        self,
        issue: KnownIssue,
        *,
        title: str | None = None,
        body: str | None = None,
        labels: tuple[str, ...] | None = None,
        state: str | None = None,
        reason: str | None = None,
    ) -> None:
        """Change what is not None, in one PATCH; `reason` is the state_reason; raises `TrackerError`.

        Raises `changed_meanwhile` where title, body, labels or state are not what they were when it was listed.
        """

    def comment(self, repository: str, issue: int, body: str) -> IssueComment:
        """Comment with one POST that is never repeated; raises `TrackerError`."""

    def delete_comment(self, repository: str, comment: int) -> None:
        """Delete a comment of the bot's own; one that is not there is no error. Raises `TrackerError`."""


class Codebase(Protocol):
    """A local clone of the project that the sessions worked on; nothing of it is ever run."""

    def mentions(self, commands: Sequence[str]) -> Mapping[str, str]:
        """Command → `path:line` of the first tracked file that holds it literally; commands found nowhere are left out."""

    def changes(self, repository: str) -> tuple[Change, ...]:
        """Commits of the default branch that name an issue of `repository` (OWNER/NAME) or of no repository, or revert one.

        Raises `OSError`.
        """

    def change(self, ref: str) -> Change | None:
        """The commit of the default branch that a sha (any unique beginning) names, else None. Raises `OSError`."""

    def contains(self, revision: str, commit: str) -> bool | None:
        """Whether a revision has a commit among its ancestors; None where the clone cannot tell."""


class Scanner(Protocol):
    """The independent second opinion on text that is about to be published."""

    def find(self, text: str) -> tuple[str, ...]:
        """The secrets found in a text, as the exact substrings; empty where there is none."""
