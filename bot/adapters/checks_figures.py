"""Figures of the memory for `frictionbot status`: what the newest decisions come to, and what may still be written."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from datetime import datetime, timedelta

from sqlalchemy import Engine, func, select

from bot.adapters.store_budget import held_until, most_spent
from bot.adapters.store_codec import stored, told
from bot.adapters.store_engine import reading
from bot.adapters.store_schema import DECISIONS
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
    with reading(engine) as connection:
        for row, filed, findings in connection.execute(counted):
            counts[kind_of(told(row), issue=bool(filed))] += findings
    return counts


def budget(engine: Engine, now: datetime, allowed: Allowance) -> Budget:
    """What the account that wrote most may still write this hour, and the latest hold; raises `StoreError`."""
    with reading(engine) as connection:
        left = max(0, allowed.content_an_hour - most_spent(connection, _HOUR, now))
        return Budget(left, allowed.content_an_hour, held_until(connection, now))
