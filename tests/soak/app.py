"""`workers.app` as a soak runs it: years in minutes, a clock that can be moved, a reader that dies of poison, planted bugs.

`celery --app tests.soak.app worker …`, with SOAK_FOLDER naming a folder. The file `clock` in it has the seconds by which the
tasks' clock is off, `plant` the name of a bug. What the product itself decides by fixed lengths of time (how long a worker
that died keeps others from a repository, or from an issue) is made a twentieth, so that minutes show it.
"""

from __future__ import annotations

import faulthandler
import logging
import os
import signal
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from celery import signals
from sqlalchemy import Connection, Engine, event

from bot import wiring
from bot.adapters.sources import FileSources
from bot.ports import SourceFile
from tests.soak.plants import plant
from tests.soak.poison import POISON

FOLDER = Path(os.environ["SOAK_FOLDER"])
_MOST_PAGES = 1_073_741_823  # SQLite's own
LEASE = timedelta(seconds=6)  # 2 min of a cycle, 5 min of an issue


def _moved_clock() -> datetime:
    """The machine's time, as far off as the file says now."""
    try:
        off = float((FOLDER / "clock").read_text() or 0)
    except FileNotFoundError:
        off = 0.0
    return datetime.now(UTC) + timedelta(seconds=off)


def _dying(lines: Any) -> Any:
    """Reading, which ends the process at the line that is poison, as a crash of a C library does."""

    def read(self: FileSources, file: SourceFile) -> Iterator[bytes]:
        for line in lines(self, file):
            if POISON in line:
                os.kill(os.getpid(), signal.SIGKILL)
            yield line

    return read


def _full(connection: Connection) -> None:
    """While a file says so, SQLite's database may not grow by a single page, as where its disk is full."""
    if connection.dialect.name == "sqlite":
        pages = 1 if (FOLDER / "full").exists() else _MOST_PAGES  # fewer than there are means no more than there are
        connection.exec_driver_sql(f"PRAGMA max_page_count = {pages}")


def _short_leases(request: Any) -> Any:
    """The request of a cycle, whose lease on a single issue is short."""
    return lambda self, *arguments, **named: replace(request(self, *arguments, **named), lease=LEASE)


event.listen(Engine, "begin", _full)
# Before the tasks are imported: they take the clock by its name.
wiring.machine_clock = _moved_clock
FileSources.lines = _dying(FileSources.lines)  # type: ignore[method-assign]
wiring.Kit.request = _short_leases(wiring.Kit.request)  # type: ignore[method-assign]

from workers import turns  # noqa: E402
from workers.app import app  # noqa: E402

# A worker that ends by itself says in its log where; the product's log has only the class of such an error.
_WHY = logging.StreamHandler()
_WHY.setLevel(logging.ERROR)
logging.getLogger("celery.worker").addHandler(_WHY)
logging.getLogger("celery.bootsteps").addHandler(_WHY)
# A task that hangs says in its log what it is at, shortly before it is told to stop.
signals.task_prerun.connect(lambda **_: faulthandler.dump_traceback_later(5.5), weak=False)
signals.task_postrun.connect(lambda **_: faulthandler.cancel_dump_traceback_later(), weak=False)
signals.worker_process_init.connect(lambda **_: faulthandler.register(signal.SIGUSR2), weak=False)
turns._LASTS = LEASE
turns._EXTEND = LEASE / 4
plant(FOLDER, app)
