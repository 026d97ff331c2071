"""Conversations: which sessions share events, kept up to date for what changed only."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from sqlalchemy import Connection, bindparam, update

from bot.adapters.store_codec import told
from bot.adapters.store_schema import LINKS, SESSIONS
from bot.adapters.store_sql import add_links, fetch


class Linked(NamedTuple):
    """A session that was written: its number, its conversation (a session's number), and the identities it gained."""

    no: int
    id: str
    conversation: int
    gained: frozenset[int]


def link(connection: Connection, written: Iterable[Linked], *, empty: bool) -> int:
    """Record the identities that sessions gained and join conversations; returns how many the store never had.

    `empty` says that the table of identities was: nothing needs to be looked up then.
    """
    sessions = {session.no: session for session in written}
    fresh: dict[int, int] = {}
    pairs: set[tuple[int, int]] = set()
    for no, session in sessions.items():
        for identity in session.gained:
            first = fresh.setdefault(identity, no)
            if first != no:
                pairs.add((first, no))
    if not empty:
        for identity, owner in fetch(connection, (LINKS.c.link, LINKS.c.session), LINKS.c.link, fresh):
            pairs.add((owner, fresh.pop(identity)))
    add_links(connection, fresh)
    if pairs:
        _join(connection, sessions, pairs)
    return len(fresh)


def _join(connection: Connection, sessions: Mapping[int, Linked], pairs: Iterable[tuple[int, int]]) -> None:
    """Make one conversation of each group of sessions that pairs tie together."""
    numbers = {number for pair in pairs for number in pair}
    columns = (SESSIONS.c.no, SESSIONS.c.conversation)
    conversation = {no: sessions[no].conversation for no in numbers if no in sessions}
    conversation |= dict(fetch(connection, columns, SESSIONS.c.no, numbers - conversation.keys()))
    joined = groups((conversation[a], conversation[b]) for a, b in pairs)
    ids = {no: sessions[no].id for group in joined for no in group if no in sessions}
    unknown = {no for group in joined for no in group} - ids.keys()
    ids |= {no: told(text) for no, text in fetch(connection, (SESSIONS.c.no, SESSIONS.c.id), SESSIONS.c.no, unknown)}
    moves = []
    for group in joined:
        target = min(group, key=ids.__getitem__)
        moves += [{"old": old, "new": target} for old in sorted(group) if old != target]
    if moves:
        statement = update(SESSIONS).where(SESSIONS.c.conversation == bindparam("old"))
        connection.execute(statement.values(conversation=bindparam("new")), moves)


def groups(pairs: Iterable[tuple[int, int]]) -> tuple[frozenset[int], ...]:
    """The connected components of a graph, from its edges."""
    parent: dict[int, int] = {}

    def root(of: int) -> int:
        while (above := parent.setdefault(of, of)) != of:
            parent[of] = of = parent[above]
        return of

    for a, b in pairs:
        parent[root(a)] = root(b)
    found: dict[int, set[int]] = {}
    for number in parent:
        found.setdefault(root(number), set()).add(number)
    return tuple(map(frozenset, found.values()))
