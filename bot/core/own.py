"""When a session itself began: a resume or fork copies history, with old times, under a new session id."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from bot.core.model import Kind, Session
from bot.core.session import rank


class _Earlier:
    """What the earlier sessions of a conversation held: the identities of their steps, and each kind's moments."""

    def __init__(self) -> None:
        self._keys: set[str] = set()
        self._moments: set[tuple[Kind, datetime | None]] = set()

    def add(self, session: Session) -> None:
        """Take a session; what comes after it and is the same is its copy."""
        self._keys.update(step.key for step in session.steps)
        self._moments.update((step.kind, step.at) for step in session.steps)

    def own_start(self, session: Session) -> datetime | None:
        """The first moment of a step that none of them held, else of the session."""
        own = (
            step.at
            for step in session.steps
            if step.at and step.key not in self._keys and (step.kind, step.at) not in self._moments
        )
        return min(own, default=session.started_at)


def own_start(session: Session, earlier: Sequence[Session]) -> datetime | None:
    """The first step of a session that none of the earlier ones of its conversation has; None where it has no time at all.

    A step is a copy where an earlier session has its key, or a step of its kind at its very moment: a resume may give
    copies new identities. Without a step of its own, or alone, a session began when its first event did.
    """
    if not earlier:
        return session.started_at
    before = _Earlier()
    for other in earlier:
        before.add(other)
    return before.own_start(session)


def own_starts(sessions: Iterable[Session], conversations: Mapping[str, str]) -> Mapping[str, datetime | None]:
    """Session id → its own start; only where several sessions are one conversation is there anything to compare."""
    together: dict[str, list[Session]] = {}
    for session in sessions:
        together.setdefault(conversations.get(session.id, session.id), []).append(session)
    found: dict[str, datetime | None] = {}
    for group in together.values():
        first, *later = sorted(group, key=lambda each: rank(each.started_at, each.id)) if len(group) > 1 else group
        found[first.id] = first.started_at
        before, last = _Earlier(), first
        for session in later:
            before.add(last)
            found[session.id], last = before.own_start(session), session
    return found
