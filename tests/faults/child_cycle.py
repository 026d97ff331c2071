"""One cycle of the bot in a process of its own, which can end or stop at any commit of its database."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, Pool, event

from bot import service, wiring
from bot.adapters.github import GithubTracker
from bot.adapters.github_auth import Credentials
from bot.adapters.github_http import Patience
from bot.adapters.governor import GovernedTracker
from bot.ingest import Silence
from bot.ports import Allowance, Store
from bot.settings import Settings
from tests.faults.plants import plant

Clock = Callable[[], datetime]
Tell = Callable[[Mapping[str, Any]], None]
_ALLOWANCE = Allowance(pause=timedelta(0))  # a second between two writes would be the most of a schedule


def cycle(order: Mapping[str, Any], clock: Clock, tell: Tell) -> None:
    """Run one cycle as an order says, and tell what came of it.

    An order has `settings`, `now`, `settle` and `lease` (seconds), `timeout` (of each request, seconds), `plant`, and
    `commits`: pairs of a kind of trouble and the number of the commit that it happens at.
    """
    if order["plant"]:
        plant(order["plant"])
    count = _Commits([(kind, nth) for kind, nth in order["commits"]], tell)
    now = datetime.fromisoformat(order["now"])
    settings = Settings(**order["settings"])
    # Without posting no scanner is made: it costs more than all the rest of a cycle, and has no part in filing once.
    with wiring.build(settings, now, post=False) as (made, ports):
        settle, lease = timedelta(seconds=order["settle"]), timedelta(seconds=order["lease"])
        request = replace(made, post=True, settle=settle, lease=lease)
        with _tracker(settings, order, clock, ports.store) as tracker:
            governed = GovernedTracker(tracker, ports.store, tracker.login, clock, _ALLOWANCE)
            report = service.run(request, replace(ports, tracker=governed, clock=clock), Silence())
    tell({
        "rows": [[action.action, action.row, action.issue] for action in report.plan],
        "outcomes": [[each.action, each.issue, each.error] for each in report.outcomes],
        "problems": [[problem.code, problem.message] for problem in report.problems],
        "commits": count.number,
    })  # fmt: skip


def _tracker(settings: Settings, order: Mapping[str, Any], clock: Clock, store: Store) -> GithubTracker:
    """GitHub as the settings reach it, but with less patience, and by the schedule's clock."""
    patience = Patience(timeout=order["timeout"], tries=2, pause=0.01)
    return GithubTracker(
        Credentials.of(settings.github), api_url=settings.github.api_url, patience=patience, cache=store, clock=clock
    )


class _Commits:
    """Counts the commits of this process, and ends or stops it before or after those that it was told."""

    def __init__(self, troubles: Sequence[tuple[str, int]], tell: Tell) -> None:
        self.number = 0
        self._troubles, self._tell, self._over = troubles, tell, False
        event.listen(Engine, "commit", self._before)
        event.listen(Pool, "reset", self._after)

    def _before(self, _connection: object) -> None:
        self.number += 1
        self._over = True
        self._happen("before")

    def _after(self, *_: object) -> None:
        """The connection goes back to its pool: what was committed is."""
        if self._over:
            self._over = False
            self._happen("after")

    def _happen(self, when: str) -> None:
        for kind, nth in self._troubles:
            if nth == self.number and kind.endswith(when):
                self._tell({"hit": [kind, nth]})
                os.kill(os.getpid(), signal.SIGKILL if kind.startswith("kill") else signal.SIGSTOP)


def settings_of(folder: Path, database: str, url: str, token: str, repository: str) -> dict[str, Any]:
    """The settings of a bot whose sessions and rules lie in a folder."""
    return {
        "sources": [{"path": str(folder / "sessions")}],
        "rules": [str(folder / "rules")],
        "templates": str(folder / "templates"),
        "database": database,
        "repository": repository,
        "github": {"api_url": url, "token": token},
        "limits": {"pause": "0s"},
    }
