"""Outages: one signature that hits most people within an hour counts as one session of one person."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from made import NOW, days_ago, origin, rule, signal

from bot.core.count import count
from bot.core.model import Count, Finding, Signal, Span

RULE = rule(sessions=3, people=2)
NOON = days_ago(2)


def at(minutes: float) -> float:
    """Days before now, for so many minutes after noon two days ago."""
    return 2 - minutes / 1440


def counted(hit: int, working: int, minutes: float = 10.0) -> Finding:
    """The finding of people p1, p2, … of whom some were hit one after the other, all working around that hour."""
    blocks = (Span(NOON - timedelta(minutes=30), NOON + timedelta(hours=3)),)
    whose = {f"s{number}": origin(f"s{number}", f"p{number}", blocks=blocks) for number in range(1, working + 1)}
    signals = [signal(f"s{number}", at(minutes * (number - 1))) for number in range(1, hit + 1)]
    (found,) = count(signals, whose, [RULE], NOW)
    return found


@pytest.mark.parametrize(
    ("hit", "working", "minutes", "sessions"),
    [
        (5, 9, 10.0, 1),
        (5, 10, 10.0, 5),
        (4, 4, 10.0, 4),
        (5, 5, 14.9, 1),
        (5, 5, 15.0, 5),
    ],
)
def test_most_of_at_least_five_people_within_an_hour_is_one_outage(
    hit: int, working: int, minutes: float, sessions: int
) -> None:
    found = counted(hit, working, minutes)
    assert found.in_window.sessions == sessions
    assert found.total == Count(hit, hit, hit)


def test_an_outage_alone_is_below_the_threshold_and_other_evidence_still_counts() -> None:
    assert counted(6, 6).state == "below"
    blocks = (Span(NOON, NOON + timedelta(hours=1)),)
    whose = {f"s{number}": origin(f"s{number}", f"p{number}", blocks=blocks) for number in range(1, 10)}
    signals = [signal(f"s{number}", at(number)) for number in range(1, 7)]
    later = [signal("s7", 1), signal("s8", 0.5)]
    (found,) = count([*signals, *later], whose, [RULE], NOW)
    assert (found.in_window, found.state) == (Count(3, 3, 8), "active")


def test_two_outages_count_as_two() -> None:
    blocks = (Span(NOON, NOON + timedelta(days=1)),)
    whose = {f"s{number}": origin(f"s{number}", f"p{number}", blocks=blocks) for number in range(1, 6)}
    signals = [signal(f"s{number}", at(start + number)) for start in (0, 600) for number in range(1, 6)]
    (found,) = count(signals, whose, [RULE], NOW)
    assert found.in_window.sessions == 2
    assert len(set(found.outages.values())) == 2


@given(
    st.permutations(
        [signal(f"s{number}", at(minutes)) for number, minutes in enumerate((0, 5, 9, 70, 71, 75, 79, 80), 1)]
    )
)
def test_the_order_of_the_signals_changes_no_outage(signals: list[Signal]) -> None:
    whose = {
        f"s{number}": origin(f"s{number}", f"p{number}", blocks=(Span(NOON, NOON + timedelta(hours=2)),))
        for number in range(1, 9)
    }
    (found,) = count(signals, whose, [RULE], NOW)
    assert found.in_window == Count(4, 4, 8)
