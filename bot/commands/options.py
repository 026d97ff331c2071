"""Options that several commands share, each defined once."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any

import click

from bot.core.duration import parse_duration

Decorator = Callable[[Callable[..., Any]], Callable[..., Any]]


def moment(_context: click.Context, _option: click.Parameter, value: str | None) -> datetime | None:
    """The moment that a text with its zone names, as aware UTC."""
    if value is None:
        return None
    with suppress(ValueError, OverflowError):  # the year 1 begins before itself west of Greenwich
        at = datetime.fromisoformat(value)
        if at.tzinfo:
            return at.astimezone(UTC)
    raise click.BadParameter(f"{value!r} is no time with its zone: write 2026-02-15T23:00:00Z")


def duration(_context: click.Context, _option: click.Parameter, value: str | None) -> timedelta | None:
    """The duration that a text such as `2h` or `400d` names."""
    if value is None:
        return None
    try:
        return parse_duration(value)
    except ValueError as error:
        raise click.BadParameter(str(error)) from None


source: Decorator = click.option(
    "--source",
    "sources",
    multiple=True,
    metavar="PATH",
    help="A session file, or a folder searched at any depth; may be given several times. "
    "[default: the settings' sources, else ~/.claude/projects]",
)
rules: Decorator = click.option(
    "--rules",
    "rules",
    multiple=True,
    metavar="DIR",
    help="A folder of rule files, instead of the shipped rules; may be given several times.",
)
repository: Decorator = click.option(
    "--repo",
    "repository",
    metavar="OWNER/NAME",
    help="Who receives all issues. [default: the settings' routes and repository, else GITHUB_REPOSITORY]",
)
database: Decorator = click.option(
    "--database",
    metavar="URL",
    help="Where the bot remembers: sqlite:///PATH or postgresql://… "
    "[default: ~/.local/state/frictionbot/frictionbot.db]",
)
now: Decorator = click.option(
    "--now", metavar="TIME", callback=moment, help="Run as of this moment, such as 2026-02-15T23:00:00Z."
)
config: Decorator = click.option(
    "--config",
    metavar="FILE",
    help="The settings file. [default: FRICTIONBOT_CONFIG, else frictionbot.toml in this folder if there is one]",
)
gap: Decorator = click.option(
    "--gap", metavar="DURATION", help="A longer pause is not active time, such as 30m. [default: 10m]"
)
as_json: Decorator = click.option(
    "--format",
    "form",
    type=click.Choice(["text", "json"]),
    default="text",
    show_default=True,
    help="text for people; json prints exactly one object on stdout.",
)
