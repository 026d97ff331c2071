"""Whether this machine's clock agrees with another one: leases, windows and App keys are told by it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime, timedelta

from redis import RedisError

from bot.core.diagnosis import Check, Outcome, failed, ok, warning
from bot.ports import StoreError, TrackerError

_TELLS = timedelta(seconds=1)  # GitHub's Date header has no fractions
_NOTED = timedelta(seconds=10)
_BROKEN = timedelta(seconds=60)  # GitHub refuses an App whose clock is that far ahead
_FIX = "let this machine's clock be set: `timedatectl set-ntp true`, or start chrony"


def clock_checks(clock: Callable[[], datetime], others: Mapping[str, Callable[[], datetime | None]]) -> Iterator[Check]:
    """A line for each other clock, by name; one that cannot be asked is passed over, as its own check says why."""
    for place, ask in others.items():
        before = clock()
        try:
            theirs = ask()
        except (StoreError, TrackerError, RedisError, OSError, ValueError):
            yield Check("clock", Outcome.SKIPPED, f"not compared: {place} cannot be asked", "", place)
            continue
        if theirs is not None:
            yield clock_check(place, theirs, before, clock())


def clock_check(place: str, theirs: datetime, before: datetime, after: datetime) -> Check:
    """How far this machine's clock is from another one that was asked between two of its moments.

    `before` and `after` are by this machine's clock. What lies between them, and a second, may be the way of the answer.
    """
    skew = max(before - theirs - _TELLS, theirs - after - _TELLS, timedelta(0))
    if skew < _NOTED:
        return ok(
            "clock",
            f"it agrees with {place} to within {max(skew + _TELLS, after - before).total_seconds():.0f} s",
            place,
        )
    way = "ahead of" if theirs < before else "behind"
    said = f"this machine is {_length(skew)} {way} {place}"
    return (failed if skew > _BROKEN else warning)("clock", said, _FIX, place)


def _length(time: timedelta) -> str:
    seconds = round(time.total_seconds())
    if seconds < 120:
        return f"{seconds} s"
    return f"{seconds // 60} min" if seconds < 86400 else f"{seconds // 86400} days"
