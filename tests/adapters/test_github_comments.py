"""Comments over real HTTP, and what a whole cycle costs in which nothing changed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from bot.adapters.github import GithubTracker
from bot.ports import TrackerError
from bot.sandbox.exchange import Answer, Request
from bot.sandbox.faults import BAD_GATEWAY_AFTER, BAD_GATEWAY_BEFORE, CUT_AFTER, CUT_BEFORE, Fault
from tests.github_days import Days, days
from tests.issue_json import REPOSITORY

LONG_AGO = datetime(2026, 1, 1, tzinfo=UTC)


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
        github.talk(REPOSITORY, LONG_AGO)

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


def test_all_comments_of_an_issue_are_read_over_all_pages(here: Days) -> None:
    here.file()
    for each in range(230):
        say(here, f"Comment {each}")
    with here.tracker() as github:
        assert [each.body for each in github.comments(REPOSITORY, 1)] == [f"Comment {each}" for each in range(230)]


def test_comments_of_an_issue_cost_nothing_where_none_changed(here: Days) -> None:
    here.file()
    for each in range(130):
        say(here, f"Comment {each}")
    path = "/issues/1/comments"
    assert here.cost(lambda github: github.comments(REPOSITORY, 1))[-2:] == [(path, 200), (path, 200)]
    assert here.cost(lambda github: github.comments(REPOSITORY, 1)) == [(path, 304), (path, 304)]
    say(here, "One more")
    assert here.cost(lambda github: github.comments(REPOSITORY, 1)) == [(path, 304), (path, 200)]
    with here.tracker() as github:
        found = github.comments(REPOSITORY, 1)
    assert [each.body for each in found] == [*(f"Comment {each}" for each in range(130)), "One more"]


def test_a_full_page_that_did_not_change_hides_no_page_behind_it(here: Days) -> None:
    here.file()
    for each in range(100):
        say(here, f"Comment {each}")
    with here.tracker() as github:
        github.comments(REPOSITORY, 1)
    say(here, "One more")
    with here.tracker() as github:
        assert len(github.comments(REPOSITORY, 1)) == 101


def test_a_deleted_comment_leaves_the_others(here: Days) -> None:
    here.file()
    for each in range(3):
        say(here, f"Comment {each}")
    with here.tracker() as github:
        first, *others = github.comments(REPOSITORY, 1)
        with here.box.acting(REPOSITORY, "ann") as acts:
            acts.uncomment(acts.repository.comments[first.id])
        assert github.comments(REPOSITORY, 1) == tuple(others)


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
        assert github.comments(REPOSITORY, 1) == ()


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
        with pytest.raises(TrackerError) as raised:
            github.comments(REPOSITORY, 1)
        assert raised.value.code == "unexpected_answer"


@pytest.mark.parametrize("data", [None, [], {"id": 4711}, {"id": 1, "issue_url": "x/1", "created_at": "?"}])
def test_what_is_no_comment_is_an_error_and_not_deleted(here: Days, data: object) -> None:
    here.file()
    say(here, "Hello")
    here.box.fault = lambda request: Fault(answer=Answer(200, data)) if "/comments/" in request.path else None
    with here.tracker() as github, pytest.raises(TrackerError) as raised:
        github.remark(REPOSITORY, 1)
    assert raised.value.code == "unexpected_answer"


@pytest.mark.parametrize("status", [401, 403, 429, 451, 500, 503])
def test_a_refusal_is_an_error_and_no_deleted_comment(here: Days, status: int) -> None:
    here.file()
    here.box.fault = lambda request: Fault(answer=Answer(status, {})) if "/comments/" in request.path else None
    with here.tracker() as github, pytest.raises(TrackerError):
        github.remark(REPOSITORY, 1)


def test_a_comment_is_not_deleted_where_the_whole_repository_is_hidden(here: Days) -> None:
    here.file()
    hidden = Fault(answer=Answer(404, {"message": "Not Found"}))
    here.box.fault = lambda request: hidden if request.path.startswith("/repos/") else None
    with here.tracker() as github, pytest.raises(TrackerError) as raised:
        github.remark(REPOSITORY, 1)
    assert raised.value.code == "not_found"


def test_comments_are_not_deleted_where_issues_are_switched_off(here: Days) -> None:
    here.file()
    off, without = Answer(410, {"message": "Issues has been disabled"}), Answer(200, {"has_issues": False})

    def hook(request: Request) -> Fault | None:
        if "/comments/" in request.path:
            return Fault(answer=off)
        return Fault(answer=without) if request.path == f"/repos/{REPOSITORY}" else None

    here.box.fault = hook
    with here.tracker() as github, pytest.raises(TrackerError) as raised:
        github.remark(REPOSITORY, 1)
    assert raised.value.code == "issues_disabled"


@pytest.mark.parametrize("status", [404, 410])
def test_a_comment_that_github_does_not_show_any_more_is_deleted(here: Days, status: int) -> None:
    here.file()
    here.box.fault = lambda request: Fault(answer=Answer(status, {})) if "/comments/" in request.path else None
    with here.tracker() as github:
        assert github.remark(REPOSITORY, 1) is None


def test_rewording_is_one_patch_that_is_never_repeated(here: Days) -> None:
    here.file()
    with here.tracker() as github:
        said = github.comment(REPOSITORY, 1, "2w")
        assert here.cost(lambda other: other.reword(REPOSITORY, said.id, "3w")) == [
            (f"/issues/comments/{said.id}", 200),
            (f"/issues/comments/{said.id}", 200),
        ]
        here.box.fault = on("PATCH", CUT_AFTER)  # type: ignore[assignment]
        with pytest.raises(TrackerError) as raised:
            github.reword(REPOSITORY, said.id, "4w")
        assert raised.value.unclear
        assert [each.body for each in github.comments(REPOSITORY, 1)] == ["4w"]
    assert sum(request.method == "PATCH" for request in here.box.requests) == 2


def test_rewording_that_is_answered_with_something_else_is_unclear(here: Days) -> None:
    here.file()
    with here.tracker() as github:
        said = github.comment(REPOSITORY, 1, "2w")
        here.box.fault = on("PATCH", Fault(answer=Answer(200, {"id": 4711})))  # type: ignore[assignment]
        with pytest.raises(TrackerError) as raised:
            github.reword(REPOSITORY, said.id, "3w")
    assert (raised.value.code, raised.value.unclear) == ("unexpected_answer", True)


def test_a_comment_deleted_between_look_and_rewording_is_not_found(here: Days) -> None:
    here.file()
    with here.tracker() as github:
        said = github.comment(REPOSITORY, 1, "2w")
        here.box.fault = on("PATCH", Fault(answer=Answer(404, {"message": "Not Found"})))  # type: ignore[assignment]
        with pytest.raises(TrackerError) as raised:
            github.reword(REPOSITORY, said.id, "3w")
    assert (raised.value.code, raised.value.unclear) == ("not_found", False)


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
