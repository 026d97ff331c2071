"""What is done once an hour so that a database lives for years, and so that somebody hears when nothing goes on."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from bot.adapters.checks_sources import waiting
from bot.adapters.checks_work import signs
from bot.core.lag import alarms
from bot.core.model import Problem
from bot.wiring import machine_clock
from workers.site import Site

_AT_ONCE = 500  # sessions that go in one transaction
_TIDY = timedelta(days=1)  # other writers of SQLite wait while it is tidied
_SHARE = 0.5  # of a task's limit, after which the rest is left to the next time


def look_after(site: Site, now: datetime, *, paused: bool) -> dict[str, int]:
    """Sweep, prune, tidy and look for signs of life; nothing is dropped while everything is paused. Raises `StoreError`."""
    site.upkeep.sweep(now)
    pruned = 0 if paused else _prune(site, now)
    if not paused:
        _tidy(site, now)
    return {"pruned": pruned, "alarms": _alarms(site, now)}


def _prune(site: Site, now: datetime) -> int:
    """How many sessions went; with no length of time only the log gets shorter."""
    kept = site.settings.retention
    log = now - kept.log
    if kept.evidence is None:
        return site.upkeep.prune(datetime.min.replace(tzinfo=UTC), log, 0)
    pruned, clock = 0, machine_clock()
    while gone := site.upkeep.prune(now - kept.evidence, log, _AT_ONCE):
        pruned += gone
        if machine_clock() - clock > site.spans.soft * _SHARE:
            break
    return pruned


def _tidy(site: Site, now: datetime) -> None:
    last = next((each.at for each in site.upkeep.pulses() if each.name == "tidy"), None)
    if last is None or now - last > _TIDY:
        site.upkeep.tidy()
        site.pulse("tidy")


def _alarms(site: Site, now: datetime) -> int:
    """Record every alarm of the dead-man rule as a failure, and forget those that are over."""
    aside = [each.place for each in site.upkeep.failures() if each.aside]
    unread = waiting(site.kit.sources, site.store.files(), aside)
    seen = signs(site.upkeep, frozenset(site.receivers), unread, now)
    raised = alarms(seen, site.settings.telemetry.silent, now)
    site.record("signs", [Problem(each.code, each.place, each.message) for each in raised])
    return len(raised)
