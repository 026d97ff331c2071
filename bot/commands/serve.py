"""`frictionbot serve`: cycles as soon as GitHub tells of something, and every so often without being told."""

from __future__ import annotations

import gc
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import click

from bot.adapters.webhook_passes import Passes
from bot.adapters.webhook_server import WebhookServer
from bot.adapters.webhooks import HEALTH, Webhooks
from bot.commands import options
from bot.commands.output import say, say_problems
from bot.commands.report_text import closing, filing_problems
from bot.commands.shell import Misconfigured, Shell, configured
from bot.commands.wording import listed
from bot.core.deliveries import EVENTS, Due
from bot.core.duration import parse_duration, show_duration
from bot.core.model import Problem
from bot.core.report import unable
from bot.ingest import Silence
from bot.ports import StoreError
from bot.settings import Settings


def _duration(_context: click.Context, _option: click.Parameter, value: str) -> timedelta:
    try:
        return timedelta() if value == "0" else parse_duration(value)
    except ValueError as error:
        raise click.BadParameter(str(error)) from error


def _path(_context: click.Context, _option: click.Parameter, value: str) -> str:
    if not value.startswith("/") or value == HEALTH or set(value) & set("?#%"):
        raise click.BadParameter(f"write a path such as /webhook; {HEALTH} is taken")
    return value


@click.command(
    short_help="Answer comments at once: listen to GitHub's webhooks.",
    epilog=f"""\b
Examples:
  export FRICTIONBOT_GITHUB_WEBHOOK_SECRET=$(openssl rand -hex 32)
  frictionbot serve --repo acme/agents --port 8080
  curl http://127.0.0.1:8080{HEALTH}

\b
On GitHub, in the repository (or the App): Settings, Webhooks, Add webhook:
  Payload URL    https://YOUR-HOST/webhook: an address that GitHub reaches,
                 of a proxy that hands on to --bind and --port
  Content type   application/json
  Secret         the same as github.webhook_secret (the variable above)
  Events         {", ".join(EVENTS[:2])},
                 {", ".join(EVENTS[2:])}
GitHub then sends a ping, which is answered with 200 when the secret is right.

\b
A delivery only says what to look at; what counts is read from GitHub. So a
delivery that is lost costs nothing but time: --every finds what it told of.

\b
Exit codes: 0 stopped by Ctrl-C or SIGTERM, after the cycle under way (a
second one stops at once); 2 usage or configuration.""",
)
@click.option("--bind", metavar="HOST", default="127.0.0.1", show_default=True, help="The address to listen on.")
@click.option("--port", type=click.IntRange(0, 65535), default=8080, show_default=True, help="0 takes a free one.")
@click.option(
    "--path", metavar="PATH", default="/webhook", show_default=True, callback=_path, help="Where deliveries come in."
)
@click.option(
    "--every",
    metavar="DURATION",
    default="15m",
    show_default=True,
    callback=_duration,
    help="Begin with a cycle, and make one when nothing was delivered for so long; 0 for never.",
)
@click.option(
    "--gather",
    metavar="DURATION",
    default="2s",
    show_default=True,
    callback=_duration,
    help="Wait this long after a delivery, so that several of them become one cycle.",
)
@options.source
@options.rules
@options.repository
@options.database
@options.config
@click.pass_obj
def serve(shell: Shell, /, bind: str, port: int, path: str, every: timedelta, gather: timedelta, **named: Any) -> int:
    """Listen to GitHub's webhooks and run a cycle, as `run --post` does, whenever one tells of something.

    Deliveries are answered at once, put together, and worked on one cycle after the other. Only those that are signed with
    the webhook's secret count, of repositories that receive the bot's issues.
    """
    settings = configured(shell, named.pop("config"), named)
    missing = (*(problem._replace(place="serve") for problem in settings.missing_to_post), *_missing(settings))
    if missing:
        raise Misconfigured(missing)

    def log(line: str) -> None:
        say(shell.err, f"{shell.clock():%Y-%m-%dT%H:%M:%SZ} {line}\n")

    passes = Passes(
        lambda due: _pass(shell, settings, due),
        shell.clock,
        log,
        gather=gather.total_seconds(),
        every=every.total_seconds(),
    )
    application = Webhooks(_secret(settings), path, _receivers(settings), passes.take, passes.health, log)
    try:
        server = WebhookServer(application, bind, port)
    except OSError as error:
        raise click.UsageError(f"{error}; choose another --bind or --port") from error
    with server, _stopping(passes):
        say(shell.out, _hello(server.url, path, every))
        left = passes.run()
    say(shell.err, _bye(left))
    return 0


def _pass(shell: Shell, settings: Settings, due: frozenset[Due]) -> None:
    """One pass: `due` is what deliveries named since the last one, nothing where it is only time."""
    repositories = sorted({each.repository for each in due})
    try:
        report = shell.work.run(settings, shell.clock(), Silence(), post=True, due=due)
    except StoreError as error:
        report = unable(shell.clock(), [Problem(error.code, "database", error.message)])
    say_problems(shell.err, (*report.problems, *filing_problems(report)))
    why = f"told of {listed(repositories)}" if due else "time for it"
    sources = tuple(source.path for source in settings.sources)
    say(shell.out, f"{shell.clock():%Y-%m-%dT%H:%M:%SZ} a cycle ({why}): {closing(report, sources)}\n")
    gc.unfreeze()  # what each cycle freezes would pile up in a process that makes many
    gc.collect()


@contextmanager
def _stopping(passes: Passes) -> Iterator[None]:
    """SIGINT and SIGTERM end the work after its pass; the second one does what it would have done without this."""
    before: dict[int, Any] = {}

    def restore() -> None:
        for number, handler in before.items():
            signal.signal(number, handler)

    def stop(_number: int, _frame: object) -> None:
        passes.stop()
        restore()

    before |= {number: signal.signal(number, stop) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        restore()


def _missing(settings: Settings) -> tuple[Problem, ...]:
    if settings.github.webhook_secret:
        return ()
    message = (
        "nothing says what GitHub signs its deliveries with: set FRICTIONBOT_GITHUB_WEBHOOK_SECRET, or write "
        "github.webhook_secret in the settings, and give the webhook on GitHub the same secret"
    )
    return (Problem("settings_missing", "serve", message),)


def _secret(settings: Settings) -> bytes:
    secret = settings.github.webhook_secret
    return secret.get_secret_value().encode() if secret else b""


def _receivers(settings: Settings) -> set[str]:
    return {settings.repository or "", *(route.repository for route in settings.routes)} - {""}


def _hello(url: str, path: str, every: timedelta) -> str:
    often = f"a cycle now, and every {show_duration(every)}" if every else "no cycle without a delivery"
    return f"Deliveries are taken at {url}{path}, {often}; how it goes: {url}{HEALTH} (Ctrl-C ends it)\n"


def _bye(left: int) -> str:
    waited = f"; {left} deliveries were let go: the next cycle reads what they told of" if left else ""
    return f"stopped{waited}\n"
