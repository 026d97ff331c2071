"""Planning: many cases together, limits and the overview."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

from cases import RENDERED, REPOSITORY, case, finding, issue, limited, planned
from hypothesis import given
from hypothesis import strategies as st
from made import NOW, rule

from bot.core.case import Case, Limits, Moment
from bot.core.marker import Marker, region
from bot.core.model import KnownIssue, Listing
from bot.core.overview import fingerprint
from bot.core.plan import impact, plan


def named(letter: str, **fields: Any) -> Case:
    return case(finding(fingerprint=letter * 64, **fields))


def plan_of(
    *cases: Case, issues: tuple[KnownIssue, ...] = (), complete: bool = True, at: Moment
) -> list[tuple[str, str, str]]:
    actions = plan(cases, {REPOSITORY: Listing(REPOSITORY, complete, issues)}, at)
    return [(action.action, action.row, action.fingerprint[0]) for action in actions]


def overview_issue(**fields: Any) -> KnownIssue:
    marker = Marker(fingerprint(REPOSITORY), "0" * 32).having(
        **fields.pop("marker", {"rule": "overview", "story": "x"})
    )
    return replace(issue(case(), 30, fingerprint=fingerprint(REPOSITORY)), body=region(marker, "ranking"), **fields)


def test_findings_compete_by_severity_then_people_then_sessions() -> None:
    wide, deep = finding(3), finding(2)
    assert impact(case(wide)) < impact(case(deep))
    assert impact(case(replace(deep, severity="critical"))) < impact(case(wide))


def test_over_the_limit_of_a_run_the_less_harmful_wait() -> None:
    grave, light = named("b", severity="high"), named("a", severity="low")
    assert plan_of(light, grave, at=limited(run=1, overview=False)) == [("open", "open", "b"), ("skip", "limit", "a")]


def test_what_was_opened_within_24_hours_counts_against_the_limit_of_the_day() -> None:
    for hours, expected in ((23.9, ("skip", "limit", "a")), (24.1, ("open", "open", "a"))):
        before = replace(issue(named("c")), created_at=NOW - timedelta(hours=hours))
        assert plan_of(named("a"), issues=(before,), at=limited(day=1, overview=False)) == [expected]


def test_one_rule_alone_does_not_take_all_the_room() -> None:
    other = rule("other-rule", sessions=2, people=2)
    cases = [named("a"), named("b"), case(finding(used=other, fingerprint="c" * 64), other)]
    opened = [each for each in plan_of(*cases, at=limited(rule_run=1, overview=False)) if each[0] == "open"]
    assert opened == [("open", "open", "a"), ("open", "open", "c")]


def test_the_room_of_a_rule_for_a_day_counts_its_own_issues_only() -> None:
    mine = replace(issue(named("d")), created_at=NOW)
    assert plan_of(named("a"), issues=(mine,), at=limited(rule_day=1, overview=False)) == [("skip", "limit", "a")]
    foreign = replace(mine, body=mine.body.replace("rule=some-rule", "rule=other-rule"))
    assert plan_of(named("a"), issues=(foreign,), at=limited(rule_day=1, overview=False)) == [("open", "open", "a")]


def test_a_rule_that_is_held_back_opens_nothing_and_says_why() -> None:
    (action,) = planned(case(), at=Moment(NOW, held={"some-rule": "some-rule is held back"}))
    assert (action.action, action.row, action.reason) == ("skip", "breaker", "some-rule is held back")


def test_over_the_limit_an_overview_ranks_what_waits() -> None:
    first, second, third = (named(letter, minutes_lost=lost) for letter, lost in (("a", 9.0), ("b", 5.0), ("c", 7.0)))
    actions = plan((first, second, third), {REPOSITORY: Listing(REPOSITORY, complete=True)}, limited(run=1))
    assert [(action.action, action.row) for action in actions] == [
        ("open", "open"), ("skip", "limit"), ("skip", "limit"), ("open", "overview"),
    ]  # fmt: skip
    assert [action.fingerprint[0] for action in actions[:3]] == ["a", "c", "b"]
    assert "2 findings wait" in actions[3].reason
    assert actions[3].body.count("`some-rule`") == 2


def test_a_text_is_only_asked_for_where_something_is_told() -> None:
    asked: list[str] = []

    def text(untold: Case) -> Case:
        asked.append(untold.finding.fingerprint[0])
        return replace(untold, rendered=None if untold.finding.fingerprint[0] == "b" else RENDERED)

    cases = [replace(named(letter), rendered=None) for letter in "abcd"]
    listing = {REPOSITORY: Listing(REPOSITORY, complete=True)}
    at = limited(run=2, overview=False)
    assert [(each.fingerprint[0], each.row) for each in plan(cases, listing, at, text)] == [
        ("a", "open"), ("b", "unrendered"), ("c", "open"), ("d", "limit"),
    ]  # fmt: skip
    assert asked == ["a", "b", "c"]
    assert [each.row for each in plan(cases, {REPOSITORY: Listing(REPOSITORY, complete=False)}, at, text)] == [
        "incomplete"
    ] * 4
    assert asked == ["a", "b", "c"]


def test_an_overview_shows_nothing_of_a_finding_whose_text_is_withheld() -> None:
    def text(untold: Case) -> Case:
        return replace(untold, rendered=None if untold.finding.fingerprint[0] == "b" else RENDERED)

    cases = [replace(named(letter), rendered=None) for letter in "ab"]
    *_, action = plan(cases, {REPOSITORY: Listing(REPOSITORY, complete=True)}, limited(run=0), text)
    assert (action.row, action.reason) == ("overview", "1 findings wait for their own issue: the limits are reached")


def test_an_overview_that_says_it_already_is_left_alone_and_closed_when_nothing_waits() -> None:
    waiting = plan((named("a"),), {REPOSITORY: Listing(REPOSITORY, complete=True)}, limited(run=0))[1]
    there = overview_issue(marker=dict(waiting.fields))
    assert plan_of(named("a"), issues=(there,), at=limited(run=0)) == [
        ("skip", "limit", "a"), ("skip", "overview", waiting.fingerprint[0]),
    ]  # fmt: skip
    assert plan_of(named("a"), issues=(there,), at=limited())[1][:2] == ("close", "overview")
    assert plan_of(issues=(there,), complete=False, at=limited()) == []
    reopened = overview_issue(marker={"rule": "overview", "closed": "bot"})
    assert plan_of(issues=(reopened,), at=limited()) == [("skip", "overview", waiting.fingerprint[0])]


def test_an_overview_that_a_person_closed_stays_closed_and_the_bots_own_is_reopened() -> None:
    by_person = overview_issue(state="closed")
    assert [each[1] for each in plan_of(named("a"), issues=(by_person,), at=limited(run=0))] == ["limit"]
    by_bot = overview_issue(state="closed", marker={"rule": "overview", "closed": "bot"})
    assert [each[0] for each in plan_of(named("a"), issues=(by_bot,), at=limited(run=0))] == ["skip", "reopen"]


def test_without_a_listing_the_plan_says_that_github_was_not_asked() -> None:
    (action,) = plan([case()], {}, limited())
    assert action.action == "open"
    assert action.reason.endswith("GitHub was not asked whether an issue has it")


@given(
    st.permutations(
        [named(letter, minutes_lost=lost) for letter, lost in zip("abcdef", (1, 2, 2, 3, 0, 5), strict=True)]
    )
)
def test_the_order_in_which_cases_come_changes_nothing(cases: list[Case]) -> None:
    listings = {REPOSITORY: Listing(REPOSITORY, complete=True)}
    at = Moment(NOW, Limits(run=3))
    assert plan(cases, listings, at) == plan(sorted(cases, key=impact), listings, at)
