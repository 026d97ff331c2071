"""`frictionbot pause`: the operator's order to stop everything, a repository or a rule."""

from __future__ import annotations

import os
import pwd
from collections.abc import Sequence
from datetime import timedelta

import click

from bot.commands import options, pause_scopes
from bot.commands.output import SCHEMA, problems_json, say, say_json, say_problems
from bot.commands.shell import Shell, configured
from bot.core.model import Problem
from bot.ports import StoreError
from bot.settings import Settings
from bot.upkeep import Pause

_LONGEST = 500  # characters of a reason: it stands in tables and in every decision of the time


@click.command(
    short_help="Stop everything, a repository or a rule.",
    epilog="""\b
Examples:
  frictionbot pause all --for 2h --because "GitHub is being moved"
  frictionbot pause --repository acme/agents
  frictionbot pause --rule python-module-missing --because "too many at once"
  frictionbot pause --list
  frictionbot pause --list --format json | jq -r '.pauses[].scope'

\b
all           nothing is written to GitHub, and nothing is asked of it
--repository  nothing happens in it
--rule        its issues are neither opened, updated, closed nor reopened
Sessions are read all the while, and nothing is lost: what is due happens after
"frictionbot resume". Workers, and runs with --post, heed it from their next
task on.

\b
The JSON object: schema, problems, and pauses, all that hold now, each with
scope (all, repository:OWNER/NAME, rule:ID), at, by, because and until.

\b
Exit codes: 0 done; 1 the database cannot be used; 2 usage or configuration.""",
)
@pause_scopes.everything
@pause_scopes.repositories
@pause_scopes.rules
@click.option(
    "--for",
    "lasts",
    metavar="DURATION",
    callback=options.duration,
    help="How long, such as 2h. [default: until resumed]",
)
@click.option("--because", metavar="TEXT", default="", help="Why; it stands in --list and in the decisions.")
@click.option("--by", metavar="NAME", help="Who wants it. [default: the login name]")
@click.option("--list", "listing", is_flag=True, help="Only show what is paused.")
@options.database
@options.as_json
@options.config
@click.pass_obj
def pause(
    shell: Shell, /, everything: str | None, repositories: tuple[str, ...], rules: tuple[str, ...],
    lasts: timedelta | None, because: str, by: str | None, database: str | None, form: str, config: str | None,
    *, listing: bool,
) -> int:  # fmt: skip
    """Stop all filing, a repository or a rule, for a while or until it is resumed; over a pause of the same."""
    settings = configured(shell, config, {"database": database})
    now = shell.clock()
    if lasts is not None and not lasts:
        raise click.UsageError("--for 0 is no time: frictionbot resume lifts a pause")
    if len(because) > _LONGEST:
        raise click.UsageError(f"--because is too long: at most {_LONGEST} characters")
    scopes = () if listing else pause_scopes.scopes(settings, everything, repositories, rules)
    until = now + lasts if lasts else None
    return paused(shell, settings, form, [Pause(scope, now, by or _login(), because, until) for scope in scopes])


def paused(shell: Shell, settings: Settings, form: str, wanted: Sequence[Pause]) -> int:
    """Keep these pauses and say which hold; returns the exit code."""
    problems: tuple[Problem, ...] = ()
    holding: tuple[Pause, ...] = ()
    try:
        with shell.work.upkeep(settings) as upkeep:
            for each in wanted:
                upkeep.pause(each)
            holding = upkeep.pauses(shell.clock())
    except StoreError as error:
        problems = (Problem(error.code, "database", error.message),)
    say_problems(shell.err, problems)
    if form == "json":
        objects = pause_scopes.pauses_json(holding)
        say_json(shell.out, {"schema": SCHEMA, "pauses": objects, "problems": problems_json(problems)})
    elif not problems:
        say(shell.out, pause_scopes.pauses_text(holding, shell.draw))
    return int(bool(problems))


def _login() -> str:
    """Who runs this, as the system names its user; its number where it has no name, as in some containers."""
    try:
        return pwd.getpwuid(os.getuid()).pw_name
    except KeyError:
        return str(os.getuid())
