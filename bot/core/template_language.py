"""The language of issue templates: a locked-down Jinja that prints values inert unless they are finished Markdown.

The guarantee is made where text is printed, not where it is put in. `finalize` sees the value of every `{{ … }}` and
passes only numbers and `Markdown` (which our filters and the renderer make). Any other text, also one that a filter or
a slice made of finished Markdown, goes through `prose`. So an author who forgets a filter gets an ugly issue, not a
hostile one. `template_check` keeps out what writes without being printed (`{% call %}`, `{% filter %}`, macros).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import fields
from types import MappingProxyType
from typing import Any, NamedTuple

from jinja2 import StrictUndefined, TemplateRuntimeError
from jinja2.sandbox import ImmutableSandboxedEnvironment

from bot.core import markdown
from bot.core.template_check import FilterShape
from bot.core.template_values import RECORDS, Markdown

_READABLE: Mapping[str, frozenset[str]] = MappingProxyType(
    {record.__name__: frozenset(each.name for each in fields(record)) for record in RECORDS}
)


_ESCAPED = re.compile(r"\\([!-/:-@\[-`{-~])")


class FilterEntry(NamedTuple):
    """A filter that templates may use, and the sentence that documents it."""

    function: Callable[..., object]
    doc: str
    takes_list: bool = False


def fence(text: str) -> Markdown:
    """A code block that its text cannot end."""
    return text if isinstance(text, Markdown) else Markdown(markdown.fence(str(text)))


def inline(text: str) -> Markdown:
    """A code span that its text cannot end."""
    return text if isinstance(text, Markdown) else Markdown(markdown.inline(str(text)))


def prose(text: str) -> Markdown:
    """Text outside of code that is only text: no markup, mention, reference, command or comment."""
    return text if isinstance(text, Markdown) else Markdown(markdown.prose(str(text)))


def cell(text: str) -> Markdown:
    """Text or finished Markdown for one cell of a table: on one line and without a bar."""
    return Markdown(" ".join(prose(text).split()).replace("\\|", "|").replace("|", "\\|"))


def html(text: str) -> Markdown:
    """Text for the inside of an HTML element: as `prose`, but plain also where Markdown is not read."""
    inert = prose(" ".join(str(text).split())) if not isinstance(text, Markdown) else text
    return Markdown(_ESCAPED.sub(lambda found: f"&#{ord(found[1])};", inert))


def codes(texts: Iterable[str]) -> Markdown:
    """Code spans with commas between them."""
    return Markdown(", ".join(inline(text) for text in texts))


def many(count: int, one: str, more: str = "") -> str:
    """A number with its noun: `1 session`, `3 sessions`, `2 people`."""
    return f"{count:,} {one if count == 1 else more or one + 's'}"


def capital(text: str) -> str:
    """The text with a capital first letter."""
    return text[:1].upper() + text[1:]


def count(values: Iterable[object]) -> int:
    """How many entries a list has."""
    return len(tuple(values))


FILTERS: Mapping[str, FilterEntry] = MappingProxyType(
    {
        "capital": FilterEntry(capital, "The text with a capital first letter."),
        "cell": FilterEntry(
            cell, "For a cell of a table: on one line, its bars escaped. Also after `inline` or `codes`."
        ),
        "codes": FilterEntry(codes, "A list of texts as code spans with commas between them.", takes_list=True),
        "count": FilterEntry(count, "How many entries a list has.", takes_list=True),
        "fence": FilterEntry(fence, "A code block that the text cannot end. Put a blank line before it."),
        "html": FilterEntry(html, "As `prose`, for the inside of an HTML element such as `<summary>`."),
        "inline": FilterEntry(inline, "A code span that the text cannot end."),
        "many": FilterEntry(many, 'A number with its noun: `3|many("session")`, `2|many("person", "people")`.'),
        "prose": FilterEntry(prose, "Inert text. What is printed without a filter goes through it anyway."),
    }
)
SHAPES: Mapping[str, FilterShape] = MappingProxyType(
    {name: FilterShape(each.takes_list) for name, each in FILTERS.items()}
)


class _Sandbox(ImmutableSandboxedEnvironment):
    """Jinja's sandbox, narrowed from a list of what is forbidden to the list of fields that may be read."""

    def is_safe_attribute(self, obj: Any, attr: str, value: Any) -> bool:  # noqa: ARG002 - what it holds does not matter
        readable = _READABLE.get(type(obj).__name__)
        if readable is not None and type(obj) in RECORDS:
            return attr in readable
        return type(obj).__name__ == "LoopContext" and attr in _READABLE["LoopValue"]

    def is_safe_callable(self, obj: Any) -> bool:  # noqa: ARG002 - whatever it is
        return False


def environment() -> ImmutableSandboxedEnvironment:
    """A fresh environment in which only the filters above exist: no global, no test, no loader, no extension."""
    env = _Sandbox(
        undefined=StrictUndefined,
        autoescape=False,  # the output is Markdown; `finalize` does what autoescape does for HTML
        finalize=_printed,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=False,
    )
    env.globals.clear()
    env.tests.clear()
    env.filters.clear()
    env.filters.update({name: each.function for name, each in FILTERS.items()})
    return env


def _printed(value: object) -> str:
    """What a `{{ … }}` prints of its value."""
    if isinstance(value, Markdown):
        return str(value)
    if isinstance(value, int):
        return str(int(value))
    if isinstance(value, str | StrictUndefined):
        return prose(str(value))  # str() of an undefined value raises
    raise TemplateRuntimeError(f"a {type(value).__name__} cannot be printed")
