"""The decision log, the levels of rules, and what else is kept by key."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping
from datetime import date, datetime, timedelta

from sqlalchemy import Connection, delete, func, insert, select, update

from bot.adapters.store_codec import digest, microseconds, moment, stored, stored_row, told
from bot.adapters.store_schema import DECISIONS, KEPT, LEVELS
from bot.adapters.store_sql import add, among
from bot.core.history import Decision

_KEPT = timedelta(days=30)  # of levels
_LAST = chr(sys.maxunicode)


def write_decisions(connection: Connection, decisions: Iterable[Decision]) -> None:
    """Write decisions down, without planned skips that repeat the newest row of their fingerprint."""
    told_now = list(decisions)
    last = _newest(connection, {stored(each.fingerprint) for each in told_now if each.fingerprint})
    rows = []
    for decision in told_now:
        row = stored_row(decision._asdict())
        place, said = (row["fingerprint"], row["repository"]), (row["row"], row["issue"])
        if decision.action == "skip" and decision.outcome == "planned" and last.get(place) == said:
            continue
        last[place] = said
        rows.append(row)
    add(connection, DECISIONS, rows)


def _newest(connection: Connection, fingerprints: set[str]) -> dict[tuple[str, str], tuple[str, int | None]]:
    """(fingerprint, repository) → row and issue of its newest decision, all as they are stored."""
    if not fingerprints:
        return {}
    here = among(connection, DECISIONS.c.fingerprint, fingerprints)
    newest = select(func.max(DECISIONS.c.no)).where(here).group_by(DECISIONS.c.fingerprint, DECISIONS.c.repository)
    columns = (DECISIONS.c.fingerprint, DECISIONS.c.repository, DECISIONS.c.row, DECISIONS.c.issue)
    rows = connection.execute(select(*columns).where(DECISIONS.c.no.in_(newest)))
    return {(row.fingerprint, row.repository): (row.row, row.issue) for row in rows}


def read_decisions(connection: Connection, fingerprint: str, repository: str, limit: int) -> tuple[Decision, ...]:
    """The newest decisions first."""
    wanted = select(DECISIONS).order_by(DECISIONS.c.at.desc(), DECISIONS.c.no.desc()).limit(limit)
    if fingerprint:
        # By order of code points, so that the index serves and % and _ are plain characters.
        first = stored(fingerprint)
        wanted = wanted.where(DECISIONS.c.fingerprint >= first, DECISIONS.c.fingerprint < first + _LAST)
    if repository:
        wanted = wanted.where(DECISIONS.c.repository == stored(repository))
    return tuple(
        Decision(
            moment(row.at), told(row.repository), told(row.fingerprint), told(row.rule),
            told(row.action), told(row.row), row.issue, told(row.reason), told(row.outcome),
        )
        for row in connection.execute(wanted)
    )  # fmt: skip


def recall(connection: Connection, key: str) -> bytes | None:
    """What was kept under a key."""
    value = connection.execute(select(KEPT.c.value).where(KEPT.c.name == digest(key))).scalar()
    return None if value is None else bytes(value)


def keep(connection: Connection, key: str, value: bytes, at: datetime) -> None:
    """Keep a value under a key, over what was there."""
    connection.execute(delete(KEPT).where(KEPT.c.name == digest(key)))
    connection.execute(insert(KEPT).values(name=digest(key), value=value, at=microseconds(at)))


def read_levels(connection: Connection) -> Mapping[str, Mapping[date, int]]:
    """Rule → day → sessions."""
    found: dict[str, dict[date, int]] = {}
    for rule, day, sessions in connection.execute(select(LEVELS.c.rule, LEVELS.c.day, LEVELS.c.sessions)):
        found.setdefault(told(rule), {})[date.fromisoformat(day)] = sessions
    return found


def write_levels(connection: Connection, day: date, levels: Mapping[str, int]) -> None:
    """Record the highest level of each rule on a day; days long before it are forgotten."""
    connection.execute(delete(LEVELS).where(LEVELS.c.day < (day - _KEPT).isoformat()))
    today = LEVELS.c.day == day.isoformat()
    known = {
        told(rule): most for rule, most in connection.execute(select(LEVELS.c.rule, LEVELS.c.sessions).where(today))
    }
    new = [{"rule": stored(rule), "sessions": most} for rule, most in levels.items() if rule not in known]
    add(connection, LEVELS, [{**row, "day": day.isoformat()} for row in new])
    for rule, sessions in levels.items():
        if sessions > known.get(rule, sessions):
            connection.execute(update(LEVELS).where(today, LEVELS.c.rule == stored(rule)).values(sessions=sessions))
