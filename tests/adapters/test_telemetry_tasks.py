from __future__ import annotations

import json
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from prometheus_client.parser import text_string_to_metric_families

from bot.adapters.upkeep_tables import open_store
from bot.demo import fake_secrets
from tests.adapters.otlp_collector import Collector, collector
from tests.real_servers import Worker, bot_environment, celery_worker, free_port, redis_server, send, until


@dataclass
class Watched:
    worker: Worker
    spans: Collector
    metrics: str

    def lines(self) -> list[dict[str, object]]:
        """What it logged so far; the banner that Celery prints is no log line."""
        output = [line for line in self.worker.program.output.splitlines() if line.startswith("{")]
        return [json.loads(line) for line in output]

    def figures(self) -> dict[str, float]:
        try:
            with urllib.request.urlopen(self.metrics) as answer:
                families = list(text_string_to_metric_families(answer.read().decode()))
        except urllib.error.URLError:  # it is still starting
            return {}
        return {
            " ".join(
                (sample.name.removeprefix("frictionbot_"), *(label for _, label in sorted(sample.labels.items())))
            ): sample.value
            for family in families
            for sample in family.samples
        }


@pytest.fixture(scope="module")
def watched(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Watched]:
    """A worker that went through a whole chain, a failure and a death."""
    folder = tmp_path_factory.mktemp("watched")
    open_store(f"sqlite:///{folder}/x.db").close()
    port = free_port()
    with redis_server(folder) as server, collector() as spans:
        settings = (
            f'database = "sqlite:///{folder}/x.db"\nworkers = {{broker = "{server.url}"}}\n'
            f'telemetry = {{metrics_port = {port}, level = "debug"}}\n'
        )
        environment = bot_environment(folder, settings) | {
            "OTEL_EXPORTER_OTLP_ENDPOINT": spans.url,
            "OTEL_BSP_SCHEDULE_DELAY": "100",
        }
        with celery_worker(
            folder,
            environment,
            server.url,
            queues="ingest",
            app="tests.adapters.watched_app",
            options=("--without-mingle", "--without-gossip"),
        ) as worker:
            seen = Watched(worker, spans, f"http://127.0.0.1:{port}/metrics")
            for task in ("ingest.discover", "fails", "records"):
                send(server.url, task, queue="ingest", cycle="c-42")
            until(
                lambda: len(spans.named("github.keep")) == 2 and spans.named("fails") and spans.named("records"),
                "the spans came",
            )
            send(server.url, "dies", queue="ingest", cycle="c-42")
            until(lambda: seen.figures().get("tasks_total lost dies"), "the death is counted")
            yield seen


def test_every_line_of_a_task_has_the_id_of_its_cycle(watched: Watched) -> None:
    done = {
        str(line["task"]): line
        for line in watched.lines()
        if line["event"] == "task_done" and line["outcome"] == "success"
    }
    assert {task: line["cycle"] for task, line in done.items()} == {
        "ingest.discover": "c-42", "ingest.batch": "c-42", "github.keep": "c-42",
    }  # fmt: skip
    read = next(line for line in watched.lines() if line["event"] == "batch_read")
    assert (read["cycle"], read["batch"], read["files"], read["left_out"]) == ("c-42", "b-1", 2, 1)
    assert done["github.keep"]["repository"] == "acme/agents"
    assert done["ingest.batch"]["trace"] == watched.spans.named("ingest.batch")[0].trace


def test_nothing_private_comes_out_of_logs_or_spans(watched: Watched) -> None:
    for text in (watched.worker.program.output, repr(watched.spans.spans), repr(watched.spans.raw)):
        for hidden in ("what a person said", "secret-parameter", fake_secrets.GITHUB, fake_secrets.EMAIL, "Traceback"):
            assert hidden not in text


def test_tasks_errors_and_figures_are_counted_over_processes(watched: Watched) -> None:
    figures = watched.figures()
    assert {name: value for name, value in figures.items() if name.startswith(("tasks_total", "errors_total", "github_r"))
            and "bucket" not in name and "seconds" not in name} == {
        "tasks_total success ingest.discover": 1.0,
        "tasks_total success ingest.batch": 1.0,
        "tasks_total retry github.keep": 1.0,
        "tasks_total success github.keep": 1.0,
        "tasks_total failure fails": 1.0,
        "tasks_total failure records": 1.0,
        "tasks_total lost dies": 1.0,
        "errors_total unreadable": 1.0,
        "errors_total ConnectionError": 1.0,
        "errors_total ValueError": 1.0,
        "errors_total bad_credentials": 1.0,
        "errors_total WorkerLostError": 1.0,
        "github_requests_total GET 200": 2.0,
        "github_requests_total POST none": 1.0,
        "github_remaining core": 4999.0,
    }  # fmt: skip
    assert (figures["files_total"], figures["bytes_total"], figures["signals_total"]) == (2.0, 1000.0, 3.0)
    assert (figures["lag_seconds_bucket 60.0"], figures["lag_seconds_bucket 300.0"]) == (0.0, 1.0)


def test_discovering_reading_and_keeping_are_one_trace(watched: Watched) -> None:
    spans = watched.spans
    (discover,), (batch,), keeps = (
        spans.named("ingest.discover"),
        spans.named("ingest.batch"),
        spans.named("github.keep"),
    )
    assert discover.parent == ""
    assert batch.parent == discover.id
    assert sorted(keep.parent for keep in keeps) == sorted(
        (batch.id, keeps[0].id if keeps[0].parent == batch.id else keeps[1].id)
    )
    assert {span.trace for span in (batch, *keeps)} == {discover.trace}
    assert batch.attributes["frictionbot.cycle"] == "c-42"
    assert discover.service == "frictionbot"


def test_requests_and_transactions_are_spans_inside_their_task(watched: Watched) -> None:
    spans = watched.spans
    (batch,), keeps = spans.named("ingest.batch"), spans.named("github.keep")
    asked = spans.named("github GET")
    assert {span.parent for span in asked} == {keep.id for keep in keeps}
    assert asked[0].attributes == {"http.request.method": "GET", "http.response.status_code": 200}
    assert [(span.attributes["error.type"], span.failed) for span in spans.named("github POST")] == [
        ("unreachable", True)
    ]
    inside = [span for span in spans.named("transaction") if span.parent == batch.id]
    assert any(span.attributes == {"db.system.name": "sqlite", "frictionbot.statements": 1} for span in inside)


def test_a_failure_is_told_with_its_class_and_place_and_marks_its_span(watched: Watched) -> None:
    failed = next(line for line in watched.lines() if line["event"] == "task_failed" and line["task"] == "fails")
    assert (failed["code"], failed["error"], failed["cycle"], failed["level"]) == (
        "ValueError",
        "ValueError",
        "c-42",
        "error",
    )
    assert "error_message" not in failed
    recorded = next(line for line in watched.lines() if line["event"] == "task_done" and line["task"] == "records")
    assert (recorded["outcome"], recorded["code"]) == ("failure", "bad_credentials")
    (span,) = watched.spans.named("fails")
    assert (span.failed, span.attributes["error.type"]) == (True, "ValueError")
