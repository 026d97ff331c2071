"""Killed or in company: a store is never half-written, and writers side by side lose nothing."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from sqlalchemy import select

from bot.adapters.ledger import SqlLedger
from bot.adapters.store import SqlStore
from bot.adapters.store_schema import METADATA
from bot.core.model import Session, Signal
from bot.ledger import Derived, Standing
from bot.ports import Allowance, FileMark, Reading, Spend
from tests.adapters.test_store_filing import INTENT, NOON, SKIP, fill

HOUR = timedelta(hours=1)

# Prepares `before.db`, then kills one process at each statement of the next call, until one lives to its end.
CRASHES = """
import os, shutil, signal, sys
from pathlib import Path
from sqlalchemy import event
from bot.adapters.ledger import SqlLedger
from bot.adapters.store import SqlStore
from tests.adapters.test_store_crash import CALLS, prepare

folder, call = Path(sys.argv[1]), CALLS[sys.argv[2]]
with SqlStore.open(f"sqlite:///{folder}/before.db") as store:
    prepare(store)
for number in range(1, 100):
    shutil.copy(folder / "before.db", folder / f"{number}.db")
    child = os.fork()
    if not child:
        store = SqlStore.open(f"sqlite:///{folder}/{number}.db")
        left = [number]
        def count(*_):
            left[0] -= 1
            if not left[0]:
                os.kill(os.getpid(), signal.SIGKILL)
        event.listen(store._engine, "after_cursor_execute", count)
        event.listen(store._engine, "commit", count)
        call(store)
        os._exit(0)
    if os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0:
        break
print(number)
"""


def readings(name: str, count: int) -> list[Reading]:
    return [
        Reading(
            FileMark(f"{name}{number}", "1", "r", frozenset()),
            (
                Session(f"{name}{number}", "claude-code", links=frozenset({1, number, number + 100})),
                Session("both", ""),
            ),
            (Signal("r", f"{name}{number}", f"e{number}", (), None, place=name),),
            {"r": name},
            frozenset({f"e{number}"}),
        )
        for number in range(count)
    ]


def prepare(store: SqlStore) -> None:
    """What every call finds: something in every table."""
    store.absorb(readings("old", 3))
    fill(store)
    derive(store, "o/old")
    SqlLedger(store.engine).evaluated("o/r", 0, [Standing("f1", "r", (1, 2), 3, NOON)], None)
    store.absorb(readings("late", 1))


def derive(store: SqlStore, repository: str) -> None:
    """Everything that is stale, with a signal of steps in each session."""
    ledger = SqlLedger(store.engine)
    stale = ledger.stale(9)
    steps = {name: Signal("steps", name, f"step of {name}", (), NOON) for _, name in stale.sessions}
    ledger.derive([Derived(name, repository, NOON, (steps[name],)) for name in steps], stale.upto)


CALLS: dict[str, Callable[[SqlStore], object]] = {
    "absorb": lambda store: store.absorb(readings("new", 4)),
    "remember_gone": lambda store: store.remember_gone("o/r", 8, "deleted", NOON),
    "lease": lambda store: store.lease("f1", "bob", NOON + HOUR, HOUR),
    "release": lambda store: store.release("f1", "ann"),
    "intend": lambda store: store.intend(INTENT._replace(nonce="0b")),
    "settle": lambda store: store.settle("0a", "done", 7),
    "log": lambda store: store.log([SKIP._replace(row="limit"), SKIP, SKIP._replace(fingerprint="cd")]),
    "reserve": lambda store: store.reserve("bot", Spend("s2", content=True), NOON + 2 * HOUR, Allowance()),
    "finish": lambda store: store.finish(Spend("s1", content=True)),
    "hold": lambda store: store.hold("bot", NOON + HOUR, NOON),
    "keep": lambda store: store.keep("key", b"other", NOON),
    "remember_levels": lambda store: store.remember_levels(date(2026, 3, 7), {"r": 2, "q": 3}),
    "derive": lambda store: derive(store, "o/new"),
    "derive_all_again": lambda store: SqlLedger(store.engine).derive_all_again("new"),
    "evaluated": lambda store: SqlLedger(store.engine).evaluated("o/r", 9, [Standing("f2", "r", (2,), 1)], [2]),
    "forget": lambda store: store.forget(),
}


def _held(store: SqlStore) -> list[list[tuple[Any, ...]]]:
    """Every row of every table, as it is."""
    with store._engine.connect() as connection:
        return [sorted(map(tuple, connection.execute(select(table)))) for table in METADATA.sorted_tables]


@pytest.mark.parametrize("call", CALLS)
def test_a_kill_at_any_statement_leaves_all_or_nothing(call: str, tmp_path: Path) -> None:
    done = subprocess.run([sys.executable, "-c", CRASHES, tmp_path, call], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    runs = int(done.stdout)
    assert runs > (10 if call == "absorb" else 2)

    with SqlStore.open(f"sqlite:///{tmp_path}/before.db") as store:
        before = _held(store)
    with SqlStore.open(f"sqlite:///{tmp_path}/{runs}.db") as store:
        after = _held(store)
    assert after != before
    for number in range(1, runs):
        with SqlStore.open(f"sqlite:///{tmp_path}/{number}.db") as store:
            assert _held(store) == before
            CALLS[call](store)
            assert _held(store) == after


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_writers_side_by_side_lose_nothing(kind: str, tmp_path: Path, request: pytest.FixtureRequest) -> None:
    url = f"sqlite:///{tmp_path}/f.db" if kind == "sqlite" else request.getfixturevalue("postgres_url")
    told = [reading for name in "abcd" for reading in readings(name, 5)]

    def write(mine: list[Reading]) -> None:
        with SqlStore.open(url) as store:
            for reading in mine:
                store.absorb([reading])

    threads = [Thread(target=write, args=(told[start::3],)) for start in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    with SqlStore.open(url) as store:
        assert len(list(store.sessions())) == 21
        assert set(store.conversations().values()) == {"a0", "both"}
        assert len(store.files()) == 20
