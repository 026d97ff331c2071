"""Where a session comes from, and who else was at work, as far as counting and judging need it."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Set
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property
from typing import Protocol

from bot.core.model import Span

HOUR = timedelta(hours=1)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


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


def hour_of(at: datetime) -> int:
    """The clock hour of a moment, counted from 1970 in UTC."""
    return (at - _EPOCH) // HOUR


def hour_began(hour: int) -> datetime:
    """When a clock hour began."""
    return _EPOCH + hour * HOUR


class Crowd(Protocol):
    """What counting asks about everybody's sessions, also those that gave no signal; people by their one name."""

    def working(self, hour: int) -> Set[str]:
        """Who worked in a clock hour (`hour_of`)."""

    def began(self, people: Collection[str], after: datetime, until: datetime) -> int:
        """How many conversations have a session by one of these people that started in (after, until]."""


class Everybody:
    """The crowd of sessions that are all in memory."""

    def __init__(self, origins: Mapping[str, Origin]) -> None:
        self._origins = origins

    def working(self, hour: int) -> Set[str]:
        """Who worked in a clock hour (`hour_of`)."""
        return self._by_hour.get(hour, frozenset())

    def began(self, people: Collection[str], after: datetime, until: datetime) -> int:
        """How many conversations have a session by one of these people that started in (after, until]."""
        return len(
            {
                origin.conversation
                for origin in self._origins.values()
                if origin.person in people and origin.started_at and after < origin.started_at <= until
            }
        )

    @cached_property
    def _by_hour(self) -> Mapping[int, Set[str]]:
        found: dict[int, set[str]] = {}
        for origin in self._origins.values():
            for span in origin.blocks:
                for hour in range(hour_of(span.start), hour_of(span.end) + 1):
                    found.setdefault(hour, set()).add(origin.person)
        return found
