"""The pasts of groups in the database: what is kept of evidence that is over, and when it does not hold any more."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from datetime import timedelta

from sqlalchemy import Connection, bindparam, delete, func, select

from bot.adapters.ledger_groups import groups_of
from bot.adapters.ledger_schema import CHANGED, CONVERSATIONS, FINDING_GROUPS, FINDINGS, PASTS, TOUCHED
from bot.adapters.store_codec import microseconds, moment, stored, told
from bot.adapters.store_schema import SESSIONS
from bot.adapters.store_sql import among, bare, put
from bot.core.origin import HOUR
from bot.core.session import identity
from bot.ledger import Standing

NEVER = -(1 << 62)  # microseconds: earlier than any moment that a `datetime` can tell
_OUTAGE = HOUR // timedelta(microseconds=1)  # what began so soon after a past may be one outage with it


def pasts(connection: Connection, repository: str, groups: Collection[int]) -> Mapping[int, Standing]:
    """Group → what is remembered of its one finding, which has no other group, where a past of it is kept."""
    place = stored(repository)
    rows = (
        select(
            PASTS.c.grp, PASTS.c.past, PASTS.c.until,
            FINDINGS.c.fingerprint, FINDINGS.c.rule, FINDINGS.c.in_window, FINDINGS.c.due,
        )
        .join_from(PASTS, FINDING_GROUPS, FINDING_GROUPS.c.grp == PASTS.c.grp)
        .join(FINDINGS, FINDINGS.c.fingerprint == FINDING_GROUPS.c.fingerprint)
        .where(
            among(connection, PASTS.c.grp, groups),
            *(table.c.repository == place for table in (PASTS, FINDING_GROUPS, FINDINGS)),
        )
    )  # fmt: skip
    found = bare(connection, rows) if groups else []
    findings = Counter(row[0] for row in found)
    return {
        group: Standing(told(name), told(rule), (group,), in_window, moment(due), bytes(past), moment(until))
        for group, past, until, name, rule, in_window, due in found
        if findings[group] == 1
    }


def write_pasts(connection: Connection, place: str, before: Collection[int], known: Sequence[Standing]) -> None:
    """Keep the pasts of findings, in place of those of the groups before; a finding that `keeps` its past has it as it is.

    Not of what was touched since it was evaluated, or what a session has signals in that is to be derived again: its past
    may count what is not past any more. Nor where a finding has several groups.
    """
    kept = {group for each in known if each.keeps for group in each.groups}
    here = (PASTS.c.repository == place, among(connection, PASTS.c.grp, set(before) - kept))
    connection.execute(delete(PASTS).where(*here))
    new = {each.groups[0]: each for each in known if each.past and each.until and len(set(each.groups)) == 1}
    touched = select(TOUCHED.c.grp).where(TOUCHED.c.repository == place, among(connection, TOUCHED.c.grp, new))
    latest = max((microseconds(each.until) for each in new.values() if each.until), default=NEVER)
    late = {group for (group,) in bare(connection, touched)} | _going_on(connection, latest)
    rows = [(group, microseconds(new[group].until), new[group].past) for group in sorted(new.keys() - late)]
    columns = ("repository", "grp", "until", "past")
    put(connection, PASTS, [dict(zip(columns, (place, *row), strict=True)) for row in rows])


def _going_on(connection: Connection, until: int) -> set[int]:
    """The groups of sessions to be derived whose conversations may be in, or beside, a past that ends then (microseconds)."""
    rows = (
        select(SESSIONS.c.id, SESSIONS.c.no)
        .join_from(CHANGED, SESSIONS, SESSIONS.c.no == CHANGED.c.session)
        .join(CONVERSATIONS, CONVERSATIONS.c.no == SESSIONS.c.conversation)
        .where(CONVERSATIONS.c.first < until + _OUTAGE)
    )
    sessions = {identity(told(name)): no for name, no in bare(connection, rows)} if until > NEVER else {}
    return {group for groups in groups_of(connection, sessions).values() for group in groups} if sessions else set()


def horizon(connection: Connection) -> int:
    """The latest moment, in microseconds, that has to do with any past: what began later is neither in one nor beside it."""
    latest = connection.execute(select(func.max(PASTS.c.until))).scalar_one()
    return NEVER if latest is None else int(latest) + _OUTAGE


def forget(connection: Connection, groups: Collection[tuple[str, int, int]]) -> None:
    """Forget the past of groups in repositories (as stored) in which a conversation that began then may be counted.

    Or with which it may be one outage. One that is in it was over before the past ends, so it had begun; what changes of it
    only makes it begin earlier. When it ended tells nothing: one that is resumed ends later than before.
    """
    rows = [{"place": place, "group": group, "began": began - _OUTAGE} for place, group, began in groups]
    if rows:
        here = (PASTS.c.repository == bindparam("place"), PASTS.c.grp == bindparam("group"))
        connection.execute(delete(PASTS).where(*here, PASTS.c.until > bindparam("began")), rows)
