"""Counted figures: gathered in a process while it works, and added in the store to what all others counted before.

Prefork children cannot each open a port, come and go, and run on several machines. So what is counted lies in the
database (one row of `kept` a metric): counts outlive every restart, one scrape of any process tells the figures of the
whole installation, and nothing has to be put together from files of processes that died. Only what a process counted
since its last task ended is lost where it is killed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from threading import Lock
from typing import Final, Literal

from sqlalchemy import Connection, Engine, bindparam, select, update
from sqlalchemy.dialects import postgresql, sqlite

from bot.adapters.store_codec import digest, microseconds, packed, unpacked
from bot.adapters.store_schema import KEPT
from bot.adapters.store_sql import among, is_sqlite

SERIES: Final = (
    2_000  # of one metric; what comes later counts under `OTHER`, so that nobody's names can fill the database
)
OTHER: Final = "other"
_LONGEST: Final = 140  # characters of a label's value; OWNER/NAME has at most that

Labels = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Metric:
    """A figure that is counted: its name without `frictionbot_`, what it says, its labels, and a histogram's bounds.

    A `level` is no count: what was last set stands.
    """

    name: str
    says: str
    labels: Labels = ()
    kind: Literal["count", "level", "spread"] = "count"
    bounds: tuple[float, ...] = ()


_QUICK = (0.1, 0.5, 1.0, 5.0, 15.0, 60.0, 300.0, 900.0)
_REQUEST = (0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 20.0)
_LATE = (60.0, 300.0, 600.0, 900.0, 1800.0, 3600.0, 7200.0, 21600.0, 86400.0, 604800.0)

METRICS: Final = (
    Metric("files_total", "Files that were read."),
    Metric("bytes_total", "Bytes that were read."),
    Metric("sessions_total", "Sessions, or new parts of them, that went into the store."),
    Metric("events_total", "Events in the files that were read."),
    Metric("signals_total", "Signals found in them."),
    Metric("lag_seconds", "From the newest event of a session to its evidence in the store.", (), "spread", _LATE),
    Metric("actions_total", "What was tried on GitHub, and what came of it.", ("repository", "action", "outcome")),
    Metric("skips_total", "What was left undone, by the row of the decision table.", ("row",)),
    Metric("errors_total", "What could not be read or done, by its code.", ("code",)),
    Metric("tasks_total", "Tasks that ended, by outcome.", ("task", "outcome")),
    Metric("task_seconds", "How long tasks took.", ("task",), "spread", _QUICK),
    Metric("github_requests_total", "Requests to GitHub, by method and status of the answer.", ("method", "status")),
    Metric("github_request_seconds", "How long GitHub took to answer.", ("method",), "spread", _REQUEST),
    Metric("github_remaining", "Requests that GitHub still allows in this window.", ("resource",), "level"),
    Metric("github_limit", "Requests that GitHub allows in a window.", ("resource",), "level"),
    Metric("github_reset_timestamp_seconds", "When GitHub's window begins anew.", ("resource",), "level"),
    Metric("findings", "Findings by state, as of the last whole cycle.", ("repository", "state"), "level"),
)
_BY_NAME: Final = {metric.name: metric for metric in METRICS}

Series = dict[Labels, list[float]]  # a count's or level's value; a spread's counts by bucket, and the sum of all values


class Counts:
    """What one process counted and has not added to the store yet; for any number of threads."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._series: dict[str, Series] = {}

    def add(self, name: str, *labels: str, by: float = 1) -> None:
        """Count so many more."""
        self._merge(_BY_NAME[name], labels, [float(by)])

    def observe(self, name: str, value: float, *labels: str) -> None:
        """Count one value of a spread."""
        metric = _BY_NAME[name]
        place = next((at for at, bound in enumerate(metric.bounds) if value <= bound), len(metric.bounds))
        row = [0.0] * (len(metric.bounds) + 2)
        row[place], row[-1] = 1.0, float(value)
        self._merge(metric, labels, row)

    def set(self, name: str, value: float, *labels: str) -> None:
        """Say how high a level stands."""
        self._merge(_BY_NAME[name], labels, [float(value)])

    def take(self) -> dict[str, Series]:
        """What was counted since the last time; it is counted no more."""
        with self._lock:
            taken, self._series = self._series, {}
        return taken

    def give_back(self, taken: Mapping[str, Series]) -> None:
        """Count what could not be added to the store once more."""
        with self._lock:
            newer, self._series = self._series, {name: dict(series) for name, series in taken.items()}
            for name, series in newer.items():
                _into(_BY_NAME[name], self._series.setdefault(name, {}), series)

    def _merge(self, metric: Metric, labels: Labels, row: list[float]) -> None:
        with self._lock:
            _into(metric, self._series.setdefault(metric.name, {}), {_short(labels): row})


