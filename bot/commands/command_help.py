"""The help of every command as Markdown, and the markers in README.md between which it stands."""

from __future__ import annotations

from collections.abc import Iterator

import click

BEGIN = "<!-- commands: made by `make docs` -->"
END = "<!-- /commands -->"
_WIDTH = 100  # columns, whatever the terminal is


def command_help(root: click.Command) -> str:
    """The help texts of a command and everything below it, each in a block of its own."""
    return "\n\n".join(_blocks(root, None, "frictionbot"))


def replaced(page: str, section: str) -> str | None:
    """A page with the text between its markers replaced; None where it has no such markers."""
    before, begin, rest = page.partition(BEGIN)
    _, end, after = rest.partition(END)
    return f"{before}{begin}\n\n{section}\n\n{end}{after}" if begin and end else None


def _blocks(command: click.Command, parent: click.Context | None, name: str) -> Iterator[str]:
    context = click.Context(command, parent=parent, info_name=name, terminal_width=_WIDTH, color=False)
    yield f"### {context.command_path}\n\n```text\n{command.get_help(context)}\n```"
    if isinstance(command, click.Group):
        for below in command.list_commands(context):
            yield from _blocks(command.commands[below], context, below)
