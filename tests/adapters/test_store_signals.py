"""Copies of one signal become one, whatever the order they come in."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import permutations

from bot.adapters.store_signals import one
from bot.core.model import Signal

NOON = datetime(2026, 2, 3, 12, tzinfo=UTC)


def test_three_copies_become_the_same_one_in_any_order() -> None:
    copies = [
        Signal("r", "s", "e", (), NOON, None, excerpt="cut", place="b:1"),
        Signal("r", "s", "e", (), NOON, NOON + timedelta(minutes=2), place="a:2"),
        Signal("r", "s", "e", (), None, NOON + timedelta(minutes=1), place="a:2"),
    ]

    ends = {one(one(a, b), c) for a, b, c in permutations(copies)} | {
        one(a, one(b, c)) for a, b, c in permutations(copies)
    }

    assert ends == {Signal("r", "s", "e", (), NOON, NOON + timedelta(minutes=1), place="a:2")}
