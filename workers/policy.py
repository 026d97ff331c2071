"""What a task does about an error: wait and try again, or record it once and go on. Never is anything lost without a word.

What waiting adds up to: the waits of a transient error are at most 5, 10, 20, 40, 80, 160 and 300 s, and each is drawn
between half of it and all of it. So seven retries take between 308 s and 615 s, about ten minutes; then the failure is
recorded, and the next tick (or, for a batch, the next look through the sources) begins anew. An unexpected error, which is a
bug of ours, is retried twice: at most 5 + 10 = 15 s. No wait is longer than `Spans.longest`, a quarter of a task's limit, so
that the message of a waiting task is never taken for lost.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from random import SystemRandom
from typing import Any

import redis
import structlog
from celery import Task
from celery.exceptions import Ignore, Reject, Retry, SoftTimeLimitExceeded
from kombu.exceptions import OperationalError

from bot.ports import StoreError, TrackerError
from bot.upkeep import Failure
from workers.site import TASK, MisconfiguredError, here

WAITS = (5.0, 10.0, 20.0, 40.0, 80.0, 160.0, 300.0)  # seconds

# Of the database and of GitHub, by code: what passes by itself, or when an operator has done what the message says.
_STORE = frozenset({
    "database_busy", "database_unreachable", "database_failed", "database_full", "database_outdated", "database_readonly",
})  # fmt: skip
_TRACKER = frozenset({
    "rate_limited", "put_off", "unavailable", "server_error", "unreachable", "timeout", "connection_lost",
})  # fmt: skip
_BROKER = (redis.ConnectionError, redis.TimeoutError, OperationalError, ConnectionError)

_LOG = structlog.get_logger()
_DICE = SystemRandom()


class PassingError(Exception):
    """What stands for a transient error in Celery's retry: unlike ours it can be pickled."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(code, message)
        self.code, self.message = code, message


def transient(error: Exception) -> bool:
    """Whether an error passes by itself."""
    if isinstance(error, StoreError):
        return error.code in _STORE
    if isinstance(error, TrackerError):
        return error.code in _TRACKER or error.until is not None
    return isinstance(error, _BROKER)


def permanent(error: Exception) -> bool:
    """Whether an error is known, and comes back however often it is tried."""
    return isinstance(error, StoreError | TrackerError | MisconfiguredError) and not transient(error)


def wait(retries: int, longest: timedelta, until: timedelta | None = None) -> timedelta:
    """How long to wait before the retry after so many; where a limit is known, `until` that ends, but never too long."""
    most = min(WAITS[min(retries, len(WAITS) - 1)], longest.total_seconds())
    drawn = timedelta(seconds=_DICE.uniform(most / 2, most))
    return min(max(until, timedelta(0)) + drawn, longest) if until is not None else drawn


class Steady(Task):  # type: ignore[misc]  # Celery has no types
    """A task whose errors are judged here: what is transient waits, what is permanent is recorded, and so is our bug."""

    abstract = True
    max_retries = len(WAITS)
    unexpected = 2  # retries after an unexpected error
    frequent = False  # comes so often that not every success looks whether it mends a failure

    def __call__(self, *arguments: Any, **named: Any) -> Any:
        """Do the task; an error becomes a retry, or a result that names it. A tick begins a cycle, by the id of its task."""
        structlog.contextvars.bind_contextvars(cycle=named.get("cycle") or self.request.id)
        try:
            result = self.run(*arguments, **named)
        except (Retry, Ignore, Reject):
            raise
        except Exception as error:  # noqa: BLE001 - every error is judged, and recorded or retried
            return self._judged(error, named)
        self._went_well(self._place(named))
        return result

    def _went_well(self, place: str) -> None:
        """Forget an earlier failure; that this could not be done is no reason to do the task again."""
        if self.frequent and not self.request.retries:
            return
        try:
            here().mend(place)
        except (StoreError, MisconfiguredError) as error:
            _LOG.warning("failure_not_mended", code=error.code, place=place)

    def _judged(self, error: Exception, named: dict[str, Any]) -> dict[str, str]:
        known = transient(error)
        tries = 0 if permanent(error) else len(WAITS) if known else self.unexpected
        place = self._place(named)
        code = getattr(error, "code", None) or _code(error)
        retries = self.request.retries
        if not known:
            _LOG.error("task_failed", task=self.name, code=code, tries=retries, exc_info=error)
            _record(place, code, error)
        if retries < tries:
            passing = PassingError(code, str(getattr(error, "message", ""))).with_traceback(error.__traceback__)
            raise self.retry(exc=passing, countdown=self._countdown(error).total_seconds(), max_retries=tries)
        if known:
            _LOG.warning("task_gave_up", task=self.name, code=code, tries=retries)
            _record(place, code, error)
        return {"failed": code}

    def _place(self, named: dict[str, Any]) -> str:
        return f"{self.name} {named['repository']}" if named.get("repository") else str(self.name)

    def _countdown(self, error: Exception) -> timedelta:
        longest = timedelta(seconds=self.app.conf.task_soft_time_limit) / 4
        until = getattr(error, "until", None)
        return wait(self.request.retries, longest, until - datetime.now(UTC) if until else None)


def _code(error: Exception) -> str:
    if isinstance(error, SoftTimeLimitExceeded):
        return "task_too_long"
    return "broker_unreachable" if isinstance(error, _BROKER) else "task_failed"


def _record(place: str, code: str, error: Exception) -> None:
    """Record a failure where `frictionbot status` shows it; where the database is what failed, only the log has it.

    The words of an exception that is not ours could hold what somebody wrote in a session: only its class is kept.
    """
    now = datetime.now(UTC)
    message = getattr(error, "message", "") or f"{type(error).__name__}: the log of the worker says where"
    try:
        here().upkeep.fail(Failure(code, place, message, TASK, now, now))
    except (StoreError, MisconfiguredError) as worse:
        _LOG.warning("failure_not_recorded", code=code, place=place, because=worse.code)
