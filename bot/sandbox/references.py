"""What a text refers to when GitHub reads it: issues, people, and the issues that a commit or pull request closes."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

# Code is no reference: fenced blocks, then code spans, then HTML comments are left out.
_CODE = re.compile(
    r"^ {0,3}(`{3,}|~{3,}).*?(?:^ {0,3}\1[`~]*[ \t]*$|\Z)|(?<!`)(`+)(?!`).+?(?<!`)\2(?!`)|<!--.*?-->",
    re.MULTILINE | re.DOTALL,
)
_NAME = r"[A-Za-z0-9][A-Za-z0-9-]*/[A-Za-z0-9._-]+"
_ISSUE = rf"(?P<name>{_NAME})?#(?P<number>[0-9]{{1,9}})\b"
_ADDRESS = rf"https?://[^\s/]+/(?P<where>{_NAME})/(?:issues|pull)/(?P<there>[0-9]{{1,9}})\b"
_REFERENCE = re.compile(rf"(?<![\w/&#]){_ISSUE}|{_ADDRESS}")
_CLOSING = re.compile(rf"\b(?:close[sd]?|fix(?:e[sd])?|resolve[sd]?):?\s+(?:{_ISSUE}|{_ADDRESS})", re.IGNORECASE)
_PERSON = re.compile(r"(?<![\w/`@])@([A-Za-z0-9][A-Za-z0-9-]{0,38})(?![\w/-])")


class Reference(NamedTuple):
    """An issue as a text names it; `repository` is "" for the one where the text stands."""

    repository: str
    number: int


def issues_in(text: str) -> tuple[Reference, ...]:
    """The issues that a text refers to, each once, in order."""
    return tuple(dict.fromkeys(_found(_REFERENCE, text)))


def closed_by(text: str) -> tuple[Reference, ...]:
    """The issues that a text closes by keyword, once it is on the default branch."""
    return tuple(dict.fromkeys(_found(_CLOSING, text)))


def people_in(text: str) -> tuple[str, ...]:
    """The logins that a text mentions, each once, in order, as written."""
    return tuple(dict.fromkeys(_PERSON.findall(_CODE.sub(" ", text))))


def _found(pattern: re.Pattern[str], text: str) -> Iterator[Reference]:
    for match in pattern.finditer(_CODE.sub(" ", text)):
        yield Reference(match["name"] or match["where"] or "", int(match["number"] or match["there"]))
