"""Seeing workers run: logs, counts and traces of every task, tied to Celery by its signals.

Nothing here ever stops or fails a task: what cannot be told is dropped or told later.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Mapping, MutableMapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from inspect import signature
from typing import Any, Final

import structlog
from celery import Celery, Task, signals
from celery.utils.dispatch import Signal
from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from bot.adapters.telemetry_counts import Counts, save
from bot.adapters.telemetry_fields import allowed, is_known
from bot.adapters.telemetry_logs import set_up_logs
from bot.adapters.telemetry_server import Beside, telemetry_engine
from bot.adapters.telemetry_traces import Traces, hand_on, trace_id, wanted
from bot.core.report import NOTES, Report
from bot.fanout import BatchRead
from bot.ports import StoreError
from bot.settings import Settings

_NAMES: Final = ("cycle", "batch_id", "repository", "whole", "queue")  # arguments of tasks that logs and spans tell
_SHOWN_AS: Final = {"batch_id": "batch"}
_REST: Final = 30.0  # seconds without trying to write counts down, after that failed
_LOG = structlog.get_logger()


@dataclass(slots=True)
class _Process:
    """What belongs to one process, and not to those that it forks."""

    pid: int
    counts: Counts = field(default_factory=Counts)
    engine: Engine | None = None
    traces: Traces | None = None
    began: dict[str, float] = field(default_factory=dict)  # by task id, on the monotonic clock
    errors: dict[str, str] = field(default_factory=dict)  # task id → code of what went wrong
    tired: float = 0.0  # until when nothing is written down


class Telemetry:
    """What a worker tells of its work; for any number of processes that are forked from the one that made it."""

    def __init__(self, settings: Settings, environment: Mapping[str, str]) -> None:
        self._settings, self._traced = settings, wanted(environment)
        self._mine: _Process | None = None
        self._beside = Beside()

    def ingested(self, read: BatchRead, now: datetime) -> None:
        """A batch was read."""
        counts = self._process().counts
        counts.add("files_total", by=read.read)
        counts.add("bytes_total", by=read.size)
        counts.add("sessions_total", by=read.sessions)
        counts.add("events_total", by=read.events)
        counts.add("signals_total", by=read.signals)
        if read.newest is not None:
            counts.observe("lag_seconds", max((now - read.newest).total_seconds(), 0.0))
        for code, times in read.problems.items():
            self.failed(code, times)

    def told(self, report: Report, repository: str, *, whole: bool) -> None:
        """A repository had its cycle; only one that looked at everything knows how many findings there are."""
        counts = self._process().counts
        for result in report.outcomes:
            counts.add("actions_total", result.repository, result.action, "failed" if result.error else "done")
        for action in report.plan:
            if action.action == "skip":
                counts.add("skips_total", action.row)
        for problem in report.problems:
            if problem.code not in NOTES:
                self.failed(problem.code)
        if whole:
            for state in ("active", "quiet", "below"):
                found = sum(each.state == state and each.repository == repository for each in report.findings)
                counts.set("findings", found, repository, state)

    def failed(self, code: str, times: int = 1) -> None:
        """Something could not be read or done."""
        self._process().counts.add("errors_total", code, by=times)

    def heard(self, verb: str, status: int, headers: Mapping[str, str], seconds: float) -> None:
        """GitHub answered a request (status 0: it did not); `headers` have lower-case names."""
        here = self._process()
        here.counts.add("github_requests_total", verb, str(status or "none"))
        here.counts.observe("github_request_seconds", seconds, verb)
        resource = headers.get("x-ratelimit-resource", "")
        for name, header in _LIMITS.items():
            value = headers.get(header, "")
            if resource and value.isascii() and value.isdecimal() and len(value) <= _DIGITS:
                here.counts.set(name, float(value), resource)
        if here.traces:
            here.traces.request(verb, status, seconds)

    def save(self) -> None:
        """Write down what this process counted; what cannot be written stays counted, and is tried again later."""
        here = self._process()
        if time.monotonic() < here.tired:
            return
        try:
            here.engine = here.engine or telemetry_engine(self._settings.database)
            save(here.engine, here.counts, datetime.now(UTC))
        except (SQLAlchemyError, StoreError, OSError) as error:
            here.tired = time.monotonic() + _REST
            _LOG.debug("counts_kept_back", error=type(error).__name__)

    def close(self) -> None:
        """Write down and send what this process still has."""
        if self._mine is None or self._mine.pid != os.getpid():
            return
        here = self._mine
        here.tired = 0.0
        self.save()
        if here.traces:
            here.traces.close()
        if here.engine:
            here.engine.dispose()
        self._mine = None

    def set_up_logs(self, **_details: Any) -> None:
        """Have all logs of this process written as the settings say."""
        telemetry = self._settings.telemetry
        set_up_logs(telemetry.log, telemetry.level, sys.stderr)

    def publishing(self, headers: MutableMapping[str, Any], **_details: Any) -> None:
        """A message is about to be sent."""
        hand_on(headers)

    def begin(self, task_id: str, task: Task, args: Any, kwargs: Any, **_details: Any) -> None:
        """A task begins in this process."""
        here, fields = self._process(), _told(task, args, kwargs)
        here.began[task_id] = time.monotonic()
        structlog.contextvars.clear_contextvars()
        structlog.contextvars.bind_contextvars(task=task.name, **fields)
        if self._traced:
            here.traces = here.traces or Traces()  # in the process that works: it starts a thread, and is never forked
            here.traces.begin_task(task_id, task.name, task.request.headers or {}, fields)
            structlog.contextvars.bind_contextvars(trace=trace_id())
        _LOG.debug("task_began", task_id=task_id)

    def end(self, task_id: str, task: Task, retval: Any, state: str | None = None, **_details: Any) -> None:
        """A task ended in this process, however."""
        here, outcome = self._process(), (state or "unknown").lower()
        seconds = time.monotonic() - here.began.pop(task_id, time.monotonic())
        error = here.errors.pop(task_id, "")
        told = retval if isinstance(retval, Mapping) else {}
        if isinstance(told.get("failed"), str):  # it recorded what went wrong, so that Celery takes it for done
            outcome, error = "failure", told["failed"]
            self.failed(error)
        here.counts.add("tasks_total", task.name, outcome)
        here.counts.observe("task_seconds", seconds, task.name)
        shown = allowed({name: value for name, value in told.items() if is_known(name)})
        _LOG.info(
            "task_done",
            **(shown | {"outcome": outcome, "seconds": round(seconds, 3)} | ({"code": error} if error else {})),
        )
        if here.traces:
            here.traces.end_task(task_id, outcome, error)
        self.save()
        structlog.contextvars.clear_contextvars()

    def fail(
        self, task_id: str, exception: BaseException, sender: Task, args: Any = (), kwargs: Any = None, **_details: Any
    ) -> None:
        """A task failed for good, in this process or (killed, or beyond its time) in one that it watches."""
        here, code = self._process(), _code(exception)
        self.failed(code)
        about = _told(sender, args, kwargs) | {"task": sender.name, "task_id": task_id, "code": code}
        _LOG.error("task_failed", **about, exc_info=exception)
        if task_id in here.began:
            here.errors[task_id] = code
            return
        here.counts.add("tasks_total", sender.name, "lost")
        self.close()  # at once: this process will fork again, and a connection must not live through that

    def retry(self, request: Any, reason: object, sender: Task, **_details: Any) -> None:
        """A task is to be tried again."""
        error = getattr(reason, "exc", None) or reason  # Celery's own exception, in which the reason is
        code = _code(error) if isinstance(error, BaseException) else "retry"
        self._process().errors[str(request.id)] = code
        self.failed(code)
        _LOG.warning("task_retried", task=sender.name, code=code, tries=int(request.retries or 0) + 1, exc_info=error)

    def serve(self, **_details: Any) -> None:
        """Answer Prometheus beside the worker, where the settings name a port."""
        if self._settings.telemetry.metrics_port is not None:
            self._beside.start()

    def stop(self, **_details: Any) -> None:
        """The worker, or one of its processes, ends."""
        self._beside.stop()
        self.close()

    def forked(self, **_details: Any) -> None:
        """This is a new process: what the one before it started is not its own."""
        self._beside.leave()

    def _process(self) -> _Process:
        if self._mine is None or self._mine.pid != os.getpid():
            self._mine = _Process(os.getpid())
        return self._mine


_LIMITS: Final = {
    "github_remaining": "x-ratelimit-remaining",
    "github_limit": "x-ratelimit-limit",
    "github_reset_timestamp_seconds": "x-ratelimit-reset",
}
_DIGITS: Final = 15  # of a number that a header may bring


def observe(app: Celery, settings: Settings, environment: Mapping[str, str] = os.environ) -> Telemetry:
    """Have the tasks of an app told of; the telemetry is for what only they know. Call it once, when the app was made."""
    telemetry = Telemetry(settings, environment)
    for told, by in (
        (signals.setup_logging, telemetry.set_up_logs),
        (signals.before_task_publish, telemetry.publishing),
        (signals.task_prerun, telemetry.begin),
        (signals.task_postrun, telemetry.end),
        (signals.task_failure, telemetry.fail),
        (signals.task_retry, telemetry.retry),
        (signals.worker_process_init, telemetry.forked),
        (signals.worker_process_shutdown, telemetry.stop),
        (signals.worker_ready, telemetry.serve),
        (signals.worker_shutdown, telemetry.stop),
    ):
        _connect(told, by, str(app.main))
    return telemetry


def _connect(told: Signal, by: Callable[..., None], app: str) -> None:
    """Connect once for an app, by name: a second `observe` takes the place of the first."""
    name = f"frictionbot {app} {by.__name__}"
    told.disconnect(dispatch_uid=name)
    told.connect(by, weak=False, dispatch_uid=name)


def _told(task: Task, args: Any, kwargs: Any) -> dict[str, Any]:
    """The arguments of a task that its logs and spans tell."""
    found: dict[str, object] = {}
    with suppress(TypeError, ValueError):
        found |= signature(task.run).bind_partial(*(args or ()), **(kwargs or {})).arguments
    found |= kwargs or {}
    return {_SHOWN_AS.get(name, name): found[name] for name in _NAMES if found.get(name) not in (None, "")}


def _code(error: BaseException) -> str:
    """The stable code of our own errors, else the name of the class."""
    code = getattr(error, "code", None)
    return code if isinstance(code, str) and code else type(error).__name__
