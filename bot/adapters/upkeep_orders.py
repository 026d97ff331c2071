"""Signs of life and the operator's pauses in the database, and what is over by itself; in the caller's transaction."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, delete, insert, select

from bot.adapters.store_codec import digest, microseconds, moment, stored_row, told
from bot.adapters.store_filing import AHEAD
from bot.adapters.store_schema import LEASES, SPENDS
from bot.adapters.upkeep_schema import PAUSES, PULSES
from bot.upkeep import Pause, Pulse

_LEASE = timedelta(days=1)  # after its end nobody believes any more that he holds it
_SPEND = timedelta(hours=1)  # the longest window of the write budget
_WORKER = timedelta(days=7)  # hosts of containers have a new name each time: the old names never beat again


def write_pulse(connection: Connection, pulse: Pulse) -> None:
    """Keep a sign of life over an earlier one; one from much later was told by a clock that was ahead."""
    key = digest(pulse.name)
    known = connection.execute(select(PULSES.c.at).where(PULSES.c.digest == key)).scalar()
    if known is not None and microseconds(pulse.at) < known <= microseconds(pulse.at + AHEAD):
        return
    connection.execute(delete(PULSES).where(PULSES.c.digest == key))
    connection.execute(insert(PULSES).values(digest=key, **stored_row(pulse._asdict())))


def read_pulses(connection: Connection) -> tuple[Pulse, ...]:
    """All signs of life, ordered by name."""
    rows = connection.execute(select(PULSES))
    return tuple(sorted(Pulse(told(row.name), moment(row.at), told(row.value)) for row in rows))


def write_pause(connection: Connection, pause: Pause) -> None:
    """Keep a pause over one of the same scope."""
    drop_pause(connection, pause.scope)
    connection.execute(insert(PAUSES).values(digest=digest(pause.scope), **stored_row(pause._asdict())))


def drop_pause(connection: Connection, scope: str) -> bool:
    """Lift a pause; whether there was one."""
    return bool(connection.execute(delete(PAUSES).where(PAUSES.c.digest == digest(scope))).rowcount)


def read_pauses(connection: Connection, now: datetime) -> tuple[Pause, ...]:
    """The pauses that hold, ordered by scope."""
    rows = connection.execute(select(PAUSES).where(PAUSES.c.until.is_(None) | (PAUSES.c.until > microseconds(now))))
    return tuple(sorted(map(_pause, rows), key=lambda pause: pause.scope))


def sweep(connection: Connection, now: datetime) -> None:
    """Drop leases and pauses that ended, spends that count no more, and the signs of life of workers long gone."""
    connection.execute(delete(LEASES).where(LEASES.c.until < microseconds(now - _LEASE)))
    connection.execute(delete(SPENDS).where(SPENDS.c.at <= microseconds(now - _SPEND)))
    connection.execute(delete(PAUSES).where(PAUSES.c.until <= microseconds(now)))
    gone = PULSES.c.name.startswith("worker:", autoescape=True), PULSES.c.at < microseconds(now - _WORKER)
    connection.execute(delete(PULSES).where(*gone))


def _pause(row: Row[Any]) -> Pause:
    return Pause(told(row.scope), moment(row.at), told(row.by), told(row.because), moment(row.until))
