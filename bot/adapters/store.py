"""The store over SQLAlchemy Core: one SQLite file for one machine, PostgreSQL for a team."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from types import TracebackType
from typing import Self

from sqlalchemy import Connection, Engine, insert, select, update

from bot.adapters.store_absorb import absorb, mark_of
from bot.adapters.store_codec import digest, microseconds, session_of, stored, told
from bot.adapters.store_engine import connect, parse, prepare, writing
from bot.adapters.store_errors import told_to_people
from bot.adapters.store_schema import FILES, ISSUES, SESSIONS
from bot.adapters.store_signals import read_signals
from bot.adapters.store_sql import fetch
from bot.core.model import Session, Signal
from bot.ports import FileMark, Reading

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
        with self._reading() as connection:
            marks = map(mark_of, connection.execute(select(FILES)))
            return {mark.path: mark for mark in marks}

    def absorb(self, readings: Sequence[Reading]) -> int:
        """Merge readings in one transaction; returns how many of their links (shareable events) were already known."""
        if not readings:
            return 0
        with self._writing() as connection:
            return absorb(connection, readings)

    def sessions(self, ids: Iterable[str] | None = None) -> Iterator[Session]:
        """The sessions of these ids (all where None), merged over everything absorbed, ordered by id."""
        with self._reading() as connection:
            wanted = map(told, connection.scalars(select(SESSIONS.c.id))) if ids is None else set(ids)
            names = sorted(wanted)
        for start in range(0, len(names), _AT_ONCE):
            digests = [digest(name) for name in names[start : start + _AT_ONCE]]
            with self._reading() as connection:
                found = [session_of(row) for row in fetch(connection, SESSIONS.c, SESSIONS.c.digest, digests)]
            yield from sorted(found, key=lambda session: session.id)

    def signals(self) -> Iterator[Signal]:
        """All signals kept, ordered by rule, event and session."""
        with self._reading() as connection:
            return read_signals(connection)

    def conversations(self) -> Mapping[str, str]:
        """Session id → conversation id: the smallest id of sessions that share events, directly or through others."""
        with self._reading() as connection:
            rows = connection.execute(select(SESSIONS.c.no, SESSIONS.c.id, SESSIONS.c.conversation)).all()
        names = {no: told(name) for no, name, _ in rows}
        return {names[no]: names[conversation] for no, _, conversation in rows}

    def issues(self, repository: str) -> Mapping[str, int]:
        """Fingerprint → issue number, as last filed or found."""
        known = select(ISSUES.c.fingerprint, ISSUES.c.number).where(ISSUES.c.repository == stored(repository))
        with self._reading() as connection:
            return {told(fingerprint): number for fingerprint, number in connection.execute(known)}

    def remember_issue(self, repository: str, fingerprint: str, number: int, at: datetime) -> None:
        """Record where a fingerprint is kept; what was recorded for a later moment stays."""
        place = {"repository": stored(repository), "fingerprint": stored(fingerprint)}
        here = (ISSUES.c.repository == place["repository"], ISSUES.c.fingerprint == place["fingerprint"])
        moment = microseconds(at)
        with self._writing() as connection:
            before = connection.execute(select(ISSUES.c.at).where(*here)).scalar()
            if before is None:
                connection.execute(insert(ISSUES).values(**place, number=number, at=moment))
            else:
                connection.execute(update(ISSUES).where(*here, ISSUES.c.at <= moment).values(number=number, at=moment))

    @contextmanager
    def _reading(self) -> Iterator[Connection]:
        with told_to_people(self._engine.url), self._engine.connect() as connection:
            yield connection

    @contextmanager
    def _writing(self) -> Iterator[Connection]:
        with told_to_people(self._engine.url), writing(self._engine) as connection:
            yield connection
