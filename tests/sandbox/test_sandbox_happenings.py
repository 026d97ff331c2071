"""What the sandbox remembers of an issue: its timeline, and the commit or pull request that closed it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from bot.sandbox.server import Sandbox
from tests.sandbox.api_client import REPOSITORY, Api

ROOT = f"/repos/{REPOSITORY}"
ISSUE = f"{ROOT}/issues/1"
CLOSER = """
query($owner: String!, $name: String!, $number: Int!) {
  repository(owner: $owner, name: $name) {
    issue(number: $number) {
      timelineItems(itemTypes: [CLOSED_EVENT], last: 1) {
        nodes {
          ... on ClosedEvent {
            createdAt
            closer { __typename ... on Commit { oid } ... on PullRequest { number merged mergeCommit { oid } } }
          }
        }
      }
    }
  }
}
"""


@pytest.fixture
def api(box: Sandbox) -> Iterator[Api]:
    with Api(box.url, box.token) as client:
        yield client


def closer(api: Api, path: str = "/graphql") -> Any:
    variables = {"owner": "acme", "name": "widgets", "number": 1}
    reply = api.post(path, {"query": CLOSER, "variables": variables})
    assert (reply.status, "errors" in reply.data) == (200, False), reply.data
    (event,) = reply.data["data"]["repository"]["issue"]["timelineItems"]["nodes"]
    return event["closer"]


def closed_event(api: Api) -> Any:
    (event,) = [each for each in api.get(f"{ISSUE}/timeline").data if each["event"] == "closed"]
    return event


def test_events_tell_what_changed(api: Api) -> None:
    api.open("Old", labels=["bug"])
    api.call("PATCH", ISSUE, {"title": "New", "labels": []})
    labeled, renamed, unlabeled = api.get(f"{ISSUE}/events").data
    assert (labeled["label"]["name"], unlabeled["label"]["name"]) == ("bug", "bug")
    assert renamed["rename"] == {"from": "Old", "to": "New"}
    assert labeled["actor"]["login"] == "friction-bot"


def test_the_timeline_has_comments_at_their_place_and_events_do_not(api: Api) -> None:
    api.open()
    api.call("PATCH", ISSUE, {"state": "closed"})
    api.post(f"{ISSUE}/comments", {"body": "Again"})
    api.call("PATCH", ISSUE, {"state": "open"})
    assert [each["event"] for each in api.get(f"{ISSUE}/timeline").data] == ["closed", "commented", "reopened"]
    assert [each["event"] for each in api.get(f"{ISSUE}/events").data] == ["closed", "reopened"]


def test_an_edit_that_changes_nothing_is_no_event(api: Api) -> None:
    api.open("Same", labels=["bug"])
    before = api.get(ISSUE).data
    api.call("PATCH", ISSUE, {"title": "Same", "state": "open", "labels": ["bug"]})
    assert len(api.get(f"{ISSUE}/events").data) == 1
    assert api.get(ISSUE).data == before


def test_a_person_who_closes_leaves_no_closer(api: Api) -> None:
    api.open()
    api.call("PATCH", ISSUE, {"state": "closed"})
    assert closed_event(api)["commit_id"] is None
    assert closer(api) is None


def test_a_commit_that_fixes_an_issue_closes_it(box: Sandbox, api: Api) -> None:
    api.open()
    sha = box.add_commit(REPOSITORY, "Pin pandas\n\nFixes #1", at=datetime(2026, 2, 1, tzinfo=UTC))
    assert (api.get(ISSUE).data["state"], closed_event(api)["commit_id"]) == ("closed", sha)
    assert closer(api) == {"__typename": "Commit", "oid": sha}
    commit = api.get(f"{ROOT}/commits/{sha}").data["commit"]
    assert (commit["committer"]["date"], commit["message"]) == ("2026-02-01T00:00:00Z", "Pin pandas\n\nFixes #1")


def test_a_commit_on_a_branch_closes_nothing(box: Sandbox, api: Api) -> None:
    api.open()
    box.add_commit(REPOSITORY, "Fixes #1", branch="wip")
    assert api.get(ISSUE).data["state"] == "open"


def test_a_merged_pull_request_is_the_closer_without_a_commit_id(box: Sandbox, api: Api) -> None:
    api.open()
    number = box.add_pull(REPOSITORY, "Pin pandas", "Closes #1")
    assert api.get(ISSUE).data["state"] == "open"
    sha = box.merge_pull(REPOSITORY, number)
    assert (api.get(ISSUE).data["state"], closed_event(api)["commit_id"]) == ("closed", None)
    assert closer(api) == {"__typename": "PullRequest", "number": 2, "merged": True, "mergeCommit": {"oid": sha}}
    assert closer(api, "/api/graphql") == closer(api)
    references = [each for each in api.get(f"{ISSUE}/timeline").data if each["event"] == "cross-referenced"]
    assert [each["source"]["issue"]["number"] for each in references] == [2]
    merged = api.get(f"{ROOT}/pulls/2").data
    assert (merged["merged"], merged["merge_commit_sha"], merged["state"]) == (True, sha, "closed")


def test_commits_are_listed_newest_first_and_by_date(box: Sandbox, api: Api) -> None:
    for day in (1, 2, 3):
        box.add_commit(REPOSITORY, f"Day {day}", at=datetime(2026, 2, day, tzinfo=UTC))
    assert [each["commit"]["message"] for each in api.get(f"{ROOT}/commits").data] == ["Day 3", "Day 2", "Day 1"]
    since = api.get(f"{ROOT}/commits?since=2026-02-02T00:00:00Z&until=2026-02-02T12:00:00Z").data
    assert [each["commit"]["message"] for each in since] == ["Day 2"]
    assert api.get(f"{ROOT}/commits/main").data["commit"]["message"] == "Day 3"
    assert api.get(f"{ROOT}/commits/{'0' * 40}").status == 422


def test_a_mention_inside_code_tells_nobody_and_refers_to_nothing(api: Api) -> None:
    api.open()
    api.open(body="`@friction-bot #1`\n\n```\nFixes #1 @friction-bot\n```\n<!-- #1 -->")
    assert api.get(f"{ISSUE}/timeline").data == []
    assert api.get(f"{ROOT}/issues/2/timeline").data == []


def test_a_mention_in_prose_tells_the_person_and_the_issue(api: Api) -> None:
    api.open()
    api.open(body="@friction-bot look at #1 and acme/widgets#1")
    assert [each["event"] for each in api.get(f"{ISSUE}/timeline").data] == ["cross-referenced"]
    assert [each["event"] for each in api.get(f"{ROOT}/issues/2/timeline").data] == ["mentioned"]


def test_a_file_comes_in_base64(box: Sandbox, api: Api) -> None:
    box.add_repository("acme/files", files={"docs/setup.md": "Run `make`.\n"})
    found = api.get("/repos/acme/files/contents/docs/setup.md").data
    assert (found["type"], found["encoding"], found["content"]) == ("file", "base64", "UnVuIGBtYWtlYC4K\n")
    assert api.get("/repos/acme/files/contents/docs/none.md").status == 404


def test_a_query_that_graphql_does_not_know_is_an_error_with_status_200(api: Api) -> None:
    reply = api.post("/graphql", {"query": "{ viewer { login shoeSize } }"})
    assert reply.status == 200
    assert reply.data["errors"][0]["type"] == "undefinedField"
    assert "errors" in api.post("/graphql", {"query": "{ viewer {"}).data
