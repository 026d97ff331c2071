"""A rule's own texts as Markdown, with captured values put in as code.

Rules are reviewed, so their Markdown counts: emphasis, links, lists, code. What they may not do is what a reviewer
could overlook: mention people, hold HTML or comments, or leave a code block open over the rest of the issue.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from bot.core import markdown
from bot.core.model import Problem
from bot.core.placeholders import fill
from bot.core.template_values import Markdown

_CODE = re.compile(r"(?<!`)(`+)(?!`)(.+?)(?<!`)\1(?!`)", re.DOTALL)
_LANGUAGE = re.compile(r"\A[\w+-]*\n")
_OPEN_FENCE = re.compile(r"^(\s*)(`{3}|~{3})", re.MULTILINE)


def plain(text: str, values: Mapping[str, str], place: str) -> tuple[str, tuple[Problem, ...]]:
    """A text as GitHub shows a title: without Markdown, on one line."""
    filled, problems = fill(text, values, place)
    return markdown.title(filled), problems


def rich(text: str, values: Mapping[str, str], place: str) -> tuple[Markdown, tuple[Problem, ...]]:
    """A text as Markdown: a value outside of code becomes a code span, a value inside of code stays inside of it."""
    parts: list[str] = []
    problems: list[Problem] = []
    done = 0
    for code in (*_CODE.finditer(text), None):
        literal, found = fill(_harmless(text[done : code.start() if code else None]), values, place, markdown.inline)
        parts.append(literal)
        problems += found
        if code is not None:
            literal, found = fill(code[2], values, place)
            parts.append(_code(code[1], literal))
            problems += found
            done = code.end()
    return Markdown("".join(parts).strip()), tuple(problems)


def _harmless(text: str) -> str:
    return _OPEN_FENCE.sub(r"\1\\\2", markdown.inert(text).replace("<", "&lt;"))


def _code(ticks: str, text: str) -> str:
    if len(ticks) >= 3 and "\n" in text:
        return markdown.fence(_LANGUAGE.sub("", text).strip("\n"))
    return markdown.inline(text)
