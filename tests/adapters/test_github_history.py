"""What happened to an issue, over real HTTP: closes with their changes, references, and what an issue is a duplicate of."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from bot.adapters.github import GithubTracker
from bot.adapters.github_history import duplicate_of
from bot.core.history import Change, Happening, History
from bot.core.marker import Marker, region
from bot.ports import TrackerError
from bot.sandbox.exchange import Answer, Request
from bot.sandbox.faults import BAD_GATEWAY_BEFORE, Fault
from tests.github_days import Days, days
from tests.issue_json import FINGERPRINT, KEY, NONCE, REPOSITORY

MADE = datetime(2026, 1, 31, 8, 0, tzinfo=UTC)


@pytest.fixture
def here() -> Iterator[Days]:
    with days() as made:
        yield made


def history(here: Days, number: int = 1) -> History:
    issue = here.issue(number)
    with here.tracker() as github:
        return github.history(issue)


def close(here: Days, number: int = 1, *, by: str = "ann", reason: str = "completed") -> datetime:
    at = here.clock.later(hours=1)
    with here.box.acting(REPOSITORY, by) as acts:
        acts.close(acts.repository.issues[number], reason)
    return at


def test_a_person_who_closes_and_one_who_reopens_are_told_in_order(here: Days) -> None:
    here.file()
    closed = close(here, reason="not_planned")
    reopened = here.clock.later(hours=1)
    with here.box.acting(REPOSITORY, "bob") as acts:
        acts.reopen(acts.repository.issues[1])
    again = close(here, by="friction-bot")
    assert history(here).happenings == (
        Happening("closed", closed, "ann", own=False, reason="not_planned"),
        Happening("reopened", reopened, "bob"),
        Happening("closed", again, "friction-bot", own=True, reason="completed"),
    )


def test_a_commit_that_closes_is_told_with_its_committer_date(here: Days) -> None:
    here.file()
    pushed = here.clock.later(hours=1)
    sha = here.box.add_commit(REPOSITORY, "Pin pandas\n\nFixes #1", login="ann", at=MADE)
    change = Change(sha, MADE, "Pin pandas\n\nFixes #1", sha)
    assert history(here) == History(
        (Happening("closed", pushed, "ann", reason="completed", change=change),), (change,), None
    )


def test_a_pull_request_that_closes_is_told_with_the_time_of_its_merge(here: Days) -> None:
    here.file()
    pull = here.box.add_pull(REPOSITORY, "Pin pandas", "Closes #1", login="ann")
    merged = here.clock.later(hours=1)
    sha = here.box.merge_pull(REPOSITORY, pull, login="ann", message="Pin pandas")
    change = Change("#2", merged, "Pin pandas\n\nCloses #1", sha)
    found = history(here)
    assert found.happenings == (Happening("closed", merged, "ann", reason="completed", change=change),)
    assert found.changes == (change,)


def test_a_merged_pull_request_that_only_names_the_issue_is_a_reference(here: Days) -> None:
    here.file()
    pull = here.box.add_pull(REPOSITORY, "Look into it", "See #1", login="ann")
    assert history(here).changes == ()
    here.clock.later(hours=1)
    sha = here.box.merge_pull(REPOSITORY, pull, login="ann", message="Look into it")
    with here.tracker() as github:
        github.commits(REPOSITORY)
    assert history(here).changes == (Change("#2", here.clock(), "Look into it\n\nSee #1", sha),)


def test_a_pull_request_merged_elsewhere_than_the_default_branch_is_none(here: Days) -> None:
    here.file()
    here.box.add_commit(REPOSITORY, "Begin")
    pull = here.box.add_pull(REPOSITORY, "Pin pandas", "Fixes #1", base="release-1")
    here.box.merge_pull(REPOSITORY, pull, message="Pin pandas")
    assert history(here) == History()


def test_a_commit_that_is_only_on_another_branch_does_not_count(here: Days) -> None:
    here.file()
    here.box.add_commit(REPOSITORY, "Begin")
    here.box.add_commit(REPOSITORY, "Try to fix #1", branch="wip")
    sha = here.box.add_commit(REPOSITORY, "See #1", at=MADE)
    assert history(here).changes == (Change(sha, MADE, "See #1", sha),)


def test_a_commit_of_another_repository_that_closes_is_the_change(here: Days) -> None:
    here.file()
    here.box.add_repository("octo/fork")
    sha = here.box.add_commit("octo/fork", f"Fixes {REPOSITORY}#1", at=MADE)
    (closed,) = history(here).happenings
    assert closed.change == Change(sha, MADE, f"Fixes {REPOSITORY}#1", sha)


def test_an_issue_that_did_not_change_costs_nothing(here: Days) -> None:
    here.file()
    here.box.add_commit(REPOSITORY, "Fixes #1")
    close(here)
    issue, first = here.issue(), history(here)
    assert here.cost(lambda github: github.history(issue)) == []
    with here.tracker() as github:
        assert github.history(issue) == first


def test_without_any_commit_issues_that_did_not_change_cost_nothing(here: Days) -> None:
    issues = [here.file(f"Issue {each}") for each in range(3)]
    known = [here.issue(number) for number in issues]

    def look(github: GithubTracker) -> None:
        for issue in known:
            github.history(issue)

    timelines = [(f"/issues/{number}/timeline", 200) for number in issues]
    assert (here.cost(look), here.cost(look)) == ([("/commits", 409), *timelines], [])


def test_an_issue_that_changed_is_asked_for_again_by_its_tag(here: Days) -> None:
    here.file()
    close(here)
    history(here)
    here.clock.later(hours=1)
    with here.box.acting(REPOSITORY, "ann") as acts:
        acts.label(acts.repository.issues[1], ["bug"], create=True)
    issue = here.issue()
    assert here.cost(lambda github: github.history(issue)) == [("/commits", 409), ("/issues/1/timeline", 200)]


def test_new_commits_make_an_issue_be_asked_for_again_without_cost(here: Days) -> None:
    here.file()
    close(here)
    here.box.add_commit(REPOSITORY, "First")
    issue = here.issue()
    with here.tracker() as github:
        github.history(issue)
        here.box.add_commit(REPOSITORY, "Second")
        github.commits(REPOSITORY)
    assert here.cost(lambda github: github.history(issue)) == [("/issues/1/timeline", 304)]


def test_a_history_that_is_cut_off_is_an_error_and_not_remembered(here: Days) -> None:
    here.file()
    pull = here.box.add_pull(REPOSITORY, "Pin pandas", "Closes #1", login="ann")
    here.box.merge_pull(REPOSITORY, pull, login="ann")
    here.box.fault = lambda request: BAD_GATEWAY_BEFORE if request.path == "/graphql" else None
    with pytest.raises(TrackerError) as raised:
        history(here)
    assert raised.value.code == "unavailable"
    here.box.fault = None
    (closed,) = history(here).happenings
    assert closed.change


@pytest.mark.parametrize(
    "answer",
    [
        Answer(403, {"message": "Resource not accessible by integration"}),
        Answer(200, {"data": None, "errors": [{"message": "Field 'closer' doesn't exist"}]}),
        Answer(200, [1]),
    ],
)
def test_without_graphql_the_rest_is_still_told(here: Days, answer: Answer) -> None:
    here.file()
    pull = here.box.add_pull(REPOSITORY, "Pin pandas", "Closes #1", login="ann")
    here.box.merge_pull(REPOSITORY, pull, login="ann")
    here.box.fault = lambda request: Fault(answer=answer) if request.path == "/graphql" else None
    found = history(here)
    assert [(each.event, each.change) for each in found.happenings] == [("closed", None)]
    assert [each.ref for each in found.changes] == ["#2"]


@pytest.mark.parametrize(
    ("error", "code"),
    [
        ({"type": "RATE_LIMITED", "message": "API rate limit exceeded"}, "rate_limited"),
        ({"message": "Something went wrong while executing your query."}, "unavailable"),
    ],
)
def test_a_failure_inside_of_graphql_is_never_taken_for_no_closer(here: Days, error: object, code: str) -> None:
    here.file()
    close(here)
    answer = Answer(200, {"data": None, "errors": [error]})
    here.box.fault = lambda request: Fault(answer=answer) if request.path == "/graphql" else None
    with pytest.raises(TrackerError) as raised:
        history(here)
    assert raised.value.code == code


def test_the_bots_own_marker_says_what_an_issue_is_a_duplicate_of(here: Days) -> None:
    body = region(Marker(FINGERPRINT, NONCE).having(duplicate_of="12"), "x", KEY)
    with here.tracker() as github:
        github.create(REPOSITORY, "Twice", body, ())
    close(here, by="friction-bot", reason="duplicate")
    assert history(here).duplicate_of == 12


def test_a_comment_of_who_may_sort_issues_says_what_it_is_a_duplicate_of(here: Days) -> None:
    here.file("Original")
    here.file("Copy")
    with here.box.acting(REPOSITORY, "ann") as acts:
        acts.comment(acts.repository.issues[2], "Duplicate of #1")
    with here.box.acting(REPOSITORY, "bob") as acts:
        acts.comment(acts.repository.issues[2], "Duplicate of #77")
    close(here, 2, reason="duplicate")
    assert history(here, 2).duplicate_of == 1


def test_a_comment_counts_where_nobody_marked_anything(here: Days) -> None:
    here.file("Original")
    here.file("Copy")
    with here.box.acting(REPOSITORY, "ann") as acts:
        acts.comment(acts.repository.issues[2], "Duplicate of #1, which has more sessions.")
    close(here, 2, reason="duplicate")
    assert history(here, 2).duplicate_of == 1


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("Duplicate of #12", 12),
        ("duplicate of octo/demo#12.", 12),
        ("Duplicate of https://github.com/octo/demo/issues/12", 12),
        ("I looked.\n\nDuplicate of #3\nDuplicate of #4", 4),
        ("Not a duplicate of #12", None),
        ("Duplicate of octo/other#12", None),
        ("> Duplicate of #12", None),
        ("> somebody said\nDuplicate of #12", None),
        ("> somebody said\n\nDuplicate of #12", 12),
        ("```\nDuplicate of #12\n```", None),
        ("~~~~\n```\nDuplicate of #12\n~~~~\nDuplicate of #5", 5),
        ("`Duplicate of #12`", None),
        ("a span `that\nDuplicate of #12\nends` here", None),
        ("    Duplicate of #12", None),
        ("<!-- \nDuplicate of #12\n-->", None),
        ("", None),
    ],
)
def test_only_a_persons_own_prose_names_an_original(text: str, number: int | None) -> None:
    assert duplicate_of(text, "octo/demo") == number


def test_a_long_timeline_is_read_to_its_end(here: Days) -> None:
    here.file()
    with here.box.acting(REPOSITORY, "ann") as acts:
        for each in range(230):
            acts.comment(acts.repository.issues[1], f"Comment {each}")
    at = close(here)
    assert [each.at for each in history(here).happenings] == [at]


def test_the_events_of_accounts_that_are_gone_are_nobodys(here: Days) -> None:
    here.file()
    at = close(here)

    def nobody(answer: Answer) -> Answer:
        return Answer(200, [{**each, "actor": None} for each in answer.data])

    def hook(request: Request) -> Fault | None:
        return Fault(change=nobody) if request.path.endswith("/timeline") else None

    here.box.fault = hook
    assert history(here).happenings == (Happening("closed", at, reason="completed"),)


def test_a_timeline_that_is_none_is_an_error(here: Days) -> None:
    here.file()
    here.box.fault = lambda request: (
        Fault(answer=Answer(200, {"events": []})) if request.path.endswith("/timeline") else None
    )

    def ask(github: GithubTracker) -> History:
        return github.history(here.issue())

    with here.tracker() as github, pytest.raises(TrackerError) as raised:
        ask(github)
    assert raised.value.code == "unexpected_answer"
