"""Where Prometheus asks: a small HTTP server over the figures of the installation.

`frictionbot metrics` serves them; a worker that is told a port starts one beside itself. All say the same: where several
share a machine and a port, one has it, and another takes it over when that one goes.
"""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any, Final
from wsgiref.simple_server import WSGIServer

from kombu.connection import Connection
from kombu.exceptions import OperationalError
from prometheus_client import start_http_server
from sqlalchemy import Engine, event

from bot.adapters.store_engine import connect, parse
from bot.adapters.telemetry_metrics import Installation, registry
from bot.settings import Settings

QUEUES: Final = ("ingest", "evaluate", "github")
_SECONDS: Final = 3.0  # for the broker to answer
_BUSY: Final = 2_000  # milliseconds to wait for another writer; what is counted can wait longer than work can
_PROGRAM: Final = (sys.executable, "-c", "from bot.main import main; raise SystemExit(main())", "metrics", "--beside")
_AGAIN: Final = 15.0  # seconds until a port that somebody else has is tried again
_NOT_FOUND: Final = "404"  # as AMQP has it: a queue in which nothing ever was


class Exporter:
    """The figures of an installation on a port, to be stopped; it answers from threads, so nothing may fork beside it."""

    def __init__(self, installation: Installation, bind: str, port: int) -> None:
        self._installation, self._bind, self._port = installation, bind, port
        self._server: WSGIServer | None = None
        self._thread: threading.Thread | None = None

    @property
    def port(self) -> int | None:
        """The port that it has; None while it has none."""
        return self._server.server_port if self._server else None

    @property
    def url(self) -> str:
        """Where it answers, as http://HOST:PORT/metrics."""
        return f"http://{f'[{self._bind}]' if ':' in self._bind else self._bind}:{self.port}/metrics"

    def listen(self) -> None:
        """Take the port; raises `OSError` where that cannot be done."""
        self._server, self._thread = start_http_server(self._port, self._bind, registry(self._installation))

    def listen_when_free(self, over: threading.Event) -> None:
        """Take the port as soon as nobody else has it, or nothing where it is over before."""
        while not over.is_set():
            try:
                self.listen()
            except OSError:
                over.wait(_AGAIN)
            else:
                return

    def stop(self) -> None:
        """Give the port back."""
        if self._server and self._thread:
            self._server.shutdown()
            self._server.server_close()
            self._thread.join()
        self._server = None
        self._installation.engine.dispose()


class Beside:
    """`frictionbot metrics` as a process beside a worker, which ends when the worker does, however that ends.

    A worker's main process forks its children again and again. A thread of it that asks the database at that moment may
    hold a lock of the database's library, which nobody in the new child would ever give back: measured, the child hangs
    at its first transaction. So the figures are served by another program. It ends when its standard input does.
    """

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it, once; nothing happens where the machine cannot."""
        if self._process is None:
            with suppress(OSError):
                self._process = subprocess.Popen(_PROGRAM, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL)  # noqa: S603 - ours

    def stop(self) -> None:
        """End it and wait until it is gone."""
        process, self._process = self._process, None
        if process is not None:
            process.communicate()

    def leave(self) -> None:
        """In a forked process: let go of what belongs to the one that forked."""
        process, self._process = self._process, None
        if process is not None and process.stdin:
            process.stdin.close()
            process.returncode = 0  # it is nobody's child here, and not to be asked after


def telemetry_engine(database: str) -> Engine:
    """An engine of its own for figures, which waits for nobody for long; raises `StoreError` for a URL that is none."""
    engine = connect(parse(database))
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _impatient)
    else:
        event.listen(engine, "begin", _impatient_transaction)
    return engine


def of_broker(settings: Settings) -> Installation:
    """The installation that the settings describe."""
    broker = settings.workers.broker.get_secret_value()
    return Installation(
        telemetry_engine(settings.database),
        lambda: lengths(broker, QUEUES),
        _now,
        frozenset({settings.repository or "", *(route.repository for route in settings.routes)} - {""}),
        settings.telemetry.silent,
        settings.workers.task_limit,
    )


def lengths(broker: str, queues: tuple[str, ...]) -> Mapping[str, int] | None:
    """How many messages wait in each queue; None where the broker does not answer."""
    options = {"socket_timeout": _SECONDS, "socket_connect_timeout": _SECONDS, "max_retries": 1, "interval_start": 0}
    open_connection: Any = Connection  # it has no types
    with open_connection(broker, connect_timeout=_SECONDS, transport_options=options) as connection:
        failures = (OperationalError, OSError, *connection.connection_errors)
        try:
            channel = connection.default_channel
            return {queue: _length(channel, queue, connection.channel_errors) for queue in queues}
        except failures:
            return None


def _length(channel: Any, queue: str, refused: tuple[type[Exception], ...]) -> int:
    try:
        return int(channel.queue_declare(queue, passive=True).message_count)
    except refused as error:
        if str(getattr(error, "reply_code", "")) == _NOT_FOUND:
            return 0
        raise


def _impatient(connection: Any, _record: Any) -> None:
    connection.execute(f"PRAGMA busy_timeout = {_BUSY}").close()


def _impatient_transaction(connection: Any) -> None:
    connection.exec_driver_sql(f"SET LOCAL lock_timeout = {_BUSY}")


def _now() -> datetime:
    return datetime.now(UTC)
