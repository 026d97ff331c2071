"""Planning: what to do on GitHub about each finding, and why, before anything is written.

Fixes are not judged yet, so this is careful: a fingerprint that has any closed issue is left alone.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import orjson

from bot.core.issue_values import captured
from bot.core.marker import digest, parse, region_text
from bot.core.model import Action, Finding, KnownIssue, Listing
from bot.core.render import Rendered
from bot.core.rule_model import Rule
from bot.core.rule_text import plain


@dataclass(frozen=True, slots=True)
class Wanted:
    """A finding with its rule and, where it is worth an issue, what that issue would say."""

    finding: Finding
    rule: Rule
    rendered: Rendered | None = None


def plan(wanted: Sequence[Wanted], listings: Mapping[str, Listing], *, new_issues: int) -> tuple[Action, ...]:
    """One action a finding, in the findings' order of impact; at most `new_issues` of them open something.

    A repository without a listing was not asked: what would be opened there is planned, and said to be unchecked.
    """
    left = new_issues
    actions: list[Action] = []
    for item in sorted(wanted, key=impact):
        action = _one(item, listings.get(item.finding.repository), may_open=left > 0)
        left -= action.action == "open"
        actions.append(action)
    return tuple(actions)


def impact(item: Wanted) -> tuple[object, ...]:
    """The order in which findings compete for a place: severity, then people, sessions, minutes lost; ties by fingerprint."""
    finding = item.finding
    weight = ("critical", "high", "medium", "low").index(finding.severity)
    counted = finding.in_window
    return (
        weight,
        -counted.people,
        -counted.sessions,
        -finding.minutes_lost,
        -counted.occurrences,
        finding.fingerprint,
    )


def _one(item: Wanted, listing: Listing | None, *, may_open: bool) -> Action:
    finding, rule = item.finding, item.rule
    issues = [issue for issue in listing.issues if issue.fingerprint == finding.fingerprint] if listing else []
    closed = [issue for issue in issues if issue.state == "closed"]
    opened = sorted((issue for issue in issues if issue.state == "open"), key=lambda issue: issue.number)
    if closed:
        kept = max(closed, key=lambda issue: issue.number)
        reason = f"#{kept.number} is closed ({kept.state_reason or 'completed'}); closed issues are left alone"
        return _action("skip", item, reason, kept.number)
    if opened:
        return _about_open(item, opened[0])
    if rule.status in {"draft", "shadow"}:
        return _action("skip", item, f"the rule is {rule.status}: counted, never filed")
    if finding.state != "active":
        return _action("skip", item, below(finding, rule))
    if item.rendered is None:
        return _action("skip", item, "its text could not be made; see the problems")
    if listing is not None and not listing.complete:
        return _action("skip", item, "the listing of this cycle is incomplete: nothing is opened on it")
    if not may_open:
        return _action("skip", item, "over the limit of new issues in one run; the next run takes it up")
    checked = "no issue has it" if listing else "GitHub was not asked whether an issue has it"
    return _action("open", item, f"{met(finding, rule)}; {checked}")


def _about_open(item: Wanted, issue: KnownIssue) -> Action:
    finding = item.finding
    if issue.locked:
        return _action("skip", item, f"#{issue.number} is locked", issue.number)
    if item.rendered is None:
        return _action("skip", item, f"#{issue.number} is open; no change to tell", issue.number)
    if region_text(issue.body) is None:
        return _action("skip", item, f"a person removed the bot's part of #{issue.number}", issue.number)
    marker = parse(issue.body)
    if marker and marker.get("story") == story(finding, item.rule):
        return _action("skip", item, f"#{issue.number} says all of it already", issue.number)
    return _action("update", item, f"#{issue.number} is open and the evidence changed", issue.number)


def story(finding: Finding, rule: Rule) -> str:
    """16 hex digits that change with what an issue tells, and not with the mere passing of time."""
    texts = (rule.title, rule.detects, rule.why, rule.fix, *rule.limits)
    told = [
        tuple(finding.total),
        finding.severity,
        str(finding.first_seen),
        str(finding.last_seen),
        finding.minutes_lost,
    ]
    return digest(orjson.dumps(told).decode(), *texts)


def met(finding: Finding, rule: Rule) -> str:
    """The threshold that a finding met, with n of m."""
    return f"{_n_of_m(finding, rule)} within {rule.threshold.within.days} days"


def below(finding: Finding, rule: Rule) -> str:
    """Why a finding is not filed, with n of m."""
    return f"below its threshold: {_n_of_m(finding, rule)} within {rule.threshold.within.days} days"


def labels_of(rule: Rule) -> tuple[str, ...]:
    """The labels that an issue of a rule gets: the rule's own, and one that names the rule."""
    return (*rule.issue.labels, f"friction: {rule.id}")


def _n_of_m(finding: Finding, rule: Rule) -> str:
    need, have = rule.threshold, finding.in_window
    parts = [f"{have.sessions} of {need.sessions} sessions", f"{have.people} of {need.people} people"]
    if need.occurrences > 1:
        parts.append(f"{have.occurrences} of {need.occurrences} occurrences")
    return ", ".join(parts)


def _action(action: str, item: Wanted, reason: str, issue: int | None = None) -> Action:
    finding, rendered = item.finding, item.rendered
    title = rendered.title if rendered else plain(item.rule.title, captured(finding, item.rule), item.rule.id)[0]
    labels = labels_of(item.rule)
    body = rendered.body if rendered and action in {"open", "update"} else ""
    return Action(action, finding.fingerprint, finding.repository, finding.rule, issue, title, labels, reason, body)
