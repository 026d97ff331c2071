"""What filing exactly once asks of every store: leases, intents, what is gone, the log, values by key, levels."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from bot.adapters.store import SqlStore
from bot.core.history import Decision, Intent, Remark
from bot.core.model import Signal
from bot.ports import Allowance, FileMark, Reading, Spend, Store
from tests.fakes_store import RememberingStore

NOON = datetime(2026, 2, 3, 12, 0, 0, 123456, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
TICK = timedelta(microseconds=1)
STRANGE = "\0nul \x1a0000 \udce9 half \U0001f600 «é» " + "long" * 2500
INTENT = Intent("0a", "o/r", "f1", "open", "", NOON)
SKIP = Decision(NOON, "o/r", "ab12", "rule", "skip", "below", None, "1 of 3 sessions", "planned")


@pytest.fixture(params=["fake", "sqlite file", "sqlite memory", "postgresql"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    if request.param == "fake":
        yield RememberingStore()
        return
    urls = {"sqlite file": f"sqlite:///{tmp_path}/friction.db", "sqlite memory": "sqlite://"}
    with SqlStore.open(urls.get(request.param) or request.getfixturevalue("postgres_url")) as opened:
        yield opened


def test_a_free_lease_is_taken_and_held_until_it_ends(store: Store) -> None:
    assert store.lease("f1", "ann", NOON, MINUTE)
    assert not store.lease("f1", "bob", NOON + MINUTE - TICK, MINUTE)
    assert store.lease("f2", "bob", NOON, MINUTE)
    assert store.lease("f1", "bob", NOON + MINUTE, MINUTE)
    assert not store.lease("f1", "ann", NOON + MINUTE, MINUTE)


def test_the_holder_of_a_lease_extends_it(store: Store) -> None:
    assert store.lease("f1", "ann", NOON, MINUTE)
    assert store.lease("f1", "ann", NOON + MINUTE / 2, MINUTE)

    assert not store.lease("f1", "bob", NOON + MINUTE, MINUTE)
    assert store.lease("f1", "bob", NOON + MINUTE * 3 / 2, MINUTE)


def test_only_its_holder_gives_a_lease_back(store: Store) -> None:
    store.lease("f1", "ann", NOON, MINUTE)

    store.release("f1", "bob")
    assert not store.lease("f1", "bob", NOON, MINUTE)
    store.release("f1", "ann")
    store.release("f1", "ann")
    assert store.lease("f1", "bob", NOON, MINUTE)


def test_names_of_any_length_can_be_leased(store: Store) -> None:
    assert store.lease(STRANGE, STRANGE, NOON, MINUTE)
    assert store.lease(STRANGE, STRANGE, NOON, MINUTE)
    assert not store.lease(STRANGE, "bob", NOON, MINUTE)
    assert store.lease(STRANGE + "r", "bob", NOON, MINUTE)


def test_open_intents_come_back_whole_the_oldest_first(store: Store) -> None:
    late = Intent("01", "o/r", "f2", "comment", "told:\0\udce9", NOON + TICK, "open", 7)
    elsewhere = INTENT._replace(nonce="02", repository="o/other")
    for intent in (late, INTENT, elsewhere):
        store.intend(intent)

    assert store.intents("o/r") == (INTENT, late)
    assert store.intents("o/other") == (elsewhere,)
    assert store.intents("o/none") == ()


@pytest.mark.parametrize("state", ["done", "failed", "given_up"])
def test_a_settled_intent_is_open_no_more(store: Store, state: str) -> None:
    store.intend(INTENT)
    store.intend(INTENT._replace(nonce="0b", fingerprint="f2"))

    store.settle("0a", state, 7)
    store.settle("unknown", state)

    assert [intent.nonce for intent in store.intents("o/r")] == ["0b"]


def test_settling_back_to_open_keeps_the_issue_known_before(store: Store) -> None:
    store.intend(INTENT._replace(issue=7))
    store.settle("0a", "failed")
    store.settle("0a", "open")

    assert store.intents("o/r") == (INTENT._replace(issue=7),)


def test_a_new_intent_gives_up_only_those_about_the_same(store: Store) -> None:
    others = [
        INTENT._replace(nonce="01", repository="o/other"),
        INTENT._replace(nonce="02", fingerprint="f2"),
        INTENT._replace(nonce="03", what="comment"),
        INTENT._replace(nonce="04", topic="told"),
    ]
    for intent in (INTENT, *others):
        store.intend(intent)

    store.intend(INTENT._replace(nonce="05"))

    assert [intent.nonce for intent in store.intents("o/r")] == ["02", "03", "04", "05"]
    assert [intent.nonce for intent in store.intents("o/other")] == ["01"]


def test_what_became_of_an_issue_stays_as_first_told(store: Store) -> None:
    store.remember_issue("o/r", "f1", 7, NOON)
    store.remember_gone("o/r", 7, "deleted", NOON)
    store.remember_gone("o/r", 7, "transferred", NOON + MINUTE)
    store.remember_gone("o/r", 8, STRANGE, NOON)

    assert store.gone("o/r") == {7: "deleted", 8: STRANGE}
    assert store.gone("o/other") == {}
    assert store.issues("o/r") == {"f1": 7}


def test_decisions_come_back_whole_the_newest_first(store: Store) -> None:
    done = Decision(NOON, "o/r", "ab12", "r\0", "open", "open", 7, STRANGE, "done")
    later = SKIP._replace(at=NOON + TICK, fingerprint="ab99")
    same_time = SKIP._replace(fingerprint="cd00", repository="o/other")
    store.log([later, done])
    store.log([same_time])
    store.log([])

    assert store.decisions() == (later, same_time, done)
    assert store.decisions(limit=2) == (later, same_time)
    assert store.decisions(repository="o/r") == (later, done)
    assert store.decisions(fingerprint="ab12") == (done,)
    assert store.decisions(fingerprint="ab") == (later, done)
    assert store.decisions(fingerprint="ab", repository="o/other") == ()


def test_a_planned_skip_that_says_the_same_again_is_not_written(store: Store) -> None:
    store.log([SKIP, SKIP._replace(at=NOON + MINUTE, reason="2 of 3 sessions")])
    store.log([SKIP._replace(at=NOON + 2 * MINUTE)])

    assert store.decisions() == (SKIP,)


@pytest.mark.parametrize(
    "change", [{"row": "limit"}, {"issue": 7}, {"outcome": "lease_lost"}, {"action": "open"}, {"fingerprint": "ab13"}]
)
def test_anything_else_is_written_even_if_alike(store: Store, change: dict[str, object]) -> None:
    other = SKIP._replace(at=NOON + MINUTE, **change)  # type: ignore[arg-type]
    store.log([SKIP, other])

    assert store.decisions() == (other, SKIP)


def test_a_skip_is_compared_with_the_last_decision_only(store: Store) -> None:
    told = [SKIP, SKIP._replace(at=NOON + TICK, row="limit"), SKIP._replace(at=NOON + MINUTE)]
    store.log(told)

    assert store.decisions() == tuple(reversed(told))


@pytest.mark.parametrize("prefix", ["%", "_", "a%", "a_", "AB", "*", "[a]", "\\", "b"])
def test_a_prefix_is_taken_character_by_character(store: Store, prefix: str) -> None:
    store.log([SKIP])

    assert store.decisions(fingerprint=prefix) == ()


def test_a_prefix_finds_strange_characters_as_they_are(store: Store) -> None:
    names = ["a%b", "a_b", "a\0b", "a\udce9b", "aéb", "a\U0001f600b"]
    store.log(SKIP._replace(fingerprint=name) for name in names)

    for name in names:
        assert [each.fingerprint for each in store.decisions(fingerprint=name[:2])] == [name]


def test_what_was_kept_last_under_a_key_comes_back(store: Store) -> None:
    assert store.recall(STRANGE) is None
    store.keep(STRANGE, b"\0\xff", NOON)
    store.keep("other", b"", NOON)
    store.keep(STRANGE, b"new" * 100_000, NOON - MINUTE)

    assert store.recall(STRANGE) == b"new" * 100_000
    assert store.recall("other") == b""
    assert store.recall(STRANGE + "r") is None


def test_the_highest_level_of_a_day_stays(store: Store) -> None:
    day = date(2026, 2, 3)
    store.remember_levels(day, {"r": 5, "q": 0})
    store.remember_levels(day, {"r": 3, "q": 2, "é": 1})
    store.remember_levels(date(2026, 2, 4), {"r": 1})
    store.remember_levels(date(2026, 2, 5), {})

    assert store.levels() == {"r": {day: 5, date(2026, 2, 4): 1}, "q": {day: 2}, "é": {day: 1}}


def test_levels_older_than_thirty_days_are_dropped(store: Store) -> None:
    store.remember_levels(date(2026, 1, 1), {"r": 5, "q": 1})
    store.remember_levels(date(2026, 1, 2), {"r": 6})
    store.remember_levels(date(2026, 2, 1), {"r": 7})

    assert store.levels() == {"r": {date(2026, 1, 2): 6, date(2026, 2, 1): 7}}


def test_the_revision_of_a_signal_comes_back(store: Store) -> None:
    found = Signal("r", "s", "e1", (), NOON, place="f:1", version="2.1.0", revision="0123abc")
    store.absorb([Reading(FileMark("f", "1", "reader", frozenset()), signals=(found,), rules={"r": "d"})])

    assert list(store.signals()) == [found]


def fill(store: Store) -> None:
    """Something in every table."""
    found = Signal("r", "s", "e1", (), NOON, place="f:1")
    store.absorb([Reading(FileMark("f", "1", "reader", frozenset()), signals=(found,), rules={"r": "d"})])
    store.remember_issue("o/r", "f1", 7, NOON)
    store.remember_gone("o/r", 7, "deleted", NOON)
    store.lease("f1", "ann", NOON, MINUTE)
    store.intend(INTENT)
    store.log([SKIP])
    store.reserve("bot", Spend("s1", content=True), NOON, Allowance())
    store.hold("bot", NOON + MINUTE, NOON)
    store.keep("key", b"value", NOON)
    store.remember_levels(date(2026, 2, 3), {"r": 1})
    store.hear("o/r", [Remark("o/r", 1, 7, "ann", NOON, NOON, "/friction ack")], [], NOON)


def test_forgetting_lets_go_of_what_can_be_had_again_and_of_nothing_else(store: Store) -> None:
    fill(store)

    store.forget()

    assert (store.files(), list(store.signals()), list(store.sessions()), store.recall("key")) == ({}, [], [], None)
    assert (store.issues("o/r"), store.gone("o/r")) == ({"f1": 7}, {7: "deleted"})
    assert (store.intents("o/r"), store.decisions()) == ((INTENT,), (SKIP,))
    assert not store.lease("f1", "bob", NOON, MINUTE)
    assert store.reserve("bot", Spend("s2", content=True), NOON, Allowance()) == NOON + MINUTE
