"""The words of a message that its author says now: no code, HTML comment or quotation, because nothing in those is an order."""

from __future__ import annotations

from typing import NamedTuple

import re2

_FENCE = re2.compile(r"^\s*(```+[^`]*|~~~+.*)$")
_MARK = re2.compile(r"`+|<!--|-->")


class _Inside(NamedTuple):
    """What a line begins in: a fence with its opening mark, a comment, or neither."""

    fence: str = ""
    comment: bool = False


def unquoted(text: str) -> str:
    """The text without fenced code, code spans of a line, HTML comments and quoted lines; in linear time.

    What is opened and never closed hides the rest, as on GitHub; a backtick without its partner is only a backtick.
    """
    kept: list[str] = []
    inside = _Inside()
    for line in text.split("\n"):
        if inside.fence:
            inside = _Inside() if _closes(line, inside.fence) else inside
        elif not inside.comment and _FENCE.match(line):
            start = line.lstrip()
            inside = _Inside(fence=start[: len(start) - len(start.lstrip(start[0]))])
        elif inside.comment or not line.lstrip(" ").startswith(">"):
            said, comment = _said(line, comment=inside.comment)
            kept.append(said)
            inside = _Inside(comment=comment)
    return "\n".join(kept)


def _closes(line: str, fence: str) -> bool:
    mark = line.strip()
    return len(mark) >= len(fence) and not mark.strip(fence[0])


def _said(line: str, *, comment: bool) -> tuple[str, bool]:
    """What a line says outside of code spans and comments, and whether it ends in a comment."""
    if not comment and "`" not in line and "<!--" not in line:
        return line, False
    marks = [(found[0], found.start(), found.end()) for found in _MARK.finditer(line)]
    partner = _partners(marks)
    kept: list[str] = []
    start = index = 0
    while index < len(marks):
        mark, begins, ends = marks[index]
        if comment and mark == "-->":
            comment, start = False, ends
        elif not comment and (mark == "<!--" or index in partner):
            kept.append(line[start:begins])
            comment = mark == "<!--"
            index = partner.get(index, index)
            start = marks[index][2]
        index += 1
    return " ".join(kept if comment else [*kept, line[start:]]), comment


def _partners(marks: list[tuple[str, int, int]]) -> dict[int, int]:
    """Of each run of backticks the next one of the same length, by their places among the marks."""
    following: dict[str, int] = {}
    found: dict[int, int] = {}
    for index in range(len(marks) - 1, -1, -1):
        mark = marks[index][0]
        if mark[0] == "`":
            if mark in following:
                found[index] = following[mark]
            following[mark] = index
    return found
