"""Deriving in the database: which sessions are stale, and keeping what was worked out of them."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any, NamedTuple

from sqlalchemy import Connection, delete, insert, literal, select, update

from bot.adapters.ledger_changes import next_change, touch
from bot.adapters.ledger_groups import groups_of
from bot.adapters.ledger_past import forget, horizon
from bot.adapters.ledger_schema import CHANGED, CONVERSATIONS, DERIVED, ORIGINS, PROGRESS
from bot.adapters.store_codec import digest, microseconds, signal_row, stored, told
from bot.adapters.store_schema import SESSIONS
from bot.adapters.store_sql import add, among, bare, put
from bot.core.model import Signal
from bot.core.session import identity
from bot.ledger import Derived, Stale


class _Known(NamedTuple):
    """A stale session as it is known: its number, its number for signals, and its repository (as stored) if it had any."""

    no: int
    who: int
    whose: int
    repository: str | None


def stale(connection: Connection, most: int) -> Stale:
    """About `most` sessions to be derived, the longest waiting first, with all others of their conversations."""
    first = select(CHANGED.c.session).order_by(CHANGED.c.change, CHANGED.c.session).limit(most).subquery()
    conversations = select(SESSIONS.c.conversation).where(SESSIONS.c.no.in_(select(first.c.session)))
    together = (
        select(SESSIONS.c.no, SESSIONS.c.id, SESSIONS.c.conversation, CHANGED.c.change)
        .select_from(SESSIONS.outerjoin(CHANGED, CHANGED.c.session == SESSIONS.c.no))
        .where(SESSIONS.c.conversation.in_(conversations))
    )
    rows = bare(connection, together)
    names = {no: told(name) for no, name, _, _ in rows}
    upto = max((change for *_, change in rows if change is not None), default=0)
    return Stale(upto, tuple(sorted((names[conversation], names[no]) for no, _, conversation, _ in rows)))


def reason_of(connection: Connection) -> str:
    """What the derived depends on besides the sessions, as it was last time."""
    return told(connection.execute(select(PROGRESS.c.reason)).scalar_one())


def derive_all_again(connection: Connection, reason: str) -> bool:
    """Make all sessions stale, unless the reason is the one of the last time."""
    if reason_of(connection) == reason:
        return False
    change = next_change(connection)
    connection.execute(update(PROGRESS).values(reason=stored(reason)))
    connection.execute(delete(CHANGED))
    everything = select(SESSIONS.c.no, literal(change))
    connection.execute(insert(CHANGED).from_select(["session", "change"], everything))
    return True


def derive(connection: Connection, derived: Sequence[Derived], upto: int) -> None:
    """Write what was worked out of sessions that are still stale and did not change after `upto`."""
    by_name = {each.session: each for each in derived}
    known = _known(connection, by_name, upto)
    if not known:
        return
    numbers = {each.no for each in known.values()}
    groups = groups_of(connection, {each.who: each.no for each in known.values()})
    rows = []
    for name, each in known.items():
        made = [_row(each.no, signal) for signal in by_name[name].signals]
        groups[each.no].update(row["grp"] for row in made)
        rows += made
    connection.execute(delete(DERIVED).where(among(connection, DERIVED.c.session, numbers)))
    add(connection, DERIVED, rows)
    put(connection, ORIGINS, [_origin(known[name], by_name[name]) for name in sorted(known)])
    places = [(place, each.no) for name, each in known.items() for place in _places(each, by_name[name])]
    touch(connection, {(place, group) for place, no in places for group in groups[no]}, next_change(connection))
    began = _began(connection, numbers)
    forget(connection, [(place, group, began[no]) for place, no in places if no in began for group in groups[no]])
    connection.execute(delete(CHANGED).where(among(connection, CHANGED.c.session, numbers)))


def _known(connection: Connection, names: Collection[str], upto: int) -> dict[str, _Known]:
    here = (
        select(SESSIONS.c.id, SESSIONS.c.no, ORIGINS.c.whose, ORIGINS.c.repository)
        .join_from(SESSIONS, CHANGED, CHANGED.c.session == SESSIONS.c.no)
        .join(ORIGINS, ORIGINS.c.session == SESSIONS.c.no)
        .where(among(connection, SESSIONS.c.digest, [digest(name) for name in names]), CHANGED.c.change <= upto)
    )
    rows = ((told(name), *rest) for name, *rest in bare(connection, here))
    return {name: _Known(no, identity(name), whose, repository) for name, no, whose, repository in rows}


def _began(connection: Connection, sessions: Collection[int]) -> dict[int, int]:
    """Session (by number) → when its conversation began, of those that a past may count."""
    rows = (
        select(SESSIONS.c.no, CONVERSATIONS.c.first)
        .join_from(SESSIONS, CONVERSATIONS, CONVERSATIONS.c.no == SESSIONS.c.conversation)
        .where(among(connection, SESSIONS.c.no, sessions), CONVERSATIONS.c.first < horizon(connection))
    )
    return dict(bare(connection, rows))


def _places(known: _Known, derived: Derived) -> set[str]:
    """The repositories (as stored) that a session is in now and was in before."""
    before = set() if known.repository is None else {known.repository}
    return before | {stored(derived.repository)}


def _row(no: int, signal: Signal) -> dict[str, Any]:
    row = signal_row(signal)
    return {
        "session": no, "rule": stored(signal.rule), "event": row["event"], "grp": row["grp"], "key": row["key"],
        "at": row["at"], "until": row["until"], "evidence": row["evidence"],
    }  # fmt: skip


def _origin(known: _Known, derived: Derived) -> dict[str, Any]:
    return {
        "session": known.no,
        "whose": known.whose,
        "repository": stored(derived.repository),
        "own_start": microseconds(derived.own_start),
    }
