"""Who was at work, and who began anything, over all sessions of everybody; found by index."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import Connection, func, select

from bot.adapters.ledger_schema import ORIGINS
from bot.adapters.ledger_time import under_way
from bot.adapters.store_codec import microseconds, told, unpacked
from bot.adapters.store_schema import SESSIONS
from bot.adapters.store_sql import among, bare
from bot.core.session import identity


def people(connection: Connection) -> list[str]:
    """Every person once, in order: one look into an index for each, however many sessions they have."""
    numbers = select(func.min(ORIGINS.c.whose).label("whose")).cte("numbers", recursive=True)
    following = select(func.min(ORIGINS.c.whose)).where(ORIGINS.c.whose > numbers.c.whose).scalar_subquery()
    numbers = numbers.union_all(select(following).where(numbers.c.whose.is_not(None)))
    one = select(ORIGINS.c.session).where(ORIGINS.c.whose == numbers.c.whose).limit(1).scalar_subquery()
    named = select(SESSIONS.c.person).join_from(numbers, SESSIONS, SESSIONS.c.no == one)
    return sorted({told(person) for (person,) in bare(connection, named)})


def at_work(connection: Connection, start: datetime, end: datetime) -> frozenset[str]:
    """People with a session that has a block in common with these moments, both included."""
    low, high = microseconds(start), microseconds(end)
    rows = (
        select(SESSIONS.c.person, SESSIONS.c.facts)
        .join_from(ORIGINS, SESSIONS, SESSIONS.c.no == ORIGINS.c.session)
        .where(under_way(ORIGINS.c.scale, ORIGINS.c.started, low, high), ORIGINS.c.ended >= low)
    )
    found: set[str] = set()
    for person, facts in bare(connection, rows):
        if person not in found and _active(facts, start, end):
            found.add(person)
    return frozenset(map(told, found))


def began_between(connection: Connection, people: Collection[str], after: datetime, until: datetime) -> frozenset[str]:
    """Conversations of which a session of one of these people started in (after, until]."""
    if not people:
        return frozenset()
    first = SESSIONS.alias("first")  # the session that a conversation is named by
    rows = (
        select(first.c.id, SESSIONS.c.person)
        .join_from(ORIGINS, SESSIONS, SESSIONS.c.no == ORIGINS.c.session)
        .join(first, first.c.no == SESSIONS.c.conversation)
        .where(
            among(connection, ORIGINS.c.whose, [identity(person) for person in people]),
            ORIGINS.c.started > microseconds(after),
            ORIGINS.c.started <= microseconds(until),
        )
        .distinct()
    )
    wanted = set(people)
    return frozenset(told(name) for name, person in bare(connection, rows) if told(person) in wanted)


def _active(facts: str, start: datetime, end: datetime) -> bool:
    blocks = unpacked(facts)[0]
    return any(datetime.fromisoformat(one) <= end and datetime.fromisoformat(other) >= start for one, other in blocks)
