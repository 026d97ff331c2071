"""Lists of GitHub, page by page, and the parts of what is in them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any, TypeGuard
from urllib.parse import parse_qs, urlsplit

from bot.adapters.github_errors import unexpected
from bot.adapters.github_http import Answer

PAGE = 100  # the most that GitHub gives at once

NAME = r"[A-Za-z0-9][A-Za-z0-9_-]*/(?!\.\.?(?:/|$))[A-Za-z0-9._-]+"  # OWNER/NAME, safe in an address

_NEXT = re.compile(r'<([^<>]*)>\s*;[^,]*\brel="?next"?')

Read = Callable[[str, str, Mapping[str, str]], Answer]  # path, place, parameters


def pages(read: Read, path: str, place: str, parameters: Mapping[str, str], most: int) -> Iterator[list[Any]]:
    """The pages of a list, at most so many; raises `TrackerError`.

    A page may be shorter than the next one: GitHub leaves out what accounts wrote that it hides.
    """
    cursor: Mapping[str, str] = {}
    for page in range(1, most + 1):
        answer = read(path, place, {**parameters, "per_page": str(PAGE), **cursor})
        following = following_page(answer.headers.get("link", ""), page)
        if not isinstance(answer.data, list):
            raise unexpected(place, f"no list of {path.rpartition('/')[2]}", write=False)
        yield answer.data
        if following is None and len(answer.data) < PAGE:
            return
        cursor = following or {"page": str(page + 1)}  # full, and no word of a next one: only a look can tell


def following_page(link: str, page: int) -> dict[str, str] | None:
    """The place of the next page that a Link header names, without its address; None where it names none."""
    found = _NEXT.search(link)
    if not found:
        return None
    try:
        query = parse_qs(urlsplit(found[1]).query)
    except ValueError:
        query = {}
    cursor = {name: values[0] for name, values in query.items() if name in {"page", "after"}}
    return cursor or {"page": str(page + 1)}


def author(data: Mapping[str, Any], name: str = "user") -> str:
    """The login of who opened or wrote something; "" where the account is gone."""
    user = data.get(name)
    return string(user, "login") if isinstance(user, dict) else ""


def same_login(one: str, other: str) -> bool:
    """Whether two logins name one account: GitHub does not tell capitals from small letters."""
    return bool(one) and one.casefold() == other.casefold()


def string(data: Mapping[str, Any], name: str) -> str:
    """A text of an answer; "" where it is none."""
    value = data.get(name)
    return value if isinstance(value, str) else ""


def time(data: Mapping[str, Any], name: str) -> datetime | None:
    """A time of an answer, aware UTC; None where it is none."""
    try:
        found = datetime.fromisoformat(string(data, name))
        return found.astimezone(UTC) if found.tzinfo else found.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        return None


def is_count(value: object) -> TypeGuard[int]:
    """Whether a value is a number as GitHub counts things: whole and above zero."""
    return isinstance(value, int) and not isinstance(value, bool) and value > 0
