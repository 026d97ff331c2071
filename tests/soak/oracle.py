"""What a fresh single process makes of the same files and the same GitHub: what the workers' memory is measured by."""

from __future__ import annotations

import signal
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from pydantic import SecretStr

from bot import service, wiring
from bot.adapters.sources import FileSources
from bot.core.model import Problem, Session, Signal
from bot.core.report import Report
from bot.ingest import Silence
from bot.ports import Shelf, SourceFile, Sources
from bot.settings import Settings
from tests.soak.github_stand import ORACLE_TOKEN

_HUNG = 120  # seconds


@dataclass(frozen=True)
class Truth:
    """A fresh reading: its sessions, signals and conversations, and what its run would do on GitHub."""

    sessions: tuple[Session, ...]
    signals: tuple[Signal, ...]
    conversations: Mapping[str, str]
    report: Report


@contextmanager
def _in_time(seconds: int) -> Iterator[None]:
    """Raises `TimeoutError` where what is in it does not come to an end; for the main thread."""

    def late(*_: object) -> None:
        raise TimeoutError(f"a fresh process was not done within {seconds} s")

    before = signal.signal(signal.SIGALRM, late)
    signal.alarm(seconds)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)


def truth(settings: Settings, now: datetime, without: Collection[str]) -> Truth:
    """What a fresh process reads, and would do; the files that are poison are left out."""
    github = settings.github.model_copy(update={"token": SecretStr(ORACLE_TOKEN)})
    fresh = settings.model_copy(update={"database": "sqlite://", "github": github})
    with _in_time(_HUNG), wiring.build(fresh, now, post=False) as (request, ports):
        sources = Without([source.path for source in settings.sources], frozenset(without))
        report = service.run(request, replace(ports, sources=sources), Silence())
        store = ports.store
        return Truth(tuple(store.sessions()), tuple(store.signals()), store.conversations(), report)


def filed(settings: Settings, now: datetime, without: Collection[str]) -> Report:
    """A whole run as of a moment over the workers' own memory, which files what is to be filed."""
    with _in_time(_HUNG), wiring.build(settings, now, post=True) as (request, ports):
        sources = Without([source.path for source in settings.sources], frozenset(without))
        return service.run(request, replace(ports, sources=sources), Silence())


class Without:
    """Sources (`bot.ports.Sources`) without some of their files."""

    def __init__(self, paths: Collection[str], without: Collection[str]) -> None:
        self._sources: Sources = FileSources(tuple(paths))
        self._without = without

    def discover(self) -> Iterator[SourceFile | Problem]:
        return (
            file for file in self._sources.discover() if isinstance(file, Problem) or file.path not in self._without
        )

    def shelves(self) -> Iterator[Shelf | Problem]:
        for shelf in self._sources.shelves():
            if isinstance(shelf, Problem):
                yield shelf
            else:
                yield shelf._replace(entries=tuple(each for each in shelf.entries if not self._is_out(shelf, each[0])))

    def now(self, file: SourceFile) -> SourceFile:
        return self._sources.now(file)

    def _is_out(self, shelf: Shelf, name: str) -> bool:
        return f"{shelf.folder}/{name}" in self._without

    def __getattr__(self, name: str) -> Any:
        return getattr(self._sources, name)
