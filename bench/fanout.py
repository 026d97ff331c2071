"""Reading by several workers: how much faster two are than one, bare and in Celery, and what Celery costs a batch.

    python bench/fanout.py [FILES]      so many generated sessions (about 1.6 MB each) on SQLite and on PostgreSQL

A bare process is a Python process that calls `read_batch` for each batch it is told, with nothing around it. All read the same
batches of the default size into an empty database, one way after the other in each round; start-up is not counted. Of each
figure the best round counts.
"""

from __future__ import annotations

import re
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from threading import Thread
from time import monotonic, perf_counter, sleep
from typing import Any, NamedTuple

import orjson
import psycopg

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from bench.sessions import write_sessions
from bot import wiring
from bot.adapters.rulebook import load_rules, shipped_rules
from bot.adapters.sources import FileSources
from bot.adapters.store import SqlStore
from bot.adapters.upkeep import SqlUpkeep
from bot.fanout import Work, discover, read_batch
from bot.ingest import Whose
from bot.wanted import Wanted
from tests.postgres_server import shared_server
from tests.real_servers import bot_environment, celery_worker, redis_server, send

NOW = datetime(2026, 2, 15, 23, tzinfo=UTC)
FILES, ROUNDS, EMPTY = 320, 1, 300
TARGET_RATIO, TARGET_OVERHEAD = 0.85, 5.0
_SUCCEEDED = re.compile(r"Task ingest\.batch\[[^]]*\] succeeded in ([0-9.]+)s: .*'state': 'read'")
_SETTINGS = """
database = "{database}"
[[sources]]
path = "{sources}"
[workers]
broker = "{broker}"
"""


class Timed:
    """The real store, measuring how long absorbing takes: that is how long the one lock for writing is held."""

    def __init__(self, inner: SqlStore) -> None:
        self._inner, self.seconds = inner, 0.0

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)

    def absorb(self, readings: Any) -> int:
        start = perf_counter()
        known = self._inner.absorb(readings)
        self.seconds += perf_counter() - start
        return known


class Pass(NamedTuple):
    """All batches read once: seconds of the wall, and of these within reading batches and within absorbing."""

    wall: float
    inside: float
    absorbing: float


def work_of(database: str, folder: str) -> Work:
    store = SqlStore.open(database)
    rules, _ = load_rules([shipped_rules()])
    numbers = count()
    return Work(
        FileSources([folder]), Timed(store), SqlUpkeep(store.engine), Whose({}, {}), Wanted(rules), lambda: f"n{next(numbers)}"
    )  # fmt: skip


def bare(database: str, folder: str) -> None:
    """A bare process: reads each batch that a line of the input names, and prints its figures."""
    work = work_of(database, folder)
    wiring.steady()
    print("ready", flush=True)
    for line in sys.stdin:
        start, spent = perf_counter(), work.store.seconds
        read_batch(work, line.strip(), NOW)
        figures = (perf_counter() - start, work.store.seconds - spent)
        print(orjson.dumps(figures).decode(), flush=True)


def dispatched(database: str, folder: Path) -> list[str]:
    """An empty database in which all batches wait; their ids."""
    work = work_of(database, str(folder))
    found = discover(work, NOW)
    work.store.close()
    return [batch.id for batch in found.batches]


def bare_pass(database: str, folder: Path, processes: int) -> Pass:
    """All batches, read by bare processes, each of which takes the next one when it is done."""
    waiting = dispatched(database, folder)
    command = [sys.executable, __file__, "--bare", database, str(folder)]
    figures: list[tuple[float, float]] = []

    def feed(child: subprocess.Popen[str]) -> None:
        assert child.stdin
        assert child.stdout
        while waiting:
            child.stdin.write(f"{waiting.pop()}\n")
            child.stdin.flush()
            figures.append(orjson.loads(child.stdout.readline()))
        child.stdin.close()

    with ExitStack() as running:
        children = [
            running.enter_context(subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True))
            for _ in range(processes)
        ]
        for child in children:
            assert child.stdout
            assert child.stdout.readline() == "ready\n"
        threads = [Thread(target=feed, args=(child,)) for child in children]
        start = perf_counter()
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        wall = perf_counter() - start
    return Pass(wall, sum(inside for inside, _ in figures), sum(absorbing for _, absorbing in figures))


