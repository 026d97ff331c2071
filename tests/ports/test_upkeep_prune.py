"""What pruning promises: whole conversations go and nothing that is young, marks stay, and whoever counts is told."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select, text

from bot.adapters.ledger import SqlLedger
from bot.adapters.store import SqlStore
from bot.adapters.store_schema import LINKS
from bot.adapters.upkeep import SqlUpkeep
from bot.core.history import Decision, Intent
from bot.core.model import Session, Signal, Span
from bot.core.session import group_number
from bot.ledger import Derived
from bot.ports import FileMark, Reading, Store
from bot.upkeep import Failure, Remains, Upkeep
from tests.fakes_store import RememberingStore
from tests.fakes_upkeep import RememberingUpkeep
from tests.one_database import emptied, one_database

NOON = datetime(2026, 2, 3, 12, 0, tzinfo=UTC)
DAY = timedelta(days=1)
NEVER = datetime.min.replace(tzinfo=UTC)
STRANGE = "\0nul \udce9 half \U0001f600" + "long" * 2500


class Memory(NamedTuple):
    """A store and its upkeep."""

    store: Store
    upkeep: Upkeep


@pytest.fixture(scope="module")
def server_store(postgres_server: str) -> Iterator[SqlStore]:
    with one_database(postgres_server) as store:
        yield store


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[SqlStore]:
    if request.param == "postgresql":
        yield emptied(request.getfixturevalue("server_store"))
        return
    with SqlStore.open(f"sqlite:///{tmp_path}/p.db") as opened:
        yield opened


@pytest.fixture(params=["fake", "sqlite", "postgresql"])
def memory(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Memory]:
    if request.param == "fake":
        remembered = RememberingStore()
        yield Memory(remembered, RememberingUpkeep(remembered))
    elif request.param == "postgresql":
        store = emptied(request.getfixturevalue("server_store"))
        yield Memory(store, SqlUpkeep(store.engine))
    else:
        with SqlStore.open(f"sqlite:///{tmp_path}/p.db") as opened:
            yield Memory(opened, SqlUpkeep(opened.engine))


def said(name: str, days: float | None, links: tuple[int, ...] = (), path: str = "") -> Reading:
    """A file with one session that ended so many days before noon (None: nobody knows when), with a signal."""
    end = None if days is None else NOON - days * DAY
    blocks = (Span(end - DAY / 24, end),) if end else ()
    session = Session(name, "claude-code", blocks=blocks, links=frozenset(links), events=3)
    signal = Signal("r", name, f"e-{name}", (("module", name),), end, place=f"{path or name}:1")
    mark = FileMark(path or name, "1", "reader", frozenset({"r:d"}))
    return Reading(mark, (session,), (signal,), {"r": "d"}, frozenset({f"e-{name}"}))


def names(store: Store) -> list[str]:
    return [session.id for session in store.sessions()]


def all_pruned(upkeep: Upkeep, before: datetime, most: int = 2) -> int:
    total = 0
    while gone := upkeep.prune(before, NEVER, most):
        total += gone
    return total


def test_old_sessions_go_with_their_signals_and_the_marks_stay(memory: Memory) -> None:
    store, upkeep = memory
    store.absorb([said("old", 10), said(STRANGE, 11), said("young", 1)])

    assert upkeep.remains(NOON - 5 * DAY, NEVER) == Remains(2, 2, 0)
    assert upkeep.prune(NOON - 5 * DAY, NEVER, 100) == 2
    assert (names(store), [signal.session for signal in store.signals()]) == (["young"], ["young"])
    assert store.files().keys() == {"old", STRANGE, "young"}
    assert upkeep.prune(NOON - 5 * DAY, NEVER, 100) == 0
    assert upkeep.remains(NOON - 5 * DAY, NEVER) == Remains()


def test_a_session_that_ended_at_the_moment_itself_stays(memory: Memory) -> None:
    memory.store.absorb([said("edge", 5)])

    assert memory.upkeep.prune(NOON - 5 * DAY, NEVER, 100) == 0
    assert memory.upkeep.prune(NOON - 5 * DAY + timedelta(microseconds=1), NEVER, 100) == 1


def test_a_conversation_is_kept_whole_while_its_newest_session_is_young(memory: Memory) -> None:
    store, upkeep = memory
    store.absorb([said("a", 30, (1,)), said("b", 20, (1, 2)), said("c", 4, (2,)), said("alone", 30, (9,))])

    assert upkeep.prune(NOON - 10 * DAY, NEVER, 100) == 1
    assert names(store) == ["a", "b", "c"]
    assert upkeep.prune(NOON - 3 * DAY, NEVER, 1) == 3
    assert (names(store), list(store.signals())) == ([], [])


def test_a_session_of_which_no_time_is_known_stays_by_itself_and_goes_with_others(memory: Memory) -> None:
    store, upkeep = memory
    store.absorb([said("alone", None), said("timeless", None, (1,)), said("dated", 30, (1,))])

    assert upkeep.prune(NOON, NEVER, 100) == 2
    assert names(store) == ["alone"]


def test_about_so_many_go_at_once_those_that_ended_first_first(memory: Memory) -> None:
    store, upkeep = memory
    store.absorb([said(f"s{days}", days) for days in (10, 11, 12, 13, 14)])

    assert upkeep.prune(NOON, NEVER, 0) == 0
    assert upkeep.prune(NOON, NEVER, 2) == 2
    assert names(store) == ["s10", "s11", "s12"]
    assert all_pruned(upkeep, NOON) == 3


def test_what_went_comes_back_whole_when_its_file_is_read_again(memory: Memory) -> None:
    store, upkeep = memory
    readings = [said("a", 30, (1, 5)), said("b", 30, (1, 2))]
    store.absorb([*readings, said("other", 30, (7,))])
    before = (list(store.sessions()), list(store.signals()), dict(store.conversations()))
    all_pruned(upkeep, NOON)
    assert names(store) == []

    store.absorb(readings[:1])
    store.absorb([said("other", 30, (7,))])
    store.absorb(readings[1:])
    assert (list(store.sessions()), list(store.signals()), dict(store.conversations())) == before


def test_a_file_that_showed_old_and_young_keeps_the_young(memory: Memory) -> None:
    store, upkeep = memory
    old, young = said("old", 30, path="f"), said("young", 1, path="f")
    both = Reading(old.mark, old.sessions + young.sessions, old.signals + young.signals, {"r": "d"}, young.covered)
    store.absorb([both])

    assert upkeep.prune(NOON - 5 * DAY, NEVER, 100) == 1
    assert [signal.session for signal in store.signals()] == ["young"]


def test_the_old_log_goes_but_no_open_filing(memory: Memory) -> None:
    store, upkeep = memory
    decision = Decision(NOON, "o/r", "f", "rule", "open", "new", 7, "enough", "done")
    store.log([decision._replace(at=NOON - 500 * DAY), decision])
    for nonce, days in (("open", 500), ("done", 500), ("young", 1)):
        store.intend(Intent(nonce, "o/r", f"f-{nonce}", "open", "", NOON - days * DAY))
    store.settle("done", "done")
    upkeep.prune(NEVER, NOON - 400 * DAY, 0)

    assert store.decisions() == (decision,)
    assert [intent.nonce for intent in store.intents("o/r")] == ["open", "young"]


SOME = st.lists(st.tuples(st.integers(0, 20), st.frozensets(st.integers(0, 6), max_size=2)), min_size=1, max_size=8)


@pytest.fixture(scope="module")
def one_store() -> Iterator[SqlStore]:
    """A database for many examples, each of which finds it forgotten."""
    with SqlStore.open("sqlite://") as store:
        yield store


@settings(max_examples=40)
@given(sessions=SOME, cutoff=st.integers(0, 20), most=st.integers(1, 5))
def test_the_database_prunes_as_the_model_does(
    one_store: SqlStore, sessions: list[tuple[int, frozenset[int]]], cutoff: int, most: int
) -> None:
    one_store.forget()
    model = RememberingStore()
    readings = [said(f"s{no}", days, tuple(links)) for no, (days, links) in enumerate(sessions)]
    for store in (model, one_store):
        store.absorb(readings)
    before = NOON - cutoff * DAY
    remembered, upkeep = RememberingUpkeep(model), SqlUpkeep(one_store.engine)

    assert upkeep.remains(before, NEVER) == remembered.remains(before, NEVER)
    assert all_pruned(upkeep, before, most) == all_pruned(remembered, before, most)
    assert (list(one_store.sessions()), list(one_store.signals())) == (list(model.sessions()), list(model.signals()))
    assert one_store.conversations() == model.conversations()
    with one_store.engine.connect() as connection:
        links = connection.execute(select(func.count()).select_from(LINKS)).scalar_one()
    assert links == len({link for session in model.sessions() for link in session.links})


def test_groups_that_lose_signals_are_evaluated_again(database: SqlStore) -> None:
    ledger, upkeep = SqlLedger(database.engine), SqlUpkeep(database.engine)
    database.absorb([said("old", 30), said("young", 1), said("elsewhere", 30)])
    stale = ledger.stale(10)
    looped = Signal("loop", "old", "x", (("command", "make"),), NOON - 30 * DAY, place="f:2")
    derived = [
        Derived("old", "o/r", None, (looped,)), Derived("young", "o/r", None), Derived("elsewhere", "o/other", None)
    ]  # fmt: skip
    ledger.derive(derived, stale.upto)
    for repository in ("o/r", "o/other"):
        ledger.evaluated(repository, ledger.touched(repository).upto, (), None)
    assert ledger.waiting() == ()

    assert upkeep.prune(NOON - 5 * DAY, NEVER, 100) == 2
    assert ledger.waiting() == ("o/other", "o/r")
    assert ledger.touched("o/other").groups == {group_number("r", (("module", "elsewhere"),))}
    assert ledger.touched("o/r").groups == {
        group_number("r", (("module", "old"),)), group_number("loop", (("command", "make"),))
    }  # fmt: skip
    assert [signal.session for signal in ledger.signals()] == ["young"]
    assert [brief.id for brief in ledger.briefs()] == ["young"]


def test_all_kinds_of_the_log_go_and_are_counted(database: SqlStore) -> None:
    upkeep = SqlUpkeep(database.engine)
    for days in (500, 1):
        at = NOON - days * DAY
        database.log([Decision(at, "o/r", f"f{days}", "rule", "open", "new", 7, "enough", "done")])
        database.keep(f"answer{days}", b"x", at)
        upkeep.fail(Failure("c", "p", "m", str(days), at, at))
        database.intend(Intent(f"n{days}", "o/r", f"f{days}", "open", "", at))
        database.settle(f"n{days}", "done", 7)

    assert upkeep.remains(NEVER, NOON - 400 * DAY) == Remains(0, 0, 4)
    upkeep.prune(NEVER, NOON - 400 * DAY, 0)
    assert upkeep.remains(NEVER, NOON - 400 * DAY) == Remains()
    assert [failure.stamp for failure in upkeep.failures()] == ["1"]
    assert (database.recall("answer500"), database.recall("answer1")) == (None, b"x")
    with database.engine.connect() as connection:
        assert connection.execute(text("SELECT nonce FROM intents")).scalars().all() == ["n1"]
