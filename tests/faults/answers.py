"""Answers that GitHub gives on a bad day: refusals, limits in all their forms, lists that are not whole."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

_SECONDARY = b'{"message": "You have exceeded a secondary rate limit. Please wait a few minutes before you try again."}'
_PRIMARY = b'{"message": "API rate limit exceeded for user ID 1."}'
_BARE = (
    b'{"message": "You have triggered an abuse detection mechanism. Please wait a few minutes before you try again."}'
)
_WAIT = 60  # seconds


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer on its way."""

    status: int
    headers: Mapping[str, str]
    body: bytes


def refusal(kind: str, now: datetime) -> Answer | None:
    """The answer to a request that was not done; None where the kind is no refusal."""
    status, _, why = kind.partition(" ")
    if kind == "410":
        return Answer(410, {}, b'{"message": "Issues has been disabled in this repository."}')
    if kind == "422":
        return Answer(422, {}, b'{"message": "Validation Failed", "errors": [{"code": "unprocessable"}]}')
    if why == "retry-after":
        return Answer(int(status), {"Retry-After": str(_WAIT)}, _SECONDARY)
    if why == "remaining":
        reset = str(int(now.timestamp()) + _WAIT)
        return Answer(int(status), {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": reset}, _PRIMARY)
    return Answer(int(status), {}, _BARE) if why == "bare" else None


def tampered(kind: str, answer: Answer) -> Answer:
    """A list that is not whole, as if that were all: its links and its status say nothing of it."""
    ways: Mapping[str, Callable[[list[Any]], list[Any]]] = {
        "a hole": lambda page: page[: len(page) // 2] + page[len(page) // 2 + 1 :],
        "a short page": lambda page: page[: (len(page) + 1) // 2],
        "an empty page": lambda page: [],
        "a repeated page": lambda page: [*page, *page],
    }
    return _changed(answer, ways[kind])


def lagging(answer: Answer, since: datetime) -> Answer:
    """A list that does not show yet what was made since a moment."""

    def old(each: Any) -> bool:
        return not isinstance(each, dict) or datetime.fromisoformat(each["created_at"]) <= since

    return _changed(answer, lambda page: [each for each in page if old(each)])


def _changed(answer: Answer, change: Callable[[list[Any]], list[Any]]) -> Answer:
    if answer.status != 200:
        return answer
    page = json.loads(answer.body)
    if not isinstance(page, list) or (changed := change(page)) == page:
        return answer
    body = json.dumps(changed).encode()
    # GitHub's tag is of what it sends: the same tag for the whole list would make this one stay for ever.
    tag = f'"{hashlib.sha256(body).hexdigest()}"'
    headers = {name: value for name, value in answer.headers.items() if name.lower() != "etag"}
    return replace(answer, headers={**headers, "ETag": tag}, body=body)
