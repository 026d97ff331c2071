"""A Markdown text for reading: code blocks, headings and hidden comments told apart, all else as it was written."""

from __future__ import annotations

import re
from collections.abc import Iterator

from bot.sandbox.markup import Html, element

_FENCE = re.compile(r" {0,3}(`{3,}|~{3,})(.*)")
_HEADING = re.compile(r" {0,3}#{1,6} +(.*?)#* *")


def shown(text: str) -> Html:
    """The text as blocks."""
    return element("div", *_blocks(text.splitlines()), class_="text")


def _blocks(lines: list[str]) -> Iterator[Html]:
    prose: list[str] = []
    place = 0
    while place < len(lines):
        end, block = _block(lines, place)
        if block is None:
            prose.append(lines[place])
        else:
            yield from _prose(prose)
            prose = []
            yield block
        place = end
    yield from _prose(prose)


def _block(lines: list[str], place: int) -> tuple[int, Html | None]:
    """The block that begins at this line and the line after it; None for prose."""
    line = lines[place]
    fence, heading = _FENCE.fullmatch(line), _HEADING.fullmatch(line)
    if fence:
        end = _end(lines, place + 1, re.compile(rf" {{0,3}}{re.escape(fence[1])}{fence[1][0]}*\s*"))
        return end + 1, element("pre", "\n".join(lines[place + 1 : end]))
    if heading:
        return place + 1, element("h4", heading[1].strip())
    if line.lstrip().startswith("<!--"):
        end = _end(lines, place, re.compile(r".*-->.*"))
        text = "\n".join(lines[place : end + 1])
        return end + 1, element("details", element("summary", "hidden comment"), element("pre", text))
    return place + 1, None


def _end(lines: list[str], place: int, pattern: re.Pattern[str]) -> int:
    return next((each for each in range(place, len(lines)) if pattern.fullmatch(lines[each])), len(lines))


def _prose(lines: list[str]) -> Iterator[Html]:
    text = "\n".join(lines).strip("\n")
    if text.strip():
        yield element("p", text)
