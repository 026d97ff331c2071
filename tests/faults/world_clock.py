"""The time of a schedule: one clock for all its processes, which only goes forward and is moved by hours at once."""

from __future__ import annotations

import mmap
import struct
import time
from datetime import UTC, datetime, timedelta

_TWO = struct.Struct("dd")


class WorldClock:
    """The same time in every process that was forked after it was made; it ticks as the machine does, from a midnight on.

    A midnight, so that a schedule means the same at every hour at which it is run; the next one, so that it is never
    behind the machine's own clock.
    """

    def __init__(self) -> None:
        self._shared = mmap.mmap(-1, _TWO.size)
        self.begin()

    def begin(self) -> None:
        """Set it to the next midnight."""
        day = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)
        self._set(day.timestamp(), time.monotonic())

    def __call__(self) -> datetime:
        """The time now."""
        began, since = self._told()
        return datetime.fromtimestamp(began + time.monotonic() - since, UTC)

    def move(self, by: timedelta) -> datetime:
        """Let time pass; returns what the time is then."""
        began, since = self._told()
        self._set(began + by.total_seconds(), since)
        return self()

    def _told(self) -> tuple[float, float]:
        began, since = _TWO.unpack(self._shared[: _TWO.size])
        return began, since

    def _set(self, began: float, since: float) -> None:
        self._shared[: _TWO.size] = _TWO.pack(began, since)
