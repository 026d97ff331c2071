"""Whether workers do what they are sent: a task through every queue and back, and the workers of this machine."""

from __future__ import annotations

import socket
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from math import ceil
from time import monotonic
from typing import Any

import redis
from celery import Celery
from celery.exceptions import TimeoutError as NoAnswer
from celery.result import AsyncResult
from kombu.exceptions import OperationalError

from bot.adapters.checks_redis import is_there, withdraw
from bot.core.diagnosis import Check, Outcome, failed, ok

PING = "upkeep.ping"  # the task that answers with what it was sent
_TRANSPORT = {"socket_connect_timeout": 3.0, "socket_timeout": 5.0}
_LASTS = 60  # seconds that a ping may wait for a worker: nobody wants the answer later
_TROUBLE = (redis.RedisError, OperationalError, OSError, RuntimeError)  # Celery's last word on Redis is a RuntimeError
_GONE, _SEE_REDIS = "Redis cannot be asked", "see `frictionbot doctor --only redis`"


def queue_checks(broker: str, queues: Sequence[str], seconds: float) -> Iterator[Check]:
    """A line a queue: whether a worker takes a task from it and answers, all of them within so many seconds."""
    last = monotonic() + seconds
    with _asking(broker) as app:
        sent = {queue: _sent(app, queue) for queue in queues} if is_there(broker) else dict.fromkeys(queues)
        for queue, answer in sent.items():
            check = _answered(queue, answer, seconds, max(0.1, last - monotonic()))
            if check.outcome is Outcome.FAILED and answer:
                withdraw(broker, queue, str(answer.id))
            yield check


def worker_here_checks(broker: str, seconds: float, host: str = "") -> Iterator[Check]:
    """Whether a worker process of this machine (or container) answers: its own loop, also while it is at work."""
    host = host or socket.gethostname()
    if not is_there(broker):
        yield failed("worker", _GONE, _SEE_REDIS)
        return
    names: set[str] = set()
    here: list[str] = []
    with _asking(broker) as app:
        for _ in range(ceil(seconds)):  # who will answer is not known, so an answer is waited for its whole time
            names |= _answering(app)
            here = sorted(name for name in names if name.rpartition("@")[2] == host)
            if here:
                break
    if here:
        yield ok("worker", f"{', '.join(here)} answered")
    else:
        others = f"; {len(names)} elsewhere did" if names else ""
        yield failed("worker", f"no worker of {host} answered within {seconds:.0f} s{others}", "restart it")


def _answering(app: Celery) -> set[str]:
    """The names of the workers that answer within a second."""
    try:
        return {name for answer in app.control.ping(timeout=1.0) or [] for name in answer}
    except _TROUBLE:
        return set()


@contextmanager
def _asking(broker: str) -> Iterator[Celery]:
    """An application that only sends and waits for answers, which come back through the same Redis."""
    app = Celery("doctor", broker=broker, backend=broker, set_as_current=False)
    app.conf.update(
        broker_connection_retry=False,
        broker_transport_options=_TRANSPORT | {"max_retries": 0},
        redis_socket_connect_timeout=_TRANSPORT["socket_connect_timeout"],
        redis_socket_timeout=_TRANSPORT["socket_timeout"],
        result_backend_transport_options={"retry_policy": {"timeout": 1.0, "max_retries": 1}},
        result_expires=_LASTS,
        task_publish_retry=False,
    )
    try:
        yield app
    finally:
        app.close()


def _sent(app: Celery, queue: str) -> AsyncResult[Any] | None:
    try:
        return app.send_task(
            PING, kwargs={"queue": queue}, queue=queue, expires=_LASTS, ignore_result=False, retry=False
        )
    except _TROUBLE:
        return None


def _answered(queue: str, answer: AsyncResult[Any] | None, seconds: float, left: float) -> Check:
    if answer is None:
        return failed("queues", _GONE, _SEE_REDIS, queue)
    try:
        answer.get(timeout=left)
    except NoAnswer:
        fix = f"start one: `celery --app workers.app worker --queues {queue}` (or `docker compose up -d`)"
        return failed("queues", f"no worker answered within {seconds:.0f} s", fix, queue)
    except _TROUBLE:
        return failed("queues", _GONE, _SEE_REDIS, queue)
    finally:
        with suppress(*_TROUBLE):
            answer.forget()
    return ok("queues", "a worker answered", queue)
