"""The work that deliveries ask for, put together into passes, one after the other."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from datetime import datetime
from queue import Empty, SimpleQueue
from time import monotonic
from typing import Any

from bot.core.deliveries import Due, put_together

GATHER = 2.0  # seconds
_MOST = 10_000  # deliveries that wait; polling finds what the others told of


class _Stop:
    """What ends the work, in the order of the queue."""


class Passes:
    """What is due waits here; `run` makes passes of it until `stop`. `take`, `stop` and `health` may come from any thread.

    `work` is called with what is due: all that came within `gather` seconds after the first; an empty set where `every` seconds
    went by without a pass (0: never), and at the beginning. `clock` dates what `health` shows; `say` takes a line of the log.
    """

    def __init__(
        self,
        work: Callable[[frozenset[Due]], None],
        clock: Callable[[], datetime],
        say: Callable[[str], None],
        *,
        gather: float = GATHER,
        every: float = 0,
    ) -> None:
        self._work = work
        self._clock = clock
        self._say = say
        self._gather = gather
        self._every = every
        self._queue: SimpleQueue[Due | _Stop] = SimpleQueue()  # its `put` may be called by a signal's handler
        self._over = threading.Event()
        self._delivered: datetime | None = None
        self._ended: datetime | None = None
        self._failed = ""
        self._busy = False
        self._lost = 0

    def take(self, due: Due) -> None:
        """Something is due; where too much waits already it is let go, which polling makes good."""
        self._delivered = self._clock()
        if self._queue.qsize() < _MOST:
            self._queue.put(due)

    def stop(self) -> None:
        """End after the pass under way."""
        self._over.set()
        self._queue.put(_Stop())

    def health(self) -> Mapping[str, Any]:
        """How it goes: times are RFC 3339, null before the first; `failed` is the kind of the last pass's error, or ""."""
        return {
            "queue": self._queue.qsize(),
            "busy": self._busy,
            "stopping": self._over.is_set(),
            "last_delivery": _time(self._delivered),
            "last_cycle": _time(self._ended),
            "failed": self._failed,
        }

    def run(self) -> int:
        """Make passes until `stop`; the number of deliveries that were let go then."""
        if self._every:
            self._pass(frozenset())
        while not self._over.is_set():
            self._pass(self._next())
        self._let_go([self._queue.get() for _ in range(self._queue.qsize())])
        return self._lost

    def _next(self) -> frozenset[Due] | None:
        """What the next pass is about; None where there is to be none."""
        try:
            first = self._queue.get(timeout=self._every or None)
        except Empty:
            return frozenset()
        found, end = [first], monotonic() + self._gather
        while (left := end - monotonic()) > 0 and not self._over.is_set():
            try:
                found.append(self._queue.get(timeout=left))
            except Empty:
                break
        found += [self._queue.get() for _ in range(self._queue.qsize())]
        if self._over.is_set():
            self._let_go(found)
            return None
        return put_together(each for each in found if isinstance(each, Due))

    def _pass(self, due: frozenset[Due] | None) -> None:
        if due is None or self._over.is_set():
            return
        self._busy = True
        try:
            self._work(due)
            self._failed = ""
        except Exception as error:  # noqa: BLE001 - whatever it was costs this pass only
            self._failed = type(error).__name__
            self._say(f"a pass failed with {self._failed}: the next one makes it good")
        self._busy = False
        self._ended = self._clock()

    def _let_go(self, found: list[Due | _Stop]) -> None:
        self._lost += sum(isinstance(each, Due) for each in found)


def _time(at: datetime | None) -> str | None:
    return at.strftime("%Y-%m-%dT%H:%M:%SZ") if at else None
