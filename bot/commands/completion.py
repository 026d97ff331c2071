"""`frictionbot completion`: the script that lets a shell complete commands and options."""

from __future__ import annotations

from collections.abc import Mapping

import click
from click.shell_completion import BashComplete, FishComplete, ShellComplete, ZshComplete

from bot.commands.output import say
from bot.commands.shell import Shell

_VARIABLE = "_FRICTIONBOT_COMPLETE"  # set by the script when it asks what fits
_SHELLS: Mapping[str, type[ShellComplete]] = {"bash": BashComplete, "zsh": ZshComplete, "fish": FishComplete}


@click.command(
    short_help="Print the completion script for a shell.",
    epilog="""\b
Put one of these where your shell reads it at its start:
  eval "$(frictionbot completion bash)"            ~/.bashrc
  eval "$(frictionbot completion zsh)"             ~/.zshrc
  frictionbot completion fish | source             ~/.config/fish/config.fish""",
)
@click.argument("name", metavar="bash|zsh|fish", type=click.Choice(list(_SHELLS)))
@click.pass_obj
def completion(shell: Shell, /, name: str) -> int:
    """Print the completion script for a shell."""
    made = _SHELLS[name](click.get_current_context().find_root().command, {}, "frictionbot", _VARIABLE)
    say(shell.out, f"{made.source_template % made.source_vars()}\n")
    return 0
