"""`frictionbot run`: one whole cycle."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any

import click

from bot.commands import options
from bot.commands.output import say, say_json, say_problems
from bot.commands.progress import watching
from bot.commands.report_text import View, filing_problems, report_text
from bot.commands.shell import Misconfigured, Shell, configured
from bot.core.model import Problem
from bot.core.report import Report, as_json, unable
from bot.ports import StoreError
from bot.settings import Settings


@click.command(
    short_help="Find friction; plan or file its issues.",
    epilog="""\b
Examples:
  frictionbot run                              what would be filed from ~/.claude/projects
  frictionbot run --source team/ --repo acme/agents --post
  frictionbot run --now 2026-02-15T23:00:00Z   as of that moment
  frictionbot run --format json | jq '.plan[] | select(.action != "skip")'

\b
Exit codes: 0 done; 1 something could not be done (said on stderr, and in
"problems" of the JSON object); 2 usage or configuration.""",
)
@options.source
@options.rules
@options.repository
@options.database
@options.now
@click.option(
    "--settle",
    metavar="DURATION",
    help="How long a filing that GitHub did not answer is looked for before it is tried again. [default: 10m]",
)
@click.option("--post", is_flag=True, help="Write to GitHub; without it nothing is written there.")
@click.option("--all", "everything", is_flag=True, help="Show every finding below its threshold too (text only).")
@options.as_json
@options.config
@click.pass_obj
def run(
    shell: Shell, /, now: datetime | None, config: str | None, form: str, *, post: bool, everything: bool, **named: Any
) -> int:
    """Read what changed, find friction, and plan its issues; with --post, file them.

    A run reads only session files that changed since the last one, counts what repeats over sessions and people, and
    prints what it would write to GitHub and why. Nothing is written under a source, and nothing is sent anywhere but
    to the GitHub API of the settings.
    """
    settings = configured(shell, config, named)
    if post and settings.missing_to_post:
        raise Misconfigured(settings.missing_to_post)
    report = _report(shell, settings, now or shell.clock(), post=post)
    say_problems(shell.err, report.problems)
    if form == "json":
        say_json(shell.out, as_json(report))
    else:
        view = View(shell.draw, tuple(source.path for source in settings.sources), everything)
        say(shell.out, report_text(report, view))
    return report.exit_code


def _report(shell: Shell, settings: Settings, now: datetime, *, post: bool) -> Report:
    """The report of a run, also of one that could not begin; what was not filed is among its problems."""
    try:
        with watching(shell.err) as watch:
            report = shell.work.run(settings, now, watch, post=post)
    except StoreError as error:
        return unable(now, [Problem(error.code, "database", error.message)])
    return replace(report, problems=(*report.problems, *filing_problems(report)))
