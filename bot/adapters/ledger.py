"""The ledger of evaluation in the database of the store, over SQLAlchemy Core."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import datetime

from sqlalchemy import Engine

from bot.adapters import ledger_derive, ledger_findings, ledger_past, ledger_people, ledger_read, ledger_spans
from bot.adapters.store_engine import changing, reading
from bot.core.model import Signal
from bot.ledger import Brief, Derived, Stale, Standing, Touched

_AT_ONCE = 2000  # sessions in memory


class SqlLedger:
    """What evaluating remembers, in the database of a store (`bot.ledger.Ledger`); it works on the store's engine."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def stale(self, most: int) -> Stale:
        """About `most` sessions that changed since they were derived, the longest waiting first, as whole conversations."""
        with reading(self._engine) as connection:
            return ledger_derive.stale(connection, most)

    def derive(self, derived: Sequence[Derived], upto: int) -> None:
        """Keep what was worked out, and touch the groups of these sessions' signals, before and after; in one transaction.

        A session that is not stale (any more), or changed again after `upto`, is left as it is. A past in which its
        conversation may be counted (one that began before it ends) is forgotten in all groups that are touched.
        """
        if derived:
            with changing(self._engine) as connection:
                ledger_derive.derive(connection, derived, upto)

    def derive_all_again(self, reason: str) -> bool:
        """Make all sessions stale where `reason` (a digest of step rules and routes) is not the one of the last time."""
        with reading(self._engine) as connection:
            if ledger_derive.reason_of(connection) == reason:
                return False
        with changing(self._engine) as connection:
            return ledger_derive.derive_all_again(connection, reason)

    def briefs(self, sessions: Iterable[str] | None = None) -> Iterator[Brief]:
        """Sessions (all where None) that were derived, ordered by id."""
        with reading(self._engine) as connection:
            found = ledger_read.briefs(connection, None if sessions is None else set(sessions))
        return iter(found)

    def briefs_around(self, repository: str) -> Iterator[Brief]:
        """The sessions of all conversations that have a session in a repository, ordered by id."""
        with reading(self._engine) as connection:
            found = ledger_read.briefs_around(connection, repository)
        return iter(found)

    def people(self) -> Iterator[str]:
        """Every person, as the files name them, once; "" for nobody is among them."""
        with reading(self._engine) as connection:
            found = ledger_people.people(connection)
        return iter(found)

    def signals(self, groups: Collection[int] | None = None, since: datetime | None = None) -> Iterator[Signal]:
        """The signals of these groups (all where None), those of steps too, ordered by rule, event, session and group.

        With `since` only those of conversations that were active then or later, or have a session without a time.
        """
        with reading(self._engine) as connection:
            found = ledger_read.signals(connection, groups, since)
        return iter(found)

    def signals_around(self, repository: str) -> Iterator[Signal]:
        """The signals of all conversations that have a session in a repository, in the same order."""
        with reading(self._engine) as connection:
            found = ledger_read.signals_around(connection, repository)
        return iter(found)

    def signals_at(self, events: Collection[str], rules: Collection[str]) -> Iterator[Signal]:
        """The signals of these events by rules of these ids (those of steps are left out), in the same order."""
        with reading(self._engine) as connection:
            found = ledger_read.signals_at(connection, events, rules)
        return iter(found)

    def unclaimed(self, groups: Collection[int], since: datetime, rules: Collection[str]) -> frozenset[int]:
        """Those of these groups with a signal (as `signals` with `since` has it) of an event of which these rules say nothing."""
        with reading(self._engine) as connection:
            return ledger_read.unclaimed(connection, groups, since, rules)

    def last_active(self, sessions: Collection[str]) -> Mapping[str, datetime | None]:
        """For each of these sessions the last activity of its conversation; None where one of them has no time."""
        with reading(self._engine) as connection:
            return ledger_spans.last_active(connection, sessions)

    def touched(self, repository: str) -> Touched:
        """What was touched in a repository since `evaluated` was last told."""
        with reading(self._engine) as connection:
            return ledger_findings.touched(connection, repository)

    def evaluated(self, repository: str, upto: int, known: Sequence[Standing], groups: Collection[int] | None) -> None:
        """Keep what evaluating a repository found up to a change, in place of all that was known of these groups (None: all)."""
        with changing(self._engine) as connection:
            ledger_findings.evaluated(connection, repository, upto, known, groups)

    def standings(self, repository: str, fingerprints: Collection[str]) -> Mapping[str, Standing]:
        """What is remembered of these fingerprints; those that no finding has are left out."""
        with reading(self._engine) as connection:
            return ledger_findings.standings(connection, repository, fingerprints)

    def pasts(self, repository: str, groups: Collection[int]) -> Mapping[int, Standing]:
        """Group → what is remembered of the one finding of that group, where a past of it is kept."""
        with reading(self._engine) as connection:
            return ledger_past.pasts(connection, repository, groups)

    def due(self, repository: str, now: datetime) -> tuple[Standing, ...]:
        """The findings about which time alone may have changed what is to be done."""
        with reading(self._engine) as connection:
            return ledger_findings.due(connection, repository, now)

    def groups_of_rules(self, repository: str, rules: Collection[str]) -> frozenset[int]:
        """The groups of all findings of these rules (by id) in a repository."""
        with reading(self._engine) as connection:
            return ledger_findings.groups_of_rules(connection, repository, rules)

    def in_windows(self, without: Collection[str]) -> Mapping[str, int]:
        """Rule → conversations in the windows of its findings, summed as last evaluated, without these fingerprints."""
        with reading(self._engine) as connection:
            return ledger_findings.in_windows(connection, without)

    def waiting(self) -> tuple[str, ...]:
        """The repositories in which something was touched and not evaluated yet, in order."""
        with reading(self._engine) as connection:
            return ledger_findings.waiting(connection)

    def at_work(self, start: datetime, end: datetime) -> frozenset[str]:
        """People (as files name them) with a session that was active between two moments, both included."""
        with reading(self._engine) as connection:
            return ledger_people.at_work(connection, start, end)

    def began_between(self, people: Collection[str], after: datetime, until: datetime) -> frozenset[str]:
        """Conversations of which a session of one of these people (as files name them) started in (after, until]."""
        with reading(self._engine) as connection:
            return ledger_people.began_between(connection, people, after, until)
