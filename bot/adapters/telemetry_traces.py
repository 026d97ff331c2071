"""Traces for OpenTelemetry: spans of tasks, requests to GitHub and transactions, where a collector is named; else nothing.

The collector is named as everywhere, by OTEL_EXPORTER_OTLP_ENDPOINT or OTEL_EXPORTER_OTLP_TRACES_ENDPOINT. A task hands its
place in the trace on in the headers of the messages it sends, so that discovering, reading, deriving and keeping are one
trace. Spans are sent from a thread of their own, and dropped where the collector is slow or gone. They hold ids, names
and codes; no URL, no parameter of a statement, no message of an exception.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, MutableMapping
from importlib.metadata import version
from typing import Any, Final

from opentelemetry import context, trace
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import OTELResourceDetector, Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.trace import Span, SpanKind, Status, StatusCode
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator
from sqlalchemy import Connection, Engine, event

from bot.adapters.telemetry_fields import allowed

_ENDPOINTS: Final = ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "OTEL_EXPORTER_OTLP_ENDPOINT")
_PATIENCE: Final = 3  # seconds for the collector to take what it is sent
_OPEN: Final = "frictionbot_span"  # where a connection keeps the span of its transaction
_CARRIER: Final = TraceContextTextMapPropagator()


def wanted(environment: Mapping[str, str]) -> bool:
    """Whether a collector is named, and nobody said that there shall be no traces."""
    if environment.get("OTEL_SDK_DISABLED", "").lower() == "true" or environment.get("OTEL_TRACES_EXPORTER") == "none":
        return False
    return any(environment.get(name) for name in _ENDPOINTS)


class Traces:
    """The spans of one process, to be closed; made after a fork, because it starts a thread."""

    def __init__(self) -> None:
        about = {"service.name": "frictionbot", "service.version": version("frictionbot")}
        # OTEL_SERVICE_NAME and OTEL_RESOURCE_ATTRIBUTES outrank these, as everywhere.
        resource = Resource(about).merge(OTELResourceDetector().detect())
        self._provider = TracerProvider(resource=resource, shutdown_on_exit=False)
        self._provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter(timeout=_PATIENCE)))
        self._tracer = self._provider.get_tracer("frictionbot", version("frictionbot"))
        self._tasks: dict[str, tuple[Span, Any]] = {}
        self._listeners = (
            ("begin", self._begun),
            ("before_cursor_execute", self._executed),
            ("commit", self._committed),
            ("rollback", self._rolled_back),
        )
        for name, listener in self._listeners:
            event.listen(Engine, name, listener)

    def begin_task(self, task_id: str, name: str, headers: Mapping[str, Any], fields: Mapping[str, object]) -> None:
        """A task begins, in the trace that the headers of its message name."""
        above = _CARRIER.extract({key: value for key, value in headers.items() if isinstance(value, str)})
        span = self._tracer.start_span(name, above, SpanKind.CONSUMER, _attributes({**fields, "task_id": task_id}))
        self._tasks[task_id] = span, context.attach(trace.set_span_in_context(span))

    def end_task(self, task_id: str, outcome: str, error: str = "") -> None:
        """A task ended; `error` is the code of what went wrong."""
        if task_id not in self._tasks:
            return
        span, token = self._tasks.pop(task_id)
        span.set_attribute("frictionbot.outcome", outcome)
        _end(span, error)
        context.detach(token)

    def request(self, verb: str, status: int, seconds: float) -> None:
        """A request to GitHub that was just answered; status 0 is none."""
        if not _inside():
            return
        now = time.time_ns()
        about: dict[str, Any] = {"http.request.method": verb, "http.response.status_code": status}
        span = self._tracer.start_span(
            f"github {verb}", kind=SpanKind.CLIENT, attributes=about, start_time=now - round(seconds * 1e9)
        )
        _end(span, "" if 0 < status < 400 else str(status or "unreachable"), now)

    def close(self) -> None:
        """Send what is left, for a few seconds at most."""
        for name, listener in self._listeners:
            event.remove(Engine, name, listener)
        self._provider.shutdown()

    def _begun(self, connection: Connection) -> None:
        if _inside():
            about = {"db.system.name": connection.dialect.name}
            connection.info[_OPEN] = [self._tracer.start_span("transaction", kind=SpanKind.CLIENT, attributes=about), 0]

    def _executed(self, connection: Connection, _cursor: object, statement: str, *_details: object) -> None:
        if _OPEN in connection.info and not statement.startswith("BEGIN"):
            connection.info[_OPEN][1] += 1

    def _committed(self, connection: Connection) -> None:
        _over(connection, "")

    def _rolled_back(self, connection: Connection) -> None:
        _over(connection, "rolled_back")  # a transaction that only read ends so too: no error


def hand_on(headers: MutableMapping[str, Any]) -> None:
    """Write the place in the trace, where there is one, into the headers of a message."""
    if _inside():
        _CARRIER.inject(headers)


def trace_id() -> str:
    """The id of the trace that is under way, to be logged; "" where none is."""
    here = trace.get_current_span().get_span_context()
    return trace.format_trace_id(here.trace_id) if here.is_valid else ""


def _inside() -> bool:
    return trace.get_current_span().get_span_context().is_valid


def _over(connection: Connection, outcome: str) -> None:
    span, statements = connection.info.pop(_OPEN, (None, 0))
    if span is not None:
        span.set_attribute("frictionbot.statements", statements)
        if outcome:
            span.set_attribute("frictionbot.outcome", outcome)
        span.end()


def _end(span: Span, error: str, at: int | None = None) -> None:
    if error:
        span.set_attribute("error.type", error)
        span.set_status(Status(StatusCode.ERROR))
    span.end(at)


def _attributes(fields: Mapping[str, object]) -> dict[str, Any]:
    return {f"frictionbot.{name}": value for name, value in allowed(fields).items()}
