"""This machine's clock beside others: the way of an answer is no skew."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from bot.adapters.checks_clock import clock_check, clock_checks
from bot.core.diagnosis import Outcome
from bot.ports import StoreError

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("seconds", "outcome", "found"),
    [
        (0, Outcome.OK, "it agrees with GitHub to within 2 s"),
        (3, Outcome.OK, "it agrees with GitHub to within 2 s"),
        (13, Outcome.WARNING, "this machine is 10 s behind GitHub"),
        (-12, Outcome.WARNING, "this machine is 11 s ahead of GitHub"),
        (64, Outcome.FAILED, "this machine is 61 s behind GitHub"),
        (-3700, Outcome.FAILED, "this machine is 61 min ahead of GitHub"),
        (3 * 86400, Outcome.FAILED, "this machine is 2 days behind GitHub"),
    ],
)
def test_a_difference_beyond_the_way_of_the_answer_is_told(seconds: int, outcome: Outcome, found: str) -> None:
    check = clock_check("GitHub", NOW + timedelta(seconds=seconds), NOW, NOW + timedelta(seconds=2))
    assert (check.outcome, check.found) == (outcome, found)


def test_a_clock_that_cannot_be_asked_is_passed_over() -> None:
    def broken() -> datetime:
        raise StoreError("database_unreachable", "gone")

    others = {"the database": broken, "a file": lambda: None, "Redis": lambda: NOW}
    assert [(check.place, check.outcome) for check in clock_checks(lambda: NOW, others)] == [
        ("the database", Outcome.SKIPPED),
        ("Redis", Outcome.OK),
    ]
