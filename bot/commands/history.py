"""`frictionbot history`: what was decided, when and why, and what came of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import click

from bot.commands import options
from bot.commands.output import SCHEMA, say, say_json, say_problems
from bot.commands.shell import Shell, configured
from bot.commands.tables import Column, Draw, Table
from bot.commands.wording import moment, rfc3339, several
from bot.core.history import Decision
from bot.core.model import Problem
from bot.core.wanted import wanted
from bot.ports import StoreError

_HISTORY = (
    Column("as of", fixed=True),
    Column("action", fixed=True, styles={"open": "bold green", "update": "green", "skip": "dim"}),
    Column("row", fixed=True),
    Column("issue"),
    Column("rule", fixed=True),
    Column("fingerprint", fixed=True),
    Column("outcome"),
    Column("reason"),
)
_SHORT = 12  # digits of a fingerprint that are shown: enough to ask with


@click.command(
    short_help="What was decided, when and why.",
    epilog="""\b
Examples:
  frictionbot history                      the newest decisions, newest first
  frictionbot history '#12' --limit 50     all that was decided about issue 12
  frictionbot history python-module-missing
  frictionbot history --format json | jq -r '.decisions[] | select(.outcome == "done")'

\b
Decisions are written down by runs with --post; a skip that only repeats the
one before it is not. "frictionbot why" tells what would be decided now.

\b
The JSON object: schema, problems, and decisions, each with at, repository,
fingerprint, rule, action, row, issue, reason and outcome (planned, done, or
the error of what was tried).

\b
Exit codes: 0 done; 1 the database cannot be used; 2 usage or configuration.""",
)
@click.argument("what", metavar="[ISSUE|FINGERPRINT|RULE]", required=False)
@click.option("--limit", metavar="N", type=click.IntRange(1), default=30, show_default=True, help="How many at most.")
@options.repository
@options.database
@options.as_json
@options.config
@click.pass_obj
def history(shell: Shell, /, what: str | None, limit: int, form: str, config: str | None, **named: Any) -> int:
    """Show the decisions of past runs: all, or those about an issue, a fingerprint or a rule.

    An issue is written as #12, 12, OWNER/NAME#12 or its address; of a fingerprint six digits are enough.
    """
    settings = configured(shell, config, named)
    problems: tuple[Problem, ...] = ()
    decisions: Sequence[Decision] = ()
    try:
        decisions = shell.work.history(settings, wanted(what) if what else None, limit)
    except StoreError as error:
        problems = (Problem(error.code, "database", error.message),)
    say_problems(shell.err, problems)
    if form == "json":
        objects = [decision_json(each) for each in decisions]
        said = [problem._asdict() for problem in problems]
        say_json(shell.out, {"schema": SCHEMA, "decisions": objects, "problems": said})
    elif not problems:
        say(shell.out, history_text(decisions, what or "", limit, shell.draw))
    return int(bool(problems))


def history_text(decisions: Sequence[Decision], what: str, limit: int, draw: Draw) -> str:
    """The decisions as a table and what they come to; where there are none, what to do."""
    whom = f" about {what}" if what else ""
    if not decisions:
        return f"No decision{whom} is remembered: they are written down by frictionbot run --post.\n"
    more = "; --limit shows more" if len(decisions) == limit else ""
    return f"{decision_table(decisions, draw)}\n{several(len(decisions), 'decision')}{whom}, newest first{more}.\n"


def decision_table(decisions: Sequence[Decision], draw: Draw) -> str:
    """One row a decision."""
    rows = tuple(
        (
            moment(each.at),
            each.action,
            each.row,
            each.repository if each.issue is None else f"{each.repository}#{each.issue}",
            each.rule,
            each.fingerprint[:_SHORT],
            each.outcome,
            each.reason,
        )
        for each in decisions
    )
    return draw(Table(_HISTORY, rows))


def decision_json(decision: Decision) -> Mapping[str, Any]:
    """A decision for programs; its time is RFC 3339 in Z."""
    return {**decision._asdict(), "at": rfc3339(decision.at)}
