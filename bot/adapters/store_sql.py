"""The few statements that SQLite and PostgreSQL want in different words."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any

from psycopg import Cursor
from sqlalchemy import (
    ARRAY,
    BigInteger,
    Column,
    ColumnElement,
    Connection,
    Executable,
    Table,
    Text,
    any_,
    bindparam,
    func,
    literal,
    select,
)

from bot.adapters.store_codec import packed

Values = Collection[int] | Collection[str]

_LOCK = 0x66726963  # "fric": under this advisory lock PostgreSQL is written to, under the next one what is small


def is_sqlite(connection: Connection) -> bool:
    """Whether the connection is to SQLite, else it is to PostgreSQL."""
    return connection.dialect.name == "sqlite"


def lock(connection: Connection, *, small: bool = False) -> None:
    """Wait until no other process writes; SQLite's `BEGIN IMMEDIATE` has done so already.

    On PostgreSQL what is `small` only waits for what is small.
    """
    if not is_sqlite(connection):
        connection.execute(select(func.pg_advisory_xact_lock(_LOCK + small)))


def among(connection: Connection, column: Column[Any], values: Values) -> ColumnElement[bool]:
    """`column` is one of `values`, in one parameter: no limit on how many, and one compiled statement for all."""
    listed = list(values)
    if is_sqlite(connection):
        return column.in_(select(func.json_each(packed(listed).decode()).table_valued("value").c.value))
    kind = Text() if isinstance(column.type, Text) else BigInteger()
    return column == any_(bindparam(None, listed, type_=ARRAY(kind), unique=True))


def fetch(connection: Connection, columns: Iterable[Column[Any]], column: Column[Any], values: Values) -> Iterator[Any]:
    """These columns of the rows whose `column` is one of `values`."""
    return iter(connection.execute(select(*columns).where(among(connection, column, values))) if values else ())


def highest(connection: Connection, column: Column[int]) -> int:
    """The highest number given out in a column; 0 in an empty table."""
    return int(connection.execute(select(func.coalesce(func.max(column), literal(0)))).scalar_one())


def bare(connection: Connection, statement: Executable) -> list[tuple[Any, ...]]:
    """All rows of a select as the driver gives them: SQLAlchemy's own rows cost more than reading them."""
    cursor = connection.execute(statement).cursor
    return list(cursor.fetchall()) if cursor else []


def add(connection: Connection, table: Table, rows: list[dict[str, Any]]) -> None:
    """Insert rows, all of the same columns; thousands at once, so by each driver's fastest way."""
    if not rows:
        return
    into, values = _into(table, rows)
    if is_sqlite(connection):
        connection.exec_driver_sql(f"INSERT INTO {into} VALUES ({_places(rows)})", values)  # noqa: S608 our own names
        return
    cursor: Cursor = connection.connection.cursor()  # type: ignore[assignment]
    with cursor, cursor.copy(f"COPY {into} FROM STDIN") as copy:
        for row in values:
            copy.write_row(row)


def put(connection: Connection, table: Table, rows: list[dict[str, Any]]) -> None:
    """Insert rows, all of the same columns; one whose primary key is there already changes what is there."""
    if not rows:
        return
    into, values = _into(table, rows)
    key = [column.name for column in table.primary_key]
    changes = ", ".join(f'"{name}" = excluded."{name}"' for name in rows[0] if name not in key)
    clash = f"ON CONFLICT ({', '.join(key)}) DO UPDATE SET {changes}"
    if is_sqlite(connection):
        connection.exec_driver_sql(f"INSERT INTO {into} VALUES ({_places(rows)}) {clash}", values)  # noqa: S608 our own names
        return
    kinds = [table.c[name].type.compile(connection.dialect).partition(" ")[0] for name in rows[0]]
    arrays = ", ".join(f"%s::{kind}[]" for kind in kinds)
    columns = tuple(map(list, zip(*values, strict=True)))
    connection.exec_driver_sql(f"INSERT INTO {into} SELECT * FROM unnest({arrays}) {clash}", columns)  # noqa: S608 our own names


def _into(table: Table, rows: list[dict[str, Any]]) -> tuple[str, list[tuple[Any, ...]]]:
    """The table with the columns of rows, as an INSERT or COPY names them, and the values of the rows."""
    return f"{table.name} ({', '.join(map(_quoted, rows[0]))})", [tuple(row.values()) for row in rows]


def _quoted(name: str) -> str:
    return f'"{name}"'


def _places(rows: list[dict[str, Any]]) -> str:
    return ", ".join("?" * len(rows[0]))


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
