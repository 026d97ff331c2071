"""What is old goes: sessions by whole conversations with their signals and links, and entries of the log.

Each function works in the caller's transaction, which is small: other writers wait for it, and a kill loses only it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import Column, ColumnElement, Connection, Select, Table, delete, func, or_, select

from bot.adapters.ledger_changes import forget_sessions
from bot.adapters.ledger_schema import ORIGINS
from bot.adapters.store_codec import links_of, microseconds, told
from bot.adapters.store_schema import DECISIONS, INTENTS, KEPT, LINKS, SESSIONS, SIGNALS, SPENDS
from bot.adapters.store_sql import Values, among, fetch
from bot.adapters.upkeep_schema import FAILURES
from bot.core.session import identity
from bot.upkeep import Remains

_ENTRIES = 5000  # of each kind that one transaction drops: a fraction of a second
_COUNTED = 5000  # sessions whose signals are counted by one statement


class _Log(NamedTuple):
    """A kind of entries that grow old: the key of its table, when an entry was made, and which may go."""

    key: Column[Any]
    at: Column[int]
    may_go: ColumnElement[bool] | None = None


_LOGS = (
    _Log(DECISIONS.c.no, DECISIONS.c.at),
    _Log(INTENTS.c.nonce, INTENTS.c.at, INTENTS.c.state != "open"),
    _Log(SPENDS.c.id, SPENDS.c.at),
    _Log(FAILURES.c.name, FAILURES.c.last),
    _Log(KEPT.c.name, KEPT.c.at),
)


def count_old(connection: Connection, before: datetime, log: datetime) -> Remains:
    """How many sessions with how many signals are before a moment, and how much of the log is before another."""
    names = [told(name) for name in connection.scalars(_old(before, SESSIONS.c.id))]
    chunks = (names[start : start + _COUNTED] for start in range(0, len(names), _COUNTED))
    signals = sum(_signals(connection, chunk) for chunk in chunks)
    entries = sum(
        connection.execute(
            select(func.count()).select_from(each.key.table).where(*_old_entries(each, log))
        ).scalar_one()
        for each in _LOGS
    )
    return Remains(len(names), signals, entries)


def drop_sessions(connection: Connection, before: datetime, most: int) -> int:
    """Drop about `most` sessions of conversations of which all is before a moment; returns how many went."""
    sessions = _whole(connection, before, most)
    if not sessions:
        return 0
    numbers = [row.no for row in sessions]
    theirs = _theirs([told(row.id) for row in sessions], [row.id for row in sessions], connection)
    forget_sessions(connection, {told(row.id): row.no for row in sessions})
    _delete(connection, LINKS, LINKS.c.link, {link for row in sessions for link in links_of(row.links)})
    connection.execute(delete(SIGNALS).where(*theirs))
    _delete(connection, SESSIONS, SESSIONS.c.no, numbers)
    return len(sessions)


def drop_log(connection: Connection, log: datetime) -> bool:
    """Drop entries of the log from before a moment; whether there may be more of them."""
    more = False
    for each in _LOGS:
        keys = select(each.key).where(*_old_entries(each, log)).limit(_ENTRIES)
        gone = connection.execute(delete(each.key.table).where(each.key.in_(keys))).rowcount
        more = more or gone >= _ENTRIES
    return more


def _old(before: datetime, *columns: Column[Any]) -> Select[Any]:
    """These columns of the sessions of conversations that have nothing after a moment, those that ended first first.

    A session of which no time is known (yet) keeps its conversation, unless it was told that it has none.
    """
    other, when = SESSIONS.alias(), ORIGINS.alias()
    recent = or_(when.c.ended >= microseconds(before), when.c.session.is_(None))
    young = select(other.c.no).select_from(other.outerjoin(when, when.c.session == other.c.no))
    young = young.where(other.c.conversation == SESSIONS.c.conversation, recent)
    both = SESSIONS.join(ORIGINS, ORIGINS.c.session == SESSIONS.c.no)
    old = select(*columns).select_from(both).where(ORIGINS.c.ended < microseconds(before), ~young.exists())
    return old.order_by(ORIGINS.c.ended, SESSIONS.c.no)


def _whole(connection: Connection, before: datetime, most: int) -> Sequence[Any]:
    """The rows of whole old conversations, of about `most` sessions."""
    found = connection.scalars(_old(before, SESSIONS.c.conversation).limit(most))
    conversations = dict.fromkeys(found)
    columns = (SESSIONS.c.no, SESSIONS.c.id, SESSIONS.c.links, SESSIONS.c.conversation)
    of: dict[int, list[Any]] = {}
    for row in fetch(connection, columns, SESSIONS.c.conversation, conversations.keys()):
        of.setdefault(row.conversation, []).append(row)
    chosen: list[Any] = []
    for conversation in conversations:
        if len(chosen) < most:
            chosen += of[conversation]
    return chosen


def _theirs(names: Iterable[str], kept: Collection[str], connection: Connection) -> tuple[ColumnElement[bool], ...]:
    """The signals of sessions of these names: found by a number, told apart by the name as it is stored."""
    whose = [identity(name) for name in names]
    return (among(connection, SIGNALS.c.who, whose), among(connection, SIGNALS.c.session, kept))


def _delete(connection: Connection, table: Table, column: Column[Any], values: Values) -> None:
    if values:
        connection.execute(delete(table).where(among(connection, column, values)))


def _signals(connection: Connection, names: Sequence[str]) -> int:
    whose = among(connection, SIGNALS.c.who, [identity(name) for name in names])
    return int(connection.execute(select(func.count()).select_from(SIGNALS).where(whose)).scalar_one())


def _old_entries(log: _Log, before: datetime) -> Iterator[ColumnElement[bool]]:
    yield log.at < microseconds(before)
    if log.may_go is not None:
        yield log.may_go
