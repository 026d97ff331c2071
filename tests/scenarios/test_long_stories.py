"""Months of made-up stories: at every run the cycles of workers, which remember the past, decide what counting all of it does."""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.scenario_player import play
from tests.scenario_reading import read_scenarios

PEOPLE = ("ada", "ben", "cy", "dee", "eli", "fay")
KINDS = ("pandas", "numpy", "torch")
DAYS, FIRST = 90, "day 1   ada, ben, cy: fail pandas"
SAYINGS = ("silence 5d", "unsilence", "threshold sessions=5", "fixed", "notfixed", "ack", "evidence 5")


@pytest.mark.parametrize("seed", range(4))
def test_what_workers_decide_is_what_all_evidence_says(tmp_path: Path, seed: int) -> None:
    path = tmp_path / "story.txt"
    path.write_text("\n".join(["a long story", *(f"    {line}" for line in _story(random.Random(seed)))]))
    (story,) = read_scenarios(path)
    play(story, tmp_path / "stage")


def _story(chance: random.Random) -> Iterator[str]:
    """One kind of trouble that comes back in bursts, and others that go on below or about their threshold."""
    state = "open"
    yield "rule module-missing: sessions 3, people 2, within 7d, quiet 20d"
    yield FIRST
    yield "day 1   run -> open #1"
    for day in range(2, DAYS):
        for kind in KINDS:
            if chance.random() < (0.5 if kind != "pandas" else 0.9 * (day // 15 % 2)):
                who = ", ".join(chance.sample(PEOPLE, chance.choice((1, 1, 2))))
                yield f"day {day}   {who}: fail {kind}"
        if chance.random() < 0.15:
            yield f"day {day}   {', '.join(chance.sample(PEOPLE, 5))}: fail {chance.choice(KINDS)}"  # an outage
        if chance.random() < 0.3:
            yield f"day {day}   {', '.join(PEOPLE)}: work"
        if chance.random() < 0.05:
            yield f"day {day}   dana {'closes' if state == 'open' else 'reopens'} #1{' as completed' if state == 'open' else ''}"
            state = "closed" if state == "open" else "open"
        elif chance.random() < 0.05:
            yield f"day {day}   maya comments on #1: /friction {chance.choice(SAYINGS)}"
        if chance.random() < 0.2:  # few enough for what may be written in a minute
            yield f"day {day}   run"
    yield f"day {DAYS}   run"
