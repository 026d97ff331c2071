"""Reading by many workers: each file read once, whatever is lost, comes twice, dies or is damaged."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from made import rule
from transcripts import START, Transcript

from bot.adapters.sources import FileSources
from bot.adapters.store import SqlStore
from bot.adapters.upkeep import SqlUpkeep
from bot.core.model import Problem
from bot.core.rule_model import Rule
from bot.fanout import BatchRead, Found, Work, batches, discover, read_batch
from bot.ingest import Ingest, Silence, Whose
from bot.ports import Shelf, SourceFile
from bot.upkeep import Failure
from bot.wanted import Wanted

FAILURE = rule("failure", event="tool_failure", group_by=("signature",), sessions=1, people=1)
MODULE = rule("module", text=r"No module named '(?P<module>\w+)'", group_by=("module",), sessions=1, people=1)
MISSING = "Exit code 1\nModuleNotFoundError: No module named 'pandas'"
NOW = datetime(2026, 2, 20, 12, tzinfo=UTC)
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
CODEX = b'{"timestamp":"2026-01-01T00:00:00Z","type":"session_meta","payload":{"id":"a"}}\n'


class SlowError(Exception):
    """What stops a task that takes too long."""


@dataclass
class Rough:
    """The real sources, in which files named here fail as they are opened; `opened` are those that were."""

    inner: FileSources
    errors: dict[str, BaseException] = field(default_factory=dict)
    opened: list[str] = field(default_factory=list)

    def discover(self) -> Iterator[SourceFile | Problem]:
        return self.inner.discover()

    def shelves(self) -> Iterator[Shelf | Problem]:
        return self.inner.shelves()

    def now(self, file: SourceFile) -> SourceFile:
        return self.inner.now(file)

    def lines(self, file: SourceFile) -> Iterator[bytes]:
        name = Path(file.path).name
        self.opened.append(name)
        if name in self.errors:
            raise self.errors[name]
        return self.inner.lines(file)

    def holds(self, place: str) -> bool:
        return self.inner.holds(place)

    def unreadable(self, file: SourceFile, error: OSError) -> Problem:
        return self.inner.unreadable(file, error)

    def remote(self, cwd: str) -> str:
        return self.inner.remote(cwd)


class Dying:
    """The real upkeep, at whose `done` the worker dies when it is told to: everything is absorbed by then."""

    def __init__(self, inner: SqlUpkeep) -> None:
        self._inner, self.dies = inner, False

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)

    def done(self, batch: str) -> None:
        if self.dies:
            raise KeyboardInterrupt
        self._inner.done(batch)


@dataclass
class Office:
    """Workers of one folder: what they share, the moment it is, and the batches that were sent to them."""

    folder: Path
    work: Work
    sources: Rough
    now: datetime = NOW
    sent: list[str] = field(default_factory=list)

    def look(self) -> Found:
        found = discover(self.work, self.now)
        self.sent += [batch.id for batch in found.batches]
        return found

    def read(self, batch: str) -> BatchRead:
        done = read_batch(self.work, batch, self.now)
        self.sent += [each.id for each in done.batches]
        return done

    def cycle(self) -> list[str]:
        """A look, and all that it sends read; the names of the files that were opened."""
        self.sources.opened.clear()
        self.look()
        while self.sent:
            self.read(self.sent.pop(0))
        return list(self.sources.opened)

    def rules(self, *rules: Rule) -> None:
        self.work = replace(self.work, wanted=Wanted(rules))

    def failures(self) -> list[tuple[str, str, int, bool]]:
        """Code, name, times and whether it is set aside of every failure."""
        kept: tuple[Failure, ...] = self.work.upkeep.failures()
        return sorted((each.code, Path(each.place).name, each.times, each.aside) for each in kept)

    def named(self) -> list[str]:
        """The sessions in which the rule for modules found something."""
        return [each.session for each in self.work.store.signals() if each.rule == "module"]

    def write(self, session: str, *, times: int = 1, start: datetime = START) -> Path:
        transcript = Transcript(session, start=start).prompt("go")
        for _ in range(times):
            transcript.run("python run.py", MISSING, failed=True)
        return transcript.write(self.folder / f"{session}.jsonl")


@pytest.fixture(scope="module")
def store() -> Iterator[SqlStore]:
    with SqlStore.open("sqlite://") as opened:
        yield opened


def office_of(store: SqlStore, folder: Path) -> Office:
    upkeep = SqlUpkeep(store.engine)
    store.forget()
    for failure in upkeep.failures():
        upkeep.mended(failure.code, [failure.place])
    for batch in upkeep.abandoned(NOW + 1000 * DAY):
        upkeep.done(batch.id)
    folder.mkdir()
    sources = Rough(FileSources([str(folder)], shelf=2))
    numbers = count(1)
    wanted = Wanted((FAILURE, MODULE))
    work = Work(sources, store, upkeep, Whose({}, {}), wanted, lambda: f"n{next(numbers)}", interrupts=(SlowError,))
    return Office(folder, work, sources)


@pytest.fixture
def office(store: SqlStore, tmp_path: Path) -> Office:
    return office_of(store, tmp_path / "logs")


# Cutting


def files(*sizes: int) -> list[SourceFile]:
    return [SourceFile(f"{number}", "", size, "") for number, size in enumerate(sizes)]


def test_files_are_cut_by_bytes_in_their_order_and_a_larger_one_is_alone() -> None:
    cut = batches(files(4, 4, 4, 50, 1, 9, 0), 10)
    assert [[file.size for file in batch] for batch in cut] == [[4, 4], [4], [50], [1, 9, 0]]


def test_small_files_are_cut_by_their_number_too() -> None:
    assert [len(batch) for batch in batches(files(*[1] * 4500), 10**9)] == [2000, 2000, 500]


@given(st.lists(st.integers(0, 30)), st.integers(1, 40))
def test_no_file_is_lost_and_no_batch_too_large_however_they_are_cut(sizes: list[int], most: int) -> None:
    cut = list(batches(files(*sizes), most))
    assert [file for batch in cut for file in batch] == files(*sizes)
    assert all(batch and (len(batch) == 1 or sum(file.size for file in batch) <= most) for batch in cut)


# Each file once


def test_each_file_is_sent_once_until_it_is_read_and_then_no_more(office: Office) -> None:
    for number in range(3):
        office.write(f"s{number}")
    first = office.look()
    assert [[Path(file.path).name for file in batch.files] for batch in first.batches] == [
        ["s0.jsonl", "s1.jsonl", "s2.jsonl"]
    ]
    again = office.look()
    assert (again.batches, again.underway, again.unchanged) == ((), 3, 0)
    done = office.read(office.sent.pop())
    assert (done.state, done.files, done.read, done.sessions, done.signals, done.events) == ("read", 3, 3, 3, 6, 9)
    assert done.size == sum(path.stat().st_size for path in office.folder.iterdir())
    assert done.newest == START + timedelta(seconds=10)
    last = office.look()
    assert (last.batches, last.underway, last.unchanged, last.files) == ((), 0, 3, 3)
    assert last.figures() == {"batches": 0, "files": 3, "size": done.size, "unchanged": 3, "underway": 0, "aside": 0}


def test_a_batch_that_is_delivered_twice_is_read_once(office: Office) -> None:
    office.write("s1")
    office.look()
    assert office.read("n1").state == "read"
    assert office.read("n1") == BatchRead("n1", "unknown")
    assert office.sources.opened == ["s1.jsonl"]


def test_a_file_that_changes_while_its_batch_waits_is_sent_again_and_read_whole(office: Office) -> None:
    office.write("s1")
    office.look()
    office.write("s1", times=2)
    assert [len(batch.files) for batch in office.look().batches] == [1]
    for batch in ("n2", "n1"):
        office.read(batch)
    assert office.named() == ["s1", "s1"]
    office.cycle()
    assert office.cycle() == []
    assert office.named() == ["s1", "s1"]


def test_a_new_rule_sends_every_file_once_more(office: Office) -> None:
    office.write("s1")
    office.write("s2")
    office.rules(FAILURE)
    office.cycle()
    office.rules(FAILURE, MODULE)
    assert office.cycle() == ["s1.jsonl", "s2.jsonl"]
    assert office.named() == ["s1", "s2"]
    assert office.cycle() == []


def test_a_file_that_vanished_before_it_was_read_is_no_failure(office: Office) -> None:
    office.write("s1")
    path = office.write("s2")
    office.look()
    path.unlink()
    assert office.read("n1").problems == {}
    assert (office.failures(), office.named()) == ([], ["s1"])


@settings(max_examples=12)
@given(seed=st.integers(0, 10**6), most=st.integers(1, 20_000))
def test_whatever_is_lost_repeated_or_killed_the_store_holds_what_one_process_would(
    store: SqlStore, tmp_path_factory: pytest.TempPathFactory, seed: int, most: int
) -> None:
    chance = Random(seed)
    office = office_of(store, tmp_path_factory.mktemp("office") / "logs")
    upkeep = Dying(SqlUpkeep(store.engine))
    office.work = replace(office.work, most=most, tries=5, upkeep=upkeep)
    lengths = [1, 2, 3, 1, 0]
    for round_ in range(8):
        grown = chance.randrange(5)
        lengths[grown] += chance.randrange(2)  # a file only grows: what one that shrank once said stays
        for number in range(5) if round_ == 0 else (grown,):
            office.write(f"s{number}", times=lengths[number])
        office.look()
        office.sent += chance.sample(office.sent, chance.randrange(len(office.sent) + 1))  # delivered twice
        chance.shuffle(office.sent)
        for _ in range(chance.randrange(len(office.sent) + 1)):
            if chance.random() < 0.2:
                office.sources.errors = {f"s{chance.randrange(5)}.jsonl": KeyboardInterrupt()}
            upkeep.dies = chance.random() < 0.2
            batch = office.sent.pop()
            try:
                office.read(batch)
            except KeyboardInterrupt:
                office.sent += [batch] * (chance.random() < 0.5)  # its message may be lost with the worker
            office.sources.errors, upkeep.dies = {}, False
        office.now += MINUTE * chance.randrange(40)
    for _ in range(8):
        office.cycle()
        office.now += 2 * HOUR
    assert office.cycle() == []
    with SqlStore.open("sqlite://") as alone:
        Ingest(office.sources, alone, Whose({}, {}), (FAILURE, MODULE), Silence()).run()
        assert list(store.sessions()) == list(alone.sessions())
        assert sorted(set(store.signals())) == sorted(set(alone.signals()))
    assert office.work.upkeep.outstanding(NOW - DAY) == frozenset()


# Lost messages


def test_a_batch_that_nobody_began_is_sent_again_and_keeps_its_age(office: Office) -> None:
    office.write("s1")
    office.look()
    office.now += 9 * MINUTE
    assert office.look().batches == ()
    for _ in range(2):
        office.now += 5 * MINUTE
        (again,) = office.look().batches
        assert (again.id, again.at, again.tries) == ("n1", NOW, 0)
    assert office.work.upkeep.queue_age(office.now) == 19 * MINUTE


def test_a_batch_that_was_begun_is_sent_again_only_when_it_is_late_and_then_once(office: Office) -> None:
    office.write("s1")
    office.look()
    office.work.upkeep.begin("n1")
    office.now += 59 * MINUTE
    assert office.look().batches == ()
    office.now += 2 * MINUTE
    assert [(batch.id, batch.tries) for batch in office.look().batches] == [("n1", 1)]
    office.now += 30 * MINUTE
    assert office.look().batches == ()
    assert office.read("n1").state == "read"


# Failures


def test_a_worker_that_dies_of_a_file_costs_that_file_alone(office: Office) -> None:
    for name in ("a", "bad", "z"):
        office.write(name)
    office.sources.errors = {"bad.jsonl": KeyboardInterrupt()}  # what kills: nothing is done after it
    office.look()
    for _ in range(3):
        with pytest.raises(KeyboardInterrupt):
            office.read("n1")
    split = office.read("n1")
    assert (split.state, [len(batch.files) for batch in split.batches]) == ("split", [1, 1, 1])
    for batch in ("n2", "n4"):
        assert office.read(batch).state == "read"
    for _ in range(3):
        with pytest.raises(KeyboardInterrupt):
            office.read("n3")
    assert office.read("n3").state == "aside"
    assert office.failures() == [("poisoned", "bad.jsonl", 1, True)]
    assert office.named() == ["a", "z"]
    found = office.look()
    assert (found.batches, found.aside, found.unchanged) == ((), 1, 2)


def test_a_file_that_was_set_aside_is_read_when_it_changes(office: Office) -> None:
    office.write("bad")
    office.sources.errors = {"bad.jsonl": KeyboardInterrupt()}
    office.look()
    for _ in range(3):
        with pytest.raises(KeyboardInterrupt):
            office.read("n1")
    office.read("n1")
    office.sources.errors = {}
    office.sent = []
    assert office.cycle() == []
    office.write("bad", times=2)
    assert office.cycle() == ["bad.jsonl"]
    assert (office.failures(), office.named()) == ([], ["bad", "bad"])


def test_an_error_of_ours_costs_one_file_and_sets_it_aside_after_three_tries(office: Office) -> None:
    for name in ("a", "bad", "z"):
        office.write(name)
    office.sources.errors = {"bad.jsonl": ZeroDivisionError("what a person wrote")}
    assert office.cycle() == ["a.jsonl", "bad.jsonl", "z.jsonl"]
    assert office.named() == ["a", "z"]
    assert office.failures() == [("unexpected", "bad.jsonl", 1, False)]
    assert [office.cycle() for _ in range(3)] == [["bad.jsonl"], ["bad.jsonl"], []]
    assert office.failures() == [("unexpected", "bad.jsonl", 3, True)]
    (failure,) = office.work.upkeep.failures()
    assert failure.message.startswith("ZeroDivisionError in test_fanout.py:")
    assert "person" not in failure.message


def test_an_error_of_ours_that_is_over_is_forgotten(office: Office) -> None:
    office.write("bad")
    office.sources.errors = {"bad.jsonl": ZeroDivisionError()}
    office.cycle()
    office.sources.errors = {}
    assert office.cycle() == ["bad.jsonl"]
    assert (office.failures(), office.named()) == ([], ["bad"])


def test_a_task_that_is_stopped_is_no_failure_of_the_file_it_was_reading(office: Office) -> None:
    office.write("a")
    office.sources.errors = {"a.jsonl": SlowError()}
    office.look()
    with pytest.raises(SlowError):
        office.read("n1")
    assert office.failures() == []
    office.sources.errors = {}
    assert office.read("n1").state == "read"


def test_a_file_without_permission_is_recorded_once_and_read_once_it_is_open(office: Office) -> None:
    office.write("a")
    office.sources.errors = {"a.jsonl": PermissionError(13, "Permission denied")}
    for _ in range(4):
        assert office.cycle() == ["a.jsonl"]
    assert office.failures() == [("unreadable", "a.jsonl", 1, False)]
    office.sources.errors = {}
    assert office.cycle() == ["a.jsonl"]
    assert (office.failures(), office.cycle()) == ([], [])


def test_a_damaged_file_is_read_and_its_damage_recorded_once_until_it_is_mended(office: Office) -> None:
    path = office.write("a", times=2)
    whole = path.read_bytes()
    lines = whole.splitlines(keepends=True)
    path.write_bytes(b"".join([lines[0], lines[1][:100] + b"\n", lines[2], lines[3][:90] + b"\n", lines[4]]))
    office.look()
    assert office.read("n1").problems == {"damaged_line": 2}
    (failure,) = office.work.upkeep.failures()
    assert (failure.code, failure.place, failure.aside) == ("damaged_line", str(path), False)
    assert f"(2 in this file, the first at {path}:2:" in failure.message
    office.sent = []
    assert office.cycle() == []
    path.write_bytes(whole)
    assert office.cycle() == ["a.jsonl"]
    assert office.failures() == []


@pytest.mark.parametrize(("content", "code"), [(b"", "empty_file"), (b"hello\n", "unknown_format")])
def test_what_is_no_transcript_is_left_alone_until_it_changes_or_goes(
    office: Office, content: bytes, code: str
) -> None:
    path = office.folder / "odd.jsonl"
    path.write_bytes(content)
    office.write("good")
    assert office.cycle() == ["good.jsonl", "odd.jsonl"]
    assert office.failures() == [(code, "odd.jsonl", 1, True)]
    assert office.cycle() == []
    path.write_bytes(b"other\n")
    assert office.cycle() == ["odd.jsonl"]
    assert office.failures() == [("unknown_format", "odd.jsonl", 1, True)]
    path.unlink()
    office.cycle()
    assert office.failures() == []


def test_a_format_that_is_not_read_yet_is_recorded_once_for_its_source(office: Office) -> None:
    for number in range(3):
        (office.folder / f"{number}.jsonl").write_bytes(CODEX)
    office.work = replace(office.work, most=1)
    office.cycle()
    assert office.failures() == [("unsupported_format", "logs", 3, False)]
    assert office.cycle() == []
    assert office.failures() == [("unsupported_format", "logs", 3, False)]


def test_a_source_that_is_missing_is_recorded_once_and_forgotten_when_it_is_there(office: Office) -> None:
    away = office.folder.rename(office.folder.parent / "away")
    for _ in range(2):
        assert [problem.code for problem in office.look().problems] == ["source_missing"]
    assert office.failures() == [("source_missing", "logs", 1, False)]
    away.rename(office.folder)
    assert office.look().problems == ()
    assert office.failures() == []


def test_failures_of_others_at_the_same_places_are_left_alone(office: Office) -> None:
    path = office.write("a")
    other = Failure("unreadable", str(path), "of a rule folder", "rules", NOW, NOW)
    office.work.upkeep.fail(other)
    office.cycle()
    office.cycle()
    assert office.work.upkeep.failures() == (other,)


# Retention


def test_sessions_that_ended_before_the_retention_are_not_absorbed_and_read_once(office: Office) -> None:
    office.write("old", start=NOW - 40 * DAY)
    office.write("new", start=NOW - 20 * DAY)
    office.work = replace(office.work, retention=30 * DAY)
    assert office.cycle() == ["new.jsonl", "old.jsonl"]
    assert [session.id for session in office.work.store.sessions()] == ["new"]
    assert office.named() == ["new"]
    assert office.cycle() == []


def test_a_rule_that_changes_brings_no_session_back_that_was_pruned(office: Office) -> None:
    office.write("old", start=NOW - 40 * DAY)
    office.write("new", start=NOW - 20 * DAY)
    office.rules(FAILURE)
    office.cycle()
    office.work.upkeep.prune(NOW - 30 * DAY, NOW - 400 * DAY, 100)
    office.work = replace(office.work, retention=30 * DAY)
    office.rules(FAILURE, MODULE)
    office.cycle()
    assert [session.id for session in office.work.store.sessions()] == ["new"]
    assert office.named() == ["new"]
    assert office.cycle() == []


def test_an_old_part_of_a_session_that_went_on_is_absorbed(office: Office) -> None:
    office.write("s", start=NOW - 20 * DAY)
    office.work = replace(office.work, retention=30 * DAY)
    office.cycle()
    Transcript("s", start=NOW - 40 * DAY).prompt("the beginning").write(office.folder / "older.jsonl")
    office.cycle()
    (session,) = office.work.store.sessions()
    assert session.started_at == NOW - 40 * DAY


def test_a_session_without_times_is_never_too_old(office: Office) -> None:
    Transcript("timeless", start=None).prompt("go").write(office.folder / "timeless.jsonl")
    office.work = replace(office.work, retention=DAY)
    office.cycle()
    assert [session.id for session in office.work.store.sessions()] == ["timeless"]
