"""What the memory tells of the work: signs of life, versions side by side, failures, pauses, the last cycle."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

import orjson

from bot.core.diagnosis import Check, failed, ok, warning
from bot.core.lag import WORKER, Signs, Waiting, alarms, last_cycle
from bot.upkeep import Failure, Pause, Pulse, Upkeep

LIVING = timedelta(minutes=10)  # a worker that said nothing for so long after its longest task is taken for gone
LONGEST = timedelta(minutes=20)  # of tasks, as `workers.task_limit` is by default
_SHOWN = 5
_RECENT = timedelta(days=7)


class Living(NamedTuple):
    """A worker as its last sign of life tells it."""

    host: str
    at: datetime
    version: str = ""
    queues: tuple[str, ...] = ()
    started: datetime | None = None


def living(pulses: Iterable[Pulse], now: datetime, longest: timedelta = LONGEST) -> tuple[Living, ...]:
    """The workers that gave a sign of life since the `longest` task may have begun, ordered by host.

    They give one at the end of a task.
    """
    within = longest + LIVING
    return tuple(_worker(pulse) for pulse in pulses if pulse.name.startswith(WORKER) and now - pulse.at <= within)


def were_used(pulses: Iterable[Pulse], now: datetime) -> bool:
    """Whether workers worked here in the last days: then their broker is part of the installation."""
    return any(pulse.name.startswith(WORKER) and now - pulse.at <= _RECENT for pulse in pulses)


def signs(upkeep: Upkeep, receivers: Collection[str], waiting: Waiting, now: datetime) -> Signs:
    """What the dead-man rule looks at, as the memory tells it; raises `StoreError`."""
    pulses = upkeep.pulses()
    starts = [each.started for each in living(pulses, now) if each.started]
    return Signs(
        pulses={pulse.name: pulse.at for pulse in pulses},
        receivers=frozenset(receivers),
        waiting=waiting,
        queue_age=upkeep.queue_age(now),
        paused=frozenset(pause.scope for pause in upkeep.pauses(now)),
        began=min(starts, default=None),
    )


def beat_checks(
    pulses: Mapping[str, datetime], interval: timedelta, now: datetime, longest: timedelta = LONGEST
) -> Iterator[Check]:
    """Whether beat's own tick came not longer than two intervals ago.

    A worker writes it down: while all of them are at work on something longer, it may come late.
    """
    at = pulses.get("beat")
    fix = "start it: `celery --app workers.app beat` (or `docker compose up -d beat`), and a worker of queue evaluate"
    if at is None:
        yield failed("beat", "beat never ticked", fix)
        return
    said = f"beat's last tick is {_ago(now - at)} old, it should come every {_ago(interval)}"
    if now - at > 2 * interval + longest:
        yield failed("beat", said, fix)
    elif now - at > 2 * interval:
        yield warning("beat", said, "wait, if workers of queue evaluate are busy; else start beat and such a worker")
    else:
        yield ok("beat", f"beat ticked {_ago(now - at)} ago")


def worker_checks(workers: Sequence[Living], version: str, queues: Sequence[str]) -> Iterator[Check]:
    """Whether every queue has a worker that gave a sign of life, and whether all are of this version."""
    details = [
        f"{each.host}: {each.version or 'unknown version'}, {', '.join(each.queues) or 'no queue'}" for each in workers
    ]
    others = sorted({each.version or "unknown" for each in workers} - {version})
    idle = [queue for queue in queues if not any(queue in each.queues for each in workers)]
    count = _many(len(workers), "worker")
    if not workers:
        fix = "start one: `celery --app workers.app worker --queues ingest,evaluate,github` (or `docker compose up -d`)"
        yield failed("workers", "no worker gave a sign of life", fix)
    elif others:
        fix = f"restart them with frictionbot {version}, or upgrade this installation"
        yield warning("workers", f"{count}, some of version {', '.join(others)} beside {version}", fix, details=details)
    elif idle:
        fix = "see `frictionbot doctor --only queues`; they say so when their first task is done"
        yield warning("workers", f"{count}, and none told that it works on {', '.join(idle)}", fix, "", details)
    else:
        yield ok("workers", f"{count}, all of version {version}", details=details)


def cycle_checks(signs: Signs, silent: timedelta, now: datetime, *, scheduled: bool) -> Iterator[Check]:
    """How old the last cycle is; where work is `scheduled`, what has been silent for too long."""
    at = last_cycle(signs.pulses)
    raised = alarms(signs, silent, now) if scheduled else ()
    for alarm in raised:
        found, _, fix = alarm.message.partition(": ")
        yield failed("cycle", found, fix, alarm.place)
    if raised:
        return
    if at is None:
        fix = "wait for the first one" if scheduled else "run `frictionbot run`"
        yield warning("cycle", "there was no cycle yet", fix)
    else:
        yield ok("cycle", f"the last cycle is {_ago(now - at)} old")


def failure_checks(failures: Sequence[Failure]) -> Iterator[Check]:
    """What failed for good or again and again, the newest first."""
    if not failures:
        yield ok("failures", "nothing failed for good")
        return
    aside = sum(failure.aside for failure in failures)
    details = [f"{each.place}: {each.message} [{each.code}, {_many(each.times, 'time')}]" for each in failures[:_SHOWN]]
    told = f"{_many(len(failures), 'failure')} on record" + (f", {aside} of them set aside" if aside else "")
    yield warning("failures", told, "mend what `frictionbot status` names; what changes is tried again", "", details)


def pause_checks(pauses: Sequence[Pause]) -> Iterator[Check]:
    """What is paused."""
    for pause in pauses:
        until = f"until {pause.until.astimezone(UTC):%Y-%m-%d %H:%M} UTC" if pause.until else "until it is resumed"
        kind, _, name = pause.scope.partition(":")
        fix = f"when that is over, type `frictionbot resume {f'--{kind} {name}' if name else kind}`"
        yield warning("pauses", f"{pause.scope} is paused {until}", fix)
    if not pauses:
        yield ok("pauses", "nothing is paused")


def _worker(pulse: Pulse) -> Living:
    host, value = pulse.name.removeprefix(WORKER), _object(pulse.value)
    queues = value.get("queues")
    return Living(
        host,
        pulse.at,
        str(value.get("version") or ""),
        tuple(str(queue) for queue in queues) if isinstance(queues, list) else (),
        _moment(value.get("started")),
    )


def _object(text: str) -> dict[str, Any]:
    try:
        found = orjson.loads(text)
    except orjson.JSONDecodeError:
        return {}
    return found if isinstance(found, dict) else {}


def _moment(value: object) -> datetime | None:
    try:
        found = datetime.fromisoformat(str(value))
    except ValueError:
        return None
    return found.astimezone(UTC) if found.tzinfo else None


def _ago(time: timedelta) -> str:
    seconds = max(0, round(time.total_seconds()))
    for size, unit in ((86400, "d"), (3600, "h"), (60, "m")):
        if seconds >= 2 * size:
            return f"{seconds // size}{unit}"
    return f"{seconds}s"


def _many(count: int, noun: str) -> str:
    return f"{count:,} {noun}" + ("" if count == 1 else "s")
