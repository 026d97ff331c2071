"""Which changes fix an issue: those that close it by a closing keyword and were not reverted.

GitHub's keywords (https://docs.github.com/en/issues/tracking-your-work-with-issues/using-issues/linking-a-pull-request-to-an-issue):
close, closes, closed, fix, fixes, fixed, resolve, resolves, resolved, before `#12`, `GH-12`, `OWNER/NAME#12` or an address.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Any, NamedTuple

import re2

from bot.core.history import Change
from bot.core.reverts import Standing
from bot.core.unquoted import unquoted

_NAME = r"[A-Za-z0-9][A-Za-z0-9-]*/[A-Za-z0-9._-]+"
_ISSUE = rf"(?:(?:({_NAME})?#|GH-)([0-9]{{1,9}})\b|https?://[^\s/]+/({_NAME})/(?:issues|pull)/([0-9]{{1,9}})\b)"
_CLOSING = re2.compile(rf"(?i)\b(?:close[sd]?|fix(?:e[sd])?|resolve[sd]?):?[ \t]+{_ISSUE}")
_QUOTING = re2.compile(r"(?i)^\s*revert(?:s|ed|ing)?\b")
_MENTION = re2.compile(rf"(?i)(?:^|[^\w/&#-]){_ISSUE}")
_BARE = re2.compile(r"(^|[^\w/&#-])(?:#|(?i:GH-))([0-9]{1,9})\b")


class Reference(NamedTuple):
    """An issue or pull request as a text names it; `repository` is "" for the one where the text stands, lower case."""

    repository: str
    number: int


def closing(changes: Sequence[Change], repository: str, number: int) -> tuple[Change, ...]:
    """The changes that close an issue of `repository` by keyword and stand, by time; all are of that repository.

    A revert is a fix where it says so below its title, which quotes what it reverts, and where that did not close the
    issue itself. A fix that was reverted and brought back has the time at which it came back.
    """
    wanted = {Reference("", number), Reference(repository.lower(), number)}
    told = str(number)  # looked for first: there may be thousands of changes, and hundreds of issues
    fits = [each for each in changes if told in each.message and not wanted.isdisjoint(_closes(each.message))]
    if not fits:
        return ()
    known = Standing(fits, changes, repository)
    found = {
        change._replace(at=since)
        for change in fits
        if (since := known.since(change)) is not None
        and all(wanted.isdisjoint(_closes(undone.message)) for undone in known.undone_by(change))
    }
    return tuple(sorted(found, key=lambda change: (change.at, change.ref)))


def standing(change: Change, changes: Sequence[Change]) -> bool:
    """Whether a change was not reverted, or its revert was."""
    return Standing((change,), changes).since(change) is not None


def mentions(change: Change, repository: str) -> frozenset[int]:
    """The numbers of the issues of `repository`, the change's own, that its message refers to in any way."""
    here = {"", repository.lower()}
    return frozenset(found.number for found in _named(_MENTION, change.message) if found.repository in here)


def qualified(message: str, repository: str) -> str:
    """A message in which each bare `#12` and `GH-12` names the repository that it is of, `OWNER/NAME#12`."""
    return str(_BARE.sub(rf"\1{repository}#\2", message))


@lru_cache(maxsize=16_384)
def _closes(message: str) -> frozenset[Reference]:
    """The issues that a message closes by keyword; asked anew for each issue, so it is remembered."""
    if _QUOTING.match(message):
        message = message.partition("\n")[2]
    return _named(_CLOSING, message)


def _named(pattern: Any, text: str) -> frozenset[Reference]:
    return frozenset(
        Reference((found[1] or found[3] or "").lower(), int(found[2] or found[4]))
        for found in pattern.finditer(unquoted(text))
    )
