"""An installation with everything real: sources, a database, a Redis-protocol server, the sandbox as GitHub, workers."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import AbstractContextManager, closing, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import requests
from transcripts import Transcript

from bot.adapters.store import SqlStore
from bot.adapters.upkeep import SqlUpkeep
from bot.fanout import discover
from bot.sandbox.server import TOKEN, Sandbox
from bot.upkeep import Batch, Failure, Pulse
from tests.real_servers import (
    Program,
    RedisServer,
    Worker,
    bot_environment,
    celery_beat,
    celery_worker,
    send,
    until,
)
from workers.broker import trust
from workers.site import Site, settings_of

REPOSITORY = "acme/shop"
_FAILURE = "Exit code 1\nTraceback (most recent call last):\nModuleNotFoundError: No module named '{}'"
_SETTINGS = """
database = "{database}"
repository = "{repository}"
[[sources]]
path = "{sources}"
[github]
api_url = "{api}"
token = "{token}"
[limits]
pause = "0s"
[workers]
broker = "{broker}"
{workers}
"""


class Office:
    """What an operator has; `settings` are lines of the table `workers` in the settings file."""

    def __init__(self, folder: Path, redis: RedisServer, box: Sandbox, database: str = "", settings: str = "") -> None:
        self.folder, self.redis, self.box = folder, redis, box
        self.database = database or f"sqlite:///{folder / 'bot.db'}"
        self.batch = Batch("", (), datetime.now(UTC))
        self.sources = folder / "sessions"
        self.sources.mkdir()
        text = _SETTINGS.format(
            database=self.database, repository=REPOSITORY, sources=self.sources, api=box.url, token=TOKEN,
            broker=redis.url, workers=settings,
        )  # fmt: skip
        self.environment = bot_environment(folder, text)
        SqlStore.open(self.database).close()  # `frictionbot db upgrade`

    def session(self, number: int, person: str, module: str = "shopdata") -> Path:
        """One session of some days ago in which Python cannot import a module."""
        name = f"{number:08d}-0000-4000-8000-000000000000"
        start = datetime.now(UTC).replace(microsecond=0) - timedelta(days=2, minutes=number)
        transcript = Transcript(name, start=start, cwd="/srv/shop")
        transcript.prompt("make the report").run("python report.py", _FAILURE.format(module), failed=True)
        return transcript.write(self.sources / person / f"2026-02-02_{name}.jsonl")

    def three_sessions(self, module: str = "shopdata", first: int = 1) -> None:
        """As many as it takes for an issue: three sessions of two people."""
        for number, person in enumerate(("ada", "ben", "ada"), first):
            self.session(number, person, module)

    def worker(self, name: str = "worker", **options: Any) -> AbstractContextManager[Worker]:
        """A worker process, ready."""
        return celery_worker(self.folder, self.environment, self.redis.url, name=name, **options)

    def beat(self, name: str = "beat", **options: Any) -> AbstractContextManager[Program]:
        """A beat process."""
        return celery_beat(self.folder, self.environment, name=name, **options)

    def send_batch(self) -> None:
        """Send the batch that was dispatched."""
        self.send("ingest.batch", "ingest", batch_id=self.batch.id)

    def send(self, task: str, queue: str, **named: Any) -> None:
        """Send one task."""
        send(self.redis.url, task, queue=queue, **named)

    @contextmanager
    def site(self) -> Iterator[Site]:
        """What a worker process builds, in this process."""
        with closing(Site(settings_of(self.environment), None)) as site:
            yield site

    def dispatched(self) -> tuple[Batch, ...]:
        """The batches of all files that must be read, kept in the store but not sent; the broker is trusted from here on."""
        with self.site() as site:
            batches = discover(site.work(), datetime.now(UTC)).batches
            trust(site)
            return batches

    @property
    def issues(self) -> list[str]:
        """The titles of all issues, the oldest first."""
        address = f"{self.box.url}/repos/{REPOSITORY}/issues?state=all&direction=asc"
        answer = requests.get(address, headers={"Authorization": f"Bearer {TOKEN}"}, timeout=9)
        answer.raise_for_status()
        return [issue["title"] for issue in answer.json()]

    def wait_for_issues(self, count: int) -> list[str]:
        """The titles as soon as there are so many."""
        return until(lambda: len(found := self.issues) >= count and found, f"{count} issues")

    def upkeep_of(self) -> tuple[tuple[Failure, ...], tuple[Pulse, ...]]:
        """All failures and signs of life that are kept."""
        with SqlStore.open(self.database) as store:
            upkeep = SqlUpkeep(store.engine)
            return upkeep.failures(), upkeep.pulses()

    def failures(self) -> list[tuple[str, str]]:
        """(code, place) of all failures, in order."""
        return sorted((each.code, each.place) for each in self.upkeep_of()[0])

    def pulses(self) -> set[str]:
        """The names of all signs of life."""
        return {each.name for each in self.upkeep_of()[1]}

    def outstanding(self) -> int:
        """How many files are in batches that are not done."""
        with SqlStore.open(self.database) as store:
            return len(SqlUpkeep(store.engine).outstanding(datetime(2000, 1, 1, tzinfo=UTC)))

    def read(self) -> list[str]:
        """The ids of all sessions in the store."""
        with SqlStore.open(self.database) as store:
            return [session.id for session in store.sessions()]


class Stuck:
    """A file that whoever reads it never comes to the end of, until it is let go or put back."""

    def __init__(self, path: Path) -> None:
        self.path, self._aside = path, path.with_suffix(".aside")
        self._writer = -1
        path.rename(self._aside)
        os.mkfifo(path)

    def wait_for_reader(self) -> None:
        """Until somebody reads it."""
        until(self._opened, f"somebody reads {self.path.name}")

    def _opened(self) -> bool:
        try:
            self._writer = os.open(self.path, os.O_WRONLY | os.O_NONBLOCK)
        except OSError:  # nobody has it open for reading
            return False
        return True

    def let_go(self) -> None:
        """Give the reader the whole file."""
        os.write(self._writer, self._aside.read_bytes())
        self.put_back()

    def put_back(self) -> None:
        """The file as it was, with its times; a reader of the pipe comes to its end."""
        self._aside.replace(self.path)
        self.close()

    def close(self) -> None:
        """Let go of the pipe."""
        if self._writer >= 0:
            os.close(self._writer)
            self._writer = -1
