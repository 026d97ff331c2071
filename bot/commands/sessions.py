"""`frictionbot sessions`: what the transcripts hold, read afresh and without a database."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import click

from bot.commands import options
from bot.commands.output import SCHEMA, exit_code, problems_json, say, say_json, say_problems
from bot.commands.progress import watching
from bot.commands.session_json import session_json, totals_json
from bot.commands.session_text import list_text, show_text, stats_text
from bot.commands.shell import Shell, configured
from bot.core.figures import figures, totals
from bot.core.model import Problem, Session
from bot.settings import Settings


@click.group(
    short_help="Look at sessions: times, failures, slow calls.",
    epilog="""\b
Examples:
  frictionbot sessions list --source team/ | sort -k 7 -n
  frictionbot sessions show 3f2a --gap 30m
  frictionbot sessions stats --format json | jq .totals.active_seconds

\b
Exit codes: 0 done; 1 something could not be read (said on stderr, and in
"problems" of the JSON object); 2 usage or configuration.""",
)
def sessions() -> None:
    """Look at the sessions: when they were active, what was asked, what failed, what took long."""


@sessions.command("list")
@options.source
@options.gap
@options.as_json
@options.config
@click.pass_obj
def list_(shell: Shell, /, form: str, config: str | None, **named: Any) -> int:
    """One line a session, in order of start; times are UTC."""
    settings, found, problems = _read(shell, config, named)
    told = [figures(session, settings.gap) for session in found]
    if form == "json":
        objects = [session_json(each, settings.shown) for each in told]
        say_json(shell.out, {"schema": SCHEMA, "sessions": objects, "problems": problems_json(problems)})
    elif told:
        say(shell.out, list_text(told, settings.shown, shell.draw))
    return exit_code(problems)


@sessions.command()
@click.argument("session")
@options.source
@options.gap
@options.as_json
@options.config
@click.pass_obj
def show(shell: Shell, /, session: str, form: str, config: str | None, **named: Any) -> int:
    """One session in full. SESSION is its id, or the beginning of it that no other session has."""
    settings, found, problems = _read(shell, config, named)
    chosen = _chosen(found, session)
    if isinstance(chosen, Problem):
        say_problems(shell.err, [chosen])
        problems = (*problems, chosen)
    told = None if isinstance(chosen, Problem) else figures(chosen, settings.gap)
    if form == "json":
        value = told and session_json(told, settings.shown)
        say_json(shell.out, {"schema": SCHEMA, "session": value, "problems": problems_json(problems)})
    elif told:
        say(shell.out, show_text(told, settings.shown, shell.draw))
    return exit_code(problems)


@sessions.command()
@options.source
@options.gap
@options.as_json
@options.config
@click.pass_obj
def stats(shell: Shell, /, form: str, config: str | None, **named: Any) -> int:
    """The figures of all sessions together; what resumed and forked sessions share counts once."""
    settings, found, problems = _read(shell, config, named)
    told = totals(found, settings.gap)
    if form == "json":
        value = {"schema": SCHEMA, "totals": totals_json(told), "problems": problems_json(problems)}
        say_json(shell.out, value)
    else:
        say(shell.out, stats_text(told, shell.draw))
    return exit_code(problems)


def _read(
    shell: Shell, config: str | None, named: dict[str, Any]
) -> tuple[Settings, Sequence[Session], tuple[Problem, ...]]:
    """The settings, the sessions of their sources, and the problems, which are said at once."""
    settings = configured(shell, config, named)
    with watching(shell.err) as watch:
        found, problems = shell.work.read(settings, watch)
    say_problems(shell.err, problems)
    if not found:
        where = ", ".join(source.path for source in settings.sources)
        say(shell.err, f"no sessions were found in {where}; --source PATH says where they lie\n")
    return settings, found, tuple(problems)


def _chosen(sessions: Sequence[Session], wanted: str) -> Session | Problem:
    exact = [session for session in sessions if session.id == wanted]
    found = exact or [session for session in sessions if session.id.startswith(wanted)]
    if len(found) == 1:
        return found[0]
    if not found:
        return Problem("session_missing", wanted, "no session begins so: `frictionbot sessions list` names them all")
    ids = ", ".join(session.id for session in found[:5])
    return Problem("session_ambiguous", wanted, f"{len(found)} sessions begin so: {ids}; write more of the id")
