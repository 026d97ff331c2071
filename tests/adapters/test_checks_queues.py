"""A task through every queue and back, with a real worker that works on one of them."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from bot.adapters.checks_queues import queue_checks, worker_here_checks
from bot.adapters.store import SqlStore
from bot.commands import doctor_probes
from bot.core.diagnosis import Outcome
from bot.core.lag import BEAT
from bot.settings.operation import Workers
from tests.real_servers import RedisServer, bot_environment, celery_worker, redis_server
from workers import configuration, schedule

QUEUES = ("ingest", "evaluate", "github")


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RedisServer]:
    """A Redis-protocol server, and a worker on the queue `ingest` alone."""
    folder = tmp_path_factory.mktemp("queues")
    database = f"sqlite:///{folder}/friction.db"
    SqlStore.open(database).close()
    with redis_server(folder) as made:
        settings = f'database = "{database}"\nsources = [{{path = "{folder}"}}]\n[workers]\nbroker = "{made.url}"\n'
        with celery_worker(folder, bot_environment(folder, settings), made.url, queues="ingest"):
            yield made


def test_queues_and_beat_are_as_workers_have_them() -> None:
    assert configuration.QUEUES == doctor_probes.QUEUES
    assert schedule.schedule(Workers())["beat"]["schedule"].run_every == BEAT


def test_only_the_queue_that_somebody_works_on_answers(server: RedisServer) -> None:
    found = {check.place: check for check in queue_checks(server.url, QUEUES, 3)}
    assert {place: check.outcome for place, check in found.items()} == {
        "ingest": Outcome.OK,
        "evaluate": Outcome.FAILED,
        "github": Outcome.FAILED,
    }
    assert found["github"].found == "no worker answered within 3 s"
    assert found["github"].fix.startswith("start one: `celery --app workers.app worker --queues github`")


def test_an_answer_leaves_nothing_behind_in_redis(server: RedisServer) -> None:
    assert [check.outcome for check in queue_checks(server.url, ("ingest",), 20)] == [Outcome.OK]
    with server.client() as client:
        assert [key for key in client.keys("*") if key.startswith(b"celery-task-meta")] == []


def test_a_question_that_nobody_answered_is_taken_back(server: RedisServer) -> None:
    with server.client() as client:
        client.lpush("evaluate", "somebody's message")
        (check,) = queue_checks(server.url, ("evaluate",), 0.2)
        assert check.outcome is Outcome.FAILED
        assert client.lrange("evaluate", 0, -1) == [b"somebody's message"]
        client.delete("evaluate")


def test_a_worker_of_this_machine_answers_and_no_other_stands_in_for_it(server: RedisServer) -> None:
    assert [check.outcome for check in worker_here_checks(server.url, 5, "test")] == [Outcome.OK]
    (check,) = worker_here_checks(server.url, 1, "elsewhere")
    assert (check.outcome, check.found) == (
        Outcome.FAILED,
        "no worker of elsewhere answered within 1 s; 1 elsewhere did",
    )


def test_a_broker_that_is_not_there_fails_each_queue_soon() -> None:
    gone = "redis://:hunter22@127.0.0.1:1/0"
    checks = [*queue_checks(gone, QUEUES, 3), *worker_here_checks(gone, 3)]
    assert {check.outcome for check in checks} == {Outcome.FAILED}
    assert len(checks) == 4
    assert "hunter22" not in str(checks)
