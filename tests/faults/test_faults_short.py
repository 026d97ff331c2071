"""The short set of the fault suite, and that it can fail: bugs that are planted on purpose are caught by it.

`make faults` plays all of it. `python -m tests.faults.run_faults --help` says how to play a single schedule.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.faults.schedule import SCHEDULED, named, random
from tests.faults.troubles import KILLS, LIMITS, LISTS, REFUSALS, STOPS, UNCLEAR

ROOT = Path(__file__).parents[2]


def played(*arguments: str) -> Any:
    """What came of some schedules; they are played outside of this process, which has threads and may not fork."""
    command = [sys.executable, "-m", "tests.faults.run_faults", "--json", *arguments]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.stdout, done.stderr[-5000:]
    return json.loads(done.stdout)


def test_thirty_schedules_of_faults_end_with_one_issue_each_and_nothing_said_twice(postgres_server: str) -> None:
    result = played("--short", "--server", postgres_server)
    assert result["why"] == {}
    assert result["schedules"] >= 30
    assert sum(result["hit"].values()) >= 25


@pytest.mark.parametrize(("bug", "schedules"), [
    ("retry", ["8"]),
    ("resend", ["8"]),
    ("no-intents", ["unanswered"]),
    ("no-lease", ["twins:postgresql:2", "twins:postgresql:3", "twins:postgresql:4", "twins:sqlite:3"]),
])  # fmt: skip
def test_a_bug_that_is_planted_breaks_what_must_be_true(bug: str, schedules: list[str], postgres_server: str) -> None:
    result = played("--plant", bug, "--server", postgres_server, *schedules)
    assert any("filed again" in what for found in result["why"].values() for what in found)


def test_a_seed_is_always_the_same_schedule() -> None:
    assert str(random(7)) == str(named("7"))
    assert str(random(7)) != str(random(8))


def test_the_seeds_of_the_long_set_hold_every_trouble_there_is() -> None:
    kinds = {
        trouble.kind for seed in range(1, SCHEDULED + 1) for step in random(seed).steps for trouble in step.troubles
    }
    assert kinds == {*UNCLEAR, *LIMITS, *REFUSALS, *LISTS, *KILLS, *STOPS}


def test_the_name_of_a_kill_says_where_it_happens() -> None:
    schedule = named("kill-after:2:commit:3")
    assert [str(trouble) for step in schedule.steps for trouble in step.troubles] == ["kill after @ commit 3"]
    assert schedule.steps[1].troubles
