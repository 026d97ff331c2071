"""Reading what is evaluated: sessions in brief and signals, as fast as the drivers give rows."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from datetime import datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import ColumnElement, Connection, select, union

from bot.adapters.ledger_schema import DERIVED, ORIGINS
from bot.adapters.store_codec import digest, moment, stored, told, unpacked
from bot.adapters.store_schema import RULES, SESSIONS, SIGNALS
from bot.adapters.store_signals import once
from bot.adapters.store_sql import among, bare
from bot.core.model import Signal, Span
from bot.core.session import identity
from bot.ledger import Brief

_Key = tuple[tuple[str, str], ...]


def briefs(connection: Connection, sessions: Collection[str] | None) -> list[Brief]:
    """These sessions (all where None) as far as they were derived, ordered by id."""
    if sessions is None:
        return _briefs(connection, None)
    return _briefs(connection, among(connection, SESSIONS.c.digest, [digest(name) for name in sessions]))


def briefs_around(connection: Connection, repository: str) -> list[Brief]:
    """The sessions of all conversations that have a session in a repository, ordered by id."""
    return _briefs(connection, SESSIONS.c.conversation.in_(_conversations(repository)))


def signals(connection: Connection, groups: Collection[int] | None) -> list[Signal]:
    """The signals of these groups (all where None), each once, ordered by rule, event, session and group."""
    if groups is None:
        return list(once(_signals(connection, None, None)))
    wanted = (among(connection, SIGNALS.c.grp, groups), among(connection, DERIVED.c.grp, groups))
    return list(once(_signals(connection, *wanted)))


def signals_around(connection: Connection, repository: str) -> list[Signal]:
    """The signals of all conversations that have a session in a repository, in the same order."""
    here = select(SESSIONS.c.no, SESSIONS.c.id).where(SESSIONS.c.conversation.in_(_conversations(repository)))
    names = {no: told(name) for no, name in bare(connection, here)}
    whose = [identity(name) for name in names.values()]
    wanted = (among(connection, SIGNALS.c.who, whose), among(connection, DERIVED.c.session, names))
    return list(once(_signals(connection, *wanted)))


def sharing(connection: Connection, groups: Collection[int]) -> frozenset[int]:
    """Groups that have an event in common with one of these, and these."""
    if not groups:
        return frozenset()
    events = union(
        *(select(table.c.event).where(among(connection, table.c.grp, groups)) for table in (SIGNALS, DERIVED))
    ).subquery()
    found = union(*(select(table.c.grp).where(table.c.event.in_(select(events))) for table in (SIGNALS, DERIVED)))
    return frozenset(group for (group,) in bare(connection, found)).union(groups)


def _conversations(repository: str) -> Any:
    here = ORIGINS.c.repository == stored(repository)
    return select(SESSIONS.c.conversation).join_from(ORIGINS, SESSIONS, SESSIONS.c.no == ORIGINS.c.session).where(here)


def _briefs(connection: Connection, wanted: ColumnElement[bool] | None) -> list[Brief]:
    first = SESSIONS.alias("first")  # the session that a conversation is named by
    rows = (
        select(
            SESSIONS.c.id, first.c.id, SESSIONS.c.person, ORIGINS.c.repository, ORIGINS.c.own_start, SESSIONS.c.facts
        )
        .join_from(SESSIONS, ORIGINS, ORIGINS.c.session == SESSIONS.c.no)
        .join(first, first.c.no == SESSIONS.c.conversation)
        .where(ORIGINS.c.repository.is_not(None))
    )
    found = bare(connection, rows if wanted is None else rows.where(wanted))
    return sorted(map(_brief, found))


def _brief(row: tuple[Any, ...]) -> Brief:
    name, conversation, person, repository, own_start, facts = row
    blocks, _, versions, _ = unpacked(facts)
    spans = tuple(Span(datetime.fromisoformat(start), datetime.fromisoformat(end)) for start, end in blocks)
    return Brief(
        told(name), told(conversation), told(person), told(repository), moment(own_start), spans, tuple(versions)
    )


def _signals(
    connection: Connection, stored_ones: ColumnElement[bool] | None, of_steps: ColumnElement[bool] | None
) -> Iterator[Signal]:
    rules = {no: told(rule) for no, rule in bare(connection, select(RULES.c.no, RULES.c.rule))}
    columns = [SIGNALS.c[name] for name in ("rule", "session", "key", "at", "until", "evidence")]
    kept = select(*columns)
    for rule, *row in bare(connection, kept if stored_ones is None else kept.where(stored_ones)):
        yield _signal(rules[rule], *row)
    columns = [DERIVED.c.rule, SESSIONS.c.id, *(DERIVED.c[name] for name in ("key", "at", "until", "evidence"))]
    made = select(*columns).join_from(DERIVED, SESSIONS, SESSIONS.c.no == DERIVED.c.session)
    for rule, *row in bare(connection, made if of_steps is None else made.where(of_steps)):
        yield _signal(told(rule), *row)


def _signal(rule: str, session: str, key: str, at: int | None, until: int | None, evidence: str) -> Signal:
    event, *rest = unpacked(evidence)
    return Signal(rule, told(session), event, _group(key), moment(at), moment(until), *rest)


@lru_cache(maxsize=10_000)
def _group(key: str) -> _Key:
    return tuple((name, value) for name, value in unpacked(key))
