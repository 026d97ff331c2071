"""How the work stands, as people read it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from bot.commands.tables import Draw, Table, cell, columns
from bot.commands.wording import brief, listed, moment, several, size
from bot.core.situation import Situation, Tended, Trouble

_SHOWN = 10  # failures in lines of their own; `--format json` has all


def status_text(found: Situation, draw: Draw) -> str:
    """What is wrong first, then repositories, reading, workers, what comes next, and what was set aside."""
    return "".join(f"{part}\n" for part in _parts(found, draw) if part)


def _parts(found: Situation, draw: Draw) -> Iterator[str]:
    yield _headline(found)
    yield "".join(f"ALARM: {f'{each.place}: ' if each.place else ''}{each.message}\n" for each in found.alarms)
    yield "".join(_stops(found))
    if found.repositories:
        yield draw(
            Table(columns("repository", "last cycle", "open", "silenced", "waiting", right=_NUMBERS), _rows(found))
        )
    yield _reading(found)
    yield _queues(found)
    if found.workers:
        rows = tuple(
            (each.host, each.version or "?", ",".join(each.queues), _ago(found.as_of - each.at))
            for each in found.workers
        )
        yield draw(Table(columns("worker", "version", "queues", "last sign"), rows))
    yield _next(found)
    yield _room(found)
    yield _troubles(found)


_NUMBERS = ("open", "silenced", "waiting")


def _headline(found: Situation) -> str:
    if found.last_cycle is None:
        return f"As of {moment(found.as_of)} UTC: no cycle yet"
    return f"As of {moment(found.as_of)} UTC: the last cycle was {_ago(found.as_of - found.last_cycle)}"


def _stops(found: Situation) -> Iterator[str]:
    for each in found.stops:
        until = f"until {moment(each.until)} UTC" if each.until else "until resumed"
        by = f" by {cell(each.by)}" if each.by else ""
        because = f": {cell(each.because)}" if each.because else ""
        yield f"PAUSED: {cell(each.scope)} {until}{by}{because}\n"


def _rows(found: Situation) -> tuple[tuple[str, ...], ...]:
    return tuple(
        (each.repository, _cycle(each, found.as_of), str(each.open), str(each.silenced), str(each.waiting))
        for each in found.repositories
    )


def _cycle(each: Tended, now: datetime) -> str:
    said = _ago(now - each.cycle) if each.cycle else "never"
    return f"{said}, paused" if each.paused else said


def _reading(found: Situation) -> str:
    unread = found.unread
    if unread.files:
        waits = found.as_of - unread.since if unread.since else timedelta(0)
        oldest = f", the oldest for {brief(waits)}" if waits > timedelta(0) else ""
        said = f"Sources: {several(unread.files, 'file')} ({size(unread.size)}) not read yet{oldest}"
    else:
        said = "Sources: everything is read"
    lag = f"; {brief(found.lag)} from the end of the newest session to its evidence" if found.lag is not None else ""
    return said + lag


def _queues(found: Situation) -> str:
    parts = [f"{each.name} {'?' if each.depth is None else each.depth}" for each in found.queues]
    said = f"Queues: {listed(parts)}" if parts else ""
    if parts and all(each.depth is None for each in found.queues):
        said = "Queues: Redis cannot be asked; see `frictionbot doctor --only redis`"
    if found.batches:
        waits = f", the oldest waits for {brief(found.queue_age)}" if found.queue_age is not None else ""
        said += f"{'; ' if said else ''}{several(found.batches, 'batch', 'batches')} to be read{waits}"
    return said


def _next(found: Situation) -> str:
    parts = []
    for each in found.ticks:
        left = each.next - found.as_of
        parts.append(f"{each.name} {f'in {brief(left)}' if left > timedelta(0) else f'late by {brief(-left)}'}")
    return f"Next: {', '.join(parts)}" if parts else ""


def _room(found: Situation) -> str:
    said = f"Database: {size(found.database)}"
    if found.budget:
        said += f"; {found.budget.left} of {found.budget.most} issues and comments of this hour are left"
        if found.budget.held_until:
            said += f", and GitHub asked to wait until {moment(found.budget.held_until)} UTC"
    return said


def _troubles(found: Situation) -> str:
    lines = [_trouble(each) for each in found.troubles[:_SHOWN]]
    if len(found.troubles) > _SHOWN:
        lines.append(f"  and {len(found.troubles) - _SHOWN} more: `frictionbot status --format json` has all\n")
    return f"Failed ({len(found.troubles)}):\n{''.join(lines)}".rstrip("\n") if lines else ""


def _trouble(each: Trouble) -> str:
    aside = ", set aside until it changes" if each.aside else ""
    times = f"{several(each.times, 'time')}, last {moment(each.last)} UTC{aside}"
    return f"  {cell(each.place)}: {cell(each.message)} [{each.code}; {times}]\n"


def _ago(time: timedelta) -> str:
    return f"{brief(max(time, timedelta(0)))} ago"
