"""From when to when conversations were active, kept up to date for what changed only."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, delete, select

from bot.adapters.ledger_schema import CONVERSATIONS
from bot.adapters.ledger_time import scale
from bot.adapters.store_codec import digest, moment, told
from bot.adapters.store_schema import SESSIONS
from bot.adapters.store_sql import among, bare, put

# A session's number, its conversation's, and when it started and ended (None: it has no time).
Stretch = tuple[int, int, int | None, int | None]


def write_conversations(connection: Connection, sessions: Sequence[Stretch]) -> dict[int, int]:
    """Write when conversations were active, from all their sessions; returns when each began, if it has a time.

    What was a conversation of its own before it joined another one is none any more.
    """
    rows: dict[int, dict[str, Any]] = {}
    for _, conversation, started, ended in sessions:
        row = rows.setdefault(conversation, {"no": conversation, "first": None, "last": None, "open": 0})
        if started is None or ended is None:
            row["open"] = 1
            continue
        row["first"] = started if row["first"] is None else min(row["first"], started)
        row["last"] = ended if row["last"] is None else max(row["last"], ended)
    put(connection, CONVERSATIONS, [{**row, "scale": scale(row["first"], row["last"])} for row in rows.values()])
    joined = {no for no, *_ in sessions} - rows.keys()
    if joined:
        connection.execute(delete(CONVERSATIONS).where(among(connection, CONVERSATIONS.c.no, joined)))
    return {no: row["first"] for no, row in rows.items() if row["first"] is not None}


def last_active(connection: Connection, sessions: Collection[str]) -> Mapping[str, datetime | None]:
    """Session id → the last activity of its conversation; None where a session of it has no time."""
    rows = (
        select(SESSIONS.c.id, CONVERSATIONS.c.last, CONVERSATIONS.c.open)
        .join_from(SESSIONS, CONVERSATIONS, CONVERSATIONS.c.no == SESSIONS.c.conversation)
        .where(among(connection, SESSIONS.c.digest, [digest(name) for name in sessions]))
    )
    return {told(name): None if open_ else moment(last) for name, last, open_ in bare(connection, rows)}
