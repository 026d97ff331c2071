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
from bot.commands.output import say_problems
from bot.settings import Settings

_LOG = structlog.get_logger()
_WRONG = 2  # exit code


def connect(settings: Settings) -> None:
    """Have Celery's worker look at its broker when it begins, and keep to the grace time when it ends."""
    grace = settings.workers.grace.total_seconds()
    broker = settings.workers.broker.get_secret_value()

    def ready(**_: Any) -> None:
        problem = policy_problem(broker)
        if problem is None:
            return
        if problem.code == "redis_policy":
            say_problems(sys.stderr, [problem])
            raise WorkerShutdown(_WRONG)
        _LOG.warning(problem.code, message=problem.message)

    def stopping(how: str = "", **_: Any) -> None:
        """A warm stop waits for the tasks without end: after the grace time they are handed back to the queue."""
        if how == "Warm":
            timer = Timer(grace, os.kill, (os.getpid(), signal.SIGQUIT))
            timer.daemon = True
            timer.start()

    signals.worker_ready.connect(ready, weak=False)
    signals.worker_shutting_down.connect(stopping, weak=False)
