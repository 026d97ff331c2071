"""Judging: signals against the fix, and the dates of fixes against the closes of the issue."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from made import NOW, days_ago, origin, rule, signal

from bot.core.count import count
from bot.core.history import Change, Happening, History
from bot.core.judge import Facts, Fix, Judgement, Verdicts, governing, judge
from bot.core.model import KnownIssue, Signal
from bot.core.rule_model import Regression, Rule

REPOSITORY = "acme/shop"
RULE = rule(sessions=2, people=1, regression=Regression(sessions=2, rollout=timedelta(hours=24)))
SHA = "a1b2c3d4" * 5


NOTHING = Facts(REPOSITORY)


def issue(number: int = 7, *, closed: float | None = None, reason: str = "completed", **fields: Any) -> KnownIssue:
    """An issue that was closed so many days ago; open where it was not."""
    return KnownIssue(
        REPOSITORY, number, "Something", "", "open" if closed is None else "closed", "" if closed is None else reason, (),
        locked=False, url="", closed_at=None if closed is None else days_ago(closed), **fields,
    )  # fmt: skip


def close(days: float, by: str = "dana", **fields: Any) -> Happening:
    return Happening("closed", days_ago(days), by, **({"reason": "completed"} | fields))


def reopen(days: float, by: str = "dana", **fields: Any) -> Happening:
    return Happening("reopened", days_ago(days), by, **fields)


def judged(*started: float | None, facts: Facts = NOTHING, used: Rule = RULE, **fields: Any) -> Judgement:
    """The judgement on sessions s1, s2, … that started so many days ago, each with a signal a tenth of a day later."""
    signals = [
        signal(f"s{number}", None if days is None else days - 0.1, **fields) for number, days in enumerate(started, 1)
    ]
    return of(signals, started, facts, used)


def of(signals: list[Signal], started: tuple[float | None, ...], facts: Facts, used: Rule = RULE) -> Judgement:
    origins = {
        f"s{number}": origin(f"s{number}", f"p{number % 3}", started_at=None if days is None else days_ago(days))
        for number, days in enumerate(started, 1)
    }
    (finding,) = count(signals, origins, [used], NOW)
    return judge(finding, origins, facts, used, NOW)


def history(*happenings: Happening, changes: tuple[Change, ...] = ()) -> History:
    return History(happenings, changes)


def test_without_a_known_fix_all_counts_are_zero() -> None:
    found = judged(3, 2, 1, facts=Facts(REPOSITORY, issue()))
    assert (found.fix, found.verdicts, found.discrepancy) == (None, Verdicts(0, 0, 0, 0, 0), "")


def test_each_session_is_judged_by_when_it_started() -> None:
    facts = Facts(REPOSITORY, issue(closed=10), history(close(10)))
    found = judged(20, 11, 9.5, 8, 3, None, facts=facts)
    assert found.verdicts == Verdicts(before_fix=2, in_rollout=1, old_code=0, after_fix=2, undated=1)
    assert found.fix == Fix(days_ago(10), "close", "dana")


@pytest.mark.parametrize(
    ("started", "expected"),
    [
        (10.000001, "before_fix"),
        (10.0, "in_rollout"),
        (9.000001, "in_rollout"),
        (9.0, "after_fix"),
    ],
)
def test_the_boundaries_belong_to_what_begins_there(started: float, expected: str) -> None:
    found = judged(started, facts=Facts(REPOSITORY, issue(closed=10), history(close(10))))
    assert getattr(found.verdicts, expected) == 1


def test_a_long_session_counts_by_its_start_not_by_its_signal() -> None:
    late = signal("s1", 1)
    found = of([late], (12,), Facts(REPOSITORY, issue(closed=10), history(close(10))))
    assert found.verdicts == Verdicts(before_fix=1)


def test_a_copied_history_does_not_make_a_session_older_than_it_is() -> None:
    whose = {"s1": origin("s1", started_at=days_ago(20), own_start=days_ago(2))}
    (finding,) = count([signal("s1", 2)], whose, [RULE], NOW)
    facts = Facts(REPOSITORY, issue(closed=10), history(close(10)))
    assert judge(finding, whose, facts, RULE, NOW).verdicts == Verdicts(after_fix=1)


def test_a_conversation_counts_once_for_the_strongest_verdict() -> None:
    whose = {
        "s1": origin("s1", conversation="s1", started_at=days_ago(20)),
        "s2": origin("s2", conversation="s1", started_at=days_ago(2)),
    }
    (finding,) = count([signal("s1", 20), signal("s2", 2)], whose, [RULE], NOW)
    facts = Facts(REPOSITORY, issue(closed=10), history(close(10)))
    assert judge(finding, whose, facts, RULE, NOW).verdicts == Verdicts(after_fix=1)


def test_the_latest_of_close_and_changes_decides() -> None:
    changes = (Change(SHA, days_ago(8), "Pin pandas\n\nFixes #7"), Change("#12", days_ago(12), "Pin\n\nCloses #7"))
    found = judged(9, 3, facts=Facts(REPOSITORY, issue(closed=10), history(close(10)), changes))
    assert found.fix == Fix(days_ago(8), "commit", SHA, SHA)
    assert found.verdicts == Verdicts(before_fix=1, after_fix=1)


def test_a_mere_mention_is_no_fix() -> None:
    changes = (Change(SHA, days_ago(8), "See #7"),)
    assert judged(3, facts=Facts(REPOSITORY, issue(), changes=changes)).fix is None


def test_a_change_is_known_once_however_many_tell_of_it() -> None:
    change = Change(SHA, days_ago(8), "Fixes #7")
    facts = Facts(
        REPOSITORY, issue(closed=8), history(close(8, change=change._replace(message="")), changes=(change,)), (change,)
    )
    assert [fix.source for fix in judged(3, facts=facts).fixes] == ["commit"]


def test_a_close_by_the_bot_is_no_fix() -> None:
    found = judged(3, 2, facts=Facts(REPOSITORY, issue(closed=10), history(close(10, by="friction-bot", own=True))))
    assert (found.fix, found.returned, found.discrepancy) == (None, 2, "")


def test_a_close_as_not_planned_is_no_fix() -> None:
    facts = Facts(REPOSITORY, issue(closed=10, reason="not_planned"), history(close(10, reason="not_planned")))
    assert judged(3, facts=facts).fix is None


def test_the_last_close_counts() -> None:
    facts = Facts(REPOSITORY, issue(closed=5), history(close(30), reopen(20), close(5)))
    found = judged(25, 7, 3, facts=facts)
    assert found.fix == Fix(days_ago(5), "close", "dana")
    assert found.verdicts == Verdicts(before_fix=2, after_fix=1)


def test_a_reopening_voids_what_was_fixed_before() -> None:
    changes = (Change(SHA, days_ago(30), "Fixes #7"),)
    found = judged(25, 3, facts=Facts(REPOSITORY, issue(), history(close(30), reopen(20)), changes))
    assert (found.fix, found.verdicts) == (None, Verdicts(0, 0, 0, 0, 0))


def test_a_fix_after_the_reopening_begins_a_new_cycle() -> None:
    changes = (Change(SHA, days_ago(30), "Fixes #7"), Change("b" * 40, days_ago(6), "Fixes #7 at last"))
    facts = Facts(REPOSITORY, issue(closed=6), history(close(30), reopen(20, own=True), close(6)), changes)
    found = judged(25, 3, facts=facts)
    assert [fix.ref for fix in found.fixes] == ["b" * 40, "dana"]
    assert found.verdicts == Verdicts(before_fix=1, after_fix=1)


def test_a_fix_that_the_rule_names_is_void_for_an_issue_that_was_filed_after_it() -> None:
    fixes = (Fix(days_ago(9), "rule"),)
    for created, known in ((10, 1), (8, 0), (-5, 1)):  # the last: an issue from after the moment that is played again
        facts = Facts(REPOSITORY, issue(created_at=days_ago(created)), rule_fixes=fixes)
        assert len(judged(3, facts=facts).fixes) == known


def test_a_revert_voids_the_fix_and_the_close_that_it_made() -> None:
    fix = Change(SHA, days_ago(12), "Fixes #7")
    revert = Change("c" * 40, days_ago(4), f'Revert "Fixes #7"\n\nThis reverts commit {SHA}.')
    found = judged(3, 2, facts=Facts(REPOSITORY, issue(closed=12), history(close(12, change=fix)), (fix, revert)))
    assert (found.fix, found.returned) == (None, 2)


def test_a_session_on_an_older_version_of_the_agent_is_old_code() -> None:
    fixes = (Fix(days_ago(10), "version", "2.1.0", of="agent"),)
    for version, expected in (
        ("2.0.9", "old_code"),
        ("2.1.0", "after_fix"),
        ("", "after_fix"),
        ("nightly", "after_fix"),
    ):
        found = judged(3, facts=Facts(REPOSITORY, rule_fixes=fixes), version=version)
        assert getattr(found.verdicts, expected) == 1, version


def test_a_captured_version_is_compared_as_a_version() -> None:
    used = rule(sessions=1, people=1, group_by=("release",), text="(?P<release>x)")
    fixes = (Fix(days_ago(10), "version", "1.10", of="release"),)
    found = judged(3, facts=Facts(REPOSITORY, rule_fixes=fixes), used=used, group=(("release", "1.9"),))
    assert found.verdicts == Verdicts(old_code=1)


def test_a_revision_without_the_fix_is_old_code_and_an_unknown_one_is_not() -> None:
    changes = (Change(SHA, days_ago(10), "Fixes #7"),)
    facts = Facts(REPOSITORY, issue(closed=10), history(close(10)), changes, lacking=frozenset({("0ld", SHA)}))
    assert judged(3, facts=facts, revision="0ld").verdicts == Verdicts(old_code=1)
    assert judged(3, facts=facts, revision="n3w").verdicts == Verdicts(after_fix=1)
    assert judged(3, facts=facts).verdicts == Verdicts(after_fix=1)


def test_a_version_that_nobody_runs_yet_makes_older_ones_old_code() -> None:
    facts = Facts(REPOSITORY, issue(closed=10), history(close(10)), versions=(("agent", "2.2.0"),))
    assert judged(3, facts=facts, version="2.1.10").verdicts == Verdicts(old_code=1)
    assert judged(3, facts=facts, version="2.2.0").verdicts == Verdicts(after_fix=1)


def test_what_was_there_when_a_duplicate_was_closed_is_no_news() -> None:
    facts = Facts(REPOSITORY, issue(3, closed=30), history(close(30)), seen=days_ago(10))
    assert judged(20, 3, facts=facts).verdicts == Verdicts(before_fix=1, after_fix=1)


def test_a_change_that_closed_its_issue_had_landed_by_then_whatever_its_clock_said() -> None:
    change = Change(SHA, days_ago(-300), "Fixes #7")
    found = judged(3, facts=Facts(REPOSITORY, issue(closed=10), history(close(10, change=change)), (change,)))
    assert found.fix == Fix(days_ago(10), "commit", SHA, SHA)
    assert found.verdicts == Verdicts(after_fix=1)


def test_closed_before_its_fix_landed_is_said_with_the_days() -> None:
    changes = (Change(SHA, days_ago(7), "Fixes #7"),)
    found = judged(3, facts=Facts(REPOSITORY, issue(closed=10), history(close(10)), changes))
    assert (found.discrepancy, found.days) == ("closed_before_fix", 3.0)


def test_closed_by_the_very_change_is_no_discrepancy() -> None:
    change = Change(SHA, days_ago(9.99), "Fixes #7")
    found = judged(3, facts=Facts(REPOSITORY, issue(closed=10), history(close(10, change=change)), (change,)))
    assert found.discrepancy == ""


def test_fixed_but_still_open_is_said_with_the_days() -> None:
    changes = (Change(SHA, days_ago(7), "Fixes #7"),)
    found = judged(9, 3, facts=Facts(REPOSITORY, issue(), changes=changes))
    assert (found.discrepancy, found.days, found.verdicts) == (
        "fixed_still_open",
        7.0,
        Verdicts(before_fix=1, after_fix=1),
    )


def test_closed_as_completed_with_no_fix_to_be_found_is_said() -> None:
    found = judged(3, facts=Facts(REPOSITORY, issue(closed=10), history(close(10))))
    assert (found.discrepancy, found.days) == ("no_fix_found", None)


def test_fresh_evidence_alone_decides_where_only_the_rule_knows_a_fix() -> None:
    fixes = (Fix(days_ago(5), "rule"),)
    found = judged(9, 8, 7, 2, facts=Facts(REPOSITORY, rule_fixes=fixes))
    assert (found.fresh_state, found.fresh.sessions) == ("below", 1)
    assert judged(9, 3, 2, facts=Facts(REPOSITORY, rule_fixes=fixes)).fresh_state == "active"


def test_the_oldest_open_issue_governs_then_the_one_closed_last() -> None:
    older, newer = issue(3, closed=30), issue(5, closed=2)
    assert governing([newer, older, issue(9), issue(8)]) == issue(8)
    assert governing([older, newer]) == newer
    assert governing([older, issue(6, closed=1, reason="duplicate")]) == older
    assert governing([]) is None


@given(st.lists(st.floats(0.2, 300), min_size=1, max_size=8), st.floats(0.2, 300), st.randoms())
def test_evidence_older_than_the_fix_never_counts_after_it(started: list[float], fixed: float, random: Any) -> None:
    facts = Facts(REPOSITORY, issue(closed=fixed), history(close(fixed)))
    in_order = judged(*started, facts=facts)
    shuffled = list(started)
    random.shuffle(shuffled)
    assert judged(*shuffled, facts=facts).verdicts == in_order.verdicts
    assert in_order.verdicts.after_fix == sum(days <= fixed - 1 for days in started)
    assert sum(in_order.verdicts) == len(started)
