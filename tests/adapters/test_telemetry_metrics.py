from __future__ import annotations

import urllib.request
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families

from bot.adapters.store import SqlStore
from bot.adapters.store_engine import connect, parse
from bot.adapters.telemetry_counts import METRICS, Counts, save
from bot.adapters.telemetry_metrics import LIVE, Installation, labels_of, text
from bot.adapters.telemetry_server import Exporter, lengths, telemetry_engine
from bot.adapters.upkeep import SqlUpkeep
from bot.adapters.upkeep_tables import open_store
from bot.ports import Allowance, SourceFile, Spend
from bot.upkeep import Batch, Failure, Pause, Pulse
from tests.real_servers import redis_server

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
Samples = dict[tuple[str, tuple[tuple[str, str], ...]], float]


@pytest.fixture
def url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path}/x.db"


@pytest.fixture
def store(url: str) -> Iterator[SqlStore]:
    with open_store(url) as made:
        yield made


def scraped(store: SqlStore, queues: Mapping[str, int] | None = None, now: datetime = NOW) -> Samples:
    installation = Installation(store.engine, lambda: queues, lambda: now, frozenset({"acme/agents"}))
    families = text_string_to_metric_families(text(installation))
    return {
        (sample.name.removeprefix("frictionbot_"), tuple(sorted(sample.labels.items()))): sample.value
        for family in families
        for sample in family.samples
    }


def test_every_metric_is_named_and_explained_before_anything_happened(store: SqlStore) -> None:
    shown = text(Installation(store.engine, lambda: None, lambda: NOW))
    families = {family.name: family for family in text_string_to_metric_families(shown)}
    assert len(families) == len(METRICS) + len(LIVE)
    assert all(name.startswith("frictionbot_") and family.documentation for name, family in families.items())
    assert scraped(store)["bytes_total", ()] == 0.0


def test_what_was_counted_comes_out_as_counters_and_histograms(store: SqlStore) -> None:
    counts = Counts()
    counts.add("actions_total", "acme/agents", "open", "done", by=2)
    counts.observe("lag_seconds", 400)
    counts.observe("lag_seconds", 10**9)
    save(store.engine, counts, NOW)
    samples = scraped(store)
    assert samples["actions_total", (("action", "open"), ("outcome", "done"), ("repository", "acme/agents"))] == 2.0
    assert [samples["lag_seconds_bucket", (("le", bound),)] for bound in ("300.0", "600.0", "604800.0", "+Inf")] == [
        0,
        1,
        1,
        2,
    ]
    assert samples["lag_seconds_sum", ()] == 10**9 + 400


def test_signs_of_life_pauses_and_failures_are_told(store: SqlStore) -> None:
    upkeep, earlier = SqlUpkeep(store.engine), NOW - timedelta(minutes=5)
    for name, at in (
        ("ingest", earlier),
        ("keep:acme/agents", NOW),
        ("worker:one", NOW),
        ("worker:two", NOW - timedelta(hours=1)),
    ):
        upkeep.beat(Pulse(name, at))
    upkeep.pause(Pause("rule:python-module-missing", earlier))
    upkeep.fail(Failure("unreadable", "/a/secret-path", "m", "1", NOW, NOW))
    upkeep.fail(Failure("poison", "/b", "m", "1", NOW, NOW, aside=True))
    upkeep.fail(Failure("poison", "/c", "m", "1", NOW, NOW, aside=True))
    upkeep.dispatch([Batch("b-1", (SourceFile("/d", "/", 5, "1"),), earlier)])
    samples = scraped(store, {"ingest": 7})
    assert samples["last_success_timestamp_seconds", (("kind", "ingest"),)] == earlier.timestamp()
    assert samples["repository_last_success_timestamp_seconds", (("repository", "acme/agents"),)] == NOW.timestamp()
    assert samples["workers", ()] == 1.0
    assert samples["paused_since_timestamp_seconds", (("scope", "rule:python-module-missing"),)] == earlier.timestamp()
    assert (samples["failures", (("code", "unreadable"),)], samples["set_aside", (("code", "poison"),)]) == (1.0, 2.0)
    assert (samples["batches_waiting", ()], samples["oldest_batch_age_seconds", ()]) == (1.0, 300.0)
    assert (samples["broker_up", ()], samples["queue_messages", (("queue", "ingest"),)]) == (1.0, 7.0)
    assert "secret-path" not in text(Installation(store.engine, lambda: None, lambda: NOW))


