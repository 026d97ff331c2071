"""What GitHub said before, so that a question to which nothing has changed costs nothing: answers by their ETags.

All of it could be asked for again: a value that cannot be read is as if it was not there.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any, Protocol

from bot.adapters.github_errors import unexpected
from bot.adapters.github_http import Answer, Client
from bot.ports import StoreError

_FORMAT = "2"  # to be raised where what is kept changes its form


class Cache(Protocol):
    """The part of the store that keeps what could be asked for again."""

    def recall(self, key: str) -> bytes | None:
        """What was kept under a key."""

    def keep(self, key: str, value: bytes, at: datetime) -> None:
        """Keep a value under a key, over what was there."""


class MemoryCache:
    """What is kept for as long as the process lasts."""

    def __init__(self) -> None:
        self._kept: dict[str, bytes] = {}

    def recall(self, key: str) -> bytes | None:
        """What was kept under a key."""
        return self._kept.get(key)

    def keep(self, key: str, value: bytes, at: datetime) -> None:  # noqa: ARG002 - a process is younger than any limit
        """Keep a value under a key, over what was there."""
        self._kept[key] = value


class Memory:
    """A cache of JSON objects for one account at one address of GitHub; `clock` tells the machine's time."""

    def __init__(self, cache: Cache, clock: Callable[[], datetime], api_url: str, account: str = "") -> None:
        self._cache, self._clock, self._whose = cache, clock, (api_url.casefold(), account.casefold())

    def of(self, account: str) -> Memory:
        """The same cache for another account."""
        return Memory(self._cache, self._clock, self._whose[0], account)

    @property
    def now(self) -> datetime:
        """The machine's time."""
        return self._clock()

    def recall(self, *key: str) -> dict[str, Any]:
        """The object that was kept under a key; empty where there is none that can be read."""
        try:
            kept = self._cache.recall(self._name(key))
            found = json.loads(kept) if kept else None
        except (StoreError, ValueError, RecursionError):
            return {}
        return found if isinstance(found, dict) else {}

    def keep(self, value: Mapping[str, Any], *key: str) -> None:
        """Keep an object under a key; where the store cannot, it is asked for again, and the store's trouble shows elsewhere."""
        text = json.dumps(value, ensure_ascii=True, separators=(",", ":"))
        with suppress(StoreError):
            self._cache.keep(self._name(key), text.encode(), self._clock())

    def _name(self, key: tuple[str, ...]) -> str:
        """A key of constant length: `github:WHAT:` and a digest of account, address and the rest."""
        text = "\x00".join([_FORMAT, *self._whose, *key]).encode("utf-8", "surrogatepass")
        return f"github:{key[0]}:{hashlib.sha256(text).hexdigest()}"


class Conditional:
    """Reads that cost nothing of GitHub's limit where nothing changed: an answer 304 is the answer that is remembered.

    `pick` keeps of an answer what is needed, so that little is remembered.
    """

    def __init__(self, client: Client, memory: Memory) -> None:
        self._client, self._memory = client, memory

    def get(
        self, path: str, place: str, parameters: Mapping[str, str], pick: Callable[[Any], Any], *, slot: str = ""
    ) -> Answer:
        """The answer as `pick` made it, whose ETag names what it says; raises `TrackerError`.

        A `slot` is for a question whose parameters change with time: of those asked with it only the last is remembered.
        """
        asked_for = [f"{name}={value}" for name, value in sorted(parameters.items())]
        key = ("slot", path, slot) if slot else ("answer", path, *asked_for)
        known = self._memory.recall(*key)
        if known.get("asked", asked_for) != asked_for:
            known = {}
        tag = known.get("tag")
        asked = {"If-None-Match": tag} if isinstance(tag, str) and tag and "data" in known else {}
        answer = self._client.get(path, place, parameters, asked)
        if answer.status == 304:
            if not asked:
                raise unexpected(place, "an answer 304 to a question without a tag", write=False)
            told = {"link": str(known.get("link", "")), **answer.headers, "etag": str(tag)}
            return Answer(304, told, known.get("data"))
        picked, tag = pick(answer.data), answer.headers.get("etag", "")
        link = answer.headers.get("link", "")
        if tag:
            self._memory.keep({"tag": tag, "link": link, "data": picked, "asked": asked_for}, *key)
        return Answer(answer.status, answer.headers, picked)


def machine_clock() -> datetime:
    """The machine's time, aware UTC."""
    return datetime.now(UTC)
