"""The command line: `frictionbot`, and `main` for programs."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

import click

from bot.commands.completion import completion
from bot.commands.db import db
from bot.commands.demo import demo
from bot.commands.docs import docs
from bot.commands.doctor import doctor
from bot.commands.history import history
from bot.commands.metrics import metrics
from bot.commands.output import say
from bot.commands.pause import pause
from bot.commands.prune import prune
from bot.commands.rebuild import rebuild
from bot.commands.resume import resume
from bot.commands.rules import rules
from bot.commands.run import run
from bot.commands.sandbox import sandbox
from bot.commands.serve import serve
from bot.commands.sessions import sessions
from bot.commands.shell import Shell
from bot.commands.silences import silences
from bot.commands.status import status
from bot.commands.up import up
from bot.commands.why import why
from bot.commands.work import RealWork

COMMANDS: tuple[click.Command, ...] = (
    run, up, serve, why, history, silences, rebuild, status, doctor, metrics, pause, resume, prune, db,
    sessions, rules, sandbox, demo, docs, completion,
)  # fmt: skip
_INTERRUPTED = 130  # 128 + SIGINT, as shells count it


@click.group(
    commands=COMMANDS,
    epilog="""\b
Examples:
  frictionbot demo                        see the whole loop, with nothing set up
  frictionbot run                         what would be filed from ~/.claude/projects
  frictionbot run --source team/ --repo acme/agents --post
  frictionbot why '#12'                   why it was filed, and what would change it
  frictionbot sessions stats --source team/

\b
Settings come from the command line, then FRICTIONBOT_… variables, then
frictionbot.toml, then GITHUB_… variables, then the defaults. Relative paths
in the file count from its folder.

\b
Environment:
  FRICTIONBOT_CONFIG             the settings file
  FRICTIONBOT_GITHUB_TOKEN       any setting: github.token, repository, gap, …
  FRICTIONBOT_SOURCES            paths with ':' between them
  GITHUB_TOKEN GITHUB_API_URL GITHUB_REPOSITORY
                                 as in GitHub Actions, where nothing else says it
  NO_COLOR                       tables without colours

\b
Exit codes: 0 done; 1 something could not be done (said on stderr); 2 usage or
configuration; 130 stopped with Ctrl-C.""",
)
@click.version_option(version("frictionbot"), prog_name="frictionbot", message="%(prog)s %(version)s")
def cli() -> None:
    """Read what AI coding agents did, find friction that repeats, keep one good GitHub issue for each."""


def main(argv: Sequence[str] | None = None, shell: Shell | None = None) -> int:
    """Run a command line (this process's own where None) and return its exit code."""
    here = shell or _process_shell()
    try:
        result = cli.main(
            list(sys.argv[1:] if argv is None else argv), prog_name="frictionbot", standalone_mode=False, obj=here
        )
    except click.ClickException as error:
        error.show(here.err)
        return error.exit_code
    except (click.Abort, KeyboardInterrupt):
        say(here.err, "frictionbot: stopped\n")
        return _INTERRUPTED
    return result if isinstance(result, int) else 0


def _process_shell() -> Shell:
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")  # a character that the terminal has not is no reason to stop
    return Shell(sys.stdout, sys.stderr, os.environ, Path(), lambda: datetime.now(UTC), RealWork(), sys.stdin)
