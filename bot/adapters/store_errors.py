"""What a database says when it cannot be used, told as what a person can do about it."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
from sqlalchemy.engine import URL
from sqlalchemy.exc import DBAPIError

from bot.ports import StoreError

_NO_ROOM = (
    "database_full",
    "could not be written: make room on its disk, or raise the limit on file sizes (ulimit -f)",
)

# The result code of SQLite, else the primary one (its low byte) → code and advice; https://www.sqlite.org/rescode.html
_SQLITE = {
    sqlite3.SQLITE_READONLY: ("database_readonly", "cannot be written: get permission to write file and folder"),
    sqlite3.SQLITE_PERM: ("database_permission", "may not be opened: get permission to read and write it"),
    sqlite3.SQLITE_AUTH: ("database_permission", "may not be opened: get permission to read and write it"),
    sqlite3.SQLITE_CANTOPEN: (
        "database_path",
        "cannot be opened: name a file (not a folder) in a folder that you may write to",
    ),
    sqlite3.SQLITE_NOTADB: ("database_invalid", "is not a database: name another file, or move this one away"),
    sqlite3.SQLITE_CORRUPT: ("database_invalid", "is damaged: move it away; the next run makes a new one"),
    sqlite3.SQLITE_BUSY: ("database_busy", "is in use by another program: wait for it to end, then try again"),
    sqlite3.SQLITE_LOCKED: ("database_busy", "is in use by another program: wait for it to end, then try again"),
    sqlite3.SQLITE_FULL: ("database_full", "cannot grow: make room on its disk"),
    sqlite3.SQLITE_IOERR_WRITE: _NO_ROOM,
    sqlite3.SQLITE_IOERR_SHMSIZE: _NO_ROOM,
    sqlite3.SQLITE_IOERR: ("database_failed", "could not be read or written: check its disk"),
}  # fmt: skip

# The state of an SQL error (or its class, two characters) → code and advice; PostgreSQL's Appendix A
_POSTGRES = {
    "25006": ("database_readonly", "cannot be written: name the primary server, not a replica"),
    "28": ("database_denied", "refused the login: check user and password in the URL, and pg_hba.conf"),
    "3D000": ("database_missing", "does not exist: create it (createdb)"),
    "42501": ("database_permission", "gave no permission: grant the user CREATE and USAGE on the schema"),
    "53": ("database_full", "has no room or no connection left: look at the server's disk, memory and max_connections"),
    "55P03": ("database_busy", "is locked by another program: wait for it to end, then try again"),
    "57": ("database_unreachable", "was stopped: start the server, then try again"),
    "08": ("database_unreachable", "lost the connection: check that the server runs, then try again"),
}

# A connection that was never made has no state, only words of libpq, in the server's language at worst
_WORDS = (
    ("password", _POSTGRES["28"]),
    ("pg_hba.conf", _POSTGRES["28"]),
    ("role ", _POSTGRES["28"]),
    ("does not exist", _POSTGRES["3D000"]),
)
_UNREACHABLE = ("database_unreachable", "cannot be reached: check host and port in the URL, and that the server runs")
_FAILED = ("database_failed", "could not do what was asked")


@contextmanager
def told_to_people(url: URL) -> Iterator[None]:
    """Within, what the database at `url` says is raised as a `StoreError`; the password never shows."""
    try:
        yield
    except (
        DBAPIError,
        sqlite3.Error,
        psycopg.Error,
    ) as error:  # what is read past SQLAlchemy fails in the driver's words
        code, advice = _meaning(error)
        raise StoreError(code, f"{name(url)} {advice} ({_words(error)})") from error


def name(url: URL) -> str:
    """What a person calls the database: the path of a file, or the URL without passwords."""
    if url.get_backend_name() == "sqlite":
        return f"the database {url.database or 'in memory'}"
    shown = {key: value for key, value in url.query.items() if key in {"host", "port"}}
    return f"the database {url.set(query=shown).render_as_string(hide_password=True)}"


def _meaning(error: Exception) -> tuple[str, str]:
    cause = error.orig if isinstance(error, DBAPIError) else error
    if isinstance(cause, sqlite3.Error):
        said = getattr(cause, "sqlite_errorcode", 0)
        return _SQLITE.get(said) or _SQLITE.get(said & 0xFF, _FAILED)
    state = getattr(cause, "sqlstate", None)
    if state:
        return _POSTGRES.get(state) or _POSTGRES.get(state[:2]) or _FAILED
    if not isinstance(error, DBAPIError) or error.connection_invalidated or error.statement is None:
        said = str(cause)
        return next((meaning for words, meaning in _WORDS if words in said), _UNREACHABLE)
    return _FAILED


def _words(error: Exception) -> str:
    return " ".join(str(error.orig if isinstance(error, DBAPIError) else error).split())[:300]
