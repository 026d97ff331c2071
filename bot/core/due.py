"""When time alone may change what is done about a finding, so that what nothing happened to can be left alone until then."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from bot.core.case import Case, Moment
from bot.core.model import Action
from bot.core.table import PATIENCE

# Skips that wait for something that no signal, issue or comment tells of: a limit, a new day, an answer of GitHub.
IMPATIENT = frozenset(
    {"backoff", "breaker", "incomplete", "limit", "paused", "unheard", "unreadable", "unrendered", "waiting"}
)


def due(case: Case, actions: list[Action], at: Moment) -> datetime | None:
    """The first moment, `at.now` or later, at which the same case may be treated otherwise; None where time changes nothing.

    What was done, or tried, is looked at again in the next cycle.
    """
    if any(action.action != "skip" or action.row in IMPATIENT for action in actions):
        return at.now
    if _disrupted(case, at.now):  # whoever's sessions are read later may turn out to have worked undisturbed
        return at.now
    later = [moment for moment in _moments(case, at) if moment > at.now]
    if _unproven(case, at.now):
        return at.now
    return min(later, default=None)


def _disrupted(case: Case, now: datetime) -> bool:
    """Whether anything in the window of the rule is part of an outage."""
    finding, threshold = case.finding, case.rule.threshold
    return any(each.event in finding.outages and threshold.holds(each.at, now) for each in finding.signals)


def _moments(case: Case, at: Moment) -> Iterator[datetime]:
    judgement = case.judgement
    for held in case.silences:
        if held.ends:
            yield from (held.ends, held.ends - at.notice)
    yield from (fix.at for fix in judgement.fixes)
    if judgement.closed_at and judgement.discrepancy:
        yield judgement.closed_at + PATIENCE
    if (last := case.finding.last_seen) and case.issue and case.issue.state == "open":
        yield last + case.rule.threshold.quiet


def _unproven(case: Case, now: datetime) -> bool:
    """Whether an open issue was quiet for long enough, and it only has to be proven by other sessions."""
    last, issue = case.finding.last_seen, case.issue
    if case.rule.issue.on_quiet == "leave" or issue is None or issue.state != "open" or last is None:
        return False
    return case.finding.state != "quiet" and now - last >= case.rule.threshold.quiet
