"""Builders of rules, signals and what else tests need, with defaults that no test depends on silently."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from bot.core.model import Signal, Span
from bot.core.origin import Origin
from bot.core.rule_model import Match, Rule, Threshold

NOW = datetime(2026, 2, 20, 12, 0, tzinfo=UTC)


def days_ago(days: float) -> datetime:
    """So long before `NOW`."""
    return NOW - timedelta(days=days)


def rule(name: str = "some-rule", *, event: str = "tool_result", **fields: Any) -> Rule:
    """A stable rule; `text`, `tool`, `failed` … go to its match, `sessions`, `people` … to its threshold, the rest to itself."""
    match = {"event": event} | {
        key: fields.pop(key) for key in list(fields) if key in Match.model_fields and key != "within"
    }
    threshold = {key: fields.pop(key) for key in list(fields) if key in Threshold.model_fields}
    retry = fields.pop("retry_within", None)
    return Rule(
        id=name,
        title=fields.pop("title", "Something goes wrong"),
        status=fields.pop("status", "stable"),
        severity=fields.pop("severity", "medium"),
        confidence="high",
        detects="Detects something.",
        why="It costs time.",
        fix="Mend it.",
        limits=("None known.",),
        match=Match(**match, **({"within": retry} if retry else {})),
        threshold=Threshold(**threshold),
        **fields,
    )


def signal(session: str = "s1", days: float | None = 1, *, of: str = "some-rule", **fields: Any) -> Signal:
    """A signal so many days before `NOW` (None: without a time); its event is one of its own unless it is given."""
    at = None if days is None else days_ago(days)
    event = fields.pop("event", f"{session}/{days}")
    return Signal(of, session, event, fields.pop("group", ()), at, excerpt=fields.pop("excerpt", "boom"), **fields)


def origin(session: str, person: str = "ada", **fields: Any) -> Origin:
    """A session of a person, its own conversation, active all the time."""
    started = fields.pop("started_at", days_ago(300))
    return Origin(
        session=session,
        conversation=fields.pop("conversation", session),
        person=person,
        shown=fields.pop("shown", f"shown-{person}" if person else "unknown"),
        repository=fields.pop("repository", "acme/shop"),
        started_at=started,
        blocks=fields.pop("blocks", (Span(days_ago(300), NOW),)),
        own_start=fields.pop("own_start", None),
    )


def origins(*people: str) -> dict[str, Origin]:
    """Sessions s1, s2, … of these people."""
    return {f"s{number}": origin(f"s{number}", person) for number, person in enumerate(people, 1)}
