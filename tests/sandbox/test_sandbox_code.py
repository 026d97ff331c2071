"""Commits, branches and pull requests: how they stand to each other, and what they do to issues."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from githubkit_schemas.latest import models

from bot.sandbox.server import Sandbox
from tests.sandbox.api_client import REPOSITORY, Api, fits

ROOT = f"/repos/{REPOSITORY}"
MARKED = """
query { repository(owner: "acme", name: "widgets") { issue(number: 2) { timelineItems(
  itemTypes: [MARKED_AS_DUPLICATE_EVENT], last: 10) { nodes { __typename
    ... on MarkedAsDuplicateEvent { isCrossRepo canonical { ... on Issue { number } ... on PullRequest { number } } } } } } } }
"""


@pytest.fixture
def api(box: Sandbox) -> Iterator[Api]:
    with Api(box.url, box.token) as client:
        yield client


def stand(api: Api, base: str, head: str) -> tuple[str, int, int]:
    data = api.get(f"{ROOT}/compare/{base}...{head}").data
    return data["status"], data["ahead_by"], data["behind_by"]


def test_two_commits_are_compared_as_github_does(box: Sandbox, api: Api) -> None:
    first = box.add_commit(REPOSITORY, "First")
    second = box.add_commit(REPOSITORY, "Second")
    branch = box.add_commit(REPOSITORY, "Aside", branch="wip")
    third = box.add_commit(REPOSITORY, "Third")
    assert stand(api, first, "main") == ("ahead", 2, 0)
    assert stand(api, third, "HEAD") == ("identical", 0, 0)
    assert stand(api, third, second) == ("behind", 0, 1)
    assert stand(api, branch, third) == ("diverged", 1, 1)
    assert stand(api, "main", "wip") == ("diverged", 1, 1)
    assert api.get(f"{ROOT}/compare/{first}...{'0' * 40}").status == 404
    fits(models.CommitComparison, api.get(f"{ROOT}/compare/{first}...main"))


def test_only_the_first_page_of_a_comparison_has_files(box: Sandbox, api: Api) -> None:
    first = box.add_commit(REPOSITORY, "First")
    box.add_commit(REPOSITORY, "Second")
    assert "files" in api.get(f"{ROOT}/compare/{first}...main").data
    assert "files" not in api.get(f"{ROOT}/compare/{first}...main?per_page=1&page=2").data


@pytest.mark.parametrize("path", ["/commits", "/commits/main", "/compare/main...wip"])
def test_an_empty_repository_has_no_commits_to_show(api: Api, path: str) -> None:
    reply = api.get(ROOT + path)
    assert (reply.status, reply.data["message"]) == (409, "Git Repository is empty.")


def test_a_pull_request_to_another_branch_closes_nothing(box: Sandbox, api: Api) -> None:
    api.open()
    number = box.add_pull(REPOSITORY, "Pin pandas", "Fixes #1", base="release-1")
    box.merge_pull(REPOSITORY, number)
    assert api.get(f"{ROOT}/issues/1").data["state"] == "open"
    assert api.get(f"{ROOT}/pulls/{number}").data["base"]["ref"] == "release-1"


def test_a_squashed_pull_request_has_the_message_it_was_given(box: Sandbox, api: Api) -> None:
    api.open()
    number = box.add_pull(REPOSITORY, "Pin pandas", "Fixes #1")
    sha = box.merge_pull(REPOSITORY, number, message="Pin pandas (#2)")
    assert api.get(f"{ROOT}/commits/{sha}").data["commit"]["message"] == "Pin pandas (#2)"
    assert api.get(f"{ROOT}/issues/1").data["state"] == "closed"


def marked(api: Api) -> list[Any]:
    data = api.post("/graphql", {"query": MARKED}).data["data"]
    nodes: list[Any] = data["repository"]["issue"]["timelineItems"]["nodes"]
    return nodes


def test_a_comment_marks_a_duplicate_where_its_writer_may_sort_issues(box: Sandbox, api: Api) -> None:
    api.open("Original")
    api.open("Copy")
    box.add_user("guest", permission="read")
    with box.acting(REPOSITORY, "guest") as acts:
        acts.comment(acts.repository.issues[2], "Duplicate of #1")
    assert marked(api) == []
    api.post(f"{ROOT}/issues/2/comments", {"body": "It is no duplicate of #1"})
    api.post(f"{ROOT}/issues/2/comments", {"body": "Duplicate of #1"})
    assert marked(api) == [
        {"__typename": "MarkedAsDuplicateEvent", "isCrossRepo": False, "canonical": {"number": 1}},
    ]
    assert [each["event"] for each in api.get(f"{ROOT}/issues/2/events").data] == ["marked_as_duplicate"]
