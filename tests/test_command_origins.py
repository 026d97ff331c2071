"""Where the commands of a finding came from, once a clone of the project can be asked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from transcripts import Transcript

from bot import service, wiring
from bot.core.model import Finding
from bot.ingest import Silence
from bot.settings import Settings, Source

NOW = datetime(2026, 2, 10, tzinfo=UTC)
FAILURE = "Exit code 1\nModuleNotFoundError: No module named 'shopdata'"


@dataclass(frozen=True)
class KnownPlaces:
    """A clone of which it is known where commands stand."""

    places: Mapping[str, str]

    def mentions(self, commands: Sequence[str]) -> Mapping[str, str]:
        return {command: self.places[command] for command in commands if command in self.places}


def finding(folder: Path, **places: str) -> Finding:
    """The one finding of three people of whom each ran another command."""
    for person, command in (("ada", "make report"), ("ben", "make stats"), ("cy", "python x.py")):
        transcript = Transcript(person, cwd="/srv/shop").run(command, FAILURE, failed=True)
        transcript.write(folder / "sessions" / person / f"2026-02-02_{person}.jsonl")
    settings = Settings(sources=(Source(path=str(folder / "sessions")),), database="sqlite://")
    with wiring.build(settings, NOW, post=False) as (request, ports):
        known = KnownPlaces({name.replace("_", " "): place for name, place in places.items()})
        (found,) = service.run(request, replace(ports, codebase=known), Silence()).findings
    return found


def test_commands_of_the_projects_docs_count_as_such(tmp_path: Path) -> None:
    found = finding(tmp_path, make_report="README.md:3", make_stats="docs/stats.md:9")
    assert found.origins == (("agent", 1), ("docs", 2))
    assert sorted(each.origin for each in found.evidence) == ["agent", "docs:README.md:3", "docs:docs/stats.md:9"]


def test_where_the_docs_name_no_command_the_origins_stay(tmp_path: Path) -> None:
    assert finding(tmp_path).origins == (("agent", 3),)
