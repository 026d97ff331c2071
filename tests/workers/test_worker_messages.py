"""Messages that are not as this version sends them, two beats, and starts that cannot go well."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.adapters.store import SqlStore
from bot.adapters.upkeep import SqlUpkeep
from bot.ports import SourceFile
from bot.sandbox.server import Sandbox
from bot.upkeep import Batch, Pause
from tests.real_servers import RedisServer, Worker, queued, redis_server, until
from tests.workers.office import Office


@contextmanager
def worker_with_nothing_left(office: Office) -> Iterator[Worker]:
    """A worker, and at the end the proof that it took every message and still works."""
    with office.worker() as worker:
        yield worker
        office.send("upkeep.beat", "evaluate")
        until(lambda: "beat" in office.pulses(), "a task that was sent last is done")
        for queue in ("ingest", "evaluate", "github"):
            until(lambda queue=queue: not queued(office.redis.url, queue), f"{queue} is empty")
        assert worker.program.runs


def test_messages_of_other_versions_neither_stop_a_worker_nor_come_back(office: Office) -> None:
    with worker_with_nothing_left(office) as worker:
        office.send("ingest.batch", "ingest")
        office.send("ingest.batch", "ingest", batch_id="gone", shard=7, cycle="old")
        office.send("github.keep", "github", owner="acme", name="shop")
        office.send("github.keep", "github", repository="someone/else")
        office.send("evaluate.forecast", "evaluate", days=3)
        until(lambda: "evaluate.forecast" in worker.program.output, "the unknown task is said")
        until(lambda: worker.program.output.count('"state": "unknown"') == 2, "both batches are unknown")
        until(lambda: worker.program.output.count('"state": "no receiver"') == 2, "neither repository is looked after")
    assert office.issues == []


def test_a_repository_is_kept_by_one_at_a_time_and_not_while_it_is_paused(office: Office) -> None:
    now = datetime.now(UTC)
    with office.worker() as worker, SqlStore.open(office.database) as store:
        store.lease("keep:acme/shop", "somebody else", now, timedelta(minutes=2))
        office.send("github.keep", "github", repository="acme/shop", whole=True)
        until(lambda: store.recall("whole:acme/shop") == b"1", "a whole cycle is left to who comes next")
        assert '"state": "not its turn"' in worker.program.output
        store.release("keep:acme/shop", "somebody else")
        office.send("github.keep", "github", repository="acme/shop")
        until(lambda: '"whole": true' in worker.program.output, "who comes next makes a whole cycle")
        until(lambda: store.recall("whole:acme/shop") == b"", "the wish is fulfilled")
        SqlUpkeep(store.engine).pause(Pause("repository:acme/shop", now))
        office.send("github.keep", "github", repository="acme/shop")
        until(lambda: '"state": "paused"' in worker.program.output, "nothing is done while it is paused")


def test_a_bug_is_tried_again_recorded_and_forgotten_when_it_is_over(
    tmp_path: Path, redis: RedisServer, box: Sandbox
) -> None:
    office = Office(tmp_path, redis, box, settings='task_limit = "8s"')
    with office.worker(queues="evaluate") as worker:
        office.send("evaluate.derive", "evaluate", tick="evaluate", every="now and then")
        until(lambda: worker.program.output.count('"event": "task_failed"') == 3, "it was tried three times")
        assert office.failures() == [("task_failed", "evaluate.derive")]
        office.send("evaluate.derive", "evaluate")
        until(lambda: not office.failures(), "it went well")


def test_two_beats_by_mistake_make_one_tick_of_each(tmp_path: Path, redis: RedisServer, box: Sandbox) -> None:
    office = Office(tmp_path, redis, box, settings='evaluate = "5s"')
    office.three_sessions()
    with office.beat("one"), office.beat("two"):
        until(lambda: queued(redis.url, "ingest") == 2, "both beats ticked")
        with office.worker() as worker:
            assert office.wait_for_issues(1) == ["Python cannot import shopdata"]
            until(lambda: worker.program.output.count('"task": "ingest.discover"') == 2, "both ticks were taken")
            text = worker.program.output
    (first, second) = [line for line in text.splitlines() if '"task": "ingest.discover"' in line]
    assert '"state": "not its turn"' not in first
    assert '"state": "not its turn"' in second
    assert len(office.issues) == 1


def test_a_tick_that_waited_longer_than_its_interval_is_dropped(
    tmp_path: Path, redis: RedisServer, box: Sandbox
) -> None:
    office = Office(tmp_path, redis, box, settings='ingest = "1s"\njitter = "0s"')
    with office.beat():
        until(lambda: queued(redis.url, "ingest") >= 3, "beat ticked while nobody worked")
    with worker_with_nothing_left(office) as worker:
        until(lambda: "Discarding revoked task: ingest.discover" in worker.program.output, "a tick is dropped")


@pytest.mark.parametrize("program", ["worker", "beat"])
def test_wrong_settings_are_said_and_end_the_start(office: Office, program: str) -> None:
    settings = Path(office.environment["FRICTIONBOT_CONFIG"])
    settings.write_text(settings.read_text() + '\n[people]\nshow = "all"\n')
    started = office.beat() if program == "beat" else _program_of(office.worker(wait=False))
    with started as running:
        assert running.wait() == 2
        assert f"{settings}:" in running.output
        assert "people.show: write one of pseudonym, name" in running.output
        assert "Traceback" not in running.output


def test_a_redis_that_may_drop_messages_is_refused(tmp_path: Path, box: Sandbox) -> None:
    with redis_server(tmp_path, policy="allkeys-lru") as redis:
        office = Office(tmp_path, redis, box)
        with office.worker(wait=False) as worker:
            assert worker.program.wait() == 2
            assert "maxmemory-policy noeviction" in worker.program.output


def test_a_database_that_does_not_answer_is_waited_for(tmp_path: Path, redis: RedisServer, box: Sandbox) -> None:
    office = Office(tmp_path, redis, box)
    text = Path(office.environment["FRICTIONBOT_CONFIG"]).read_text()
    nobody = "postgresql://u@127.0.0.1:1/frictionbot"
    Path(office.environment["FRICTIONBOT_CONFIG"]).write_text(text.replace(office.database, nobody))
    with office.worker() as worker:
        office.send("evaluate.derive", "evaluate")
        until(lambda: "task_retried" in worker.program.output, "it is tried again")
        assert "database_unreachable" in worker.program.output


@contextmanager
def _program_of(worker):  # type: ignore[no-untyped-def]
    with worker as running:
        yield running.program


def test_nothing_is_filed_until_the_sources_were_read_once(office: Office) -> None:
    office.three_sessions()
    late = Batch("late", (SourceFile("/late.jsonl", "/", 1, "1:1"),), datetime.now(UTC))
    with SqlStore.open(office.database) as store:
        upkeep = SqlUpkeep(store.engine)
        with office.worker(queues="ingest"):
            office.send("ingest.discover", "ingest")
            until(lambda: any(each.name == "ingest" for each in upkeep.pulses()), "the sessions are read")
        upkeep.dispatch([late])
        with office.worker(queues="evaluate,github") as worker:
            until(lambda: '"state": "first look"' in worker.program.output, "what is read may not be all")
            assert office.issues == []
            upkeep.done("late")
            office.send("github.keep", "github", repository="acme/shop")
            assert office.wait_for_issues(1) == ["Python cannot import shopdata"]
