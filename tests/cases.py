"""Cases for the plan: a finding, its issue, and what is known of both, with defaults that no test depends on silently."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

from made import NOW, days_ago, origins, rule, signal

from bot.core.case import Case, Limits, Moment
from bot.core.count import count
from bot.core.judge import Fix, Judgement, Verdicts
from bot.core.marker import Marker, region
from bot.core.model import Action, Count, Finding, KnownIssue, Listing
from bot.core.plan import plan
from bot.core.render import Rendered
from bot.core.rule_model import Regression, Rule
from bot.core.telling import beginning, labels_of, story

REPOSITORY = "acme/shop"
RULE = rule(sessions=2, people=2, regression=Regression(sessions=2, reopen_within=timedelta(days=60)))
RENDERED = Rendered("Something goes wrong", "What happened")
AT = Moment(NOW)


def finding(sessions: int = 2, used: Rule = RULE, **fields: Any) -> Finding:
    signals = [signal(f"s{number}", number / 2, of=used.id) for number in range(1, sessions + 1)]
    people = ("ada", "ben", "cy", "dee", "eve") * (1 + sessions // 5)
    (found,) = count(signals, origins(*people), [used], NOW)
    return replace(found, **fields)


def case(found: Finding | None = None, used: Rule = RULE, **fields: Any) -> Case:
    return Case(found or finding(used=used), used, **({"rendered": RENDERED} | fields))


def issue(
    of: Case, number: int = 7, *, closed: float | None = None, marker: dict[str, str] | None = None, **fields: Any
) -> KnownIssue:
    """An issue of a case as the bot would have left it; closed so many days ago where that is given."""
    told = dict(beginning(of, labels_of(of.rule))) | {"story": story(of)} | (marker or {})
    fingerprint = fields.pop("fingerprint", of.finding.fingerprint)
    defaults = {
        "title": "Something goes wrong",
        "body": region(Marker(fingerprint, "0" * 32).having(**told), "What happened"),
        "state": "open" if closed is None else "closed",
        "state_reason": "" if closed is None else "completed",
        "labels": (), "locked": False, "url": "", "fingerprint": fingerprint,
        "closed_at": None if closed is None else days_ago(closed), "created_at": days_ago(90),
    }  # fmt: skip
    return KnownIssue(REPOSITORY, number, **(defaults | fields))


def fixed(days: float = 10, *, after: int = 0, before: int = 2, **fields: Any) -> Judgement:
    """The judgement of a problem whose issue was closed as completed so many days ago."""
    fix = Fix(days_ago(days), "close", "dana")
    told = {
        "fix": fix, "fixes": (fix,), "verdicts": Verdicts(before_fix=before, after_fix=after), "closed_at": days_ago(days),
        "fresh": Count(after, after, after), "fresh_state": "active" if after >= 2 else "below", "returned": after,
    }  # fmt: skip
    return Judgement(**(told | fields))


def decided(of: Case, *issues: KnownIssue, complete: bool = True, at: Moment = AT) -> list[tuple[str, str, int | None]]:
    """Action, row and issue of everything that is planned for a case with these issues."""
    return [(action.action, action.row, action.issue) for action in planned(of, *issues, complete=complete, at=at)]


def planned(of: Case, *issues: KnownIssue, complete: bool = True, at: Moment = AT) -> tuple[Action, ...]:
    whole = replace(of, issues=(*of.issues, *issues))
    return plan([whole], {REPOSITORY: Listing(REPOSITORY, complete, issues)}, at)


def limited(**limits: Any) -> Moment:
    return Moment(NOW, Limits(**limits))
