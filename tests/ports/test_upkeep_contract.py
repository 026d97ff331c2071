"""What every upkeep promises: batches, failures, signs of life and pauses, whatever characters they hold."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.adapters.store import SqlStore
from bot.adapters.upkeep import SqlUpkeep
from bot.ports import SourceFile
from bot.upkeep import Batch, Failure, Pause, Pulse, Upkeep
from tests.fakes_upkeep import RememberingUpkeep
from tests.one_database import emptied, one_database

NOON = datetime(2026, 2, 3, 12, 0, 0, 123456, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
TICK = timedelta(microseconds=1)
STRANGE = "\0nul \x1a0000 \udce9 half \U0001f600 «é» " + "long" * 2500
FILE = SourceFile("/home/ann/s.jsonl", "/home/ann", 7, "7-1")
BATCH = Batch("b1", (FILE, SourceFile(STRANGE, STRANGE, 5, STRANGE)), NOON)
FAILURE = Failure("unreadable", "/home/ann/s.jsonl", "cannot be read", "7-1", NOON, NOON)


@pytest.fixture(scope="module")
def server_store(postgres_server: str) -> Iterator[SqlStore]:
    with one_database(postgres_server) as store:
        yield store


@pytest.fixture(params=["fake", "sqlite file", "sqlite memory", "postgresql"])
def upkeep(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Upkeep]:
    if request.param == "fake":
        yield RememberingUpkeep()
    elif request.param == "postgresql":
        yield SqlUpkeep(emptied(request.getfixturevalue("server_store")).engine)
    else:
        with SqlStore.open(f"sqlite:///{tmp_path}/bot.db" if request.param == "sqlite file" else "sqlite://") as opened:
            yield SqlUpkeep(opened.engine)


def test_a_new_upkeep_remembers_nothing(upkeep: Upkeep) -> None:
    assert (upkeep.outstanding(NOON), upkeep.abandoned(NOON), upkeep.begin("b1")) == (frozenset(), (), None)
    assert (upkeep.failures(), upkeep.pulses(), upkeep.pauses(NOON), upkeep.queue_age(NOON)) == ((), (), (), None)
    upkeep.done("b1")
    upkeep.dispatch([])
    upkeep.mended("unreadable", [])
    assert not upkeep.resume("all")
    assert upkeep.size() > 0


def test_each_try_of_a_batch_is_counted_before_it_begins(upkeep: Upkeep) -> None:
    upkeep.dispatch([BATCH])

    assert upkeep.begin("b1") == BATCH._replace(tries=1)
    assert upkeep.begin("b1") == BATCH._replace(tries=2)
    assert upkeep.abandoned(NOON + TICK) == (BATCH._replace(tries=2),)


def test_a_batch_that_is_done_can_be_begun_by_nobody(upkeep: Upkeep) -> None:
    upkeep.dispatch([BATCH, BATCH._replace(id=STRANGE)])
    upkeep.done("b1")

    assert upkeep.begin("b1") is None
    assert upkeep.begin(STRANGE) == BATCH._replace(id=STRANGE, tries=1)
    upkeep.done(STRANGE)
    assert upkeep.abandoned(NOON + MINUTE) == ()


def test_a_batch_that_is_sent_again_keeps_its_tries(upkeep: Upkeep) -> None:
    upkeep.dispatch([BATCH])
    upkeep.begin("b1")
    upkeep.dispatch([BATCH._replace(at=NOON + MINUTE)])

    assert upkeep.abandoned(NOON + MINUTE) == ()
    assert upkeep.begin("b1") == BATCH._replace(at=NOON + MINUTE, tries=2)


def test_a_batch_may_begin_with_the_tries_of_the_one_it_was_cut_from(upkeep: Upkeep) -> None:
    upkeep.dispatch([BATCH._replace(tries=3)])
    upkeep.dispatch([BATCH])

    assert upkeep.begin("b1") == BATCH._replace(tries=4)


def test_files_are_outstanding_from_the_moment_of_their_batch(upkeep: Upkeep) -> None:
    other = SourceFile("/home/bob/t.jsonl", "/home/bob", 9, "9-1")
    upkeep.dispatch([BATCH, Batch("b2", (other,), NOON + MINUTE)])

    assert upkeep.outstanding(NOON) == {(FILE.path, FILE.stamp), (STRANGE, STRANGE), (other.path, other.stamp)}
    assert upkeep.outstanding(NOON + TICK) == {(other.path, other.stamp)}
    upkeep.done("b2")
    assert upkeep.outstanding(NOON + TICK) == frozenset()


def test_abandoned_batches_come_the_oldest_first(upkeep: Upkeep) -> None:
    upkeep.dispatch([BATCH._replace(id="c"), BATCH._replace(id="a", at=NOON - MINUTE), BATCH._replace(id="b", at=NOON)])

    assert [batch.id for batch in upkeep.abandoned(NOON)] == ["a"]
    assert next(batch.id for batch in upkeep.abandoned(NOON + TICK)) == "a"
    assert {batch.id for batch in upkeep.abandoned(NOON + TICK)} == {"a", "b", "c"}


def test_the_queue_is_as_old_as_the_oldest_batch_that_nobody_began(upkeep: Upkeep) -> None:
    upkeep.dispatch([BATCH, BATCH._replace(id="b2", at=NOON + MINUTE)])

    assert upkeep.queue_age(NOON + 5 * MINUTE) == 5 * MINUTE
    upkeep.begin("b1")
    assert upkeep.queue_age(NOON + 5 * MINUTE) == 4 * MINUTE
    assert upkeep.queue_age(NOON) == timedelta()  # a clock that is behind the one that dispatched
    upkeep.begin("b2")
    assert upkeep.queue_age(NOON + 5 * MINUTE) is None


def test_the_same_failure_is_kept_once_and_counted(upkeep: Upkeep) -> None:
    later = FAILURE._replace(first=NOON + MINUTE, last=NOON + MINUTE, message="still cannot be read", aside=True)

    assert upkeep.fail(FAILURE) == FAILURE
    both = later._replace(first=NOON, times=2)
    assert upkeep.fail(later) == both
    assert upkeep.failures() == (both,)


def test_an_old_message_of_a_failure_does_not_come_back(upkeep: Upkeep) -> None:
    upkeep.fail(FAILURE._replace(aside=True))
    earlier = FAILURE._replace(first=NOON - MINUTE, last=NOON - MINUTE, message="was said before", times=3)

    assert upkeep.fail(earlier) == FAILURE._replace(first=NOON - MINUTE, times=4, aside=True)


def test_failures_differ_by_code_place_and_stamp_and_the_newest_comes_first(upkeep: Upkeep) -> None:
    strange = Failure(STRANGE, STRANGE, STRANGE, STRANGE, NOON - MINUTE, NOON - MINUTE)
    other_stamp = FAILURE._replace(stamp="8-1", last=NOON + MINUTE)
    other_place = FAILURE._replace(place="/home/ann/a.jsonl")
    other_code = FAILURE._replace(code="invalid")
    for failure in (strange, FAILURE, other_stamp, other_place, other_code):
        upkeep.fail(failure)

    assert upkeep.failures() == (other_stamp, other_code, other_place, FAILURE, strange)


def test_what_was_mended_is_forgotten_with_all_its_stamps(upkeep: Upkeep) -> None:
    elsewhere = FAILURE._replace(place=STRANGE)
    other_code = FAILURE._replace(code="invalid")
    for failure in (FAILURE, FAILURE._replace(stamp="8-1"), elsewhere, other_code):
        upkeep.fail(failure)

    upkeep.mended("unreadable", {FAILURE.place, "/not/there"})
    assert set(upkeep.failures()) == {elsewhere, other_code}
    upkeep.mended("unreadable", [STRANGE])
    assert upkeep.failures() == (other_code,)


def test_only_the_last_sign_of_life_is_kept(upkeep: Upkeep) -> None:
    upkeep.beat(Pulse("discover", NOON, '{"files": 3}'))
    upkeep.beat(Pulse("discover", NOON - TICK, '{"files": 2}'))
    upkeep.beat(Pulse("beat", NOON))
    upkeep.beat(Pulse(f"keep:{STRANGE}", NOON, STRANGE))
    assert upkeep.pulses() == (
        Pulse("beat", NOON), Pulse("discover", NOON, '{"files": 3}'), Pulse(f"keep:{STRANGE}", NOON, STRANGE),
    )  # fmt: skip

    upkeep.beat(Pulse("discover", NOON, '{"files": 4}'))
    assert upkeep.pulses()[1] == Pulse("discover", NOON, '{"files": 4}')


def test_a_pause_holds_until_its_end(upkeep: Upkeep) -> None:
    short = Pause("rule:missing-module", NOON, STRANGE, STRANGE, NOON + MINUTE)
    long = Pause(f"repository:{STRANGE}", NOON)
    for pause in (short, long):
        upkeep.pause(pause)

    assert upkeep.pauses(NOON) == (long, short)
    assert upkeep.pauses(NOON + MINUTE - TICK) == (long, short)
    assert upkeep.pauses(NOON + MINUTE) == (long,)


def test_a_pause_takes_the_place_of_one_of_the_same_scope(upkeep: Upkeep) -> None:
    upkeep.pause(Pause("all", NOON, "ann", "moving house", NOON + MINUTE))
    upkeep.pause(Pause("all", NOON + TICK, "bob"))

    assert upkeep.pauses(NOON + MINUTE) == (Pause("all", NOON + TICK, "bob"),)


def test_a_pause_that_was_lifted_holds_no_more(upkeep: Upkeep) -> None:
    upkeep.pause(Pause("all", NOON))
    upkeep.pause(Pause("rule:all", NOON))

    assert upkeep.resume("all")
    assert not upkeep.resume("all")
    assert upkeep.pauses(NOON) == (Pause("rule:all", NOON),)


def test_sweeping_leaves_what_still_holds(upkeep: Upkeep) -> None:
    day = timedelta(days=1)
    kept = [Pulse("discover", NOON - 30 * day), Pulse("worker:a", NOON - 7 * day)]
    for pulse in (*kept, Pulse("worker:b", NOON - 7 * day - TICK)):
        upkeep.beat(pulse)
    holds = Pause("all", NOON, until=NOON + TICK)
    for pause in (holds, Pause("rule:r", NOON - day, until=NOON)):
        upkeep.pause(pause)
    upkeep.sweep(NOON)

    assert upkeep.pulses() == tuple(kept)
    assert upkeep.pauses(NOON - day) == (holds,)


def test_tidying_changes_nothing_that_is_kept(upkeep: Upkeep) -> None:
    upkeep.dispatch([BATCH])
    upkeep.fail(FAILURE)
    upkeep.tidy()
    upkeep.tidy()

    assert (upkeep.begin("b1"), upkeep.failures()) == (BATCH._replace(tries=1), (FAILURE,))


def test_failures_are_found_by_place_and_stamp(upkeep: Upkeep) -> None:
    first, second, third = (
        Failure("unreadable", "/a", "no", "1", NOON, NOON),
        Failure("task_failed", "/a", "no", "task", NOON, NOON + timedelta(seconds=1)),
        Failure("task_failed", "/b", "no", "task", NOON, NOON + timedelta(seconds=2)),
    )
    for failure in (first, second, third):
        upkeep.fail(failure)
    assert upkeep.failures(places=["/a", "/c"]) == (second, first)
    assert upkeep.failures(stamp="task") == (third, second)
    assert upkeep.failures(places=["/a"], stamp="task") == (second,)
    assert upkeep.failures(places=[]) == ()
