"""What `frictionbot doctor` looks at: a table of probes over one installation, in order."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import datetime
from importlib.metadata import version
from pathlib import Path

from bot import wiring
from bot.adapters import checks_clock, checks_queues, checks_rules, checks_sources, checks_store, checks_work
from bot.adapters.checks_github import GithubExaminer
from bot.adapters.checks_python import package_checks, python_checks
from bot.adapters.checks_redis import redis_checks, redis_time
from bot.adapters.github_auth import Credentials
from bot.adapters.rulebook import load_rules, shipped_rules
from bot.adapters.store import SqlStore
from bot.adapters.upkeep import SqlUpkeep
from bot.commands.examination import Probe
from bot.core.diagnosis import Check, ok, unused, warning
from bot.core.lag import BEAT
from bot.core.telling import labels_of
from bot.ports import StoreError
from bot.settings import Settings
from bot.upkeep import Pulse, Upkeep

QUEUES = ("ingest", "evaluate", "github")
_ANSWER = 15.0  # seconds for a worker's pool, which may be at work on something else
_HERE = 5.0  # seconds for a worker's own loop, which never is
_SHORT = 16  # characters of a webhook's secret: a shorter one is soon tried out
_ALONE = "no worker ever worked here, and workers.broker is not set"


@dataclass(frozen=True, slots=True)
class Installation:
    """An installation with valid settings, and the machine's clock; `actions` says that a workflow of GitHub runs it."""

    settings: Settings
    clock: Callable[[], datetime]
    actions: bool = False

    def probes(self) -> tuple[Probe, ...]:
        """What there is to look at, each after what it rests on. The settings are looked at before, by whoever has them."""
        rests = ("settings",)
        memory = (*rests, "database")
        return (
            Probe("rules", self._rules, rests),
            Probe("templates", self._templates, rests),
            Probe("sources", self._sources, rests, seconds=120),  # 100,000 files take about 4 s
            Probe("database", self._database, rests),
            Probe("failures", self._failures, memory),
            Probe("pauses", self._pauses, memory),
            Probe("redis", self._redis, rests),
            Probe("queues", self._queues, (*rests, "redis"), seconds=2 * _ANSWER),
            Probe("worker", self._worker_here, (*rests, "redis"), extra=True),
            Probe("workers", self._workers, memory),
            Probe("beat", self._beat, memory),
            Probe("cycle", self._cycle, memory, seconds=120),
            Probe("github", self._github, rests, seconds=40),
            Probe("repository", self._repositories, (*rests, "github"), seconds=120),
            Probe("labels", self._labels, (*rests, "github"), seconds=120),
            Probe("webhook", self._webhook, rests),
            Probe("clock", self._clock, rests, seconds=40),
        )

    def _rules(self) -> Iterable[Check]:
        return checks_rules.rule_checks(self._folders)

    def _templates(self) -> Iterable[Check]:
        return checks_rules.template_checks(self.settings.templates)

    def _sources(self) -> Iterable[Check]:
        return checks_sources.source_checks(wiring.reader(self.settings)[0])

    def _database(self) -> Iterable[Check]:
        return checks_store.database_checks(self.settings.database, self.clock())

    def _failures(self) -> Iterator[Check]:
        with self._upkeep() as upkeep:
            yield from checks_work.failure_checks(upkeep.failures() if upkeep else ())

    def _pauses(self) -> Iterator[Check]:
        with self._upkeep() as upkeep:
            yield from checks_work.pause_checks(upkeep.pauses(self.clock()) if upkeep else ())

    def _redis(self) -> Iterable[Check]:
        return redis_checks(self._broker) if self._has_workers() else [unused("redis", _ALONE)]

    def _queues(self) -> Iterable[Check]:
        if not self._has_workers():
            return [unused("queues", _ALONE)]
        return checks_queues.queue_checks(self._broker, QUEUES, _ANSWER)

    def _worker_here(self) -> Iterable[Check]:
        return checks_queues.worker_here_checks(self._broker, _HERE)

    def _workers(self) -> Iterable[Check]:
        if not self._has_workers():
            return [unused("workers", _ALONE)]
        workers = checks_work.living(self._pulses(), self.clock(), self.settings.workers.task_limit)
        return checks_work.worker_checks(workers, version("frictionbot"), QUEUES)

    def _beat(self) -> Iterable[Check]:
        if not self._has_workers():
            return [unused("beat", _ALONE)]
        pulses = {pulse.name: pulse.at for pulse in self._pulses()}
        workers = self.settings.workers
        return checks_work.beat_checks(pulses, BEAT + min(workers.jitter, BEAT / 4), self.clock(), workers.task_limit)

    def _cycle(self) -> Iterator[Check]:
        scheduled = self._has_workers()
        with self._memory() as store:
            if store is None:
                yield unused("cycle", "nothing was remembered yet")
                return
            upkeep, now = SqlUpkeep(store.engine), self.clock()
            aside = [failure.place for failure in upkeep.failures() if failure.aside]
            waiting = checks_sources.waiting(wiring.reader(self.settings)[0], store.files(), aside)
            signs = checks_work.signs(upkeep, receivers(self.settings), waiting, now)
            yield from checks_work.cycle_checks(signs, self.settings.telemetry.silent, now, scheduled=scheduled)

    def _github(self) -> Iterator[Check]:
        missing = self.settings.missing_to_post
        if len(missing) > 1:
            yield unused("github", "no repository and no token is set, so nothing is ever posted")
        elif missing:
            found, _, fix = missing[0].message.partition(": ")
            yield warning("github", f"nothing can be posted: {found}", fix)
        else:
            with closing(self._examiner()) as examiner:
                yield from examiner.identity(receivers(self.settings)[0])

    def _repositories(self) -> Iterator[Check]:
        if self.settings.missing_to_post:
            yield unused("repository", "nothing can be posted")
            return
        with closing(self._examiner()) as examiner:
            for repository in receivers(self.settings):
                yield from examiner.repository(repository)

    def _labels(self) -> Iterator[Check]:
        if self.settings.missing_to_post:
            yield unused("labels", "nothing can be posted")
            return
        rules, _ = load_rules(self._folders)
        wanted = sorted({label for rule in rules if rule.status == "stable" for label in labels_of(rule)})
        with closing(self._examiner()) as examiner:
            for repository in receivers(self.settings):
                yield from examiner.labels(repository, wanted)

    def _webhook(self) -> Iterator[Check]:
        secret = self.settings.github.webhook_secret
        if secret is None:
            yield unused("webhook", "github.webhook_secret is not set; `frictionbot serve` would need it")
        elif len(secret.get_secret_value()) < _SHORT:
            fix = "set github.webhook_secret, here and at GitHub, to the output of `openssl rand -hex 32`"
            yield warning("webhook", f"its secret has less than {_SHORT} characters: it can be guessed", fix)
        else:
            yield ok("webhook", "its secret is set")

    def _clock(self) -> Iterator[Check]:
        url, broker, named = self.settings.database, self._broker, receivers(self.settings)
        others: dict[str, Callable[[], datetime | None]] = {}
        if checks_store.is_made(url):
            others["the database"] = lambda: checks_store.database_time(url)
        if self._has_workers():
            others["Redis"] = lambda: redis_time(broker)
        with closing(self._examiner()) as examiner:
            if not self.settings.missing_to_post:
                others["GitHub"] = lambda: examiner.time(named[0])
            checks = list(checks_clock.clock_checks(self.clock, others))
        yield from checks or [unused("clock", "there is no other clock to compare this machine's with")]

    @property
    def _folders(self) -> tuple[Path, ...]:
        return self.settings.rules or (shipped_rules(),)

    @property
    def _broker(self) -> str:
        return self.settings.workers.broker.get_secret_value()

    def _examiner(self) -> GithubExaminer:
        github = self.settings.github
        credentials = Credentials.of(github, actions=self.actions)
        return GithubExaminer(credentials, github.api_url, signed=bool(self.settings.key))

    def _has_workers(self) -> bool:
        """Whether workers are part of this installation: somebody named their broker, or some were here not long ago."""
        if "broker" in self.settings.workers.model_fields_set:
            return True
        try:
            return checks_work.were_used(self._pulses(), self.clock())
        except StoreError:
            return False  # said of the database

    def _pulses(self) -> tuple[Pulse, ...]:
        with self._upkeep() as upkeep:
            return upkeep.pulses() if upkeep else ()

    @contextmanager
    def _upkeep(self) -> Iterator[Upkeep | None]:
        with self._memory() as store:
            yield SqlUpkeep(store.engine) if store else None

    @contextmanager
    def _memory(self) -> Iterator[SqlStore | None]:
        """The memory, None where none was made yet: looking at an installation makes nothing. Raises `StoreError`."""
        if not checks_store.is_made(self.settings.database):
            yield None
            return
        with SqlStore.open(self.settings.database, upgrade=False) as store:
            yield store


def receivers(settings: Settings) -> tuple[str, ...]:
    """Every repository that may receive issues, in order."""
    return tuple(sorted({settings.repository or "", *(route.repository for route in settings.routes)} - {""}))


def first_probes() -> tuple[Probe, ...]:
    """What needs no settings."""
    return (Probe("python", python_checks), Probe("packages", package_checks))
