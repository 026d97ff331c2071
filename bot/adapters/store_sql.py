"""The few statements that SQLite and PostgreSQL want in different words."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any

from sqlalchemy import (
    ARRAY,
    BigInteger,
    Column,
    ColumnElement,
    Connection,
    Table,
    Text,
    any_,
    bindparam,
    func,
    insert,
    literal,
    select,
)

from bot.adapters.store_codec import packed

Values = Collection[int] | Collection[str]

_LOCK = 0x66726963  # "fric": the one advisory lock under which everything is written on PostgreSQL


def is_sqlite(connection: Connection) -> bool:
    """Whether the connection is to SQLite, else it is to PostgreSQL."""
    return connection.dialect.name == "sqlite"


def lock(connection: Connection) -> None:
    """Wait until no other process writes; SQLite's `BEGIN IMMEDIATE` has done so already."""
    if not is_sqlite(connection):
        connection.execute(select(func.pg_advisory_xact_lock(_LOCK)))


def among(connection: Connection, column: Column[Any], values: Values) -> ColumnElement[bool]:
    """`column` is one of `values`, in one parameter: no limit on how many, and one compiled statement for all."""
    listed = list(values)
    if is_sqlite(connection):
        return column.in_(select(func.json_each(packed(listed).decode()).table_valued("value").c.value))
    kind = Text() if listed and isinstance(listed[0], str) else BigInteger()
    return column == any_(bindparam(None, listed, type_=ARRAY(kind), unique=True))


def fetch(connection: Connection, columns: Iterable[Column[Any]], column: Column[Any], values: Values) -> Iterator[Any]:
    """These columns of the rows whose `column` is one of `values`."""
    return iter(connection.execute(select(*columns).where(among(connection, column, values))) if values else ())


def highest(connection: Connection, column: Column[int]) -> int:
    """The highest number given out in a column; 0 in an empty table."""
    return int(connection.execute(select(func.coalesce(func.max(column), literal(0)))).scalar_one())


def add(connection: Connection, table: Table, rows: list[dict[str, Any]]) -> None:
    """Insert rows, all of the same columns."""
    if rows:
        connection.execute(insert(table), rows)


def add_links(connection: Connection, links: Mapping[int, int]) -> None:
    """Insert identities with the numbers of their sessions: tens of thousands at once, so past SQLAlchemy's parameters.

    In the order of the keys, which is the order of the table: random keys cost SQLite twice the time.
    """
    if not links:
        return
    keys = sorted(links)
    sessions = [links[key] for key in keys]
    if is_sqlite(connection):
        rows = list(zip(keys, sessions, strict=True))
        connection.exec_driver_sql("INSERT INTO links (link, session) VALUES (?, ?)", rows)
        return
    connection.exec_driver_sql(
        "INSERT INTO links (link, session) SELECT * FROM unnest(%s::bigint[], %s::bigint[])", (keys, sessions)
    )
