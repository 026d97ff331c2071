"""The settings of unattended work: workers and their schedule, what is kept how long, and how it is watched."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, SecretStr

from bot.core.duration import Duration

_MEGABYTE = 1024 * 1024


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)


def _broker(value: SecretStr) -> SecretStr:
    if not value.get_secret_value().startswith(("redis://", "rediss://", "redis+socket://")):
        raise ValueError("write redis://HOST:6379/0 or rediss://…")  # never repeated: it may hold a password
    return value


def _positive(value: timedelta) -> timedelta:
    if value < timedelta(seconds=1):
        raise ValueError("write 1s or more")
    return value


Often = Annotated[Duration, AfterValidator(_positive)]


class Workers(_Part):
    """Celery's workers: where their messages go, how work is cut, and how often it is done."""

    broker: Annotated[SecretStr, AfterValidator(_broker)] = Field(
        SecretStr("redis://localhost:6379/0"), description="The Redis that carries messages; nothing true lives in it."
    )
    batch: int = Field(
        128 * _MEGABYTE,
        ge=_MEGABYTE,
        le=4096 * _MEGABYTE,
        description="Bytes that one task reads; a larger file is one task.",
    )
    ingest: Often = Field(timedelta(minutes=5), description="How often sources are looked through.")
    evaluate: Often = Field(timedelta(minutes=5), description="How often what changed is evaluated.")
    comments: Often = Field(timedelta(minutes=2), description="How often comments are read.")
    reconcile: Often = Field(timedelta(hours=6), description="How often everything is evaluated on whole listings.")
    housekeeping: Often = Field(
        timedelta(hours=1), description="How often space, leases and signs of life are looked after."
    )
    jitter: Annotated[
        Duration, Field(description="By how much a tick may come later, so that not all come at once.")
    ] = timedelta(seconds=15)
    tries: int = Field(3, ge=1, le=20, description="How often a file or rule may fail before it is set aside.")
    task_limit: Often = Field(timedelta(minutes=20), description="How long a task may take before it is stopped.")
    grace: Often = Field(
        timedelta(seconds=60), description="How long a worker that is asked to stop may finish its task."
    )


class Retention(_Part):
    """What is dropped, and when; without a length nothing is."""

    evidence: Duration | None = Field(None, description="How long sessions and their signals are kept after their end.")
    log: Duration = Field(timedelta(days=400), description="How long decisions are kept.")


class Telemetry(_Part):
    """How the work is watched."""

    log: Literal["auto", "json", "text"] = Field(
        "auto", description="How logs are written; auto: text on a terminal, else JSON."
    )
    level: Literal["debug", "info", "warning", "error"] = Field("info", description="The least that is logged.")
    metrics_port: int | None = Field(None, ge=0, le=65535, description="Where Prometheus may ask; 0 takes a free port.")
    metrics_bind: str = Field("127.0.0.1", min_length=1, description="The address of that port.")
    silent: Duration = Field(
        timedelta(hours=6), description="After how long without a cycle the dead-man signal is raised."
    )
