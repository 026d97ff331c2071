"""`frictionbot docs`: the generated files of a checkout."""

from __future__ import annotations

from pathlib import Path

import click

from bot.commands.generated import generated, outdated
from bot.commands.output import exit_code, say, say_problems
from bot.commands.shell import Shell

root = click.option(
    "--root",
    type=click.Path(path_type=Path, file_okay=False, exists=True),
    default=".",
    help="The checkout of frictionbot. [default: this folder]",
)


@click.group(
    short_help="Write or compare the generated files.",
)
def docs() -> None:
    """Write or compare the generated files: rule catalogue, JSON Schema, template reference, command help."""


@docs.command()
@root
@click.pass_obj
def write(shell: Shell, /, root: Path) -> int:
    """Write the generated files that are out of date, and name them."""
    texts, problems = generated(root, click.get_current_context().find_root().command)
    say_problems(shell.err, problems)
    for path in outdated(texts):
        path.write_text(texts[path], "utf-8")
        say(shell.out, f"{path}\n")
    return exit_code(problems)


@docs.command()
@root
@click.pass_obj
def check(shell: Shell, /, root: Path) -> int:
    """Name the generated files that are out of date; exit 1 where there are any."""
    texts, problems = generated(root, click.get_current_context().find_root().command)
    say_problems(shell.err, problems)
    old = outdated(texts)
    say(shell.out, "".join(f"{path}\n" for path in old))
    if old:
        say(shell.err, "out of date: run `make docs` and commit what it writes\n")
    return exit_code(problems) or int(bool(old))
