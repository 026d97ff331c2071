"""Bugs that are planted on purpose, in one child and at run time only, to show that the suite finds them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from github import GithubRetry
from github.Requester import HTTPRequestsConnectionClass

from bot.adapters.github_http import Client
from bot.adapters.store import SqlStore
from bot.ports import TrackerError


def plant(name: str) -> None:
    """Plant the bug of this name in this process; raises `KeyError`."""
    PLANTS[name]()


def _retry() -> None:
    """PyGithub's own retry, as it comes: it sends a POST again after a 502, a time-out or a lost connection."""
    made = HTTPRequestsConnectionClass.__init__

    def with_retry(self: Any, *arguments: Any, **named: Any) -> None:
        made(self, *arguments, **{**named, "retry": GithubRetry(total=3, backoff_factor=0)})

    HTTPRequestsConnectionClass.__init__ = with_retry  # type: ignore[method-assign]


def _resend() -> None:
    """A client that sends a write again after an unclear answer."""
    write = Client.write

    def twice(self: Client, *arguments: Any, **named: Any) -> Any:
        try:
            return write(self, *arguments, **named)
        except TrackerError as error:
            if not error.unclear:
                raise
            return write(self, *arguments, **named)

    Client.write = twice  # type: ignore[method-assign]


def _no_intents() -> None:
    """Intents that are never stored."""
    SqlStore.intend = lambda self, intent: None  # type: ignore[method-assign]


def _no_lease() -> None:
    """Leases that everybody gets."""
    SqlStore.lease = lambda self, name, holder, now, lasts: True  # type: ignore[method-assign]


PLANTS: Mapping[str, Callable[[], None]] = {
    "retry": _retry,
    "resend": _resend,
    "no-intents": _no_intents,
    "no-lease": _no_lease,
}
