"""`frictionbot silences`: what is silenced, and silencing from the command line through a comment on GitHub."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import click

from bot.commands import options
from bot.commands.dry_run import dry_run
from bot.commands.output import SCHEMA, exit_code, problems_json, say, say_json, say_problems
from bot.commands.shell import Shell, configured
from bot.commands.tables import Draw, Table, columns
from bot.commands.wording import rfc3339
from bot.core.model import Problem
from bot.core.orders import as_command
from bot.core.remarks import commands
from bot.core.report import silence_json
from bot.core.silence import Held
from bot.core.silence_words import about, author, until
from bot.core.slash import Scope
from bot.core.wanted import wanted
from bot.ports import StoreError, TrackerError
from bot.settings import Settings

_TABLE = columns("comment", "issue", "about", "until", "by", "kept", "because", right=("comment", "issue", "kept"))


@click.group(
    short_help="What is silenced; silence from here.",
    epilog="""\b
Examples:
  frictionbot silences list
  frictionbot silences list --all --format json | jq '.silences[].about'
  frictionbot silences add '#12' 2w because the runner is replaced
  frictionbot silences add 12 forever rule because it is meant to fail
  frictionbot silences remove 2468013579

\b
Maintainers do the same where they are: a comment on the issue with a line
  /friction silence 2w because the runner is replaced
and the rule's file may hold it too, as `silenced:`.""",
)
def silences() -> None:
    """List what is silenced, or silence something: through a comment on the issue, so that there is one history."""


@silences.command("list", short_help="What is silenced, by whom, until when.")
@click.option("--all", "everything", is_flag=True, help="Also those that are over.")
@options.source
@options.rules
@options.repository
@options.database
@options.now
@options.as_json
@options.config
@click.pass_obj
def list_silences(
    shell: Shell, /, now: datetime | None, config: str | None, form: str, *, everything: bool, **named: Any
) -> int:
    """List the silences of comments and rule files with what they have kept quiet, as of now. It writes nothing."""
    settings, at = configured(shell, config, named), now or shell.clock()
    report = dry_run(shell, settings, at)
    if report is None:
        return 1
    shown = [each for each in report.silences if everything or each.over is None]
    if form == "json":
        objects = [silence_json(each) for each in shown]
        problems = problems_json(report.problems)
        say_json(shell.out, {"schema": SCHEMA, "as_of": rfc3339(at), "silences": objects, "problems": problems})
    else:
        say(shell.out, silences_text(shown, settings, shell.draw))
    return exit_code(report.problems)


@silences.command("add", short_help="Silence an issue's friction, through a comment on it.")
@click.argument("issue", metavar="ISSUE")
@click.argument("words", metavar="[DURATION|until …|forever] [SCOPE] [because …]", nargs=-1)
@click.option("--by", metavar="NAME", help="Who wants it; stands in the comment. [default: the bot's account alone]")
@options.repository
@options.database
@options.config
@click.pass_obj
def add_silence(
    shell: Shell, /, issue: str, words: tuple[str, ...], by: str | None, config: str | None, **named: Any
) -> int:
    """Silence what an issue is about, in the words of a comment; frictionbot's own account makes that comment."""
    settings = configured(
        shell, config, {**named, "repository": named["repository"] or wanted(issue).repository or None}
    )
    repository, number = _place(issue, settings)
    line = " ".join(("/friction silence", *words))
    _check(line, shell.clock(), settings)
    return _order(shell, settings, (repository, number, as_command(line, by or "")))


@silences.command("remove", short_help="End a silence.")
@click.argument("comment", metavar="COMMENT", type=click.IntRange(1))
@options.source
@options.rules
@options.repository
@options.database
@options.config
@click.pass_obj
def remove_silence(shell: Shell, /, comment: int, config: str | None, **named: Any) -> int:
    """End the silence that a comment gave, by its number in `silences list`, through a comment that says so."""
    settings = configured(shell, config, named)
    report = dry_run(shell, settings, shell.clock())
    if report is None:
        return 1
    meant = next((each.silence for each in report.silences if each.silence.comment == comment and not each.over), None)
    if meant is None or meant.issue is None:
        raise click.UsageError(f"no silence holds by comment {comment}: frictionbot silences list shows those that do")
    line = f"/friction unsilence {_scope(meant.scope, settings)}"
    _check(line, shell.clock(), settings)
    return _order(shell, settings, (meant.repository, meant.issue, as_command(line, "")))


def _scope(scope: Scope, settings: Settings) -> str:
    """A scope as a comment writes it; a person as issues show them."""
    if scope.kind == "key":
        return f'key {scope.name}="{scope.value}"'
    return f"person {settings.shown(scope.name)}" if scope.kind == "person" else scope.kind


def silences_text(shown: Sequence[Held], settings: Settings, draw: Draw) -> str:
    """One row a silence."""
    if not shown:
        return "Nothing is silenced.\n"
    zone = ZoneInfo(settings.comments.zone)
    rows = []
    for each in shown:
        said = each.silence
        ends = (
            until(said.until, zone)
            if each.over is None
            else f"over since {each.over.astimezone(zone):%Y-%m-%d %H:%M %Z}"
        )
        where = f"{said.repository}#{said.issue}" if said.issue else said.repository
        comment = str(said.comment) if said.comment else ""
        rows.append((comment, where, about(said), ends, author(said), f"{each.kept:,}", said.because))
    return draw(Table(_TABLE, tuple(rows)))


def _place(issue: str, settings: Settings) -> tuple[str, int]:
    asked = wanted(issue)
    repository = asked.repository or settings.repository or ""
    if asked.number is None or not repository:
        raise click.UsageError(f"{issue!r} names no issue: write #12 with --repo, OWNER/NAME#12, or its address")
    return repository, asked.number


def _check(line: str, now: datetime, settings: Settings) -> None:
    """Raise where the comment would not be understood."""
    (read,) = commands(line, now, ZoneInfo(settings.comments.zone), settings.comments.silence)[:1] or (None,)
    if read is None or read.error:
        hint = f"; the nearest that works: {read.hint}" if read and read.hint else ""
        raise click.UsageError(f"{read.error if read else 'this says nothing'}{hint}")


def _order(shell: Shell, settings: Settings, said: tuple[str, int, str]) -> int:
    if settings.missing_to_post:
        say_problems(shell.err, settings.missing_to_post)
        return 2
    try:
        made = shell.work.order(settings, shell.clock(), *said)
    except StoreError as error:
        say_problems(shell.err, [Problem(error.code, "database", error.message)])
        return 1
    except TrackerError as error:
        look = "; look at the issue before you try again: it may be there" if error.unclear else ""
        say_problems(shell.err, [Problem(error.code, f"{said[0]}#{said[1]}", f"{error.message}{look}")])
        return 1
    say(shell.out, f"comment {made.id} on {said[0]}#{said[1]}: the next cycle follows it\n")
    return 0
