"""The store over SQLAlchemy Core: one SQLite file for one machine, PostgreSQL for a team."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from types import TracebackType
from typing import Self

from sqlalchemy import Engine, delete, insert, select, update

from bot.adapters import store_budget, store_filing, store_folders, store_log, store_remarks
from bot.adapters.ledger_changes import forget_all
from bot.adapters.store_absorb import absorb
from bot.adapters.store_codec import digest, microseconds, session_of, stored, told
from bot.adapters.store_engine import changing, connect, parse, prepare, reading, touching
from bot.adapters.store_errors import told_to_people
from bot.adapters.store_schema import FILES, HEARD, ISSUES, KEPT, LINKS, REMARKS, RULES, SESSIONS, SIGNALS
from bot.adapters.store_signals import read_signals
from bot.adapters.store_sql import fetch
from bot.core.history import Decision, Intent, Remark
from bot.core.model import Session, Signal
from bot.ports import Allowance, FileMark, Quiet, Reading, Spend

_AT_ONCE = 200  # sessions in memory: about 20 KB each


class SqlStore:
    """The bot's memory in a database (`bot.ports.Store`). Every method raises `StoreError` where the database fails it.

    Each `absorb` is one transaction; writers wait for each other, readers for nobody. A process that is killed at any
    moment leaves what was there before or all that it was about to write.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    @classmethod
    def open(cls, url: str, *, upgrade: bool = True) -> Self:
        """Open `sqlite:///PATH` (made if it is not there) or `postgresql://…`, with tables of this version.

        Where the tables are older or missing they are made, unless `upgrade` is off. Raises `StoreError`.
        """
        parsed = parse(url)
        engine = connect(parsed)
        try:
            with told_to_people(parsed):
                prepare(engine, upgrade=upgrade)
        except BaseException:
            engine.dispose()
            raise
        return cls(engine)

    @property
    def engine(self) -> Engine:
        """The database, for what else is kept in it (`SqlLedger`, `SqlUpkeep`)."""
        return self._engine

    def close(self) -> None:
        """Give all connections back."""
        self._engine.dispose()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def files(self) -> Mapping[str, FileMark]:
        """All files read so far, by path."""
        with reading(self._engine) as connection:
            return store_folders.by_path(connection.execute(select(FILES)))

    def marks(self, paths: Collection[str]) -> Mapping[str, FileMark]:
        """Those of these files that were read so far, by path."""
        if not paths:
            return {}
        with reading(self._engine) as connection:
            return store_folders.marks_of(connection, paths)

    def quiet(self) -> Quiet:
        """The shelves that need no reading, as last kept; none after `forget`."""
        with reading(self._engine) as connection:
            known = store_folders.read_quiet(connection)
        if known is not None:
            return known
        with changing(self._engine) as connection:  # so that a `forget` that comes meanwhile is noticed
            return store_folders.read_quiet(connection) or store_folders.write_quiet(connection, Quiet(""))

    def keep_quiet(self, quiet: Quiet) -> None:
        """Keep shelves over those of the same `version`; where that is another by now, no shelf is known to be quiet."""
        with changing(self._engine) as connection:
            store_folders.replace_quiet(connection, quiet)

    def absorb(self, readings: Sequence[Reading]) -> int:
        """Merge readings in one transaction; returns how many of their links (shareable events) were already known."""
        if not readings:
            return 0
        with changing(self._engine) as connection:
            return absorb(connection, readings)

    def sessions(self, ids: Iterable[str] | None = None) -> Iterator[Session]:
        """The sessions of these ids (all where None), merged over everything absorbed, ordered by id."""
        with reading(self._engine) as connection:
            wanted = map(told, connection.scalars(select(SESSIONS.c.id))) if ids is None else set(ids)
            names = sorted(wanted)
        for start in range(0, len(names), _AT_ONCE):
            digests = [digest(name) for name in names[start : start + _AT_ONCE]]
            with reading(self._engine) as connection:
                found = [session_of(row) for row in fetch(connection, SESSIONS.c, SESSIONS.c.digest, digests)]
            yield from sorted(found, key=lambda session: session.id)

    def signals(self) -> Iterator[Signal]:
        """All signals kept, ordered by rule, event and session."""
        with reading(self._engine) as connection:
            return read_signals(connection)

    def conversations(self) -> Mapping[str, str]:
        """Session id → conversation id: the smallest id of sessions that share events, directly or through others."""
        with reading(self._engine) as connection:
            rows = connection.execute(select(SESSIONS.c.no, SESSIONS.c.id, SESSIONS.c.conversation)).all()
        names = {no: told(name) for no, name, _ in rows}
        return {names[no]: names[conversation] for no, _, conversation in rows}

    def issues(self, repository: str) -> Mapping[str, int]:
        """Fingerprint → issue number, as last filed or found."""
        known = select(ISSUES.c.fingerprint, ISSUES.c.number).where(ISSUES.c.repository == stored(repository))
        with reading(self._engine) as connection:
            return {told(fingerprint): number for fingerprint, number in connection.execute(known)}

    def remember_issue(self, repository: str, fingerprint: str, number: int, at: datetime) -> None:
        """Record where a fingerprint is kept; what was recorded for a later moment stays."""
        place = {"repository": stored(repository), "fingerprint": stored(fingerprint)}
        here = (ISSUES.c.repository == place["repository"], ISSUES.c.fingerprint == place["fingerprint"])
        moment = microseconds(at)
        with changing(self._engine) as connection:
            before = connection.execute(select(ISSUES.c.at).where(*here)).scalar()
            if before is None:
                connection.execute(insert(ISSUES).values(**place, number=number, at=moment))
            else:
                connection.execute(update(ISSUES).where(*here, ISSUES.c.at <= moment).values(number=number, at=moment))

    def gone(self, repository: str) -> Mapping[int, str]:
        """Numbers of issues that are there no more, with what became of them."""
        with reading(self._engine) as connection:
            return store_filing.fates(connection, repository)

    def remember_gone(self, repository: str, number: int, fate: str, at: datetime) -> None:
        """Record that an issue is there no more; its number stays known for its fingerprint."""
        with changing(self._engine) as connection:
            store_filing.note_gone(connection, repository, number, fate, at)

    def lease(self, name: str, holder: str, now: datetime, lasts: timedelta) -> bool:
        """Take or extend a lease: False where somebody else holds it and its time is not over at `now`."""
        with touching(self._engine) as connection:
            return store_filing.take_lease(connection, name, holder, now, lasts)

    def release(self, name: str, holder: str) -> None:
        """Give a lease back; nothing happens where somebody else holds it by now."""
        with touching(self._engine) as connection:
            store_filing.give_back(connection, name, holder)

    def intend(self, intent: Intent) -> None:
        """Keep an intent; others of the same repository, fingerprint, what and topic that are open are given up."""
        with changing(self._engine) as connection:
            store_filing.add_intent(connection, intent)

    def settle(self, nonce: str, state: str, issue: int | None = None) -> None:
        """Record what became of an intent: done (with the issue that it made or is on), failed or given_up."""
        with changing(self._engine) as connection:
            store_filing.end_intent(connection, nonce, state, issue)

    def intents(self, repository: str) -> tuple[Intent, ...]:
        """The open intents of a repository, the oldest first."""
        with reading(self._engine) as connection:
            return store_filing.open_intents(connection, repository)

    def log(self, decisions: Iterable[Decision]) -> None:
        """Write decisions down, but for a `planned` skip that only repeats the row of the last one of its fingerprint."""
        with changing(self._engine) as connection:
            store_log.write_decisions(connection, decisions)

    def decisions(self, *, fingerprint: str = "", repository: str = "", limit: int = 1000) -> tuple[Decision, ...]:
        """The newest decisions, newest first: all, or those of a fingerprint (a prefix of it will do) or repository."""
        with reading(self._engine) as connection:
            return store_log.read_decisions(connection, fingerprint, repository, limit)

    def reserve(self, account: str, spend: Spend, now: datetime, allowed: Allowance) -> datetime | None:
        """Take a write from the budget that all processes share; None where it may be sent, else when to ask again."""
        with changing(self._engine) as connection:
            return store_budget.take(connection, account, spend, now, allowed)

    def finish(self, spend: Spend) -> None:
        """The request of a spend is over: it still counts in the budget, but is not in flight."""
        with changing(self._engine) as connection:
            store_budget.end(connection, spend)

    def hold(self, account: str, until: datetime, now: datetime) -> None:
        """Let nobody write until then: GitHub said so at `now`; it is over where that was told by a clock that was ahead."""
        with changing(self._engine) as connection:
            store_budget.put_off(connection, account, until, now)

    def recall(self, key: str) -> bytes | None:
        """What was kept under a key; all of it could be asked for again."""
        with reading(self._engine) as connection:
            return store_log.recall(connection, key)

    def keep(self, key: str, value: bytes, at: datetime) -> None:
        """Keep a value under a key, over what was there."""
        with changing(self._engine) as connection:
            store_log.keep(connection, key, value, at)

    def levels(self) -> Mapping[str, Mapping[date, int]]:
        """Rule → day → the most sessions that it had in its window in any evaluation of that day, for the last 30 days."""
        with reading(self._engine) as connection:
            return store_log.read_levels(connection)

    def remember_levels(self, day: date, levels: Mapping[str, int]) -> None:
        """Record how many sessions each rule has in its window on a day; the highest of a day stays."""
        with changing(self._engine) as connection:
            store_log.write_levels(connection, day, levels)

    def heard(self, repository: str) -> datetime | None:
        """The moment from which comments have to be asked for next; None where none were ever read."""
        with reading(self._engine) as connection:
            return store_remarks.read_heard(connection, repository)

    def hear(self, repository: str, remarks: Sequence[Remark], gone: Iterable[int], until: datetime | None) -> None:
        """Keep these remarks as they read now, drop those that are gone and move the moment on, in one transaction.

        A remark that was edited after what is given was read stays as it is.
        """
        with changing(self._engine) as connection:
            store_remarks.write_remarks(connection, repository, remarks, gone)
            if until is not None:
                store_remarks.move_on(connection, repository, until)

    def remarks(self, repository: str) -> tuple[Remark, ...]:
        """All remarks kept of a repository, the oldest first (by `at`, then id)."""
        with reading(self._engine) as connection:
            return store_remarks.read_remarks(connection, repository)

    def answer(self, repository: str, remark: int, answered: str) -> None:
        """Record which answer a remark got; nothing happens where it is not there any more."""
        with changing(self._engine) as connection:
            store_remarks.note_answer(connection, repository, remark, answered)

    def forget(self) -> None:
        """Forget the evidence and what was asked of GitHub, in one transaction; what only this store knows stays."""
        with changing(self._engine) as connection:
            for table in (SIGNALS, LINKS, SESSIONS, FILES, RULES, KEPT, REMARKS, HEARD):
                connection.execute(delete(table))
            forget_all(connection)
