"""What was said to the bot on GitHub, in the store: remarks as they were last read, and from when to ask on."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, delete, insert, select, update

from bot.adapters.store_codec import microseconds, moment, stored, stored_row, told
from bot.adapters.store_schema import HEARD, REMARKS
from bot.adapters.store_sql import add, among
from bot.core.history import Remark


def read_heard(connection: Connection, repository: str) -> datetime | None:
    """The moment from which comments have to be asked for next."""
    return moment(connection.execute(select(HEARD.c.until).where(HEARD.c.repository == stored(repository))).scalar())


def move_on(connection: Connection, repository: str, until: datetime) -> None:
    """Set the moment from which to ask next; it never goes back."""
    here, there = HEARD.c.repository == stored(repository), microseconds(until)
    known = read_heard(connection, repository)
    if known is None:
        connection.execute(insert(HEARD).values(repository=stored(repository), until=there))
    else:
        connection.execute(update(HEARD).where(here, HEARD.c.until < there).values(until=there))


def read_remarks(connection: Connection, repository: str) -> tuple[Remark, ...]:
    """All remarks of a repository, the oldest first."""
    wanted = select(REMARKS).where(REMARKS.c.repository == stored(repository)).order_by(REMARKS.c.at, REMARKS.c.id)
    return tuple(_remark(row) for row in connection.execute(wanted))


def write_remarks(connection: Connection, repository: str, remarks: Sequence[Remark], gone: Iterable[int]) -> None:
    """Keep remarks with what was answered to them, but none that is older than what is kept, and drop those gone."""
    newest: dict[int, Remark] = {}
    for remark in remarks:
        known = newest.get(remark.id)
        if known is None or remark.updated >= known.updated:
            newest[remark.id] = remark
    dropped = frozenset(gone)
    before = _known(connection, repository, newest)
    changed = {
        number: remark
        for number, remark in newest.items()
        if number not in dropped and (number not in before or remark.updated >= before[number].updated)
    }
    _drop(connection, repository, dropped | changed.keys())
    add(connection, REMARKS, [_row(repository, each, before.get(number)) for number, each in changed.items()])


def note_answer(connection: Connection, repository: str, remark: int, answered: str) -> None:
    """Record which answer a remark got, if it is still there."""
    here = (REMARKS.c.repository == stored(repository), REMARKS.c.id == remark)
    connection.execute(update(REMARKS).where(*here).values(answered=stored(answered)))


def _known(connection: Connection, repository: str, numbers: Iterable[int]) -> Mapping[int, Remark]:
    wanted = list(numbers)
    if not wanted:
        return {}
    here = (REMARKS.c.repository == stored(repository), among(connection, REMARKS.c.id, wanted))
    return {row.id: _remark(row) for row in connection.execute(select(REMARKS).where(*here))}


def _drop(connection: Connection, repository: str, numbers: Iterable[int]) -> None:
    listed = list(numbers)
    if listed:
        here = (REMARKS.c.repository == stored(repository), among(connection, REMARKS.c.id, listed))
        connection.execute(delete(REMARKS).where(*here))


def _row(repository: str, remark: Remark, before: Remark | None) -> dict[str, Any]:
    answered = before.answered if before else remark.answered
    row = remark._replace(repository=repository, answered=answered)._asdict()
    return {**stored_row(row), "own": int(remark.own), "robot": int(remark.robot)}


def _remark(row: Any) -> Remark:
    return Remark(
        told(row.repository), row.id, row.issue, told(row.by), moment(row.at), moment(row.updated), told(row.body),
        bool(row.own), bool(row.robot), told(row.role), told(row.answered),
    )  # fmt: skip
