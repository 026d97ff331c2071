"""`frictionbot rebuild`: the bot's memory made anew, after it was lost or damaged."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import click

from bot.commands import options
from bot.commands.confirming import confirmed
from bot.commands.output import say, say_json, say_problems
from bot.commands.progress import watching
from bot.commands.report_text import View, report_text
from bot.commands.shell import Misconfigured, Shell, configured
from bot.core.model import Problem
from bot.core.report import Report, as_json, unable
from bot.ports import StoreError
from bot.settings import Settings

_QUESTION = (
    "What the bot remembers of sessions and of GitHub is forgotten and made anew from both.\n"
    "What sessions said whose files are gone is lost; decisions, and which issues were deleted, are kept.\n"
)


@click.command(
    short_help="Make the bot's memory anew.",
    epilog="""\b
Examples:
  frictionbot rebuild                      asks first
  frictionbot rebuild --yes --source team/ --repo acme/agents
  frictionbot rebuild --yes --format json | jq '.plan[] | select(.action != "skip")'

\b
What an issue was told stands in the issue itself, so nothing is told twice
after a loss: the plan is never louder than before, and the same as before
where the session files still exist. Without access to GitHub nothing is
forgotten. The JSON object is that of "frictionbot run".

\b
Exit codes: 0 done; 1 something could not be done (said on stderr), or it was
not confirmed; 2 usage or configuration.""",
)
@options.source
@options.rules
@options.repository
@options.database
@options.now
@click.option("--yes", is_flag=True, help="Do not ask; needed where nobody can be asked.")
@options.as_json
@options.config
@click.pass_obj
def rebuild(shell: Shell, /, now: datetime | None, config: str | None, form: str, *, yes: bool, **named: Any) -> int:
    """Forget the evidence, read every source, find every issue again, and show the plan of the next run.

    Nothing is written to GitHub.
    """
    settings = configured(shell, config, named)
    if settings.missing_to_post:
        raise Misconfigured([problem._replace(place="rebuild") for problem in settings.missing_to_post])
    if not yes and not confirmed(shell, _QUESTION, "Nothing was forgotten.\n"):
        return 1
    report = _report(shell, settings, now or shell.clock())
    say_problems(shell.err, report.problems)
    if form == "json":
        say_json(shell.out, as_json(report))
    else:
        view = View(shell.draw, tuple(source.path for source in settings.sources))
        say(shell.out, f"{report_text(report, view)}{_closing(report)}")
    return report.exit_code


def _report(shell: Shell, settings: Settings, now: datetime) -> Report:
    try:
        with watching(shell.err) as watch:
            return shell.work.rebuild(settings, now, watch)
    except StoreError as error:
        return unable(now, [Problem(error.code, "database", error.message)])


def _closing(report: Report) -> str:
    if report.exit_code and not report.stats.files:
        return "The memory was not made anew.\n"
    return "The memory was made anew; this is what the next run would do.\n"
