"""Every answer of the sandbox is read by githubkit, whose models come from GitHub's own description of its API."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from githubkit import GitHub, TokenAuthStrategy
from githubkit_schemas.latest import models

from bot.sandbox.server import Sandbox
from tests.sandbox.api_client import REPOSITORY, Api, fits

OWNER, NAME = REPOSITORY.split("/")
ROOT = f"/repos/{REPOSITORY}"


@dataclass(frozen=True)
class Reader:
    """githubkit and a plain client, as the same account in the same sandbox; issue 1 has a comment, labels, a reaction."""

    box: Sandbox
    github: GitHub[TokenAuthStrategy]
    api: Api
    comment: int


@pytest.fixture(scope="module")
def reader() -> Iterator[Reader]:
    with Sandbox() as box:
        box.add_repository(REPOSITORY)
        github = GitHub(box.token, base_url=box.url, http_cache=False, auto_retry=False, trust_env=False)
        with github, Api(box.url, box.token) as api:
            api.open("Cannot import pandas", body="See #1", labels=["bug", "user-feedback"], assignees=["friction-bot"])
            comment = api.post(f"{ROOT}/issues/1/comments", {"body": "Me too"}).data["id"]
            api.post(f"{ROOT}/issues/1/reactions", {"content": "+1"})
            api.post(f"{ROOT}/issues/comments/{comment}/reactions", {"content": "eyes"})
            yield Reader(box, github, api, comment)


def test_issues_fit_the_model_alone_and_in_lists(reader: Reader) -> None:
    issues = reader.github.rest.issues
    (listed,) = issues.list_for_repo(OWNER, NAME).parsed_data
    one = issues.get(OWNER, NAME, 1).parsed_data
    assert (listed.title, one.title, one.state) == ("Cannot import pandas", "Cannot import pandas", "open")


def test_a_created_and_an_edited_issue_fit_the_model(reader: Reader) -> None:
    issues = reader.github.rest.issues
    made = issues.create(OWNER, NAME, title="Second", body=None, labels=["bug"]).parsed_data
    closed = issues.update(OWNER, NAME, made.number, state="closed", state_reason="not_planned").parsed_data
    assert (closed.state, closed.state_reason) == ("closed", "not_planned")
    assert closed.closed_at is not None


def test_comments_fit_the_model_alone_and_in_lists(reader: Reader) -> None:
    issues = reader.github.rest.issues
    assert [each.body for each in issues.list_comments(OWNER, NAME, 1).parsed_data] == ["Me too"]
    assert [each.body for each in issues.list_comments_for_repo(OWNER, NAME).parsed_data] == ["Me too"]
    assert issues.get_comment(OWNER, NAME, reader.comment).parsed_data.body == "Me too"


def test_labels_fit_the_model_everywhere(reader: Reader) -> None:
    issues = reader.github.rest.issues
    made = issues.create_label(OWNER, NAME, name="slow", color="ff0000", description="Takes long").parsed_data
    assert (made.name, made.color, made.description) == ("slow", "ff0000", "Takes long")
    assert {each.name for each in issues.list_labels_for_repo(OWNER, NAME).parsed_data} >= {"bug", "slow"}
    assert [each.name for each in issues.list_labels_on_issue(OWNER, NAME, 1).parsed_data] == ["bug", "user-feedback"]
    assert issues.get_label(OWNER, NAME, "bug").parsed_data.name == "bug"


def test_reactions_fit_the_model(reader: Reader) -> None:
    reactions = reader.github.rest.reactions
    assert [each.content for each in reactions.list_for_issue(OWNER, NAME, 1).parsed_data] == ["+1"]
    (eyes,) = reactions.list_for_issue_comment(OWNER, NAME, reader.comment).parsed_data
    assert eyes.content == "eyes"


def test_every_kind_of_happening_fits_a_model_of_the_timeline(reader: Reader) -> None:
    issues = reader.github.rest.issues
    path = f"{ROOT}/issues/{reader.api.open('Eventful', body='See #1')['number']}"
    for change in (
        {"title": "Renamed"},
        {"labels": ["bug"]},
        {"labels": []},
        {"assignees": ["friction-bot"]},
        {"assignees": []},
        {"state": "closed", "state_reason": "completed"},
        {"state": "open"},
    ):
        assert reader.api.call("PATCH", path, change).status == 200
    reader.api.post(f"{path}/comments", {"body": "Again @friction-bot"})
    reader.api.call("PUT", f"{path}/lock", {"lock_reason": "resolved"})
    reader.api.call("DELETE", f"{path}/lock")
    timeline = issues.list_events_for_timeline(OWNER, NAME, int(path.rpartition("/")[2])).parsed_data
    assert [str(each.event) for each in timeline] == [
        "renamed", "labeled", "unlabeled", "assigned", "unassigned", "closed", "reopened", "commented", "mentioned",
        "locked", "unlocked",
    ]  # fmt: skip
    assert "cross-referenced" in [each.event for each in issues.list_events_for_timeline(OWNER, NAME, 1).parsed_data]


def test_events_of_an_issue_fit_the_model(reader: Reader) -> None:
    reader.api.call("PATCH", f"{ROOT}/issues/1", {"state": "closed"})
    reader.api.call("PATCH", f"{ROOT}/issues/1", {"state": "open"})
    reply = reader.api.get(f"{ROOT}/issues/1/events")
    told = fits(list[models.IssueEvent], reply)
    assert [each["event"] for each in told][:3] == ["labeled", "labeled", "assigned"]
    assert [each["event"] for each in told][-2:] == ["closed", "reopened"]


def test_accounts_and_repositories_fit_their_models(reader: Reader) -> None:
    rest = reader.github.rest
    assert rest.users.get_authenticated().parsed_data.login == "friction-bot"
    assert rest.users.get_by_username("friction-bot").parsed_data.login == "friction-bot"
    repository = rest.repos.get(OWNER, NAME).parsed_data
    assert (repository.full_name, repository.default_branch, repository.has_issues) == (REPOSITORY, "main", True)
    level = rest.repos.get_collaborator_permission_level(OWNER, NAME, "friction-bot").parsed_data
    assert (level.permission, level.role_name) == ("admin", "admin")


def test_the_root_and_the_rate_limit_fit_their_models(reader: Reader) -> None:
    assert reader.github.rest.meta.root().parsed_data.rate_limit_url == f"{reader.box.url}/rate_limit"
    core = reader.github.rest.rate_limit.get().parsed_data.resources.core
    assert core.limit == 5000
    assert core.used + core.remaining == 5000


@pytest.mark.parametrize(
    ("method", "path", "fields", "status", "model"),
    [
        ("GET", "/repos/acme/nothing", None, 404, models.BasicError),
        ("GET", f"{ROOT}/issues/4711", None, 404, models.BasicError),
        ("POST", f"{ROOT}/issues", {"title": "x" * 257}, 422, models.ValidationError),
        ("POST", f"{ROOT}/issues/1/comments", {"body": ""}, 422, models.ValidationError),
        ("POST", f"{ROOT}/labels", {"name": "bug"}, 422, models.ValidationError),
        ("GET", f"{ROOT}/issues?since=yesterday", None, 422, models.ValidationError),
    ],
)
def test_refusals_fit_the_models_of_errors(
    reader: Reader, method: str, path: str, fields: object, status: int, model: type
) -> None:
    fits(model, reader.api.call(method, path, fields), status)


def test_commits_pull_requests_and_files_fit_their_models(reader: Reader) -> None:
    reader.box.add_repository("acme/code", files={"docs/setup.md": "# Setup\n"})
    sha = reader.box.add_commit("acme/code", "Start")
    number = reader.box.add_pull("acme/code", "Change it", "Better so")
    rest = reader.github.rest
    assert rest.repos.get_commit(OWNER, "code", sha).parsed_data.commit.message == "Start"
    assert [each.sha for each in rest.repos.list_commits(OWNER, "code").parsed_data] == [sha]
    assert [each.number for each in rest.pulls.list(OWNER, "code").parsed_data] == [number]
    assert rest.pulls.get(OWNER, "code", number).parsed_data.merged is False
    merge = reader.box.merge_pull("acme/code", number)
    merged = rest.pulls.get(OWNER, "code", number)
    assert (merged.parsed_data.merged, merged.json()["merge_commit_sha"]) == (True, merge)
    listed = rest.issues.list_for_repo(OWNER, "code", state="all").parsed_data
    assert [bool(each.pull_request) for each in listed] == [True]
    reply = reader.api.get("/repos/acme/code/contents/docs/setup.md")
    assert fits(models.ContentFile, reply)["content"] == "IyBTZXR1cAo=\n"
