"""The sandbox as PyGithub sees it, with the settings that the bot uses."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from github import Auth, Github, GithubException
from github.Repository import Repository

from bot.sandbox.server import Sandbox
from tests.sandbox.api_client import REPOSITORY


@pytest.fixture(params=["", "/api/v3"], ids=["github.com", "enterprise"])
def repository(box: Sandbox, request: pytest.FixtureRequest) -> Iterator[Repository]:
    with Github(
        auth=Auth.Token(box.token),
        base_url=box.url + request.param,
        retry=None,
        seconds_between_requests=None,
        seconds_between_writes=None,
    ) as client:
        yield client.get_repo(REPOSITORY)


def test_an_issue_lives_its_life_through_pygithub(repository: Repository) -> None:
    issue = repository.create_issue("Lint fails", "It does", labels=["bug", "user-feedback"])
    issue.edit(title="Lint fails on main", body="It still does", labels=["bug"])
    issue.add_to_labels("new")
    issue.remove_from_labels("bug")
    issue.edit(state="closed", state_reason="not_planned")
    found = repository.get_issue(issue.number)
    assert (found.title, found.body, found.state, found.state_reason) == (
        "Lint fails on main",
        "It still does",
        "closed",
        "not_planned",
    )
    assert [label.name for label in found.labels] == ["new"]
    assert found.closed_by.login == "friction-bot"


def test_comments_and_reactions_work_through_pygithub(repository: Repository) -> None:
    issue = repository.create_issue("Lint fails")
    comment = issue.create_comment("Me too")
    comment.edit("Me as well")
    issue.create_reaction("eyes")
    comment.create_reaction("+1")
    assert [each.body for each in issue.get_comments()] == ["Me as well"]
    assert [each.content for each in comment.get_reactions()] == ["+1"]
    assert [each.content for each in issue.get_reactions()] == ["eyes"]
    comment.delete()
    assert [each.id for each in repository.get_issues_comments()] == []


def test_lists_are_followed_to_their_end_through_pygithub(repository: Repository) -> None:
    for title in "abcdefg":
        repository.create_issue(title)
    repository._requester.per_page = 3
    assert [each.title for each in repository.get_issues(state="all", direction="asc")] == list("abcdefg")
    assert repository.get_issues(state="all").totalCount == 7


def test_timeline_and_events_are_read_through_pygithub(box: Sandbox, repository: Repository) -> None:
    issue = repository.create_issue("Lint fails")
    issue.create_comment("Me too")
    issue.edit(title="Lint fails on main")
    repository.create_issue("Format fails", "See #1")
    sha = box.add_commit(REPOSITORY, "Fixes #1")
    timeline = list(issue.get_timeline())
    assert [each.event for each in timeline] == ["commented", "renamed", "cross-referenced", "referenced", "closed"]
    assert timeline[2].source is not None
    assert timeline[2].source.issue.number == 2
    assert timeline[4].commit_id == sha
    assert [each.event for each in issue.get_events()] == ["renamed", "referenced", "closed"]


def test_code_and_people_are_read_through_pygithub(box: Sandbox, repository: Repository) -> None:
    sha = box.add_commit(REPOSITORY, "Start")
    box.add_repository(REPOSITORY, files={"docs/setup file.md": "# Setup\n"})
    box.merge_pull(REPOSITORY, box.add_pull(REPOSITORY, "Change it"))
    assert [each.sha for each in repository.get_commits()][-1] == sha
    assert [each.merged for each in repository.get_pulls(state="closed")] == [True]
    content = repository.get_contents("docs/setup file.md")
    assert not isinstance(content, list)
    assert content.decoded_content == b"# Setup\n"
    assert repository.get_collaborator_role_name("maintainer") == "admin"


def test_an_issue_that_did_not_change_is_not_read_again_by_pygithub(box: Sandbox, repository: Repository) -> None:
    issue = repository.get_issue(repository.create_issue("Lint fails").number)
    assert issue.update() is False
    assert box.requests[-1].status == 304


def test_a_refusal_reaches_pygithub_with_its_errors(repository: Repository) -> None:
    with pytest.raises(GithubException) as refusal:
        repository.create_issue("x" * 257)
    assert refusal.value.status == 422
    assert refusal.value.data["errors"][0]["message"] == "title is too long (maximum is 256 characters)"
