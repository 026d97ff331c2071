"""Reading what is evaluated: sessions in brief and signals, as fast as the drivers give rows."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, exists, select

from bot.adapters.ledger_recent import recent
from bot.adapters.ledger_schema import DERIVED, ORIGINS
from bot.adapters.store_codec import EPOCH, digest, moment, stored, told, unpacked
from bot.adapters.store_schema import RULES, SESSIONS, SIGNALS
from bot.adapters.store_signals import once
from bot.adapters.store_sql import among, bare
from bot.core.model import Signal, Span
from bot.core.session import identity
from bot.ledger import Brief

_Key = tuple[tuple[str, str], ...]
_Wanted = tuple[ColumnElement[bool], ...]
_SAID = ("key", "at", "until", "evidence")


def briefs(connection: Connection, sessions: Collection[str] | None) -> list[Brief]:
    """These sessions (all where None) as far as they were derived, ordered by id."""
    if sessions is None:
        return _briefs(connection, None)
    return _briefs(connection, among(connection, SESSIONS.c.digest, [digest(name) for name in sessions]))


def briefs_around(connection: Connection, repository: str) -> list[Brief]:
    """The sessions of all conversations that have a session in a repository, ordered by id."""
    return _briefs(connection, SESSIONS.c.conversation.in_(_conversations(repository)))


def signals(connection: Connection, groups: Collection[int] | None, since: datetime | None) -> list[Signal]:
    """The signals of these groups (all where None), each once, ordered by rule, event, session and group."""
    in_files, of_steps = (recent(connection, table, groups, since) for table in (SIGNALS, DERIVED))
    return once(_signals(connection, in_files, of_steps))


def signals_around(connection: Connection, repository: str) -> list[Signal]:
    """The signals of all conversations that have a session in a repository, in the same order."""
    here = select(SESSIONS.c.no, SESSIONS.c.id).where(SESSIONS.c.conversation.in_(_conversations(repository)))
    names = {no: told(name) for no, name in bare(connection, here)}
    whose = [identity(name) for name in names.values()]
    in_files, of_steps = among(connection, SIGNALS.c.who, whose), among(connection, DERIVED.c.session, names)
    return once(_signals(connection, [(in_files,)], [(of_steps,)]))


def signals_at(connection: Connection, events: Collection[str], rules: Collection[str]) -> list[Signal]:
    """The signals of these events by rules of these ids, in the same order; steps have no event in common with them."""
    states = select(RULES.c.no).where(among(connection, RULES.c.rule, [stored(rule) for rule in rules]))
    of = [no for (no,) in bare(connection, states)] if rules else []
    if not events or not of:
        return []
    numbers = {identity(event) for event in events}
    wanted = (among(connection, SIGNALS.c.event, numbers), among(connection, SIGNALS.c.rule, of))
    return once(each for each in _signals(connection, [wanted], []) if each.event in events)


def unclaimed(
    connection: Connection, groups: Collection[int], since: datetime, rules: Collection[str]
) -> frozenset[int]:
    """Those of these groups with a recent signal of an event of which these rules say nothing; steps have no event in common."""
    if not groups:
        return frozenset()
    states = select(RULES.c.no).where(among(connection, RULES.c.rule, [stored(rule) for rule in rules]))
    of = [no for (no,) in bare(connection, states)] if rules else []
    other = SIGNALS.alias("other")
    said = exists().where(other.c.event == SIGNALS.c.event, among(connection, other.c.rule, of))
    found = [
        select(SIGNALS.c.grp).where(*wanted, ~said).distinct() for wanted in recent(connection, SIGNALS, groups, since)
    ]
    found += [select(DERIVED.c.grp).where(*wanted).distinct() for wanted in recent(connection, DERIVED, groups, since)]
    return frozenset(group for statement in found for (group,) in bare(connection, statement))


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


def _brief(row: Sequence[Any]) -> Brief:
    name, conversation, person, repository, own_start, facts = row
    blocks, _, versions, _ = unpacked(facts)
    at = datetime.fromisoformat
    spans = tuple([Span(at(start), at(end)) for start, end in blocks])
    return Brief(
        told(name), told(conversation), told(person), told(repository), moment(own_start), spans, tuple(versions)
    )


def _signals(connection: Connection, in_files: Iterable[_Wanted], of_steps: Iterable[_Wanted]) -> Iterator[Signal]:
    rules = {no: told(rule) for no, rule in bare(connection, select(RULES.c.no, RULES.c.rule))}
    kept = select(*(SIGNALS.c[name] for name in ("rule", "session", *_SAID)))
    for wanted in in_files:
        yield from _made(bare(connection, kept.where(*wanted)), rules)
    columns = [DERIVED.c.rule, SESSIONS.c.id, *(DERIVED.c[name] for name in _SAID)]
    made = select(*columns).join_from(DERIVED, SESSIONS, SESSIONS.c.no == DERIVED.c.session)
    for wanted in of_steps:
        rows = bare(connection, made.where(*wanted))
        yield from _made(rows, {rule: told(rule) for rule, *_ in rows})


def _made(rows: Iterable[Sequence[Any]], rules: Mapping[Any, str]) -> list[Signal]:
    """Signals of rows: a million of them may come, so in one loop that calls as little as it can."""
    found: list[Signal] = []
    groups: dict[str, _Key] = {}
    epoch, ago = EPOCH, timedelta
    for rule, session, key, at, until, evidence in rows:
        event, *rest = unpacked(evidence)
        group = groups.get(key)
        if group is None:
            group = groups[key] = tuple((name, value) for name, value in unpacked(key))
        found.append(
            Signal(
                rules[rule],
                told(session),
                event,
                group,
                None if at is None else epoch + ago(0, 0, at),
                None if until is None else epoch + ago(0, 0, until),
                *rest,
            )
        )
    return found
