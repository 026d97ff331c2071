"""A run that writes nothing, as several commands need it to tell what is."""

from __future__ import annotations

from datetime import datetime

from bot.commands.output import say_problems
from bot.commands.progress import watching
from bot.commands.shell import Shell
from bot.core.model import Problem
from bot.core.report import Report
from bot.ports import StoreError
from bot.settings import Settings


def dry_run(shell: Shell, settings: Settings, at: datetime) -> Report | None:
    """The report of a run as of a moment; None where the database cannot be used. What went wrong is said."""
    try:
        with watching(shell.err) as watch:
            report = shell.work.run(settings, at, watch, post=False)
    except StoreError as error:
        say_problems(shell.err, [Problem(error.code, "database", error.message)])
        return None
    say_problems(shell.err, report.problems)
    return report
