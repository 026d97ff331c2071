"""Celery's configuration as data, made from the settings; every figure follows from `workers.task_limit` and `workers.grace`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from bot.settings import Settings
from workers.schedule import schedule

QUEUES = ("ingest", "evaluate", "github")
ROUTES: Mapping[str, Mapping[str, str]] = {
    "ingest.*": {"queue": "ingest"},
    "evaluate.*": {"queue": "evaluate"},
    "upkeep.*": {"queue": "evaluate"},
    "github.*": {"queue": "github"},
}
_MEMORY = 1024 * 1024  # KiB: a batch of the default size takes a tenth; what has grown to this is fragments
_SOON = 5.0  # seconds: how long a broken connection to the broker is only waited for, not given up


@dataclass(frozen=True, slots=True)
class Spans:
    """How long things may take. By the default limit of 20 minutes: soft 20, hard 22, longest wait 5, unseen 60 minutes.

    `soft` is when a task is told to stop, `hard` when its process is killed, `longest` the longest countdown of a retry. A
    message is given to another worker when it was not acknowledged for `unseen` (Redis has no better way to notice that a
    worker died): this has to be longer than one task that runs before it in the same process, its own, and its countdown:
    2 * 1.1 + 0.25 = 2.45 limits, so 3 limits.
    """

    soft: timedelta
    hard: timedelta
    longest: timedelta
    unseen: timedelta

    @classmethod
    def of(cls, limit: timedelta) -> Spans:
        """All spans that follow from the limit of a task."""
        return cls(soft=limit, hard=limit * 1.1, longest=limit / 4, unseen=limit * 3)


def configuration(settings: Settings) -> dict[str, Any]:
    """What Celery is told. Messages are JSON, acknowledged when the work is done, and never more than one is taken ahead."""
    broker = settings.workers.broker.get_secret_value()
    spans = Spans.of(settings.workers.task_limit)
    return {
        "broker_url": broker,
        "broker_connection_retry_on_startup": True,
        # For ever, where kombu lets it: now and then a worker ends when Redis dies, and whoever supervises it starts it again.
        "broker_connection_max_retries": None,
        "broker_transport_options": {
            "visibility_timeout": spans.unseen.total_seconds(),
            "unacked_restore_interval": min(10.0, spans.unseen.total_seconds() / 10),  # between two looks for such
            "unacked_restore_throttle": 1,
            "socket_keepalive": True,
            "socket_connect_timeout": _SOON,
        },
        "task_serializer": "json",
        "result_serializer": "json",
        "accept_content": ["json"],
        "result_accept_content": ["json"],
        "task_default_queue": "evaluate",
        "task_create_missing_queues": True,
        "task_routes": ROUTES,
        "task_acks_late": True,
        "task_reject_on_worker_lost": True,
        "task_ignore_result": True,
        "result_backend": broker,  # only a ping has a result
        "result_expires": 60,
        "task_soft_time_limit": spans.soft.total_seconds(),
        "task_time_limit": spans.hard.total_seconds(),
        # Publishing gives up after about two seconds: the task that could not send is then sent again by its next tick.
        "task_publish_retry_policy": {
            "max_retries": 4,
            "interval_start": 0,
            "interval_step": 0.3,
            "interval_max": 1,
        },
        "worker_prefetch_multiplier": 1,
        # Not after so many tasks: a new process compiles all rules again. Memory that a large file left behind is the only
        # thing that grows, so its size decides; the process is replaced after the task, never within.
        "worker_max_memory_per_child": _MEMORY,
        "worker_cancel_long_running_tasks_on_connection_loss": False,  # they finish; what is repeated changes nothing
        "worker_send_task_events": False,
        "task_send_sent_event": False,
        "worker_hijack_root_logger": False,
        "worker_redirect_stdouts": False,
        "enable_utc": True,
        "timezone": "UTC",
        "beat_schedule": schedule(settings.workers),
        "beat_max_loop_interval": 30,
    }
