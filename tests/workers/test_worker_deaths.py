"""Workers that die, are stopped, or meet a file that kills them, and a Redis that forgets: nothing is lost or done twice."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.sandbox.server import Sandbox
from tests.real_servers import RedisServer, queued, until
from tests.workers.office import Office, Stuck

IDS = [f"{number:08d}-0000-4000-8000-000000000000" for number in (1, 2, 3)]


@pytest.fixture
def quick(tmp_path: Path, redis: RedisServer, box: Sandbox) -> Office:
    """An office in which a task may take two seconds: a message is taken for lost after six."""
    office = Office(tmp_path, redis, box, settings='task_limit = "2s"\ngrace = "1s"\ntries = 2')
    office.three_sessions()
    return office


@pytest.fixture
def stuck(office: Office) -> Iterator[Stuck]:
    """In a batch of three files the second one is one that nobody gets to the end of."""
    office.three_sessions()
    yield from stuck_in(office)


@pytest.fixture
def quickly_stuck(quick: Office) -> Iterator[Stuck]:
    """The same, where a task may take two seconds."""
    yield from stuck_in(quick)


def stuck_in(office: Office) -> Iterator[Stuck]:
    (office.batch,) = office.dispatched()
    made = Stuck(sorted(office.sources.rglob("*.jsonl"))[1])
    yield made
    made.close()


def all_is_read(office: Office) -> bool:
    return not office.outstanding() and office.read() == IDS


def test_a_batch_whose_machine_died_is_read_by_another(quick: Office, quickly_stuck: Stuck) -> None:
    with quick.worker("first", queues="ingest") as first:
        quick.send_batch()
        quickly_stuck.wait_for_reader()
        first.program.kill()
    quickly_stuck.put_back()
    with quick.worker("second", queues="ingest"):
        until(lambda: all_is_read(quick), "the second worker has read all")


def test_a_batch_whose_process_was_killed_begins_again_at_once(office: Office, stuck: Stuck) -> None:
    with office.worker() as worker:
        office.send_batch()
        stuck.wait_for_reader()
        (child,) = worker.children()
        os.kill(child, signal.SIGKILL)
        stuck.put_back()
        assert office.wait_for_issues(1) == ["Python cannot import shopdata"]
    assert office.read() == IDS


def test_a_stopped_worker_hands_back_what_it_cannot_finish_in_time(office: Office, stuck: Stuck) -> None:
    with office.worker("first", queues="ingest") as first:
        office.send_batch()
        stuck.wait_for_reader()
        assert first.program.terminate() == 0
    assert queued(office.redis.url, "ingest") == 1
    stuck.put_back()
    with office.worker("second", queues="ingest"):
        until(lambda: all_is_read(office), "the second worker has read all")


def test_a_stopped_worker_finishes_what_it_can_in_time(office: Office, stuck: Stuck) -> None:
    with office.worker(queues="ingest") as worker:
        office.send_batch()
        stuck.wait_for_reader()
        worker.program.signal(signal.SIGTERM)
        until(lambda: "Warm shutdown" in worker.program.output, "it was told to stop")
        stuck.let_go()
        assert worker.program.wait() == 0
    assert office.read() == IDS
    assert office.outstanding() == 0


def test_a_flushed_redis_is_noticed_and_its_batches_are_sent_again(office: Office) -> None:
    office.three_sessions()
    (office.batch,) = office.dispatched()
    office.send_batch()
    office.redis.flush()
    with office.worker():
        office.send("ingest.discover", "ingest")
        assert office.wait_for_issues(1) == ["Python cannot import shopdata"]
    assert office.read() == IDS


def test_a_redis_that_restarts_without_its_data_stops_no_worker(office: Office) -> None:
    with office.worker():
        office.redis.restart(keep_data=False)
        office.three_sessions()
        office.send("ingest.discover", "ingest")
        assert office.wait_for_issues(1) == ["Python cannot import shopdata"]


def test_a_file_at_which_workers_fail_is_set_aside_and_the_rest_goes_on(quick: Office, quickly_stuck: Stuck) -> None:
    with quick.worker(queues="ingest") as worker:
        quick.send_batch()
        until(lambda: ("poisoned", str(quickly_stuck.path)) in quick.failures(), "it is set aside")
        until(lambda: quick.read() == IDS[:2] and not quick.outstanding(), "the others are read")
        assert worker.program.runs
