"""What happens on GitHub by other ways than the API the bot uses: over HTTP, for an administrator only."""

from __future__ import annotations

import pytest

from bot.sandbox.server import Sandbox
from tests.sandbox.api_client import REPOSITORY, Api

OWN = f"/sandbox/repos/{REPOSITORY}"


def test_accounts_and_repositories_are_made_over_http(box: Sandbox, api: Api) -> None:
    assert api.post("/sandbox/users", {"login": "ann", "token": "ann-token", "permission": "triage"}).status == 201
    assert api.post("/sandbox/repositories", {"name": "acme/gadgets"}).data["full_name"] == "acme/gadgets"
    assert api.get("/repos/acme/gadgets/collaborators/ann/permission").data["role_name"] == "triage"
    with Api(box.url, "ann-token") as ann:
        assert ann.get("/user").data["login"] == "ann"


def test_a_pushed_commit_closes_what_it_fixes(api: Api) -> None:
    api.open()
    fields = {"message": "Fixes #1", "sha": "a" * 40, "date": "2026-02-01T10:00:00+02:00", "author": "maintainer"}
    assert api.post(f"{OWN}/commits", fields).status == 201
    commit = api.get(f"/repos/{REPOSITORY}/commits/{'a' * 7}").data
    assert commit["commit"]["committer"]["date"] == "2026-02-01T08:00:00Z"
    issue = api.get(f"/repos/{REPOSITORY}/issues/1").data
    assert (issue["state"], issue["closed_by"]["login"]) == ("closed", "maintainer")


def test_a_merged_pull_request_closes_what_it_fixes(api: Api) -> None:
    api.open()
    made = api.post(f"{OWN}/pulls", {"title": "Declare pandas", "body": "Closes #1"})
    assert (made.status, made.data["number"], made.data["merged"]) == (201, 2, False)
    assert api.post(f"{OWN}/pulls/2/merge", {"author": "maintainer"}).data["merged_by"]["login"] == "maintainer"
    assert api.get(f"/repos/{REPOSITORY}/issues/1").data["state"] == "closed"
    assert api.post(f"{OWN}/pulls/2/merge").status == 405
    assert api.post(f"{OWN}/pulls/1/merge").status == 404


def test_an_issue_is_deleted_or_moved_over_http(box: Sandbox, api: Api) -> None:
    box.add_repository("acme/gadgets")
    api.open("One")
    api.open("Two")
    assert api.post(f"{OWN}/issues/1/delete").status == 204
    assert api.post(f"{OWN}/issues/2/transfer", {"to": "acme/gadgets"}).data == {
        "repository": "acme/gadgets",
        "number": 1,
    }
    assert [api.get(f"/repos/{REPOSITORY}/issues/{number}").status for number in (1, 2)] == [410, 301]
    assert api.get("/repos/acme/gadgets/issues/1").data["title"] == "Two"


def test_a_renamed_repository_answers_301_under_its_old_name(box: Sandbox, api: Api) -> None:
    api.open()
    box.rename_repository(REPOSITORY, "acme/gadgets")
    moved = api.get(f"/repos/{REPOSITORY}/issues/1")
    assert moved.status == 301
    assert api.get(moved.headers["Location"]).data["html_url"].endswith("/acme/gadgets/issues/1")


@pytest.mark.parametrize(
    "path", ["/sandbox/users", "/sandbox/repositories", f"{OWN}/commits", f"{OWN}/issues/1/delete"]
)
def test_only_an_administrator_may_do_such_things(box: Sandbox, path: str) -> None:
    box.add_user("ann", "ann-token", "maintain")
    for token in ("", "ann-token"):
        with Api(box.url, token) as caller:
            assert caller.post(path, {"login": "x", "name": "acme/x", "message": "x"}).status == 403


@pytest.mark.parametrize(
    ("path", "fields"),
    [
        ("/sandbox/users", {"login": "not a login"}),
        ("/sandbox/users", {"login": "ann", "permission": "god"}),
        ("/sandbox/users", {"login": "ann", "token": "two words"}),
        ("/sandbox/repositories", {"name": "acme"}),
        ("/sandbox/repositories", {"name": "acme/.."}),
        (f"{OWN}/commits", {}),
        (f"{OWN}/commits", {"message": "x", "date": "monday"}),
    ],
)
def test_what_cannot_be_made_is_refused(api: Api, path: str, fields: object) -> None:
    assert api.post(path, fields).status == 422


def test_a_label_may_be_named_in_any_script(api: Api) -> None:
    made = api.post(f"/repos/{REPOSITORY}/labels", {"name": "日本/語 & mehr", "color": "00ff00"})
    assert made.status == 201
    assert api.get(made.headers["Location"]).data["name"] == "日本/語 & mehr"
