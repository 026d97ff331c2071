"""`frictionbot rules health`: how the issues of each rule were taken, and what that proposes for its file."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

import click

from bot.commands import options
from bot.commands.dry_run import dry_run
from bot.commands.output import SCHEMA, problems_json, say, say_json
from bot.commands.shell import Shell, configured
from bot.commands.tables import Draw, Table, columns
from bot.commands.wording import rfc3339
from bot.core.health import Health
from bot.core.health_proposals import Proposal
from bot.core.report import Report

_NUMBERS = (
    "standing",
    "filed",
    "open",
    "fixed",
    "silenced",
    "rejected",
    "days to fix",
    "sessions quiet",
    "people quiet",
)
_TABLE = columns("rule", "status", *_NUMBERS, right=_NUMBERS, fixed=("rule",))


@click.command(
    "health",
    short_help="Rank the rules by how their issues were taken.",
    epilog="""\b
Examples:
  frictionbot rules health
  frictionbot rules health --repo acme/agents
  frictionbot rules health --format json | jq '.rules[] | select(.proposal)'

\b
fixed: closed as completed by a person, or with a fix; rejected: closed as not
planned; silenced: by a comment or the rule's file, now or earlier. Duplicates
and what the bot closed by itself count for none of these. Days to fix: the
median from the filing to the fix, or to the close where no fix has a date.

\b
Standing: (fixed + 2) / (fixed + against + 2), where against are the issues
that were rejected or silenced and not fixed. It is 1 without any feedback.

\b
The JSON object: schema, as_of, problems, and rules, the worst standing first,
each with rule, status, standing, filed, open, fixed, silenced, rejected,
against, median_days_to_fix, sessions_kept_quiet, people_kept_quiet, advice,
and proposal: null, or setting, was, value, and how many issues that would have
held back (held_against of_against, held_fixed of_fixed).

\b
Exit codes: 0 done; 1 something could not be read (said on stderr, and in
"problems" of the JSON object); 2 usage or configuration.""",
)
@options.source
@options.rules
@options.repository
@options.database
@options.now
@options.as_json
@options.config
@click.pass_obj
def rules_health(shell: Shell, /, now: datetime | None, config: str | None, form: str, **named: Any) -> int:
    """Rank the rules by what became of their issues, and propose better thresholds where the figures show some.

    It makes a run that writes nothing. Fewer than three issues that people fixed, rejected or silenced propose nothing.
    """
    settings, at = configured(shell, config, named), now or shell.clock()
    report = dry_run(shell, settings, at)
    if report is None:
        return 1
    if form == "json":
        say_json(shell.out, _object(report))
    else:
        say(shell.out, health_text(report.health, shell.draw))
    return report.exit_code


def _object(report: Report) -> dict[str, Any]:
    return {
        "schema": SCHEMA,
        "as_of": rfc3339(report.as_of),
        "rules": [health_json(each) for each in report.health],
        "problems": problems_json(report.problems),
    }


def health_text(found: Sequence[Health], draw: Draw) -> str:
    """One row a rule, and below them what is proposed for each, or why nothing is."""
    if not found:
        return "No rule has filed an issue, and nothing is silenced.\n"
    rows = tuple((each.rule, each.status, *_figures(each)) for each in found)
    advice = "".join(f"- {each.rule}: {each.advice}\n" for each in found)
    return f"{draw(Table(_TABLE, rows))}\nProposals\n{advice}"


def _figures(each: Health) -> Iterator[str]:
    yield f"{each.standing:.2f}"
    yield from (f"{count}" for count in (each.filed, each.open, each.fixed, each.silenced, each.rejected))
    yield "" if each.days_to_fix is None else f"{each.days_to_fix:.1f}"
    yield from (f"{count}" for count in each.kept)


def health_json(each: Health) -> Mapping[str, Any]:
    """The health of one rule for programs; see the help of `frictionbot rules health` for its shape."""
    return {
        "rule": each.rule,
        "status": each.status,
        "standing": round(each.standing, 3),
        "filed": each.filed,
        "open": each.open,
        "fixed": each.fixed,
        "silenced": each.silenced,
        "rejected": each.rejected,
        "against": each.against,
        "median_days_to_fix": each.days_to_fix,
        "sessions_kept_quiet": each.kept.sessions,
        "people_kept_quiet": each.kept.people,
        "advice": each.advice,
        "proposal": _proposal_json(each.proposal),
    }


def _proposal_json(proposed: Proposal | None) -> Mapping[str, Any] | None:
    return proposed._asdict() if proposed else None
