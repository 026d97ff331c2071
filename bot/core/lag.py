"""The dead-man rule: what is silent that should not be, told from signs of life alone.

Everything here is a function of what was seen and `now`: housekeeping, `status`, `doctor` and the metrics say the same.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import NamedTuple

from bot.core.duration import show_duration

KEEP = "keep:"  # and OWNER/NAME: one cycle of one repository went well
WORKER = "worker:"  # and the host: a worker lives
BEAT = timedelta(seconds=30)  # how often beat's own tick comes
_CYCLES = ("derive", "run")  # what was changed was looked at: by workers, by one embedded run
_ALL = "all"


class Waiting(NamedTuple):
    """Files of the sources that nobody has read as they are now: how many, their bytes, since when the oldest lies there."""

    files: int = 0
    size: int = 0
    since: datetime | None = None


class Signs(NamedTuple):
    """What the rule looks at.

    `pulses` says when each thing last went well, `queue_age` how long the oldest batch waits that nobody began, `paused`
    the scopes that are paused. `began` is since when somebody is known to work: what never went well is counted from then.
    """

    pulses: Mapping[str, datetime]
    receivers: frozenset[str] = frozenset()
    waiting: Waiting = Waiting()
    queue_age: timedelta | None = None
    paused: frozenset[str] = frozenset()
    began: datetime | None = None


class Alarm(NamedTuple):
    """Something is silent: a stable code, its place ("" for everything), since when, and one sentence with what to do."""

    code: str
    place: str
    since: datetime | None
    message: str


def alarms(signs: Signs, silent: timedelta, now: datetime) -> tuple[Alarm, ...]:
    """What has been silent for longer than `silent`; empty where all is well, or nothing is known yet.

    Codes: `no_cycle` (nothing was evaluated, or a repository had no cycle), `nothing_ingested` (files wait and none is
    read), `queue_stuck` (a batch waits and nobody begins it). A pause excuses the cycles that it stops, never the reading.
    """
    before = now - silent
    return (*_cycles(signs, before, silent), *_ingest(signs, before, silent), *_queue(signs, silent, now))


def last_cycle(pulses: Mapping[str, datetime]) -> datetime | None:
    """When something was last evaluated or filed; None where that never was."""
    return max((at for name, at in pulses.items() if name in _CYCLES or name.startswith(KEEP)), default=None)


def _cycles(signs: Signs, before: datetime, silent: timedelta) -> Iterator[Alarm]:
    if _ALL in signs.paused:
        return
    evaluated = _newest(signs, "derive")
    if evaluated is not None and evaluated < before:
        message = f"nothing was evaluated for more than {show_duration(silent)}: see whether workers and beat run"
        yield Alarm("no_cycle", "", evaluated, message)
        return  # the repositories are silent for the same reason
    for repository in sorted(signs.receivers):
        kept = signs.pulses.get(f"{KEEP}{repository}", signs.began)
        if kept is not None and kept < before and f"repository:{repository}" not in signs.paused:
            message = f"it had no whole cycle for more than {show_duration(silent)}: see `frictionbot doctor --only repository`"
            yield Alarm("no_cycle", repository, kept, message)


def _ingest(signs: Signs, before: datetime, silent: timedelta) -> Iterator[Alarm]:
    waiting, read = signs.waiting, _newest(signs, "ingest")
    if not waiting.files or waiting.since is None or waiting.since >= before:
        return
    if read is not None and read < before:
        files = "file waits" if waiting.files == 1 else "files wait"
        message = (
            f"{waiting.files:,} {files} and nothing was read for more than {show_duration(silent)}:"
            " see whether a worker of queue ingest runs"
        )
        yield Alarm("nothing_ingested", "", read, message)


def _queue(signs: Signs, silent: timedelta, now: datetime) -> Iterator[Alarm]:
    if signs.queue_age is not None and signs.queue_age > silent:
        message = (
            f"a batch waits for more than {show_duration(silent)} and nobody begins it: start a worker of queue ingest"
        )
        yield Alarm("queue_stuck", "ingest", now - signs.queue_age, message)


def _newest(signs: Signs, name: str) -> datetime | None:
    """When workers last did something; where they never did, one process alone, else when workers began."""
    return signs.pulses.get(name, signs.pulses.get("run", signs.began))
