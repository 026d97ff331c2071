"""GitHub's rate limits: so many requests an hour (primary), so many new issues and comments a minute (secondary)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from bot.sandbox.exchange import Refusal

_HOUR = 3600
_ANONYMOUS = 60  # requests an hour without a token
_SECONDARY = (
    "You have exceeded a secondary rate limit and have been temporarily blocked from content creation. "
    "Please retry your request again later."
)


@dataclass(frozen=True, slots=True)
class ContentLimit:
    """How many issues and comments an account may create, and how a refusal is given: its status and Retry-After.

    GitHub documents about 80 a minute and 500 an hour, and answers 403 or 429, each with or without the header.
    """

    per_minute: int = 80
    per_hour: int = 500
    status: int = 403
    retry_after: int | None = 60


class Limits:
    """What each account has used so far; forgotten when the server ends."""

    def __init__(self, hourly: int = 5000, content: ContentLimit | None = None) -> None:
        self.hourly = hourly
        self.content = content
        self._used: defaultdict[str, int] = defaultdict(int)
        self._since: dict[str, float] = {}
        self._created: defaultdict[str, list[float]] = defaultdict(list)

    def spend(self, bucket: str, now: str) -> None:
        """Count one request; raises 403 where none is left."""
        if self.status(bucket, now)["remaining"] <= 0:
            raise Refusal(
                403, f"API rate limit exceeded for {bucket}. If you reach out to GitHub Support, say which request."
            )
        self._used[bucket] += 1

    def refund(self, bucket: str) -> None:
        """Take a request back: an answer 304 costs nothing."""
        self._used[bucket] = max(0, self._used[bucket] - 1)

    def status(self, bucket: str, now: str) -> Mapping[str, Any]:
        """Limit, used, remaining and reset (seconds since 1970) of an account's hour, as `GET /rate_limit` has them."""
        second = seconds(now)
        if second >= self._since.get(bucket, -_HOUR) + _HOUR or second < self._since[bucket]:
            self._since[bucket], self._used[bucket] = second, 0
        limit = _ANONYMOUS if bucket == "anonymous" else self.hourly
        used = self._used[bucket]
        remaining = max(0, limit - used)
        return {"limit": limit, "used": used, "remaining": remaining, "reset": int(self._since[bucket]) + _HOUR}

    def headers(self, bucket: str, now: str) -> dict[str, str]:
        """The X-RateLimit headers."""
        told = {f"X-RateLimit-{name.title()}": str(value) for name, value in self.status(bucket, now).items()}
        return {**told, "X-RateLimit-Resource": "core"}

    def create(self, bucket: str, now: str) -> None:
        """Count one new issue or comment; raises the configured refusal where there are too many."""
        limit, second = self.content, seconds(now)
        if limit is None:
            return
        recent = self._created[bucket] = [time for time in self._created[bucket] if time > second - _HOUR]
        if len(recent) >= limit.per_hour or sum(time > second - 60 for time in recent) >= limit.per_minute:
            headers = {} if limit.retry_after is None else {"Retry-After": str(limit.retry_after)}
            raise Refusal(limit.status, _SECONDARY, headers=headers)
        recent.append(second)


def seconds(time: str) -> float:
    """A time as seconds since 1970."""
    return datetime.fromisoformat(time).timestamp()
