"""`templates/README.md`: what an issue template may use, written from the template language itself."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields
from typing import Any, get_args, get_origin, get_type_hints

from bot.core.template_language import FILTERS
from bot.core.template_values import RECORDS, IssueValues

_WORDS = {str: "text", int: "number", bool: "yes or no"}
_HEAD = """\
# What a template may use

This page is generated (`make docs`); a test compares it.

An issue's body is made from a file `*.md.j2` of this folder, the one that its rule names under `issue.template`. To
change how issues look, copy the file into a folder of your own, edit it there and name the folder in the settings; a
file of the same name takes the place of the shipped one. `frictionbot run` names every mistake with its place, and a
broken template costs only the issues that ask for it.

Templates are Jinja with what they need and no more: `{{ value }}`, `{% if %}`, `{% for one in list %}`, comparisons,
`and`, `or`, `not`, `list[0]`, `list[1:]`, `{# remarks #}` and the filters below. There are no calls, assignments,
macros or includes.

**Texts are inert.** What comes from a transcript can hold anything: markup, mentions, commands to other bots. Whatever
is printed goes through `prose`, which leaves only text, unless it is a *Markdown* field or went through another filter
of the list. Put a blank line before a fence that stands in `<details>`.

A body never passes GitHub's limit: the lists and texts below are shorter where there is no room.

The body is compared before it is written, and an issue is only edited where it changed.
"""


def template_reference() -> str:
    """The text of `templates/README.md`."""
    return "\n".join((_HEAD, *_filters(), *(line for record in RECORDS for line in _record(record)))).rstrip() + "\n"


def _filters() -> Iterator[str]:
    yield "## Filters\n"
    yield "| filter | gives |"
    yield "|---|---|"
    yield from (f"| `{name}` | {_cell(each.doc)} |" for name, each in sorted(FILTERS.items()))
    yield ""


def _record(record: type) -> Iterator[str]:
    hints = get_type_hints(record, include_extras=True)
    yield f"## {_heading(record)}\n"
    yield f"{(record.__doc__ or '').strip().splitlines()[0]}\n"
    yield "| name | is | says |"
    yield "|---|---|---|"
    for each in fields(record):
        kind, sentence = get_args(hints[each.name])
        yield f"| `{each.name}` | {_type(kind)} | {_cell(sentence)} |"
    yield ""


def _cell(sentence: str) -> str:
    return sentence.replace("|", "\\|")


def _heading(record: type) -> str:
    name = record.__name__.removesuffix("Value").removesuffix("Part").lower()
    return "Names to start from" if record is IssueValues else name


def _type(hint: Any) -> str:
    if get_origin(hint) is tuple:
        return f"list of {_type(get_args(hint)[0])}"
    if hint in RECORDS:
        return f"[{_heading(hint)}](#{_heading(hint)})"
    return _WORDS.get(hint, "*Markdown*")