def celery_pass(database: str, folder: Path, workers: int) -> tuple[Pass, float]:
    """The same in Celery workers; and the seconds of a task with nothing to do, from message to message."""
    with tempfile.TemporaryDirectory(dir="/tmp") as scratch, ExitStack() as running:
        server = running.enter_context(redis_server(Path(scratch)))
        settings = _SETTINGS.format(database=database, sources=folder, broker=server.url)
        environment = bot_environment(Path(scratch), settings)
        started = [
            running.enter_context(
                celery_worker(Path(scratch), environment, server.url, queues="ingest", name=f"worker{number}")
            )
            for number in range(workers)
        ]
        waiting = dispatched(database, folder)
        with SqlStore.open(database) as store:
            upkeep = SqlUpkeep(store.engine)
            for number in range(2 * workers):  # builds what a process builds once
                send(server.url, "ingest.batch", queue="ingest", batch_id=f"none{number}", cycle="bench")
            logs = [worker.program for worker in started]
            _wait(lambda: sum(log.output.count("succeeded in") for log in logs) >= 2 * workers)
            start = perf_counter()
            for batch in waiting:
                send(server.url, "ingest.batch", queue="ingest", batch_id=batch, cycle="bench")
            _wait(lambda: not upkeep.outstanding(datetime(1970, 1, 1, tzinfo=UTC)))
            wall = perf_counter() - start
            inside = [float(seconds) for log in logs for seconds in _SUCCEEDED.findall(log.output)]
            return Pass(wall, sum(inside), 0.0), _empty(server.url, logs)


def _empty(broker: str, logs: Sequence[Any]) -> float:
    """Seconds of wall that a message costs whose batch is done already."""
    before = sum(log.output.count("succeeded in") for log in logs)
    start = perf_counter()
    for number in range(EMPTY):
        send(broker, "ingest.batch", queue="ingest", batch_id=f"empty{number}", cycle="bench")
    _wait(lambda: sum(log.output.count("succeeded in") for log in logs) >= before + EMPTY)
    return (perf_counter() - start) / EMPTY * len(logs)


def _wait(condition: Callable[[], bool]) -> None:
    deadline = monotonic() + 600
    while not condition():
        if monotonic() > deadline:
            raise TimeoutError
        sleep(0.02)


@contextmanager
def databases() -> Iterator[dict[str, Callable[[], str]]]:
    """For each kind of database what makes an empty one."""
    numbers = count()
    with tempfile.TemporaryDirectory() as scratch, shared_server(Path(scratch) / "postgres.json") as url:

        def on_server() -> str:
            name = f"bench{next(numbers)}"
            with psycopg.connect(url, autocommit=True) as connection:
                connection.execute(f"CREATE DATABASE {name}")
            made = url.replace("/postgres?", f"/{name}?")
            SqlStore.open(made).close()
            return made

        yield {"SQLite": lambda: f"sqlite:///{scratch}/bench{next(numbers)}.db", "PostgreSQL": on_server}


def measure(name: str, empty: Callable[[], str], folder: Path) -> None:
    """All figures on one database."""
    one, two, celery, costs = [], [], [], []
    for _ in range(ROUNDS):
        one.append(bare_pass(empty(), folder, 1))
        two.append(bare_pass(empty(), folder, 2))
        passed, cost = celery_pass(empty(), folder, 2)
        celery.append(passed)
        costs.append(cost)
    batches = len(dispatched(empty(), folder))
    size = sum(path.stat().st_size for path in folder.rglob("*.jsonl")) / 1e6
    alone, both, workers = min(one), min(two), min(celery)
    bare_gain, gain = alone.wall / both.wall, alone.wall / workers.wall
    print(f"\n{name}: {batches} batches, {size:.0f} MB")
    for what, seconds, times in (
        ("one bare process", alone.wall, 1.0),
        ("two bare processes", both.wall, bare_gain),
        ("two Celery workers", workers.wall, gain),
    ):
        print(f"  {what:24}{seconds:8.2f} s {size / seconds:8.0f} MB/s   {times:5.2f} ×")
    print(
        f"  Celery reaches {gain / bare_gain:.2f} of the speed-up of bare processes (target: at least {TARGET_RATIO})"
    )
    overhead = min(costs) / (alone.wall / batches) * 100
    print(f"  a batch {alone.wall / batches:.2f} s, a message {min(costs) * 1000:.1f} ms: {overhead:.1f} % "
          f"(target: below {TARGET_OVERHEAD:.0f} %)")  # fmt: skip
    for what, each in (("one process", alone), ("two processes", both)):
        share = each.absorbing / each.inside
        print(
            f"  absorbing (the one lock for writing, with waiting for it), {what}: {share * 100:.0f} % of the reading"
        )


def measure_all(files: int = FILES) -> None:
    """All figures on both databases."""
    with tempfile.TemporaryDirectory() as scratch, databases() as made:
        write_sessions(Path(scratch), files=files)
        print(f"\nreading by several workers: {files} generated sessions, best of {ROUNDS} rounds")
        for name, empty in made.items():
            measure(name, empty, Path(scratch))


if __name__ == "__main__":
    if sys.argv[1:2] == ["--bare"]:
        bare(*sys.argv[2:])
    else:
        measure_all(*map(int, sys.argv[1:]))
