"""What a worker process builds once and uses for every task: rules, patterns, templates, database, GitHub.

It is made for the first task of a process, so after the fork: no connection is ever shared. It is made anew when the files
it was made of change, because building costs more than a small batch does.
"""

from __future__ import annotations

import os
from collections.abc import Collection, Iterator, Mapping
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import orjson
from celery.exceptions import SoftTimeLimitExceeded

from bot import wiring
from bot.adapters.github import GithubTracker
from bot.adapters.github_http import nobody
from bot.adapters.rulebook import shipped_rules
from bot.adapters.sources import Resting
from bot.adapters.telemetry import Telemetry
from bot.adapters.templates import shipped_folder
from bot.adapters.upkeep import SqlUpkeep
from bot.adapters.upkeep_tables import open_store
from bot.core.model import Problem
from bot.core.report import NOTES, Report
from bot.fanout import Work
from bot.request import Ports
from bot.settings import FILE_NAME, FILE_VARIABLE, Layer, Settings, load_settings
from bot.upkeep import Failure, Pulse
from bot.wanted import Wanted
from workers.configuration import Spans

_CONNECTED = timedelta(minutes=30)  # then GitHub is asked anew who the bot is, and told problems are told again
TURNS = 12  # looks after which a session is noticed with which somebody goes on after more than a week
_NOW_AND_THEN = timedelta(seconds=10)
CAUGHT_UP = "caught_up"  # the pulse of the first time that nothing was left to be read
_EVER = datetime(1970, 1, 1, tzinfo=UTC)
TASK = "task"  # the origin of failures of tasks
_FILE = "_FILE"  # the end of a variable that names the file of a secret

Stamps = tuple[tuple[str, int, int], ...]


class MisconfiguredError(Exception):
    """The settings are wrong; all problems, one after the other."""

    def __init__(self, problems: Collection[Problem]) -> None:
        self.problems = tuple(problems)
        self.code = "settings_wrong"
        self.message = "; ".join(f"{each.place}: {each.message}" for each in problems)
        super().__init__(self.message)


class Site:
    """What tasks of one process share; `now` is always the machine's time."""

    def __init__(self, settings: Settings, observer: Telemetry | None) -> None:
        self.settings, self.observer = settings, observer
        self.spans = Spans.of(settings.workers.task_limit)
        self.kit = wiring.Kit.of(settings)
        self.store = open_store(settings.database)
        self.upkeep = SqlUpkeep(self.store.engine)
        self._work = self._reading()
        self._tracker: GithubTracker | None = None
        self._connected = self._said = datetime.min.replace(tzinfo=UTC)
        wiring.steady()
        self.record("rules", self.kit.problems)

    @property
    def receivers(self) -> tuple[str, ...]:
        """The repositories that receive issues."""
        return self.kit.request(wiring.machine_clock(), post=False).receivers

    def ports(self, now: datetime, *, post: bool) -> Ports:
        """The outside world of a cycle as of a moment; GitHub only where it is to be written to."""
        return self.kit.ports(now, self.store, self._github(now) if post else None, post=post)

    def work(self, *, late: timedelta | None = None) -> Work:
        """Reading, as the settings want it; a batch that was not done for `late` is sent again."""
        return self._work if late is None else replace(self._work, late=late, unbegun=late)

    def _reading(self) -> Work:
        workers, late = self.settings.workers, self.spans.unseen
        sources = replace(self.kit.sources, resting=Resting(TURNS))
        return Work(
            sources, self.store, self.upkeep, self.kit.whose, Wanted(self.kit.rules), wiring.nonce,
            workers.batch, workers.tries, late, late, self.settings.retention.evidence, (SoftTimeLimitExceeded,),
        )  # fmt: skip

    def told(self, report: Report, repository: str, *, whole: bool) -> None:
        """Record what a cycle could not do, once, and forget what it could do again."""
        if self.observer:
            self.observer.told(report, repository, whole=whole)
        known = {*self.kit.problems, *self._of_others(repository)}
        self.record(f"keep:{repository}", [each for each in report.problems if each not in known])

    def _of_others(self, repository: str) -> Iterator[Problem]:
        """What the tracker, which is kept from cycle to cycle, has to tell of other repositories."""
        for problem in self._tracker.problems if self._tracker else ():
            if problem.place.partition("#")[0] != repository:
                yield problem

    def first_look(self) -> bool:
        """Whether the sources were never read to their end: what was read so far would be told as if it had grown since."""
        known = {pulse.name for pulse in self.upkeep.pulses()}
        if CAUGHT_UP in known:
            return False
        if self.upkeep.outstanding(_EVER):
            return True
        if "discover" in known:
            self.pulse(CAUGHT_UP)
        return False

    def record(self, origin: str, problems: Collection[Problem]) -> None:
        """Keep these problems as the failures of an origin; earlier ones of it that are over are forgotten."""
        now = wiring.machine_clock()
        present = {(each.code, each.place): each for each in problems if each.code not in NOTES}
        for failure in self.upkeep.failures(stamp=origin):
            if (failure.code, failure.place) not in present:
                self.upkeep.mended(failure.code, [failure.place])
        for problem in present.values():
            self.upkeep.fail(Failure(problem.code, problem.place, problem.message, origin, now, now))

    def mend(self, place: str) -> None:
        """Forget that a task failed: it went well."""
        for failure in self.upkeep.failures(places=[place], stamp=TASK):
            self.upkeep.mended(failure.code, [place])

    def pulse(self, name: str, value: Mapping[str, object] | None = None) -> None:
        """Say that something went well, with its figures."""
        self.upkeep.beat(Pulse(name, wiring.machine_clock(), orjson.dumps(dict(value or {})).decode()))

    def pulse_now_and_then(self, name: str, value: Mapping[str, object]) -> None:
        """The same for what goes well many times a minute: said again only after ten seconds."""
        now = wiring.machine_clock()
        if now - self._said > _NOW_AND_THEN:
            self._said = now
            self.pulse(name, value)

    def close(self) -> None:
        """Give all connections back."""
        if self._tracker:
            self._tracker.close()
        self.store.close()

    def _github(self, now: datetime) -> GithubTracker | None:
        """The tracker of this process: an App's token and its ETags are worth keeping for half an hour."""
        if self._tracker and now - self._connected > _CONNECTED:
            self._tracker.close()
            self._tracker = None
        if self._tracker is None:
            heard = self.observer.heard if self.observer else nobody
            self._tracker = wiring.github(self.settings, self.store, heard)
            self._connected = now
        return self._tracker


