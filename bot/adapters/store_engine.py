"""Opening a database: its URL, its folder, how connections behave, and the tables brought up to date."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from time import monotonic, sleep
from typing import Any

from sqlalchemy import Connection, Engine, StaticPool, create_engine, delete, event, false, inspect, text
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError

from bot.adapters import migrations
from bot.adapters.store_errors import name, told_to_people
from bot.adapters.store_schema import ISSUES, METADATA
from bot.adapters.store_sql import is_sqlite, lock
from bot.ports import StoreError

_WAIT = 60  # seconds for another writer to finish: a first run's largest transaction takes about one
_CONNECT = 10  # seconds for a server to answer
_SCHEMES = {"postgres": "postgresql+psycopg", "postgresql": "postgresql+psycopg", "sqlite+pysqlite": "sqlite"}
_MEMORY = (None, "", ":memory:")


def parse(url: str) -> URL:
    """The database that a URL names; raises `StoreError`, never repeating the URL, which may hold a password."""
    try:
        parsed = make_url(url)
    except (ArgumentError, ValueError):
        parsed = URL.create("unknown")
    parsed = parsed.set(drivername=_SCHEMES.get(parsed.drivername, parsed.drivername))
    if parsed.drivername not in _SCHEMES.values() and parsed.drivername != "sqlite":
        raise StoreError(
            "database_url",
            "the database URL is not understood: write sqlite:///PATH or postgresql://USER:PASSWORD@HOST/DATABASE",
        )
    if parsed.drivername == "sqlite" and parsed.database not in _MEMORY:
        parsed = parsed.set(database=str(Path(str(parsed.database)).expanduser()))
    return parsed


def connect(url: URL) -> Engine:
    """An engine for a database, whose folder is made if it is a file; nothing is opened yet."""
    if url.drivername != "sqlite":
        wait = {} if "connect_timeout" in url.query else {"connect_timeout": _CONNECT}
        return create_engine(url, connect_args=wait, pool_pre_ping=True)
    if url.database in _MEMORY:
        engine = create_engine(url, poolclass=StaticPool, connect_args={"check_same_thread": False})
    else:
        _make_folder(Path(str(url.database)).parent)
        engine = create_engine(url, connect_args={"timeout": _WAIT})
    event.listen(engine, "connect", _prepare)
    event.listen(engine, "begin", _begin)
    return engine


@contextmanager
def reading(engine: Engine) -> Iterator[Connection]:
    """A connection that only reads; raises `StoreError` where the database fails it."""
    with told_to_people(engine.url), engine.connect() as connection:
        yield connection


@contextmanager
def changing(engine: Engine) -> Iterator[Connection]:
    """The one transaction that writes; raises `StoreError` where the database fails it."""
    with told_to_people(engine.url), writing(engine) as connection:
        yield connection


@contextmanager
def touching(engine: Engine) -> Iterator[Connection]:
    """A transaction that writes a row of those that nothing else rests on; raises `StoreError` where the database fails it.

    Leases, signs of life, tries of batches: on PostgreSQL they wait for each other and not for who absorbs a batch. Workers
    that waited for that would go in step, and then all wait for all.
    """
    with told_to_people(engine.url), _begun(engine) as connection:
        lock(connection, small=True)
        yield connection


@contextmanager
def writing(engine: Engine) -> Iterator[Connection]:
    """One transaction that is the only one to write; all of it is kept, or nothing."""
    with _begun(engine) as connection:
        lock(connection)
        yield connection


@contextmanager
def _begun(engine: Engine) -> Iterator[Connection]:
    with engine.execution_options(immediate=True).begin() as connection:
        if not is_sqlite(connection):
            connection.execute(text(f"SET LOCAL lock_timeout = '{_WAIT}s'"))
        yield connection


def prepare(engine: Engine, *, upgrade: bool) -> str | None:
    """Make sure that the database can be written and has tables that this version works with; raises `StoreError`.

    Returns the revision that it was at. Tables of a newer version will do, where that version only added to them.
    """
    with writing(engine) as connection:
        revision = migrations.present(connection)
        if revision == migrations.HEAD or migrations.newer(connection, revision):
            connection.execute(delete(ISSUES).where(false()))  # nothing, but a read-only database refuses even that
            return revision
        called = name(engine.url)
        if revision is None and set(inspect(connection).get_table_names()) & METADATA.tables.keys():
            raise StoreError("database_invalid", f"{called} belongs to another program: name another one")
        if revision is not None and revision not in migrations.known():
            raise StoreError(
                "database_newer", f"{called} was made by a newer frictionbot (tables {revision}): upgrade frictionbot"
            )
        if not upgrade:
            raise StoreError("database_outdated", f"{called} has no or old tables: run `frictionbot db upgrade`")
        migrations.move(connection)
        return revision


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except PermissionError as error:
        raise StoreError(
            "database_permission",
            f"the folder {folder} for the database may not be made: make it, or name one that you may write to",
        ) from error
    except OSError as error:
        raise StoreError(
            "database_path", f"the folder {folder} for the database cannot be made ({error.strerror}): name another one"
        ) from error


def _prepare(connection: sqlite3.Connection, _record: Any) -> None:
    connection.isolation_level = None  # the driver begins no transactions of its own: `_begin` does
    connection.execute("PRAGMA foreign_keys = ON").close()
    deadline = monotonic() + _WAIT
    while not _in_wal(connection, last=monotonic() > deadline):
        sleep(0.02)


def _in_wal(connection: sqlite3.Connection, *, last: bool) -> bool:
    """Set WAL mode; False where others are in the way (SQLite does not wait for them here), unless on the `last`."""
    try:
        connection.execute("PRAGMA journal_mode = WAL").close()
    except sqlite3.OperationalError as error:
        if last or error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY:
            raise
        return False
    return True


def _begin(connection: Connection) -> None:
    """Writers say so at once: a transaction that only later turns out to write could have read what is old by then."""
    immediate = connection.get_execution_options().get("immediate", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if immediate else "BEGIN")
