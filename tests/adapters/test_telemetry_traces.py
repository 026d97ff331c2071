"""When there are traces at all, and that a collector that is gone or refuses stops nothing."""

from __future__ import annotations

import pytest
from sqlalchemy import Engine, create_engine, event, select
from sqlalchemy.pool import StaticPool

from bot.adapters.telemetry_traces import Traces, hand_on, trace_id, wanted
from tests.adapters.otlp_collector import collector


@pytest.mark.parametrize(
    ("environment", "answer"),
    [
        ({}, False),
        ({"OTEL_EXPORTER_OTLP_ENDPOINT": ""}, False),
        ({"OTEL_EXPORTER_OTLP_ENDPOINT": "http://c:4318"}, True),
        ({"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": "http://c:4318/v1/traces"}, True),
        ({"OTEL_EXPORTER_OTLP_ENDPOINT": "http://c:4318", "OTEL_SDK_DISABLED": "TRUE"}, False),
        ({"OTEL_EXPORTER_OTLP_ENDPOINT": "http://c:4318", "OTEL_TRACES_EXPORTER": "none"}, False),
    ],
)
def test_there_are_traces_only_where_a_collector_is_named(environment: dict[str, str], answer: bool) -> None:
    assert wanted(environment) is answer


def test_a_message_takes_the_trace_along_only_inside_a_task(monkeypatch: pytest.MonkeyPatch) -> None:
    headers: dict[str, object] = {}
    hand_on(headers)
    assert (headers, trace_id()) == ({}, "")
    with collector() as spans:
        monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", spans.url)
        traces = Traces()
        traces.begin_task("1", "discover", {}, {"cycle": "c-1", "prompt": "what a person said"})
        hand_on(headers)
        traces.end_task("1", "success")
        traces.begin_task("2", "batch", {**headers, "lang": "py", "retries": 3}, {})
        traces.end_task("2", "failure", "unreadable")
        traces.end_task("3", "success")  # one that never began
        traces.close()
    first, second = spans.spans
    assert str(headers["traceparent"]).split("-")[1:3] == [first.trace, first.id]
    assert (second.trace, second.parent, second.failed) == (first.trace, first.id, True)
    assert first.attributes == {
        "frictionbot.cycle": "c-1", "frictionbot.task_id": "1", "frictionbot.left_out": 1, "frictionbot.outcome": "success",
    }  # fmt: skip


def test_a_transaction_that_is_rolled_back_is_told_without_its_values(monkeypatch: pytest.MonkeyPatch) -> None:
    with collector() as spans:
        monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", spans.url)
        traces = Traces()
        engine = create_engine("sqlite://", poolclass=StaticPool)
        with engine.begin() as outside:
            outside.execute(select(1))
        traces.begin_task("1", "keep", {}, {})
        with engine.connect() as connection:
            connection.exec_driver_sql("SELECT ?", ("what a person said",))
        traces.end_task("1", "success")
        traces.close()
        engine.dispose()
    assert [(span.name, span.attributes) for span in spans.spans if span.name == "transaction"] == [
        ("transaction", {"db.system.name": "sqlite", "frictionbot.statements": 1, "frictionbot.outcome": "rolled_back"})
    ]
    assert b"what a person said" not in b"".join(spans.raw)


def test_closing_leaves_no_listener_behind(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:1")
    traces = Traces()
    assert event.contains(Engine, "begin", traces._begun)
    traces.close()
    assert not event.contains(Engine, "begin", traces._begun)


@pytest.mark.parametrize("status", [0, 500])
def test_a_collector_that_is_gone_or_refuses_stops_nobody(status: int, monkeypatch: pytest.MonkeyPatch) -> None:
    with collector() as spans:
        spans.status = status
        monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", spans.url if status else "http://127.0.0.1:1")
        traces = Traces()
        for number in range(5_000):  # more than is kept for the collector
            traces.begin_task(str(number), "batch", {}, {})
            traces.end_task(str(number), "success")
        traces.close()
    assert spans.spans == []
