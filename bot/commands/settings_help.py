"""Every setting as Markdown, written from the models: key, variable, default, and what it is."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from pydantic import SecretStr
from pydantic.fields import FieldInfo

from bot.core.duration import show_duration
from bot.settings import VARIABLES, Settings
from bot.settings.model import TABLES

_HEAD = """\
### Settings

From the command line, then the variable, then `frictionbot.toml` (in this folder, or `--config FILE`, or
`FRICTIONBOT_CONFIG`), then `GITHUB_TOKEN`, `GITHUB_API_URL` and `GITHUB_REPOSITORY`, then the default. Relative paths
in the file count from its folder. Lists in variables: paths with `:` between them, words with `,`, all else as JSON.

| setting | variable | default | what it is |
|---|---|---|---|
"""
_LISTS = {("sources",), ("routes",)}
_DEFAULTS = {"sources": "`~/.claude/projects`", "database": "below `~/.local/state`", "rules": "the shipped rules"}


def settings_help() -> str:
    """The table of all settings."""
    return _HEAD + "\n".join(row for table in TABLES for row in _rows(table))


def _rows(table: tuple[str, ...]) -> Iterator[str]:
    for name, field in TABLES[table].model_fields.items():
        path = (*table, name)
        if path in TABLES and path not in _LISTS:
            continue
        shown = f"{table[0]}[].{name}" if table in _LISTS else ".".join(path)
        variable = next((f"`{variable}`" for variable, of in VARIABLES.items() if of == path), "")
        yield f"| `{shown}` | {variable} | {_default(name, field)} | {field.description} |"


def _default(name: str, field: FieldInfo) -> str:
    if name in _DEFAULTS and field in Settings.model_fields.values():
        return _DEFAULTS[name]
    return "required" if field.is_required() else _shown(field.default)


def _shown(value: Any) -> str:
    if isinstance(value, timedelta):
        return f"`{show_duration(value)}`"
    empty = value is None or value in ("", (), {}) or isinstance(value, SecretStr)
    return "" if empty else f"`{value}`"
