"""When a session itself began: a resume or fork copies history, with old times, under a new session id."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime

from bot.core.model import Session

_NEVER = datetime(1, 1, 1, tzinfo=UTC)


def own_start(session: Session, earlier: Sequence[Session]) -> datetime | None:
    """The first step of a session that none of the earlier ones of its conversation has; None where it has no time at all.

    A step is a copy where an earlier session has its key, or a step of its kind at its very moment: a resume may give
    copies new identities. Without a step of its own a session began when its first event did.
    """
    if not earlier:
        return session.started_at
    keys = {step.key for other in earlier for step in other.steps}
    moments = {(step.kind, step.at) for other in earlier for step in other.steps}
    own = [
        step.at for step in session.steps if step.at and step.key not in keys and (step.kind, step.at) not in moments
    ]
    return min(own, default=session.started_at)


def own_starts(sessions: Iterable[Session], conversations: Mapping[str, str]) -> Mapping[str, datetime | None]:
    """Session id → its own start; only where several sessions are one conversation is there anything to compare."""
    together: dict[str, list[Session]] = {}
    for session in sessions:
        together.setdefault(conversations.get(session.id, session.id), []).append(session)
    found: dict[str, datetime | None] = {}
    for group in together.values():
        ordered = sorted(group, key=_rank)
        for place, session in enumerate(ordered):
            found[session.id] = own_start(session, ordered[:place])
    return found


def _rank(session: Session) -> tuple[bool, datetime, str]:
    return (session.started_at is None, session.started_at or _NEVER, session.id)
