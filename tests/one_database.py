"""One migrated PostgreSQL database for all tests of a file: making one for each costs more than most of the tests."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count

import psycopg
from sqlalchemy import delete

from bot.adapters.ledger_schema import PROGRESS
from bot.adapters.store import SqlStore
from bot.adapters.store_engine import writing
from bot.adapters.store_schema import METADATA
from bot.adapters.upkeep_schema import COMPATIBLE

_NUMBERS = count()


@contextmanager
def one_database(server: str) -> Iterator[SqlStore]:
    """A store on a database of its own, which is gone afterwards."""
    name = f"one_{os.environ.get('PYTEST_XDIST_WORKER', 'main')}_{os.getpid()}_{next(_NUMBERS)}"
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
        with SqlStore.open(server.replace("/postgres?", f"/{name}?")) as store:
            yield store
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


def emptied(store: SqlStore) -> SqlStore:
    """The same store as if nothing had ever been written."""
    with writing(store.engine) as connection:
        for table in reversed(METADATA.sorted_tables):
            if table not in {PROGRESS, COMPATIBLE}:
                connection.execute(delete(table))
        connection.execute(PROGRESS.update().values(change=1, reason=""))
    return store
