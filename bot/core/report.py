"""What a run comes to, and the JSON object that programs rely on."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from bot.core.health import Health
from bot.core.judge import UNJUDGED, Judgement
from bot.core.model import Action, Count, Finding, Problem, ReadStats, Result
from bot.core.silence import Held
from bot.core.silence_words import about, until

SCHEMA = 1  # of the JSON object; a field may be added within a number, never changed

# Worth saying, but nothing that could not be done: they leave the exit code alone.
NOTES = frozenset({"unsupported_format", "not_evaluated", "empty_file", "fix_not_landed", "commits_unreadable"})


@dataclass(frozen=True, slots=True)
class Report:
    """All that one run read, found, judged (by fingerprint), planned and did, the silences, and how rules fare."""

    as_of: datetime
    posted: bool
    stats: ReadStats
    problems: tuple[Problem, ...]
    findings: tuple[Finding, ...]
    plan: tuple[Action, ...]
    outcomes: tuple[Result, ...]
    judgements: Mapping[str, Judgement] = field(default_factory=dict)
    silences: tuple[Held, ...] = ()
    health: tuple[Health, ...] = ()

    @property
    def exit_code(self) -> int:
        """0 where all could be done, 1 where something could not."""
        failed = any(problem.code not in NOTES for problem in self.problems)
        return int(failed or any(outcome.error for outcome in self.outcomes))


def unable(as_of: datetime, problems: Iterable[Problem]) -> Report:
    """The report of a run that could not begin, and why."""
    return Report(as_of, posted=False, stats=ReadStats(), problems=tuple(problems), findings=(), plan=(), outcomes=())


def as_json(report: Report) -> dict[str, Any]:
    """The object of `run --format json`, schema 1: times are RFC 3339 in Z, keys and their values strings."""
    stats = report.stats
    return {
        "schema": SCHEMA,
        "as_of": _time(report.as_of),
        "posted": report.posted,
        "sessions": {
            "files": stats.files,
            "sessions": stats.sessions,
            "read": stats.read,
            "unchanged": stats.unchanged,
            "unreadable": stats.unreadable,
            "events": stats.events,
            "duplicate_events": stats.duplicate_events,
            "bytes": stats.bytes,
        },
        "problems": [problem._asdict() for problem in report.problems],
        "findings": [
            _finding(finding, report.judgements.get(finding.fingerprint, UNJUDGED)) for finding in report.findings
        ],
        "plan": [_action(action) for action in report.plan],
        "outcomes": [_outcome(outcome) for outcome in report.outcomes],
        "silences": [silence_json(each) for each in report.silences],
    }


def silence_json(held: Held) -> dict[str, Any]:
    """One silence as an object: what it is about, who gave it where, when it ends or ended, what it kept quiet."""
    said = held.silence
    return {
        "repository": said.repository,
        "issue": said.issue,
        "comment": said.comment,
        "rule": said.rule,
        "scope": said.scope._asdict(),
        "about": about(said),
        "since": _time(said.since),
        "until": until(said.until),
        "ends": _time(held.ends),
        "over": _time(held.over),
        "by": said.by or None,
        "because": said.because or None,
        "kept_sessions": held.kept,
        "findings": held.findings,
    }


def _finding(finding: Finding, judgement: Judgement) -> dict[str, Any]:
    return {
        "fingerprint": finding.fingerprint,
        "repository": finding.repository,
        "rule": finding.rule,
        "key": dict(finding.key),
        "state": finding.state,
        "severity": finding.severity,
        **_count(finding.total),
        "first_seen": _time(finding.first_seen),
        "last_seen": _time(finding.last_seen),
        "minutes_lost": finding.minutes_lost,
        "example": finding.example,
        "in_window": _count(finding.in_window),
        "verdicts": judgement.verdicts._asdict(),
        "fix": _fix(judgement),
    }


def _fix(judgement: Judgement) -> dict[str, Any] | None:
    """The date that decided; `discrepancy` is closed_before_fix, fixed_still_open, no_fix_found or null, `days` between."""
    fix = judgement.fix
    if fix is None:
        return None
    return {
        "at": _time(fix.at),
        "source": fix.source,
        "ref": fix.ref,
        "closed_at": _time(judgement.closed_at),
        "discrepancy": judgement.discrepancy or None,
        "days": judgement.days,
    }


def _count(count: Count) -> dict[str, int]:
    return {"sessions": count.sessions, "people": count.people, "occurrences": count.occurrences}


def _action(action: Action) -> dict[str, Any]:
    return {
        "action": action.action,
        "fingerprint": action.fingerprint,
        "repository": action.repository,
        "rule": action.rule,
        "issue": action.issue,
        "title": action.title,
        "labels": list(action.labels),
        "reason": action.reason,
        "row": action.row,
    }


def _outcome(outcome: Result) -> dict[str, Any]:
    return {
        "action": outcome.action,
        "fingerprint": outcome.fingerprint,
        "repository": outcome.repository,
        "issue": outcome.issue,
        "error": outcome.error or None,
    }


def _time(at: datetime | None) -> str | None:
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z") if at else None
