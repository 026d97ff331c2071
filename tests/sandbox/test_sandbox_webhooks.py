"""The sandbox's webhooks: what happens is delivered as GitHub delivers it, and never makes anybody wait."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterator
from typing import Any

import pytest
from githubkit.webhooks import parse  # GitHub's own description of its webhooks

from bot.sandbox.server import Sandbox, Webhook
from tests.sandbox.api_client import REPOSITORY, Api
from tests.sandbox.listener import Came, Listener, listening

ISSUES = f"/repos/{REPOSITORY}/issues"
SECRET = "It's a Secret to Everybody"


@pytest.fixture
def listener() -> Iterator[Listener]:
    with listening() as made:
        yield made


@pytest.fixture
def hook(listener: Listener) -> Webhook:
    return Webhook(listener.url, SECRET)


@pytest.fixture
def box(hook: Webhook) -> Iterator[Sandbox]:
    with Sandbox(webhook=hook) as made:
        made.add_repository(REPOSITORY)
        yield made


def came(hook: Webhook, listener: Listener) -> list[Came]:
    """What was delivered since the last look."""
    hook.settle()
    found, listener.came = listener.came, []
    return found


def events(hook: Webhook, listener: Listener) -> list[str]:
    return [each.event for each in came(hook, listener)]


def test_a_comment_is_told_when_created_edited_and_deleted(api: Api, hook: Webhook, listener: Listener) -> None:
    issue = api.open()
    number = api.post(f"{ISSUES}/1/comments", {"body": "first"}).data["id"]
    api.call("PATCH", f"{ISSUES}/comments/{number}", {"body": "second"})
    api.call("DELETE", f"{ISSUES}/comments/{number}")
    told = came(hook, listener)[1:]
    assert [each.event for each in told] == [
        "issue_comment created",
        "issue_comment edited",
        "issue_comment deleted",
    ]
    assert [(each.data["comment"]["id"], each.data["comment"]["body"]) for each in told] == [
        (number, "first"),
        (number, "second"),
        (number, "second"),
    ]
    assert told[1].data["changes"] == {"body": {"from": "first"}}
    assert {each.data["issue"]["number"] for each in told} == {issue["number"]}
    assert {each.data["repository"]["full_name"] for each in told} == {REPOSITORY}
    assert {each.data["sender"]["login"] for each in told} == {"friction-bot"}


def test_what_happens_to_an_issue_is_told(box: Sandbox, api: Api, hook: Webhook, listener: Listener) -> None:
    box.add_repository("acme/gadgets")
    api.open(labels=["bug"])
    api.call("PATCH", f"{ISSUES}/1", {"title": "A better title", "body": "text"})
    api.call("PATCH", f"{ISSUES}/1", {"state": "closed", "state_reason": "not_planned"})
    api.call("PATCH", f"{ISSUES}/1", {"state": "open", "labels": [], "assignees": ["maintainer"]})
    api.call("PUT", f"{ISSUES}/1/lock")
    with box.acting(REPOSITORY, "maintainer") as acts:
        acts.transfer(acts.repository.issues[1], acts.world.repositories["acme/gadgets"])
    told = came(hook, listener)
    assert [each.event for each in told] == [
        "issues opened",
        "issues edited",
        "issues closed",
        "issues reopened",
        "issues unlabeled",
        "issues assigned",
        "issues locked",
        "issues transferred",
        "issues opened",
    ]
    assert told[1].data["changes"] == {"title": {"from": "Cannot import pandas"}, "body": {"from": ""}}
    assert told[2].data["issue"]["state_reason"] == "not_planned"
    assert told[-1].data["repository"]["full_name"] == "acme/gadgets"


def test_comments_that_go_with_their_issue_are_told_of_by_the_issue_alone(
    box: Sandbox, api: Api, hook: Webhook, listener: Listener
) -> None:
    api.open()
    api.post(f"{ISSUES}/1/comments", {"body": "first"})
    came(hook, listener)
    with box.acting(REPOSITORY) as acts:
        acts.delete(acts.repository.issues[1])
    assert events(hook, listener) == ["issues deleted"]


def test_pushes_and_merged_pull_requests_are_told(box: Sandbox, api: Api, hook: Webhook, listener: Listener) -> None:
    api.open()
    box.add_pull(REPOSITORY, "Declare pandas", "Fixes #1")
    sha = box.merge_pull(REPOSITORY, 2, login="maintainer")
    other = box.add_commit(REPOSITORY, "Try something", branch="attempt")
    told = came(hook, listener)
    assert [each.event for each in told] == [
        "issues opened",
        "pull_request opened",
        "issues closed",
        "pull_request closed",
        "push",
        "push",
    ]
    assert (told[3].data["pull_request"]["merged"], told[3].data["sender"]["login"]) == (True, "maintainer")
    assert [(each.data["ref"], each.data["after"]) for each in told[4:]] == [
        ("refs/heads/main", sha),
        ("refs/heads/attempt", other),
    ]
    assert [each["message"] for each in told[5].data["commits"]] == ["Try something"]


def test_a_reaction_is_told_to_nobody(api: Api, hook: Webhook, listener: Listener) -> None:
    api.open()
    number = api.post(f"{ISSUES}/1/comments", {"body": "first"}).data["id"]
    came(hook, listener)
    api.post(f"{ISSUES}/comments/{number}/reactions", {"content": "+1"})
    api.get(f"{ISSUES}/1")
    assert events(hook, listener) == []


def test_a_delivery_is_signed_and_headed_as_github_does_it(api: Api, hook: Webhook, listener: Listener) -> None:
    api.open()
    (told,) = came(hook, listener)
    headers = told.headers
    assert headers["X-Hub-Signature-256"] == "sha256=" + hmac.new(SECRET.encode(), told.body, "sha256").hexdigest()
    assert headers["X-Hub-Signature"] == "sha1=" + hmac.new(SECRET.encode(), told.body, hashlib.sha1).hexdigest()
    assert headers["User-Agent"].startswith("GitHub-Hookshot/")
    assert headers["Content-Type"] == "application/json"
    assert len(headers["X-GitHub-Delivery"]) == 36


def test_without_a_secret_nothing_is_signed(listener: Listener) -> None:
    hook = Webhook(listener.url)
    with Sandbox(webhook=hook) as box, Api(box.url, box.token) as api:
        box.add_repository(REPOSITORY)
        api.open()
        (told,) = came(hook, listener)
    assert [name for name in told.headers if name.startswith("X-Hub")] == []


def test_payloads_fit_githubs_own_description(box: Sandbox, api: Api, hook: Webhook, listener: Listener) -> None:
    api.open()
    number = api.post(f"{ISSUES}/1/comments", {"body": "first"}).data["id"]
    api.call("PATCH", f"{ISSUES}/comments/{number}", {"body": "second"})
    api.call("DELETE", f"{ISSUES}/comments/{number}")
    api.call("PATCH", f"{ISSUES}/1", {"title": "Another title"})
    api.call("PATCH", f"{ISSUES}/1", {"state": "closed"})
    api.call("PATCH", f"{ISSUES}/1", {"state": "open"})
    box.add_pull(REPOSITORY, "Declare pandas")
    box.merge_pull(REPOSITORY, 2)
    wrong: dict[str, Any] = {}
    for told in came(hook, listener):
        try:
            parse(told.headers["X-GitHub-Event"], told.body)
        except ValueError as error:
            wrong[told.event] = error
    assert wrong == {}


def test_nobody_waits_for_a_slow_listener(api: Api, hook: Webhook, listener: Listener) -> None:
    listener.open.clear()
    api.open("One")
    api.open("Two")
    assert [each["title"] for each in api.get(f"{ISSUES}?direction=asc").data] == ["One", "Two"]
    assert listener.came == []
    listener.open.set()
    assert events(hook, listener) == ["issues opened", "issues opened"]


def test_what_nobody_takes_is_lost_as_with_github(api: Api, hook: Webhook, listener: Listener) -> None:
    listener.status = 500
    api.open()
    hook.settle()
    assert [each.status for each in hook.log] == [500]
    listener.status = 202
    api.open()
    hook.settle()
    assert [each.status for each in hook.log] == [500, 202]


def test_a_listener_that_is_not_there_costs_nothing() -> None:
    with listening() as gone:
        url = gone.url
    hook = Webhook(url)
    with Sandbox(webhook=hook) as box, Api(box.url, box.token) as api:
        box.add_repository(REPOSITORY)
        api.open()
        hook.settle()
        assert [(each.event, each.action, each.status) for each in hook.log] == [("issues", "opened", 0)]


def test_deliveries_come_twice_late_backwards_or_never_when_told_so(
    api: Api, hook: Webhook, listener: Listener
) -> None:
    def way(name: str) -> Any:
        return api.post("/sandbox/webhook", {"way": name}).data

    def numbers() -> list[int]:
        return [each.data["issue"]["number"] for each in came(hook, listener)]

    assert way("twice") == {"way": "twice", "sent": 0}
    api.open()
    twice = came(hook, listener)
    assert len({each.headers["X-GitHub-Delivery"] for each in twice}) == 1
    assert [each.data["issue"]["number"] for each in twice] == [1, 1]
    way("late")
    api.open()
    api.open()
    assert numbers() == []
    assert way("reversed") == {"way": "reversed", "sent": 2}
    assert numbers() == [2, 3]
    api.open()
    api.open()
    way("never")
    api.open()
    way("once")
    api.open()
    assert numbers() == [7]


def test_only_an_administrator_chooses_how_deliveries_are_made(box: Sandbox, api: Api, hook: Webhook) -> None:
    box.add_user("ann", "ann-token", "maintain")
    with Api(box.url, "ann-token") as ann:
        assert ann.post("/sandbox/webhook", {"way": "never"}).status == 403
    assert api.post("/sandbox/webhook", {"way": "by post"}).status == 422
    assert hook.way == "once"
    with Sandbox() as other, Api(other.url, other.token) as api_without:
        assert api_without.post("/sandbox/webhook", {"way": "once"}).status == 404


@pytest.mark.parametrize("url", ["", "localhost:80", "ftp://127.0.0.1/x", "http:///path"])
def test_an_address_that_is_none_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match="write http://HOST:PORT/PATH"):
        Webhook(url)