def save(engine: Engine, counts: Counts, now: datetime) -> None:
    """Add what was counted to what the store has, in one transaction; where that fails it stays counted. Raises its error."""
    taken = counts.take()
    if not taken:
        return
    try:
        with engine.execution_options(immediate=True).begin() as connection:
            _add(connection, taken, now)
    except BaseException:
        counts.give_back(taken)
        raise


def kept(connection: Connection) -> dict[str, Series]:
    """What all processes together counted so far, by metric."""
    keys = {_key(metric.name): metric.name for metric in METRICS}
    rows = connection.execute(select(KEPT.c.name, KEPT.c.value).where(among(connection, KEPT.c.name, list(keys))))
    # What has no labels begins at nought, so that the first count is an increase too.
    found: dict[str, Series] = {
        metric.name: {(): [0.0]} for metric in METRICS if metric.kind == "count" and not metric.labels
    }
    for row in rows:
        series = _read(_BY_NAME[keys[row.name]], bytes(row.value))
        if series:
            found[keys[row.name]] = series
    return found


def _add(connection: Connection, taken: Mapping[str, Series], now: datetime) -> None:
    """Lock the rows of these metrics, in one order for all, and write the sums."""
    names = sorted(taken, key=_key)
    rows = [{"name": _key(name), "value": b"", "at": microseconds(now)} for name in names]
    insert = sqlite.insert(KEPT) if is_sqlite(connection) else postgresql.insert(KEPT)
    connection.execute(insert.on_conflict_do_nothing(), rows)
    keys = [_key(name) for name in names]
    locked = select(KEPT.c.name, KEPT.c.value).where(among(connection, KEPT.c.name, keys)).order_by(KEPT.c.name)
    known = {row.name: bytes(row.value) for row in connection.execute(locked.with_for_update())}
    changed: list[dict[str, object]] = []
    for name in names:
        series = _read(_BY_NAME[name], known.get(_key(name), b""))
        _into(_BY_NAME[name], series, taken[name])
        changed.append({"key": _key(name), "now": packed([[list(at), row] for at, row in sorted(series.items())])})
    written = update(KEPT).where(KEPT.c.name == bindparam("key"))
    connection.execute(written.values(value=bindparam("now"), at=microseconds(now)), changed)


def _into(metric: Metric, into: Series, more: Series) -> None:
    """Add series to others; a level replaces, what would be one series too many counts under `OTHER`."""
    for labels, row in more.items():
        at = labels if labels in into or len(into) < SERIES else (OTHER,) * len(metric.labels)
        known = into.get(at)
        if known is None or metric.kind == "level":
            into[at] = list(row)
        else:
            into[at] = [one + other for one, other in zip(known, row, strict=True)]


def _read(metric: Metric, value: bytes) -> Series:
    """The series of a metric as they were written; nothing where an older version counted it otherwise."""
    length = len(metric.bounds) + 2 if metric.kind == "spread" else 1
    return dict(_rows(unpacked(value), len(metric.labels), length)) if value else {}


def _rows(written: list[list[list[str]]], labels: int, length: int) -> Iterator[tuple[Labels, list[float]]]:
    for names, row in written:
        if len(names) == labels and len(row) == length:
            yield tuple(names), [float(each) for each in row]


def _key(name: str) -> str:
    return digest(f"counted {name}")


def _short(labels: Labels) -> Labels:
    return tuple(label.encode("utf-8", "replace").decode()[:_LONGEST] for label in labels)
