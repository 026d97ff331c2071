"""The files of the project that a machine writes, and what they should say."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import click

from bot.adapters.rulebook import load_rules, rule_files
from bot.commands.command_help import BEGIN, END, command_help, replaced
from bot.commands.comments_help import comments_help
from bot.commands.settings_help import settings_help
from bot.core.catalogue import catalogue, schema
from bot.core.model import Problem
from bot.core.template_reference import template_reference


def generated(root: Path, command: click.Command) -> tuple[Mapping[Path, str], tuple[Problem, ...]]:
    """The text of each generated file of a checkout, and why some cannot be made."""
    folder, readme = root / "rules", root / "README.md"
    rules, problems = load_rules([folder])
    if problems:
        return {}, problems
    section = f"{command_help(command)}\n\n{comments_help()}\n\n{settings_help()}"
    page = replaced(readme.read_text("utf-8") if readme.is_file() else "", section)
    if page is None:
        return {}, (
            Problem("docs_markers", str(readme), f"no place for the commands: write {BEGIN} and {END} into it"),
        )
    paths = {Path(file.place).stem: Path(file.place).relative_to(folder).as_posix() for file in rule_files([folder])[0]}
    return {
        folder / "README.md": catalogue(rules, paths),
        folder / "schema.json": schema(),
        root / "templates" / "README.md": template_reference(),
        readme: page,
    }, ()


def outdated(texts: Mapping[Path, str]) -> tuple[Path, ...]:
    """The files that do not say what they should."""
    return tuple(path for path, text in texts.items() if not path.is_file() or path.read_text("utf-8") != text)
