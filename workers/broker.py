"""Whether the broker still has all messages that were sent: a canary in Redis, and its value in the store.

Redis may be flushed, or come back without its data. Batches are kept in the store, so they can be sent again; but when? As
long as Redis holds the same value as the store, nothing was lost. Otherwise the next look through the sources sends every
batch again that is not done; one that is read twice changes nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from bot.adapters.broker import canary, leave_canary
from bot.wiring import machine_clock, nonce
from workers.site import Site

_KEY = "broker:canary"


def lost_messages(site: Site) -> bool:
    """Whether messages may be lost since `trust`. Raises `redis.RedisError` and `StoreError`."""
    kept = site.store.recall(_KEY)
    return not kept or canary(_url(site)) != kept


def doubt(site: Site) -> None:
    """From here on messages count as lost, until `trust`: whoever dies while sending has not sent all."""
    site.store.keep(_KEY, b"", machine_clock())


@contextmanager
def sending(site: Site) -> Iterator[None]:
    """Messages count as lost while the context lasts, and if it does not end well; then what was known before counts again."""
    before = site.store.recall(_KEY) or b""
    doubt(site)
    yield
    site.store.keep(_KEY, before, machine_clock())


def trust(site: Site) -> None:
    """All messages were sent."""
    value = nonce().encode()
    leave_canary(_url(site), value)
    site.store.keep(_KEY, value, machine_clock())


def _url(site: Site) -> str:
    return site.settings.workers.broker.get_secret_value()
