"""The space that the database takes, given back where rows went, and the statistics its planner goes by."""

from __future__ import annotations

from sqlalchemy import Connection, Engine, func, inspect, select, text

from bot.adapters.store_schema import METADATA
from bot.adapters.store_sql import is_sqlite

_FREE = 0.1  # of a SQLite file: less is not worth writing all of it anew, as VACUUM does


def tidy(engine: Engine) -> None:
    """Give space back and analyze; SQLite's file is written anew where a tenth of it is free.

    PostgreSQL's tables are left to others while they work on them: the next time will do.
    """
    if engine.dialect.name == "sqlite":
        with engine.connect() as connection:
            _tidy_file(connection)
        return
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        ours = sorted(METADATA.tables.keys() & set(inspect(connection).get_table_names()))
        connection.execute(text(f"VACUUM (ANALYZE, SKIP_LOCKED) {', '.join(ours)}"))


def _tidy_file(connection: Connection) -> None:
    # None of this may be said within a transaction, and SQLAlchemy has begun one: it is ended behind its back.
    connection.exec_driver_sql("COMMIT")
    if _pragma(connection, "freelist_count") > _FREE * _pragma(connection, "page_count"):
        connection.exec_driver_sql("VACUUM")
    connection.exec_driver_sql("ANALYZE")
    connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)").close()  # what is read or written meanwhile stays


def size(connection: Connection) -> int:
    """Bytes that the database takes; SQLite's without the journal beside it."""
    if is_sqlite(connection):
        return _pragma(connection, "page_count") * _pragma(connection, "page_size")
    return int(connection.execute(select(func.pg_database_size(func.current_database()))).scalar_one())


def _pragma(connection: Connection, name: str) -> int:
    return int(connection.exec_driver_sql(f"PRAGMA {name}").scalar_one())
