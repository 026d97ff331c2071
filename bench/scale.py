"""What a cycle costs in which 100 sessions changed, as the memory grows: PostgreSQL, files on disk, GitHub's stand-in.

    python bench/scale.py [SESSIONS …]      1000 10000 100000 where nothing is said

Each cycle is the whole of it in one process: looking through all files, reading those that changed, keeping what they say,
deriving, evaluating what was touched, and filing. Wall time, the smallest of a few rounds; the servers run on the same cores.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from time import perf_counter

import psycopg

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from bench.years import A_DAY, REPOSITORIES, write_session, write_years
from bot import service, wiring
from bot.adapters.sources import FileSources, Resting
from bot.adapters.store import SqlStore
from bot.adapters.upkeep import SqlUpkeep
from bot.deriving import derive
from bot.ingest import Ingest, Silence
from bot.request import Ports, RunRequest
from bot.sandbox.server import TOKEN, Sandbox
from bot.settings import Github, Route, Settings, Source
from bot.settings.model import Limits
from tests.postgres_server import shared_server
from workers.site import TURNS

SIZES = (1_000, 10_000, 100_000)
CHANGED = 100
ROUNDS = 5
TARGET = 2.0
END = datetime(2026, 2, 15, 12, tzinfo=UTC)


@dataclass(slots=True)
class Parts:
    """Seconds of the parts of a cycle."""

    read: float
    derive: float
    keep: float

    @property
    def whole(self) -> float:
        return self.read + self.derive + self.keep


def cycle(settings: Settings, now: datetime, resting: Resting, *, whole: bool = False) -> Parts:
    """One cycle, as the workers make it: all repositories one after the other; `resting` is what a worker remembers."""
    with wiring.build(settings, now, post=True) as (request, ports):
        sources = FileSources([source.path for source in settings.sources], resting=resting)
        start = perf_counter()
        Ingest(sources, ports.store, request.whose, request.rules, Silence()).run()
        read = perf_counter()
        waiting = derive(request, ports)
        derived = perf_counter()
        for repository in waiting:
            _keep(replace(request, only=repository, whole=whole), ports)
        return Parts(read - start, derived - read, perf_counter() - derived)


def _keep(request: RunRequest, ports: Ports) -> None:
    report = service.keep(request, ports, Silence())
    if report.problems:
        raise SystemExit(f"the bench does not work: {report.problems[:3]}")


def curve(sizes: tuple[int, ...]) -> Iterator[tuple[int, Parts, Parts, dict[str, int]]]:
    """For each size: the first cycle, the best of the later ones, and what the database holds."""
    for sessions in sizes:
        with _world(sessions) as (settings, folder, url):
            resting = Resting(TURNS)
            first = cycle(settings, END, resting, whole=True)
            _tidy(url)
            now = END
            for _ in range(3):  # until everything that can be filed is filed, and was looked at again
                now += timedelta(minutes=5)
                cycle(settings, now, resting)
            best: list[Parts] = []
            for turn in range(ROUNDS):
                now += timedelta(minutes=5)
                _change(folder, sessions, turn, now)
                best.append(cycle(settings, now, resting))
            yield sessions, first, min(best, key=lambda parts: parts.whole), _sizes(url)


def _tidy(url: str) -> None:
    """What housekeeping does once a day; without it the server is busy with itself for minutes after a first cycle."""
    with SqlStore.open(url) as store:
        SqlUpkeep(store.engine).tidy()
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("CHECKPOINT")


def _change(folder: Path, sessions: int, turn: int, now: datetime) -> None:
    """Half of what changes is new, of the last twelve hours; the other half goes on."""
    for number in range(CHANGED // 2):
        write_session(folder, sessions + turn * CHANGED + number, now - timedelta(minutes=14 * (number + 1)))
    for number in range(CHANGED // 2):
        old = sessions - 1 - number - turn * CHANGED
        write_session(folder, old, END - timedelta(days=(sessions - old) / A_DAY), grown=turn + 1)


@contextmanager
def _world(sessions: int) -> Iterator[tuple[Settings, Path, str]]:
    with tempfile.TemporaryDirectory() as name, Sandbox() as box:
        folder = Path(name)
        for repository in _names():
            box.add_repository(repository)
        with shared_server(folder / "postgres.json") as url:
            SqlStore.open(url, upgrade=True).close()
            write_years(folder / "sessions", sessions, END)
            yield _settings(folder, url, box), folder / "sessions", url


def _settings(folder: Path, url: str, box: Sandbox) -> Settings:
    routes = tuple(Route(repository=name, cwd=f"*/repo{number}") for number, name in enumerate(_names()))
    limits = Limits(
        new_issues_per_run=10, new_issues_per_day=10, new_issues_per_rule_per_run=10,
        new_issues_per_rule_per_day=10, pause=timedelta(0),
    )  # fmt: skip
    return Settings(
        sources=(Source(path=str(folder / "sessions")),), database=url, routes=routes, limits=limits,
        github=Github(api_url=box.url, token=TOKEN),
    )  # fmt: skip


def _names() -> tuple[str, ...]:
    return tuple(f"acme/repo{number}" for number in range(REPOSITORIES))


def _sizes(url: str) -> dict[str, int]:
    with psycopg.connect(url) as connection:
        tables = ("sessions", "signals", "findings", "links")
        counts = {table: connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0] for table in tables}
        size = connection.execute("SELECT pg_database_size(current_database())").fetchone()[0]
    return {**counts, "MB": size // 1_000_000}


def main(sizes: tuple[int, ...] = SIZES) -> None:
    """Print the curve."""
    print(f"\nA cycle in which {CHANGED} sessions changed (s: read · derive · evaluate and file)")
    base = 0.0
    for sessions, first, later, held in curve(sizes):
        base = base or later.whole
        held_text = ", ".join(f"{number:,} {name}" for name, number in held.items())
        print(
            f"{sessions:>8,} sessions  {later.whole:6.2f} = {later.read:.2f} · {later.derive:.2f} · {later.keep:.2f}"
            f"   {later.whole / base:5.2f} times (target ≤ {TARGET})   first {first.whole:.1f}   {held_text}",
            flush=True,
        )


if __name__ == "__main__":
    main(tuple(map(int, sys.argv[1:])) or SIZES)
