"""`frictionbot prune`: what is old leaves the database, and its space is given back."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import click

from bot.adapters.rulebook import load_rules, shipped_rules
from bot.commands import options
from bot.commands.confirming import confirmed
from bot.commands.output import SCHEMA, problems_json, say, say_json, say_problems
from bot.commands.progress import watching
from bot.commands.shell import Shell, configured
from bot.commands.wording import day, rfc3339, several, size
from bot.core.duration import show_duration
from bot.core.model import Problem
from bot.ports import StoreError
from bot.settings import Settings
from bot.upkeep import Remains, Upkeep

_AT_ONCE = 100  # sessions of a transaction: about 2 MB and 50 ms, in which others wait to write
_NEVER = datetime.min.replace(tzinfo=UTC)  # nothing is from before it
_NOTHING = Remains()
_KEPT = timedelta(days=30)  # that somebody was at work is looked up so far back


@dataclass(slots=True)
class _Pruned:
    """How far a prune came: what was old, whether anything went, sessions that did, bytes before and after."""

    old: Remains = _NOTHING
    wanted: bool = False
    sessions: int = 0
    before: int = 0
    after: int = 0


@click.command(
    short_help="Drop what is old.",
    epilog="""\b
Examples:
  frictionbot prune --dry-run              what would go by the settings
  frictionbot prune --older-than 400d      asks first
  frictionbot prune --older-than 400d --yes --format json | jq .dropped

\b
Sessions go with what was found in them, as whole conversations: one goes on
being kept as long as anything in it is young enough. Decisions, filings that
are over, failures and cached answers go when they are older than retention.log
of the settings (400d). Which files were read stays known, so nothing is read
again; a session whose file changes later, or that a new rule has to look
through, comes back until the next prune.
An open issue is edited once, without a comment: its counts, "first seen" and its
sessions then tell of what is kept. One of which nothing is kept stays as it is.
Nothing is opened, reopened or closed because of it.

\b
It may be stopped at any moment, and may run while workers do.

\b
The JSON object: schema, problems, before and log_before (what is older goes;
before is null where no length is set), old (sessions, signals and log that
were that old), dropped (sessions), and bytes before and after.

\b
Exit codes: 0 done; 1 something could not be done (said on stderr), or it was
not confirmed; 2 usage or configuration; 130 stopped with Ctrl-C.""",
)
@click.option(
    "--older-than", "length", metavar="DURATION", callback=options.duration,
    help="Which sessions go, by their end, such as 400d. [default: the settings' retention.evidence, else none]",
)  # fmt: skip
@click.option("--yes", is_flag=True, help="Do not ask; needed where nobody can be asked.")
@click.option("--dry-run", is_flag=True, help="Only say what would go.")
@options.rules
@options.database
@options.now
@options.as_json
@options.config
@click.pass_obj
def prune(
    shell: Shell, /, length: timedelta | None, now: datetime | None, form: str, config: str | None,
    *, yes: bool, dry_run: bool, **named: Any,
) -> int:  # fmt: skip
    """Drop sessions and log entries that are old, in small transactions, and give their space back."""
    settings = configured(shell, config, named)
    at = now or shell.clock()
    kept = length if length is not None else settings.retention.evidence
    _check(kept, settings)
    before, log = at - kept if kept is not None else _NEVER, at - settings.retention.log
    done, problems = _Pruned(), tuple[Problem, ...]()
    try:
        with shell.work.upkeep(settings) as upkeep:
            done.old = upkeep.remains(before, log)
            done.wanted = not dry_run and done.old != _NOTHING and (yes or _confirmed(shell, done.old, before, log))
            if done.wanted:
                _drop(shell, upkeep, done, (before, log))
    except StoreError as error:
        problems = (Problem(error.code, "database", error.message),)
    say_problems(shell.err, problems)
    if form == "json":
        said = {"before": rfc3339(before) if kept is not None else None, "log_before": rfc3339(log), **_fields(done)}
        say_json(shell.out, {"schema": SCHEMA, **said, "problems": problems_json(problems)})
    elif not problems or done.wanted:
        say(shell.out, _text(done, before, log, dry_run=dry_run))
    return int(bool(problems) or not (done.wanted or dry_run or done.old == _NOTHING))


def _check(kept: timedelta | None, settings: Settings) -> None:
    """Refuse to drop what rules still count: an issue would fall silent because of it."""
    rules, _ = load_rules([Path(folder) for folder in settings.rules] or [shipped_rules()])
    lengths = (
        each for rule in rules for each in (rule.threshold.within, rule.threshold.quiet, rule.regression.reopen_within)
    )
    least = max([_KEPT, *lengths])
    if kept is not None and kept < least:
        raise click.UsageError(f"rules look back as far as {show_duration(least)}: keep sessions at least that long")


def _drop(shell: Shell, upkeep: Upkeep, done: _Pruned, moments: tuple[datetime, datetime]) -> None:
    done.before = done.after = upkeep.size()
    with watching(shell.err, counted=True) as watch:
        watch.begin("dropping sessions", done.old.sessions)
        while gone := upkeep.prune(*moments, _AT_ONCE):
            done.sessions += gone
            watch.advance(gone)
        watch.end()
    upkeep.sweep(shell.clock())
    upkeep.tidy()
    done.after = upkeep.size()


def _confirmed(shell: Shell, old: Remains, before: datetime, log: datetime) -> bool:
    return confirmed(shell, f"This goes for good: {_what(old, before, log)}.\n", "Nothing was dropped.\n")


def _what(old: Remains, before: datetime, log: datetime) -> str:
    sessions = f"{several(old.sessions, 'session')} with {several(old.signals, 'signal')} from before {day(before)}"
    entries = f"{several(old.log, 'entry', 'entries')} of the log from before {day(log)}"
    return " and ".join([sessions] * bool(old.sessions) + [entries] * bool(old.log))


def _fields(done: _Pruned) -> dict[str, Any]:
    return {
        "old": done.old._asdict(),
        "dropped": {"sessions": done.sessions},
        "bytes": {"before": done.before, "after": done.after},
    }


def _text(done: _Pruned, before: datetime, log: datetime, *, dry_run: bool) -> str:
    if done.old == _NOTHING:
        return "Nothing is old enough to be dropped.\n"
    if not done.wanted:
        return f"This would go: {_what(done.old, before, log)}.\n" if dry_run else ""
    went = several(done.sessions, "session")
    return f"{went} went; the database took {size(done.before)} and takes {size(done.after)}.\n"
