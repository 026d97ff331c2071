"""What a text refers to when GitHub reads it: issues, people, and the issues that a commit or pull request closes."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import unescape
from typing import NamedTuple

# What is no text: fenced blocks, code spans (which end within their paragraph, before the next fence), HTML comments.
# Each alternative either matches or is given up within a paragraph, so that no text takes more than linear time.
_CODE = re.compile(
    r"""
      ^[ ]{0,3} (?: (`{3,})(?=[^`\n]*$) | (~{3,}) ) .*? (?: ^[ ]{0,3}(?:\1`*|\2~*)[ \t]*$ | \Z )
    | (?<!`)(`+)(?!`) (?:(?!\n[ \t]*\n|\n[ ]{0,3}(?:`{3,}[^`\n]*$|~{3,})).)+? (?<!`)\3(?!`)
    | <!-- .*? (?: --> | \Z )
    """,
    re.MULTILINE | re.DOTALL | re.VERBOSE,
)
_NAME = r"[A-Za-z0-9][A-Za-z0-9-]*/[A-Za-z0-9._-]+"
_ISSUE = rf"(?:(?P<name>{_NAME})?\#|GH-)(?P<number>[0-9]{{1,9}})\b"
_ADDRESS = rf"https?://[^\s/]+/(?P<where>{_NAME})/(?:issues|pull)/(?P<there>[0-9]{{1,9}})\b"
_REFERENCE = re.compile(rf"(?<![\w/&#-]){_ISSUE}|{_ADDRESS}")
_CLOSING = re.compile(rf"\b(?:close[sd]?|fix(?:e[sd])?|resolve[sd]?):?\s+(?:{_ISSUE}|{_ADDRESS})", re.IGNORECASE)
_DUPLICATE = re.compile(rf"\s*Duplicate of (?:{_ISSUE}|{_ADDRESS})\s*", re.IGNORECASE)
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


def duplicate_of(text: str) -> Reference | None:
    """The issue that a comment, which says nothing else, calls the original."""
    match = _DUPLICATE.fullmatch(_prose(text))
    return Reference(match["name"] or match["where"] or "", int(match["number"] or match["there"])) if match else None


def people_in(text: str) -> tuple[str, ...]:
    """The logins that a text mentions, each once, in order, as written."""
    return tuple(dict.fromkeys(_PERSON.findall(_prose(text))))


def _found(pattern: re.Pattern[str], text: str) -> Iterator[Reference]:
    for match in pattern.finditer(_prose(text)):
        yield Reference(match["name"] or match["where"] or "", int(match["number"] or match["there"]))


def _prose(text: str) -> str:
    """The text without code; GitHub decodes `&#64;` before it looks for people."""
    return unescape(_CODE.sub(" ", text))
