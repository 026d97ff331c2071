"""Reading by many workers: what must be read is cut into batches by bytes, and each batch is read by one of them.

Batches stand in the store, messages only name them: a lost message is sent again, one that comes twice finds nothing left to
do. A try is counted before it begins, so that a batch at which workers die is cut into single files, and the one at which they
go on dying is set aside until it changes.
"""

from __future__ import annotations

import traceback
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from hashlib import blake2b
from pathlib import PurePath

from bot.core.model import Problem
from bot.discovery import Look, look
from bot.ingest import Searching, Whose, portions, recent
from bot.ports import FileMark, Reading, SourceFile, Sources, Store, StoreError
from bot.upkeep import Batch, Failure, Upkeep
from bot.wanted import READER, Wanted

MOST_FILES = 2_000  # of a batch, however small: what one row of the store and one task can hold
_RESENT = 5_000  # batches at once: the rest has its turn at the next look
_BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)
# What says that a file cannot be read: it is over when the file is gone. Those that are `aside` stay so until the file changes.
_OF_FILES = frozenset({"unreadable", "unknown_format", "empty_file", "poisoned", "unexpected"})
_ASIDE = frozenset({"unknown_format", "empty_file"})
_LISTING = "sources"  # the stamp of failures to list files; that of a file begins with its size
_READER = blake2b(READER.encode(), digest_size=4).hexdigest()


@dataclass(frozen=True, slots=True)
class Work:
    """What a worker reads with, made once per process.

    `most` are the bytes of a batch, `tries` is how often a batch or file may fail. A batch that was begun and is not done
    `late` after it was sent is sent again, one that nobody began after `unbegun`. Sessions that ended longer ago than
    `retention` are not absorbed. `interrupts` are exceptions that stop the task, whichever file it was reading.
    """

    sources: Sources
    store: Store
    upkeep: Upkeep
    whose: Whose
    wanted: Wanted
    nonce: Callable[[], str]
    most: int = 128 * 1024 * 1024
    tries: int = 3
    late: timedelta = timedelta(hours=1)
    unbegun: timedelta = timedelta(minutes=10)
    retention: timedelta | None = None
    interrupts: tuple[type[Exception], ...] = ()


@dataclass(frozen=True, slots=True)
class Found:
    """What a look found: `batches` are kept and to be sent.

    `files` and `size` (bytes) count all files of the sources; `unchanged` need no reading, `underway` are in batches that
    were sent before, `aside` are left out.
    """

    batches: tuple[Batch, ...]
    problems: tuple[Problem, ...]
    files: int
    size: int
    unchanged: int
    underway: int
    aside: int

    def figures(self) -> dict[str, int]:
        """The figures, for a log or a sign of life."""
        names = ("files", "size", "unchanged", "underway", "aside")
        return {"batches": len(self.batches), **{name: getattr(self, name) for name in names}}


@dataclass(frozen=True, slots=True)
class BatchRead:
    """What became of a batch: `read`, `unknown` (it was done or cut before), `split` (into `batches`, to be sent), `aside`.

    `read` of its `files` were read with `size` bytes, `problems` counts by code, `newest` is the time of the newest evidence.
    """

    batch: str
    state: str
    batches: tuple[Batch, ...] = ()
    files: int = 0
    read: int = 0
    size: int = 0
    sessions: int = 0
    signals: int = 0
    events: int = 0
    problems: Mapping[str, int] = field(default_factory=dict)
    newest: datetime | None = None

    def figures(self) -> dict[str, int | str]:
        """The figures, for a log or a sign of life."""
        names = ("state", "files", "read", "size", "sessions", "signals", "events")
        found = {name: getattr(self, name) for name in names}
        return {
            **found,
            "problems": sum(self.problems.values()),
            "newest": self.newest.isoformat() if self.newest else "",
        }


def batches(todo: Iterable[SourceFile], most: int) -> Iterator[tuple[SourceFile, ...]]:
    """Files cut into batches of at most `most` bytes and `MOST_FILES` files, in their order; a larger file is one alone."""
    batch: list[SourceFile] = []
    size = 0
    for file in todo:
        if batch and (size + file.size > most or len(batch) >= MOST_FILES):
            yield tuple(batch)
            batch, size = [], 0
        batch.append(file)
        size += file.size
    if batch:
        yield tuple(batch)


