"""A tracker with nothing in it, the remembering fake or the real one on the sandbox, and people who may change things."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Protocol

import requests

from bot.adapters.github import GithubTracker
from bot.adapters.github_auth import Credentials
from bot.core.marker import Marker, region
from bot.core.model import KnownIssue
from bot.ports import Tracker
from bot.sandbox.server import Sandbox
from tests.fakes import FakeTracker

HERE = "octo/demo"
KEY = b"a key of the settings"
FINGERPRINT, NONCE = "ab" * 32, "cd" * 16
BODY = region(Marker(FINGERPRINT, NONCE), "Seen in 3 sessions.", KEY)
NOW = datetime(2026, 2, 20, 12, 0, tzinfo=UTC)


class People(Protocol):
    """What people do on GitHub beside the bot; `ann` is an admin, `bob` may only read."""

    def open(self, title: str, body: str) -> int: ...

    def change(self, number: int, **fields: Any) -> None: ...

    def delete(self, number: int) -> None: ...

    def say(self, number: int, body: str, by: str = "ann") -> int: ...

    def say_instead(self, comment: int, body: str) -> None: ...

    def unsay(self, comment: int) -> None: ...

    def lock(self, number: int) -> None: ...

    def later(self, minutes: int) -> datetime: ...

    def reactions(self, comment: int) -> set[str]: ...


@dataclass(frozen=True)
class Place:
    """A tracker with nothing in it, and people who may change things."""

    tracker: Tracker
    people: People

    def opened(self, title: str = "Python cannot import pandas") -> KnownIssue:
        """An issue of the bot's."""
        return self.tracker.create(HERE, title, BODY, ("bug", "user-feedback"))


class FakePeople:
    def __init__(self, tracker: FakeTracker) -> None:
        self._tracker = tracker
        tracker.now = NOW

    def open(self, title: str, body: str) -> int:
        return self._tracker.add(HERE, title, body, author="ann").number

    def change(self, number: int, **fields: Any) -> None:
        if "assignees" in fields:
            fields["assignees"] = tuple(fields["assignees"])
        self._tracker.change_issue(HERE, number, **fields)

    def delete(self, number: int) -> None:
        self._tracker.remove(HERE, number)

    def say(self, number: int, body: str, by: str = "ann") -> int:
        return self._tracker.say(HERE, number, body, by=by).id

    def say_instead(self, comment: int, body: str) -> None:
        self._tracker.say_instead(comment, body)

    def unsay(self, comment: int) -> None:
        self._tracker.unsay(comment)

    def lock(self, number: int) -> None:
        self._tracker.change_issue(HERE, number, locked=True)

    def later(self, minutes: int) -> datetime:
        self._tracker.now += timedelta(minutes=minutes)
        return self._tracker.now

    def reactions(self, comment: int) -> set[str]:
        return set(self._tracker.reacted.get(comment, ()))


class PeopleOverHttp:
    def __init__(self, session: requests.Session) -> None:
        self.now = NOW
        self._session = session

    def begin(self, box: Sandbox) -> None:
        self._box, self._url = box, f"{box.url}/repos/{HERE}/issues"

    def open(self, title: str, body: str) -> int:
        answer = self._session.post(self._url, json={"title": title, "body": body}, timeout=5)
        return int(answer.json()["number"])

    def change(self, number: int, **fields: Any) -> None:
        self._session.patch(f"{self._url}/{number}", json=fields, timeout=5).raise_for_status()

    def delete(self, number: int) -> None:
        with self._box.acting(HERE, "ann") as acts:  # REST has no way to delete an issue
            acts.delete(acts.repository.issues[number])

    def say(self, number: int, body: str, by: str = "ann") -> int:
        headers = {"Authorization": f"token {by}-token"}
        answer = self._session.post(f"{self._url}/{number}/comments", json={"body": body}, headers=headers, timeout=5)
        return int(answer.json()["id"])

    def say_instead(self, comment: int, body: str) -> None:
        self._session.patch(f"{self._url}/comments/{comment}", json={"body": body}, timeout=5).raise_for_status()

    def unsay(self, comment: int) -> None:
        self._session.delete(f"{self._url}/comments/{comment}", timeout=5).raise_for_status()

    def lock(self, number: int) -> None:
        self._session.put(f"{self._url}/{number}/lock", timeout=5).raise_for_status()
        self._box.grant("friction-bot", HERE, "read")  # who may write may also comment on a locked issue

    def later(self, minutes: int) -> datetime:
        self.now += timedelta(minutes=minutes)
        return self.now

    def reactions(self, comment: int) -> set[str]:
        listed = self._session.get(f"{self._url}/comments/{comment}/reactions", timeout=5).json()
        return {each["content"] for each in listed if each["user"]["login"] == "friction-bot"}


@contextmanager
def a_place(kind: str) -> Iterator[Place]:
    """An empty place, on the `fake` or on the real thing."""
    if kind == "fake":
        fake = FakeTracker("friction-bot", KEY)
        fake.roles["bob"] = "read"
        yield Place(fake, FakePeople(fake))
        return
    with requests.Session() as session:
        people = PeopleOverHttp(session)
        with Sandbox(None, clock=lambda: people.now) as box:
            people.begin(box)
            box.add_repository(HERE)
            box.add_user("friction-bot", "bot-token", "write")
            box.add_user("ann", "ann-token", "admin")
            box.add_user("bob", "bob-token", "read")
            session.headers["Authorization"] = "token ann-token"
            with GithubTracker(
                Credentials("bot-token"), api_url=box.url, marker_key=KEY, clock=lambda: people.now
            ) as github:
                yield Place(github, people)
