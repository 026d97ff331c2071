"""Whose sessions are, over several runs with one database, as the settings of each run say."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from transcripts import Transcript

from bot import service, wiring
from bot.ingest import Silence
from bot.settings import People, Settings, Source

NOW = datetime(2026, 2, 10, tzinfo=UTC)
FAILURE = "Exit code 1\nModuleNotFoundError: No module named 'shopdata'"


def people_of(folder: Path, **aliases: str) -> tuple[int, int]:
    """How many people a run with these aliases counts in its one finding, and how many files it read."""
    settings = Settings(
        sources=(Source(path=str(folder / "sessions")),),
        database=f"sqlite:///{folder / 'bot.db'}",
        people=People(aliases=aliases),
    )
    with wiring.build(settings, NOW, post=False) as (request, ports):
        report = service.run(request, ports, Silence())
    (finding,) = report.findings
    return finding.total.people, report.stats.read


def test_an_alias_joins_and_parts_what_was_read_before_it_was_written(tmp_path: Path) -> None:
    for person in ("ada", "lovelace", "ben"):
        transcript = Transcript(person, cwd="/srv/shop").run("python report.py", FAILURE, failed=True)
        transcript.write(tmp_path / "sessions" / person / f"2026-02-02_{person}.jsonl")
    assert people_of(tmp_path) == (3, 3)
    assert people_of(tmp_path, lovelace="ada") == (2, 0)
    assert people_of(tmp_path) == (3, 0)


def test_a_file_name_that_is_no_unicode_is_read_like_any_other(tmp_path: Path) -> None:
    raw = Transcript("s1", cwd="/srv/shop").run("python report.py", FAILURE, failed=True).bytes()
    (tmp_path / "sessions").mkdir()
    (tmp_path / "sessions" / "caf\udce9_2026-02-02_s1.jsonl").write_bytes(raw)
    assert people_of(tmp_path) == (1, 1)
