"""What the bot's marker remembers of an issue: what was told, so that nothing is told twice even after the memory is lost."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from functools import lru_cache
from urllib.parse import quote

import orjson

from bot.core.case import Case
from bot.core.judge import UNJUDGED
from bot.core.marker import Marker, digest, parse
from bot.core.model import Finding, KnownIssue
from bot.core.rule_model import Rule

_STEPS = (10, 5, 2)  # times the sessions that an issue began with; each is worth a comment once
_EDITS = 4  # plain edits of one issue on one day; what is hotter waits
_SEVERITIES = ("low", "medium", "high", "critical")
_KEY = 500  # characters of a group key, as a marker writes them, that it has room for

NOTHING = Marker("0" * 64, "0" * 32)
_parsed = lru_cache(maxsize=2048)(parse)  # a plan asks for the same ones again and again


def marker_of(issue: KnownIssue) -> Marker:
    """The marker of an issue whose fingerprint the bot accepted already; an empty one where there is none."""
    return _parsed(issue.body) or NOTHING


def story(case: Case) -> str:
    """16 hex digits that change with what an issue tells, and not with the mere passing of time."""
    finding, rule, judgement = case.finding, case.rule, case.judgement
    texts = (rule.title, rule.detects, rule.why, rule.fix, *rule.limits)
    told = [
        tuple(finding.total),
        finding.severity,
        str(finding.first_seen),
        str(finding.last_seen),
        finding.minutes_lost,
        *([tuple(judgement.verdicts), judgement.discrepancy, str(judgement.fix)] if judgement.fix else []),
    ]
    return digest(orjson.dumps(told).decode(), *texts)


def beginning(case: Case, labels: Sequence[str]) -> Mapping[str, str]:
    """The fields of a new issue's marker."""
    finding = case.finding
    return {
        "story": _afresh(case),
        "labels": ",".join(labels),
        "rule": finding.rule,
        "key": _key(finding),
        "sessions": str(finding.total.sessions),
        "severity": finding.severity,
        "told": "",
    }


def edited(case: Case, issue: KnownIssue, now: datetime) -> Mapping[str, str]:
    """The fields that a plain edit changes."""
    finding, marker = case.finding, marker_of(issue)
    day, count = _edits(marker)
    today = now.date().isoformat()
    return {
        "story": story(case),
        "rule": finding.rule,
        "key": _key(finding),
        "sessions": marker.get("sessions") or str(finding.total.sessions),
        "severity": marker.get("severity") or finding.severity,
        "total": str(finding.total.sessions),
        "edits": f"{today}:{count + 1 if day == today else 1}",
        "hush": "1" if case.holding else "",
    }


def begun_again(case: Case, issue: KnownIssue, now: datetime) -> Mapping[str, str]:
    """The fields of an issue that is reopened: its steps are counted from here."""
    sessions = str(case.finding.total.sessions)
    fresh = {"story": _afresh(case), "sessions": sessions, "severity": case.finding.severity, "told": ""}
    return {**edited(case, issue, now), **fresh}


def _afresh(case: Case) -> str:
    """The story as it will be when the issue is open: a new cycle begins, in which no fix is known yet."""
    return story(replace(case, judgement=UNJUDGED))


def hot(issue: KnownIssue, now: datetime) -> bool:
    """Whether an issue was edited so often today that plain edits wait until tomorrow."""
    day, count = _edits(marker_of(issue))
    return day == now.date().isoformat() and count >= _EDITS


def news(case: Case, issue: KnownIssue) -> tuple[str, Mapping[str, str]]:
    """What a person acts on and was not told yet, with the fields that say it was told; ("", {}) where there is nothing."""
    marker, finding = marker_of(issue), case.finding
    topic, fields = "", dict[str, str]()
    before = marker.get("severity")
    if before in _SEVERITIES and _SEVERITIES.index(finding.severity) > _SEVERITIES.index(before):
        topic, fields = f"severity:{finding.severity}", {"severity": finding.severity}
    base, told = _number(marker.get("sessions")), marker.get("told").split(",")
    reached = next((step for step in _STEPS if base and finding.total.sessions >= base * step), 0)
    if reached and str(reached) not in told and not case.wishes.ack:
        steps = [str(step) for step in sorted(_STEPS) if step <= reached]
        topic, fields = f"grew:{base}x{reached}", {**fields, "told": ",".join(steps)}
    return topic, fields


def grown(case: Case, issue: KnownIssue) -> bool:
    """Whether a problem that nobody plans to mend has grown as much as its rule says is worth another look."""
    marker, factor = marker_of(issue), case.rule.regression.escalate
    then = _number(marker.get("total")) or _number(marker.get("sessions"))
    return bool(factor and then and case.finding.total.sessions >= then * factor)


def filed_by(issue: KnownIssue) -> tuple[str, Mapping[str, str] | None]:
    """The rule and group key that an issue was filed for, by its marker; None where the key is not in it."""
    marker = marker_of(issue)
    return marker.get("rule"), _told_key(marker.get("key"))


def rule_named(issue: KnownIssue) -> str:
    """The rule that filed an issue, by its marker, else by its label; "" where neither says it."""
    named = (label.removeprefix("friction: ") for label in issue.labels if label.startswith("friction: "))
    return marker_of(issue).get("rule") or next(named, "")


def taken_over(issue: KnownIssue) -> Mapping[str, str] | None:
    """The group key of the earlier grouping that an issue was filed for before its finding took it over."""
    return _told_key(marker_of(issue).get("was"))


def _told_key(text: str) -> Mapping[str, str] | None:
    try:
        key = orjson.loads(text or "null")
    except ValueError:
        return None
    return key if isinstance(key, dict) and all(isinstance(value, str) for value in key.values()) else None


def labels_of(rule: Rule) -> tuple[str, ...]:
    """The labels that an issue of a rule gets: the rule's own, and one that names the rule."""
    return (*rule.issue.labels, f"friction: {rule.id}")


def _key(finding: Finding) -> str:
    text = orjson.dumps(dict(finding.key)).decode()
    return text if len(quote(text)) <= _KEY else ""


def _edits(marker: Marker) -> tuple[str, int]:
    day, _, count = marker.get("edits").rpartition(":")
    return day, _number(count)


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 0