def discover(work: Work, now: datetime) -> Found:
    """Look for files that must be read and cut them into batches; raises `StoreError`.

    Batches whose message seems to be lost are among those to be sent.
    """
    upkeep = work.upkeep
    failures = upkeep.failures()
    under_way = upkeep.outstanding(_BEGINNING)  # asked for before the marks: what is done in between shows in those
    found = look(work.sources, work.store, work.wanted, {path for path, _ in under_way})
    aside = {(failure.place, failure.stamp) for failure in failures if failure.aside}
    left, sent, todo = set[str](), 0, list[SourceFile]()
    for file, _ in found.todo:
        if (file.path, _stamp(file)) in aside:
            left.add(file.path)
        elif (file.path, file.stamp) in under_way:
            sent += 1
        else:
            todo.append(file)
    new = [Batch(work.nonce(), files, now) for files in batches(todo, work.most)]
    again = _lost(work, now)
    upkeep.dispatch([*new, *(batch for batch in again if batch.tries)])
    quiet = found.settled((), left)
    if quiet != found.before:
        work.store.keep_quiet(quiet)
    problems = (*found.problems, *found.not_evaluated())
    _note(upkeep, problems, failures, found, now)
    unchanged = found.files - len(found.todo)
    return Found((*again, *new), problems, found.files, found.size, unchanged, sent, len(left))


def _lost(work: Work, now: datetime) -> tuple[Batch, ...]:
    """Batches to be sent again.

    Those that were begun are sent as of now, so that one that takes long is not sent at every look. The others keep their
    moment, which tells how long they have been waiting.
    """
    waiting = work.upkeep.abandoned(now - min(work.unbegun, work.late))
    lost = (
        batch._replace(at=now) if batch.tries else batch
        for batch in waiting
        if not batch.tries or batch.at < now - work.late
    )
    return tuple(lost)[:_RESENT]


def _note(upkeep: Upkeep, problems: Sequence[Problem], failures: Sequence[Failure], found: Look, now: datetime) -> None:
    """Record what cannot be listed, once, and forget what is over: folders that can, files that are gone."""
    known = {(failure.code, failure.place) for failure in failures if failure.stamp == _LISTING}
    present = {(problem.code, problem.place) for problem in problems}
    waiting = {file.path for file, _ in found.todo}
    over = defaultdict[str, set[str]](set)
    for failure in failures:
        listed = failure.stamp == _LISTING and (failure.code, failure.place) not in present
        vanished = _is_of_file(failure) and failure.code in _OF_FILES and failure.place not in waiting
        if listed or vanished:
            over[failure.code].add(failure.place)
    for code, places in over.items():
        upkeep.mended(code, places)
    for problem in problems:
        if (problem.code, problem.place) not in known:
            upkeep.fail(Failure(problem.code, problem.place, problem.message, _LISTING, now, now))


def read_batch(work: Work, batch: str, now: datetime) -> BatchRead:
    """Read and absorb a batch; may be repeated at any time. Raises `StoreError` and what `interrupts` are.

    Any other exception while a file is read is a failure of that file, which is set aside after so many `tries`.
    """
    begun = work.upkeep.begin(batch)
    if begun is None:
        return BatchRead(batch, "unknown")
    if begun.tries > work.tries:
        return _give_up(work, begun, now)
    reading = _BatchReading(work, now)
    try:
        result = reading.read(begun)
    except StoreError:  # no file's fault: a database that is full for a day must not set healthy ones aside
        work.upkeep.unbegin(batch)
        raise
    work.upkeep.done(batch)
    return result


def _give_up(work: Work, batch: Batch, now: datetime) -> BatchRead:
    """Cut a batch that failed too often into single files; a file that did is set aside."""
    if len(batch.files) > 1:
        singles = tuple(Batch(work.nonce(), (file,), now) for file in batch.files)
        work.upkeep.dispatch(singles)
        work.upkeep.done(batch.id)
        return BatchRead(batch.id, "split", singles, files=len(batch.files))
    for file in batch.files:
        message = (
            f"workers died or were stopped {work.tries} times while they read it, so it is left out until it changes; "
            "look whether it is unusually large or damaged, and move it away or give workers more memory or time"
        )
        work.upkeep.fail(Failure("poisoned", file.path, message, _stamp(file), now, now, aside=True))
    work.upkeep.done(batch.id)
    return BatchRead(batch.id, "aside", files=len(batch.files), problems={"poisoned": len(batch.files)})


