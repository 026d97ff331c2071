"""Asking a person before something is lost."""

from __future__ import annotations

import click

from bot.commands.output import say
from bot.commands.shell import Shell

_YES = frozenset({"y", "yes"})


def confirmed(shell: Shell, what: str, otherwise: str) -> bool:
    """Whether a person at a terminal says yes to `what`; says `otherwise` where not.

    Raises a usage error where nobody can be asked.
    """
    if shell.answers is None or not shell.answers.isatty():
        raise click.UsageError("nobody can be asked here: add --yes")
    say(shell.err, f"{what}Go on? [y/N] ")
    if shell.answers.readline().strip().lower() in _YES:
        return True
    say(shell.err, otherwise)
    return False
