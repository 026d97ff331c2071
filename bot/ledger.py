"""What is to be evaluated again and what evaluating found, as a protocol; it is kept in the database of the store.

Whatever `Store.absorb` changes of a session makes it *changed*. Deriving works out once what evaluating needs of a changed
session (its repository, its own start, the signals of its steps), and *touches* the groups of its signals in that repository.
Evaluating a repository looks at the groups that were touched since it last did. Everything here can be made again.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import NamedTuple, Protocol

from bot.core.model import Signal, Span


class Stale(NamedTuple):
    """Sessions to be derived, as ordered pairs (conversation, session); and the number of the newest change among them.

    Conversations are whole: a change of one session makes all sessions of its conversation stale.
    """

    upto: int
    sessions: tuple[tuple[str, str], ...] = ()


class Derived(NamedTuple):
    """What was worked out of one session: where its issues go, when it began by itself, and the signals of its steps."""

    session: str
    repository: str
    own_start: datetime | None
    signals: tuple[Signal, ...] = ()


class Brief(NamedTuple):
    """A session as far as counting needs it, without its steps; `person` is as its files name them."""

    id: str
    conversation: str
    person: str
    repository: str
    own_start: datetime | None
    blocks: tuple[Span, ...] = ()
    versions: tuple[str, ...] = ()


class Touched(NamedTuple):
    """The groups (`bot.core.session.group_number`) to be evaluated in a repository, and up to which change."""

    upto: int
    groups: frozenset[int]


class Standing(NamedTuple):
    """What is remembered of a finding that was evaluated: `due` is when time alone may change what is done about it.

    `past` (`bot.core.past`) is what its evidence from before `until` adds up to, where that is kept; one that `keeps` its past
    leaves the one that the ledger has as it is.
    """

    fingerprint: str
    rule: str
    groups: tuple[int, ...]
    in_window: int = 0
    due: datetime | None = None
    past: bytes = b""
    until: datetime | None = None
    keeps: bool = False


class Ledger(Protocol):
    """What evaluating remembers. Every method raises `StoreError` where the database fails it."""

    def stale(self, most: int) -> Stale:
        """About `most` sessions that changed since they were derived, the longest waiting first, as whole conversations."""

    def derive(self, derived: Sequence[Derived], upto: int) -> None:
        """Keep what was worked out, and touch the groups of these sessions' signals, before and after; in one transaction.

        A session that changed again after `upto` is left to be derived again. A past in which a session of its conversation
        may be counted (one that ended before it) is forgotten in all groups that are touched.
        """

    def derive_all_again(self, reason: str) -> bool:
        """Make all sessions stale where `reason` (a digest of step rules and routes) is not the one of the last time."""

    def briefs(self, sessions: Iterable[str] | None = None) -> Iterator[Brief]:
        """Sessions (all where None) that were derived, ordered by id."""

    def briefs_around(self, repository: str) -> Iterator[Brief]:
        """The sessions of all conversations that have a session in a repository, ordered by id."""

    def people(self) -> Iterator[str]:
        """Every person, as the files name them, once; "" for nobody is among them."""

    def signals(self, groups: Collection[int] | None = None, since: datetime | None = None) -> Iterator[Signal]:
        """The signals of these groups (all where None), those of steps too, ordered by rule, event, session and group.

        With `since` only those of conversations that were active then or later, or have a session without a time.
        """

    def signals_around(self, repository: str) -> Iterator[Signal]:
        """The signals of all conversations that have a session in a repository, in the same order."""

    def signals_at(self, events: Collection[str], rules: Collection[str]) -> Iterator[Signal]:
        """The signals of these events by rules of these ids (those of steps are left out), in the same order."""

    def unclaimed(self, groups: Collection[int], since: datetime, rules: Collection[str]) -> frozenset[int]:
        """Those of these groups with a signal (as `signals` with `since` has it) of an event of which these rules say nothing."""

    def last_active(self, sessions: Collection[str]) -> Mapping[str, datetime | None]:
        """For each of these sessions the last activity of its conversation; None where one of them has no time."""

    def touched(self, repository: str) -> Touched:
        """What was touched in a repository since `evaluated` was last told."""

    def evaluated(self, repository: str, upto: int, known: Sequence[Standing], groups: Collection[int] | None) -> None:
        """Keep what evaluating a repository found up to a change, in place of all that was known of these groups (None: all)."""

    def standings(self, repository: str, fingerprints: Collection[str]) -> Mapping[str, Standing]:
        """What is remembered of these fingerprints; those that no finding has are left out."""

    def pasts(self, repository: str, groups: Collection[int]) -> Mapping[int, Standing]:
        """Group → what is remembered of the one finding of that group, where a past of it is kept."""

    def due(self, repository: str, now: datetime) -> tuple[Standing, ...]:
        """The findings about which time alone may have changed what is to be done."""

    def groups_of_rules(self, repository: str, rules: Collection[str]) -> frozenset[int]:
        """The groups of all findings of these rules (by id) in a repository."""

    def in_windows(self, without: Collection[str]) -> Mapping[str, int]:
        """Rule → conversations in the windows of its findings, summed as last evaluated, without these fingerprints."""

    def waiting(self) -> tuple[str, ...]:
        """The repositories in which something was touched and not evaluated yet, in order."""

    def at_work(self, start: datetime, end: datetime) -> frozenset[str]:
        """People (as files name them) with a session that was active between two moments, both included."""

    def began_between(self, people: Collection[str], after: datetime, until: datetime) -> frozenset[str]:
        """Conversations of which a session of one of these people (as files name them) started in (after, until]."""
