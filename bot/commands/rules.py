"""`frictionbot rules`: what is looked for, whether the rule files are right, and how they fare."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from bot.adapters.rulebook import load_rules, rule_files, shipped_rules
from bot.commands import options
from bot.commands.output import SCHEMA, exit_code, problems_json, say, say_json, say_problems
from bot.commands.rule_text import check_text, rule_json, rules_text, sample_json, samples_text
from bot.commands.rules_health import rules_health
from bot.commands.shell import Shell, configured
from bot.core.rehearse import rehearse_file


@click.group(
    short_help="List, check, test and rank the rules.",
    epilog="""\b
Examples:
  frictionbot rules list
  frictionbot rules check --rules my-rules/
  frictionbot rules test --rules my-rules/python-module-missing.yml
  frictionbot rules health --repo acme/agents

\b
Exit codes: 0 done; 1 a rule file has a problem or a sample fails (said on
stderr, and in "problems" of the JSON object); 2 usage or configuration.""",
)
def rules() -> None:
    """List the rules, check their files, play the samples in them, and rank them by how their issues were taken."""


rules.add_command(rules_health)


@rules.command("list")
@options.rules
@options.as_json
@options.config
@click.pass_obj
def list_(shell: Shell, /, form: str, config: str | None, **named: Any) -> int:
    """One line a rule: its status, and the evidence that opens an issue."""
    found, problems = load_rules(_folders(shell, config, named))
    say_problems(shell.err, problems)
    if form == "json":
        objects = [rule_json(rule) for rule in found]
        say_json(shell.out, {"schema": SCHEMA, "rules": objects, "problems": problems_json(problems)})
    else:
        say(shell.out, rules_text(found, shell.draw))
    return exit_code(problems)


@rules.command()
@options.rules
@options.as_json
@options.config
@click.pass_obj
def check(shell: Shell, /, form: str, config: str | None, **named: Any) -> int:
    """Name every problem of the rule files with its place and what to write instead."""
    folders = _folders(shell, config, named)
    files = len(rule_files(folders)[0])
    _, problems = load_rules(folders)
    say_problems(shell.err, problems)
    if form == "json":
        say_json(shell.out, {"schema": SCHEMA, "files": files, "problems": problems_json(problems)})
    else:
        say(shell.out, check_text(files, problems))
    return exit_code(problems)


@rules.command()
@options.rules
@options.as_json
@options.config
@click.pass_obj
def test(shell: Shell, /, form: str, config: str | None, **named: Any) -> int:
    """Play the samples of every rule file and compare what is found with what they expect."""
    files, unreadable = rule_files(_folders(shell, config, named))
    played = [rehearse_file(file.text, file.place) for file in files]
    results = [result for some, _ in played for result in some]
    problems = (*unreadable, *(problem for _, some in played for problem in some))
    say_problems(shell.err, problems)
    if form == "json":
        objects = [sample_json(result) for result in results]
        say_json(shell.out, {"schema": SCHEMA, "samples": objects, "problems": problems_json(problems)})
    else:
        say(shell.out, samples_text(results, problems))
    return exit_code(problems)


def _folders(shell: Shell, config: str | None, named: dict[str, Any]) -> tuple[Path, ...]:
    """The folders of rules, near the working directory where they lie in it."""
    folders = configured(shell, config, named).rules or (shipped_rules(),)
    here = shell.folder.resolve()
    return tuple(folder.relative_to(here) if folder.is_relative_to(here) else folder for folder in folders)
