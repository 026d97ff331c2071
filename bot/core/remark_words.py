"""The words of a command that say how long and what about: ends and scopes, in any order."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime, timedelta, tzinfo
from typing import NamedTuple

from packaging.version import InvalidVersion, Version

from bot.core.slash import Scope, Until
from bot.core.when import UnreadError, ahead

_PHRASE = 6  # words of a date: `the end of the next month` has six
_MOST_SESSIONS = 100_000
_PLAIN_SCOPES = {
    "this": "this", "here": "this", "issue": "this", "rule": "rule",
    "repo": "repo", "repository": "repo", "person": "person", "me": "person",
}  # fmt: skip
_STOPS = frozenset(
    {"rule", "key", "repo", "repository", "person", "me", "issue", "here", "until", "till", "for", "forever"}
)
KEYWORDS = ("until", "forever", "fixed", "sessions", "version", "this", "rule", "key", "person", "repo", "because")
_SESSIONS = re.compile(r"(\d{1,9})(?: more)? sessions?(?: more)?", re.ASCII)
_FIXED = frozenset({"fixed", "it is fixed", "it's fixed", "its fixed", "this is fixed"})
_NAMED = re.compile(r"@?([\w.+\[\]@-]{1,100})")
_EITHER = re.compile(r"(\d{1,2})\.(\d{1,2})", re.ASCII)


class Context(NamedTuple):
    """When a command was given, the zone of its dates, and how long a silence lasts that names no end."""

    at: datetime
    zone: tzinfo
    usual: timedelta


def end_and_scope(words: Sequence[str], context: Context) -> tuple[Until | None, Scope | None]:
    """What words say of an end and of a scope, None where they say nothing; a `ValueError` says what is wrong."""
    until: Until | None = None
    scope: Scope | None = None
    rest = list(words)
    while rest:
        named, used = _scope(rest)
        if named is not None:
            if scope is not None:
                raise ValueError(f"two things are named to be about: {scope.kind} and {named.kind}; name one")
            scope = named
        else:
            ends, used = _end(rest, context)
            if until is not None:
                raise ValueError("two ends are named: name one")
            until = ends
        rest = rest[used:]
    return until, scope


_KEY = re.compile(r"[A-Za-z_]\w{0,99}", re.ASCII)


def _scope(words: Sequence[str]) -> tuple[Scope | None, int]:
    """The scope with which words begin, and how many they are; None and 0 where they begin otherwise."""
    first = words[0].casefold()
    following = words[1].casefold() if len(words) > 1 else ""
    if first in {"this", "the", "whole"} and following in {
        "rule",
        "repo",
        "repository",
        "issue",
        "whole",
        "key",
        "person",
    }:
        scope, used = _scope(words[1:])
        return scope, used + 1
    if first == "key":
        name, equals, value = (words[1] if len(words) > 1 else "").strip("\"'").partition("=")
        value = value.strip("\"'")
        if not _KEY.fullmatch(name) or (equals and not value):
            raise ValueError(
                "key wants a part of the group key: write key tool, or key NAME=VALUE such as key tool=Bash"
            )
        return Scope("key", name, value[:200]), 2
    kind = _PLAIN_SCOPES.get(first)
    if kind is None:
        return None, 0
    name = _name(words[1:]) if first == "person" else ""
    return Scope(kind, name), 2 if first == "person" and (name or following == "me") else 1


def _name(words: Sequence[str]) -> str:
    """The name of a person with which words begin, "" where it is an end or another keyword."""
    if not words or words[0].casefold() in _STOPS or re.match(r"\d", words[0]):
        return ""
    found = _NAMED.fullmatch(words[0])
    if found is None:
        raise ValueError(f"{words[0]} is no name of a person: write it as the issue shows it, such as person-1a2b3c")
    return found[1]


def _end(words: Sequence[str], context: Context) -> tuple[Until, int]:
    """The end with which words begin, and how many words they are."""
    if words[0].casefold() == "forever":
        return Until("forever"), 1
    lead = 1 if words[0].casefold() in {"until", "till", "til", "for"} else 0
    phrase = list(words[lead : lead + _PHRASE])
    if not phrase:
        raise ValueError(f"{words[0]} wants a duration or a date: write {words[0]} 2w, or until 2026-12-24")
    for place, word in enumerate(phrase):
        if word.casefold() in _STOPS and place:
            del phrase[place:]
            break
    for length in range(len(phrase), 0, -1):
        until = _read(" ".join(phrase[:length]), context, named=lead == 1)
        if until is not None:
            return until, lead + length
    raise ValueError(
        f"{' '.join(phrase)} is not understood: name an end (2w, until 2026-12-24, until fixed) or a scope (this, rule, repo)"
    )


def _read(text: str, context: Context, *, named: bool) -> Until | None:
    """The end that a text names, None where it names none; a version only behind `until`, as it could be anything."""
    folded = text.casefold()
    if named and folded == "forever":
        return Until("forever")
    if named and folded in _FIXED:
        return Until("fixed")
    if sessions := _SESSIONS.fullmatch(folded):
        number = int(sessions[1])
        if not 0 < number <= _MOST_SESSIONS:
            raise ValueError(f"{number} sessions are too {'many: at most 100000' if number else 'few: at least 1'}")
        return Until("sessions", sessions=number)
    if named and (version := version_of(folded)):
        return Until("version", version=version)
    try:
        found = ahead(text, context.at, context.zone)
    except UnreadError:
        return None
    return Until("date", found.at, words=found.words)


def version_of(text: str) -> str:
    """The version that a text names (`version 2`, `v2.1`, `2.1.0`), "" where it names none or a day (`24.12.2026`)."""
    plain = text.removeprefix("version ").removeprefix("v")
    either = _EITHER.fullmatch(text)
    if either and 0 < int(either[1]) <= 31 and 0 < int(either[2]) <= 12:
        raise ValueError(f"{text} can be a version or a day: write v{text}, or the day as 2026-12-24")
    if len(plain) > 60 or (
        plain == text and (plain.count(".") < 1 or re.fullmatch(r"\d{1,2}\.\d{1,2}\.(?:\d{4})?", plain))
    ):
        return ""
    try:
        Version(plain)
    except InvalidVersion:
        return ""
    return plain
