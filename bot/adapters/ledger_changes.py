"""What changed of sessions, written down in the transaction that changed it: evaluating finds its work by this."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field

from sqlalchemy import Connection, delete, select, update

from bot.adapters.ledger_schema import (
    CHANGED,
    DERIVED,
    FINDING_GROUPS,
    FINDINGS,
    ORIGINS,
    PROGRESS,
    TOUCHED,
    WINDOWS,
)
from bot.adapters.ledger_time import scale
from bot.adapters.store_codec import digest, microseconds, told
from bot.adapters.store_schema import SESSIONS, SIGNALS
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
    own = select(SESSIONS.c.conversation).where(among(connection, SESSIONS.c.no, changed))
    conversations = {conversation for (conversation,) in bare(connection, own)}
    together = select(SESSIONS.c.no).where(among(connection, SESSIONS.c.conversation, conversations))
    change = next_change(connection)
    put(connection, CHANGED, [{"session": no, "change": change} for (no,) in sorted(bare(connection, together))])
    lost = [(numbers[name], group) for name, group in changes.lost if name in numbers]
    places = places_of(connection, {no for no, _ in lost})
    touch(connection, {(places[no], group) for no, group in lost if no in places}, change)


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
    return dict(bare(connection, derived))  # type: ignore[arg-type]


def next_change(connection: Connection) -> int:
    """A number greater than any that was given out, for the transaction that writes alone."""
    statement = update(PROGRESS).values(change=PROGRESS.c.change + 1).returning(PROGRESS.c.change)
    return int(connection.execute(statement).scalar_one())


def groups_of(connection: Connection, by_who: Mapping[int, int]) -> dict[int, set[int]]:
    """Session (by number) → the groups of its signals, of files and of steps; asked by its number for signals (`who`)."""
    groups: dict[int, set[int]] = {no: set() for no in by_who.values()}
    of_files = select(SIGNALS.c.who, SIGNALS.c.grp).where(among(connection, SIGNALS.c.who, by_who)).distinct()
    for who, group in bare(connection, of_files):
        groups[by_who[who]].add(group)
    of_steps = select(DERIVED.c.session, DERIVED.c.grp).where(among(connection, DERIVED.c.session, groups))
    for no, group in bare(connection, of_steps):
        groups[no].add(group)
    return groups


def forget_sessions(connection: Connection, sessions: Mapping[str, int]) -> None:
    """Forget sessions (id → number) that are about to go with their signals: what they were part of is touched.

    Conversations go whole, and this is called before the signals are gone.
    """
    if not sessions:
        return
    numbers = set(sessions.values())
    groups = groups_of(connection, {identity(name): no for name, no in sessions.items()})
    places = places_of(connection, numbers)
    touch(connection, {(place, group) for no, place in places.items() for group in groups[no]}, next_change(connection))
    for column in (ORIGINS.c.session, CHANGED.c.session, DERIVED.c.session):
        connection.execute(delete(column.table).where(among(connection, column, numbers)))


def forget_all(connection: Connection) -> None:
    """Forget everything but which numbers were given out: whoever reads meanwhile must not take new ones for old."""
    for table in (ORIGINS, CHANGED, DERIVED, TOUCHED, FINDINGS, FINDING_GROUPS, WINDOWS):
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
