"""The `{name}` in titles and texts of rules: a name from an allow-list, replaced once, never evaluated.

`{{` and `}}` stand for the braces themselves. There is no formatting, no attribute and no nesting, so a text that comes
with a pull request can do nothing but name what the rule has captured.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping
from difflib import get_close_matches
from typing import NamedTuple

from bot.core.model import Problem

_TOKEN = re.compile(r"\{\{|\}\}|\{([^{}\n]{0,80})\}|[{}]")


class Piece(NamedTuple):
    """A stretch of a rule's text: literal text, or the name of a placeholder (then `text` is "")."""

    text: str
    name: str = ""


def pieces(text: str, allowed: Collection[str], place: str) -> tuple[tuple[Piece, ...], tuple[Problem, ...]]:
    """A text taken apart at its placeholders; every name that is not allowed and every lone brace is a problem."""
    found: list[Piece] = []
    problems: list[Problem] = []
    done = 0
    for token in _TOKEN.finditer(text):
        found.append(Piece(text[done : token.start()]))
        done = token.end()
        if token[0] in ("{{", "}}"):
            found.append(Piece(token[0][0]))
        elif token[1] is not None and token[1] in allowed:
            found.append(Piece("", token[1]))
        else:
            problems.append(Problem("unknown_placeholder", place, _advice(token[0], token[1], allowed)))
    found.append(Piece(text[done:]))
    return tuple(piece for piece in found if piece != Piece("")), tuple(problems)


def fill(
    text: str, values: Mapping[str, str], place: str, shown: Callable[[str], str] = str
) -> tuple[str, tuple[Problem, ...]]:
    """The text with each `{name}` replaced by `shown(values[name])`; a value is put in once and not looked at again."""
    parts, problems = pieces(text, values.keys(), place)
    return "".join(shown(values[part.name]) if part.name else part.text for part in parts), problems


def _advice(token: str, name: str | None, allowed: Collection[str]) -> str:
    if name is None:
        return f"a lone {token!r}: write {token * 2!r} for the brace itself, or {{name}} for a value"
    near = get_close_matches(name, sorted(allowed), n=1)
    known = ", ".join(f"{{{each}}}" for each in sorted(allowed)) or "none"
    meant = f"did you mean {{{near[0]}}}? " if near else ""
    return f"there is no {token}: {meant}known here: {known}; for braces in the text write {{{{ and }}}}"
