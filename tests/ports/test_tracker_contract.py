"""What every tracker promises: one suite over the remembering fake and over the real one on the sandbox."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

import pytest
import requests

from bot.adapters.github import GithubTracker
from bot.adapters.github_auth import Credentials
from bot.core.marker import Marker, region
from bot.core.model import KnownIssue
from bot.ports import Tracker, TrackerError
from bot.sandbox.server import Sandbox
from tests.fakes import FakeTracker

HERE = "octo/demo"
KEY = b"a key of the settings"
FINGERPRINT, NONCE = "ab" * 32, "cd" * 16
BODY = region(Marker(FINGERPRINT, NONCE), "Seen in 3 sessions.", KEY)
NOBODY_KNOWS: frozenset[int] = frozenset()


class People(Protocol):
    """What people do on GitHub beside the bot."""

    def open(self, title: str, body: str) -> int: ...

    def change(self, number: int, **fields: object) -> None: ...

    def delete(self, number: int) -> None: ...


@dataclass(frozen=True)
class Place:
    """A tracker with nothing in it, and people who may change things."""

    tracker: Tracker
    people: People


class FakePeople:
    def __init__(self, tracker: FakeTracker) -> None:
        self._tracker = tracker

    def open(self, title: str, body: str) -> int:
        return self._tracker.add(HERE, title, body, author="ann").number

    def change(self, number: int, **fields: object) -> None:
        self._tracker.change(HERE, number, **fields)

    def delete(self, number: int) -> None:
        self._tracker.remove(HERE, number)


class PeopleOverHttp:
    def __init__(self, box: Sandbox, session: requests.Session) -> None:
        self._url = f"{box.url}/repos/{HERE}/issues"
        self._box, self._session = box, session

    def open(self, title: str, body: str) -> int:
        answer = self._session.post(self._url, json={"title": title, "body": body}, timeout=5)
        return int(answer.json()["number"])

    def change(self, number: int, **fields: object) -> None:
        self._session.patch(f"{self._url}/{number}", json=fields, timeout=5).raise_for_status()

    def delete(self, number: int) -> None:
        with self._box.acting(HERE, "ann") as acts:  # REST has no way to delete an issue
            acts.delete(acts.repository.issues[number])


@pytest.fixture(params=["fake", "github"])
def place(request: pytest.FixtureRequest) -> Iterator[Place]:
    if request.param == "fake":
        fake = FakeTracker("friction-bot", KEY)
        yield Place(fake, FakePeople(fake))
        return
    with Sandbox(None) as box, requests.Session() as session:
        box.add_repository(HERE)
        box.add_user("friction-bot", "bot-token", "write")
        box.add_user("ann", "ann-token", "admin")
        session.headers["Authorization"] = "token ann-token"
        with GithubTracker(Credentials("bot-token"), api_url=box.url, marker_key=KEY) as github:
            yield Place(github, PeopleOverHttp(box, session))


def opened(place: Place, title: str = "Python cannot import pandas") -> KnownIssue:
    return place.tracker.create(HERE, title, BODY, ("bug", "user-feedback"))


def listed(place: Place) -> list[KnownIssue]:
    listing = place.tracker.listing(HERE, NOBODY_KNOWS)
    assert (listing.repository, listing.complete, listing.problems) == (HERE, True, ())
    return list(listing.issues)


def test_a_repository_without_the_bots_issues_lists_none_completely(place: Place) -> None:
    place.people.open("Not the bot's", BODY)
    assert listed(place) == []


def test_an_issue_that_was_created_is_listed_as_it_was_returned(place: Place) -> None:
    made = opened(place)
    assert (made.title, made.body, made.state, made.locked) == ("Python cannot import pandas", BODY, "open", False)
    assert (set(made.labels), made.fingerprint, made.nonce) == ({"bug", "user-feedback"}, FINGERPRINT, NONCE)
    assert listed(place) == [made]


def test_issues_are_listed_in_the_order_they_were_opened(place: Place) -> None:
    numbers = [opened(place, f"Issue {each}").number for each in range(3)]
    assert [issue.number for issue in listed(place)] == numbers == sorted(numbers)


def test_a_closed_issue_is_listed_with_the_reason(place: Place) -> None:
    made = opened(place)
    place.people.change(made.number, state="closed", state_reason="not_planned")
    assert [(issue.state, issue.state_reason) for issue in listed(place)] == [("closed", "not_planned")]


def test_an_unsigned_marker_is_listed_without_a_fingerprint(place: Place) -> None:
    made = place.tracker.create(HERE, "Unsigned", region(Marker(FINGERPRINT, NONCE), "x"), ())
    assert (made.fingerprint, [issue.fingerprint for issue in listed(place)]) == ("", [""])


def test_a_known_issue_that_is_listed_leaves_the_listing_complete(place: Place) -> None:
    made = opened(place)
    assert place.tracker.listing(HERE, frozenset({made.number})).complete


def test_a_known_number_that_nobody_has_leaves_the_listing_complete(place: Place) -> None:
    assert place.tracker.listing(HERE, frozenset({4711})).complete


def test_a_known_issue_that_was_deleted_leaves_the_listing_complete(place: Place) -> None:
    gone, kept = opened(place, "Gone"), opened(place, "Kept")
    place.people.delete(gone.number)
    listing = place.tracker.listing(HERE, frozenset({gone.number, kept.number}))
    assert (listing.complete, listing.issues) == (True, (kept,))


def test_an_issue_that_was_deleted_cannot_be_edited(place: Place) -> None:
    made = opened(place)
    place.people.delete(made.number)
    with pytest.raises(TrackerError) as raised:
        place.tracker.edit(made, title="New", body=None, labels=None)
    assert raised.value.unclear is False


def test_a_known_issue_of_somebody_else_makes_the_listing_incomplete(place: Place) -> None:
    number = place.people.open("Not the bot's", "")
    listing = place.tracker.listing(HERE, frozenset({number}))
    assert (listing.complete, len(listing.problems)) == (False, 1)


def test_an_edit_changes_what_is_given_and_nothing_else(place: Place) -> None:
    made = opened(place)
    place.tracker.edit(made, title=None, body=f"{BODY}\n\nMore.", labels=None)
    (now,) = listed(place)
    assert (now.title, now.body, set(now.labels)) == (made.title, f"{BODY}\n\nMore.", {"bug", "user-feedback"})


def test_an_edit_may_change_title_and_labels(place: Place) -> None:
    made = opened(place)
    place.tracker.edit(made, title="A better title", body=None, labels=("bug", "user-feedback", "slow"))
    (now,) = listed(place)
    assert (now.title, now.body, set(now.labels)) == ("A better title", BODY, {"bug", "user-feedback", "slow"})


def test_an_edit_of_nothing_changes_nothing(place: Place) -> None:
    made = opened(place)
    place.tracker.edit(made, title=None, body=None, labels=None)
    assert listed(place) == [made]


def test_an_edit_never_overwrites_what_a_person_wrote_meanwhile(place: Place) -> None:
    made = opened(place)
    place.people.change(made.number, body=f"{BODY}\n\nI found the cause.")
    with pytest.raises(TrackerError) as raised:
        place.tracker.edit(made, title=None, body=BODY + "\n", labels=None)
    assert (raised.value.code, raised.value.unclear) == ("changed_meanwhile", False)
    assert [issue.body for issue in listed(place)] == [f"{BODY}\n\nI found the cause."]


def test_a_title_over_the_limit_is_refused_and_clearly_undone(place: Place) -> None:
    with pytest.raises(TrackerError) as raised:
        opened(place, "x" * 257)
    assert (raised.value.code, raised.value.unclear) == ("invalid", False)
    assert listed(place) == []
