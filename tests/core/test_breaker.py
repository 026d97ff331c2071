"""The breaker: rules that suddenly match far more than they used to."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from cases import finding
from made import rule

from bot.core.breaker import held, levels

TODAY = date(2026, 2, 20)


def days(*most: int) -> dict[date, int]:
    """The levels of the days before today, yesterday's last."""
    return {TODAY - timedelta(days=ago): level for ago, level in zip(range(len(most), 0, -1), most, strict=True)}


@pytest.mark.parametrize(
    ("before", "now", "trips"),
    [
        (days(4, 5, 4), 24, False),
        (days(4, 5, 4), 25, True),
        (days(0, 0, 0), 19, False),
        (days(0, 0, 0), 20, True),
        (days(30), 149, False),
        (days(30), 150, True),
        ({}, 500, False),
        ({TODAY: 3}, 500, False),
        ({TODAY - timedelta(days=15): 3}, 500, False),
    ],
)
def test_a_rule_trips_at_five_times_its_busiest_day_and_twenty_sessions(
    before: dict[date, int], now: int, *, trips: bool
) -> None:
    assert bool(held({"some-rule": now}, {"some-rule": before}, TODAY)) is trips


def test_it_says_what_was_matched_before_and_lets_go_the_day_after() -> None:
    reason = held({"some-rule": 40}, {"some-rule": days(2, 3)}, TODAY)["some-rule"]
    assert reason.startswith(
        "some-rule is held back until tomorrow: it matches 40 sessions, and at most 3 on the days before"
    )
    assert held({"some-rule": 41}, {"some-rule": days(2, 40)}, TODAY) == {}


def test_levels_add_up_the_windows_of_all_findings_of_a_rule() -> None:
    other = rule("other-rule", sessions=2, people=2)
    found = (finding(2), finding(3), finding(4, other))
    assert levels(found, ("some-rule", "other-rule", "third-rule")) == {
        "some-rule": 5,
        "other-rule": 4,
        "third-rule": 0,
    }
