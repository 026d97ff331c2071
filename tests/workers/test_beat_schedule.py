"""The schedule as data: intervals of the settings, jitter that is the same for one tick, messages that expire."""

from __future__ import annotations

import pickle
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from bot.settings.operation import Workers
from workers.configuration import ROUTES
from workers.schedule import Tick, schedule

WORKERS = Workers()
LAST = datetime(2026, 2, 1, 12, tzinfo=UTC)


def test_every_interval_of_the_settings_has_its_tick() -> None:
    entries = schedule(WORKERS)
    assert {name: (entry["task"], entry["kwargs"]["every"]) for name, entry in entries.items()} == {
        "ingest": ("ingest.discover", 300.0),
        "evaluate": ("evaluate.derive", 300.0),
        "comments": ("github.comments", 120.0),
        "reconcile": ("github.reconcile", 21600.0),
        "housekeeping": ("upkeep.housekeeping", 3600.0),
        "beat": ("upkeep.beat", 30.0),
    }


def test_a_tick_expires_when_the_next_one_is_due() -> None:
    assert all(entry["options"]["expires"] == entry["kwargs"]["every"] for entry in schedule(WORKERS).values())


def test_every_task_of_the_schedule_has_a_route() -> None:
    assert {f"{entry['task'].partition('.')[0]}.*" for entry in schedule(WORKERS).values()} <= set(ROUTES)


@given(st.datetimes(timezones=st.just(UTC)), st.integers(1, 3600), st.integers(0, 600))
def test_jitter_is_later_by_at_most_a_quarter_and_the_same_when_asked_again(
    last: datetime, interval: int, jitter: int
) -> None:
    tick = Tick("ingest", timedelta(seconds=interval), timedelta(seconds=jitter))
    assert timedelta(0) <= tick.delay(last) <= min(timedelta(seconds=jitter), timedelta(seconds=interval) / 4)
    assert tick.delay(last) == pickle.loads(pickle.dumps(tick)).delay(last)


def test_ticks_of_one_moment_and_of_one_name_drift_apart() -> None:
    ticks = [Tick(name, timedelta(minutes=5), timedelta(seconds=15)) for name in ("ingest", "evaluate")]
    delays = {tick.delay(LAST + timedelta(hours=hour)) for tick in ticks for hour in range(10)}
    assert len(delays) == 20


def test_a_tick_is_due_after_interval_and_jitter() -> None:
    now = [LAST]
    tick = Tick("ingest", timedelta(minutes=5), timedelta(seconds=15), nowfun=lambda: now[0])
    now[0] = LAST + timedelta(minutes=5) + tick.delay(LAST) - timedelta(seconds=1)
    assert not tick.is_due(LAST).is_due
    now[0] += timedelta(seconds=1)
    assert tick.is_due(LAST).is_due
