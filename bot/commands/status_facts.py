"""Looking up how the work stands: from the memory, the file system, and Redis where workers are used."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson

from bot import wiring
from bot.adapters import checks_figures, checks_sources, checks_work
from bot.adapters.checks_redis import depths
from bot.adapters.checks_store import is_made
from bot.adapters.store import SqlStore
from bot.adapters.upkeep import SqlUpkeep
from bot.commands.doctor_probes import QUEUES, receivers
from bot.core.lag import KEEP, Signs, alarms, last_cycle
from bot.core.situation import Hand, Queue, Situation, Stop, Tended, Tick, Trouble
from bot.ports import Allowance, StoreError
from bot.settings import Settings
from bot.upkeep import Failure, Pulse

_NONE = StoreError("database_missing", "there is no database yet: the first `frictionbot run` makes it")


def look(settings: Settings, now: datetime) -> Situation:
    """How the work stands. Only looks: nothing is made, moved or sent. Raises `StoreError`."""
    if not is_made(settings.database):
        raise _NONE
    with SqlStore.open(settings.database, upgrade=False) as store:
        upkeep = SqlUpkeep(store.engine)
        pulses, failures, pauses = upkeep.pulses(), upkeep.failures(), upkeep.pauses(now)
        aside = [failure.place for failure in failures if failure.aside]
        unread = checks_sources.waiting(wiring.reader(settings)[0], store.files(), aside)
        signs = checks_work.signs(upkeep, receivers(settings), unread, now)
        used = "broker" in settings.workers.model_fields_set or checks_work.were_used(pulses, now)
        return Situation(
            as_of=now,
            last_cycle=last_cycle(signs.pulses),
            alarms=alarms(signs, settings.telemetry.silent, now) if used else (),
            repositories=tuple(_tended(store, signs, name) for name in receivers(settings)),
            unread=unread,
            lag=_lag(pulses),
            batches=len(upkeep.abandoned(now)),
            queue_age=signs.queue_age,
            queues=_queues(settings) if used else (),
            workers=tuple(_hands(pulses, now, settings.workers.task_limit)),
            ticks=tuple(_ticks(signs, settings)) if used else (),
            stops=tuple(Stop(each.scope, each.by, each.because, each.until) for each in pauses),
            troubles=tuple(map(_trouble, failures)),
            budget=checks_figures.budget(store.engine, now, Allowance()),
            database=upkeep.size(),
        )


def _tended(store: SqlStore, signs: Signs, repository: str) -> Tended:
    counts = checks_figures.standings(store.engine, repository)
    moments = (signs.pulses.get(f"{KEEP}{repository}"), signs.pulses.get("run"))
    return Tended(
        repository,
        max((at for at in moments if at), default=None),
        open=counts.get("open", 0),
        silenced=counts.get("silenced", 0),
        waiting=counts.get("waiting", 0),
        paused=bool({"all", f"repository:{repository}"} & signs.paused),
    )


def _queues(settings: Settings) -> tuple[Queue, ...]:
    found = depths(settings.workers.broker.get_secret_value(), QUEUES)
    return tuple(Queue(name, found[name] if found is not None else None) for name in QUEUES)


def _hands(pulses: Iterable[Pulse], now: datetime, longest: timedelta) -> Iterator[Hand]:
    for each in checks_work.living(pulses, now, longest):
        yield Hand(each.host, each.version, each.queues, each.at)


def _ticks(signs: Signs, settings: Settings) -> Iterator[Tick]:
    """When each kind of work is due again, by the last time that it went well."""
    workers = settings.workers
    cycles = [at for name, at in signs.pulses.items() if name.startswith(KEEP)]
    told: tuple[tuple[str, datetime | None, timedelta], ...] = (
        ("ingest", signs.pulses.get("discover"), workers.ingest),
        ("evaluate", signs.pulses.get("derive"), workers.evaluate),
        ("comments", max(cycles, default=None), workers.comments),
        ("housekeeping", signs.pulses.get("housekeeping"), workers.housekeeping),
    )
    for name, last, often in told:
        if last is not None:
            yield Tick(name, last, last + often)


def _trouble(each: Failure) -> Trouble:
    return Trouble(each.code, each.place, each.message, each.times, each.last, each.aside)


def _lag(pulses: Sequence[Pulse]) -> timedelta | None:
    """From the end of the newest session of the last reading to the moment when it was read."""
    for pulse in pulses:
        if pulse.name == "ingest":
            newest = _value(pulse).get("newest")
            with suppress(ValueError, TypeError):
                at = datetime.fromisoformat(str(newest)).astimezone(UTC)
                return max(pulse.at - at, timedelta(0)) if newest else None
    return None


def _value(pulse: Pulse) -> Mapping[str, Any]:
    with suppress(orjson.JSONDecodeError):
        found = orjson.loads(pulse.value)
        if isinstance(found, dict):
            return found
    return {}
