"""Lists of the sandbox: filters, order, pages, and answers that need not be sent again."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from bot.sandbox.server import Sandbox
from tests.sandbox.api_client import REPOSITORY, Api

ROOT = f"/repos/{REPOSITORY}"
ISSUES = f"{ROOT}/issues"


@pytest.fixture
def api(box: Sandbox) -> Iterator[Api]:
    with Api(box.url, box.token) as client:
        yield client


class Clock:
    """A clock that a test moves."""

    def __init__(self) -> None:
        self.now = datetime(2026, 2, 1, 12, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def pass_hours(self, hours: int) -> None:
        self.now += timedelta(hours=hours)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def box(clock: Clock) -> Iterator[Sandbox]:
    with Sandbox(clock=clock) as made:
        made.add_repository(REPOSITORY)
        yield made


def numbers(api: Api, query: str) -> list[int]:
    return [each["number"] for each in api.get(f"{ISSUES}?{query}").data]


def test_times_are_those_of_the_clock(api: Api) -> None:
    assert api.open()["created_at"] == "2026-02-01T12:00:00Z"
    assert api.get(ISSUES).headers["Date"] == "Sun, 01 Feb 2026 12:00:00 GMT"


def test_a_list_shows_open_issues_newest_first_unless_asked(api: Api) -> None:
    for each in "abc":
        api.open(each)
    api.call("PATCH", f"{ISSUES}/2", {"state": "closed"})
    assert numbers(api, "") == [3, 1]
    assert numbers(api, "state=closed") == [2]
    assert numbers(api, "state=all") == [3, 2, 1]
    assert numbers(api, "state=all&direction=asc") == [1, 2, 3]


def test_a_list_may_be_sorted_by_update_or_comments(api: Api, clock: Clock) -> None:
    for each in "abc":
        api.open(each)
        clock.pass_hours(1)
    api.post(f"{ISSUES}/1/comments", {"body": "x"})
    assert numbers(api, "sort=updated") == [1, 3, 2]
    assert numbers(api, "sort=comments&direction=asc") == [2, 3, 1]


def test_a_list_may_ask_for_all_of_some_labels(api: Api) -> None:
    api.open(labels=["a"])
    api.open(labels=["a", "b"])
    assert numbers(api, "labels=a") == [2, 1]
    assert numbers(api, "labels=a,B") == [2]
    assert numbers(api, "labels=nobody-made-it") == []


def test_a_list_may_ask_for_one_creator(box: Sandbox, api: Api) -> None:
    box.add_user("ann", "ann-token", "write")
    api.open()
    with Api(box.url, "ann-token") as ann:
        ann.open()
    assert numbers(api, "creator=ANN") == [2]
    assert api.get(f"{ISSUES}?creator=nobody").status == 422


def test_since_means_updated_since_that_second(api: Api, clock: Clock) -> None:
    api.open()
    clock.pass_hours(1)
    api.open()
    assert numbers(api, "since=2026-02-01T13:00:00Z") == [2]
    assert numbers(api, "since=2026-02-01T14:00:00%2B01:00") == [2]
    clock.pass_hours(1)
    api.post(f"{ISSUES}/1/comments", {"body": "x"})
    assert numbers(api, "since=2026-02-01T13:00:01Z") == [1]


def test_comments_of_the_whole_repository_are_listed_since_a_time(api: Api, clock: Clock) -> None:
    for each in ("One", "Two"):
        number = api.open()["number"]
        api.post(f"{ISSUES}/{number}/comments", {"body": each})
        clock.pass_hours(1)
    listed = api.get(f"{ISSUES}/comments?sort=updated&since=2026-02-01T12:30:00Z").data
    assert [(each["body"], each["issue_url"].rpartition("/")[2]) for each in listed] == [("Two", "2")]
    assert [each["body"] for each in api.get(f"{ISSUES}/comments").data] == ["One", "Two"]
    assert api.get(f"{ISSUES}/1/comments?since=2026-02-01T12:30:00Z").data == []


def test_lists_of_issues_include_pull_requests(box: Sandbox, api: Api) -> None:
    api.open()
    assert box.add_pull(REPOSITORY, "A change") == 2
    listed = api.get(f"{ISSUES}?direction=asc").data
    assert ["pull_request" in each for each in listed] == [False, True]
    assert [each["number"] for each in api.get(f"{ROOT}/pulls").data] == [2]
    assert api.get(f"{ROOT}/pulls/1").status == 404


def test_pages_are_linked_in_the_order_that_github_gives(api: Api) -> None:
    for each in range(5):
        api.open(str(each))
    first, last = api.get(f"{ISSUES}?per_page=2"), api.get(f"{ISSUES}?per_page=2&page=3")
    assert (first.links, last.links) == (["next", "last"], ["prev", "first"])
    assert [each["number"] for each in first.data + last.data] == [5, 4, 1]
    assert api.get(f"{ISSUES}?per_page=2&page=2").links == ["prev", "next", "last", "first"]
    assert api.get(ISSUES).links == []
    assert api.get(f"{ISSUES}?per_page=2&page=9").data == []


def test_following_the_links_gives_everything_once(api: Api) -> None:
    for each in range(7):
        api.open(str(each), labels=["a&b"])
    path, seen = f"{ISSUES}?labels=a%26b&per_page=3", []
    while path:
        reply = api.get(path)
        seen += [each["number"] for each in reply.data]
        links = dict(reversed(part.split("; rel=")) for part in reply.headers.get("Link", "").split(", ") if part)
        path = links.get('"next"', "").strip("<>")
    assert seen == [7, 6, 5, 4, 3, 2, 1]


def test_a_page_holds_30_entries_unless_asked_and_at_most_100(box: Sandbox, api: Api) -> None:
    with box.acting(REPOSITORY) as acts:
        for each in range(101):
            acts.open(str(each), "")
    assert [len(api.get(f"{ISSUES}{query}").data) for query in ("", "?per_page=101", "?per_page=0")] == [30, 100, 30]


@pytest.mark.parametrize("query", ["state=half", "sort=size", "direction=up", "since=monday"])
def test_a_query_that_means_nothing_is_refused(api: Api, query: str) -> None:
    assert api.get(f"{ISSUES}?{query}").status == 422


def test_what_did_not_change_is_not_sent_again_and_costs_nothing(api: Api) -> None:
    api.open()
    first = api.get(ISSUES)
    again = api.get(ISSUES, If_None_Match=first.headers["ETag"])
    assert (again.status, again.data) == (304, "")
    assert again.headers["X-RateLimit-Used"] == first.headers["X-RateLimit-Used"]
    api.open("Another")
    changed = api.get(ISSUES, If_None_Match=first.headers["ETag"])
    assert (changed.status, len(changed.data)) == (200, 2)


def test_another_token_gets_another_etag(box: Sandbox, api: Api) -> None:
    box.add_user("ann", "ann-token")
    with Api(box.url, "ann-token") as ann:
        assert ann.get(ISSUES).headers["ETag"] != api.get(ISSUES).headers["ETag"]
