"""Commands over the real parts: transcripts on the disk, the shipped rules, a SQLite file."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from bot.commands.work import RealWork
from tests.shells import NOW, typed
from tests.transcripts import Transcript

MISSING = "Exit code 1\nModuleNotFoundError: No module named 'pandas'"


@pytest.fixture
def team(tmp_path: Path) -> Path:
    for number, person in enumerate(("alice", "bob", "alice")):
        transcript = Transcript(f"s{number}", start=NOW - timedelta(days=number + 1))
        transcript.prompt("make the report").run("python report.py", MISSING, failed=True).says("It needs pandas.")
        transcript.write(tmp_path / "team" / person / f"2026-02-1{number}_s{number}.jsonl")
    return tmp_path / "team"


def test_sessions_are_read_from_the_disk(team: Path) -> None:
    totals = typed("sessions", "stats", "--source", str(team), "--format", "json", work=RealWork()).json["totals"]
    assert (totals["sessions"], totals["people"], totals["prompts"], totals["failures"]) == (3, 2, 3, 3)


def test_a_run_finds_friction_and_the_next_reads_nothing_again(team: Path) -> None:
    argv = ["run", "--source", str(team), "--repo", "acme/agents", "--database", f"sqlite:///{team.parent}/bot.db"]
    first, second = (typed(*argv, "--format", "json", work=RealWork()) for _ in range(2))
    assert (first.code, first.err) == (0, "")
    assert [(each["rule"], each["state"], each["sessions"]) for each in first.json["findings"]] == [
        ("python-module-missing", "active", 3)
    ]
    assert [(each["action"], each["title"]) for each in first.json["plan"]] == [("open", "Python cannot import pandas")]
    assert (first.json["sessions"]["read"], second.json["sessions"]["read"]) == (3, 0)
    assert second.json["sessions"]["unchanged"] == 3
    assert second.json["findings"] == first.json["findings"]


def test_a_database_that_cannot_be_opened_is_said_and_the_rest_goes_on(team: Path) -> None:
    argv = ["run", "--source", str(team), "--database", f"sqlite:///{team}", "--format", "json"]
    said = typed(*argv, work=RealWork())
    assert (said.code, said.json["problems"][0]["place"]) == (1, "database")
    assert said.json["sessions"]["read"] == 3
