"""What beat sends when, as data made from the settings.

Two beats by mistake are harmless: a tick claims its turn in the store, and of two within one interval the second goes away
(`workers.turns`). A tick that waited longer than its interval is dropped by Celery (`expires`), so that workers that were
stopped for a day come back to one tick of each kind, not to hundreds.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any

from celery.schedules import schedule as every

from bot.core.lag import BEAT
from bot.settings.operation import Workers

_NEVER = datetime(2000, 1, 1, tzinfo=UTC)  # what has no last run yet is due at once


class Tick(every):  # type: ignore[misc]  # Celery has no types
    """A schedule that comes up to `jitter` later than its interval.

    How much later is a digest of name and last run: another amount at each tick, so that installations drift apart, and
    the same amount however often beat asks about one tick.
    """

    def __init__(self, name: str, interval: timedelta, jitter: timedelta, **named: Any) -> None:
        super().__init__(run_every=interval, **named)
        self.name = name
        self.jitter = min(jitter, interval / 4)

    def remaining_estimate(self, last_run_at: datetime) -> timedelta:
        """How long until the next tick."""
        remaining: timedelta = super().remaining_estimate(last_run_at)
        return remaining + self.delay(last_run_at)

    def delay(self, last_run_at: datetime) -> timedelta:
        """By how much the tick after a run comes later."""
        drawn = sha256(f"{self.name} {last_run_at.isoformat()}".encode()).digest()
        return self.jitter * (int.from_bytes(drawn[:4], "big") / 2**32)

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self.name, self.run_every, self.jitter)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Tick) and self.__reduce__() == other.__reduce__()

    def __hash__(self) -> int:
        return hash((self.name, self.run_every, self.jitter))


def schedule(workers: Workers) -> Mapping[str, Mapping[str, Any]]:
    """Name → entry of Celery's `beat_schedule`; a tick's own name goes with it as `tick`."""
    ticks = (
        ("ingest", "ingest.discover", workers.ingest),
        ("evaluate", "evaluate.derive", workers.evaluate),
        ("comments", "github.comments", workers.comments),
        ("reconcile", "github.reconcile", workers.reconcile),
        ("housekeeping", "upkeep.housekeeping", workers.housekeeping),
        ("beat", "upkeep.beat", BEAT),
    )
    return {name: _entry(name, task, interval, workers.jitter) for name, task, interval in ticks}


def _entry(name: str, task: str, interval: timedelta, jitter: timedelta) -> Mapping[str, Any]:
    return {
        "task": task,
        "schedule": Tick(name, interval, jitter),
        "kwargs": {"tick": name, "every": interval.total_seconds()},
        "options": {"expires": interval.total_seconds()},
        "last_run_at": _NEVER,
    }
