"""How the work stands, as `frictionbot status` tells it: values that were looked up, and the object that programs rely on."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

from bot.core.due import IMPATIENT
from bot.core.lag import Alarm, Waiting

SCHEMA = 1  # of the JSON object; a field may be added within a number, never changed

# Rows of the decision log (`bot.core.table`) by what they say of the issue; every other row with an issue is an open one.
CLOSED = frozenset(
    {"asked_duplicate", "below", "duplicate", "fix_holds", "fixed", "gone", "merged_duplicate", "not_planned",
     "quiet_close", "shadow", "superseded"}
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Tended:
    """A repository: when it last had a whole cycle, and of its findings how many stand in open issues, are silenced, wait."""

    repository: str
    cycle: datetime | None
    open: int = 0
    silenced: int = 0
    waiting: int = 0
    paused: bool = False


class Queue(NamedTuple):
    """A queue of messages, and how many wait in it; None where Redis could not be asked."""

    name: str
    depth: int | None


class Hand(NamedTuple):
    """A worker: its host, version, queues, and its last sign of life."""

    host: str
    version: str
    queues: tuple[str, ...]
    at: datetime


class Trouble(NamedTuple):
    """Work that failed: what to do about it, how often, when last, and whether it is set aside until it changes."""

    code: str
    place: str
    message: str
    times: int
    last: datetime
    aside: bool


class Stop(NamedTuple):
    """What is paused, by whom, why and until when."""

    scope: str
    by: str
    because: str
    until: datetime | None


class Tick(NamedTuple):
    """Work that comes again and again: when it last went well, and when it is due."""

    name: str
    last: datetime
    next: datetime


class Budget(NamedTuple):
    """Writes to GitHub that all processes may still make: issues and comments of this hour; until when it asked to wait."""

    left: int
    most: int
    held_until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Situation:
    """All of it, as of one moment. `lag` is the time from the end of the newest session read to its being evidence."""

    as_of: datetime
    last_cycle: datetime | None = None
    alarms: tuple[Alarm, ...] = ()
    repositories: tuple[Tended, ...] = ()
    unread: Waiting = field(default_factory=Waiting)
    lag: timedelta | None = None
    batches: int = 0
    queue_age: timedelta | None = None
    queues: tuple[Queue, ...] = ()
    workers: tuple[Hand, ...] = ()
    ticks: tuple[Tick, ...] = ()
    stops: tuple[Stop, ...] = ()
    troubles: tuple[Trouble, ...] = ()
    budget: Budget | None = None
    database: int = 0


def kind_of(row: str, *, issue: bool) -> str:
    """What a finding's newest decision makes of it: `silenced`, `waiting`, `open`, or "" for nothing to be counted."""
    if row == "silenced":
        return "silenced"
    if row in IMPATIENT:
        return "waiting"
    return "open" if row == "open" or (issue and row not in CLOSED) else ""


def as_json(found: Situation) -> dict[str, Any]:
    """The object of `status --format json`, schema 1: times are RFC 3339 in Z, lengths seconds, sizes bytes."""
    return {
        "schema": SCHEMA,
        "as_of": _time(found.as_of),
        "last_cycle": _time(found.last_cycle),
        "alarms": [{**each._asdict(), "since": _time(each.since)} for each in found.alarms],
        "repositories": [_tended(each) for each in found.repositories],
        "unread": {**found.unread._asdict(), "since": _time(found.unread.since)},
        "lag_seconds": _seconds(found.lag),
        "batches": found.batches,
        "queue_age_seconds": _seconds(found.queue_age),
        "queues": [each._asdict() for each in found.queues],
        "workers": [{**each._asdict(), "queues": list(each.queues), "at": _time(each.at)} for each in found.workers],
        "ticks": [{"name": each.name, "last": _time(each.last), "next": _time(each.next)} for each in found.ticks],
        "pauses": [{**each._asdict(), "until": _time(each.until)} for each in found.stops],
        "failures": [{**each._asdict(), "last": _time(each.last)} for each in found.troubles],
        "budget": {**found.budget._asdict(), "held_until": _time(found.budget.held_until)} if found.budget else None,
        "database_bytes": found.database,
    }


def _tended(each: Tended) -> dict[str, Any]:
    return {
        "repository": each.repository,
        "last_cycle": _time(each.cycle),
        "open": each.open,
        "silenced": each.silenced,
        "waiting": each.waiting,
        "paused": each.paused,
    }


def _time(at: datetime | None) -> str | None:
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z") if at else None


def _seconds(time: timedelta | None) -> float | None:
    return round(time.total_seconds(), 3) if time is not None else None
