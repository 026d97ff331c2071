"""`frictionbot doctor`: whether an installation works, line by line, each with what to type where it does not."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Any

import click

from bot.commands import options
from bot.commands.doctor_probes import Installation, first_probes
from bot.commands.doctor_text import Lines
from bot.commands.examination import Probe, examine
from bot.commands.output import say, say_json
from bot.commands.shell import Shell, layer
from bot.core.diagnosis import Check, as_json, exit_code, failed, ok, summary
from bot.core.model import Problem
from bot.settings import Settings, load_settings
from bot.settings.origins import origins, secrets_of

_QUICK = 10.0  # seconds of a container's health check, which has a time limit of its own
NAMES = (
    "python", "packages", "settings", "rules", "templates", "sources", "database", "failures", "pauses", "redis",
    "queues", "worker", "workers", "beat", "cycle", "github", "repository", "labels", "webhook", "clock",
)  # fmt: skip


@click.command(
    short_help="Check that everything works, and say what to type where it does not.",
    epilog="""\b
Examples:
  frictionbot doctor
  frictionbot doctor --only github --only repository
  frictionbot doctor --probe worker            in a container's health check
  frictionbot doctor --format json | jq '.checks[] | select(.outcome == "failed")'

\b
What is looked at:
  python packages settings rules templates sources database failures pauses
  redis queues workers beat cycle github repository labels webhook clock
  and, only by name: worker (whether a worker of this machine answers)

\b
Exit codes: 0 nothing failed; 1 something failed (with --strict also where there
is a warning); 2 usage.""",
)
@options.source
@options.rules
@options.repository
@options.database
@options.config
@click.option(
    "--only",
    multiple=True,
    type=click.Choice(NAMES),
    metavar="NAME",
    help="Look at this only; may be given several times.",
)
@click.option(
    "--probe", type=click.Choice(NAMES), metavar="NAME", help="Look at this one thing within 10 s, for health checks."
)
@click.option("--strict", is_flag=True, help="Let a warning count as a failure in the exit code.")
@click.option("--all", "everything", is_flag=True, help="Show the details of what is well too (text only).")
@options.as_json
@click.pass_obj
def doctor(
    shell: Shell, /, config: str | None, only: tuple[str, ...], probe: str | None, form: str,
    *, strict: bool, everything: bool, **named: Any,
) -> int:  # fmt: skip
    """Look whether everything works that a run or a worker needs, and say what to type where it does not.

    The checks do what the bot does: a file is opened, the database keeps what is written, a task goes through every
    queue to a worker and back, GitHub is asked what the bot may do. Nothing is left behind, and no issue is made.
    """
    settings, problems = load_settings(layer(named), shell.environ, shell.folder, config)
    told = origins(layer(named), shell.environ, shell.folder, config)
    probes = [*first_probes(), Probe("settings", lambda: settings_checks(problems, told)), *_rest(shell, settings)]
    if probe:
        probes = [replace(each, seconds=min(each.seconds, _QUICK)) for each in probes]
    chosen = frozenset(only) | ({probe} if probe else frozenset())
    if chosen and settings is None:
        chosen |= {"settings"}  # without them nothing that was asked for can be told
    secrets = secrets_of(settings) if settings else frozenset[str]()
    lines = Lines(shell.out, shell.err, shell.environ, everything=everything, quiet=form == "json" or bool(probe))
    checks = list(_shown(examine(probes, chosen, secrets, lines.begin), lines.end if form == "text" else lines.hush))
    if form == "json":
        say_json(shell.out, as_json(checks))
    elif not probe:
        say(shell.out, f"\n{summary(checks)}\n")
    return exit_code(checks, strict=strict)


def settings_checks(problems: Sequence[Problem], told: Sequence[str]) -> Iterator[Check]:
    """Whether the settings are right: each mistake with its place, else where each setting comes from."""
    for problem in problems:
        yield failed("settings", problem.message, "mend it there; README.md names every setting", problem.place)
    if not problems:
        count = "all as they come" if not told else f"{len(told)} set"
        yield ok("settings", f"they are right, {count}", details=told)


def _rest(shell: Shell, settings: Settings | None) -> Iterable[Probe]:
    """The probes that need settings; where these are wrong none of them is ever looked at."""
    if settings is None:
        return [
            Probe(name, tuple, ("settings",), extra=name == "worker") for name in NAMES[NAMES.index("settings") + 1 :]
        ]
    return Installation(settings, shell.clock, shell.environ.get("GITHUB_ACTIONS") == "true").probes()


def _shown(checks: Iterable[Check], show: Callable[[Check], None]) -> Iterator[Check]:
    for check in checks:
        show(check)
        yield check
