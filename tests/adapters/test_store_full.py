"""A disk that is full stops nothing for good: it is told in plain words, nothing is half-written, and room mends it."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import Engine, event

from bot.adapters.ledger import SqlLedger
from bot.adapters.store import SqlStore
from bot.core.model import Session, Signal
from bot.ledger import Derived, Standing
from bot.ports import FileMark, Reading, StoreError

WIDE = "word " * 20_000  # more than one transaction may need of what is left

# Lets files grow by some bytes only, as a full disk does, and tries; then there is room again, and it tries once more.
LIMITED = """
import resource, signal, sys
from bot.adapters.store import SqlStore
from bot.ports import StoreError
from tests.adapters.test_store_full import CALLS, held, reading

signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
for name, call in CALLS.items():
    with SqlStore.open(f"sqlite:///{sys.argv[1]}/{name}.db") as store:
        store.absorb([reading("old")])
        before = held(store)
        resource.setrlimit(resource.RLIMIT_FSIZE, (8192, resource.RLIM_INFINITY))
        try:
            call(store)
        except StoreError as error:
            print(error.code)
        resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
        print(held(store) == before)
        call(store)
        print(held(store) == before)
"""


def reading(name: str) -> Reading:
    found = tuple(Signal("r", name, f"{name}/{number}", (), None, excerpt=WIDE) for number in range(5))
    return Reading(FileMark(name, "1", "r", frozenset()), (Session(name, "claude-code"),), found, {"r": "d"})


def derive(store: SqlStore) -> None:
    """Everything that is stale, with wide signals of steps."""
    ledger = SqlLedger(store.engine)
    stale = ledger.stale(9)
    steps = tuple(Signal("steps", "old", f"step {number}", (), None, excerpt=WIDE) for number in range(5))
    ledger.derive([Derived(name, "o/r", None, steps) for _, name in stale.sessions], stale.upto)


def evaluate(store: SqlStore) -> None:
    """Many findings."""
    found = [Standing(f"{number:064}", "r", (number,), 1) for number in range(5000)]
    SqlLedger(store.engine).evaluated("o/r", 0, found, None)


CALLS: dict[str, Callable[[SqlStore], object]] = {
    "absorb": lambda store: store.absorb([reading("new")]),
    "derive": derive,
    "evaluated": evaluate,
}


def held(store: SqlStore) -> list[object]:
    """All that a store and its ledger tell."""
    ledger = SqlLedger(store.engine)
    told = (store.sessions(), store.signals(), ledger.signals(), ledger.briefs())
    return [
        *map(list, told), store.files(), ledger.stale(9), ledger.touched("o/r"), ledger.in_windows([]),
    ]  # fmt: skip


@contextmanager
def no_room(engine: Engine) -> Iterator[None]:
    """Within, the database may not grow by a page."""

    def bound(connection: object, _record: object) -> None:
        pages = connection.execute("PRAGMA page_count").fetchone()[0]  # type: ignore[attr-defined]
        connection.execute(f"PRAGMA max_page_count = {pages}").close()  # type: ignore[attr-defined]

    engine.dispose()
    event.listen(engine, "connect", bound)
    yield
    event.remove(engine, "connect", bound)
    engine.dispose()


@pytest.mark.parametrize("call", CALLS)
def test_a_database_that_may_not_grow_says_so_and_keeps_what_it_has(call: str, tmp_path: Path) -> None:
    with SqlStore.open(f"sqlite:///{tmp_path}/friction.db") as store:
        store.absorb([reading("old")])
        before = held(store)

        with no_room(store.engine), pytest.raises(StoreError, match="cannot grow: make room on its disk") as raised:
            CALLS[call](store)

        assert raised.value.code == "database_full"
        assert held(store) == before
        CALLS[call](store)
        assert held(store) != before


def test_a_full_disk_is_told_and_mended_by_room(tmp_path: Path) -> None:
    done = subprocess.run([sys.executable, "-c", LIMITED, tmp_path], capture_output=True, text=True, check=False)

    assert (done.stdout.split(), done.stderr) == (["database_full", "True", "False"] * 3, "")
