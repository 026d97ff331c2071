"""What `frictionbot up` starts: a Redis, a worker for every queue, and beat, each with the same settings in its environment."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping, Sequence
from datetime import timedelta
from pathlib import Path
from typing import NamedTuple

from bot.adapters.household import Program
from bot.adapters.redis_program import redis_answers, redis_command, redis_url
from bot.core.duration import show_duration
from bot.settings import FILE_VARIABLE, Settings

_CELERY = (sys.executable, "-m", "celery", "--quiet", "--app", "workers.app")
_SOON = timedelta(seconds=30)  # between two ticks where the settings say nothing: nobody wants to wait on a trial
_SPARE = 15.0  # seconds beyond `workers.grace` until a worker that was asked to stop is killed
_TICKS = ("ingest", "evaluate", "comments")


class Place(NamedTuple):
    """Where a household lives: its data, the folder it works in, its socket's, its lock, and its Redis.

    A socket's path may have 107 bytes at most, so it is not among the data.
    """

    data: Path
    folder: Path
    sockets: Path
    lock: int
    redis: str


class Said(NamedTuple):
    """What `up` says over the settings that every process finds by itself; what is empty is left to them."""

    config: str | None
    database: str
    repository: str
    sources: tuple[str, ...]
    api_url: str = ""
    token: str = ""

    def options(self) -> dict[str, object]:
        """It as settings of the command line."""
        github = {"api_url": self.api_url, "token": self.token}
        return {
            "database": self.database or None,
            "repository": self.repository or None,
            "sources": self.sources,
            "github": github if self.token else None,
        }

    def variables(self) -> dict[str, str]:
        """It as variables."""
        found = {
            FILE_VARIABLE: str(Path(self.config).absolute()) if self.config else "",
            "FRICTIONBOT_DATABASE": self.database,
            "FRICTIONBOT_REPOSITORY": self.repository,
            "FRICTIONBOT_ROUTES": "[]" if self.repository else "",  # who names a receiver by hand means all issues
            "FRICTIONBOT_SOURCES": os.pathsep.join(self.sources),
            "FRICTIONBOT_GITHUB_API_URL": self.api_url,
            "FRICTIONBOT_GITHUB_TOKEN": self.token,
        }
        return {name: value for name, value in found.items() if value}


def programs(settings: Settings, environment: Mapping[str, str], place: Place, processes: int) -> Sequence[Program]:
    """What is started, in order; it is stopped in the opposite one."""
    level = settings.telemetry.level.upper()
    worker = (
        *(*_CELERY, "worker", "--queues", "ingest,evaluate,github", "--concurrency", str(processes)),
        *("--hostname", "up@%h", "--loglevel", level),
    )
    beat = (*_CELERY, "beat", "--schedule", str(place.data / "beat"), "--pidfile=", "--loglevel", level)
    redis = redis_command(place.redis, place.sockets)
    grace = settings.workers.grace.total_seconds() + _SPARE
    held = (place.lock,)
    return (
        Program("redis", redis, environment, place.folder, ready=lambda: redis_answers(place.sockets), files=held),
        Program("worker", worker, environment, place.folder, grace, files=held),
        Program("beat", beat, environment, place.folder, files=held),
    )


def environment(settings: Settings, environ: Mapping[str, str], said: Said, place: Place) -> dict[str, str]:
    """The environment in which a process of its own finds the same settings, with this household's Redis."""
    variables = said.variables() | _ticks(settings) | {"FRICTIONBOT_WORKERS_BROKER": redis_url(place.sockets)}
    if settings.telemetry.log == "auto":
        variables["FRICTIONBOT_TELEMETRY_LOG"] = "text"  # it is people who read it, though through a pipe
    files = {f"{name}_FILE" for name in variables}
    if said.database:
        files.add("FRICTIONBOT_DATABASE_PASSWORD_FILE")
    return {name: value for name, value in environ.items() if name not in files} | variables


def _ticks(settings: Settings) -> dict[str, str]:
    """Shorter pauses than usual, where nobody said which."""
    unsaid = [name for name in _TICKS if name not in settings.workers.model_fields_set]
    ticks = {f"FRICTIONBOT_WORKERS_{name.upper()}": show_duration(_SOON) for name in unsaid}
    return ticks if "jitter" in settings.workers.model_fields_set else {**ticks, "FRICTIONBOT_WORKERS_JITTER": "1s"}
