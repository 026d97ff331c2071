"""Finding what was under way at a moment by index: stretches of time are put into classes by their length.

A stretch of class n is shorter than 2^n microseconds, so of each class only those can overlap a moment that started less
than 2^n before it. That is exact however long a single session is, and reads about as many rows as there are hits.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import Column, ColumnElement, and_, or_

SCALES = range(32, 60)  # 2^32 microseconds are 71 minutes; 2^59 are more years than a `datetime` can tell


def scale(started: int | None, ended: int | None) -> int | None:
    """The class of a stretch between two moments in microseconds; None where it has no time."""
    if started is None or ended is None:
        return None
    return max((ended - started).bit_length(), SCALES.start)


def under_way(scale: Column[Any], started: Column[Any], low: int, high: int) -> ColumnElement[bool]:
    """Whether a stretch started by `high` and can, by its class, not be over at `low`; by an index on both columns."""
    return or_(*(and_(scale == each, started.between(low - (1 << each), high)) for each in SCALES))
