"""What a comment may say to the bot as Markdown, written from the table of commands."""

from __future__ import annotations

from bot.core.remarks import NAMES, usage

_HEAD = """\
### Comments

A line of a comment that begins with `/friction`. Lengths and dates as people write them (`2w`, `14 days`, `next friday`,
`2026-12-24`), in the zone of the settings (`comments.zone`); `help` and an example of each: `/friction help silence`.

| command | what it does |
|---|---|
"""


def comments_help() -> str:
    """The table of all commands."""
    return _HEAD + "\n".join(f"| `{_cell(usage(name).form)}` | {usage(name).about} |" for name in NAMES)


def _cell(text: str) -> str:
    return text.replace("|", "\\|")
