"""Whether the database is there, has the tables of this version, and takes what is written."""

from __future__ import annotations

import os
import shutil
import socket
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

from sqlalchemy import delete, text
from sqlalchemy.engine import URL

from bot.adapters import migrations
from bot.adapters.store import SqlStore
from bot.adapters.store_codec import digest
from bot.adapters.store_engine import connect, parse, writing
from bot.adapters.store_errors import name, told_to_people
from bot.adapters.store_schema import KEPT
from bot.core.diagnosis import Check, failed, ok, warning
from bot.ports import StoreError

_PIECE = 64 * 1024  # bytes: more than one page, so that a file has to grow for it
_ROOM = 1024**3  # bytes that should be free: a first run of a team's sessions takes some hundred megabytes
_MEMORY = (None, "", ":memory:")
_FIXES = {
    "database_outdated": "run `frictionbot db upgrade`",
    "database_newer": "upgrade frictionbot on this machine",
    "database_full": "make room on its disk, or run `frictionbot prune`",
    "database_busy": "wait for the other program to end, then run `frictionbot doctor --only database` again",
}


def database_checks(url: str, now: datetime) -> Iterator[Check]:
    """Whether the database can be reached, has the tables of this version, and keeps what is written; then its room."""
    try:
        parsed = parse(url)
        if parsed.get_backend_name() == "sqlite" and parsed.database in _MEMORY:
            yield warning("database", "it is in memory: every run begins anew", "write database = sqlite:///PATH")
            return
        file = _file(parsed)
        if file is not None and not file.exists():
            yield _not_made(file)
            return
        with SqlStore.open(url, upgrade=False) as store:
            yield _written(store, parsed, now)
    except StoreError as error:
        yield _broken(error)
        return
    if file is not None:
        yield from _room(file)


def is_made(url: str) -> bool:
    """Whether there is a database to be opened: a file that is not there would be made. Raises `StoreError`."""
    parsed = parse(url)
    file = _file(parsed)
    return parsed.database not in _MEMORY and (file is None or file.exists())


def database_time(url: str) -> datetime | None:
    """The time by the clock of the database's server; None for a file, which has no clock. Raises `StoreError`."""
    parsed = parse(url)
    if parsed.get_backend_name() == "sqlite":
        return None
    engine = connect(parsed)
    try:
        with told_to_people(parsed), engine.connect() as connection:
            found = connection.execute(text("SELECT clock_timestamp()")).scalar()
    finally:
        engine.dispose()
    return found if isinstance(found, datetime) else None


def _written(store: SqlStore, url: URL, now: datetime) -> Check:
    """Whether a piece of some size is taken, read back the same, and goes away again."""
    key, piece = f"doctor:{socket.gethostname()}:{os.getpid()}", os.urandom(_PIECE)
    try:
        store.keep(key, piece, now)
        kept = store.recall(key)
    finally:
        with told_to_people(url), writing(store.engine) as connection:
            connection.execute(delete(KEPT).where(KEPT.c.name == digest(key)))
    if kept != piece:
        return failed("database", f"{name(url)} gave back something else than was written", "check its disk")
    return ok("database", f"{name(url)} has the tables {migrations.HEAD} and keeps what is written")


def _file(url: URL) -> Path | None:
    """The file of an SQLite database; None for a server."""
    return Path(str(url.database)) if url.get_backend_name() == "sqlite" else None


def _not_made(file: Path) -> Check:
    folder = next((each for each in file.parents if each.exists()), Path("/"))
    if not folder.is_dir() or not os.access(folder, os.W_OK | os.X_OK, effective_ids=True):
        fix = f"make {file.parent} writable for this user, or name another --database"
        return failed("database", f"there is none at {file}, and none can be made in {folder}", fix)
    return warning(
        "database", f"there is none at {file} yet", "run `frictionbot db upgrade`, or the first `frictionbot run`"
    )


def _broken(error: StoreError) -> Check:
    plain, _, words = error.message.partition(" (")
    found, _, advice = plain.partition(": ")
    fix = _FIXES.get(error.code) or advice or "see what the database's own log says"
    return failed("database", found, fix, details=[words.rstrip(")")] if words else ())


def _room(file: Path) -> Iterator[Check]:
    free = shutil.disk_usage(file.parent).free
    said = f"{free / 1e9:,.1f} GB free on its disk, {file.stat().st_size / 1e6:,.1f} MB taken"
    if free < _ROOM:
        yield warning("database", said, "make room: a full disk stops the reading", "disk")
    else:
        yield ok("database", said, "disk")
