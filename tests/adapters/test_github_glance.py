"""Cycles in which little changed: one conditional request, and everything again where that could miss something."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.adapters.github import GithubTracker
from bot.adapters.github_auth import Credentials
from bot.adapters.github_cache import MemoryCache
from bot.adapters.store import SqlStore
from bot.core.model import Listing
from bot.ports import StoreError
from bot.sandbox.exchange import Request
from bot.sandbox.faults import BAD_GATEWAY_BEFORE, Fault
from tests.github_days import QUICK, Days, days
from tests.issue_json import KEY, REPOSITORY, marked

NOBODY_KNOWS: frozenset[int] = frozenset()
WHOLE_LIST = ("/issues", 200)


@pytest.fixture
def here() -> Iterator[Days]:
    with days() as made:
        yield made


def glance(here: Days, *known: int) -> Listing:
    with here.tracker() as github:
        return github.glance(REPOSITORY, frozenset(known), here.clock())


def asking(here: Days, *known: int) -> list[tuple[str, int]]:
    return here.cost(lambda github: github.glance(REPOSITORY, frozenset(known), here.clock()))


def settled(here: Days) -> None:
    """Everything was listed once, and the newest changes were looked at once."""
    glance(here)
    here.clock.later(minutes=5)
    glance(here)
    here.clock.later(minutes=5)


def test_a_cycle_without_a_change_asks_once_and_is_told_304(here: Days) -> None:
    number = here.file()
    settled(here)
    assert asking(here, number) == [("/issues", 304)]
    assert [issue.number for issue in glance(here).issues] == [number]


def test_a_change_by_a_person_is_seen_in_the_next_glance(here: Days) -> None:
    number = here.file()
    settled(here)
    with here.box.acting(REPOSITORY, "ann") as acts:
        acts.close(acts.repository.issues[number], "not_planned")
    assert asking(here, number) == [("/issues", 200)]
    found = glance(here, number)
    assert (found.complete, found.problems) == (False, ())
    assert [(each.state, each.state_reason, each.closed_at) for each in found.issues] == [
        ("closed", "not_planned", here.clock())
    ]


def test_those_an_issue_is_assigned_to_are_seen_and_remembered(here: Days) -> None:
    number = here.file()
    settled(here)
    with here.box.acting(REPOSITORY, "ann") as acts:
        acts.assign(acts.repository.issues[number], ("ann", "bob"))
    assert [each.assignees for each in glance(here, number).issues] == [("ann", "bob")]
    assert asking(here, number) == [("/issues", 304)]
    assert [each.assignees for each in glance(here, number).issues] == [("ann", "bob")]


def test_after_a_day_everything_is_listed_again(here: Days) -> None:
    here.file()
    settled(here)
    here.clock.later(days=1)
    assert glance(here).complete


def test_a_deleted_issue_is_noticed_by_the_page_that_lacks_it(here: Days) -> None:
    kept, gone = here.file("Kept"), here.file("Gone")
    settled(here)
    with here.box.acting(REPOSITORY) as acts:
        acts.delete(acts.repository.issues[gone])
    found = glance(here, kept, gone)
    assert (found.complete, [each.number for each in found.issues], found.gone) == (True, [kept], ((gone, "deleted"),))


def test_a_page_full_of_changes_makes_everything_be_listed(here: Days) -> None:
    with here.box.acting(REPOSITORY) as acts:
        for number in range(120):
            acts.open(f"Issue {number}", "")
    settled(here)
    with here.box.acting(REPOSITORY) as acts:
        for number in range(1, 121):
            acts.close(acts.repository.issues[number])
    found = glance(here)
    assert (found.complete, {each.state for each in found.issues}) == (True, {"closed"})


def test_a_few_changes_among_many_issues_need_no_whole_list(here: Days) -> None:
    with here.box.acting(REPOSITORY) as acts:
        for number in range(120):
            acts.open(f"Issue {number}", "")
    settled(here)
    here.clock.later(minutes=5)
    with here.box.acting(REPOSITORY) as acts:
        for number in (1, 2):
            acts.close(acts.repository.issues[number])
    assert asking(here, 1, 120) == [WHOLE_LIST]
    found = glance(here, 1, 120)
    assert (found.complete, len(found.issues)) == (False, 120)
    assert [each.number for each in found.issues if each.state == "closed"] == [1, 2]


def test_a_known_issue_that_is_not_remembered_makes_everything_be_listed(here: Days) -> None:
    settled(here)
    number = here.file()
    assert [each.number for each in glance(here, number).issues] == [number]


def test_a_page_from_a_server_that_lags_changes_nothing_back(here: Days) -> None:
    number = here.file()
    settled(here)
    with here.box.acting(REPOSITORY, "ann") as acts:
        acts.close(acts.repository.issues[number])
    glance(here)
    here.clock.later(minutes=1)

    def old(request: Request) -> Fault | None:
        def change(answer: object) -> object:
            (entry,) = answer.data  # type: ignore[attr-defined]
            entry = {**entry, "state": "open", "updated_at": "2026-02-01T12:00:00Z"}
            return replace(answer, status=200, data=[entry], headers={"ETag": '"old"'})  # type: ignore[type-var]

        if "if-none-match" in request.headers:
            del request.headers["if-none-match"]  # type: ignore[attr-defined]
        return Fault(change=change)  # type: ignore[arg-type]

    here.box.fault = old
    assert [each.state for each in glance(here).issues] == ["closed"]


def test_a_glance_that_github_does_not_answer_is_a_problem(here: Days) -> None:
    here.file()
    settled(here)
    here.box.fault = lambda request: BAD_GATEWAY_BEFORE if request.path.endswith("/issues") else None
    found = glance(here)
    assert (found.complete, found.issues, [each.code for each in found.problems]) == (False, (), ["unavailable"])


def test_an_incomplete_list_is_not_remembered(here: Days) -> None:
    first, second = here.file("First"), here.file("Second")
    cut = Fault(change=lambda answer: replace(answer, data=answer.data[:1]))
    here.box.fault = lambda request: cut if request.path.endswith("/issues") else None
    assert not glance(here, first, second).complete
    here.box.fault = None
    assert glance(here, first, second).complete


def test_an_answer_that_is_sent_whole_to_another_token_is_no_error(here: Days) -> None:
    number = here.file()
    settled(here)
    here.box.add_user("friction-bot", "a-new-token", "admin")
    with here.tracker("a-new-token") as github:
        found = github.glance(REPOSITORY, frozenset({number}), here.clock())
    assert (found.problems, [each.number for each in found.issues]) == ((), [number])


def test_who_the_bot_is_is_asked_once_a_day(here: Days) -> None:
    def ask(github: GithubTracker) -> str:
        return github.login()

    assert (here.cost(ask), here.cost(ask)) == ([("/user", 200)], [])
    here.clock.later(days=1)
    assert here.cost(ask) == [("/user", 200)]


def test_what_is_remembered_holds_no_token(here: Days) -> None:
    here.file()
    settled(here)
    kept = vars(here.cache)["_kept"]
    assert kept
    assert not any(here.box.token in f"{key} {value!r}" for key, value in kept.items())


def test_a_memory_of_nonsense_is_as_good_as_none(here: Days) -> None:
    number = here.file()
    settled(here)
    kept = vars(here.cache)["_kept"]
    kept.update(dict.fromkeys(kept, b'{"at": 7, "issues": 7, "tag": 7'))
    assert [each.number for each in glance(here, number).issues] == [number]


class Broken(MemoryCache):
    def recall(self, key: str) -> bytes | None:
        raise StoreError("database", f"{key}: the disk is full")

    def keep(self, key: str, value: bytes, at: datetime) -> None:
        raise StoreError("database", f"{key}: the disk is full")


def test_a_store_that_cannot_be_used_costs_only_requests(here: Days) -> None:
    here.cache = Broken()
    number = here.file()
    assert [(each.number, glance(here, number).complete) for each in glance(here).issues] == [(number, True)]


def test_a_real_store_keeps_what_the_next_process_needs(here: Days, tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'memory.db'}"
    number = here.file()
    for wanted in ([], [], [("/issues", 304)]):
        with SqlStore.open(url) as store:
            here.cache = store  # type: ignore[assignment]
            asked = asking(here, number)
        assert not wanted or asked == wanted


def test_a_transferred_issue_is_told_with_where_it_is(here: Days) -> None:
    number = here.file()
    here.box.add_repository("octo/elsewhere")
    with here.box.acting(REPOSITORY) as acts, here.box.acting("octo/elsewhere") as target:
        acts.transfer(acts.repository.issues[number], target.repository)
    assert glance(here, number).gone == ((number, "transferred to octo/elsewhere#1"),)


def test_an_account_that_the_filter_does_not_know_is_glanced_at_without_it(here: Days) -> None:
    here.box.add_actions_token("workflow-token", REPOSITORY)
    credentials = Credentials("workflow-token", actions=True)
    unknown = Fault(change=lambda answer: replace(answer, data=[]))
    here.box.fault = lambda request: unknown if "creator" in request.query else None

    def open_tracker() -> GithubTracker:
        return GithubTracker(
            credentials, api_url=here.box.url, marker_key=KEY, cache=here.cache, clock=here.clock, patience=QUICK
        )

    with open_tracker() as github:
        made = github.create(REPOSITORY, "Cannot import pandas", marked(KEY), ())
        github.glance(REPOSITORY, NOBODY_KNOWS, here.clock())
    here.clock.later(minutes=5)
    here.file("Not the workflow's")
    here.box.add_pull(REPOSITORY, "A change")
    with here.box.acting(REPOSITORY, "ann") as acts:
        acts.close(acts.repository.issues[made.number])
    with open_tracker() as github:
        found = github.glance(REPOSITORY, frozenset({made.number}), here.clock())
    assert (found.complete, [(each.number, each.state) for each in found.issues]) == (False, [(1, "closed")])


STEPS = st.lists(
    st.tuples(
        st.sampled_from(["open", "close", "reopen", "retitle", "comment", "assign", "delete", "glance", "wait"]),
        st.integers(1, 4),
    ),
    max_size=12,
)


@given(STEPS)
@settings(max_examples=30)
def test_a_glance_shows_what_a_whole_list_shows_whatever_happened(steps: list[tuple[str, int]]) -> None:
    with days() as here:
        for title in ("First", "Second", "Third"):
            here.file(title)
        settled(here)
        for step, number in steps:
            if step == "glance":
                glance(here)
            elif step == "wait":
                here.clock.later(minutes=number)
            else:
                happen(here, step, number)
        seen = glance(here)
        with here.tracker() as github:
            assert github.listing(REPOSITORY, NOBODY_KNOWS).issues == seen.issues


def happen(here: Days, step: str, number: int) -> None:
    """One thing that somebody does, where it can be done."""
    if step == "open":
        here.file()
        return
    with here.box.acting(REPOSITORY, "ann") as acts:
        issue = acts.repository.issues.get(number)
        if issue is None or issue.gone:
            return
        possible: dict[str, Callable[[], object]] = {
            "close": lambda: acts.close(issue),
            "reopen": lambda: acts.reopen(issue),
            "retitle": lambda: acts.rewrite(issue, f"{issue.title}!", None),
            "comment": lambda: acts.comment(issue, "Hello"),
            "assign": lambda: acts.assign(issue, () if issue.assignees else ("ann",)),
            "delete": lambda: acts.delete(issue),
        }
        possible[step]()
