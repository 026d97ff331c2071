"""The figures of a whole installation as Prometheus reads them: what was counted, and how things stand now.

Each scrape asks the store and the broker, so whoever serves it says the same, a fresh process too. Labels are
repositories, rules, tasks and codes; never a fingerprint, path, person or session.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from importlib.metadata import version
from time import perf_counter
from typing import Final

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily
from prometheus_client.metrics_core import Metric as Family
from prometheus_client.registry import Collector
from sqlalchemy import Connection, Engine, func, select
from sqlalchemy.exc import SQLAlchemyError

from bot.adapters.checks_work import LONGEST, living, signs, were_used
from bot.adapters.store_budget import held_until, most_spent
from bot.adapters.telemetry_counts import METRICS, Metric, Series, kept
from bot.adapters.upkeep import SqlUpkeep
from bot.adapters.upkeep_schema import BATCHES, FAILURES
from bot.core.lag import KEEP, Waiting, alarms
from bot.ports import Allowance, StoreError
from bot.upkeep import Pulse, Upkeep

PREFIX: Final = "frictionbot_"
_USUAL: Final = Allowance()
_HOUR, _MINUTE = timedelta(hours=1), timedelta(minutes=1)

LIVE: Final = (
    Metric("build_info", "The version that answers.", ("version",), "level"),
    Metric("store_up", "1 where the database answers, else 0.", (), "level"),
    Metric("broker_up", "1 where Redis answers, else 0; only where workers are used.", (), "level"),
    Metric("scrape_seconds", "How long these figures took to gather.", (), "level"),
    Metric("last_success_timestamp_seconds", "When work of a kind last went well.", ("kind",), "level"),
    Metric(
        "repository_last_success_timestamp_seconds",
        "When a repository's cycle last went well.",
        ("repository",),
        "level",
    ),
    Metric("workers", "Workers that gave a sign of life since their longest task may have begun.", (), "level"),
    Metric("queue_messages", "Messages that no worker took yet.", ("queue",), "level"),
    Metric("batches_waiting", "Batches of files that were sent and are not done.", (), "level"),
    Metric("oldest_batch_age_seconds", "How long the oldest batch waits that nobody began.", (), "level"),
    Metric("failures", "Work that failed for good or again and again, by code.", ("code",), "level"),
    Metric("set_aside", "Files and rules that are left out until they change, by code.", ("code",), "level"),
    Metric("paused_since_timestamp_seconds", "When somebody paused this.", ("scope",), "level"),
    Metric(
        "write_budget", "What makes something on GitHub, allowed in a window by our own limit.", ("window",), "level"
    ),
    Metric("write_budget_remaining", "What of it is left now.", ("window",), "level"),
    Metric("writes_held_until_timestamp_seconds", "Until when GitHub asked to write nothing.", (), "level"),
    Metric("database_bytes", "Bytes that the database takes.", (), "level"),
    Metric("alarm", "1 for each dead-man alarm that is raised.", ("code", "place"), "level"),
)
_BY_NAME: Final = {metric.name: metric for metric in (*METRICS, *LIVE)}


@dataclass(frozen=True, slots=True)
class Installation:
    """What is asked at each scrape: the database, and how many messages wait in each queue (None where Redis is silent).

    `receivers`, `silent` and the `longest` task are the settings' for the dead-man rule; `clock` tells the machine's time.
    """

    engine: Engine
    queues: Callable[[], Mapping[str, int] | None]
    clock: Callable[[], datetime]
    receivers: frozenset[str] = frozenset()
    silent: timedelta = timedelta(hours=6)
    longest: timedelta = LONGEST
    allowance: Allowance = _USUAL


class Figures(Collector):
    """Every figure of an installation; a database or broker that does not answer is a figure too, and no error."""

    def __init__(self, installation: Installation) -> None:
        self._installation = installation

    def collect(self) -> Iterator[Family]:
        """All metrics of `METRICS` and `LIVE`, those without a value too."""
        began = perf_counter()
        now = self._installation.clock()
        levels: dict[str, Series] = {"build_info": {(version("frictionbot"),): [1]}, "store_up": {(): [0]}}
        counted: Mapping[str, Series] = {}
        try:
            counted = self._stored(levels, now)
        except (SQLAlchemyError, StoreError, OSError):
            levels = {name: levels[name] for name in ("build_info", "store_up")}
        levels["scrape_seconds"] = {(): [perf_counter() - began]}
        for metric in METRICS:
            yield _family(metric, counted.get(metric.name, {}))
        for metric in LIVE:
            yield _family(metric, levels.get(metric.name, {}))

    def _stored(self, levels: dict[str, Series], now: datetime) -> Mapping[str, Series]:
        here = self._installation
        upkeep = SqlUpkeep(here.engine)
        with here.engine.connect() as connection:
            counted = kept(connection)
            levels |= _work(connection) | _budget(connection, here.allowance, now)
        pulses = upkeep.pulses()
        levels |= _life(pulses) | _standing(upkeep, now)
        levels["workers"] = {(): [len(living(pulses, now, here.longest))]}
        levels["alarm"] = _alarms(here, upkeep, now)
        levels["store_up"] = {(): [1]}
        if were_used(pulses, now):
            waiting = here.queues()
            levels["broker_up"] = {(): [float(waiting is not None)]}
            levels["queue_messages"] = {(queue,): [count] for queue, count in (waiting or {}).items()}
        return counted


def registry(installation: Installation) -> CollectorRegistry:
    """A registry of its own, with the figures of an installation and nothing else."""
    made = CollectorRegistry(auto_describe=False)
    made.register(Figures(installation))
    return made


def text(installation: Installation) -> str:
    """The figures in Prometheus's text format, as they are now."""
    return generate_latest(registry(installation)).decode()


