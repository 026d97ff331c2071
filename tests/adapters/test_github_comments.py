"""Comments over real HTTP, and what a whole cycle costs in which nothing changed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from bot.adapters.github import GithubTracker
from bot.ports import TrackerError
from bot.sandbox.exchange import Answer, Request
from bot.sandbox.faults import BAD_GATEWAY_AFTER, BAD_GATEWAY_BEFORE, CUT_AFTER, CUT_BEFORE, Fault
from tests.github_days import Days, days
from tests.issue_json import REPOSITORY


@pytest.fixture
def here() -> Iterator[Days]:
    with days() as made:
        yield made


def say(here: Days, body: str, number: int = 1, *, by: str = "ann") -> None:
    here.clock.later(minutes=1)
    with here.box.acting(REPOSITORY, by) as acts:
        acts.comment(acts.repository.issues[number], body)


def on(method: str, fault: Fault) -> object:
    return lambda request: fault if request.method == method else None


def cycle(here: Days, *known: int) -> list[tuple[str, int]]:
    """What GitHub is asked by a run that looks at everything and has nothing to do."""

    def look(github: GithubTracker) -> None:
        found = github.glance(REPOSITORY, frozenset(known), here.clock())
        github.commits(REPOSITORY)
        for issue in found.issues:
            github.history(issue)
        github.comments(REPOSITORY)

    return here.cost(look)


def test_a_cycle_in_which_nothing_changed_costs_three_answers_304(here: Days) -> None:
    numbers = [here.file(f"Issue {each}") for each in range(3)]
    here.box.add_commit(REPOSITORY, "Fixes #2")
    say(here, "Hello")
    cycle(here, *numbers)
    here.clock.later(minutes=5)
    cycle(here, *numbers)
    here.clock.later(minutes=5)
    assert cycle(here, *numbers) == [("/issues", 304), ("/commits", 304), ("/issues/comments", 304)]


def test_one_comment_costs_one_answer_more(here: Days) -> None:
    numbers = [here.file(f"Issue {each}") for each in range(3)]
    here.box.add_commit(REPOSITORY, "Begin")
    cycle(here, *numbers)
    say(here, "Hello", 2)
    assert cycle(here, *numbers) == [
        ("/issues", 200),
        ("/commits", 304),
        ("/issues/2/timeline", 200),
        ("/issues/comments", 200),
    ]


def test_the_newest_hundred_comments_come_oldest_first(here: Days) -> None:
    here.file()
    for each in range(104):
        say(here, f"Comment {each}")
    with here.tracker() as github:
        found = github.comments(REPOSITORY)
    assert [each.body for each in found] == [f"Comment {each}" for each in range(4, 104)]


def test_all_comments_of_an_issue_are_read_over_all_pages(here: Days) -> None:
    here.file()
    for each in range(230):
        say(here, f"Comment {each}")
    with here.tracker() as github:
        assert [each.body for each in github.comments(REPOSITORY, 1)] == [f"Comment {each}" for each in range(230)]


@pytest.mark.parametrize("fault", [BAD_GATEWAY_AFTER, CUT_AFTER])
def test_a_comment_behind_an_unclear_answer_is_there_once(here: Days, fault: Fault) -> None:
    here.file()
    here.box.fault = on("POST", fault)  # type: ignore[assignment]
    with here.tracker() as github:
        with pytest.raises(TrackerError) as raised:
            github.comment(REPOSITORY, 1, "This is back.")
        assert raised.value.unclear
        assert [each.body for each in github.comments(REPOSITORY, 1)] == ["This is back."]


@pytest.mark.parametrize("fault", [BAD_GATEWAY_BEFORE, CUT_BEFORE])
def test_a_comment_that_never_arrived_is_unclear_and_not_there(here: Days, fault: Fault) -> None:
    here.file()
    here.box.fault = on("POST", fault)  # type: ignore[assignment]
    with here.tracker() as github:
        with pytest.raises(TrackerError) as raised:
            github.comment(REPOSITORY, 1, "This is back.")
        assert (raised.value.unclear, github.comments(REPOSITORY, 1)) == (True, ())


def test_a_comment_whose_answer_has_no_id_is_unclear(here: Days) -> None:
    here.file()

    def without(answer: Answer) -> Answer:
        return replace(answer, data={**answer.data, "id": None})

    here.box.fault = on("POST", Fault(change=without))  # type: ignore[assignment]
    with here.tracker() as github, pytest.raises(TrackerError) as raised:
        github.comment(REPOSITORY, 1, "This is back.")
    assert (raised.value.code, raised.value.unclear) == ("unexpected_answer", True)


def test_a_deletion_behind_an_unclear_answer_can_be_asked_for_again(here: Days) -> None:
    here.file()
    with here.tracker() as github:
        said = github.comment(REPOSITORY, 1, "Twice.")
        here.box.fault = on("DELETE", CUT_AFTER)  # type: ignore[assignment]
        with pytest.raises(TrackerError) as raised:
            github.delete_comment(REPOSITORY, said.id)
        assert raised.value.unclear
        here.box.fault = None
        github.delete_comment(REPOSITORY, said.id)
        assert github.comments(REPOSITORY) == ()


def test_a_comment_deleted_between_look_and_deletion_is_deleted(here: Days) -> None:
    here.file()
    with here.tracker() as github:
        said = github.comment(REPOSITORY, 1, "Twice.")
        here.box.fault = on("DELETE", Fault(answer=Answer(404, {"message": "Not Found"})))  # type: ignore[assignment]
        github.delete_comment(REPOSITORY, said.id)


def test_what_is_no_list_of_comments_is_an_error(here: Days) -> None:
    def hook(request: Request) -> Fault | None:
        return Fault(answer=Answer(200, [{"id": 1}])) if request.path.endswith("/comments") else None

    here.file()
    here.box.fault = hook
    with here.tracker() as github:
        for issue in (None, 1):
            with pytest.raises(TrackerError) as raised:
                github.comments(REPOSITORY, issue)
            assert raised.value.code == "unexpected_answer"


@pytest.mark.parametrize("fault", [BAD_GATEWAY_AFTER, CUT_AFTER])
def test_a_close_behind_an_unclear_answer_is_sent_once_and_seen_later(here: Days, fault: Fault) -> None:
    here.file()
    issue = here.issue()
    here.box.fault = on("PATCH", fault)  # type: ignore[assignment]
    with here.tracker() as github, pytest.raises(TrackerError) as raised:
        github.edit(issue, state="closed", reason="completed")
    assert raised.value.unclear
    assert sum(request.method == "PATCH" for request in here.box.requests) == 1
    assert (here.issue().state, here.issue().state_reason) == ("closed", "completed")
