"""`frictionbot resume`: the end of a pause."""

from __future__ import annotations

import click

from bot.commands import options, pause_scopes
from bot.commands.output import SCHEMA, problems_json, say, say_json, say_problems
from bot.commands.shell import Shell, configured
from bot.core.model import Problem
from bot.ports import StoreError
from bot.upkeep import Pause


@click.command(
    short_help="Lift a pause.",
    epilog="""\b
Examples:
  frictionbot resume all
  frictionbot resume --repository acme/agents --rule python-module-missing

\b
Each pause is lifted by itself: a rule that is paused stays so when all is
resumed. What was not paused is said, and is no error.

\b
The JSON object: schema, problems, resumed (the scopes that were paused), and
pauses, all that still hold, as in "frictionbot pause".

\b
Exit codes: 0 done; 1 the database cannot be used; 2 usage or configuration.""",
)
@pause_scopes.everything
@pause_scopes.repositories
@pause_scopes.rules
@options.database
@options.as_json
@options.config
@click.pass_obj
def resume(
    shell: Shell, /, everything: str | None, repositories: tuple[str, ...], rules: tuple[str, ...],
    database: str | None, form: str, config: str | None,
) -> int:  # fmt: skip
    """Let everything, a repository or a rule go on that was paused."""
    settings = configured(shell, config, {"database": database})
    problems: tuple[Problem, ...] = ()
    wanted: tuple[str, ...] = ()
    lifted: tuple[str, ...] = ()
    holding: tuple[Pause, ...] = ()
    try:
        with shell.work.upkeep(settings) as upkeep:
            held = [each.scope for each in upkeep.pauses(shell.clock())]
            wanted = pause_scopes.scopes(settings, everything, repositories, rules, held)
            lifted = tuple(scope for scope in wanted if upkeep.resume(scope))
            holding = upkeep.pauses(shell.clock())
    except StoreError as error:
        problems = (Problem(error.code, "database", error.message),)
    say_problems(shell.err, problems)
    if form == "json":
        objects = pause_scopes.pauses_json(holding)
        said = {"schema": SCHEMA, "resumed": lifted, "pauses": objects, "problems": problems_json(problems)}
        say_json(shell.out, said)
    elif not problems:
        words = "".join(f"{scope} {'goes on' if scope in lifted else 'was not paused'}.\n" for scope in wanted)
        say(shell.out, f"{words}{pause_scopes.pauses_text(holding, shell.draw)}")
    return int(bool(problems))
