"""The health of rules: fates of issues, standing, its order, and what the figures propose."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from cases import REPOSITORY, RULE, case, finding, fixed, issue
from hypothesis import given
from hypothesis import strategies as st
from made import NOW, days_ago, origin, rule

from bot.core.health import health, standing, standings, steps_back
from bot.core.health_issues import Experience, Feedback, Kept, feedback
from bot.core.health_proposals import proposal
from bot.core.judge import UNJUDGED
from bot.core.model import KnownIssue
from bot.core.plan import impact
from bot.core.silence import Held, Silence
from bot.core.slash import Scope, Until

RULES = {RULE.id: RULE}
COUNTS = st.integers(0, 1000)


def filed(number: int, *, closed: float | None = None, **fields: Any) -> KnownIssue:
    """An issue of a finding of its own of which no evidence is left."""
    return issue(case(), number, closed=closed, fingerprint=f"{number:064d}", **fields)


def rejected(number: int) -> KnownIssue:
    return filed(number, closed=5, state_reason="not_planned")


def known(*issues: KnownIssue, **fields: Any) -> Experience:
    return Experience(NOW, issues, **fields)


def fates(experience: Experience) -> list[str]:
    return [each.fate for each in feedback(experience, RULES)]


def silence(kind: str = "this", *, number: int | None = None, name: str = "", value: str = "", **fields: Any) -> Held:
    since, over = fields.pop("since", days_ago(9)), fields.pop("over", None)
    scope = Scope(kind, name, value)
    said = Silence(
        REPOSITORY, 1, number, RULE.id, fields.pop("fingerprint", ""), scope, Until("forever"), since, "dana"
    )
    return Held(said, over=over)


def told(*against: int, good: tuple[int, ...] = (), people: int = 0) -> list[Feedback]:
    """Issues that were rejected and fixed, by the sessions that they began with."""
    bad = [Feedback(RULE.id, at, False, "rejected", False, number, people) for at, number in enumerate(against)]
    return [*bad, *(Feedback(RULE.id, at, False, "fixed", False, number, people) for at, number in enumerate(good))]


def test_a_rule_is_counted_by_what_became_of_its_issues() -> None:
    issues = (filed(1), filed(2, closed=80), rejected(3), rejected(4), filed(5, closed=60))
    [told] = health(known(*issues, silences=(silence(number=1),)), RULES)
    assert (told.filed, told.open, told.fixed, told.silenced, told.rejected, told.against) == (5, 1, 2, 1, 2, 3)
    assert (told.days_to_fix, round(told.standing, 3)) == (20.0, 0.571)


@pytest.mark.parametrize(
    ("fields", "fate"),
    [
        ({}, ""),
        ({"closed": 5}, "fixed"),
        ({"closed": 5, "state_reason": ""}, "fixed"),
        ({"closed": 5, "state_reason": "not_planned"}, "rejected"),
        ({"closed": 5, "state_reason": "duplicate"}, ""),
        ({"closed": 5, "state_reason": "something_new"}, ""),
        ({"closed": 5, "marker": {"quiet": "quiet:2026-02-01"}}, ""),
    ],
)
def test_without_evidence_the_reason_of_the_close_tells(fields: dict[str, Any], fate: str) -> None:
    assert fates(known(filed(1, **fields))) == [fate]


def test_the_judgement_tells_a_fix_from_a_close_by_the_bot() -> None:
    found = finding()
    closed = issue(case(found), closed=5)
    for judged, fate in ((fixed(5), "fixed"), (replace(UNJUDGED, closed_at=days_ago(5)), "")):
        experience = known(closed, cases=(case(found, judgement=judged, issues=(closed,)),))
        assert fates(experience) == [fate]


def test_a_fix_counts_also_while_its_issue_is_still_open() -> None:
    found = finding()
    one = issue(case(found))
    experience = known(one, cases=(case(found, judgement=fixed(30), issues=(one,)),))
    [only] = feedback(experience, RULES)
    assert (only.fate, only.open, only.days) == ("fixed", True, 60.0)


def test_a_fix_before_the_filing_took_no_time() -> None:
    found = finding()
    one = issue(case(found), closed=5)
    experience = known(one, cases=(case(found, judgement=fixed(95), issues=(one,)),))
    assert [each.days for each in feedback(experience, RULES)] == [0.0]


def test_only_the_deciding_issue_of_a_fingerprint_has_its_judgement() -> None:
    found = finding()
    former, present = (
        issue(case(found), 7, closed=40),
        issue(case(found), 9, marker={"after": "7"}, created_at=days_ago(10)),
    )
    experience = known(former, present, cases=(case(found, issues=(former, present)),))
    assert fates(experience) == ["fixed", ""]


def test_an_issue_that_a_finding_took_over_has_its_judgement() -> None:
    found = finding()
    former = filed(7)
    experience = known(former, cases=(case(found, judgement=fixed(30), issues=(former,)),))
    assert fates(experience) == ["fixed"]


def test_issues_under_an_earlier_name_belong_to_the_rule_of_today() -> None:
    renamed = rule("new-name", aliases=(RULE.id,))
    [told] = health(known(rejected(1)), {renamed.id: renamed})
    assert (told.rule, told.rejected) == ("new-name", 1)


def test_issues_of_no_known_rule_and_the_overview_are_left_out() -> None:
    stranger, overview = (filed(number, marker={"rule": name}) for number, name in ((1, "gone-rule"), (2, "overview")))
    assert health(known(stranger, overview), RULES) == ()


@pytest.mark.parametrize(
    ("held", "silenced"),
    [
        (silence(number=1), True),
        (silence(number=2), False),
        (silence(fingerprint=f"{1:064d}"), True),
        (silence("rule"), True),
        (silence("repo"), True),
        (silence("key", name="module", value="pandas"), True),
        (silence("key", name="module", value="numpy"), False),
        (silence("person", number=1), False),
        (silence("rule", over=days_ago(1)), True),
        (silence("rule", over=days_ago(95)), False),
        (silence("rule", since=None), True),
    ],
)
def test_an_issue_is_silenced_by_what_was_about_it_in_its_time(held: Held, silenced: bool) -> None:
    one = filed(1, marker={"key": '{"module":"pandas"}'})
    [only] = feedback(known(one, silences=(held,)), RULES)
    assert (only.silenced, only.against) == (silenced, silenced)


def test_a_silenced_issue_that_was_fixed_does_not_speak_against_its_rule() -> None:
    [only] = feedback(known(filed(1, closed=5), silences=(silence(number=1),)), RULES)
    assert (only.fate, only.silenced, only.against) == ("fixed", True, False)


def test_what_silences_kept_quiet_is_counted_also_without_an_issue() -> None:
    found = finding(4)  # sessions s1 … s4, half a day apart, the newest half a day ago
    whose = {f"s{number}": origin(f"s{number}", "ada" if number < 3 else "ben") for number in range(1, 5)}
    whose["s2"] = origin("s2", conversation="s1")
    for held, expected in (
        (silence("rule"), Kept(3, 2)),
        (silence("rule", since=days_ago(1.2)), Kept(1, 1)),
        (silence("rule", over=days_ago(1.8)), Kept(1, 1)),
        (silence("repo", since=None), Kept(3, 2)),
    ):
        [told] = health(known(cases=(case(found),), silences=(held,), origins=whose), RULES)
        assert (told.filed, told.kept) == (0, expected)
    assert health(known(cases=(case(found),), silences=(silence("person"),), origins=whose), RULES) == ()


def test_without_feedback_a_rule_stands_as_high_as_can_be() -> None:
    assert (standing(0, 0), standing(5, 0), standing(0, 1), standing(0, 2), standing(3, 5)) == (1, 1, 2 / 3, 0.5, 0.5)


@given(COUNTS, COUNTS)
def test_more_against_never_raises_and_more_fixes_never_lower_a_standing(good: int, bad: int) -> None:
    assert 0 < standing(good, bad + 1) < standing(good, bad) <= 1
    assert standing(good + 1, bad) >= standing(good, bad)


@given(st.lists(st.sampled_from(["open", "fixed", "rejected", "silenced"]), max_size=12), st.booleans())
def test_one_more_issue_moves_the_standing_of_its_rule_the_right_way(kinds: list[str], good: bool) -> None:
    def standing_with(some: list[str]) -> float:
        issues, silences = list[KnownIssue](), list[Held]()
        for number, kind in enumerate(some, 1):
            one = {"fixed": filed(number, closed=5), "rejected": rejected(number)}
            issues.append(one.get(kind, filed(number)))
            silences += [silence(number=number)] if kind == "silenced" else []
        return standings(health(known(*issues, silences=tuple(silences)), RULES)).get(RULE.id, 1.0)

    before, after = standing_with(kinds), standing_with([*kinds, "fixed" if good else "rejected"])
    assert after >= before if good else after < before


def test_a_rule_steps_back_at_every_halving_of_its_standing() -> None:
    standing_now = {"a": 1.0, "b": 0.51, "c": 0.5, "d": 0.26, "e": 0.25, "f": 0.1}
    assert [steps_back(name, standing_now) for name in "abcdef"] == [0, 0, 1, 1, 2, 3]
    assert steps_back("new", standing_now) == 0


def test_among_equals_in_severity_findings_of_rules_in_low_standing_come_later() -> None:
    other = rule("other-rule", sessions=2, people=2)
    wide, narrow = case(finding(3)), case(finding(2, other), other)
    grave = replace(wide, finding=replace(wide.finding, severity="critical"))
    for value, expected in ((1.0, [grave, wide, narrow]), (0.51, [grave, wide, narrow]), (0.5, [grave, narrow, wide])):
        trusted = {RULE.id: value}
        assert sorted([narrow, wide, grave], key=lambda each: impact(each, trusted)) == expected


def test_rules_are_ranked_with_the_worst_standing_first() -> None:
    poor, good = rule("poor"), rule("good")
    issues = [replace(rejected(number), body=rejected(number).body.replace("some-rule", "poor")) for number in (1, 2)]
    fine = filed(3, closed=5, marker={"rule": "good"})
    ranked = health(known(fine, *issues, filed(4)), {**RULES, "poor": poor, "good": good})
    assert [(each.rule, each.standing) for each in ranked] == [("poor", 0.5), ("good", 1.0), ("some-rule", 1.0)]


def test_an_issue_began_with_what_the_window_held_when_it_was_filed() -> None:
    wide = rule(sessions=2, people=2, within=timedelta(days=2))
    found = finding(6, wide)  # s1 … s6, half a day apart, the newest half a day ago
    whose = {f"s{number}": origin(f"s{number}", "ada" if number < 5 else "ben") for number in range(1, 7)}
    whose["s4"] = origin("s4", conversation="s3")
    for days, sessions, people in ((0, 3, 1), (1.2, 3, 2), (2.7, 1, 1), (9, 0, 0)):
        one = issue(case(found, wide), created_at=days_ago(days))
        [only] = feedback(known(one, cases=(case(found, wide, issues=(one,)),), origins=whose), {wide.id: wide})
        assert (only.sessions, only.people) == (sessions, people)
    bare_issue = issue(case(found, wide))
    [bare] = feedback(known(bare_issue, cases=(case(found, wide, issues=(bare_issue,)),)), {wide.id: wide})
    assert (bare.sessions, bare.people) == (0, 0)


def test_an_outage_is_one_session_of_what_an_issue_began_with() -> None:
    found = finding(3)
    hit = {each.event: "outage 2026-02-19" for each in found.signals}
    one = issue(case(found), created_at=NOW)
    whose = {f"s{number}": origin(f"s{number}", f"p{number}") for number in range(1, 4)}
    [only] = feedback(known(one, cases=(case(replace(found, outages=hit), issues=(one,)),), origins=whose), RULES)
    assert (only.sessions, only.people) == (1, 1)


def test_issues_whose_beginning_is_not_known_decide_on_no_threshold() -> None:
    assert proposal(rule(sessions=3), told(0, 3, 3, good=(0, 9)))[1].startswith("sessions: 3 → 4 ")
    assert proposal(rule(sessions=3), told(0, 0, 3, good=(9,)))[1].startswith("status: stable → shadow ")


def test_a_threshold_is_proposed_that_parts_the_rejected_from_the_fixed() -> None:
    proposed, words = proposal(rule(sessions=3), told(3, 3, 4, 5, 9, good=(8, 9, 12)))
    assert words == "sessions: 3 → 6 would have held back 4 of 5 rejected or silenced and 0 of 3 fixed"
    assert proposed == ("threshold.sessions", "3", "6", 4, 5, 0, 3)


def test_the_people_an_issue_began_with_are_proposed_where_sessions_do_not_tell() -> None:
    bad = [Feedback(RULE.id, at, False, "rejected", False, 9, 2) for at in range(3)]
    good = [Feedback(RULE.id, at, False, "fixed", False, 4, 5) for at in range(3)]
    _, words = proposal(rule(sessions=3, people=2), [*bad, *good])
    assert words == "people: 2 → 3 would have held back 3 of 3 rejected or silenced and 0 of 3 fixed"


def test_one_fixed_issue_in_five_may_be_held_back_and_no_more() -> None:
    assert proposal(rule(sessions=3), told(3, 4, 5, good=(4, 8, 8, 9, 9)))[1].startswith("sessions: 3 → 6 ")
    assert proposal(rule(sessions=3), told(3, 5, 5, good=(4, 4, 8, 9, 9)))[0] is None


def test_shadow_is_proposed_where_most_were_rejected_whatever_the_threshold() -> None:
    proposed, words = proposal(rule(sessions=3), told(3, 8, 20, good=(4,)))
    assert proposed is not None
    assert (proposed.setting, proposed.value) == ("status", "shadow")
    assert words == "status: stable → shadow would have held back 3 of 3 rejected or silenced and 1 of 1 fixed"


@pytest.mark.parametrize(
    ("used", "some", "words"),
    [
        (rule(), told(3, 3), "2 of its issues judged, 3 are needed: nothing is proposed"),
        (rule(status="shadow"), told(3, 3, 3), "it is shadow, and files nothing"),
        (rule(), told(good=(3, 3, 3)), "nothing was rejected or silenced"),
        (
            rule(), told(9, good=(3, 3, 3)),
            "1 of 4 judged were rejected or silenced, and no threshold tells them apart",
        ),
    ],
)  # fmt: skip
def test_where_nothing_is_proposed_the_reason_is_said(used: Any, some: list[Feedback], words: str) -> None:
    assert proposal(used, some) == (None, words)


@given(st.lists(st.integers(0, 30), max_size=8), st.lists(st.integers(0, 30), max_size=8))
def test_a_proposal_holds_back_most_of_the_rejected_and_few_of_the_fixed(bad: list[int], good: list[int]) -> None:
    proposed, words = proposal(rule(sessions=3), told(*bad, good=tuple(good)))
    assert words
    if proposed and proposed.setting == "threshold.sessions":
        value = int(proposed.value)
        assert value > 3
        assert proposed.held_against == sum(0 < each < value for each in bad) > proposed.of_against / 2
        assert proposed.held_fixed == sum(0 < each < value for each in good) <= proposed.of_fixed / 5


def test_a_filing_long_ago_that_has_no_date_is_silenced_too() -> None:
    undated = filed(1, created_at=None)
    [only] = feedback(known(undated, silences=(silence("rule", over=NOW - timedelta(days=400)),)), RULES)
    assert only.silenced
