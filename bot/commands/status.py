"""`frictionbot status`: how the work stands, for people."""

from __future__ import annotations

from time import sleep
from typing import Any

import click

from bot.commands import options
from bot.commands.output import say, say_json, say_problems
from bot.commands.shell import Shell, configured
from bot.commands.status_facts import look
from bot.commands.status_text import status_text
from bot.core.model import Problem
from bot.core.situation import as_json
from bot.ports import StoreError
from bot.settings import Settings

_AGAIN = 2.0  # seconds between two looks of --watch
_CLEAR = "\x1b[H\x1b[2J"


@click.command(
    short_help="How the work stands: cycles, queues, workers, failures.",
    epilog="""\b
Examples:
  frictionbot status
  frictionbot status --watch
  frictionbot status --format json | jq '.alarms'

\b
Exit codes: 0 looked up, and nothing is silent that should not be; 1 an alarm,
or the database cannot be used (said on stderr); 2 usage or configuration.""",
)
@options.source
@options.repository
@options.database
@options.config
@click.option("--watch", is_flag=True, help="Look again every 2 s, until Ctrl-C; on a terminal only.")
@options.as_json
@click.pass_obj
def status(shell: Shell, /, config: str | None, form: str, *, watch: bool, **named: Any) -> int:
    """Say how the work stands: the last cycle of each repository, what waits to be read, queues, workers, what failed.

    It only looks, also while workers run, and works without Redis: then the queues are left out.
    """
    settings = configured(shell, config, named)
    if watch and not (form == "text" and shell.out.isatty()):
        raise click.UsageError("--watch needs a terminal, and text")
    code = _told(shell, settings, form, before=_CLEAR if watch else "")
    while watch:
        sleep(_AGAIN)
        code = _told(shell, settings, form, before=_CLEAR)
    return code


def _told(shell: Shell, settings: Settings, form: str, before: str) -> int:
    try:
        found = look(settings, shell.clock())
    except StoreError as error:
        say_problems(shell.err, [Problem(error.code, "database", error.message)])
        return 1
    if form == "json":
        say_json(shell.out, as_json(found))
    else:
        say(shell.out, before + status_text(found, shell.draw))
    return int(bool(found.alarms))
