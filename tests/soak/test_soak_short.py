"""A short soak: real workers, beat, Redis, PostgreSQL and GitHub's stand-in, killed and lost while people work.

`make soak` plays twenty minutes of it. `python -m tests.soak.run_soak --help` says how to play a single trouble or a bug.
"""

from __future__ import annotations

import json
import subprocess
import sys
from itertools import islice
from pathlib import Path
from typing import Any

from tests.soak.schedule import ON_SERVER, TROUBLES, rounds

ROOT = Path(__file__).parents[2]


def played(*arguments: str) -> Any:
    """What came of a soak, in a process of its own: it looks after processes, and takes signals."""
    command = [sys.executable, "-m", "tests.soak.run_soak", "--json", "--crew", "short", *arguments]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=280)
    assert done.stdout, done.stderr[-5000:]
    return json.loads(done.stdout)


def test_workers_that_are_killed_ingest_each_session_once_and_keep_one_issue_for_each_finding() -> None:
    result = played("--seed", "41", "--rounds", "3", "--kinds", "kill worker,flush redis,stop postgres,kill beat")
    assert result["broken"] == []
    assert sum(result["troubles"].values()) >= 3
    assert result["sessions"] >= 12
    assert result["issues"] == result["stories"] >= 4


def test_a_seed_is_always_the_same_soak() -> None:
    first, again, other = ([str(each) for each in islice(rounds(seed, server=True), 20)] for seed in ("7", "7", "8"))
    assert first == again
    assert first != other


def test_the_rounds_of_twenty_minutes_hold_every_trouble_there_is() -> None:
    held = {trouble.kind for each in islice(rounds("1", server=True), 40) for trouble in each.troubles}
    assert held == {*TROUBLES}


def test_no_round_on_a_file_has_trouble_with_a_database_server() -> None:
    held = {trouble.kind for each in islice(rounds("2", server=False), 60) for trouble in each.troubles}
    assert held == {*TROUBLES} - ON_SERVER
