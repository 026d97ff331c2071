"""How a worker begins and ends: the check of its broker, and the grace that a task in progress has when it is stopped."""

from __future__ import annotations

import os
import signal
import sys
from threading import Timer
from typing import Any

import structlog
from celery import signals
from celery.exceptions import WorkerShutdown

from bot.adapters.broker import policy_problem
from bot.adapters.upkeep_tables import open_store
from bot.commands.output import say_problems
from bot.ports import StoreError
from bot.settings import Settings

_LOG = structlog.get_logger()
_WRONG = 2  # exit code


def _look_at_database(url: str) -> None:
    """Say at once what is wrong with the database; tasks wait for it, because it may only come up later."""
    try:
        open_store(url).close()
    except StoreError as error:
        _LOG.error(error.code, message=error.message)


def connect(settings: Settings) -> None:
    """Have a worker look at its broker when it begins, say what it does not know, and keep to the grace time when it ends."""
    grace = settings.workers.grace.total_seconds()
    broker = settings.workers.broker.get_secret_value()

    def ready(**_: Any) -> None:
        problem = policy_problem(broker)
        if problem and problem.code == "redis_policy":
            say_problems(sys.stderr, [problem])
            raise WorkerShutdown(_WRONG)
        if problem:
            _LOG.warning(problem.code, message=problem.message)
        _look_at_database(settings.database)

    def stopping(how: str = "", **_: Any) -> None:
        """A warm stop waits for the tasks without end: after the grace time they are handed back to the queue."""
        if how == "Warm":
            timer = Timer(grace, os.kill, (os.getpid(), signal.SIGQUIT))
            timer.daemon = True
            timer.start()

    def unknown(name: str = "", **_: Any) -> None:
        """A task of a newer version: it is not taken; whatever sent it sends it again when its tick comes."""
        _LOG.warning("task_unknown", task=name)

    signals.task_unknown.connect(unknown, weak=False)
    signals.worker_ready.connect(ready, weak=False)
    signals.worker_shutting_down.connect(stopping, weak=False)
