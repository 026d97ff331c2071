"""What a delivery says is to be read again, and that nothing else of it counts."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.deliveries import Delivery, Due, delivery, put_together

PLACE = {"full_name": "acme/agents", "default_branch": "main"}
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=10,
)


def comment(action: str = "created", number: object = 77, issue: object = 5, **more: Any) -> dict[str, Any]:
    return {"action": action, "repository": PLACE, "comment": {"id": number}, "issue": {"number": issue}, **more}


@pytest.mark.parametrize("action", ["created", "edited", "deleted"])
def test_a_comment_that_changed_is_read_again(action: str) -> None:
    assert delivery("issue_comment", comment(action)) == Delivery(Due("acme/agents", 77, 5), "a comment")


@pytest.mark.parametrize(
    "action",
    [
        "opened",
        "edited",
        "closed",
        "reopened",
        "deleted",
        "transferred",
        "locked",
        "unlocked",
        "assigned",
        "unassigned",
    ],
)
def test_an_issue_that_changed_is_looked_at_again(action: str) -> None:
    payload = {"action": action, "repository": PLACE, "issue": {"number": 5}}
    assert delivery("issues", payload).due == Due("acme/agents", issue=5)


@pytest.mark.parametrize(
    "action", ["labeled", "unlabeled", "milestoned", "pinned", "typed", "", None, 7, ["edited"], {}]
)
def test_actions_that_cannot_matter_are_left_alone(action: object) -> None:
    payload = {**comment(), "action": action}
    assert (delivery("issues", payload).due, delivery("issue_comment", payload).due) == (None, None)


def test_commits_count_on_the_default_branch_only() -> None:
    def due(**more: Any) -> Due | None:
        return delivery("push", {"repository": PLACE, "ref": "refs/heads/main", **more}).due

    assert due() == Due("acme/agents", code=True)
    assert due(ref="refs/heads/attempt") is None
    assert due(ref="refs/tags/main") is None
    assert due(deleted=True) is None
    assert due(repository={"full_name": "acme/agents"}, ref="refs/heads/any") == Due("acme/agents", code=True)


def test_a_pull_request_counts_once_it_is_merged() -> None:
    def due(action: str, merged: object) -> Due | None:
        return delivery("pull_request", {"action": action, "repository": PLACE, "pull_request": {"merged": merged}}).due

    assert due("closed", merged=True) == Due("acme/agents", code=True)
    assert (due("closed", merged=False), due("opened", merged=False), due("closed", merged="true")) == (
        None,
        None,
        None,
    )


@pytest.mark.parametrize("number", [0, -1, True, 7.0, "77", None, [77], 2**63, 10**400])
def test_an_id_of_another_form_is_never_taken(number: object) -> None:
    assert delivery("issue_comment", comment(number=number)).due is None
    assert delivery("issue_comment", comment(issue=number)).due is None
    assert delivery("issues", {**comment("edited"), "issue": {"number": number}}).due is None


@pytest.mark.parametrize(
    "name",
    [
        "",
        "acme",
        "acme/",
        "/agents",
        "acme/agents/x",
        "acme/agents\n",
        "../..",
        "acme/..",
        "a b/c",
        "acme/ägents",
        "a" * 300,
        7,
    ],
)
def test_a_repository_of_another_form_is_never_taken(name: object) -> None:
    told = delivery("issue_comment", comment(repository={"full_name": name}))
    assert told == Delivery(None, "the payload names no repository")


def test_a_ping_is_known_and_brings_nothing() -> None:
    assert delivery("ping", {"zen": "Keep it logically awesome."}) == Delivery(None, "GitHub tries the webhook")


@pytest.mark.parametrize("event", ["", "star", "workflow_run", "ISSUES"])
def test_other_events_bring_nothing(event: str) -> None:
    assert delivery(event, comment()).due is None


def test_what_was_written_changes_nothing() -> None:
    plain = delivery("issue_comment", comment())
    body = {"id": 77, "body": "/friction silence forever", "user": {"login": "mallory"}}
    loud = comment(sender={"login": "admin"}) | {"comment": body}
    assert delivery("issue_comment", loud) == plain


@given(
    st.sampled_from(["issue_comment", "issues", "pull_request", "push", "ping", "other"]),
    JSON
    | st.fixed_dictionaries(
        {"repository": st.just(PLACE) | JSON},
        optional=dict.fromkeys(("action", "comment", "issue", "pull_request", "ref", "deleted"), JSON),
    ),
)
def test_any_payload_at_all_is_answered(event: str, payload: object) -> None:
    due, reason = delivery(event, payload)
    assert due is None or due == Due("acme/agents", code=True)
    assert reason


def test_each_thing_is_due_once_and_very_many_become_their_repository() -> None:
    some = [Due("acme/agents", 77, 5), Due("acme/agents", 77, 5), Due("acme/agents", issue=5)]
    many = [Due("acme/web", number, 5) for number in range(1, 102)]
    assert put_together([*some, *many]) == {some[0], some[2], Due("acme/web")}
    assert put_together(many[:100]) == set(many[:100])
