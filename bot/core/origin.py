"""Where a session comes from, as far as counting and judging need it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from bot.core.model import Span


@dataclass(frozen=True, slots=True)
class Origin:
    """A session's person, the repository that receives its issues, and what it is one conversation with.

    `own_start` is its earliest event that was not copied from an earlier session; None where that was not told apart.
    """

    session: str
    conversation: str
    person: str
    shown: str
    repository: str
    started_at: datetime | None
    blocks: tuple[Span, ...]
    own_start: datetime | None = None

    @property
    def began(self) -> datetime | None:
        """When the session itself began, as far as that is told apart; None where it has no time at all."""
        return self.own_start or self.started_at
