"""Sessions for programs: the objects of `sessions … --format json`, schema 1. Times are RFC 3339 in Z."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict
from typing import Any

from bot.commands.wording import rfc3339
from bot.core.figures import SessionFigures, SlowCall, Totals


def session_json(session: SessionFigures, shown: Callable[[str], str]) -> Mapping[str, Any]:
    """One session; `person` is as the settings let it be shown."""
    return {
        "id": session.id,
        "agent": session.agent,
        "person": shown(session.person),
        "source": session.source,
        "started_at": rfc3339(session.started_at),
        "ended_at": rfc3339(session.ended_at),
        "active_seconds": session.active.total_seconds(),
        "gaps": [
            {
                "start": rfc3339(gap.start),
                "end": rfc3339(gap.end),
                "seconds": (gap.end - gap.start).total_seconds(),
            }
            for gap in session.gaps
        ],
        **asdict(session.work),
        "slowest": [_slow(call) for call in session.slowest],
        "versions": session.versions,
        "branches": session.branches,
        "cwds": session.cwds,
        "events": session.events,
    }


def totals_json(totals: Totals) -> Mapping[str, Any]:
    """The figures of all sessions together."""
    return {
        "sessions": totals.sessions,
        "conversations": totals.conversations,
        "people": totals.people,
        "started_at": rfc3339(totals.started_at),
        "ended_at": rfc3339(totals.ended_at),
        "active_seconds": totals.active.total_seconds(),
        **asdict(totals.work),
        "slowest": [_slow(call) for call in totals.slowest],
        "versions": dict(totals.versions),
    }


def _slow(call: SlowCall) -> Mapping[str, Any]:
    return {**asdict(call), "at": rfc3339(call.at)}
