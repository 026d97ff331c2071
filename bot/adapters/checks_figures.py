"""Figures of the memory for `frictionbot status`: what the newest decisions come to, and what may still be written."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from datetime import datetime, timedelta

from sqlalchemy import Engine, func, select

from bot.adapters.store_codec import microseconds, moment, stored, told
from bot.adapters.store_errors import told_to_people
from bot.adapters.store_schema import DECISIONS, HOLDS, SPENDS
from bot.core.situation import Budget, kind_of
from bot.ports import Allowance

_HOUR = timedelta(hours=1)


def standings(engine: Engine, repository: str) -> Mapping[str, int]:
    """How many findings of a repository are `open`, `silenced`, `waiting`, each by its newest decision; raises `StoreError`."""
    here = DECISIONS.c.repository == stored(repository)
    newest = select(func.max(DECISIONS.c.no)).where(here).group_by(DECISIONS.c.fingerprint)
    counted = (
        select(DECISIONS.c.row, DECISIONS.c.issue.is_not(None).label("filed"), func.count().label("findings"))
        .where(DECISIONS.c.no.in_(newest))
        .group_by(DECISIONS.c.row, DECISIONS.c.issue.is_not(None))
    )
    counts: Counter[str] = Counter()
    with told_to_people(engine.url), engine.connect() as connection:
        for row, filed, findings in connection.execute(counted):
            counts[kind_of(told(row), issue=bool(filed))] += findings
    return counts


def budget(engine: Engine, now: datetime, allowed: Allowance) -> Budget:
    """What the account that wrote most may still write this hour, and the latest hold; raises `StoreError`."""
    spent = (
        select(func.count().label("spent"))
        .where(SPENDS.c.at > microseconds(now - _HOUR), SPENDS.c.content == 1)
        .group_by(SPENDS.c.account)
    )
    with told_to_people(engine.url), engine.connect() as connection:
        most = max(connection.scalars(spent), default=0)
        held = moment(connection.execute(select(func.max(HOLDS.c.until))).scalar())
    left = max(0, allowed.content_an_hour - most)
    return Budget(left, allowed.content_an_hour, held if held and held > now else None)
