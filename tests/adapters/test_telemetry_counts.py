from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Engine
from sqlalchemy.exc import OperationalError

from bot.adapters.store import SqlStore
from bot.adapters.store_engine import connect, parse, writing
from bot.adapters.telemetry_counts import METRICS, SERIES, Counts, kept, save
from bot.adapters.telemetry_server import telemetry_engine

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    database = f"sqlite:///{tmp_path}/x.db" if request.param == "sqlite" else request.getfixturevalue("postgres_url")
    SqlStore.open(database).close()
    return database


@pytest.fixture
def engine(url: str) -> Iterator[Engine]:
    made = telemetry_engine(url)
    yield made
    made.dispose()


def told(engine: Engine) -> dict[str, dict[tuple[str, ...], list[float]]]:
    with engine.connect() as connection:
        return {name: series for name, series in kept(connection).items() if series != {(): [0.0]}}


def test_what_processes_count_adds_up_in_the_store(engine: Engine) -> None:
    for read in (10, 32):
        counts = Counts()  # another process, or the same one after a restart
        counts.add("bytes_total", by=read)
        counts.add("errors_total", "unreadable")
        counts.observe("lag_seconds", read)
        save(engine, counts, NOW)
    assert told(engine) == {
        "bytes_total": {(): [42.0]},
        "errors_total": {("unreadable",): [2.0]},
        "lag_seconds": {(): [2.0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 42.0]},
    }


def test_a_level_is_what_was_last_said_of_it(engine: Engine) -> None:
    counts = Counts()
    for height in (5.0, 3.0):
        counts.set("findings", height, "acme/agents", "active")
        save(engine, counts, NOW)
    assert told(engine) == {"findings": {("acme/agents", "active"): [3.0]}}


def test_no_count_is_lost_or_doubled_by_workers_at_once(url: str) -> None:
    def work() -> None:
        engine, counts = telemetry_engine(url), Counts()
        for _ in range(10):
            counts.add("files_total")
            counts.add("tasks_total", "ingest.batch", "success")
            try:
                save(engine, counts, NOW)
            except OperationalError:  # it was busy for too long: what was counted goes with the next one
                continue
        save(engine, counts, NOW)
        engine.dispose()

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    engine = telemetry_engine(url)
    assert told(engine) == {"files_total": {(): [40.0]}, "tasks_total": {("ingest.batch", "success"): [40.0]}}
    engine.dispose()


def test_what_cannot_be_written_down_stays_counted(engine: Engine, tmp_path: Path) -> None:
    empty, counts = connect(parse(f"sqlite:///{tmp_path}/no-tables.db")), Counts()
    counts.add("files_total")
    with pytest.raises(OperationalError, match="no such table"):
        save(empty, counts, NOW)
    empty.dispose()
    counts.add("files_total")
    save(engine, counts, NOW)
    assert told(engine) == {"files_total": {(): [2.0]}}


def test_a_busy_sqlite_is_not_waited_for_as_long_as_work_waits(tmp_path: Path) -> None:
    database = f"sqlite:///{tmp_path}/x.db"
    store = SqlStore.open(database)
    engine, counts = telemetry_engine(database), Counts()
    counts.add("files_total")
    with writing(store.engine), pytest.raises(OperationalError, match="locked"):
        save(engine, counts, NOW)
    save(engine, counts, NOW)
    assert told(engine) == {"files_total": {(): [1.0]}}
    engine.dispose()
    store.close()


def test_names_without_end_count_under_one_name(engine: Engine) -> None:
    counts = Counts()
    for number in range(SERIES + 50):
        counts.add("errors_total", f"code-{number}")
        counts.add("tasks_total", "\ud800" * 1000, f"{number % 2}")
    save(engine, counts, NOW)
    series = told(engine)["errors_total"]
    assert (len(series), series[("other",)]) == (SERIES + 1, [50.0])
    assert {labels[0] for labels in told(engine)["tasks_total"]} == {"?" * 140}


def test_forgetting_the_evidence_only_sets_counts_back_to_nought(url: str) -> None:
    store, engine, counts = SqlStore.open(url), telemetry_engine(url), Counts()
    counts.add("files_total")
    save(engine, counts, NOW)
    store.forget()
    counts.add("files_total", by=2)
    save(engine, counts, NOW + timedelta(days=1))
    assert told(engine) == {"files_total": {(): [2.0]}}
    engine.dispose()
    store.close()


SINGLE = [metric.name for metric in METRICS if metric.kind == "count" and len(metric.labels) == 1]


@given(
    st.lists(st.tuples(st.sampled_from(SINGLE), st.sampled_from("abc"), st.integers(0, 9), st.booleans()), max_size=12)
)
def test_counts_are_the_same_however_often_they_are_handed_over(steps: list[tuple[str, str, int, bool]]) -> None:
    counts, total = Counts(), dict[tuple[str, str], float]()
    for name, label, by, back in steps:
        counts.add(name, label, by=by)
        total[name, label] = total.get((name, label), 0.0) + by
        if back:
            counts.give_back(counts.take())
    taken = counts.take()
    assert {(name, label): row[0] for name, series in taken.items() for (label,), row in series.items()} == total
