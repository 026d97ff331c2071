"""`frictionbot metrics`: the figures of the whole installation for Prometheus, also where no worker runs."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any, TextIO

import click

from bot.adapters.telemetry_metrics import text
from bot.adapters.telemetry_server import Exporter, of_broker
from bot.commands import options
from bot.commands.output import say
from bot.commands.shell import Misconfigured, Shell, configured
from bot.core.model import Problem
from bot.ports import StoreError
from bot.settings import Settings

PORT = 9464  # where exporters of OpenTelemetry's kind listen as a rule


@click.command(
    short_help="Serve figures for Prometheus.",
    epilog=f"""\b
Examples:
  frictionbot metrics --once                  print them and end
  frictionbot metrics --bind 0.0.0.0          serve them at port {PORT}

\b
The figures come from the database and from Redis, so one place is enough for
any number of workers, and a worker can serve the same: telemetry.metrics_port.
Nobody has to give a password to see them: keep the port inside.

\b
Exit codes: 0 stopped by Ctrl-C or SIGTERM, or printed; 1 the database could
not be asked (--once); 2 usage or configuration.""",
)
@click.option("--bind", metavar="HOST", help="The address to listen on. [default: telemetry.metrics_bind, 127.0.0.1]")
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    help=f"0 takes a free one. [default: telemetry.metrics_port, else {PORT}]",
)
@click.option("--once", is_flag=True, help="Print the figures as Prometheus reads them, and end.")
@click.option("--beside", is_flag=True, hidden=True, help="Wait for the port, and end when standard input does.")
@options.database
@options.config
@click.pass_obj
def metrics(shell: Shell, /, bind: str | None, port: int | None, *, once: bool, beside: bool, **named: Any) -> int:
    """Tell Prometheus how it goes: sessions, findings, actions, GitHub's limits, queues, errors, signs of life."""
    settings = configured(shell, named.pop("config"), named)
    try:
        installation = of_broker(settings)
    except StoreError as error:
        raise Misconfigured([Problem(error.code, "database", error.message)]) from error
    if once:
        figures = text(installation)
        installation.engine.dispose()
        say(shell.out, figures)
        return int("\nfrictionbot_store_up 0.0\n" in figures)
    exporter = Exporter(installation, bind or settings.telemetry.metrics_bind, _port(settings, port))
    with _stopping() as over:
        if beside:
            threading.Thread(target=_until_the_end, args=(shell.answers, over), daemon=True).start()
            exporter.listen_when_free(over)
        else:
            _listen(exporter)
            say(shell.out, f"Prometheus may ask at {exporter.url} (Ctrl-C ends it)\n")
        over.wait()
        exporter.stop()
    if not beside:
        say(shell.err, "stopped\n")
    return 0


def _listen(exporter: Exporter) -> None:
    try:
        exporter.listen()
    except OSError as error:
        raise click.UsageError(f"{error}; choose another --bind or --port") from error


def _port(settings: Settings, port: int | None) -> int:
    known = settings.telemetry.metrics_port if port is None else port
    return PORT if known is None else known


def _until_the_end(input_: TextIO | None, over: threading.Event) -> None:
    """Until whoever started this process is gone, and the pipe from it with it."""
    while input_ is not None and input_.read(1):
        pass
    over.set()


@contextmanager
def _stopping() -> Iterator[threading.Event]:
    """What SIGINT and SIGTERM set."""
    over = threading.Event()

    def stop(_number: int, _frame: FrameType | None) -> None:
        over.set()

    before = {number: signal.signal(number, stop) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield over
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
