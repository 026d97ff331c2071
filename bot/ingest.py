"""Reading sessions: only files that changed, in batches that the store takes whole or not at all."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import chain
from typing import Protocol

from bot.core import people
from bot.core.match import Matchers
from bot.core.model import Problem, ReadStats, Session
from bot.core.observe import Observation, Observed
from bot.core.rule_model import Rule
from bot.core.session import merge
from bot.dialects import HEAD, Dialect, tell
from bot.dialects.json_lines import LONGEST
from bot.discovery import Todo, look
from bot.ports import FileMark, Reading, SourceFile, Sources, Store
from bot.wanted import READER, Wanted

_ONE_LINE = HEAD // 8
BATCH = 256 * 1024 * 1024  # bytes read before the store gets them: a second's work, which is what a kill can cost


class Watch(Protocol):
    """Who is told how far long work has come."""

    def begin(self, what: str, total: int) -> None:
        """Work of `total` bytes starts."""

    def advance(self, done: int) -> None:
        """So many more bytes are done."""

    def end(self) -> None:
        """The work is over."""


class Silence:
    """A watch that says nothing."""

    def begin(self, what: str, total: int) -> None:
        """Nothing is said."""

    def advance(self, done: int) -> None:
        """Nothing is said."""

    def end(self) -> None:
        """Nothing is said."""


@dataclass(frozen=True, slots=True)
class Whose:
    """How the person of a session is told.

    A source says `layout` (of its paths), `home` (in the working directory), `auto` (one, then the other), `none`, `name:…`.
    """

    by_source: Mapping[str, str]
    aliases: Mapping[str, str]
    nobody: frozenset[str] = people.NOBODY

    def person(self, file: SourceFile, session: Session) -> str:
        """The person as the file names them, "" where nobody can be told."""
        way = self.by_source.get(file.source, "auto")
        if way.startswith("name:"):
            return way.removeprefix("name:")
        found = people.from_layout(file.path) if way in {"auto", "layout"} else ""
        if not found and way in {"auto", "home"}:
            found = next((name for cwd in session.cwds if (name := people.from_home(cwd, self.nobody))), "")
        return found

    def joined(self, person: str) -> str:
        """The one name of a person; asked when counting, so that an alias of today also joins what was read before."""
        return people.joined(person, self.aliases)


class Tally:
    """The figures of a run while it reads."""

    def __init__(self) -> None:
        self.files = self.read = self.unchanged = self.unreadable = self.events = self.duplicates = self.bytes = 0
        self.skipped: Counter[str] = Counter()
        self.seen: set[str] = set()

    def stats(self, sessions: int) -> ReadStats:
        """The figures as a value."""
        return ReadStats(
            self.files, sessions, self.read, self.unchanged, self.unreadable,
            self.events, self.duplicates, self.bytes, dict(sorted(self.skipped.items())),
        )  # fmt: skip


class FileReader:
    """Reads single files: format told from content, events observed, places made `path:line:column`."""

    def __init__(self, sources: Sources, whose: Whose, tally: Tally) -> None:
        self._sources, self._whose, self._tally = sources, whose, tally

    def read(
        self, file: SourceFile, matchers: Matchers, problems: list[Problem]
    ) -> tuple[Observed | None, Dialect | None]:
        """What a file says, and in which dialect; (None, …) where it is no transcript that can be read. Raises `OSError`."""
        lines = self._sources.lines(file)
        head, dialect = _head(lines)
        if dialect is None or dialect.read is None:
            return None, dialect
        observation = Observation(matchers, file.path)
        feed, tally = observation.feed, self._tally
        for event in dialect.read(chain(head, lines), matchers.read_tools):
            if type(event) is Problem:
                problems.append(event._replace(place=f"{file.path}:{event.place}"))
            else:
                feed(event)  # type: ignore[arg-type]
        tally.bytes += file.size
        observed = observation.result()
        tally.events += len(observed.covered) + observed.repeated
        known = len(tally.seen)
        tally.seen |= observed.covered
        tally.duplicates += observed.repeated + len(observed.covered) - (len(tally.seen) - known)
        for name, times in observed.unknown.items():
            tally.skipped[f"event type {name}"] += times
        return observed._replace(
            sessions=tuple(self._whole(file, dialect, part) for part in observed.sessions)
        ), dialect

    def _whole(self, file: SourceFile, dialect: Dialect, part: Session) -> Session:
        session = part.id or file.path.rpartition("/")[2].encode("utf-8", "replace").decode()
        return replace(part, id=session, agent=dialect.name, source=file.source, person=self._whose.person(file, part))


def _head(lines: Iterator[bytes]) -> tuple[list[bytes], Dialect | None]:
    """The lines by which a format is told: about `HEAD` bytes, of which one long damaged line takes only a part."""
    head: list[bytes] = []
    size = length = 0
    for line in lines:
        head.append(line)
        size += min(len(line), _ONE_LINE)
        length += len(line)
        if size >= HEAD or length > 2 * LONGEST:
            break
    return head, tell(head)


class Searching:
    """Reads files into what the store absorbs, each for the rules that it was not searched for yet.

    `problems` has what stood in the way, `formats` how many files are no transcripts that can be read, by source and format.
    """

    def __init__(self, sources: Sources, whose: Whose, wanted: Wanted) -> None:
        self._sources, self._wanted = sources, wanted
        self.formats: Counter[tuple[str, str]] = Counter()
        self._first: dict[tuple[str, str], str] = {}
        self.tally = Tally()
        self.problems: list[Problem] = []
        self._reader = FileReader(sources, whose, self.tally)

    def read(self, file: SourceFile, mark: FileMark | None) -> Reading | None:
        """What a file says; None where it cannot be read, which is a problem, or vanished, which is none."""
        wanted, known = self._wanted, self._wanted.known(file, mark)
        digests = wanted.digests - known
        try:
            observed, dialect = self._reader.read(file, wanted.matchers_of(digests), self.problems)
        except FileNotFoundError:
            return None  # it vanished since it was listed: no problem, and what it said before stays
        except OSError as error:
            self.problems.append(self._sources.unreadable(file, error))
            self.tally.unreadable += 1
            return None
        new = FileMark(file.path, file.stamp, READER, wanted.digests | known)
        if observed is None:
            return Reading(new) if self._passed_over(file, dialect) else None
        self.tally.read += 1
        rules = {wanted.rules[digest]: digest for digest in digests}
        return Reading(new, _merged(observed.sessions), observed.signals, rules, observed.covered)

    def _passed_over(self, file: SourceFile, dialect: Dialect | None) -> bool:
        """Whether a file that is no transcript need not be looked at again; one that should be a transcript is a problem."""
        if dialect is None and file.path.endswith(".jsonl"):
            code, message = (
                "unknown_format",
                "not a transcript of any agent that is known; move it away or name other sources",
            )
            if file.size == 0:
                code, message = "empty_file", "the file is empty; it is read when something stands in it"
            self.problems.append(Problem(code, file.path, message))
            return False
        name = dialect.name if dialect else "no transcript"
        self.formats[file.source, name] += 1
        self._first.setdefault((file.source, name), file.path)
        self.tally.skipped[f"{name} files"] += 1
        return True

    def unsupported(self) -> Iterator[Problem]:
        """A problem for each format of each source that is known but not read yet, at the first such file."""
        for (source, name), files in sorted(self.formats.items()):
            if name != "no transcript":
                message = f"{files} {name} files below {source}: this version reads Claude Code transcripts; they were left out"
                yield Problem("unsupported_format", self._first[source, name], message)


class Ingest:
    """Brings the store up to date with the sources, all in this process.

    Files are searched again for the rules (by id) that are `afresh`. Sessions whose newest evidence is from before `since`
    are not absorbed (again).
    """

    def __init__(
        self,
        sources: Sources,
        store: Store,
        whose: Whose,
        rules: Sequence[Rule],
        watch: Watch,
        *,
        afresh: Collection[str] = (),
        since: datetime | None = None,
    ) -> None:
        self._sources, self._store, self._watch, self._since = sources, store, watch, since
        self._wanted = Wanted(rules, afresh=afresh)
        self._searching = Searching(sources, whose, self._wanted)

    @property
    def problems(self) -> list[Problem]:
        """What stood in the way so far."""
        return self._searching.problems

    def run(self) -> Tally:
        """Read every file that is new, changed, or not yet searched for some rule; what fails costs only itself."""
        found = look(self._sources, self._store, self._wanted)
        tally = self._searching.tally
        self.problems.extend(found.problems)
        tally.unreadable += sum(each.code == "unreadable" for each in found.problems)
        tally.files, tally.unchanged = found.files, found.files - len(found.todo)
        absorbed: set[str] = set()
        self._watch.begin("reading sessions", sum(file.size for file, _ in found.todo))
        for readings in portions(self._read(found.todo)):
            self._store.absorb(recent(readings, self._store, self._since))
            absorbed.update(reading.mark.path for reading in readings)
        self._watch.end()
        quiet = found.settled(absorbed, {problem.place for problem in self.problems})
        if quiet != found.before:
            self._store.keep_quiet(quiet)
        self.problems.extend((*self._searching.unsupported(), *found.not_evaluated()))
        return tally

    def _read(self, todo: Iterable[Todo]) -> Iterator[tuple[int, Reading | None]]:
        for file, mark in todo:
            reading = self._searching.read(file, mark)
            self._watch.advance(file.size)
            yield file.size, reading


def portions(readings: Iterable[tuple[int, Reading | None]]) -> Iterator[list[Reading]]:
    """Readings (with the bytes that were read for each) cut so that one transaction is a second's reading."""
    portion: list[Reading] = []
    size = 0
    for length, reading in readings:
        size += length
        if reading is not None:
            portion.append(reading)
        if size >= BATCH and portion:
            yield portion
            portion, size = [], 0
    if portion:
        yield portion


def recent(readings: Sequence[Reading], store: Store, since: datetime | None) -> Sequence[Reading]:
    """Readings without the sessions whose newest evidence, here and in the store, is from before a moment; marks stay.

    A session without any time is never old.
    """
    if since is None:
        return readings
    parts = [session for reading in readings for session in reading.sessions]
    young = {part.id for part in parts if not _is_before(part, since)}
    old = {part.id for part in parts} - young
    old -= {session.id for session in store.sessions(old) if not _is_before(session, since)}
    return [_without(reading, old) for reading in readings] if old else readings


def _is_before(session: Session, since: datetime) -> bool:
    return session.ended_at is not None and session.ended_at < since


def _without(reading: Reading, old: Collection[str]) -> Reading:
    return replace(
        reading,
        sessions=tuple(session for session in reading.sessions if session.id not in old),
        signals=tuple(signal for signal in reading.signals if signal.session not in old),
    )


def _merged(sessions: Iterable[Session]) -> tuple[Session, ...]:
    """Parts of one session made one: ids may differ in the file and be the same after the file named them."""
    whole: dict[str, Session] = {}
    for session in sessions:
        known = whole.get(session.id)
        whole[session.id] = session if known is None else merge(known, session)
    return tuple(whole.values())
