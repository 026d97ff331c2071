"""Planning: one action a finding, with its reason, before anything is written."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from made import NOW, origins, rule, signal

from bot.core.count import count
from bot.core.marker import Marker, region
from bot.core.model import Action, Finding, KnownIssue, Listing
from bot.core.plan import Wanted, impact, plan, story
from bot.core.render import Rendered
from bot.core.rule_model import Rule

REPOSITORY = "acme/shop"
RULE = rule(sessions=2, people=2)
RENDERED = Rendered("Something goes wrong", "What happened")


def finding(sessions: int = 2, used: Rule = RULE, **fields: Any) -> Finding:
    signals = [signal(f"s{number}", number) for number in range(1, sessions + 1)]
    (found,) = count(signals, origins("ada", "ben", "cy", "dee"), [used], NOW)
    return replace(found, **fields)


def issue(found: Finding, number: int = 7, **fields: Any) -> KnownIssue:
    marker = Marker(found.fingerprint, "0" * 32).having(story=fields.pop("story", story(found, RULE)))
    defaults = {
        "title": "Something goes wrong", "body": region(marker, "What happened"), "state": "open", "state_reason": "",
        "labels": (), "locked": False, "url": "", "fingerprint": found.fingerprint,
    }  # fmt: skip
    return KnownIssue(REPOSITORY, number, **(defaults | fields))


def planned(
    found: Finding, *issues: KnownIssue, used: Rule = RULE, rendered: Rendered | None = RENDERED, complete: bool = True
) -> Action:
    listings = {REPOSITORY: Listing(REPOSITORY, complete, issues)}
    (action,) = plan([Wanted(found, used, rendered)], listings, new_issues=5)
    return action


def test_an_active_finding_without_an_issue_is_opened() -> None:
    action = planned(finding())
    assert (action.action, action.issue, action.title, action.body) == (
        "open",
        None,
        "Something goes wrong",
        "What happened",
    )
    assert action.labels == ("user-feedback", "friction: some-rule")
    assert action.reason == "2 of 2 sessions, 2 of 2 people within 14 days; no issue has it"


def test_a_finding_below_its_threshold_is_skipped_with_n_of_m() -> None:
    action = planned(finding(1), rendered=None)
    assert (action.action, action.reason) == (
        "skip", "below its threshold: 1 of 2 sessions, 1 of 2 people within 14 days",
    )  # fmt: skip


@pytest.mark.parametrize("reason", ["completed", "not_planned", "duplicate", ""])
def test_a_fingerprint_with_a_closed_issue_is_left_alone(reason: str) -> None:
    found = finding()
    action = planned(found, issue(found, state="closed", state_reason=reason))
    assert (action.action, action.issue) == ("skip", 7)


def test_an_open_issue_that_says_it_all_is_left_alone() -> None:
    found = finding()
    assert planned(found, issue(found)).action == "skip"


def test_an_open_issue_is_updated_when_the_evidence_changed() -> None:
    found = finding()
    action = planned(found, issue(found, story="another"))
    assert (action.action, action.issue, action.body) == ("update", 7, "What happened")


def test_the_passing_of_time_alone_changes_no_story() -> None:
    found = finding(3)
    older = replace(found, in_window=replace_count(found), state="below")
    assert story(found, RULE) == story(older, RULE)
    assert story(found, RULE) != story(finding(2), RULE)


def replace_count(found: Finding) -> Any:
    return found.in_window._replace(sessions=0)


def test_an_issue_whose_region_a_person_removed_is_left_alone() -> None:
    found = finding()
    action = planned(found, issue(found, body="mine now"))
    assert (action.action, action.reason) == ("skip", "a person removed the bot's part of #7")


def test_a_locked_issue_is_left_alone() -> None:
    found = finding()
    assert planned(found, issue(found, locked=True, story="another")).reason == "#7 is locked"


def test_an_issue_of_another_fingerprint_does_not_count() -> None:
    found = finding()
    other = replace(issue(found), fingerprint="f" * 64)
    assert planned(found, other).action == "open"


def test_nothing_is_opened_on_an_incomplete_listing() -> None:
    action = planned(finding(), complete=False)
    assert (action.action, action.reason) == (
        "skip", "the listing of this cycle is incomplete: nothing is opened on it",
    )  # fmt: skip


@pytest.mark.parametrize("status", ["draft", "shadow"])
def test_draft_and_shadow_rules_are_counted_and_never_filed(status: str) -> None:
    used = rule(sessions=2, people=2, status=status)
    assert planned(finding(used=used), used=used).reason == f"the rule is {status}: counted, never filed"


def test_without_a_listing_the_plan_says_that_github_was_not_asked() -> None:
    (action,) = plan([Wanted(finding(), RULE, RENDERED)], {}, new_issues=5)
    assert action.action == "open"
    assert action.reason.endswith("GitHub was not asked whether an issue has it")


def test_over_the_limit_the_less_harmful_wait() -> None:
    grave = Wanted(finding(severity="high", fingerprint="b" * 64), RULE, RENDERED)
    light = Wanted(finding(severity="low", fingerprint="a" * 64), RULE, RENDERED)
    first, second = plan([light, grave], {}, new_issues=1)
    assert (first.action, first.fingerprint) == ("open", "b" * 64)
    assert (second.action, second.reason) == (
        "skip",
        "over the limit of new issues in one run; the next run takes it up",
    )


def test_findings_compete_by_severity_then_people_then_sessions() -> None:
    wide, deep = finding(3), finding(2)
    assert impact(Wanted(wide, RULE)) < impact(Wanted(deep, RULE))
    assert impact(Wanted(replace(deep, severity="critical"), RULE)) < impact(Wanted(wide, RULE))


def test_planning_twice_gives_the_same_plan() -> None:
    found = finding()
    assert planned(found, issue(found)) == planned(found, issue(found))
