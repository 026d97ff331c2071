"""Deriving works out of every session what it can: one that some rule fails on costs that rule, in that session."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from bot import service, wiring
from bot.core.model import Session
from bot.deriving import EverybodyKept, KnownPeople, Names
from bot.ingest import Silence, Whose
from bot.settings import Settings, Source
from tests.fakes_ledger import RememberingLedger
from tests.fakes_store import RememberingStore

NOW = datetime(2026, 2, 15, 9, tzinfo=UTC)
SESSIONS = Path(__file__).parent.parent / "bot" / "demo" / "sessions"


def _settings(folder: Path, **more: Any) -> Settings:
    return Settings(sources=(Source(path=str(SESSIONS)),), database=f"sqlite:///{folder / 'bot.db'}", **more)


def test_everything_is_derived_once_and_nothing_the_second_time(tmp_path: Path) -> None:
    with wiring.build(_settings(tmp_path), NOW, post=False) as (request, ports):
        report = service.run(request, ports, Silence())
        assert ports.ledger.stale(1000).sessions == ()
        assert len(list(ports.ledger.briefs())) == report.stats.sessions > 10


class Damaged:
    """A store whose sessions lost how long their calls took, which no reader ever leaves out."""

    def __init__(self, store: Any) -> None:
        self._store = store

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)

    def sessions(self, ids: Iterable[str] | None = None) -> Iterator[Session]:
        for session in self._store.sessions(ids):
            yield replace(session, steps=tuple(step._replace(elapsed=None) for step in session.steps))


def test_a_rule_that_fails_on_a_session_costs_nothing_else(tmp_path: Path) -> None:
    with wiring.build(_settings(tmp_path), NOW, post=False) as (request, ports):
        report = service.run(request, replace(ports, store=Damaged(ports.store)), Silence())
        failures = ports.upkeep.failures()
    assert {failure.code for failure in failures} == {"unexpected"}
    assert all(failure.place.startswith("slow-command: ") for failure in failures)
    found = {finding.rule for finding in report.findings if finding.state == "active"}
    assert "slow-command" not in found
    assert {"permission-denied", "python-module-missing"} <= found


def test_people_are_looked_up_only_when_somebody_asks() -> None:
    names = Names(Whose({}, {"ada.l": "ada"}), b"", show=True)

    class Asked:
        times = 0

        def people(self) -> list[str]:
            self.times += 1
            return ["ada.l", "Ben", ""]

    ledger = Asked()
    known = KnownPeople(ledger, names)  # type: ignore[arg-type]
    assert ledger.times == 0
    assert dict(known) == {"ada": "ada", "ben": "Ben"}
    assert ledger.times == 1


def test_the_crowd_joins_people_under_their_one_name() -> None:
    ledger = RememberingLedger(RememberingStore())
    crowd = EverybodyKept(ledger, Whose({}, {"ada.l": "ada"}))
    assert crowd.working(0) == frozenset()
    assert crowd.began(["ada"], NOW - timedelta(days=1), NOW) == 0


def test_a_part_that_has_nothing_to_look_at_finds_nothing(tmp_path: Path) -> None:
    with wiring.build(_settings(tmp_path), NOW, post=False) as (request, ports):
        service.run(request, ports, Silence())
        report = service.run(replace(request, whole=False), ports, Silence())
    assert report.findings != ()  # without a tracker nothing was settled: it was never evaluated
