"""What workers of an older version wrote beside the newer tables, brought to what this version writes.

Tables before revision 0004 knew no numbers of groups and no origins of sessions: what their workers insert gets the
columns' defaults, and no row in tables they do not know. Whatever they read is there, but nobody evaluates it.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, bindparam, exists, select, update

from bot.adapters.ledger_changes import begin_conversations_anew, write_origins
from bot.adapters.ledger_schema import ORIGINS, PROGRESS
from bot.adapters.store_codec import told, unpacked
from bot.adapters.store_schema import RULES, SESSIONS, SIGNALS
from bot.adapters.store_sql import bare
from bot.core.model import Session, Span
from bot.core.session import group_number, identity

_DEFAULT = 0  # of `who`; that a session's own number is 0 happens once in 2^64
_AT_ONCE = 5000  # rows in memory


def catch_up(connection: Connection) -> bool:
    """Number signals, write origins, and have all sessions derived again, where an older worker wrote; whether one did."""
    without = ~exists().where(ORIGINS.c.session == SESSIONS.c.no)
    unnumbered = connection.execute(select(SIGNALS.c.no).where(SIGNALS.c.who == _DEFAULT).limit(1)).first()
    unknown = connection.execute(select(SESSIONS.c.no).where(without).limit(1)).first()
    if unnumbered is None and unknown is None:
        return False
    _number_signals(connection)
    _write_origins(connection)
    begin_conversations_anew(connection)
    connection.execute(update(PROGRESS).values(reason=""))  # is no reason that deriving ever has
    return True


def _number_signals(connection: Connection) -> None:
    rules = {no: told(rule) for no, rule in bare(connection, select(RULES.c.no, RULES.c.rule))}
    columns = (SIGNALS.c.no, SIGNALS.c.rule, SIGNALS.c.key, SIGNALS.c.session)
    wanted = select(*columns).where(SIGNALS.c.who == _DEFAULT)
    change = update(SIGNALS).where(SIGNALS.c.no == bindparam("number"))
    change = change.values(grp=bindparam("new_grp"), who=bindparam("new_who"))
    numbered = [
        {"number": no, "new_grp": group_number(rules[rule], unpacked(key)), "new_who": identity(told(session))}
        for no, rule, key, session in bare(connection, wanted)
    ]
    if numbered:
        connection.execute(change, numbered)


def _write_origins(connection: Connection) -> None:
    """Of all sessions: one that an older worker only added to has an origin, but maybe of when it was shorter."""
    last = 0
    while True:
        columns = select(SESSIONS.c.no, SESSIONS.c.person, SESSIONS.c.facts).where(SESSIONS.c.no > last)
        rows = bare(connection, columns.order_by(SESSIONS.c.no).limit(_AT_ONCE))
        if not rows:
            return
        write_origins(connection, [(no, _outline(person, facts)) for no, person, facts in rows], new=False)
        last = rows[-1][0]


def _outline(person: str, facts: str) -> Session:
    """A session as far as its origin goes: whose it is and when it was."""
    blocks = tuple(
        Span(datetime.fromisoformat(start), datetime.fromisoformat(end)) for start, end in unpacked(facts)[0]
    )
    return Session("", "", person=told(person), blocks=blocks)
