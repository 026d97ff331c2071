"""What changed of sessions, written down in the transaction that changed it: evaluating finds its work by this."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field

from sqlalchemy import Connection, delete, select, update

from bot.adapters.ledger_groups import groups_of
from bot.adapters.ledger_past import NEVER, forget, horizon
from bot.adapters.ledger_schema import (
    CHANGED,
    CONVERSATIONS,
    DERIVED,
    FINDING_GROUPS,
    FINDINGS,
    ORIGINS,
    PASTS,
    PROGRESS,
    TOUCHED,
    WINDOWS,
)
from bot.adapters.ledger_spans import Stretch, write_conversations
from bot.adapters.ledger_time import scale
from bot.adapters.store_codec import digest, microseconds, told
from bot.adapters.store_schema import SESSIONS
from bot.adapters.store_sql import add, among, bare, fetch, put
from bot.core.model import Session
from bot.core.session import identity

Group = tuple[str, int]  # a session's id as it is stored, and the number of a group of its signals


@dataclass
class Changes:
    """What one transaction changes; session ids are as they are stored.

    Sessions that it writes (id → number), sessions whose signals are others, and groups that lost signals of a session.
    """

    written: dict[str, int] = field(default_factory=dict)
    signalled: set[str] = field(default_factory=set)
    lost: set[Group] = field(default_factory=set)

    def lose(self, groups: Iterable[Group]) -> None:
        """Signals of these sessions in these groups are no more."""
        for group in groups:
            self.lost.add(group)
            self.signalled.add(group[0])


def note(connection: Connection, changes: Changes) -> None:
    """Make every session of the conversations of what changed stale, and touch what lost signals."""
    numbers = changes.written | _numbers(connection, changes.signalled - changes.written.keys())
    changed = set(numbers.values())
    if not changed:
        return
    sessions = _together(connection, changed)
    change = next_change(connection)
    put(connection, CHANGED, [{"session": no, "change": change} for no in sorted(no for no, *_ in sessions)])
    began = write_conversations(connection, sessions)
    begun = {no: began[conversation] for no, conversation, *_ in sessions if conversation in began}
    lost = {(numbers[name], group) for name, group in changes.lost if name in numbers}
    latest = horizon(connection)
    lost |= _past(connection, {no for no, at in begun.items() if at < latest})
    places = places_of(connection, {no for no, _ in lost})
    here = {(places[no], group, begun.get(no)) for no, group in lost if no in places}
    touch(connection, {(place, group) for place, group, _ in here}, change)
    forget(connection, [(place, group, at) for place, group, at in here if at is not None])


def _together(connection: Connection, sessions: Collection[int]) -> list[Stretch]:
    """All sessions of the conversations of these."""
    own = select(SESSIONS.c.conversation).where(among(connection, SESSIONS.c.no, sessions))
    conversations = {conversation for (conversation,) in bare(connection, own)}
    rows = (
        select(SESSIONS.c.no, SESSIONS.c.conversation, ORIGINS.c.started, ORIGINS.c.ended)
        .join_from(SESSIONS, ORIGINS, ORIGINS.c.session == SESSIONS.c.no)
        .where(among(connection, SESSIONS.c.conversation, conversations))
    )
    return [(no, conversation, started, ended) for no, conversation, started, ended in bare(connection, rows)]


def _past(connection: Connection, sessions: Collection[int]) -> set[tuple[int, int]]:
    """The groups of sessions that a past may count: nobody may add their signals to it once more."""
    if not sessions:
        return set()
    names = select(SESSIONS.c.id, SESSIONS.c.no).where(among(connection, SESSIONS.c.no, sessions))
    groups = groups_of(connection, {identity(told(name)): no for name, no in bare(connection, names)})
    return {(no, group) for no, of in groups.items() for group in of}


def write_origins(connection: Connection, sessions: Iterable[tuple[int, Session]], *, new: bool) -> None:
    """Write whose sessions (by number) are and when they were."""
    (add if new else put)(connection, ORIGINS, [{"session": no, **_times(session)} for no, session in sessions])


def touch(connection: Connection, groups: Iterable[tuple[str, int]], change: int) -> None:
    """Touch groups in repositories (as stored)."""
    rows = [{"repository": place, "grp": group, "change": change} for place, group in sorted(groups)]
    put(connection, TOUCHED, rows)


def places_of(connection: Connection, sessions: Collection[int]) -> dict[int, str]:
    """Session (by number) → its repository (as stored), of those that were derived."""
    if not sessions:
        return {}
    here = select(ORIGINS.c.session, ORIGINS.c.repository)
    derived = here.where(among(connection, ORIGINS.c.session, sessions), ORIGINS.c.repository.is_not(None))
    return dict(bare(connection, derived))


def next_change(connection: Connection) -> int:
    """A number greater than any that was given out, for the transaction that writes alone."""
    statement = update(PROGRESS).values(change=PROGRESS.c.change + 1).returning(PROGRESS.c.change)
    return int(connection.execute(statement).scalar_one())


def forget_sessions(connection: Connection, sessions: Mapping[str, int]) -> None:
    """Forget sessions (id → number) that are about to go with their signals: what they were part of is touched.

    Conversations go whole, and this is called before the signals are gone.
    """
    if not sessions:
        return
    numbers = set(sessions.values())
    groups = groups_of(connection, {identity(name): no for name, no in sessions.items()})
    places = places_of(connection, numbers)
    here = {(place, group) for no, place in places.items() for group in groups[no]}
    touch(connection, here, next_change(connection))
    forget(connection, [(place, group, NEVER) for place, group in here])
    for column in (ORIGINS.c.session, CHANGED.c.session, DERIVED.c.session, CONVERSATIONS.c.no):
        connection.execute(delete(column.table).where(among(connection, column, numbers)))


def begin_conversations_anew(connection: Connection) -> None:
    """Write all conversations again and forget all pasts: something else than `note` wrote sessions or their origins."""
    rows = select(SESSIONS.c.no, SESSIONS.c.conversation, ORIGINS.c.started, ORIGINS.c.ended)
    joined = rows.join_from(SESSIONS, ORIGINS, ORIGINS.c.session == SESSIONS.c.no)
    sessions = [(no, conversation, started, ended) for no, conversation, started, ended in bare(connection, joined)]
    connection.execute(delete(CONVERSATIONS))
    connection.execute(delete(PASTS))
    write_conversations(connection, sessions)


def forget_all(connection: Connection) -> None:
    """Forget everything but which numbers were given out: whoever reads meanwhile must not take new ones for old."""
    for table in (ORIGINS, CONVERSATIONS, CHANGED, DERIVED, TOUCHED, FINDINGS, FINDING_GROUPS, PASTS, WINDOWS):
        connection.execute(delete(table))
    connection.execute(update(PROGRESS).values(reason=""))


def _numbers(connection: Connection, names: Collection[str]) -> dict[str, int]:
    """Session id (as stored) → number, of those that there are."""
    digests = [digest(told(name)) for name in names]
    return {row.id: row.no for row in fetch(connection, (SESSIONS.c.no, SESSIONS.c.id), SESSIONS.c.digest, digests)}


def _times(session: Session) -> dict[str, int | None]:
    started = microseconds(min((span.start for span in session.blocks), default=None))
    ended = microseconds(max((span.end for span in session.blocks), default=None))
    whose = identity(session.person)
    return {"whose": whose, "started": started, "ended": ended, "scale": scale(started, ended)}
