"""What can be done to issues over the API."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from bot.sandbox.server import Sandbox
from tests.sandbox.api_client import REPOSITORY, Api

ROOT = f"/repos/{REPOSITORY}"
ISSUE = f"{ROOT}/issues/1"


@pytest.fixture
def api(box: Sandbox) -> Iterator[Api]:
    with Api(box.url, box.token) as client:
        yield client


def patch(api: Api, path: str = ISSUE, **fields: object) -> dict[str, object]:
    reply = api.call("PATCH", path, fields)
    assert reply.status == 200, reply.data
    assert isinstance(reply.data, dict)
    return reply.data


def names(api: Api, path: str = f"{ISSUE}/labels") -> list[str]:
    return [each["name"] for each in api.get(path).data]


def test_issues_are_numbered_from_one(api: Api) -> None:
    assert [api.open("a")["number"], api.open("b")["number"]] == [1, 2]


def test_a_new_issue_makes_the_labels_it_names(api: Api) -> None:
    made = api.open(labels=["bug", {"name": "user-feedback"}])
    assert [each["name"] for each in made["labels"]] == ["bug", "user-feedback"]
    assert names(api, f"{ROOT}/labels") == ["bug", "user-feedback"]


def test_labels_of_a_caller_without_push_access_are_dropped_without_a_word(box: Sandbox) -> None:
    box.add_user("ann", "ann-token", "read")
    with Api(box.url, "ann-token") as ann:
        assert ann.open(labels=["bug"])["labels"] == []


def test_an_edit_leaves_what_it_does_not_name(api: Api) -> None:
    api.open("Old", body="Body", labels=["bug"])
    edited = patch(api, title="New")
    assert (edited["title"], edited["body"], len(api.get(ISSUE).data["labels"])) == ("New", "Body", 1)


def test_labels_in_an_edit_replace_the_set(api: Api) -> None:
    api.open(labels=["bug", "slow"])
    patch(api, labels=["bug", "new"])
    assert names(api) == ["bug", "new"]


@pytest.mark.parametrize("reason", ["completed", "not_planned", "duplicate"])
def test_a_closed_issue_tells_who_closed_it_when_and_why(api: Api, reason: str) -> None:
    api.open()
    patch(api, state="closed", state_reason=reason)
    closed = api.get(ISSUE).data
    assert (closed["state"], closed["state_reason"], closed["closed_by"]["login"]) == ("closed", reason, "friction-bot")
    assert closed["closed_at"] == closed["updated_at"]


def test_an_issue_closed_without_a_reason_is_completed(api: Api) -> None:
    api.open()
    assert patch(api, state="closed")["state_reason"] == "completed"


def test_a_reopened_issue_tells_that_it_was(api: Api) -> None:
    api.open()
    patch(api, state="closed")
    opened = patch(api, state="open")
    assert (opened["state"], opened["state_reason"], opened["closed_at"], opened["closed_by"]) == (
        "open",
        "reopened",
        None,
        None,
    )


def test_a_body_of_null_comes_back_as_null(api: Api) -> None:
    api.open(body="Text")
    assert patch(api, body=None)["body"] is None


def test_texts_come_back_as_they_were_sent(api: Api) -> None:
    text = 'tab\there\r\n\u200bzero \U0001f9ea <b>&amp;</b> \\ "quoted"\x7f'
    assert api.open(text, body=text)["body"] == text
    assert api.get(ISSUE).data["title"] == text


def test_half_of_a_surrogate_pair_comes_back_as_a_question_mark(api: Api) -> None:
    assert api.open("a\ud800b \U0001f9ea")["title"] == "a?b \U0001f9ea"


def test_who_may_not_triage_cannot_close_others_issues(box: Sandbox, api: Api) -> None:
    api.open()
    box.add_user("ann", "ann-token", "read")
    with Api(box.url, "ann-token") as ann:
        assert ann.call("PATCH", ISSUE, {"state": "closed"}).status == 403
    assert api.get(ISSUE).data["state"] == "open"


def test_labels_of_an_issue_are_added_set_and_removed(api: Api) -> None:
    api.open(labels=["a"])
    api.post(f"{ISSUE}/labels", {"labels": ["b", "c"]})
    assert names(api) == ["a", "b", "c"]
    assert api.call("DELETE", f"{ISSUE}/labels/b").status == 200
    assert names(api) == ["a", "c"]
    assert api.call("DELETE", f"{ISSUE}/labels/b").status == 404
    api.call("PUT", f"{ISSUE}/labels", {"labels": ["d"]})
    assert names(api) == ["d"]
    assert api.call("DELETE", f"{ISSUE}/labels").status == 204
    assert names(api) == []


def test_a_renamed_label_is_renamed_on_issues_and_a_deleted_one_gone(api: Api) -> None:
    api.open(labels=["bug", "tool:Bash / Read"])
    assert patch(api, f"{ROOT}/labels/BUG", new_name="defect", color="00ff00")["color"] == "00ff00"
    assert names(api) == ["defect", "tool:Bash / Read"]
    assert api.call("DELETE", f"{ROOT}/labels/tool:Bash%20%2F%20Read").status == 204
    assert names(api) == ["defect"]


def test_a_comment_is_made_edited_and_deleted(api: Api) -> None:
    api.open()
    made = api.post(f"{ISSUE}/comments", {"body": "One"})
    place = f"{ROOT}/issues/comments/{made.data['id']}"
    assert (made.status, api.get(ISSUE).data["comments"]) == (201, 1)
    assert patch(api, place, body="Two")["body"] == "Two"
    assert api.call("DELETE", place).status == 204
    assert (api.get(place).status, api.get(ISSUE).data["comments"]) == (404, 0)


def test_a_locked_issue_takes_comments_only_of_who_may_write(box: Sandbox, api: Api) -> None:
    api.open()
    box.add_user("ann", "ann-token", "read")
    assert api.call("PUT", f"{ISSUE}/lock", {"lock_reason": "spam"}).status == 204
    locked = api.get(ISSUE).data
    assert (locked["locked"], locked["active_lock_reason"]) == (True, "spam")
    with Api(box.url, "ann-token") as ann:
        assert ann.post(f"{ISSUE}/comments", {"body": "No"}).status == 403
        assert api.post(f"{ISSUE}/comments", {"body": "Yes"}).status == 201
        assert api.call("DELETE", f"{ISSUE}/lock").status == 204
        assert ann.post(f"{ISSUE}/comments", {"body": "Now"}).status == 201


def test_the_same_reaction_again_answers_200_and_counts_once(api: Api) -> None:
    api.open()
    first = api.post(f"{ISSUE}/reactions", {"content": "+1"})
    again = api.post(f"{ISSUE}/reactions", {"content": "+1"})
    assert (first.status, again.status, first.data["id"]) == (201, 200, again.data["id"])
    assert api.get(ISSUE).data["reactions"]["+1"] == 1
    assert api.call("DELETE", f"{ISSUE}/reactions/{first.data['id']}").status == 204
    assert api.get(f"{ISSUE}/reactions").data == []
    assert api.post(f"{ISSUE}/reactions", {"content": "thumbs"}).status == 422


def test_the_api_stands_under_api_v3_as_on_an_enterprise_server(box: Sandbox, api: Api) -> None:
    api.open()
    with Api(f"{box.url}/api/v3", box.token) as enterprise:
        there = enterprise.get(ISSUE)
    assert there.status == 200
    assert there.data["url"] == f"{box.url}/api/v3{ISSUE}"
