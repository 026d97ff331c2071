"""Which changes fix an issue: those that close it by a closing keyword and were not reverted.

GitHub's keywords (https://docs.github.com/en/issues/tracking-your-work-with-issues/using-issues/linking-a-pull-request-to-an-issue):
close, closes, closed, fix, fixes, fixed, resolve, resolves, resolved, before `#12`, `GH-12`, `OWNER/NAME#12` or an address.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any, NamedTuple

import re2

from bot.core.history import Change

_NAME = r"[A-Za-z0-9][A-Za-z0-9-]*/[A-Za-z0-9._-]+"
_ISSUE = rf"(?:(?:({_NAME})?#|GH-)([0-9]{{1,9}})\b|https?://[^\s/]+/({_NAME})/(?:issues|pull)/([0-9]{{1,9}})\b)"
_CLOSING = re2.compile(rf"(?i)\b(?:close[sd]?|fix(?:e[sd])?|resolve[sd]?):?[ \t]+{_ISSUE}")
_MENTION = re2.compile(rf"(?i)(?:^|[^\w/&#-]){_ISSUE}")
_REVERTED_COMMIT = re2.compile(r"(?i)\breverts commit ([0-9a-f]{7,40})\b")
_REVERTED_PULL = re2.compile(rf"(?i)\breverts (?:({_NAME})?#)([0-9]{{1,9}})\b")
_COMMENT = re2.compile(r"(?s)<!--.*?(?:-->|\z)")
_SPAN = re2.compile(r"``[^`]+``|`[^`\n]+`")
_DEEP = 50  # nobody reverts a revert of a revert fifty times


class Reference(NamedTuple):
    """An issue or pull request as a text names it; `repository` is "" for the one where the text stands, lower case."""

    repository: str
    number: int


def closing(changes: Sequence[Change], repository: str, number: int) -> tuple[Change, ...]:
    """The changes that close an issue of `repository` by keyword and stand, by time; all are of that repository.

    What reverts something is no fix itself, although it repeats the keyword. A fix that was reverted and brought back has
    the time at which it came back.
    """
    wanted = {Reference("", number), Reference(repository.lower(), number)}
    fits = [change for change in changes if wanted & set(_named(_CLOSING, change.message)) and not _reverts(change)]
    known = _Reverts(changes, repository) if fits else None
    found = [change._replace(at=since) for change in fits if known and (since := known.since(change))]
    return tuple(sorted(found, key=lambda change: (change.at, change.ref)))


def standing(change: Change, changes: Sequence[Change]) -> bool:
    """Whether a change was not reverted, or its revert was."""
    return _Reverts((*changes, change), "").since(change) is not None


def mentions(change: Change, repository: str) -> frozenset[int]:
    """The numbers of the issues of `repository`, the change's own, that its message refers to in any way."""
    here = {"", repository.lower()}
    return frozenset(found.number for found in _named(_MENTION, change.message) if found.repository in here)


class _Reverts:
    """Which changes were reverted by which; a revert of a revert brings the first one back."""

    def __init__(self, changes: Sequence[Change], repository: str) -> None:
        self._here = {"", repository.lower()}
        self._changes = tuple(dict.fromkeys(changes))
        self._by: dict[str, list[Change]] = {}
        for change in self._changes:
            for name in self._undone(change):
                self._by.setdefault(name, []).append(change)

    def since(self, change: Change, seen: frozenset[str] = frozenset()) -> datetime | None:
        """From when on a change is there; None where a revert of it stands. In a circle what was asked first is there."""
        if change.ref in seen or len(seen) > _DEEP:
            return change.at
        further = seen | {change.ref}
        latest = change.at
        for undoer in self._undoers(change):
            if self.since(undoer, further) is not None:
                return None
            back = [self.since(each, further) for each in self._undoers(undoer)]
            latest = max([latest, *(at for at in back if at)])
        return latest

    def _undoers(self, change: Change) -> list[Change]:
        found = {other.ref: other for name in _names(change) for other in self._by.get(name, ())}
        return [found[ref] for ref in sorted(found) if ref != change.ref]

    def _undone(self, change: Change) -> Iterator[str]:
        """The refs that a change says it undoes: whole shas and `#12`."""
        text = _prose(change.message)
        for found in _REVERTED_COMMIT.finditer(text):
            sha = found[1].lower()
            whole = {name for each in self._changes for name in (each.ref, each.sha) if name.startswith(sha)}
            yield from whole if len(whole) == 1 else ()
        for found in _REVERTED_PULL.finditer(text):
            if (found[1] or "").lower() in self._here or len(self._here) == 1:
                yield f"#{int(found[2])}"


def _reverts(change: Change) -> bool:
    text = _prose(change.message)
    return bool(_REVERTED_COMMIT.search(text) or _REVERTED_PULL.search(text))


def _names(change: Change) -> set[str]:
    return {change.ref, change.sha} - {""}


def _named(pattern: Any, text: str) -> Iterator[Reference]:
    for found in pattern.finditer(_prose(text)):
        yield Reference((found[1] or found[3] or "").lower(), int(found[2] or found[4]))


def _prose(text: str) -> str:
    """The text without fenced code, code spans, HTML comments and quoted lines: nothing in them is an order."""
    lines: list[str] = []
    fence = ""
    for line in _COMMENT.sub(" ", text).split("\n"):
        start = line.lstrip(" ")
        mark = next((sign for sign in ("```", "~~~") if start.startswith(sign)), "")
        if mark and not fence:
            fence = mark
        elif fence and mark == fence:
            fence = ""
        elif not fence and not start.startswith(">"):
            lines.append(line)
    return str(_SPAN.sub(" ", "\n".join(lines)))
