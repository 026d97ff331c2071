"""`frictionbot sandbox`: a local stand-in for GitHub, to try rules and settings on."""

from __future__ import annotations

from pathlib import Path

import click

from bot.commands.output import say
from bot.commands.shell import Shell
from bot.sandbox.server import TOKEN, Sandbox, Webhook, run_forever


@click.command(
    short_help="Serve a local stand-in for GitHub.",
    epilog=f"""\b
Examples:
  frictionbot sandbox --port 8042 --state box.json --repo acme/agents
  GITHUB_API_URL=http://127.0.0.1:8042 GITHUB_TOKEN={TOKEN} \\
    frictionbot run --repo acme/agents --post
  frictionbot sandbox --webhook http://127.0.0.1:8080/webhook --webhook-secret s3cret""",
)
@click.option("--bind", metavar="HOST", default="127.0.0.1", show_default=True, help="The address to listen on.")
@click.option("--port", type=click.IntRange(0, 65535), default=8042, show_default=True, help="0 takes a free one.")
@click.option("--state", metavar="FILE", type=click.Path(path_type=Path, dir_okay=False), help="Keep the issues here.")
@click.option(
    "--repo", "repositories", metavar="OWNER/NAME", multiple=True, default=("acme/agents",), show_default=True,
    help="A repository to have; may be given several times.",
)  # fmt: skip
@click.option("--webhook", metavar="URL", help="Tell this address what happens, as GitHub's webhooks do.")
@click.option("--webhook-secret", metavar="SECRET", default="", help="Sign what it is told.")
@click.pass_obj
def sandbox(
    shell: Shell,
    /,
    bind: str,
    port: int,
    state: Path | None,
    repositories: tuple[str, ...],
    webhook: str | None,
    webhook_secret: str,
) -> int:
    """Serve the part of GitHub's API that the bot uses, with a page to look at issues, until Ctrl-C."""

    def announce(box: Sandbox) -> None:
        say(shell.out, f"{_hello(box, repositories[0])}\n")

    try:
        told = Webhook(webhook, webhook_secret) if webhook else None
        run_forever(state, bind, port, repositories, announce, told)
    except (OSError, ValueError) as error:
        raise click.UsageError(f"{error}; choose another --port, --state, --repo or --webhook") from error
    say(shell.err, "the sandbox is closed\n")
    return 0


def _hello(box: Sandbox, repository: str) -> str:
    return (
        f"Look at the issues at {box.page} (Ctrl-C ends it); file some with\n"
        f"  GITHUB_API_URL={box.url} GITHUB_TOKEN={TOKEN} frictionbot run --repo {repository} --post"
    )
