"""What may go wrong on the way, when a test asks for it."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import replace

import pytest
import requests

from bot.sandbox import faults
from bot.sandbox.exchange import Answer, Request
from bot.sandbox.faults import Fault
from bot.sandbox.server import Sandbox
from tests.sandbox.api_client import REPOSITORY, Api

ISSUES = f"/repos/{REPOSITORY}/issues"


@pytest.fixture
def api(box: Sandbox) -> Iterator[Api]:
    with Api(box.url, box.token) as client:
        yield client


def on_post(fault: Fault) -> faults.Hook:
    """A hook that lets only writes suffer."""
    return lambda request: fault if request.method == "POST" else None


def filed(api: Api) -> int:
    return len(api.get(ISSUES).data)


@pytest.mark.parametrize(("fault", "left"), [(faults.BAD_GATEWAY_BEFORE, 0), (faults.BAD_GATEWAY_AFTER, 1)])
def test_a_bad_gateway_comes_before_or_after_the_effect(box: Sandbox, api: Api, fault: Fault, left: int) -> None:
    box.fault = on_post(fault)
    assert api.post(ISSUES, {"title": "x"}).status == 502
    assert filed(api) == left


@pytest.mark.parametrize(("fault", "left"), [(faults.CUT_BEFORE, 0), (faults.CUT_AFTER, 1)])
def test_a_connection_is_cut_before_or_after_the_effect(box: Sandbox, api: Api, fault: Fault, left: int) -> None:
    box.fault = on_post(fault)
    with pytest.raises(requests.ConnectionError):
        api.post(ISSUES, {"title": "x"})
    assert filed(api) == left
    assert box.requests[0] == ("POST", ISSUES, 0)


def test_an_answer_may_be_late(box: Sandbox, api: Api) -> None:
    box.fault = on_post(Fault(delay=0.2))
    started = time.monotonic()
    assert api.post(ISSUES, {"title": "x"}).status == 201
    assert time.monotonic() - started >= 0.2


def test_a_rate_limit_may_be_told_in_any_of_its_forms(box: Sandbox, api: Api) -> None:
    limited = Answer(429, {"message": "Slow down"}, {"Retry-After": "7"})
    box.fault = on_post(Fault(effect=False, answer=limited))
    reply = api.post(ISSUES, {"title": "x"})
    assert (reply.status, reply.headers["Retry-After"], filed(api)) == (429, "7", 0)


def test_a_real_answer_may_be_changed(box: Sandbox, api: Api) -> None:
    api.open("a")
    api.open("b")
    box.fault = lambda _: faults.shortened(1)
    assert filed(api) == 1
    box.fault = lambda _: Fault(change=lambda answer: replace(answer, headers={**answer.headers, "X-More": "yes"}))
    assert api.get(ISSUES).headers["X-More"] == "yes"
    box.fault = None
    assert filed(api) == 2


def test_a_hook_sees_what_was_asked(box: Sandbox, api: Api) -> None:
    seen = list[Request]()
    box.fault = seen.append
    api.post(f"{ISSUES}?a=b%20c", {"title": "x"})
    assert (seen[0].method, seen[0].path, seen[0].query, seen[0].fields()) == (
        "POST",
        ISSUES,
        {"a": "b c"},
        {"title": "x"},
    )


def test_requests_are_logged_in_order_with_their_status(box: Sandbox, api: Api) -> None:
    api.open()
    api.get(f"{ISSUES}?state=all")
    api.get("/nothing")
    assert [tuple(each) for each in box.requests] == [
        ("POST", ISSUES, 201),
        ("GET", ISSUES, 200),
        ("GET", "/nothing", 404),
    ]


def test_a_sandbox_ends_at_once_though_an_answer_is_held(box: Sandbox, api: Api) -> None:
    started = time.monotonic()
    with Sandbox() as other, Api(other.url, other.token) as held:
        other.add_repository(REPOSITORY)
        other.fault = on_post(Fault(delay=0.1))
        held.post(ISSUES, {"title": "x"})
    assert time.monotonic() - started < 2
