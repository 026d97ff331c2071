"""Reading by several workers: how much faster two are than one, bare and in Celery, and what Celery costs a batch.

    python bench/fanout.py [FILES]      so many generated sessions (about 1.6 MB each) on SQLite and on PostgreSQL

A bare process is a Python process that calls `read_batch` for each batch it is told, with nothing around it. All read the same
batches of the default size into an empty database, one way after the other in each round; start-up is not counted. Of each
figure the best round counts.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from threading import Thread
from time import monotonic, perf_counter, process_time, sleep
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
from bot.ports import Store
from bot.wanted import Wanted
from tests.postgres_server import shared_server
from tests.real_servers import Program, Worker, bot_environment, celery_worker, redis_server, send

NOW = datetime(2026, 2, 15, 23, tzinfo=UTC)
FILES, ROUNDS, EMPTY = 320, 3, 300
TARGET_RATIO, TARGET_OVERHEAD = 0.85, 5.0
_DONE = '"event": "task_done"'  # in the logs of workers, one line a task, with its figures
_SETTINGS = """
database = "{database}"
[[sources]]
path = "{sources}"
[workers]
broker = "{broker}"
"""


class Timed:
    """The real store, measuring how long absorbing takes: that is how long the one lock for writing is held."""

    def __init__(self, inner: Store) -> None:
        self._inner, self.seconds = inner, 0.0

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)

    def absorb(self, readings: Any) -> int:
        start = perf_counter()
        known = self._inner.absorb(readings)
        self.seconds += perf_counter() - start
        return known


class Pass(NamedTuple):
    """All batches read once: seconds of the wall, within reading batches, of the processor for that, and within absorbing."""

    wall: float
    inside: float
    processor: float = 0.0
    absorbing: float = 0.0


class Message(NamedTuple):
    """What a message costs by itself: seconds of the processor, and of the wall as one worker sees it."""

    processor: float
    wall: float


def work_of(store: SqlStore, folder: str) -> Work:
    rules, _ = load_rules([shipped_rules()])
    numbers = count()
    return Work(
        FileSources([folder]), store, SqlUpkeep(store.engine), Whose({}, {}), Wanted(rules), lambda: f"n{next(numbers)}"
    )  # fmt: skip


def bare(database: str, folder: str) -> None:
    """A bare process: reads each batch that a line of the input names, and prints its figures."""
    work = work_of(SqlStore.open(database), folder)
    timed = Timed(work.store)
    work = replace(work, store=timed)
    wiring.steady()
    print("ready", flush=True)
    for line in sys.stdin:
        start, busy, spent = perf_counter(), process_time(), timed.seconds
        read_batch(work, line.strip(), NOW)
        figures = (perf_counter() - start, process_time() - busy, timed.seconds - spent)
        print(orjson.dumps(figures).decode(), flush=True)


def dispatched(database: str, folder: Path) -> list[str]:
    """An empty database in which all batches wait; their ids."""
    with SqlStore.open(database) as store:
        return [batch.id for batch in discover(work_of(store, str(folder)), NOW).batches]


def bare_pass(database: str, folder: Path, processes: int) -> Pass:
    """All batches, read by bare processes, each of which takes the next one when it is done."""
    waiting = dispatched(database, folder)
    command = [sys.executable, __file__, "--bare", database, str(folder)]
    figures: list[tuple[float, float, float]] = []

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
    return Pass(wall, *map(sum, zip(*figures, strict=True)))


def celery_pass(database: str, folder: Path, workers: int) -> tuple[Pass, Message]:
    """The same in Celery workers, and what a message costs."""
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
            _wait(lambda: sum(log.output.count(_DONE) for log in logs) >= 2 * workers)
            start = datetime.now(UTC)
            for batch in waiting:
                send(server.url, "ingest.batch", queue="ingest", batch_id=batch, cycle="bench")
            # The logs tell when: asking the database all the time takes from the two cores what the workers need.
            _wait(lambda: len(_read(logs)) >= len(waiting), every=0.2)
            assert not upkeep.outstanding(datetime(1970, 1, 1, tzinfo=UTC))
            done = _read(logs)
            wall = max(datetime.fromisoformat(each["time"]) for each in done) - start
            inside = sum(float(each["seconds"]) for each in done)
            return Pass(wall.total_seconds(), inside), _empty(server.url, started)


def _read(logs: Sequence[Program]) -> list[dict[str, Any]]:
    """What the logs tell of the tasks that read a batch."""
    told = (orjson.loads(line) for log in logs for line in log.output.splitlines() if _DONE in line)
    return [each for each in told if each.get("state") == "read"]


def _empty(broker: str, workers: Sequence[Worker]) -> Message:
    """What a message costs whose batch is done already."""
    logs = [worker.program for worker in workers]
    before = sum(log.output.count(_DONE) for log in logs)
    start, spent = perf_counter(), _processor(workers)
    for number in range(EMPTY):
        send(broker, "ingest.batch", queue="ingest", batch_id=f"empty{number}", cycle="bench")
    _wait(lambda: sum(log.output.count(_DONE) for log in logs) >= before + EMPTY)
    return Message((_processor(workers) - spent) / EMPTY, (perf_counter() - start) / EMPTY * len(logs))


def _processor(workers: Sequence[Worker]) -> float:
    """Seconds of the processor that workers and the processes of their pools have used."""
    pids = [pid for worker in workers for pid in (worker.program.pid, *worker.children())]
    fields = (Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split() for pid in pids)
    return sum(int(each[11]) + int(each[12]) for each in fields) / os.sysconf("SC_CLK_TCK")


def _wait(condition: Callable[[], bool], every: float = 0.02) -> None:
    deadline = monotonic() + 120
    while not condition():
        if monotonic() > deadline:
            raise TimeoutError
        sleep(every)


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
    message = min(costs)
    for what, a_batch, a_message in (
        ("of the processor", alone.processor / batches, message.processor),
        ("of the wall", alone.wall / batches, message.wall),
    ):
        costs_of = f"a batch {a_batch:.2f} s, a message {a_message * 1000:.1f} ms {what}"
        print(f"  {costs_of}: {a_message / a_batch * 100:.1f} % (target: below {TARGET_OVERHEAD:.0f} %)")
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
