"""The breaker: a rule that suddenly matches far more than it used to opens nothing until somebody had a day to look at it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta

from bot.core.model import Finding

_TIMES = 5  # as many as on the busiest of the days before
_LEAST = 20  # sessions; below that a jump is chance
_FLOOR = 2  # sessions that a quiet rule is taken to have had
_DAYS = 14  # that are looked back


def levels(findings: tuple[Finding, ...], rules: tuple[str, ...]) -> Mapping[str, int]:
    """How many sessions each rule has in its window now; a session of several findings of a rule counts for each."""
    found = dict.fromkeys(rules, 0)
    for finding in findings:
        found[finding.rule] = found.get(finding.rule, 0) + finding.in_window.sessions
    return found


def held(now: Mapping[str, int], before: Mapping[str, Mapping[date, int]], today: date) -> Mapping[str, str]:
    """Rules that are held back today, each with the reason; a rule that nobody ever evaluated before is not.

    It lets go by itself: what was much yesterday is the measure of today.
    """
    reasons = {}
    for rule, level in now.items():
        past = [
            most for day, most in before.get(rule, {}).items() if timedelta(0) < today - day <= timedelta(days=_DAYS)
        ]
        if past and level >= _LEAST and level >= _TIMES * max(*past, _FLOOR):
            reasons[rule] = (
                f"{rule} is held back until tomorrow: it matches {level} sessions, and at most {max(past)} on the days before;"
                " look whether the rule or the world changed"
            )
    return reasons
