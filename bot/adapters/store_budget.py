"""The write budget of an account, shared by all processes: what was spent in the last hour, and what GitHub said to wait for."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import Connection, delete, exists, func, insert, select, update

from bot.adapters.store_codec import digest, microseconds, moment, stored
from bot.adapters.store_filing import AHEAD
from bot.adapters.store_schema import HOLDS, SPENDS
from bot.ports import Allowance, Spend

_SOON, _MINUTE, _HOUR = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1)
_LONGEST = timedelta(hours=2)  # that GitHub asks to wait: its limits begin anew each hour
_HOLD = "hold "  # before the account: the id of the spend that tells when a hold was told
_TOLD = exists().where(SPENDS.c.id == _HOLD + HOLDS.c.account)


def take(connection: Connection, account: str, spend: Spend, now: datetime, allowed: Allowance) -> datetime | None:
    """Write the spend down where it is within the allowance; else when to ask again."""
    key = digest(account)
    _drop_old(connection, now)
    held = connection.execute(select(HOLDS.c.until).where(HOLDS.c.account == key, _TOLD)).scalar()
    rows = connection.execute(
        select(SPENDS.c.at, SPENDS.c.content, SPENDS.c.points, SPENDS.c.done)
        .where(SPENDS.c.account == key, SPENDS.c.id != f"{_HOLD}{key}")
        .order_by(SPENDS.c.at)
    ).all()
    spent = [(moment(row.at), row.content, row.points, row.done) for row in rows]
    waits = [*_waits(spent, spend, now, allowed)]
    until = moment(held)
    if until and now < until <= now + _LONGEST:
        waits.append(until)
    if waits:
        return max(waits)
    values = {
        "id": stored(spend.id),
        "account": key,
        "at": microseconds(now),
        "content": int(spend.content),
        "points": spend.points,
        "done": 0,
    }
    connection.execute(insert(SPENDS).values(values))
    return None


def _waits(
    spent: list[tuple[datetime, int, int, int]], spend: Spend, now: datetime, allowed: Allowance
) -> list[datetime]:
    """When each limit that is reached lets the next one through; an allowance of nothing still lets a lone one through."""
    waits: list[datetime] = []
    minute = [each for each in spent if each[0] > now - _MINUTE]
    if spend.content:
        for window, most in ((_MINUTE, allowed.content_a_minute), (_HOUR, allowed.content_an_hour)):
            inside = [at for at, content, _, _ in spent if content and at > now - window]
            waits += [at + window for at in inside[: max(len(inside) - most + 1, 0)]]
    points = sum(each[2] for each in minute) + spend.points
    for at, _, past, _ in minute:
        if points > allowed.points_a_minute:
            waits.append(at + _MINUTE)
            points -= past
    flying = [at for at, _, _, done in minute if not done]
    if flying and len(flying) >= allowed.in_flight:  # any of them may be over in a moment
        waits.append(now + max(allowed.pause, _SOON))
    if spent and spent[-1][0] + allowed.pause > now:
        waits.append(spent[-1][0] + allowed.pause)
    return waits


def most_spent(connection: Connection, length: timedelta, now: datetime) -> int:
    """How much that makes something the account that wrote most has written in a time before `now`."""
    made = select(func.count()).where(SPENDS.c.at > microseconds(now - length), SPENDS.c.content == 1)
    return max(connection.scalars(made.group_by(SPENDS.c.account)), default=0)


def held_until(connection: Connection, now: datetime) -> datetime | None:
    """Until when GitHub lets nobody write, over all accounts; None where it lets them."""
    told = (SPENDS.c.id == _HOLD + HOLDS.c.account) & (SPENDS.c.at <= microseconds(now + AHEAD))
    until = moment(connection.execute(select(func.max(HOLDS.c.until)).where(exists().where(told))).scalar())
    return until if until is not None and until > now else None


def end(connection: Connection, spend: Spend) -> None:
    """The request is over."""
    connection.execute(update(SPENDS).where(SPENDS.c.id == stored(spend.id)).values(done=1))


def put_off(connection: Connection, account: str, until: datetime, now: datetime) -> None:
    """Let nobody write until then; the later of two moments stays.

    When it was told stands among the spends, as one that costs nothing: so a hold by a clock that was ahead is over with it.
    """
    key = digest(account)
    _drop_old(connection, now)
    known = connection.execute(select(HOLDS.c.until).where(HOLDS.c.account == key, _TOLD)).scalar()
    if known is not None and known >= microseconds(until):
        return
    connection.execute(delete(HOLDS).where(HOLDS.c.account == key))
    connection.execute(delete(SPENDS).where(SPENDS.c.id == f"{_HOLD}{key}"))
    connection.execute(insert(HOLDS).values(account=key, until=microseconds(until)))
    told = {"id": f"{_HOLD}{key}", "account": key, "at": microseconds(now), "content": 0, "points": 0, "done": 1}
    connection.execute(insert(SPENDS).values(told))


def _drop_old(connection: Connection, now: datetime) -> None:
    # What lies in the future was written down by a clock that was ahead: it would count for as long as that jumped.
    over = (SPENDS.c.at <= microseconds(now - _HOUR)) | (SPENDS.c.at > microseconds(now + AHEAD))
    connection.execute(delete(SPENDS).where(over))
