"""`frictionbot db`: the tables of the database, looked at, upgraded, taken back, and tidied."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import click

from bot.adapters.upkeep_tables import Move, State
from bot.commands import options
from bot.commands.confirming import confirmed
from bot.commands.output import SCHEMA, problems_json, say, say_json, say_problems
from bot.commands.shell import Shell, configured
from bot.commands.wording import size
from bot.core.model import Problem
from bot.ports import StoreError
from bot.settings import Settings

_LOST = "The tables that newer versions added are dropped with all that they hold. Stop every worker first.\n"


@click.group(
    short_help="Upgrade and tidy the database.",
    epilog="""\b
Examples:
  frictionbot db status
  frictionbot db upgrade --database postgresql://frictionbot@db/frictionbot
  frictionbot db tidy
  frictionbot db downgrade 0003            asks first

\b
A SQLite file is upgraded by every start; PostgreSQL only by "db upgrade", once,
before the first worker of a new version starts. It may be typed twice or by two
at once. Workers of the version before go on beside newer tables where these only
add to theirs; "db status" tells.

\b
Exit codes: 0 done; 1 the database cannot be used (said on stderr), it has to be
upgraded ("status"), or it was not confirmed; 2 usage or configuration.""",
)
def db() -> None:
    """Look after the tables of the database that the bot remembers in."""


@db.command(short_help="Bring the tables to this version.")
@options.database
@options.as_json
@options.config
@click.pass_obj
def upgrade(shell: Shell, /, form: str, config: str | None, **named: Any) -> int:
    """Make the tables, or bring older ones to what this version works with; nothing that they hold is lost.

    All of it is one transaction: one that fails or is killed leaves the tables as they were.
    """
    settings = configured(shell, config, named)
    return _told(shell, form, lambda: _moved(shell.work.upgrade(settings)))


@db.command(short_help="Take the tables back to an older version.")
@click.argument("revision", metavar="REVISION")
@click.option("--yes", is_flag=True, help="Do not ask; needed where nobody can be asked.")
@options.database
@options.as_json
@options.config
@click.pass_obj
def downgrade(shell: Shell, /, revision: str, form: str, config: str | None, *, yes: bool, **named: Any) -> int:
    """Take the tables back to a REVISION that an older version of frictionbot works with, before that is installed again.

    Where the older version says `database_newer`; otherwise nothing needs to be taken back.
    """
    settings = configured(shell, config, named)
    if not yes and not confirmed(shell, _LOST, "Nothing was changed.\n"):
        return 1
    return _told(shell, form, lambda: _moved(shell.work.downgrade(settings, revision)))


@db.command(short_help="Where the tables stand.")
@options.database
@options.as_json
@options.config
@click.pass_obj
def status(shell: Shell, /, form: str, config: str | None, **named: Any) -> int:
    """Say at which revision the tables are, which one this version wants, and how large the database is.

    Nothing is changed. The exit code is 1 where workers of this version cannot start.
    """
    settings = configured(shell, config, named)
    return _told(shell, form, lambda: _standing(shell.work.tables(settings)))


@db.command(short_help="Give space back.")
@options.database
@options.as_json
@options.config
@click.pass_obj
def tidy(shell: Shell, /, form: str, config: str | None, **named: Any) -> int:
    """Forget what is over (leases, pauses, spent budget), give the space of dropped rows back, and refresh statistics.

    A SQLite file is written anew where a tenth of it is free: that takes as much room on its disk as it holds, and other
    writers wait. PostgreSQL goes on meanwhile.
    """
    settings = configured(shell, config, named)
    return _told(shell, form, lambda: _tidied(shell, settings))


_Told = tuple[int, Mapping[str, Any], str]  # exit code, for programs, for people
_NOTHING: _Told = (1, {}, "")


def _told(shell: Shell, form: str, do: Callable[[], _Told]) -> int:
    problems: tuple[Problem, ...] = ()
    told = _NOTHING
    try:
        told = do()
    except StoreError as error:
        problems = (Problem(error.code, "database", error.message),)
    say_problems(shell.err, problems)
    code, fields, text = told
    if form == "json":
        say_json(shell.out, {"schema": SCHEMA, **fields, "problems": problems_json(problems)})
    else:
        say(shell.out, text)
    return code


def _moved(move: Move) -> _Told:
    fields = {"before": move.before, "after": move.after}
    if move.before == move.after:
        return 0, fields, f"The tables are at {move.after} already.\n"
    return 0, fields, f"The tables went from {move.before or 'none'} to {move.after}.\n"


def _standing(state: State) -> _Told:
    fields = {"revision": state.revision, "wanted": state.wanted, "usable": state.usable, "bytes": state.size}
    revision = f"at {state.revision}" if state.revision else "without tables"
    if state.revision == state.wanted:
        what = f"is {revision}, as this version wants it"
    elif (state.revision or "") > state.wanted:
        advice = "this version may go on with it" if state.usable else "upgrade frictionbot"
        what = f"is {revision}, newer than {state.wanted} of this version: {advice}"
    else:
        advice = "the next start upgrades it" if state.usable else "run `frictionbot db upgrade`"
        what = f"is {revision}, before {state.wanted} of this version: {advice}"
    said = f"{state.name} {what}.\nIt takes {size(state.size)}.\n"
    return int(not state.usable), fields, f"{said[:1].upper()}{said[1:]}"


def _tidied(shell: Shell, settings: Settings) -> _Told:
    with shell.work.upkeep(settings) as upkeep:
        before = upkeep.size()
        upkeep.sweep(shell.clock())
        upkeep.tidy()
        after = upkeep.size()
    return 0, {"before": before, "after": after}, f"The database took {size(before)} and takes {size(after)}.\n"
