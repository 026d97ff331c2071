"""Which signals are of conversations that were active since a moment, found without a look at those that were not.

A signal since then is: its session was active when it happened. One from before counts where its conversation was under
way at that moment; these are few, and found by index.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any

from sqlalchemy import Column, ColumnElement, Connection, Table, select

from bot.adapters.ledger_schema import CONVERSATIONS
from bot.adapters.ledger_spans import last_active
from bot.adapters.ledger_time import under_way
from bot.adapters.store_codec import microseconds, told
from bot.adapters.store_schema import SESSIONS, SIGNALS
from bot.adapters.store_sql import among, bare
from bot.core.session import identity


def recent(
    connection: Connection, table: Table, groups: Collection[int] | None, since: datetime | None
) -> list[tuple[ColumnElement[bool], ...]]:
    """Conditions on `signals` or `derived`, of which a row fulfils one at most: of these groups, active since then."""
    of = () if groups is None else (among(connection, table.c.grp, groups),)
    if since is None:
        return [of]
    moment = microseconds(since)
    mine: Column[Any] = table.c.who if table is SIGNALS else table.c.session
    under = _under_way(connection, moment)
    whose = [identity(name) if table is SIGNALS else no for no, name in under]
    return [
        (*of, table.c.at >= moment),
        (*of, table.c.at < moment, among(connection, mine, whose)),
        (*of, table.c.at.is_(None), among(connection, mine, _timeless(connection, table, of, since))),
    ]


def _under_way(connection: Connection, moment: int) -> list[tuple[int, str]]:
    """Number and id of the sessions of conversations that were under way at a moment, or have a session without a time."""
    span = under_way(CONVERSATIONS.c.scale, CONVERSATIONS.c.first, moment, moment)
    by_time = select(CONVERSATIONS.c.no).where(span, CONVERSATIONS.c.last >= moment)
    by_none = select(CONVERSATIONS.c.no).where(CONVERSATIONS.c.open == 1)
    numbers = {no for statement in (by_time, by_none) for (no,) in bare(connection, statement)}
    rows = select(SESSIONS.c.no, SESSIONS.c.id).where(among(connection, SESSIONS.c.conversation, numbers))
    return [(no, told(name)) for no, name in bare(connection, rows)]


def _timeless(connection: Connection, table: Table, of: tuple[ColumnElement[bool], ...], since: datetime) -> list[int]:
    """Whose signals without a time are of a conversation that was active since then."""
    if table is SIGNALS:
        rows = select(SIGNALS.c.who, SIGNALS.c.session)
    else:
        rows = select(table.c.session, SESSIONS.c.id).join_from(table, SESSIONS, SESSIONS.c.no == table.c.session)
    names = {told(name): mine for mine, name in bare(connection, rows.where(*of, table.c.at.is_(None)).distinct())}
    active = last_active(connection, names)
    return [names[name] for name, last in active.items() if last is None or last >= since]
