"""Pages of comments as a scripted server gives them: odd entries, odd orders, and lists that never end."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from github.Auth import Token

from bot.adapters.github_cache import Conditional, Memory, MemoryCache
from bot.adapters.github_http import Client
from bot.adapters.github_talk import Talks
from bot.core.history import IssueComment, Talk
from bot.ports import TrackerError
from tests.github_days import QUICK
from tests.issue_json import LOGIN, REPOSITORY
from tests.scripted_http import Reply, Request, Scripted, serving

NOON = datetime(2026, 2, 1, 12, 0, tzinfo=UTC)
DATE = "Sun, 01 Mar 2026 12:00:00 GMT"


def at(seconds: int) -> str:
    return f"{NOON + timedelta(seconds=seconds):%Y-%m-%dT%H:%M:%SZ}"


def comment(number: int, seconds: int = 0, **changed: Any) -> dict[str, Any]:
    """A comment by ann on issue 7; `changed` replaces fields."""
    return {
        "id": number,
        "issue_url": f"https://api.github.com/repos/{REPOSITORY}/issues/7",
        "user": {"login": "ann", "type": "User"},
        "body": f"{number}",
        "created_at": at(seconds),
        "updated_at": at(seconds),
        **changed,
    }


def paged(listed: list[dict[str, Any]]) -> Callable[[Request], Reply]:
    """GitHub with these comments, in this order whatever is asked for."""

    def script(request: Request) -> Reply:
        since, page = request.query["since"], int(request.query.get("page", "1"))
        found = [each for each in listed if each["updated_at"] >= since]
        return Reply(body=found[100 * (page - 1) : 100 * page], headers={"Date": DATE})

    return script


@contextmanager
def talking(script: Callable[[Request], Reply], most: int = 1000) -> Iterator[tuple[Talks, Scripted]]:
    """One reading of what a script says, with so many pages at most."""
    with serving(script) as server:
        client = Client(Token("t"), server.url, QUICK)
        memory = Memory(MemoryCache(), lambda: NOON, server.url, LOGIN)
        try:
            yield Talks(client, Conditional(client, memory), REPOSITORY, LOGIN, most=most), server
        finally:
            client.close()


def told(script: Callable[[Request], Reply]) -> Talk:
    with talking(script) as (talks, _):
        return talks.since(NOON)


def one(**changed: Any) -> IssueComment:
    """The only comment of a list that holds this one."""
    (found,) = told(paged([comment(1, **changed)])).comments
    return found


def test_a_comment_is_read_with_all_that_is_known_of_it() -> None:
    found = one(created_at=at(0), updated_at=at(60))
    assert found == IssueComment(1, 7, "ann", False, "1", NOON, NOON + timedelta(minutes=1), False)


@pytest.mark.parametrize(
    ("user", "by", "own", "robot"),
    [
        (None, "", False, False),
        ({"login": "ghost", "type": "User"}, "ghost", False, False),
        ({"login": "dependabot[bot]", "type": "Bot"}, "dependabot[bot]", False, True),
        ({"login": "copilot", "type": "Bot"}, "copilot", False, True),
        ({"login": "renovate[bot]"}, "renovate[bot]", False, True),
        ({"login": "Friction-Bot", "type": "User"}, "Friction-Bot", True, False),
    ],
)
def test_who_wrote_a_comment_is_told_by_its_account(
    user: dict[str, str] | None, by: str, own: bool, robot: bool
) -> None:
    found = one(user=user)
    assert (found.by, found.own, found.robot) == (by, own, robot)


def test_a_body_that_is_null_is_an_empty_text() -> None:
    assert one(body=None).body == ""


@pytest.mark.parametrize(
    "odd",
    [
        {"created_at": None},
        {"created_at": "yesterday"},
        {"id": "9"},
        {"id": 0},
        {"id": 10**30},
        {"issue_url": None},
        {"issue_url": "https://api.github.com/repos/octo/demo/issues/" + "9" * 5000},
    ],
)
def test_an_entry_that_cannot_be_read_costs_only_itself(odd: dict[str, Any]) -> None:
    found = told(paged([comment(1), comment(2, 1, **odd), comment(3, 2)]))
    assert ([each.id for each in found.comments], found.until) == ([1, 3], NOON + timedelta(seconds=2))


def test_a_comment_without_the_time_of_its_edit_is_told_all_the_same() -> None:
    def script(_: Request) -> Reply:
        return Reply(body=[comment(1), comment(2, 1, updated_at="?"), comment(3, 2)], headers={"Date": DATE})

    found = told(script)
    assert [(each.id, each.updated is None) for each in found.comments] == [(1, False), (2, True), (3, False)]
    assert found.until == NOON + timedelta(seconds=2)


def test_a_page_without_any_readable_time_does_not_end_the_reading() -> None:
    def script(request: Request) -> Reply:
        page = int(request.query.get("page", "1"))
        listed = [comment(each, updated_at="?", created_at="?") for each in range(1, 101)]
        return Reply(body=listed if page == 1 else [comment(101)], headers={"Date": DATE})

    assert [each.id for each in told(script).comments] == [101]


def test_a_short_page_with_a_link_to_another_is_not_the_last() -> None:
    def script(request: Request) -> Reply:
        if request.query["since"] > at(0):
            return Reply(body=[comment(2, 60), comment(3, 61)])
        return Reply(body=[comment(1), comment(2, 60)], headers={"Link": '</x?page=2>; rel="next"'})

    assert [each.id for each in told(script).comments] == [1, 2, 3]


def test_a_list_in_another_order_is_read_to_its_end() -> None:
    newest_first = [comment(each, each) for each in range(250, 0, -1)]
    with talking(paged(newest_first)) as (talks, server):
        found = talks.since(NOON)
    assert [each.id for each in found.comments] == list(range(1, 251))
    assert [request.query.get("page", "1") for request in server.requests] == ["1", "1", "2", "3", "1", "2", "3"]
    assert {request.query["since"] for request in server.requests} == {"2026-02-01T12:00:00Z"}


def test_an_answer_without_a_date_leaves_the_newest_edit() -> None:
    def script(_: Request) -> Reply:
        return Reply(body=[comment(1, 5)], headers={"Date": "once upon a time"})

    assert told(script).until == NOON + timedelta(seconds=5)


def test_a_server_that_repeats_its_page_is_an_error_soon() -> None:
    listed = [comment(each, each // 50) for each in range(1, 101)]
    with talking(lambda _: Reply(body=listed)) as (talks, server), pytest.raises(TrackerError) as raised:
        talks.since(NOON - timedelta(days=1))
    assert raised.value.code == "unexpected_answer"
    assert len(server.requests) < 6


def endless(request: Request) -> Reply:
    """A hundred comments from any moment on, one a second."""
    begin = int((datetime.fromisoformat(request.query["since"]) - NOON).total_seconds())
    return Reply(body=[comment(1 + begin + each, begin + each) for each in range(100)], headers={"Date": DATE})


def test_a_list_without_end_is_left_where_the_next_question_goes_on() -> None:
    with talking(endless, most=4) as (talks, server):
        found = talks.since(NOON)
    assert (len(server.requests), [each.id for each in found.comments]) == (4, list(range(1, 395)))
    assert found.until == NOON + timedelta(seconds=294)
    with talking(endless, most=2) as (talks, _):
        following = talks.since(found.until)
    assert [each.id for each in following.comments] == list(range(295, 493))


def test_a_second_without_end_is_left_at_its_beginning() -> None:
    def script(request: Request) -> Reply:
        page = int(request.query.get("page", "1"))
        return Reply(body=[comment(1 + 100 * page + each) for each in range(100)], headers={"Date": DATE})

    with talking(script, most=7) as (talks, server):
        found = talks.since(NOON)
    assert (len(server.requests), len(found.comments), found.until) == (7, 600, NOON)
