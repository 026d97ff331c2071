"""Batches and failures in the database, each in the caller's transaction."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, case, delete, func, insert, select, update

from bot.adapters.store_codec import digest, microseconds, moment, packed, stored, stored_row, told, unpacked
from bot.adapters.store_sql import add, among, fetch
from bot.adapters.upkeep_schema import BATCHES, FAILURES
from bot.ports import SourceFile
from bot.upkeep import Batch, Failure


def write_batches(connection: Connection, batches: Iterable[Batch]) -> None:
    """Keep batches; of one that is there already the moment moves on and the higher count of tries stays.

    A try that is counted meanwhile stays counted, and a batch that is done meanwhile does not come back.
    """
    wanted = {digest(batch.id): batch for batch in batches}
    known = {name for (name,) in fetch(connection, (BATCHES.c.name,), BATCHES.c.name, wanted.keys())}
    for name in sorted(known):
        tries = wanted[name].tries
        higher = case((BATCHES.c.tries < tries, tries), else_=BATCHES.c.tries)
        values = {"at": microseconds(wanted[name].at), "tries": higher}
        connection.execute(update(BATCHES).where(BATCHES.c.name == name).values(values))
    add(connection, BATCHES, [_batch_row(name, batch) for name, batch in wanted.items() if name not in known])


def files_under_way(connection: Connection, since: datetime) -> frozenset[tuple[str, str]]:
    """(path, stamp) of the files of batches dispatched at a moment or after it."""
    rows = connection.scalars(select(BATCHES.c.files).where(BATCHES.c.at >= microseconds(since)))
    return frozenset((file.path, file.stamp) for text in rows for file in _files(text))


def count_try(connection: Connection, batch: str) -> Batch | None:
    """One more try of a batch that is there."""
    here = BATCHES.c.name == digest(batch)
    connection.execute(update(BATCHES).where(here).values(tries=BATCHES.c.tries + 1))
    row = connection.execute(select(BATCHES).where(here)).one_or_none()
    return None if row is None else _batch(row)


def take_try_back(connection: Connection, batch: str) -> None:
    """One try of a batch less; it stays begun."""
    here = (BATCHES.c.name == digest(batch), BATCHES.c.tries > 1)
    connection.execute(update(BATCHES).where(*here).values(tries=BATCHES.c.tries - 1))


def drop_batch(connection: Connection, batch: str) -> None:
    """Forget a batch."""
    connection.execute(delete(BATCHES).where(BATCHES.c.name == digest(batch)))


def batches_before(connection: Connection, before: datetime) -> tuple[Batch, ...]:
    """Batches dispatched before a moment, the oldest first."""
    wanted = select(BATCHES).where(BATCHES.c.at < microseconds(before)).order_by(BATCHES.c.at, BATCHES.c.name)
    return tuple(map(_batch, connection.execute(wanted)))


def waiting_since(connection: Connection) -> datetime | None:
    """When the oldest batch was dispatched that nobody began."""
    oldest: int | None = connection.execute(select(func.min(BATCHES.c.at)).where(BATCHES.c.tries == 0)).scalar()
    return moment(oldest)


def count_failure(connection: Connection, failure: Failure) -> Failure:
    """Record a failure over what is known of it; returns what is kept now."""
    name = digest(packed((failure.code, failure.place, failure.stamp)).decode())
    row = connection.execute(select(FAILURES).where(FAILURES.c.name == name)).one_or_none()
    kept = failure if row is None else _both(_failure(row), failure)
    values = stored_row({**kept._asdict(), "aside": int(kept.aside)})
    if row is None:
        connection.execute(insert(FAILURES).values(name=name, **values))
    else:
        connection.execute(update(FAILURES).where(FAILURES.c.name == name).values(**values))
    return kept


def read_failures(connection: Connection, places: Collection[str] | None, stamp: str | None) -> tuple[Failure, ...]:
    """The failures at these places and with this stamp (None: all), the newest first, then by code, place and stamp."""
    wanted = select(FAILURES)
    if places is not None:
        wanted = wanted.where(among(connection, FAILURES.c.place, [stored(place) for place in places]))
    if stamp is not None:
        wanted = wanted.where(FAILURES.c.stamp == stored(stamp))
    found = sorted(map(_failure, connection.execute(wanted)), key=lambda each: each[:4])
    return tuple(sorted(found, key=lambda each: each.last, reverse=True))


def drop_failures(connection: Connection, code: str, places: Collection[str]) -> None:
    """Forget the failures of a code at these places."""
    here = among(connection, FAILURES.c.place, [stored(place) for place in places])
    connection.execute(delete(FAILURES).where(FAILURES.c.code == stored(code), here))


def _both(known: Failure, again: Failure) -> Failure:
    newer = max(known, again, key=lambda each: each.last)
    return newer._replace(
        first=min(known.first, again.first), times=known.times + again.times, aside=known.aside or again.aside
    )


def _batch_row(name: str, batch: Batch) -> dict[str, Any]:
    files = [(file.path, file.source, file.size, file.stamp) for file in batch.files]
    return {
        "name": name,
        "id": stored(batch.id),
        "files": packed(files).decode(),
        "at": microseconds(batch.at),
        "tries": batch.tries,
    }


def _batch(row: Row[Any]) -> Batch:
    return Batch(told(row.id), _files(row.files), moment(row.at), row.tries)


def _files(text: str) -> tuple[SourceFile, ...]:
    return tuple(SourceFile(*fields) for fields in unpacked(text))


def _failure(row: Row[Any]) -> Failure:
    return Failure(
        told(row.code), told(row.place), told(row.message), told(row.stamp),
        moment(row.first), moment(row.last), row.times, bool(row.aside),
    )  # fmt: skip


def waited(since: datetime | None, now: datetime) -> timedelta | None:
    """How long since a moment; never negative, because clocks of machines differ."""
    return None if since is None else max(now - since, timedelta())