def test_the_write_budget_is_what_the_busiest_account_has_left(store: SqlStore) -> None:
    for number in (2, 1, 0):
        at = NOW - timedelta(minutes=10 * number)
        assert store.reserve("bot", Spend(f"s{number}", content=True), at, Allowance(pause=timedelta())) is None
    store.hold("bot", NOW + timedelta(minutes=1), NOW)
    samples = scraped(store)
    assert samples["write_budget_remaining", (("window", "hour"),)] == 397.0
    assert samples["write_budget_remaining", (("window", "minute"),)] == 59.0
    assert samples["writes_held_until_timestamp_seconds", ()] == (NOW + timedelta(minutes=1)).timestamp()


def test_silence_raises_the_alarm_that_every_part_shares(store: SqlStore) -> None:
    SqlUpkeep(store.engine).beat(Pulse("derive", NOW - timedelta(hours=7)))
    assert scraped(store)["alarm", (("code", "no_cycle"), ("place", ""))] == 1.0
    assert ("alarm", (("code", "no_cycle"), ("place", ""))) not in scraped(store, now=NOW - timedelta(hours=6))


def test_a_database_that_is_gone_is_a_figure_and_no_error(tmp_path: Path) -> None:
    engine = connect(parse(f"sqlite:///{tmp_path}/empty.db"))
    shown = text(Installation(engine, lambda: None, lambda: NOW))
    engine.dispose()
    assert "\nfrictionbot_store_up 0.0\n" in shown
    assert "\nfrictionbot_bytes_total " not in shown


def test_an_installation_without_workers_asks_no_broker(store: SqlStore) -> None:
    def refuse() -> None:
        raise AssertionError("nobody uses it")

    SqlUpkeep(store.engine).beat(Pulse("run", NOW))
    assert "\nfrictionbot_store_up 1.0\n" in text(Installation(store.engine, refuse, lambda: NOW))


def test_the_depth_of_queues_is_asked_of_the_broker(tmp_path: Path) -> None:
    with redis_server(tmp_path) as server:
        with server.client() as client:
            client.lpush("ingest", "a", "b")
        assert lengths(server.url, ("ingest", "github")) == {"ingest": 2, "github": 0}
        server.program.kill()
        assert lengths(server.url, ("ingest",)) is None


def test_a_second_worker_takes_the_port_over_when_the_first_goes(url: str, store: SqlStore) -> None:
    def exporter(port: int) -> Exporter:
        return Exporter(Installation(telemetry_engine(url), lambda: None, lambda: NOW), "127.0.0.1", port)

    first = exporter(0)
    first.listen()
    assert first.port
    second = exporter(first.port)
    with pytest.raises(OSError, match="in use"):
        second.listen()
    with urllib.request.urlopen(first.url) as answer:
        assert b"frictionbot_store_up 1.0" in answer.read()
    first.stop()
    second.listen()
    with urllib.request.urlopen(second.url) as answer:
        assert answer.headers["Content-Type"].startswith("text/plain")
    second.stop()
    assert second.port is None


def test_labels_are_only_those_that_cannot_grow_without_end() -> None:
    names = {label for metric in (*METRICS, *LIVE) for label in metric.labels}
    assert names == {
        "action", "code", "kind", "method", "outcome", "place", "queue", "repository", "resource", "row", "scope", "state",
        "status", "task", "version", "window",
    }  # fmt: skip
    assert labels_of("frictionbot_errors_total") == ("code",)
