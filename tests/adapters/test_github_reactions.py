"""Reactions over real HTTP: the bot's own become what is wanted, and nobody else's are touched."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from bot.ports import TrackerError
from bot.sandbox.exchange import Answer, Request
from bot.sandbox.faults import CUT_AFTER, Fault
from bot.sandbox.server import BOT
from tests.github_days import Days, days
from tests.issue_json import REPOSITORY

DONE, SEEN = frozenset({"+1"}), frozenset({"eyes"})


@pytest.fixture
def here() -> Iterator[Days]:
    with days() as made:
        made.file()
        yield made


def said(here: Days) -> int:
    with here.box.acting(REPOSITORY, "ann") as acts:
        return acts.comment(acts.repository.issues[1], "/friction ack").id


def react(here: Days, comment: int, *contents: str, by: str = BOT) -> None:
    for content in contents:
        with here.box.acting(REPOSITORY, by) as acts:
            acts.react(acts.repository.comments[comment], content)


def there(here: Days, comment: int) -> list[tuple[str, str]]:
    with here.box.acting(REPOSITORY) as acts:
        return sorted((each.login, each.content) for each in acts.repository.comments[comment].reactions)


def cost(here: Days, comment: int, wanted: frozenset[str]) -> list[tuple[str, int]]:
    """The method and status of every request that the reactions took."""
    with here.tracker() as github:
        github.login()
        before = len(here.box.requests)
        github.react(REPOSITORY, comment, wanted)
    return [(request.method, request.status) for request in here.box.requests[before:]]


def test_a_first_reaction_costs_a_look_and_a_post(here: Days) -> None:
    comment = said(here)
    assert cost(here, comment, SEEN) == [("GET", 200), ("POST", 201)]
    assert there(here, comment) == [(BOT, "eyes")]


def test_reactions_that_are_right_are_left_alone(here: Days) -> None:
    comment = said(here)
    react(here, comment, "+1")
    assert cost(here, comment, DONE) == [("GET", 200)]


def test_what_is_wanted_comes_before_the_old_goes(here: Days) -> None:
    comment = said(here)
    react(here, comment, "eyes", "confused")
    assert cost(here, comment, DONE) == [("GET", 200), ("POST", 201), ("DELETE", 204), ("DELETE", 204)]
    assert there(here, comment) == [(BOT, "+1")]


def test_reactions_of_people_and_other_kinds_stay(here: Days) -> None:
    comment = said(here)
    react(here, comment, "eyes", "+1", "-1", by="ann")
    react(here, comment, "heart", "eyes")
    assert cost(here, comment, frozenset()) == [("GET", 200), ("DELETE", 204)]
    assert there(here, comment) == [("ann", "+1"), ("ann", "-1"), ("ann", "eyes"), (BOT, "heart")]


def test_own_reactions_are_found_behind_those_of_many(here: Days) -> None:
    comment = said(here)
    for each in range(130):
        here.box.add_user(f"person{each}")
        react(here, comment, "+1", by=f"person{each}")
    react(here, comment, "eyes")
    assert cost(here, comment, DONE) == [("GET", 200), ("GET", 200), ("POST", 201), ("DELETE", 204)]


def test_a_reaction_that_is_there_after_all_is_no_error(here: Days) -> None:
    comment = said(here)
    react(here, comment, "+1")
    hidden = Fault(answer=Answer(200, []))
    here.box.fault = lambda request: hidden if request.method == "GET" and "reactions" in request.path else None
    assert cost(here, comment, DONE) == [("GET", 200), ("POST", 200)]


@pytest.mark.parametrize("method", ["GET", "POST", "DELETE"])
@pytest.mark.parametrize("status", [404, 410])
def test_a_comment_that_is_deleted_meanwhile_is_no_error(here: Days, method: str, status: int) -> None:
    comment = said(here)
    react(here, comment, "eyes")
    gone = Fault(answer=Answer(status, {"message": "Not Found"}))
    here.box.fault = lambda request: gone if request.method == method and "reactions" in request.path else None
    assert cost(here, comment, DONE)[-1] == (method, status)


def test_a_locked_conversation_is_said_to_be_locked(here: Days) -> None:
    comment = said(here)
    refused = Fault(answer=Answer(403, {"message": "Unable to create comment because issue is locked."}))
    here.box.fault = lambda request: refused if request.method == "POST" else None
    with pytest.raises(TrackerError) as raised:
        cost(here, comment, DONE)
    assert (raised.value.code, raised.value.unclear) == ("locked", False)


def test_a_reaction_behind_an_unclear_answer_can_be_made_again(here: Days) -> None:
    comment = said(here)
    here.box.fault = lambda request: CUT_AFTER if request.method == "POST" else None
    with pytest.raises(TrackerError) as raised:
        cost(here, comment, DONE)
    assert raised.value.unclear
    here.box.fault = None
    assert cost(here, comment, DONE) == [("GET", 200)]
    assert there(here, comment) == [(BOT, "+1")]


def test_what_is_no_list_of_reactions_is_an_error(here: Days) -> None:
    comment = said(here)
    here.box.fault = lambda request: Fault(answer=Answer(200, {})) if "reactions" in request.path else None
    with pytest.raises(TrackerError) as raised:
        cost(here, comment, DONE)
    assert raised.value.code == "unexpected_answer"


@pytest.mark.parametrize("entry", [None, {}, {"id": "x", "content": "eyes"}, {"id": 3, "content": None}])
def test_an_odd_entry_of_the_reactions_costs_only_itself(here: Days, entry: object) -> None:
    comment = said(here)

    def hook(request: Request) -> Fault | None:
        return Fault(answer=Answer(200, [entry])) if request.method == "GET" and "reactions" in request.path else None

    here.box.fault = hook
    assert cost(here, comment, DONE) == [("GET", 200), ("POST", 201)]
