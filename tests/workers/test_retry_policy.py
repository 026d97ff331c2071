"""What is tried again, after how long, and what all the waiting adds up to."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
import redis
from hypothesis import given
from hypothesis import strategies as st
from kombu.exceptions import OperationalError

from bot.core.model import Problem
from bot.ports import StoreError, TrackerError
from workers.configuration import Spans
from workers.policy import WAITS, permanent, transient, wait
from workers.site import MisconfiguredError

SPANS = Spans.of(timedelta(minutes=20))


def test_all_waits_of_a_transient_error_add_up_to_ten_minutes() -> None:
    assert sum(WAITS) == 615
    assert sum(each / 2 for each in WAITS) == 307.5


@given(st.integers(0, 20), st.integers(1, 7200))
def test_every_wait_is_jittered_and_no_longer_than_the_longest(retries: int, limit: int) -> None:
    longest = Spans.of(timedelta(seconds=limit)).longest
    most = min(WAITS[min(retries, 6)], longest.total_seconds())
    assert most / 2 <= wait(retries, longest).total_seconds() <= most


@given(st.integers(1, 72_000))
def test_a_message_is_never_taken_for_lost_while_its_task_waits_or_works(limit: int) -> None:
    spans = Spans.of(timedelta(seconds=limit))
    assert spans.soft < spans.hard
    assert spans.unseen > 2 * spans.hard + spans.longest


@pytest.mark.parametrize(("ends_in", "least", "most"), [(-60, 2.5, 5), (60, 62.5, 65), (3600, 300, 300)])
def test_a_rate_limit_is_waited_out_but_not_beyond_the_longest_wait(ends_in: int, least: float, most: float) -> None:
    waited = wait(0, SPANS.longest, timedelta(seconds=ends_in)).total_seconds()
    assert least <= waited <= most


@pytest.mark.parametrize(
    "error",
    [
        StoreError("database_unreachable", "gone"),
        StoreError("database_busy", "locked"),
        StoreError("database_full", "no room"),
        TrackerError("rate_limited", "later", until=datetime(2026, 2, 1, tzinfo=UTC)),
        TrackerError("connection_lost", "cut"),
        redis.ConnectionError("refused"),
        redis.TimeoutError("slow"),
        OperationalError("broker"),
    ],
    ids=lambda error: getattr(error, "code", type(error).__name__),
)
def test_what_passes_by_itself_is_transient(error: Exception) -> None:
    assert transient(error)
    assert not permanent(error)


@pytest.mark.parametrize(
    "error",
    [
        StoreError("database_denied", "password"),
        StoreError("database_newer", "upgrade"),
        TrackerError("bad_credentials", "token"),
        TrackerError("forbidden", "scope"),
        MisconfiguredError([Problem("settings_value", "workers.batch", "write a number")]),
    ],
    ids=lambda error: error.code,
)
def test_what_comes_back_every_time_is_permanent(error: Exception) -> None:
    assert permanent(error)
    assert not transient(error)


def test_a_bug_of_ours_is_neither() -> None:
    assert not permanent(KeyError("x"))
    assert not transient(KeyError("x"))