def labels_of(name: str) -> tuple[str, ...]:
    """The labels of a metric, by its full name; raises `KeyError`."""
    return _BY_NAME[name.removeprefix(PREFIX)].labels


def _family(metric: Metric, series: Series) -> Family:
    name = PREFIX + metric.name
    if metric.kind == "spread":
        spread = HistogramMetricFamily(name, metric.says, labels=metric.labels)
        for labels, row in sorted(series.items()):
            spread.add_metric(labels, _buckets(metric, row), row[-1])
        return spread
    kind = CounterMetricFamily if metric.kind == "count" else GaugeMetricFamily
    family = kind(name, metric.says, labels=metric.labels)
    for labels, row in sorted(series.items()):
        family.add_metric(labels, row[0])
    return family


def _buckets(metric: Metric, row: list[float]) -> list[tuple[str, float]]:
    """(bound, how many values are not above it), as Prometheus wants them."""
    bounds = [*(str(bound) for bound in metric.bounds), "+Inf"]
    return [(bound, sum(row[: place + 1])) for place, bound in enumerate(bounds)]


def _life(pulses: tuple[Pulse, ...]) -> dict[str, Series]:
    kinds: Series = {}
    repositories: Series = {}
    for pulse in pulses:
        if pulse.name.startswith(KEEP):
            repositories[(pulse.name.removeprefix(KEEP),)] = [pulse.at.timestamp()]
        elif ":" not in pulse.name:
            kinds[(pulse.name,)] = [pulse.at.timestamp()]
    return {
        "last_success_timestamp_seconds": kinds,
        "repository_last_success_timestamp_seconds": repositories,
    }


def _work(connection: Connection) -> dict[str, Series]:
    failed = select(FAILURES.c.code, FAILURES.c.aside, func.count()).group_by(FAILURES.c.code, FAILURES.c.aside)
    failures: Series = {}
    aside: Series = {}
    for code, is_aside, count in connection.execute(failed):
        (aside if is_aside else failures)[(code,)] = [count]
    batches = connection.execute(select(func.count()).select_from(BATCHES)).scalar_one()
    return {"failures": failures, "set_aside": aside, "batches_waiting": {(): [batches]}}


def _standing(upkeep: Upkeep, now: datetime) -> dict[str, Series]:
    age = upkeep.queue_age(now) or timedelta()
    return {
        "oldest_batch_age_seconds": {(): [age.total_seconds()]},
        "paused_since_timestamp_seconds": {(pause.scope,): [pause.at.timestamp()] for pause in upkeep.pauses(now)},
        "database_bytes": {(): [upkeep.size()]},
    }


def _budget(connection: Connection, allowed: Allowance, now: datetime) -> dict[str, Series]:
    """What the account that wrote most has left; there is one account as a rule."""
    budget: Series = {}
    left: Series = {}
    for window, length, most in (
        ("minute", _MINUTE, allowed.content_a_minute),
        ("hour", _HOUR, allowed.content_an_hour),
    ):
        budget[(window,)], left[(window,)] = [most], [max(most - most_spent(connection, length, now), 0)]
    until = held_until(connection, now)
    held: Series = {(): [until.timestamp()]} if until else {}
    return {"write_budget": budget, "write_budget_remaining": left, "writes_held_until_timestamp_seconds": held}


def _alarms(here: Installation, upkeep: Upkeep, now: datetime) -> Series:
    """The dead-man rule over what the database knows; to list the files that wait at each scrape would cost too much."""
    seen = signs(upkeep, here.receivers, Waiting(), now)
    return {(alarm.code, alarm.place): [1] for alarm in alarms(seen, here.silent, now)}
