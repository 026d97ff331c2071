"""Reading sessions: only files that changed, in batches that the store takes whole or not at all."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain
from typing import Protocol

from bot.core import people, redact, revisions
from bot.core.match import Matchers
from bot.core.model import Problem, ReadStats, Session
from bot.core.observe import Observation, Observed
from bot.core.rule_model import Rule
from bot.core.session import merge
from bot.core.signature import NORMALISER
from bot.dialects import HEAD, Dialect, claude_code, tell
from bot.dialects.json_lines import LONGEST
from bot.ports import FileMark, Reading, SourceFile, Sources, Store

# A change of any of these reads every file again.
READER = "/".join(
    (
        f"claude-code-{claude_code.VERSION}",
        f"signature-{NORMALISER}",
        f"redact-{redact.VERSION}",
        f"revisions-{revisions.VERSION}",
    )
)
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


class Ingest:
    """Brings the store up to date with the sources; files are searched again for the rules (by id) that are `afresh`."""

    def __init__(
        self,
        sources: Sources,
        store: Store,
        whose: Whose,
        rules: Sequence[Rule],
        watch: Watch,
        *,
        afresh: Collection[str] = (),
    ) -> None:
        self._sources, self._store, self._watch = sources, store, watch
        self._matchers = Matchers([rule for rule in rules if rule.status != "retired"])
        self._rules = {f"{rule}:{digest}": rule for rule, digest in self._matchers.event_digests.items()}
        self._afresh = frozenset(digest for digest, rule in self._rules.items() if rule in afresh)
        self._by_rules: dict[frozenset[str], Matchers] = {frozenset(self._rules): self._matchers}
        self._tally = Tally()
        self._reader = FileReader(sources, whose, self._tally)
        self._formats: Counter[tuple[str, str]] = Counter()
        self._first: dict[tuple[str, str], str] = {}
        self.problems: list[Problem] = []

    def run(self) -> Tally:
        """Read every file that is new, changed, or not yet searched for some rule; what fails costs only itself."""
        marks = self._store.files()
        todo: list[tuple[SourceFile, FileMark | None]] = []
        found: set[str] = set()
        for file in self._sources.discover():
            if isinstance(file, Problem):
                self.problems.append(file)
                self._tally.unreadable += file.code == "unreadable"
                continue
            self._tally.files += 1
            found.add(file.path)
            mark = marks.get(file.path)
            if mark and self._is_current(file, mark) and self._rules.keys() <= mark.rules - self._afresh:
                self._tally.unchanged += 1
            else:
                todo.append((file, mark))
        self._watch.begin("reading sessions", sum(file.size for file, _ in todo))
        for batch in _batches(self._read(file, mark) for file, mark in todo):
            self._store.absorb(batch)
        self._watch.end()
        self._report(marks, found)
        return self._tally

    def _is_current(self, file: SourceFile, mark: FileMark) -> bool:
        return mark.stamp == file.stamp and mark.reader == READER

    def _read(self, file: SourceFile, mark: FileMark | None) -> tuple[int, Reading | None]:
        wanted = frozenset(self._rules)
        known = mark.rules - self._afresh if mark and self._is_current(file, mark) else frozenset()
        matchers = self._matchers_for(wanted - known)
        try:
            observed, dialect = self._reader.read(file, matchers, self.problems)
        except FileNotFoundError:
            return file.size, None  # it vanished since it was listed: no problem, and what it said before stays
        except OSError as error:
            self.problems.append(self._sources.unreadable(file, error))
            self._tally.unreadable += 1
            return file.size, None
        finally:
            self._watch.advance(file.size)
        new = FileMark(file.path, file.stamp, READER, wanted | known)
        if observed is None:
            return file.size, Reading(new) if self._passed_over(file, dialect) else None
        self._tally.read += 1
        rules = {self._rules[digest]: digest for digest in wanted - known}
        return file.size, Reading(new, _merged(observed.sessions), observed.signals, rules, observed.covered)

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
        self._formats[file.source, name] += 1
        self._first.setdefault((file.source, name), file.path)
        return True

    def _matchers_for(self, digests: frozenset[str]) -> Matchers:
        known = self._by_rules.get(digests)
        if known is None:
            rules = {self._rules[digest] for digest in digests}
            known = self._by_rules[digests] = Matchers([rule for rule in self._matchers.rules if rule.id in rules])
        return known

    def _report(self, marks: Mapping[str, FileMark], found: set[str]) -> None:
        for (source, name), files in sorted(self._formats.items()):
            self._tally.skipped[f"{name} files"] += files
            if name != "no transcript":
                message = f"{files} {name} files below {source}: this version reads Claude Code transcripts; they were left out"
                self.problems.append(Problem("unsupported_format", self._first[source, name], message))
        gone = [mark for path, mark in marks.items() if path not in found and not self._rules.keys() <= mark.rules]
        if gone:
            message = f"{len(gone)} files that are gone were not searched for new rules; what they said before is kept"
            self.problems.append(Problem("not_evaluated", gone[0].path, message))


def _batches(readings: Iterable[tuple[int, Reading | None]]) -> Iterator[list[Reading]]:
    batch: list[Reading] = []
    size = 0
    for length, reading in readings:
        size += length
        if reading is not None:
            batch.append(reading)
        if size >= BATCH and batch:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch


def _merged(sessions: Iterable[Session]) -> tuple[Session, ...]:
    """Parts of one session made one: ids may differ in the file and be the same after the file named them."""
    whole: dict[str, Session] = {}
    for session in sessions:
        known = whole.get(session.id)
        whole[session.id] = session if known is None else merge(known, session)
    return tuple(whole.values())
