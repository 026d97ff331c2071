"""What pruning and catching up ask of the ledger's tables."""

from __future__ import annotations

from sqlalchemy import delete

from bot.adapters.ledger import SqlLedger
from bot.adapters.ledger_changes import begin_conversations_anew, forget_sessions
from bot.adapters.ledger_schema import CONVERSATIONS
from bot.adapters.store import SqlStore
from bot.adapters.store_engine import writing
from bot.core.model import Session, Signal, Span
from bot.core.session import group_number
from bot.ledger import Derived, Standing
from bot.ports import FileMark, Reading
from tests.adapters.test_store_filing import MINUTE, NOON

GROUP = group_number("r", ())
PAST = Standing("f", "r", (GROUP,), 1, None, b"past", NOON + MINUTE)


def filled(store: SqlStore) -> SqlLedger:
    """The ledger of a store with a derived session, which has a signal that is past."""
    session = Session("s", "claude-code", blocks=(Span(NOON, NOON),))
    found = Signal("r", "s", "e1", (), NOON)
    store.absorb([Reading(FileMark("f", "1", "r", frozenset()), (session,), (found,), {"r": "d"})])
    ledger = SqlLedger(store.engine)
    ledger.derive([Derived("s", "o/r", NOON)], ledger.stale(9).upto)
    ledger.evaluated("o/r", ledger.touched("o/r").upto, [PAST], None)
    assert ledger.pasts("o/r", [GROUP]) == {GROUP: PAST}
    return ledger


def test_forgetting_sessions_touches_their_groups_and_forgets_the_pasts() -> None:
    with SqlStore.open("sqlite://") as store:
        ledger = filled(store)

        with writing(store.engine) as connection:
            forget_sessions(connection, {"s": 1})

        assert ledger.touched("o/r").groups == {GROUP}
        assert ledger.pasts("o/r", [GROUP]) == {}
        assert (list(ledger.briefs()), ledger.last_active(["s"])) == ([], {})


def test_conversations_are_made_anew_from_the_sessions() -> None:
    with SqlStore.open("sqlite://") as store:
        ledger = filled(store)
        with writing(store.engine) as connection:
            connection.execute(delete(CONVERSATIONS))

            begin_conversations_anew(connection)

        assert ledger.last_active(["s"]) == {"s": NOON}
        assert ledger.pasts("o/r", [GROUP]) == {}
