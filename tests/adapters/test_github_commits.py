"""The commits and pull requests that may fix something, read once and remembered."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from bot.core.history import Change
from bot.ports import TrackerError
from bot.sandbox.exchange import Request
from bot.sandbox.faults import BAD_GATEWAY_BEFORE, Fault
from tests.github_days import Days, days
from tests.issue_json import REPOSITORY

MADE = datetime(2026, 1, 31, 8, 0, tzinfo=UTC)


@pytest.fixture
def here() -> Iterator[Days]:
    with days() as made:
        yield made


def commits(here: Days) -> tuple[Change, ...]:
    with here.tracker() as github:
        return github.commits(REPOSITORY)


def change(here: Days, ref: str) -> Change | None:
    with here.tracker() as github:
        return github.change(REPOSITORY, ref)


def refs(changes: tuple[Change, ...]) -> list[str]:
    return [each.ref for each in changes]


def cost(here: Days) -> list[tuple[str, int]]:
    return here.cost(lambda github: github.commits(REPOSITORY))


def test_only_commits_that_close_or_undo_something_are_kept(here: Days) -> None:
    fixing = here.box.add_commit(REPOSITORY, "Pin pandas\n\nFixes #1", at=MADE)
    here.box.add_commit(REPOSITORY, "See #1")
    here.box.add_commit(REPOSITORY, "Fix a typo")
    undoing = here.box.add_commit(REPOSITORY, f'Revert "Pin pandas"\n\nThis reverts commit {fixing}.')
    found = commits(here)
    assert refs(found) == [fixing, undoing]
    assert found[0] == Change(fixing, MADE, "Pin pandas\n\nFixes #1", fixing)


def test_a_cycle_without_a_new_commit_asks_once_and_is_told_304(here: Days) -> None:
    here.box.add_commit(REPOSITORY, "Fixes #1")
    first = commits(here)
    assert cost(here) == [("/commits", 304)]
    assert commits(here) == first


def test_the_pull_request_behind_a_squashed_commit_is_read_once(here: Days) -> None:
    pull = here.box.add_pull(REPOSITORY, "Pin pandas", "Fixes #7")
    merged = here.clock.later(hours=1)
    sha = here.box.merge_pull(REPOSITORY, pull, message=f"Pin pandas (#{pull})")
    assert commits(here) == (Change("#1", merged, "Pin pandas\n\nFixes #7", sha),)
    here.box.add_commit(REPOSITORY, "More work")
    assert cost(here) == [("/commits", 200)]


def test_the_pull_request_behind_a_merge_commit_is_read(here: Days) -> None:
    pull = here.box.add_pull(REPOSITORY, "Pin pandas", "Fixes #7")
    here.box.merge_pull(REPOSITORY, pull)
    assert "#1" in refs(commits(here))


def test_a_number_that_is_no_pull_request_costs_one_look(here: Days) -> None:
    here.file()
    sha = here.box.add_commit(REPOSITORY, "Fix the import (#1)")
    assert refs(commits(here)) == [sha]
    assert cost(here) == [("/commits", 304)]


def test_many_pull_requests_are_read_in_pages(here: Days) -> None:
    for each in range(1, 21):
        here.box.merge_pull(REPOSITORY, here.box.add_pull(REPOSITORY, "Pin", "Fixes #99"), message=f"Pin (#{each})")
    assert cost(here) == [("/user", 200), ("/commits", 200), ("/pulls", 200)]
    assert len(commits(here)) == 20


def test_new_commits_are_read_up_to_the_last_known_one(here: Days) -> None:
    old = here.box.add_commit(REPOSITORY, "Fixes #1")
    for each in range(150):
        here.box.add_commit(REPOSITORY, f"Work {each}")
    commits(here)
    middle = here.box.add_commit(REPOSITORY, "Fixes #2")
    for each in range(130):
        here.box.add_commit(REPOSITORY, f"More work {each}")
    assert set(refs(commits(here))) == {old, middle}


def test_at_most_ten_pages_of_the_past_are_read(here: Days) -> None:
    here.box.add_commit(REPOSITORY, "Fixes #1")
    with here.box.acting(REPOSITORY) as acts:
        tip = next(iter(acts.repository.commits.values()))
        for each in range(1_050):
            sha = f"{each:040x}"
            commit = type(tip)(sha, f"Work {each}", "ann", tip.at, "main", (tip.sha,))
            tip = acts.repository.commits[sha] = commit
    before = len(here.box.requests)
    assert commits(here) == ()
    assert sum(request.path.endswith("/commits") for request in here.box.requests[before:]) == 11


def test_a_history_that_was_written_anew_forgets_what_it_lacks(here: Days) -> None:
    here.box.add_commit(REPOSITORY, "Fixes #1")
    commits(here)
    with here.box.acting(REPOSITORY) as acts:
        acts.repository.commits.clear()
    kept = here.box.add_commit(REPOSITORY, "Fixes #2")
    assert refs(commits(here)) == [kept]


def test_an_empty_repository_has_no_changes_and_no_problem(here: Days) -> None:
    with here.tracker() as github:
        assert (github.commits(REPOSITORY), github.problems) == ((), ())


@pytest.mark.parametrize("status", [403, 404])
def test_code_that_is_not_shown_is_said_once(here: Days, status: int) -> None:
    def hook(request: Request) -> Fault | None:
        return Fault(change=lambda answer: type(answer)(status)) if request.path.endswith("/commits") else None

    here.box.fault = hook
    with here.tracker() as github:
        assert (github.commits(REPOSITORY), github.commits(REPOSITORY)) == ((), ())
        assert [(each.code, each.place) for each in github.problems] == [("commits_unreadable", REPOSITORY)]


def test_a_pull_request_that_could_not_be_read_waits_for_the_next_cycle(here: Days) -> None:
    pull = here.box.add_pull(REPOSITORY, "Pin pandas", "Fixes #7")
    here.box.merge_pull(REPOSITORY, pull, message=f"Pin pandas (#{pull})")
    here.box.fault = lambda request: BAD_GATEWAY_BEFORE if "/pulls" in request.path else None
    with pytest.raises(TrackerError) as raised:
        commits(here)
    assert raised.value.code == "unavailable"
    here.box.fault = None
    assert refs(commits(here)) == ["#1"]


def test_a_commit_is_found_by_the_beginning_of_its_sha(here: Days) -> None:
    here.box.add_commit(REPOSITORY, "Begin")
    sha = here.box.add_commit(REPOSITORY, "Pin pandas", at=MADE)
    here.box.add_commit(REPOSITORY, "Go on")
    wanted = Change(sha, MADE, "Pin pandas", sha)
    assert (change(here, sha[:8]), change(here, sha)) == (wanted, wanted)
    assert here.cost(lambda github: github.change(REPOSITORY, sha)) == []


def test_a_commit_of_another_branch_is_not_on_the_default_one(here: Days) -> None:
    here.box.add_commit(REPOSITORY, "Begin")
    sha = here.box.add_commit(REPOSITORY, "Try", branch="wip")
    assert change(here, sha) is None


def test_a_merged_pull_request_is_found_by_its_number_and_an_open_one_is_not(here: Days) -> None:
    merged, open_one = here.box.add_pull(REPOSITORY, "Pin", "Body"), here.box.add_pull(REPOSITORY, "Later")
    sha = here.box.merge_pull(REPOSITORY, merged)
    assert change(here, f"#{merged}") == Change("#1", here.clock(), "Pin\n\nBody", sha)
    assert change(here, f"#{open_one}") is None


@pytest.mark.parametrize("ref", ["", "#", "#x", "#99", "main", "abc", "f" * 40, "../../user"])
def test_what_names_no_change_is_none(here: Days, ref: str) -> None:
    here.box.add_commit(REPOSITORY, "Begin")
    assert change(here, ref) is None