class Holder:
    """Holds the site of this process, and makes it anew in a new process and when a file that it rests on changed."""

    def __init__(self, environ: Mapping[str, str] = os.environ) -> None:
        self._environ = environ
        self._site: Site | None = None
        self._pid = 0
        self._stamps: Stamps = ()
        self.observer: Telemetry | None = None

    def here(self) -> Site:
        """The site as the files are now. Raises `MisconfiguredError` and `StoreError`.

        Where the settings were changed to something wrong, what was read before goes on, and the failure is recorded.
        """
        if self._site and self._pid != os.getpid():
            self._site = None  # never closed here: its connections are the parent's
        if self._site is None or self._stamps != stamps(self._site.settings, self._environ):
            self._site = self._renewed()
            self._pid = os.getpid()
            self._stamps = stamps(self._site.settings, self._environ)
        return self._site

    def _renewed(self) -> Site:
        try:
            made = Site(settings_of(self._environ), self.observer)
        except MisconfiguredError as error:
            if self._site is None:
                raise
            self._site.record("settings", error.problems)
            return self._site
        if self._site:
            with closing(self._site):
                made.record("settings", ())
        return made


HOLDER = Holder()


def here() -> Site:
    """The site of this process; see `Holder.here`."""
    return HOLDER.here()


def settings_of(environ: Mapping[str, str]) -> Settings:
    """The settings of a process that has no command line of its own. Raises `MisconfiguredError`."""
    settings, problems = load_settings(Layer(), environ, Path())
    if settings is None:
        raise MisconfiguredError(problems)
    if settings.database in {"sqlite://", "sqlite:///:memory:"}:
        message = "workers are processes of their own, and cannot share a database in memory: name a file or a server"
        raise MisconfiguredError([Problem("settings_value", "database", message)])
    return settings


def stamps(settings: Settings, environ: Mapping[str, str]) -> Stamps:
    """Path, time and size of every file that a site rests on, in order; what is not there is left out."""
    named = [environ.get(FILE_VARIABLE) or FILE_NAME]
    named += [value for name, value in environ.items() if name.startswith("FRICTIONBOT_") and name.endswith(_FILE)]
    named += [str(settings.github.private_key_file or "")]
    folders = [*(settings.rules or [shipped_rules()]), shipped_folder(), settings.templates]
    return tuple(sorted({*_stamped(Path(name) for name in named if name), *_stamped_below(folders)}))


def _stamped_below(folders: Collection[Path | None]) -> Iterator[tuple[str, int, int]]:
    for folder in folders:
        if folder is not None:
            yield from _stamped(iter([folder]))
            yield from _stamped(folder.rglob("*") if folder.is_dir() else iter(()))


def _stamped(paths: Iterator[Path]) -> Iterator[tuple[str, int, int]]:
    for path in paths:
        try:
            found = path.stat()
        except OSError:
            continue
        yield str(path), found.st_mtime_ns, found.st_size
