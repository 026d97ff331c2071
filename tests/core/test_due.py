"""Until a case is due, time alone changes nothing about it: what was left alone is left alone at every moment until then."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from cases import AT, RENDERED, REPOSITORY, case, fixed, issue
from hypothesis import assume, given
from hypothesis import strategies as st
from made import NOW, days_ago, origins, rule, signal

from bot.core.case import Case, Moment
from bot.core.count import count
from bot.core.due import due
from bot.core.history import Happening, History
from bot.core.judge import Facts, judge
from bot.core.model import Action, KnownIssue, Listing
from bot.core.plan import plan
from bot.core.quieting import about_case, quieted
from bot.core.rule_model import IssueSpec, Regression, Rule
from bot.core.silence import Silence
from bot.core.slash import Scope, Until

PEOPLE = origins("ada", "ben", "cy", "ada", "ben", "cy")
QUIET = timedelta(days=20)


def _rule(on_quiet: str) -> Rule:
    return rule(
        sessions=2, people=2, quiet=QUIET, within=timedelta(days=14),
        regression=Regression(sessions=2, reopen_within=timedelta(days=60)), issue=IssueSpec(on_quiet=on_quiet),
    )  # fmt: skip


def _as_of(
    now: datetime, days: list[float], used: Rule, known: KnownIssue | None, until: datetime | None
) -> Case | None:
    """The case as everything would be told at a moment."""
    signals = [signal(f"s{number % 6 + 1}", ago, of=used.id, event=f"e{number}") for number, ago in enumerate(days)]
    found = count(signals, PEOPLE, [used], now)
    if not found:
        return None
    happened = [Happening("closed", known.closed_at, "dana")] if known and known.closed_at else []
    facts = Facts(REPOSITORY, known, History(tuple(happened)))
    told = Case(found[0], used, judge(found[0], PEOPLE, facts, used, now), (known,) if known else (), RENDERED)
    said = Silence(REPOSITORY, 1, 7, used.id, "", Scope("this"), Until("date", until), days_ago(80))
    held = quieted([told], [said] if until else [], PEOPLE, now)
    return replace(told, silences=about_case(told, held))


def _writes(of: Case, now: datetime) -> list[Action]:
    listing = {REPOSITORY: Listing(REPOSITORY, complete=True, issues=of.issues)}
    return [*plan([of], listing, Moment(now))]


@given(
    st.lists(st.floats(-5, 100), min_size=1, max_size=8),
    st.sampled_from(["none", "open", "closed"]),
    st.sampled_from(["leave", "propose", "close"]),
    st.floats(0.01, 90),
    st.none() | st.floats(-40, 30),
    st.floats(0, 1),
)
def test_what_is_left_alone_now_is_left_alone_until_it_is_due(
    days: list[float], state: str, on_quiet: str, closed: float, silent: float | None, share: float
) -> None:
    used = _rule(on_quiet)
    until = None if silent is None else days_ago(silent)
    bare = _as_of(NOW, days, used, None, None)
    assume(bare is not None)
    assert bare is not None
    known = None if state == "none" else issue(bare, closed=closed if state == "closed" else None)
    now = _as_of(NOW, days, used, known, until)
    assert now is not None
    actions = _writes(now, NOW)
    when = due(now, actions, replace(AT, now=NOW))
    future = [days_ago(ago) for ago in days if ago < 0]  # evidence to come is told apart, by whoever reads it
    end = min([each for each in (when, *future) if each] or [NOW + timedelta(days=200)])
    later = NOW + (end - NOW) * share
    assume(later < end)
    then = _as_of(later, days, used, known, until)
    assert then is not None
    assert [each for each in _writes(then, later) if each.action != "skip"] == []


def test_what_was_done_is_looked_at_again_in_the_next_cycle() -> None:
    of = case()
    assert due(of, _writes(of, NOW), AT) == NOW


def test_a_finding_below_its_threshold_without_an_issue_waits_for_evidence_alone() -> None:
    found = count([signal("s1", 1)], PEOPLE, [_rule("leave")], NOW)[0]
    of = Case(found, _rule("leave"), rendered=RENDERED)
    assert due(of, _writes(of, NOW), AT) is None


def test_a_close_without_a_fix_is_looked_at_when_a_day_has_gone_by() -> None:
    of = case(judgement=fixed(0.5, discrepancy="no_fix_found"))
    told = replace(of, issues=(issue(of, closed=0.5),))
    assert due(told, _writes(told, NOW), AT) == NOW + timedelta(days=0.5)
