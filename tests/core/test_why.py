"""Explanations: what fits a question, what decided each signal, and what would change the decision."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from cases import AT, REPOSITORY, RULE, case, finding, fixed, issue, limited
from made import NOW, days_ago, origin, rule, signal

from bot.core.case import Case, Moment
from bot.core.count import count
from bot.core.history import Decision
from bot.core.judge import Fix, Judgement, Verdicts
from bot.core.model import KnownIssue, Listing, ReadStats
from bot.core.plan import plan
from bot.core.report import Report
from bot.core.rule_model import Regression
from bot.core.wanted import Memory, about, chosen, nearest, rule_of, wanted
from bot.core.why import Explanation, Need, Picture, explain, explain_rule
from bot.core.why_change import Standing, changes

PATH = "rules/python/some-rule.yml"


def picture(of: Case, *issues: KnownIssue, at: Moment = AT, memory: Memory | None = None) -> Picture:
    """The picture of a run that has one case, with these issues."""
    whole = replace(of, issues=issues)
    actions = plan([whole], {REPOSITORY: Listing(REPOSITORY, complete=True, issues=issues)}, at)
    judgements = {of.finding.fingerprint: of.judgement}
    report = Report(NOW, False, ReadStats(), (), (of.finding,), actions, (), judgements)
    started = {each.session: (each.at or NOW) - timedelta(hours=1) for each in of.finding.signals}
    return Picture(report, {of.rule.id: of.rule}, {of.rule.id: PATH}, memory or Memory(), started)


def told(of: Case, *issues: KnownIssue, at: Moment = AT) -> Explanation:
    return explain(of.finding.fingerprint, picture(of, *issues, at=at))


def decision(fingerprint: str = "ab" * 32, number: int | None = None, of: str = "some-rule") -> Decision:
    return Decision(NOW, REPOSITORY, fingerprint, of, "open", "open", number, "3 of 3 sessions", "done")


@pytest.mark.parametrize(
    ("text", "number", "repository", "fingerprint"),
    [
        ("12", 12, "", ""),
        ("#12", 12, "", ""),
        ("acme/shop#12", 12, "acme/shop", ""),
        ("https://github.com/acme/shop/issues/12", 12, "acme/shop", ""),
        ("https://github.com/acme/shop/issues/12#issuecomment-4", 12, "acme/shop", ""),
        ("https://git.example.com/api/v3/repos/acme/shop/issues/12", 12, "acme/shop", ""),
        ("3FA9C1", None, "", "3fa9c1"),
        ("3fa9c", None, "", ""),
        ("123456", 123456, "", "123456"),
        ("python-module-missing", None, "", ""),
        ("https://github.com/acme/shop/pull/12", None, "", ""),
        ("", None, "", ""),
    ],
)
def test_a_question_names_an_issue_a_fingerprint_or_a_rule(
    text: str, number: int | None, repository: str, fingerprint: str
) -> None:
    assert wanted(f" {text} ")[1:] == (number, repository, fingerprint)


def test_an_issue_a_fingerprint_and_a_rule_lead_to_the_same_finding() -> None:
    of = case()
    known = issue(of, 7)
    seen = picture(of, known)
    name = of.finding.fingerprint
    for text in ("7", "#7", "acme/shop#7", "ACME/Shop#7", name, name[:6], "some-rule"):
        assert chosen(wanted(text), seen.report, seen.rules, seen.memory) == (name,), text
    for text in ("8", "acme/other#7", "some-rul", "beef00"):
        assert chosen(wanted(text), seen.report, seen.rules, seen.memory) == (), text


def test_digits_are_an_issue_first_and_then_a_fingerprint() -> None:
    memory = Memory({REPOSITORY: {"123456" + "a" * 58: 3, "b" * 64: 123456}})
    empty = Report(NOW, False, ReadStats(), (), (), (), ())
    assert chosen(wanted("123456"), empty, {}, memory) == ("b" * 64,)
    assert chosen(wanted("1234567"), empty, {}, Memory({REPOSITORY: {"1234567" + "a" * 57: 3}})) == (
        "1234567" + "a" * 57,
    )


def test_an_issue_is_found_by_what_is_remembered_of_it() -> None:
    empty = Report(NOW, False, ReadStats(), (), (), (), ())
    memory = Memory(decisions=(decision("ab" * 32, 4),))
    assert chosen(wanted("4"), empty, {}, memory) == ("ab" * 32,)


def test_a_rule_is_known_by_its_earlier_names() -> None:
    renamed = rule("new-name", aliases=("old-name",))
    assert rule_of(wanted("old-name"), {"new-name": renamed}) is renamed
    assert rule_of(wanted("no-name"), {"new-name": renamed}) is None


def test_only_rules_that_look_alike_are_near() -> None:
    rules = {name: rule(name) for name in ("python-module-missing", "port-in-use")}
    assert nearest(wanted("python-modul-mising"), rules) == ("python-module-missing",)
    assert (nearest(wanted("zzz"), rules), nearest(wanted("#12"), rules)) == ((), ())


def test_decisions_about_an_issue_are_those_of_what_is_kept_in_it() -> None:
    before, after, other = decision("ab" * 32), decision("ab" * 32, 4), decision("cd" * 32, 5, "other-rule")
    log = (other, after, before)
    assert about(wanted("4"), log, {}) == (after, before)
    assert about(wanted("6"), log, {REPOSITORY: {"cd" * 32: 6}}) == (other,)
    assert about(wanted("other-rule"), log, {}) == (other,)
    assert about(wanted("ababab"), log, {}) == (after, before)
    assert about(wanted("nothing"), log, {}) == ()


def test_a_finding_below_its_threshold_says_what_is_lacking_and_until_when() -> None:
    of = case(finding(1))
    seen = told(of)
    assert seen.needs[:2] == (
        Need("threshold.sessions", 1, 2, "sessions within 14 days"),
        Need("threshold.people", 1, 2, "people within 14 days"),
    )
    leaves = NOW - timedelta(days=0.5) + timedelta(days=14)
    assert seen.changes == (
        (
            f"1 more session and 1 more person within 14 days, before {leaves:%Y-%m-%d %H:%M} UTC,"
            " when the first of those counted leaves the window"
        ),
        f"lowering threshold.sessions to 1 in {PATH}",
        f"lowering threshold.people to 1 in {PATH}",
    )


def test_a_finding_that_the_window_lost_says_when_it_was_last_seen() -> None:
    (old,) = count([signal("s1", 40)], {"s1": origin("s1")}, [RULE], NOW)
    last = days_ago(40)
    assert told(case(old)).changes == (
        "2 more sessions and 2 more people within 14 days",
        f"a longer threshold.within in {PATH}: it was last seen {last:%Y-%m-%d %H:%M} UTC",
    )


def test_a_closed_issue_waits_for_sessions_that_begin_after_its_fix() -> None:
    of = case(judgement=fixed(10, after=1))
    seen = told(of, issue(of, 7, closed=10))
    closed = f"{days_ago(10):%Y-%m-%d %H:%M} UTC"
    assert seen.needs[-1] == Need("regression.sessions", 1, 2, f"sessions that start after {closed}")
    assert seen.changes == (
        f"1 more session that starts after {closed}",
        f"lowering regression.sessions to 1 in {PATH}",
        "a person reopening #7: then it is open, and the fixes before that count no more",
    )


def test_a_fix_that_holds_without_an_issue_waits_for_the_whole_threshold_again() -> None:
    fix = Fix(days_ago(3), "rule", "commit abc", "abc")
    judged = Judgement(fix=fix, fixes=(fix,), verdicts=Verdicts(before_fix=2), fresh_state="below")
    used = rule(sessions=2, people=2, regression=Regression(rollout=timedelta(days=1)))
    assert told(case(finding(used=used), used, judgement=judged)).changes == (
        (
            f"2 more sessions and 2 more people, of sessions that start after {days_ago(2):%Y-%m-%d %H:%M} UTC"
            " on code that has the fix"
        ),
        f"taking the fix out of fixes: in {PATH}",
    )


def test_what_is_not_filed_because_of_a_limit_says_where_the_limit_is() -> None:
    seen = told(case(), at=limited(run=0))
    assert seen.actions[0].row == "limit"
    assert "limits.new_issues_per_run" in seen.changes[1]


@pytest.mark.parametrize(
    ("of", "known", "row", "change"),
    [
        (case(), (), "open", f"fixes: in {PATH} naming what fixed it: then only later sessions count"),
        (case(), ({},), "says_it", "closing #7 as completed: then only sessions that start after that count"),
        (case(), ({"locked": True},), "locked", "unlocking #7"),
        (
            case(),
            ({"closed": 3, "state_reason": "not_planned"},),
            "not_planned",
            f"regression.escalate in {PATH}: how many times it has to grow to be brought back",
        ),
        (
            case(),
            ({"body": "A person rewrote it."},),
            "no_region",
            "putting the bot's part of #7 back, with its hidden first line (the edit history has it)",
        ),
        (case(gone="#7 is there no more (deleted)"), (), "gone", "nothing that happens in sessions; "),
        (case(rendered=None), (), "unrendered", f"texts, group key and template of {PATH}: "),
        (case(judgement=fixed(10, after=2)), ({"closed": 10},), "regression", "closing #7 as completed: "),
    ],
)
def test_each_row_says_what_would_lead_to_another(
    of: Case, known: tuple[dict[str, object], ...], row: str, change: str
) -> None:
    issues = tuple(issue(of, 7, **fields) for fields in known)  # type: ignore[arg-type]
    seen = told(of, *issues)
    assert seen.actions[0].row == row
    assert any(each.startswith(change) for each in seen.changes), seen.changes


def test_no_change_is_left_with_an_unfilled_place() -> None:
    of = case()
    seen = picture(of, issue(of, 7))
    for row in sorted(ROWS):
        action = replace(seen.report.plan[0], row=row)
        said = changes(Standing(of.finding, RULE, PATH, of.judgement, action, NOW))
        assert not any("{" in each or "None" in each for each in said), (row, said)
        assert said or row == "fix_holds", row


ROWS = {
    "locked", "gone", "duplicate", "not_planned", "regression", "regression_late", "fixed", "returned", "no_region",
    "says_it", "update", "milestone", "quiet_proposed", "quiet_close", "quiet_told", "merged_duplicate", "retired", "open",
    "fix_holds", "waiting", "incomplete", "limit", "breaker", "shadow", "unrendered", "superseded", "backoff", "split",
    "overview", "unreadable", "escalated", "dates",
}  # fmt: skip


def test_each_signal_says_when_its_session_began_and_what_decided_its_verdict() -> None:
    fixes = (Fix(days_ago(6), "version", "2.1.9", of="agent"), Fix(days_ago(5), "commit", "f" * 40, "f" * 40))
    verdicts = {
        "e0": "before_fix",
        "e1": "in_rollout",
        "e2": "old_code",
        "e3": "old_code",
        "e4": "after_fix",
        "e5": "undated",
    }
    signals = tuple(
        signal(f"s{number}", None if number == 5 else 9 - number, event=f"e{number}", **fields)
        for number, fields in enumerate(({}, {}, {"version": "2.1.3"}, {"revision": "a" * 40}, {}, {}))
    )
    judged = Judgement(fix=fixes[1], fixes=fixes, by_signal=verdicts)
    used = rule(sessions=2, regression=Regression(rollout=timedelta(days=1)))
    seen = told(case(finding(used=used, signals=signals, outages={"e4": "outage 1"}), used, judgement=judged))
    fixed_at, reached = f"{days_ago(5):%Y-%m-%d %H:%M} UTC", f"{days_ago(4):%Y-%m-%d %H:%M} UTC"
    assert [(each.verdict, each.against) for each in seen.signals] == [
        ("before_fix", f"before {fixed_at}"),
        ("in_rollout", f"before {reached}"),
        ("old_code", "2.1.3 is older than 2.1.9"),
        ("old_code", "aaaaaaaaaa lacks ffffffffff"),
        ("after_fix", f"after {reached}"),
        ("undated", "it has no time"),
    ]
    assert [each.outage for each in seen.signals] == ["", "", "", "", "outage 1", ""]
    assert [each.in_window for each in seen.signals] == [True] * 5 + [False]
    assert seen.signals[0].started == days_ago(9) - timedelta(hours=1)


def test_without_a_fix_no_signal_has_a_verdict() -> None:
    assert {(each.verdict, each.against) for each in told(case()).signals} == {("", "")}


def test_what_has_no_evidence_any_more_is_told_by_the_log() -> None:
    name = "ab" * 32
    memory = Memory({REPOSITORY: {name: 4}}, (decision(name, 4),))
    report = Report(NOW, False, ReadStats(), (), (), (), ())
    seen = explain(name, Picture(report, {}, {}, memory))
    assert (seen.rule_id, seen.repository, seen.issue, seen.rule, seen.finding) == (
        "some-rule",
        REPOSITORY,
        4,
        None,
        None,
    )
    assert (seen.decisions, seen.changes) == (memory.decisions, ())


def test_a_rule_that_found_nothing_is_explained_too() -> None:
    report = Report(NOW, False, ReadStats(), (), (), (), ())
    seen = explain_rule(RULE, Picture(report, {RULE.id: RULE}, {RULE.id: PATH}))
    assert (seen.rule_id, seen.fingerprint, seen.path, len(seen.changes)) == ("some-rule", "", PATH, 1)
