"""The limits of requests: so many an hour, so many new issues and comments a minute."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import pytest

from bot.sandbox.server import ContentLimit, Limits, Sandbox
from tests.sandbox.api_client import REPOSITORY, Api, Reply

ISSUES = f"/repos/{REPOSITORY}/issues"
START = datetime(2026, 2, 15, 23, 0, tzinfo=UTC)


@contextmanager
def limited(
    requests_an_hour: int = 5000, content: ContentLimit | None = None
) -> Iterator[tuple[Api, Callable[[timedelta], None]]]:
    """A sandbox with these limits, and how to let its time pass."""
    times = [START]
    with Sandbox(clock=lambda: times[-1], limits=Limits(requests_an_hour, content)) as box:
        box.add_repository(REPOSITORY)
        with Api(box.url, box.token) as api:
            yield api, lambda passed: times.append(times[-1] + passed)


def left(reply: Reply) -> tuple[int, str]:
    return reply.status, reply.headers["X-RateLimit-Remaining"]


def test_every_answer_tells_what_is_left_of_the_hour() -> None:
    with limited(requests_an_hour=3) as (api, _):
        assert left(api.get(ISSUES)) == (200, "2")
        assert left(api.get("/nothing")) == (404, "1")
        assert left(api.get("/rate_limit")) == (200, "1")
        assert left(api.get(ISSUES)) == (200, "0")
        refused = api.get(ISSUES)
        assert left(refused) == (403, "0")
        assert refused.data["message"].startswith("API rate limit exceeded")
        assert refused.headers["X-RateLimit-Reset"] == str(int((START + timedelta(hours=1)).timestamp()))
        assert refused.headers["Date"] == "Sun, 15 Feb 2026 23:00:00 GMT"


def test_a_new_hour_begins_an_hour_after_the_first_request() -> None:
    with limited(requests_an_hour=1) as (api, wait):
        api.get(ISSUES)
        wait(timedelta(minutes=59, seconds=59))
        assert left(api.get(ISSUES)) == (403, "0")
        wait(timedelta(seconds=1))
        assert left(api.get(ISSUES)) == (200, "0")


def test_without_a_token_sixty_requests_are_an_hours_worth() -> None:
    with limited() as (api, _):
        api.token = ""
        assert left(api.get(ISSUES)) == (200, "59")


@pytest.mark.parametrize("status", [403, 429])
@pytest.mark.parametrize(("retry_after", "told"), [(7, "7"), (None, None)])
def test_too_many_new_issues_are_refused_in_any_form(status: int, retry_after: int | None, told: str | None) -> None:
    with limited(content=ContentLimit(per_minute=2, status=status, retry_after=retry_after)) as (api, wait):
        api.open()
        api.post(f"{ISSUES}/1/comments", {"body": "Me too"})
        refused = api.post(ISSUES, {"title": "x"})
        assert (refused.status, refused.headers.get("Retry-After")) == (status, told)
        assert "secondary rate limit" in refused.data["message"]
        assert len(api.get(ISSUES).data) == 1
        wait(timedelta(minutes=1))
        assert api.post(ISSUES, {"title": "x"}).status == 201


def test_an_hour_has_a_limit_of_its_own() -> None:
    with limited(content=ContentLimit(per_minute=2, per_hour=3)) as (api, wait):
        for _ in range(3):
            api.open()
            wait(timedelta(minutes=1))
        assert api.post(ISSUES, {"title": "x"}).status == 403
        wait(timedelta(minutes=57))
        assert api.post(ISSUES, {"title": "x"}).status == 201
