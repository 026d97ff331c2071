"""`frictionbot demo`: the whole loop on sessions that ship with the package."""

from __future__ import annotations

import click

from bot.commands.shell import Shell
from bot.demo.loop import demo as play


@click.command(
    short_help="Watch the whole loop, with nothing set up.",
)
@click.pass_obj
def demo(shell: Shell, /) -> int:
    """Read the shipped sessions, find their friction, and file its issues on a local stand-in for GitHub.

    It needs no network, no token and no settings, and leaves nothing behind but the page that it names at the end.
    """
    return play(shell.out)