class _BatchReading:
    """One batch while it is read."""

    def __init__(self, work: Work, now: datetime) -> None:
        self._work, self._now = work, now
        self._searching = Searching(work.sources, work.whose, work.wanted)
        self._known: Mapping[str, Sequence[Failure]] = {}
        self._codes: Counter[str] = Counter()
        self._sessions: set[str] = set()
        self._signals = 0
        self._newest: datetime | None = None

    def read(self, batch: Batch) -> BatchRead:
        """Read all files, absorb what they say, and record what stood in the way."""
        work, now = self._work, self._now
        paths = {file.path for file in batch.files}
        marks = work.store.marks(paths)
        known = defaultdict[str, list[Failure]](list)
        for failure in work.upkeep.failures(places=paths):
            if _is_of_file(failure):
                known[failure.place].append(failure)
        self._known = known
        since = now - work.retention if work.retention is not None else None
        for readings in portions(self._each(batch.files, marks)):
            work.store.absorb(self._counted(recent(readings, work.store, since)))
        self._note_formats()
        tally = self._searching.tally
        return BatchRead(
            batch.id, "read", (), len(batch.files), tally.read, tally.bytes, len(self._sessions), self._signals,
            tally.events, dict(sorted(self._codes.items())), self._newest,
        )  # fmt: skip

    def _each(self, files: Iterable[SourceFile], marks: Mapping[str, FileMark]) -> Iterator[tuple[int, Reading | None]]:
        for file in files:
            mark = marks.get(file.path)
            if self._work.wanted.needs(file, mark):
                yield file.size, self._one(file, mark)

    def _one(self, file: SourceFile, mark: FileMark | None) -> Reading | None:
        problems = self._searching.problems
        before = len(problems)
        try:
            reading = self._searching.read(file, mark)
        except self._work.interrupts:
            raise
        except Exception as error:  # noqa: BLE001 — whatever it is, the other files of the batch are read
            del problems[before:]
            problems.append(Problem("unexpected", file.path, _told(error)))
            reading = None
        self._settle(file, problems[before:])
        del problems[before:]  # a year of damaged lines is not kept in memory
        return reading

    def _settle(self, file: SourceFile, problems: Sequence[Problem]) -> None:
        """Record what is new of a file's problems, and forget what is over."""
        stamp, path = _stamp(file), file.path
        codes = Counter(problem.code for problem in problems)
        known = {failure.code: failure for failure in self._known.get(path, ()) if failure.stamp == stamp}
        for failure in self._known.get(path, ()):
            if failure.code not in codes or failure.stamp != stamp:
                self._work.upkeep.mended(failure.code, [path])
        for problem in {problem.code: problem for problem in reversed(problems)}.values():
            code, place, message = problem
            same = known.get(code)
            if same is None or code == "unexpected":
                times = same.times if same else 0
                aside = code in _ASIDE or (code == "unexpected" and times + 1 >= self._work.tries)
                said = message if place == path else f"{message} ({codes[code]} in this file, the first at {place})"
                self._work.upkeep.fail(Failure(code, path, said, stamp, self._now, self._now, aside=aside))
        self._codes.update(codes)

    def _note_formats(self) -> None:
        """Record which known formats lie below a source that this version does not read."""
        for (source, name), files in self._searching.formats.items():
            if name != "no transcript":
                message = f"{name} files lie below it: this version reads Claude Code transcripts; they are left out"
                self._work.upkeep.fail(Failure("unsupported_format", source, message, name, self._now, self._now))
                self._codes["unsupported_format"] += files

    def _counted(self, readings: Sequence[Reading]) -> Sequence[Reading]:
        for reading in readings:
            self._sessions.update(session.id for session in reading.sessions)
            self._signals += len(reading.signals)
            ends = [session.ended_at for session in reading.sessions if session.ended_at]
            self._newest = max((*ends, *([self._newest] if self._newest else ())), default=None)
        return readings


def _is_of_file(failure: Failure) -> bool:
    return failure.stamp[:1].isdecimal()


def _stamp(file: SourceFile) -> str:
    """What a failure of a file holds for: the file and the reader as they are now."""
    return f"{file.stamp} {_READER}"


def _told(error: Exception) -> str:
    """What went wrong, without the words of the exception: they may be those of a transcript."""
    frames = traceback.extract_tb(error.__traceback__)
    where = f" in {PurePath(frames[-1].filename).name}:{frames[-1].lineno}" if frames else ""
    return f"{type(error).__name__}{where} while it was read: an error of frictionbot itself, please report it"
