"""What filing remembers in the store: leases, intents, and issues that are gone."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from sqlalchemy import Connection, delete, insert, select, update

from bot.adapters.store_codec import digest, microseconds, moment, stored, stored_row, told
from bot.adapters.store_schema import GONE, INTENTS, LEASES
from bot.core.history import Intent

AHEAD = timedelta(minutes=1)  # by which clocks of several machines may differ


def take_lease(connection: Connection, name: str, holder: str, now: datetime, lasts: timedelta) -> bool:
    """Take or extend a lease; False where somebody else holds it at `now`."""
    key = digest(name)
    row = connection.execute(select(LEASES.c.holder, LEASES.c.until).where(LEASES.c.name == key)).one_or_none()
    until = microseconds(now + lasts)
    if row is None:
        connection.execute(insert(LEASES).values(name=key, holder=stored(holder), until=until))
        return True
    # A lease that ends later than anybody could have asked for was taken by a clock that was ahead, and is over.
    if told(row.holder) != holder and microseconds(now) < row.until <= microseconds(now + 2 * lasts + AHEAD):
        return False
    taken = connection.execute(update(LEASES).where(LEASES.c.name == key).values(holder=stored(holder), until=until))
    if not taken.rowcount:  # housekeeping dropped it meanwhile, because it was over for long
        connection.execute(insert(LEASES).values(name=key, holder=stored(holder), until=until))
    return True


def give_back(connection: Connection, name: str, holder: str) -> None:
    """Give a lease back, if it is still this holder's."""
    connection.execute(delete(LEASES).where(LEASES.c.name == digest(name), LEASES.c.holder == stored(holder)))


def add_intent(connection: Connection, intent: Intent) -> None:
    """Keep an intent; open ones about the same are given up."""
    same = (
        INTENTS.c.repository == stored(intent.repository),
        INTENTS.c.fingerprint == stored(intent.fingerprint),
        INTENTS.c.what == intent.what,
        INTENTS.c.topic == stored(intent.topic),
        INTENTS.c.state == "open",
    )
    connection.execute(update(INTENTS).where(*same).values(state="given_up"))
    connection.execute(insert(INTENTS).values(stored_row(intent._asdict())))


def end_intent(connection: Connection, nonce: str, state: str, issue: int | None) -> None:
    """Record what became of an intent."""
    known = {"issue": issue} if issue is not None else {}
    connection.execute(update(INTENTS).where(INTENTS.c.nonce == stored(nonce)).values(state=state, **known))


def open_intents(connection: Connection, repository: str) -> tuple[Intent, ...]:
    """The open intents of a repository, the oldest first."""
    wanted = select(INTENTS).where(INTENTS.c.repository == stored(repository), INTENTS.c.state == "open")
    rows = connection.execute(wanted.order_by(INTENTS.c.at, INTENTS.c.nonce))
    return tuple(
        Intent(
            told(row.nonce), told(row.repository), told(row.fingerprint), row.what, told(row.topic),
            moment(row.at), row.state, row.issue,
        )
        for row in rows
    )  # fmt: skip


def fates(connection: Connection, repository: str) -> Mapping[int, str]:
    """Numbers of issues that are there no more, with what became of them."""
    wanted = select(GONE.c.number, GONE.c.fate).where(GONE.c.repository == stored(repository))
    return {number: told(fate) for number, fate in connection.execute(wanted)}


def note_gone(connection: Connection, repository: str, number: int, fate: str, at: datetime) -> None:
    """Record that an issue is there no more; what was recorded first stays."""
    if number not in fates(connection, repository):
        row = {"repository": repository, "number": number, "fate": fate, "at": at}
        connection.execute(insert(GONE).values(stored_row(row)))
