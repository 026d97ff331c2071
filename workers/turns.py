"""Whose turn it is, by leases in the store: ticks that come once an interval, work that is done by one at a time.

The holder of a lease is the id of a task, which a retry and a redelivery keep: both pass where they held it before.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from threading import Event, Thread

import structlog

from bot.ports import Store, StoreError
from bot.wiring import machine_clock

_LASTS = timedelta(minutes=2)  # after a worker that died, others wait no longer
_EXTEND = _LASTS / 4
_TURN = 0.8  # of an interval: a tick that comes a little early, because the one before was late, still counts

_LOG = structlog.get_logger()


def my_turn(store: Store, tick: str, holder: str, every: float) -> bool:
    """Whether a tick is the first one within its interval (in seconds); of two beats the second is not. Raises `StoreError`."""
    return not tick or store.lease(f"tick:{tick}", holder, machine_clock(), timedelta(seconds=every) * _TURN)


def soon(store: Store, what: str, within: timedelta) -> bool:
    """Whether nobody has promised to do something within a span yet; if so, the caller promises it. Raises `StoreError`."""
    now = machine_clock()
    return store.lease(f"soon:{what}", f"{what} at {now.isoformat()}", now, within)


@contextmanager
def alone(store: Store, name: str, holder: str) -> Iterator[bool]:
    """Whether a lease was taken; it is extended as long as the context lasts, then given back. Raises `StoreError`."""
    if not store.lease(name, holder, machine_clock(), _LASTS):
        yield False
        return
    over = Event()
    keeper = Thread(target=_extend, args=(store, name, holder, over), daemon=True)
    keeper.start()
    try:
        yield True
    finally:
        over.set()
        keeper.join()
        store.release(name, holder)


def _extend(store: Store, name: str, holder: str, over: Event) -> None:
    while not over.wait(_EXTEND.total_seconds()):
        now: datetime = machine_clock()
        try:
            if not store.lease(name, holder, now, _LASTS):
                _LOG.warning("lease_lost", name=name)  # stopped for too long: each write has a lease of its own
        except StoreError as error:
            _LOG.warning("lease_not_extended", name=name, code=error.code)
