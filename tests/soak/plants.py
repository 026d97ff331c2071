"""Bugs that are planted on purpose, in the workers of a soak and at run time only, to show that the soak finds them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from celery import Celery, signals

from bot.adapters.upkeep import SqlUpkeep
from tests.faults.plants import PLANTS as FAULTS

_KEPT: list[bytearray] = []


def plant(folder: Path, app: Celery) -> None:
    """Plant the bug that a file in the folder names; raises `KeyError`."""
    place = folder / "plant"
    if place.exists():
        PLANTS[place.read_text()](app)


def _truth_in_redis(app: Celery) -> None:
    """Batches of which only their message knows: acknowledged before they are read, never sent again."""
    app.conf.update(task_acks_late=False, task_reject_on_worker_lost=False)

    def nothing(self: SqlUpkeep, *_: Any) -> tuple[()]:
        return ()

    outstanding = SqlUpkeep.outstanding
    SqlUpkeep.abandoned = nothing  # type: ignore[method-assign]
    SqlUpkeep.outstanding = lambda self, since: outstanding(self, since.replace(year=2000))  # type: ignore[method-assign]


def _leaky(_: Celery) -> None:
    """Every task leaves four megabytes behind."""
    signals.task_postrun.connect(lambda **_: _KEPT.append(bytearray(b"x") * 2**22), weak=False)


def _never_aside(_: Celery) -> None:
    """Batches whose tries are never counted: what kills its reader is read for ever."""
    begin = SqlUpkeep.begin
    SqlUpkeep.begin = lambda self, batch: (found := begin(self, batch)) and found._replace(tries=1)  # type: ignore[method-assign]


def _of_faults(bug: Callable[[], None]) -> Callable[[Celery], None]:
    return lambda _: bug()


PLANTS: Mapping[str, Callable[[Celery], None]] = {
    **{name: _of_faults(bug) for name, bug in FAULTS.items()},
    "truth-in-redis": _truth_in_redis,
    "leaky": _leaky,
    "never-aside": _never_aside,
}
