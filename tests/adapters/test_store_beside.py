"""What is small waits for nobody who writes much: on PostgreSQL workers must not go in step with each other."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from time import sleep

import pytest
from sqlalchemy import delete

from bot.adapters.store import SqlStore
from bot.adapters.store_engine import writing
from bot.adapters.store_schema import LEASES
from bot.adapters.upkeep import SqlUpkeep
from bot.ports import SourceFile
from bot.upkeep import Batch, Pulse

NOW = datetime(2026, 2, 3, 12, tzinfo=UTC)
MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)
FILE = SourceFile("/s/a.jsonl", "/s", 7, "7:1")


@pytest.fixture
def store(postgres_url: str) -> Iterator[SqlStore]:
    with SqlStore.open(postgres_url) as opened:
        yield opened


def test_leases_tries_and_signs_of_life_go_on_while_somebody_absorbs(store: SqlStore) -> None:
    upkeep = SqlUpkeep(store.engine)
    upkeep.dispatch([Batch("one", (FILE,), NOW)])

    def small() -> tuple[bool, int, bool]:
        leased = store.lease("tick", "mine", NOW, MINUTE)
        begun = upkeep.begin("one")
        upkeep.beat(Pulse("ingest", NOW, "{}"))
        upkeep.done("one")
        store.release("tick", "mine")
        return leased, begun.tries if begun else 0, bool(upkeep.abandoned(NOW + MINUTE))

    with ThreadPoolExecutor(1) as aside, writing(store.engine):
        assert aside.submit(small).result(timeout=30) == (True, 1, False)


def test_of_many_who_want_a_lease_at_once_one_has_it(store: SqlStore) -> None:
    with ThreadPoolExecutor(8) as many:
        taken = list(many.map(lambda who: store.lease("tick", f"worker {who}", NOW, MINUTE), range(40)))
    assert taken.count(True) == 1


def test_a_lease_that_housekeeping_drops_meanwhile_is_taken_once(store: SqlStore) -> None:
    store.lease("tick", "long gone", NOW - 9 * DAY, MINUTE)
    with ThreadPoolExecutor(1) as aside, ThreadPoolExecutor(1) as other:
        with writing(store.engine) as connection:
            connection.execute(delete(LEASES))
            one = aside.submit(store.lease, "tick", "one", NOW, MINUTE)
            sleep(0.3)
        assert [one.result(), other.submit(store.lease, "tick", "two", NOW, MINUTE).result()] == [True, False]


def test_every_try_that_is_begun_at_once_is_counted(store: SqlStore) -> None:
    upkeep = SqlUpkeep(store.engine)
    upkeep.dispatch([Batch("one", (FILE,), NOW)])
    with ThreadPoolExecutor(8) as many:
        again = many.submit(lambda: [upkeep.dispatch([Batch("one", (FILE,), NOW, 1)]) for _ in range(10)])
        tries = [begun.tries for begun in many.map(lambda _: upkeep.begin("one"), range(40)) if begun]
        again.result()
    assert len(set(tries)) == 40
