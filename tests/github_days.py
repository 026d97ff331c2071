"""A repository on the sandbox with a clock of the test's own, and a tracker that is asked again and again."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from bot.adapters.github import GithubTracker
from bot.adapters.github_auth import Credentials
from bot.adapters.github_cache import MemoryCache
from bot.adapters.github_http import Patience
from bot.core.model import KnownIssue
from bot.sandbox.server import TOKEN, Sandbox
from tests.issue_json import KEY, REPOSITORY, marked

QUICK = Patience(timeout=2, pause=0.01)


@dataclass
class Clock:
    """What the time is, on GitHub and on this machine; `later` moves it on."""

    now: datetime = field(default_factory=lambda: datetime(2026, 2, 1, 12, 0, tzinfo=UTC))

    def __call__(self) -> datetime:
        return self.now

    def later(self, **lasts: float) -> datetime:
        self.now += timedelta(**lasts)
        return self.now


@dataclass
class Days:
    """The sandbox, its clock, and what the bot remembers from one cycle to the next."""

    box: Sandbox
    clock: Clock
    cache: MemoryCache = field(default_factory=MemoryCache)

    @contextmanager
    def tracker(self, token: str = TOKEN) -> Iterator[GithubTracker]:
        """A new connection with the old memory, as each cycle has one."""
        with GithubTracker(
            Credentials(token),
            api_url=self.box.url,
            marker_key=KEY,
            patience=QUICK,
            cache=self.cache,
            clock=self.clock,
        ) as github:
            yield github

    def file(self, title: str = "Cannot import pandas") -> int:
        """An issue of the bot's."""
        with self.tracker() as github:
            return github.create(REPOSITORY, title, marked(KEY), ()).number

    def issue(self, number: int = 1) -> KnownIssue:
        """An issue as it is listed now."""
        with self.tracker() as github:
            (found,) = [each for each in github.listing(REPOSITORY, frozenset()).issues if each.number == number]
        return found

    def cost(self, ask: Callable[[GithubTracker], object]) -> list[tuple[str, int]]:
        """What a cycle of a new process asks GitHub: the end of each path, and the status of the answer."""
        before = len(self.box.requests)
        with self.tracker() as github:
            ask(github)
        told = self.box.requests[before:]
        return [(request.path.removeprefix(f"/repos/{REPOSITORY}"), request.status) for request in told]


@contextmanager
def days() -> Iterator[Days]:
    """An empty repository with the bot's account and the people ann (admin) and bob (who may only read)."""
    clock = Clock()
    with Sandbox(clock=clock) as box:
        box.add_repository(REPOSITORY)
        box.add_user("ann", permission="admin")
        box.add_user("bob")
        yield Days(box, clock)
