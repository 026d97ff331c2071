"""A small Celery application that is observed as the bot's own is: its tasks send one another, fail, and are killed."""

from __future__ import annotations

import os
import signal
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import structlog
from celery import Celery
from sqlalchemy import select

from bot.adapters.store import SqlStore
from bot.adapters.store_schema import FILES
from bot.adapters.telemetry import observe
from bot.demo import fake_secrets
from bot.fanout import BatchRead
from bot.settings import Layer, load_settings

settings, problems = load_settings(Layer(), os.environ, Path.cwd(), None)
assert settings, problems
app = Celery("watched", broker=settings.workers.broker.get_secret_value())
app.conf.update(task_ignore_result=True, task_acks_late=True, worker_prefetch_multiplier=1)
telemetry = observe(app, settings)


@app.task(name="ingest.discover")
def discover(*, cycle: str) -> dict[str, Any]:
    batch.apply_async(kwargs={"batch_id": "b-1", "cycle": cycle, "text": "what a person said"}, queue="ingest")
    return {"files": 3}


@app.task(name="ingest.batch")
def batch(*, batch_id: str, cycle: str, **_: object) -> dict[str, Any]:
    now = datetime.now(UTC)
    read = BatchRead(
        "b-1",
        "read",
        files=2,
        read=2,
        size=1000,
        sessions=2,
        signals=3,
        events=40,
        problems={"unreadable": 1},
        newest=now - timedelta(seconds=90),
    )
    telemetry.ingested(read, now)
    with SqlStore.open(settings.database) as store, store.engine.begin() as connection:
        connection.execute(select(FILES.c.no).where(FILES.c.path == "/home/ada/secret-parameter"))
    structlog.get_logger().info("batch_read", files=2, prompt="what a person said")
    keep.apply_async(kwargs={"repository": "acme/agents", "cycle": cycle}, queue="ingest")
    return {"files": 2, "excerpt": "what a person said"}


@app.task(name="github.keep", bind=True, max_retries=1)
def keep(self: Any, *, repository: str, cycle: str) -> dict[str, Any]:
    telemetry.heard("GET", 200, {"x-ratelimit-resource": "core", "x-ratelimit-remaining": "4999"}, 0.25)
    if not self.request.retries:
        raise self.retry(exc=ConnectionError(f"lost with {fake_secrets.GITHUB}"), countdown=0)
    telemetry.heard("POST", 0, {}, 0.5)
    return {"actions": 1}


@app.task(name="records")
def records(*, cycle: str) -> dict[str, Any]:
    return {"failed": "bad_credentials"}


@app.task(name="fails")
def fails(*, cycle: str) -> None:
    raise ValueError(f"what a person said to {fake_secrets.EMAIL}\n{fake_secrets.GITHUB}")


@app.task(name="dies", acks_late=False)
def dies(*, cycle: str) -> None:
    os.kill(os.getpid(), signal.SIGKILL)
