"""`frictionbot sandbox`: a local stand-in for GitHub, to try rules and settings on."""

from __future__ import annotations

import signal
from pathlib import Path
from threading import Event

import click

from bot.commands.output import say
from bot.commands.shell import Shell
from bot.sandbox.server import Sandbox

_TOKEN = "sandbox-token"  # noqa: S105 — it opens nothing but the stand-in on this machine


@click.command(
    short_help="Serve a local stand-in for GitHub.",
    epilog="""\b
Examples:
  frictionbot sandbox --port 8042 --state box.json
  GITHUB_API_URL=http://127.0.0.1:8042 GITHUB_TOKEN=sandbox-token \\
    frictionbot run --repo acme/agents --post""",
)
@click.option("--port", type=click.IntRange(0, 65535), default=8042, show_default=True, help="0 takes a free one.")
@click.option("--state", metavar="FILE", type=click.Path(path_type=Path, dir_okay=False), help="Keep the issues here.")
@click.pass_obj
def sandbox(shell: Shell, /, port: int, state: Path | None) -> int:
    """Serve the part of GitHub's API that the bot uses, with a page to look at issues, until Ctrl-C."""
    with Sandbox(state, port) as box:
        box.add_user("frictionbot", _TOKEN, "write")
        say(shell.out, f"{_hello(box.url)}\n")
        _wait()
    say(shell.err, "the sandbox is closed\n")
    return 0


def _hello(url: str) -> str:
    return (
        f"Sandbox at {url} (Ctrl-C ends it). Look at it with a browser; file issues on it with\n"
        f"  GITHUB_API_URL={url} GITHUB_TOKEN={_TOKEN} frictionbot run --repo acme/agents --post"
    )


def _wait() -> None:
    """Wait until a person or a supervisor ends it."""
    over = Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: over.set())
    over.wait()
