"""When silences are over, what they are about, and what they kept quiet."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from cases import REPOSITORY, case, finding, fixed, issue
from hypothesis import given
from hypothesis import strategies as st
from made import NOW, days_ago, origins, rule, signal

from bot.core.case import Case
from bot.core.count import count
from bot.core.quieting import about_case, ends_soon, of_rules, quieted
from bot.core.rule_model import Silenced
from bot.core.silence import Silence
from bot.core.slash import Scope, Until, Wishes

PEOPLE = ("ada", "ben", "cy", "dee", "eve", "fay", "gil", "hal", "ida", "jo")
ORIGINS = origins(*PEOPLE)


def silence(until: Until | None = None, *, since: float = 10, **fields: object) -> Silence:
    made = Silence(
        REPOSITORY, 55, 7, "some-rule", "", Scope(), until or Until("date", days_ago(-4)), days_ago(since), "maya"
    )
    return made._replace(**fields)  # type: ignore[arg-type]


def known(sessions: int = 6) -> Case:
    made = case(finding(sessions))
    return replace(made, issues=(issue(made),))


def test_a_silence_holds_until_its_date_and_not_a_moment_longer() -> None:
    ends = Until("date", NOW)
    (at_end,) = quieted([known()], [silence(ends)], ORIGINS, NOW)
    (before,) = quieted([known()], [silence(ends)], ORIGINS, NOW - timedelta(seconds=1))
    assert (at_end.over, before.over, before.ends) == (NOW, None, NOW)


def test_only_sessions_after_the_silence_and_before_its_end_were_kept_quiet() -> None:
    # Sessions s1 … s6 spoke 0.5, 1, 1.5, 2, 2.5 and 3 days ago.
    (held,) = quieted([known()], [silence(since=2.2)], ORIGINS, NOW)
    (over,) = quieted([known()], [silence(Until("date", days_ago(1.2)), since=2.2)], ORIGINS, NOW)
    assert (held.kept, over.kept) == (4, 2)


def test_until_so_many_sessions_ends_with_the_last_of_them() -> None:
    (held,) = quieted([known()], [silence(Until("sessions", sessions=4))], ORIGINS, NOW)
    (waiting,) = quieted([known()], [silence(Until("sessions", sessions=7))], ORIGINS, NOW)
    assert (held.over, held.kept) == (days_ago(1.5), 4)
    assert (waiting.over, waiting.kept) == (None, 6)


def test_until_a_version_ends_when_that_version_shows_it() -> None:
    old, new = signal("s1", 3, version="2.0.9"), signal("s2", 1, version="2.1.0")
    (found,) = count([old, new], ORIGINS, [rule()], NOW)
    made = replace(case(found), issues=(issue(case(found)),))
    (held,) = quieted([made], [silence(Until("version", version="2.1"))], ORIGINS, NOW)
    (later,) = quieted([made], [silence(Until("version", version="2.2"))], ORIGINS, NOW)
    assert (held.over, later.over) == (days_ago(1), None)


def test_until_fixed_ends_with_a_fix_that_came_after_it() -> None:
    made = replace(known(), judgement=fixed(2))
    (held,) = quieted([made], [silence(Until("fixed"), since=5)], ORIGINS, NOW)
    (older,) = quieted([made], [silence(Until("fixed"), since=1)], ORIGINS, NOW)
    assert (held.over, older.over) == (days_ago(2), None)


def test_until_fixed_ends_when_a_person_reopens_the_issue() -> None:
    made = known()
    made = replace(made, judgement=replace(made.judgement, reopened_at=days_ago(1)))
    (held,) = quieted([made], [silence(Until("fixed"))], ORIGINS, NOW)
    assert held.over == days_ago(1)


def test_until_fixed_ends_when_a_maintainer_says_that_it_is_not_fixed() -> None:
    made = replace(known(), wishes=Wishes(unfixed=days_ago(1)))
    (held,) = quieted([made], [silence(Until("fixed"))], ORIGINS, NOW)
    assert held.over == days_ago(1)


def test_forever_is_only_ended_by_somebody() -> None:
    for_ever, lifted = silence(Until("forever")), silence(Until("forever"), lifted=days_ago(1), lifted_by="ann")
    held = quieted([known()], [for_ever, lifted], ORIGINS, NOW)
    assert [each.over for each in held] == [None, days_ago(1)]


@pytest.mark.parametrize(
    ("scope", "silent"),
    [
        (Scope(), True),
        (Scope("rule"), True),
        (Scope("repo"), True),
        (Scope("key", "module", "pandas"), False),
        (Scope("person", "ada"), True),  # shown where it was given
    ],
)
def test_a_scope_says_which_cases_are_silent(scope: Scope, silent: bool) -> None:
    made = known()
    held = quieted([made], [silence(scope=scope)], ORIGINS, NOW)
    assert bool(about_case(made, held)) is silent


def test_a_silence_of_this_issue_leaves_other_issues_of_its_rule_alone() -> None:
    made = known()
    other = replace(made, issues=(issue(made, 8),))
    held = quieted([made, other], [silence()], ORIGINS, NOW)
    assert (len(about_case(made, held)), about_case(other, held)) == (1, ())


def test_a_silence_of_another_repository_is_not_about_this_one() -> None:
    made = known()
    assert (
        about_case(made, quieted([made], [silence(repository="acme/other", scope=Scope("repo"))], ORIGINS, NOW)) == ()
    )


def test_the_silence_of_a_person_keeps_their_own_evidence_quiet() -> None:
    theirs = [signal("s1", 3), signal("s1", 12), signal("s2", 2)]
    said = silence(Until("date", days_ago(1)), since=10, scope=Scope("person", "ada"))
    (held,) = quieted([known()], [said], ORIGINS, NOW, theirs)
    assert (held.over, held.kept, held.findings) == (days_ago(1), 1, 1)


def test_what_holds_longest_stands_first_and_what_is_over_last() -> None:
    made = known()
    each = [
        silence(Until("date", days_ago(2)), comment=1),
        silence(Until("date", days_ago(-1)), comment=2),
        silence(Until("forever"), comment=3),
        silence(Until("date", days_ago(-9)), comment=4),
    ]
    held = about_case(made, quieted([made], each, ORIGINS, NOW))
    assert [one.silence.comment for one in held] == [3, 4, 2, 1]


def test_rule_files_silence_their_rule_or_one_value_of_its_key() -> None:
    whole = rule("a-rule", silenced=(Silenced(because="known"),))
    part = rule("b-rule", silenced=(Silenced(until=days_ago(-3), key={"module": "pandas"}),))
    first, second = of_rules([whole, part], [REPOSITORY])
    assert (first.scope, first.until.kind, first.because) == (Scope("rule"), "forever", "known")
    assert (second.scope, second.until.at, second.comment) == (Scope("key", "module", "pandas"), days_ago(-3), None)


def test_the_end_of_a_long_silence_is_said_three_days_before() -> None:
    notice = timedelta(days=3)
    (soon,) = quieted([known()], [silence(Until("date", days_ago(-2.9)), since=20)], ORIGINS, NOW)
    (later,) = quieted([known()], [silence(Until("date", days_ago(-3.1)), since=20)], ORIGINS, NOW)
    (short,) = quieted([known()], [silence(Until("date", days_ago(-2.9)), since=4)], ORIGINS, NOW)
    assert [ends_soon(each, NOW, notice) for each in (soon, later, short)] == [True, False, False]


@given(st.floats(0, 30), st.floats(-30, 30), st.floats(0, 10))
def test_a_silence_that_is_over_stays_over_as_time_goes_on(since: float, end: float, later: float) -> None:
    made = known()
    said = silence(Until("date", days_ago(-end)), since=since)
    (now,) = quieted([made], [said], ORIGINS, NOW)
    (then,) = quieted([made], [said], ORIGINS, NOW + timedelta(days=later))
    assert now.over is None or then.over == now.over
