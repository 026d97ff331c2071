"""The work that commands ask for, done with the real parts."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from bot import service, wiring
from bot.core.model import Problem, Session
from bot.core.report import Report
from bot.ingest import Watch
from bot.settings import Settings


class RealWork:
    """Sessions, database and GitHub as the settings name them."""

    def run(self, settings: Settings, now: datetime, watch: Watch, *, post: bool) -> Report:
        """One whole cycle. Raises `StoreError` where the database cannot be used."""
        with wiring.build(settings, now, post=post) as (request, ports):
            return service.run(request, ports, watch)

    def read(self, settings: Settings, watch: Watch) -> tuple[Sequence[Session], Sequence[Problem]]:
        """The sessions of all sources, read afresh, in order of start, and what could not be read."""
        sources, whose = wiring.reader(settings)
        sessions, problems, _ = service.read_sessions(sources, whose, watch)
        return sessions, problems
