"""The decision table, row by row, on both sides of each boundary."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from cases import AT, RULE, case, decided, finding, fixed, issue, planned
from hypothesis import given
from hypothesis import strategies as st
from made import NOW, days_ago, rule

from bot.core.case import Canonical, Moment
from bot.core.history import Intent
from bot.core.judge import Fix, Judgement
from bot.core.rule_model import IssueSpec, Regression


def used(**fields: Any) -> Any:
    return rule(sessions=2, people=2, **({"regression": RULE.regression} | fields))


# ── none ──────────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_an_active_finding_without_an_issue_is_opened() -> None:
    (action,) = planned(case())
    assert (action.action, action.row, action.title, action.body) == (
        "open", "open", "Something goes wrong", "What happened",
    )  # fmt: skip
    assert action.labels == ("user-feedback", "friction: some-rule")
    assert action.reason == "2 of 2 sessions, 2 of 2 people within 14 days; no issue has it"


def test_a_finding_below_its_threshold_is_skipped_with_n_of_m() -> None:
    (action,) = planned(case(finding(1), rendered=None))
    assert (action.row, action.reason) == (
        "below",
        "below its threshold: 1 of 2 sessions, 1 of 2 people within 14 days",
    )


def test_what_only_has_not_been_cleared_yet_says_so() -> None:
    (action,) = planned(case(finding(in_window=finding(1).in_window)))
    assert action.action == "open"
    assert action.reason.startswith("it was at its threshold, and is cleared below 1 sessions: 1 of 2 sessions")


@pytest.mark.parametrize("status", ["draft", "shadow", "retired"])
def test_only_stable_rules_file(status: str) -> None:
    it = used(status=status)
    (action,) = planned(case(finding(used=it), it))
    assert (action.row, action.reason) == ("shadow", f"the rule is {status}: counted, never filed")


def test_nothing_is_opened_on_an_incomplete_listing() -> None:
    assert decided(case(), complete=False) == [("skip", "incomplete", None)]


def test_what_could_not_be_rendered_is_not_opened() -> None:
    assert decided(case(rendered=None)) == [("skip", "unrendered", None)]


def test_an_issue_that_was_deleted_is_not_filed_again() -> None:
    assert decided(case(gone="#5 is there no more (deleted): it is not filed again")) == [("skip", "gone", None)]


def test_an_unanswered_filing_is_waited_for_until_it_settles() -> None:
    for minutes, expected in ((9.9, ("skip", "waiting", None)), (10, ("open", "open", None))):
        intent = Intent("1" * 32, "acme/shop", "", "open", "", NOW - timedelta(minutes=minutes))
        assert decided(case(intent=intent)) == [expected]


def test_evidence_older_than_a_fix_that_the_rule_names_opens_nothing() -> None:
    assert decided(case(judgement=fixed(after=1))) == [("skip", "fix_holds", None)]
    assert decided(case(judgement=fixed(after=2))) == [("open", "open", None)]


def test_what_an_earlier_grouping_filed_is_not_filed_again() -> None:
    assert decided(case(claimed=4)) == [("skip", "split", 4)]


# ── open ──────────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_an_open_issue_that_says_it_all_is_left_alone() -> None:
    assert decided(case(), issue(case())) == [("skip", "says_it", 7)]


def test_an_open_issue_is_edited_when_the_evidence_changed() -> None:
    (action,) = planned(case(), issue(case(), marker={"story": "another"}))
    assert (action.action, action.row, action.issue, action.body, action.comment) == (
        "update", "update", 7, "What happened", "",
    )  # fmt: skip


def test_the_passing_of_time_alone_is_no_news() -> None:
    older = finding(3)
    before = issue(case(older))
    assert decided(case(replace(older, in_window=older.in_window._replace(sessions=0))), before) == [
        ("skip", "says_it", 7)
    ]


def test_an_issue_whose_region_a_person_removed_is_left_alone() -> None:
    assert decided(case(), issue(case(), body="mine now")) == [("skip", "no_region", 7)]


@pytest.mark.parametrize(("state", "closed"), [("open", None), ("closed", 5)])
def test_a_locked_issue_is_left_alone(state: str, closed: float | None) -> None:
    there = issue(case(), closed=closed, locked=True, marker={"story": "another"})
    assert decided(case(judgement=fixed(5, after=9)), there) == [("skip", "locked", 7)]


def test_what_is_hot_is_edited_four_times_a_day_and_then_waits() -> None:
    today = NOW.date().isoformat()
    for edits, row in ((f"{today}:3", "update"), (f"{today}:4", "backoff"), ("2026-02-19:9", "update")):
        assert [each[1] for each in decided(case(), issue(case(), marker={"story": "x", "edits": edits}))] == [row]


@pytest.mark.parametrize(
    ("sessions", "told", "expected"), [(5, "", ""), (6, "", "grew:3x2"), (6, "2", ""), (30, "2", "grew:3x10")]
)
def test_a_comment_is_made_at_two_five_and_ten_times_the_sessions(sessions: int, told: str, expected: str) -> None:
    there = issue(case(finding(3)), marker={"sessions": "3", "told": told, "story": "x"})
    grown = finding(3)
    (action,) = planned(case(replace(grown, total=grown.total._replace(sessions=sessions))), there)
    assert action.topic == expected
    assert (action.row == "milestone") is bool(expected)


def test_a_step_of_the_sessions_is_told_once_also_when_it_was_jumped_over() -> None:
    there = issue(case(finding(3)), marker={"sessions": "3", "told": "2,5,10"})
    (action,) = planned(case(finding(3, total=finding().total._replace(sessions=20))), there)
    assert (action.action, action.comment) == ("update", "")


def test_a_severity_that_rises_is_told_and_one_that_falls_is_not() -> None:
    for before, topic in (("low", "severity:medium"), ("high", "")):
        (action,) = planned(case(), issue(case(), marker={"severity": before, "story": "x"}))
        assert action.topic == topic


def test_of_several_open_ones_the_oldest_stays() -> None:
    there = case()
    assert decided(there, issue(there, 9), issue(there, 7), issue(there, 8)) == [
        ("skip", "says_it", 7), ("close", "merged_duplicate", 8), ("close", "merged_duplicate", 9),
    ]  # fmt: skip
    closing = planned(there, issue(there, 9), issue(there, 7))[1]
    assert (closing.comment, closing.state_reason) == ("Duplicate of #7", "duplicate")


def test_a_duplicate_that_a_person_opened_again_stays_open() -> None:
    there = case()
    reopened = issue(there, 9, marker={"duplicate_of": "7"})
    assert decided(there, issue(there, 7), reopened) == [("skip", "says_it", 7)]


def test_a_close_for_a_reason_that_nobody_knows_is_left_alone() -> None:
    it = case(finding(4), judgement=Judgement(closed_at=days_ago(10), returned=4))
    assert decided(it, issue(it, closed=10, state_reason="resolved_elsewhere")) == [("skip", "not_planned", 7)]


@pytest.mark.parametrize("reason", ["completed", "not_planned"])
def test_what_was_filed_although_a_person_had_closed_an_older_one_is_closed_as_its_duplicate(reason: str) -> None:
    row = {"completed": "fixed", "not_planned": "not_planned"}[reason]
    there = case(judgement=fixed(10))
    closed, stray = issue(there, 7, closed=10, state_reason=reason), issue(there, 9, created_at=days_ago(9))
    assert decided(there, closed, stray) == [("skip", row, 7), ("close", "merged_duplicate", 9)]
    kept_open = issue(there, 9, created_at=days_ago(11))
    assert decided(there, closed, kept_open) == [("skip", "says_it", 9)]
    meant = issue(there, 9, created_at=days_ago(9), marker={"after": "7"})
    assert decided(there, closed, meant) == [("skip", "says_it", 9)]
    by_people = issue(there, 9, created_at=days_ago(9), body="ours now")
    assert decided(there, closed, by_people) == [("skip", "no_region", 9)]
    merged = issue(there, 7, closed=10, state_reason="duplicate")
    assert decided(there, merged, stray) == [("skip", "says_it", 9)]


def test_a_long_key_that_a_marker_has_no_room_for_is_left_out() -> None:
    long = finding(key=(("module", "\u4e16" * 200),))
    (action,) = planned(case(long))
    assert dict(action.fields)["key"] == ""


def test_the_issue_of_a_retired_rule_without_the_bots_part_is_left_alone() -> None:
    it = used(status="retired")
    there = case(finding(used=it), it)
    assert decided(there, issue(there, body="ours")) == [("skip", "no_region", 7)]


def test_the_issue_of_a_retired_rule_is_told_so_once_and_left_alone() -> None:
    it = used(status="retired")
    there = case(finding(used=it), it)
    assert decided(there, issue(there)) == [("comment", "retired", 7)]
    assert decided(there, issue(there, marker={"retired": "1"})) == [("skip", "retired", 7)]


@pytest.mark.parametrize(
    ("wish", "expected"),
    [
        ("propose", ("comment", "quiet_proposed", 7)),
        ("close", ("close", "quiet_close", 7)),
        ("leave", ("skip", "says_it", 7)),
    ],
)
def test_what_is_proven_quiet_is_done_as_the_rule_says(wish: str, expected: tuple[str, str, int]) -> None:
    it = used(issue=IssueSpec(on_quiet=wish))  # type: ignore[arg-type]
    there = case(finding(used=it, state="quiet"), it)
    assert decided(there, issue(there)) == [expected]
    below = case(finding(used=it, state="below"), it)
    assert decided(below, issue(below)) == [("skip", "says_it", 7)]


def test_quiet_is_told_once_and_again_only_after_new_evidence() -> None:
    there = case(finding(state="quiet"))
    topic = planned(there, issue(there))[0].topic
    assert decided(there, issue(there, marker={"quiet": topic})) == [("skip", "quiet_told", 7)]
    assert decided(there, issue(there, marker={"quiet": "quiet:2026-01-01T00:00"})) == [
        ("comment", "quiet_proposed", 7)
    ]


def test_what_a_person_reopened_after_it_was_last_seen_is_not_closed_again() -> None:
    it = used(issue=IssueSpec(on_quiet="close"))
    for reopened, row in ((days_ago(0.1), "quiet_told"), (days_ago(5), "quiet_close")):
        there = case(finding(used=it, state="quiet"), it, judgement=Judgement(reopened_at=reopened))
        assert [each[1] for each in decided(there, issue(there))] == [row]


def test_an_issue_of_an_earlier_name_is_carried_over() -> None:
    there = case()
    assert decided(there, issue(there, fingerprint="e" * 64)) == [("update", "update", 7)]


# ── completed ─────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("after", "expected"), [(0, ("skip", "fixed", 7)), (1, ("skip", "fixed", 7)), (2, ("reopen", "regression", 7))]
)
def test_a_regression_needs_as_many_sessions_after_the_fix_as_the_rule_says(
    after: int, expected: tuple[str, str, int]
) -> None:
    it = case(judgement=fixed(after=after, before=9))
    assert decided(it, issue(it, closed=10)) == [expected]


def test_a_skip_says_the_counts_by_verdict() -> None:
    it = case(judgement=fixed(after=1, before=9))
    assert planned(it, issue(it, closed=10))[0].reason == (
        "#7: closed as completed by dana 2026-02-10 12:00 UTC; 9 sessions before the fix, 0 during rollout, 0 on old code,"
        " 1 after (2 would bring it back)"
    )


def test_a_regression_is_told_once_with_both_dates() -> None:
    it = case(judgement=fixed(after=2, first_after=days_ago(1)))
    (action,) = planned(it, issue(it, closed=10))
    assert action.topic == "regression:2026-02-10T12:00:00"
    assert "2 sessions that started after the fix" in action.comment
    assert "Fixed 2026-02-10 12:00 UTC (closed as completed by `dana`), closed 2026-02-10 12:00 UTC" in action.comment


def test_long_after_the_close_a_new_issue_links_the_old_one() -> None:
    for days, expected in ((60, ("reopen", "regression", 7)), (60.1, ("open", "regression_late", None))):
        it = case(judgement=fixed(days, after=2))
        assert decided(it, issue(it, closed=days)) == [expected]
    it = case(judgement=fixed(61, after=2))
    assert dict(planned(it, issue(it, closed=61))[0].fields)["after"] == "7"


def test_a_late_regression_needs_a_complete_listing() -> None:
    it = case(judgement=fixed(61, after=2))
    assert decided(it, issue(it, closed=61), complete=False) == [("skip", "incomplete", 7)]


def test_a_close_by_the_bot_is_taken_back_when_the_friction_is() -> None:
    for after, expected in ((1, ("skip", "fixed", 7)), (2, ("reopen", "returned", 7))):
        it = case(judgement=Judgement(closed_at=days_ago(10), returned=after))
        assert decided(it, issue(it, closed=10)) == [expected]
    below = case(finding(state="below"), judgement=Judgement(closed_at=days_ago(10), returned=2))
    assert decided(below, issue(below, closed=10)) == [("skip", "fixed", 7)]


def test_what_happened_to_the_issue_must_be_known_before_it_is_touched() -> None:
    it = case(unknown="GitHub could not answer", judgement=fixed(after=9))
    assert decided(it, issue(it, closed=10)) == [("skip", "unreadable", 7)]


def test_dates_that_do_not_agree_are_said_on_the_closed_issue_once() -> None:
    landed = Fix(days_ago(8), "commit", "a" * 40)
    it = case(judgement=replace(fixed(10), fixes=(landed,), discrepancy="closed_before_fix", days=2.0))
    skipped, said = planned(it, issue(it, closed=10))
    assert (skipped.row, said.action, said.row, said.comment) == ("fixed", "update", "dates", "")
    assert decided(it, issue(it, closed=10, marker=dict(said.fields))) == [("skip", "fixed", 7)]


def test_that_no_fix_was_found_is_said_a_day_after_the_close() -> None:
    for days, rows in ((0.9, ["fixed"]), (1, ["fixed", "dates"])):
        it = case(judgement=replace(fixed(days), discrepancy="no_fix_found"))
        assert [each[1] for each in decided(it, issue(it, closed=days))] == rows


# ── not planned, duplicate ────────────────────────────────────────────────────────────────────────────────────────────


def test_not_planned_stays_closed_whatever_comes() -> None:
    it = case(finding(4), judgement=Judgement(closed_at=days_ago(10), returned=4))
    assert decided(it, issue(it, closed=10, state_reason="not_planned")) == [("skip", "not_planned", 7)]


def test_not_planned_is_reopened_only_where_the_rule_asks_for_it_and_it_grew() -> None:
    it = used(regression=Regression(sessions=2, escalate=3))
    for total, row in ((5, "not_planned"), (6, "escalated")):
        found = finding(used=it, total=finding().total._replace(sessions=total))
        there = case(found, it, judgement=Judgement(closed_at=days_ago(10), returned=4))
        assert [
            each[1]
            for each in decided(there, issue(there, closed=10, state_reason="not_planned", marker={"sessions": "2"}))
        ] == [row]


@pytest.mark.parametrize(
    ("canonical", "after", "expected"),
    [
        (None, 9, ("skip", "duplicate", 7)),
        (Canonical((3, 7), "circle"), 9, ("skip", "duplicate", 7)),
        (Canonical((3,), "open"), 9, ("skip", "duplicate", 7)),
        (Canonical((3,), "closed", "not_planned"), 9, ("skip", "duplicate", 7)),
        (Canonical((3,), "closed", "completed"), 1, ("skip", "duplicate", 7)),
        (Canonical((3,), "closed", "completed"), 2, ("open", "regression_late", None)),
    ],
)
def test_a_duplicate_follows_the_issue_that_is_kept(
    canonical: Canonical | None, after: int, expected: tuple[str, str, int | None]
) -> None:
    it = case(judgement=fixed(after=after), canonical=canonical)
    assert decided(it, issue(it, closed=5, state_reason="duplicate")) == [expected]


# ── invariants ────────────────────────────────────────────────────────────────────────────────────────────────────────

STATES = st.sampled_from([(None, ""), (5.0, "completed"), (5.0, "not_planned"), (5.0, "duplicate"), (5.0, "")])


@given(STATES, st.integers(0, 40), st.sampled_from(["active", "below", "quiet"]))
def test_evidence_from_before_the_fix_never_opens_or_reopens_anything(
    state: tuple[Any, str], before: int, standing: str
) -> None:
    it = case(finding(state=standing), judgement=fixed(5, before=before, after=0))
    there = [] if state[0] is None else [issue(it, closed=state[0], state_reason=state[1])]
    assert not {"open", "reopen"} & {each[0] for each in decided(it, *there)}


@given(STATES, st.integers(0, 9), st.integers(0, 9), st.sampled_from(["active", "below"]))
def test_more_evidence_never_closes(state: tuple[Any, str], before: int, after: int, standing: str) -> None:
    it = case(finding(state=standing), judgement=fixed(5, before=before, after=after))
    assert "close" not in {each[0] for each in decided(it, issue(it, closed=state[0], state_reason=state[1]))}


@given(st.integers(1, 60), st.sampled_from(["", "2", "2,5"]), st.sampled_from(["low", "medium"]))
def test_what_was_done_is_not_planned_again(sessions: int, told: str, severity: str) -> None:
    it = case(finding(3, total=finding().total._replace(sessions=sessions)))
    marker = {"sessions": "3", "told": told, "severity": severity, "story": "x"}
    (action,) = planned(it, issue(it, marker=marker))
    after = issue(it, marker=marker | dict(action.fields))
    assert {each[0] for each in decided(it, after)} == {"skip"}


def test_the_settle_time_is_the_moments_own() -> None:
    intent = Intent("1" * 32, "acme/shop", "", "open", "", NOW - timedelta(minutes=1))
    assert decided(case(intent=intent), at=Moment(NOW, settle=timedelta(seconds=30))) == [("open", "open", None)]
    assert AT.settle == timedelta(minutes=10)
