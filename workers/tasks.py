"""The tasks: each takes plain JSON, makes one call of the service, and returns plain JSON.

Messages outlive versions: what a task is not told has a default or ends it with a recorded failure, and what it does not know
is left aside. `cycle` is the id that goes through all logs of one chain of tasks: that of the tick which began it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import timedelta
from typing import Any

from celery.app.task import Task

from bot import fanout, service
from bot.deriving import derive as derive_sessions
from bot.ingest import Silence
from bot.upkeep import Batch
from bot.wiring import machine_clock
from workers.app import app
from workers.broker import doubt, lost_messages, sending, trust
from workers.housekeeping import look_after
from workers.site import Site, here
from workers.turns import alone, my_turn, soon

Answer = dict[str, Any]

_AWAY: Answer = {"state": "not its turn"}
_AS_OFTEN_AS_SET = 100  # retries: reading itself counts, and gives a batch up after `workers.tries`
_PAUSED: Answer = {"state": "paused"}
_FIRST_LOOK: Answer = {"state": "first look"}  # how often something was seen is not known yet


# Where a process dies of a task (of memory, say), a batch begins again at once: its tries are counted. The others would die
# again without end, so they wait for their next tick (`reject_on_worker_lost=False`).
def _task(name: str, **options: Any) -> Callable[[Callable[..., Answer]], Task]:
    made: Callable[[Callable[..., Answer]], Task] = app.task(name=name, **options)
    return made


@_task("ingest.discover", bind=True)
def discover(self: Task, *_: object, cycle: str = "", tick: str = "", every: float = 0, **_later: object) -> Answer:
    """Look through the sources, and send a batch task for each portion that must be read."""
    site = here()
    if not my_turn(site.store, tick, self.request.id, every):
        return _AWAY
    late = timedelta(0) if lost_messages(site) else None
    doubt(site)
    now = machine_clock()
    found = fanout.discover(site.work(late=late), now)
    _send_batches(found.batches, cycle or self.request.id)
    trust(site)
    site.pulse("discover", found.figures())
    return found.figures()


@_task("ingest.batch", unexpected=_AS_OFTEN_AS_SET, frequent=True)
def batch(*_: object, batch_id: str = "", cycle: str = "", **_later: object) -> Answer:
    """Read one batch of files into the store, and see to it that it is evaluated."""
    if not isinstance(batch_id, str):  # of another version: nobody knows such a batch
        return {"state": "unknown"}
    site = here()
    now = machine_clock()
    read = fanout.read_batch(site.work(), batch_id, now)
    if site.observer:
        site.observer.ingested(read, machine_clock())
    if read.batches:
        with sending(site):
            _send_batches(read.batches, cycle)
    if read.state == "read":
        site.pulse_now_and_then("ingest", read.figures())
        span = soon_span(site)
        if soon(site.store, "derive", span):
            derive.apply_async(kwargs={"cycle": cycle}, countdown=span.total_seconds())
    return read.figures()


@_task("evaluate.derive", bind=True, reject_on_worker_lost=False)
def derive(self: Task, *_: object, cycle: str = "", tick: str = "", every: float = 0, **_later: object) -> Answer:
    """Work out what evaluating needs of the sessions that changed, and send a keep task for each repository they touch."""
    site = here()
    if not my_turn(site.store, tick, self.request.id, every):
        return _AWAY
    now = machine_clock()
    if _paused(site, "all"):
        return _PAUSED
    ports = site.ports(now, post=False)
    with alone(site.store, "derive", self.request.id) as mine:
        if not mine:
            return _AWAY
        derive_sessions(site.kit.request(now, post=False), ports)
    waiting = [each for each in ports.ledger.waiting() if each in site.receivers]
    _send_keeps(waiting, cycle or self.request.id, whole=False)
    site.pulse("derive", {"waiting": len(waiting)})
    return {"waiting": waiting}


@_task("github.keep", bind=True, reject_on_worker_lost=False)
def keep(self: Task, *_: object, repository: str = "", whole: bool = False, **_later: object) -> Answer:
    """Look after the issues of one repository; where somebody else does already, a whole cycle is left to who comes next."""
    site = here()
    if repository not in site.receivers:
        return {"state": "no receiver"}
    if _paused(site, "all", f"repository:{repository}"):
        return _PAUSED
    missing = site.settings.missing_to_post
    site.record(f"post:{repository}", missing)
    if missing:
        return {"state": missing[0].code}
    if site.first_look():
        return _FIRST_LOOK
    wish = f"whole:{repository}"
    with alone(site.store, f"keep:{repository}", self.request.id) as mine:
        now = machine_clock()
        if not mine:
            if whole:
                site.store.keep(wish, b"1", now)
            return _AWAY
        whole = whole or bool(site.store.recall(wish))
        request = replace(site.kit.request(now, post=True), only=repository, whole=whole)
        report = service.keep(request, site.ports(now, post=True), Silence())
        if whole:
            site.store.keep(wish, b"", now)
    site.told(report, repository, whole=whole)
    figures = {
        "whole": whole,
        "planned": len(report.plan),
        "done": len(report.outcomes),
        "problems": len(report.problems),
    }
    site.pulse(f"keep:{repository}", figures)
    return figures


@_task("github.comments", bind=True)
def comments(self: Task, *_: object, cycle: str = "", tick: str = "", every: float = 0, **_later: object) -> Answer:
    """Send a keep task for every repository, which reads its comments; with nothing new that is three free requests."""
    return _keep_all(self, tick, every, cycle, whole=False)


@_task("github.reconcile", bind=True)
def reconcile(self: Task, *_: object, cycle: str = "", tick: str = "", every: float = 0, **_later: object) -> Answer:
    """Send a keep task for every repository that evaluates everything on a whole listing."""
    return _keep_all(self, tick, every, cycle, whole=True)


@_task("upkeep.housekeeping", bind=True, reject_on_worker_lost=False)
def housekeeping(self: Task, *_: object, tick: str = "", every: float = 0, **_later: object) -> Answer:
    """Drop what is old, give space back, and raise the dead-man signal where something stands still."""
    site = here()
    if not my_turn(site.store, tick, self.request.id, every):
        return _AWAY
    figures = look_after(site, machine_clock(), paused=_paused(site, "all"))
    site.pulse("housekeeping", figures)
    return figures


@_task("upkeep.beat", frequent=True)
def beat(*_: object, **_later: object) -> Answer:
    """A sign of life of beat: it sent this, and a worker took it."""
    here().pulse("beat")
    return {}


@_task("upkeep.ping", ignore_result=False, frequent=True)
def ping(*_: object, queue: str = "", **_later: object) -> Answer:
    """An answer from whoever works on a queue; `frictionbot doctor` waits for it."""
    return {"queue": queue}


def soon_span(site: Site) -> timedelta:
    """How long after a batch its signals are evaluated: a tenth of the interval, so that many batches cost one evaluation."""
    return site.settings.workers.evaluate / 10


def _keep_all(task: Task, tick: str, every: float, cycle: str, *, whole: bool) -> Answer:
    site = here()
    if not my_turn(site.store, tick, task.request.id, every):
        return _AWAY
    _send_keeps(site.receivers, cycle or task.request.id, whole=whole)
    return {"sent": len(site.receivers)}


def _send_batches(batches: Iterable[Batch], cycle: str) -> None:
    for each in batches:
        batch.apply_async(kwargs={"batch_id": each.id, "cycle": cycle})


def _send_keeps(repositories: Iterable[str], cycle: str, *, whole: bool) -> None:
    for repository in repositories:
        keep.apply_async(kwargs={"repository": repository, "whole": whole, "cycle": cycle})


def _paused(site: Site, *scopes: str) -> bool:
    return any(each.scope in scopes for each in site.upkeep.pauses(machine_clock()))
