"""Raw HTML in a comment: which of it shows what stands in it as code, quotation, struck out or otherwise not as said."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator

# What a browser shows as somebody else's words, code, struck out, a label or a picture; `a` counts only as a link.
_QUOTING = frozenset(
    {
        "a", "b", "blockquote", "caption", "cite", "code", "del", "em", "h1", "h2", "h3", "h4",
        "h5", "h6", "i", "kbd", "listing", "plaintext", "pre", "q", "s", "samp", "script", "strike",
        "strong", "style", "summary", "svg", "table", "template", "textarea", "title", "tt", "var", "xmp",
    }
)  # fmt: skip
# `[^<>]` keeps it linear: an attribute that holds one of these ends its tag early, and a browser would not show a command there.
_MARKUP = re.compile(r"<!--(?:-?>|.*?(?:-->|\Z))|<(/?)([A-Za-z][A-Za-z0-9-]*)([^<>]*)>", re.DOTALL)
_CHANGES = re.compile(rf"</?(?:{'|'.join(sorted(_QUOTING))})(?![A-Za-z0-9-])", re.IGNORECASE)


class Markup:
    """The elements that are open at a place, read from tags in their order; one that is never closed stays open."""

    def __init__(self, opened: Counter[str] | None = None) -> None:
        self._open: Counter[str] = Counter(opened or {})

    @property
    def quoting(self) -> bool:
        """Whether what follows is not the author's plain word."""
        return any(self._open.values())

    def copy(self) -> Markup:
        """The same, to return to."""
        return Markup(self._open)

    @staticmethod
    def changed_by(text: str) -> bool:
        """Whether a text may hold a tag that matters."""
        return "<" in text and _CHANGES.search(text) is not None

    def read(self, markup: str) -> None:
        """Take in the tags of a text."""
        for found in _MARKUP.finditer(markup):
            self._take(found)

    def plain_lines(self, block: str) -> Iterator[tuple[int, str]]:
        """The lines of a block that begin in plain text, each with its number from 0; takes in the block's tags."""
        hidden: set[int] = set()
        at = number = 0
        quoted = self.quoting
        for found in _MARKUP.finditer(block):
            until = number + block.count("\n", at, found.start())
            if quoted:
                hidden.update(range(number + 1, until + 1))
            ends = until + found[0].count("\n")
            hidden.update(range(until + 1, ends + 1))
            self._take(found)
            quoted, number, at = self.quoting, ends, found.end()
        lines = block.split("\n")
        if quoted:
            hidden.update(range(number + 1, len(lines)))
        yield from ((each, line) for each, line in enumerate(lines) if each and each not in hidden)

    def _take(self, found: re.Match[str]) -> None:
        name = (found[2] or "").lower()
        if name not in _QUOTING or (name == "a" and not found[1] and "href" not in found[3].lower()):
            return
        if not found[1]:
            self._open[name] += 1
        elif self._open[name]:
            self._open[name] -= 1
