"""No statement of a cycle reads a whole table: each finds its rows by index, on both databases."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import psycopg
import pytest
from sqlalchemy import event

from bench.evidence import NOW, Team, readings
from bot.adapters.ledger import SqlLedger
from bot.adapters.store import SqlStore
from bot.core.session import group_number
from bot.ledger import Derived, Standing

GROUP = group_number("tool-fails", [("thing", "thing0v0")])
FOUND = Standing("f", "r", (GROUP,), 1, NOW, b"past", NOW)
_FEW = {
    "rules",
    "progress",
    "windows",
    "touched",
    "changed",
    "alembic_version",
}  # rows: hundreds at most, or due anyway


def derive(ledger: SqlLedger) -> None:
    """Some of what is stale."""
    stale = ledger.stale(100)
    ledger.derive([Derived(name, "o/r", NOW) for _, name in stale.sessions], stale.upto)


# What one cycle asks, in the order in which it does.
CYCLE: dict[str, Callable[[SqlStore, SqlLedger], object]] = {
    "absorb": lambda store, _: store.absorb([replace(each, covered=frozenset()) for each in readings(Team(30), 25)]),
    "stale": lambda _, ledger: ledger.stale(5),
    "derive": lambda _, ledger: derive(ledger),
    "derive_all_again": lambda _, ledger: ledger.derive_all_again("reason"),
    "touched": lambda _, ledger: ledger.touched("o/r"),
    "signals": lambda _, ledger: list(ledger.signals([GROUP])),
    "signals since": lambda _, ledger: list(ledger.signals([GROUP], NOW - timedelta(days=1))),
    "last_active": lambda _, ledger: ledger.last_active(["a", "b"]),
    "pasts": lambda _, ledger: ledger.pasts("o/r", [GROUP]),
    "signals_around": lambda _, ledger: list(ledger.signals_around("o/r")),
    "signals_at": lambda _, ledger: list(ledger.signals_at(["e1", "e2"], ["r"])),
    "briefs": lambda _, ledger: list(ledger.briefs(["a", "b"])),
    "briefs_around": lambda _, ledger: list(ledger.briefs_around("o/r")),
    "people": lambda _, ledger: list(ledger.people()),
    "at_work": lambda _, ledger: ledger.at_work(NOW - timedelta(days=1), NOW),
    "began_between": lambda _, ledger: ledger.began_between(["person1"], NOW - timedelta(days=1), NOW),
    "standings": lambda _, ledger: ledger.standings("o/r", ["f"]),
    "due": lambda _, ledger: ledger.due("o/r", NOW),
    "groups_of_rules": lambda _, ledger: ledger.groups_of_rules("o/r", ["r"]),
    "in_windows": lambda _, ledger: ledger.in_windows(["f"]),
    "waiting": lambda _, ledger: ledger.waiting(),
    "evaluated": lambda _, ledger: ledger.evaluated("o/r", 99, [FOUND], [GROUP]),
}  # fmt: skip


@pytest.fixture(scope="module")
def embedded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SqlStore]:
    with SqlStore.open(f"sqlite:///{tmp_path_factory.mktemp('plans')}/friction.db") as store:
        fill(store)
        yield store


def fill(store: SqlStore) -> None:
    """Some evidence, all of it derived for one reason, and a finding."""
    store.absorb(list(readings(Team(25))))
    ledger = SqlLedger(store.engine)
    ledger.derive_all_again("reason")
    derive(ledger)
    ledger.evaluated("o/r", 0, [FOUND], None)


def asked(store: SqlStore, call: Callable[[SqlStore, SqlLedger], object]) -> list[tuple[str, Any]]:
    """The statements that a call executes, each with its (first) parameters."""
    found: list[tuple[str, Any]] = []

    def note(_connection: Any, _cursor: Any, statement: str, parameters: Any, _context: Any, many: bool) -> None:
        if statement.startswith(("SELECT", "WITH", "UPDATE", "DELETE", "INSERT")):
            found.append((statement, parameters[0] if many else parameters))

    event.listen(store.engine, "before_cursor_execute", note)
    call(store, SqlLedger(store.engine))
    event.remove(store.engine, "before_cursor_execute", note)
    return found


@pytest.mark.parametrize("call", CYCLE)
def test_sqlite_scans_no_whole_table_in_a_cycle(call: str, embedded: SqlStore) -> None:
    statements = asked(embedded, CYCLE[call])

    assert statements
    with embedded.engine.connect() as connection:
        for statement, parameters in statements:
            plan = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters)
            lines = [str(row[3]) for row in plan]
            scanned = {line.split()[1] for line in lines if line.startswith("SCAN")}
            assert scanned <= _FEW | {"json_each", "numbers", "anon_1", "anon_2", "excluded"}, (statement, lines)


@pytest.mark.parametrize("call", CYCLE)
def test_postgresql_needs_to_scan_no_whole_table_in_a_cycle(call: str, team: SqlStore) -> None:
    statements = asked(team, CYCLE[call])

    assert statements
    with team.engine.connect() as connection:
        connection.exec_driver_sql("SET LOCAL enable_seqscan = off")
        for statement, parameters in statements:
            lines = [str(row[0]) for row in connection.exec_driver_sql(f"EXPLAIN {statement}", parameters)]
            scanned = {line.partition("Seq Scan on ")[2].split()[0] for line in lines if "Seq Scan on " in line}
            assert scanned <= _FEW, (statement, lines)


@pytest.fixture(scope="module")
def team(postgres_server: str) -> Iterator[SqlStore]:
    name = f"plans_{os.getpid()}"
    with psycopg.connect(postgres_server, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
        with SqlStore.open(postgres_server.replace("/postgres?", f"/{name}?")) as store:
            fill(store)
            yield store
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)")
