"""Lists in pages with their Link header, and answers that need not be sent again."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from typing import Any, TypeVar
from urllib.parse import urlencode

from bot.sandbox.exchange import Answer

_DEFAULT, _MOST = 30, 100

T = TypeVar("T")


def page_of(items: Sequence[T], query: Mapping[str, str], address: str) -> tuple[Sequence[T], dict[str, str]]:
    """The items of the page that `query` asks for, and the Link header that leads from it to the others."""
    size = min(_MOST, number(query.get("per_page"), _DEFAULT))
    page, last = number(query.get("page"), 1), max(1, -(-len(items) // size))
    places = {"prev": min(page - 1, last), "next": page + 1, "last": last, "first": 1}
    if page == 1:
        del places["prev"], places["first"]
    if page >= last:
        del places["next"], places["last"]
    links = [f'<{address}?{urlencode({**query, "page": there})}>; rel="{name}"' for name, there in places.items()]
    return items[(page - 1) * size : page * size], {"Link": ", ".join(links)} if links else {}


def number(text: str | None, otherwise: int) -> int:
    """A count above zero as a query writes it, else `otherwise`."""
    return int(text) if text and text.isdecimal() and int(text[:9]) > 0 else otherwise


def etag(data: Any, link: str, secret: str) -> str:
    """The tag of an answer as one credential gets it: another token gets another tag, as with GitHub."""
    content = Answer(200, data).content()
    return f'W/"{hashlib.sha256(content + link.encode() + secret.encode()).hexdigest()}"'
