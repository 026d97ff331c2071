"""What every ledger promises: one suite over the remembering fake and the real one on each of its databases."""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

import psycopg
import pytest

from bot.adapters.ledger import SqlLedger
from bot.adapters.store import SqlStore
from bot.core.model import Session, Signal, Span
from bot.core.session import group_number
from bot.ledger import Brief, Derived, Ledger, Standing
from bot.ports import FileMark, Reading, Store
from tests.fakes_ledger import RememberingLedger
from tests.fakes_store import RememberingStore

NOON = datetime(2026, 2, 3, 12, 0, 0, 123456, tzinfo=UTC)
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
TICK = timedelta(microseconds=1)
STRANGE = "\0nul \x1a0000 \udce9 half \U0001f600 «é» " + "long" * 2500


class Memory(NamedTuple):
    """A store and the ledger over it."""

    store: Store
    ledger: Ledger


@pytest.fixture(scope="module")
def team(postgres_server: str) -> Iterator[SqlStore]:
    """A store on PostgreSQL that all tests here share, because making one takes a second."""
    name = f"ledger_{os.getpid()}"
    with psycopg.connect(postgres_server, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
        with SqlStore.open(postgres_server.replace("/postgres?", f"/{name}?")) as store:
            yield store
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture(params=["fake", "sqlite", "postgresql"])
def memory(request: pytest.FixtureRequest) -> Iterator[Memory]:
    if request.param == "fake":
        fake = RememberingStore()
        yield Memory(fake, RememberingLedger(fake))
    elif request.param == "sqlite":
        with SqlStore.open("sqlite://") as store:
            yield Memory(store, SqlLedger(store.engine))
    else:
        store = request.getfixturevalue("team")
        store.forget()
        yield Memory(store, SqlLedger(store.engine))


def group(key: str = "a", rule: str = "r") -> int:
    return group_number(rule, (("k", key),))


def signal(session: str, event: str = "e1", key: str = "a", rule: str = "r", **more: object) -> Signal:
    return Signal(rule, session, event, (("k", key),), NOON, place="f:1")._replace(**more)


def session(name: str, *links: int, hours: float = 0, person: str = "ann", **more: object) -> Session:
    at = NOON + hours * HOUR
    blocks = more.pop("blocks", (Span(at, at + MINUTE),))
    return Session(name, "claude-code", person=person, blocks=blocks, links=frozenset(links), **more)


def absorb(memory: Memory, *what: Session | Signal, path: str = "f", stamp: str = "1", digest: str = "d1") -> None:
    sessions = tuple(each for each in what if isinstance(each, Session))
    signals = tuple(each for each in what if isinstance(each, Signal))
    rules = {each.rule: digest for each in signals} or {"r": digest}
    mark = FileMark(path, stamp, "reader1", frozenset())
    memory.store.absorb([Reading(mark, sessions, signals, rules, frozenset({"e1", "e2", "e3"}))])


def derive(memory: Memory, repository: str = "o/r", **steps: Signal) -> None:
    """Everything that is stale, to one repository; `steps` are signals by session."""
    while (stale := memory.ledger.stale(10)).sessions:
        made = [Derived(name, repository, NOON, (steps[name],) if name in steps else ()) for _, name in stale.sessions]
        memory.ledger.derive(made, stale.upto)


def evaluate(memory: Memory, repository: str = "o/r") -> frozenset[int]:
    """The groups to be evaluated, which are evaluated then."""
    touched = memory.ledger.touched(repository)
    memory.ledger.evaluated(repository, touched.upto, [], touched.groups)
    return touched.groups


def stale(memory: Memory) -> list[str]:
    return [name for _, name in memory.ledger.stale(1000).sessions]


def test_a_new_ledger_knows_nothing(memory: Memory) -> None:
    ledger = memory.ledger

    assert ledger.stale(10).sessions == ()
    assert (list(ledger.briefs()), list(ledger.signals()), list(ledger.people())) == ([], [], [])
    assert (list(ledger.briefs_around("o/r")), list(ledger.signals_around("o/r"))) == ([], [])
    assert (ledger.touched("o/r").groups, ledger.waiting()) == (frozenset(), ())
    assert (ledger.standings("o/r", ["f"]), ledger.due("o/r", NOON), ledger.in_windows([])) == ({}, (), {})
    assert (list(ledger.signals_at([], ["r"])), list(ledger.signals_at(["e1"], ["r"]))) == ([], [])
    assert (ledger.at_work(NOON, NOON), ledger.began_between(["ann"], NOON, NOON)) == (frozenset(), frozenset())


def test_a_session_is_stale_until_it_was_derived(memory: Memory) -> None:
    absorb(memory, session("s"), signal("s"))
    assert stale(memory) == ["s"]
    assert list(memory.ledger.briefs()) == []

    derive(memory)

    assert stale(memory) == []
    assert list(memory.ledger.briefs()) == [Brief("s", "s", "ann", "o/r", NOON, (Span(NOON, NOON + MINUTE),), ())]


def test_absorbing_the_same_again_makes_nothing_stale(memory: Memory) -> None:
    absorb(memory, session("s"), signal("s"))
    derive(memory)

    absorb(memory, session("s"), signal("s"))

    assert stale(memory) == []


def test_a_session_whose_facts_or_signals_changed_is_stale_again(memory: Memory) -> None:
    absorb(memory, session("a"), session("b"), session("c"), signal("c"), path="1")
    derive(memory)

    absorb(memory, session("a", hours=1), signal("b"), path="2")

    assert stale(memory) == ["a", "b"]


def test_a_change_of_one_session_makes_its_whole_conversation_stale(memory: Memory) -> None:
    absorb(memory, session("a", 1), session("b", 1, 2), session("c", 2), session("d", 9))
    derive(memory)

    absorb(memory, session("c", hours=2), path="2")

    assert memory.ledger.stale(1).sessions == (("a", "a"), ("a", "b"), ("a", "c"))


def test_sessions_that_only_join_another_conversation_are_stale(memory: Memory) -> None:
    absorb(memory, session("a", 1), session("b", 2), session("c", 3))
    derive(memory)

    absorb(memory, session("d", 1, 2), path="2")

    assert memory.ledger.stale(9).sessions == (("a", "a"), ("a", "b"), ("a", "d"))
    derive(memory)
    assert [(each.id, each.conversation) for each in memory.ledger.briefs()] == [
        ("a", "a"), ("b", "a"), ("c", "c"), ("d", "a"),
    ]  # fmt: skip


def test_the_longest_waiting_sessions_come_first(memory: Memory) -> None:
    for name in ("c", "a", "b"):
        absorb(memory, session(name), path=name)
        first = memory.ledger.stale(1)

    memory.ledger.derive([Derived("c", "o/r", None)], first.upto)

    assert first.sessions == (("c", "c"),)
    assert memory.ledger.stale(1).sessions == (("a", "a"),)


def test_what_changed_while_it_was_derived_stays_stale(memory: Memory) -> None:
    absorb(memory, session("a"), session("b"))
    before = memory.ledger.stale(9)
    absorb(memory, session("a", hours=1), path="2")

    memory.ledger.derive([Derived("a", "o/old", NOON), Derived("b", "o/r", NOON)], before.upto)

    assert stale(memory) == ["a"]
    assert [each.id for each in memory.ledger.briefs()] == ["b"]


def test_a_late_second_deriving_changes_nothing(memory: Memory) -> None:
    absorb(memory, session("a"), signal("a"))
    before = memory.ledger.stale(9)
    derive(memory)
    evaluate(memory)

    memory.ledger.derive([Derived("a", "o/old", NOON), Derived("nobody", "o/old", NOON)], before.upto)

    assert [each.repository for each in memory.ledger.briefs()] == ["o/r"]
    assert memory.ledger.waiting() == ()


def test_deriving_touches_the_groups_of_all_signals(memory: Memory) -> None:
    absorb(memory, session("a"), signal("a", "e1", "x"), signal("a", "e2", "y"))
    derive(memory, a=signal("a", "step", "z", "retries"))

    assert memory.ledger.waiting() == ("o/r",)
    assert memory.ledger.touched("o/other").groups == frozenset()
    assert evaluate(memory) == {group("x"), group("y"), group("z", "retries")}
    assert (evaluate(memory), memory.ledger.waiting()) == (frozenset(), ())


def test_what_nobody_receives_is_touched_but_does_not_wait(memory: Memory) -> None:
    absorb(memory, session("a"), signal("a"))
    derive(memory, "")

    assert memory.ledger.waiting() == ()
    assert evaluate(memory, "") == {group()}


def test_a_group_that_lost_a_signal_is_touched(memory: Memory) -> None:
    absorb(memory, session("a"), signal("a", "e1", "x"), signal("a", "e2", "y"))
    derive(memory)
    evaluate(memory)

    absorb(memory, session("a"), signal("a", "e2", "y"), stamp="2")

    assert stale(memory) == ["a"]
    derive(memory)
    assert evaluate(memory) == {group("x"), group("y")}


def test_a_group_that_lost_a_signal_of_steps_is_touched(memory: Memory) -> None:
    absorb(memory, session("a"))
    derive(memory, a=signal("a", "step", "z"))
    evaluate(memory)

    absorb(memory, session("a", hours=1), path="2")
    derive(memory)

    assert evaluate(memory) == {group("z")}
    assert list(memory.ledger.signals()) == []


def test_what_moved_is_touched_in_both_repositories(memory: Memory) -> None:
    absorb(memory, session("a"), signal("a"))
    derive(memory, "o/old")
    evaluate(memory, "o/old")

    assert memory.ledger.derive_all_again("new routes")
    derive(memory, "o/new")

    assert memory.ledger.waiting() == ("o/new", "o/old")
    assert (evaluate(memory, "o/old"), evaluate(memory, "o/new")) == ({group()}, {group()})


def test_what_is_touched_while_it_is_evaluated_is_evaluated_again(memory: Memory) -> None:
    absorb(memory, session("a"), signal("a", "e1", "x"))
    derive(memory)
    before = memory.ledger.touched("o/r")
    absorb(memory, session("b"), signal("b", "e2", "x"), path="2")
    derive(memory)

    memory.ledger.evaluated("o/r", before.upto, [], before.groups)

    assert memory.ledger.touched("o/r").groups == {group("x")}


def test_deriving_all_again_happens_once_for_each_reason(memory: Memory) -> None:
    absorb(memory, session("a"), session("b"))
    assert memory.ledger.derive_all_again("one")
    derive(memory)

    assert not memory.ledger.derive_all_again("one")
    assert stale(memory) == []
    assert memory.ledger.derive_all_again("two")
    assert stale(memory) == ["a", "b"]


def test_deriving_begun_for_an_older_reason_is_not_kept(memory: Memory) -> None:
    absorb(memory, session("a"))
    before = memory.ledger.stale(9)
    memory.ledger.derive_all_again("new")

    memory.ledger.derive([Derived("a", "o/old", NOON)], before.upto)

    assert (stale(memory), list(memory.ledger.briefs())) == (["a"], [])


def test_signals_of_files_and_of_steps_come_together_each_once(memory: Memory) -> None:
    absorb(memory, session("a"), signal("a", "e2"), signal("a", "e1", "y"), path="1")
    absorb(memory, session("a"), signal("a", "e2", place="e:9", until=NOON + MINUTE), path="2")
    step = Signal("q", "a", "e9", (("k", "z"), ("l", "2")), None, NOON, "Bash", "boom", "make", "do it", "agent", "g:1")
    derive(memory, a=step)

    merged = signal("a", "e2", place="e:9", until=NOON + MINUTE)
    assert list(memory.ledger.signals()) == [step, signal("a", "e1", "y"), merged]
    assert list(memory.ledger.signals([group("a"), 7])) == [merged]
    assert list(memory.ledger.signals([group_number("q", step.group)])) == [step]
    assert list(memory.ledger.signals([])) == []


def test_everything_of_the_conversations_of_a_repository_comes(memory: Memory) -> None:
    absorb(memory, session("a", 1), session("b", 1), session("c"), signal("a"), signal("b", "e2"), signal("c", "e3"))
    stale = memory.ledger.stale(9)
    places = {"a": "o/r", "b": "o/other", "c": "o/other"}
    memory.ledger.derive([Derived(name, places[name], NOON) for _, name in stale.sessions], stale.upto)

    assert [each.id for each in memory.ledger.briefs_around("o/r")] == ["a", "b"]
    assert [each.session for each in memory.ledger.signals_around("o/r")] == ["a", "b"]
    assert [each.id for each in memory.ledger.briefs_around("o/other")] == ["a", "b", "c"]
    assert [each.session for each in memory.ledger.signals_around("o/other")] == ["a", "b", "c"]


def test_signals_of_an_event_are_found_in_all_groups(memory: Memory) -> None:
    absorb(memory, session("a"), session("b"), signal("a", "e1", "x"), signal("b", "e1", "y"), signal("a", "e2", "z"))
    derive(memory, b=signal("b", "e2", "w", "slow"))

    assert {each.session for each in memory.ledger.signals_at(["e1", "none"], ["r", "slow"])} == {"a", "b"}
    assert {each.group for each in memory.ledger.signals_at(["e2"], ["r", "slow"])} == {signal("a", "e2", "z").group}
    assert list(memory.ledger.signals_at(["e1"], ["slow"])) == list(memory.ledger.signals_at(["e1"], [])) == []


def test_a_group_is_unclaimed_where_a_recent_event_is_in_no_signal_of_these_rules(memory: Memory) -> None:
    old, new, then = session("old", hours=-40 * 24), session("new"), {"at": NOON - 40 * DAY}
    general = [
        signal("old", "e1", "x", "general", **then),
        signal("new", "e2", "x", "general"),
        signal("new", "e3", "y", "general"),
    ]
    absorb(memory, old, new, *general, signal("new", "e2", "z", "specific"))
    derive(memory, new=signal("new", "e4", "w", "slow"))
    x, y, w = (
        group_number(each.rule, each.group) for each in (general[0], general[2], signal("new", "e4", "w", "slow"))
    )

    def unclaimed(*rules: str, since: datetime = NOON - 10 * DAY) -> frozenset[int]:
        return memory.ledger.unclaimed({x, y, w}, since, rules)

    assert unclaimed("specific") == {y, w}
    assert unclaimed() == unclaimed("slow") == {x, y, w}
    assert unclaimed("specific", since=NOON - 50 * DAY) == {x, y, w}
    assert memory.ledger.unclaimed([], NOON, ["specific"]) == frozenset()


def test_briefs_come_by_id_and_unknown_ids_are_left_out(memory: Memory) -> None:
    absorb(memory, *(session(name) for name in ("b", "B", "é", "a")))
    derive(memory)

    assert [each.id for each in memory.ledger.briefs()] == ["B", "a", "b", "é"]
    assert [each.id for each in memory.ledger.briefs(["é", "nobody", "B", "é"])] == ["B", "é"]
    assert list(memory.ledger.briefs([])) == []


def test_every_string_that_python_knows_survives_in_the_ledger(memory: Memory) -> None:
    place = f"o/{STRANGE}"[:900]
    strange = Session(STRANGE, STRANGE, person=STRANGE, versions=(STRANGE,))
    step = Signal(STRANGE, STRANGE, STRANGE, ((STRANGE, STRANGE),), None, excerpt=STRANGE)
    standing = Standing(STRANGE[:900], STRANGE[:900], (-(2**63), 2**63 - 1), 3, NOON)
    memory.store.absorb([Reading(FileMark("f", "1", "r", frozenset()), (strange,), (), {}, frozenset())])
    stale = memory.ledger.stale(9)
    memory.ledger.derive([Derived(STRANGE, place, None, (step,))], stale.upto)
    memory.ledger.evaluated(place, stale.upto + 1, [standing], None)

    assert stale.sessions == ((STRANGE, STRANGE),)
    assert list(memory.ledger.briefs([STRANGE])) == [Brief(STRANGE, STRANGE, STRANGE, place, None, (), (STRANGE,))]
    assert list(memory.ledger.signals()) == [step]
    assert list(memory.ledger.people()) == [STRANGE]
    assert memory.ledger.standings(place, [standing.fingerprint]) == {standing.fingerprint: standing}


def test_findings_are_remembered_in_place_of_those_of_the_same_groups(memory: Memory) -> None:
    one, two, three = (Standing(name, "r", (number,), number) for name, number in (("f1", 1), ("f2", 2), ("f3", 3)))
    split = Standing("f4", "r", (2,), 7, NOON)
    memory.ledger.evaluated("o/r", 0, [three, one, two], None)
    memory.ledger.evaluated("o/other", 0, [one], None)

    memory.ledger.evaluated("o/r", 0, [split], [2, 3])

    assert memory.ledger.standings("o/r", ["f1", "f2", "f3", "f4", "f5"]) == {"f1": one, "f4": split}
    assert memory.ledger.standings("o/other", ["f1"]) == {"f1": one}
    memory.ledger.evaluated("o/r", 0, [], None)
    assert memory.ledger.standings("o/r", ["f1", "f4"]) == {}
    assert memory.ledger.standings("o/other", ["f1"]) == {"f1": one}


def test_a_finding_with_several_groups_is_replaced_through_any(memory: Memory) -> None:
    memory.ledger.evaluated("o/r", 0, [Standing("f", "r", (9, 1, 5), 1)], None)
    assert memory.ledger.standings("o/r", ["f"]) == {"f": Standing("f", "r", (1, 5, 9), 1)}

    memory.ledger.evaluated("o/r", 0, [], [5])

    assert memory.ledger.standings("o/r", ["f"]) == {}
    assert memory.ledger.groups_of_rules("o/r", ["r"]) == frozenset()


def test_findings_are_due_from_their_moment_on(memory: Memory) -> None:
    early, late = Standing("a", "r", (1,), 0, NOON), Standing("b", "r", (2,), 0, NOON + TICK)
    memory.ledger.evaluated("o/r", 0, [late, early, Standing("c", "r", (3,))], None)

    assert memory.ledger.due("o/r", NOON - TICK) == ()
    assert memory.ledger.due("o/r", NOON) == (early,)
    assert memory.ledger.due("o/r", NOON + TICK) == (early, late)
    assert memory.ledger.due("o/other", NOON + TICK) == ()


def test_the_groups_of_rules_are_those_of_their_findings(memory: Memory) -> None:
    found = [Standing("a", "r", (1, 2)), Standing("b", "q", (3,)), Standing("c", "p", (4,))]
    memory.ledger.evaluated("o/r", 0, found, None)

    assert memory.ledger.groups_of_rules("o/r", ["r", "q", "nobody"]) == {1, 2, 3}
    assert memory.ledger.groups_of_rules("o/other", ["r"]) == frozenset()
    assert memory.ledger.groups_of_rules("o/r", []) == frozenset()


def test_windows_are_summed_over_all_repositories_but_for_some(memory: Memory) -> None:
    memory.ledger.evaluated("o/r", 0, [Standing("a", "r", (1,), 3), Standing("b", "r", (2,), 4)], None)
    memory.ledger.evaluated("o/other", 0, [Standing("c", "r", (1,), 5), Standing("d", "q", (1,), 1)], None)

    assert memory.ledger.in_windows([]) == {"r": 12, "q": 1}
    assert memory.ledger.in_windows(["b", "d", "nobody"]) == {"r": 8}
    memory.ledger.evaluated("o/r", 0, [Standing("a", "q", (1,), 2)], [1])
    assert memory.ledger.in_windows([]) == {"r": 9, "q": 3}
    memory.ledger.evaluated("o/other", 0, [], None)
    assert memory.ledger.in_windows([]) == {"r": 4, "q": 2}


def test_people_are_at_work_in_their_blocks_both_ends_included(memory: Memory) -> None:
    long = (Span(NOON - 400 * DAY, NOON - 400 * DAY + MINUTE), Span(NOON, NOON + MINUTE))
    absorb(
        memory,
        session("a", person="ann"),
        session("b", person="ann", hours=0.5),
        session("c", person="bob", blocks=long),
        session("d", person="", hours=2),
        session("e", person="eve", blocks=()),
    )
    ledger = memory.ledger

    assert ledger.at_work(NOON - HOUR, NOON - TICK) == frozenset()
    assert ledger.at_work(NOON - HOUR, NOON) == {"ann", "bob"}
    assert ledger.at_work(NOON + MINUTE, NOON + MINUTE) == {"ann", "bob"}
    assert ledger.at_work(NOON + MINUTE + TICK, NOON + 2 * MINUTE) == frozenset()
    assert ledger.at_work(NOON - 400 * DAY, NOON - 300 * DAY) == {"bob"}
    assert ledger.at_work(NOON - 300 * DAY, NOON - 200 * DAY) == frozenset()
    assert ledger.at_work(NOON + HOUR, NOON + DAY) == {""}
    assert sorted(ledger.people()) == ["", "ann", "bob", "eve"]


def test_conversations_began_after_one_moment_and_until_another(memory: Memory) -> None:
    absorb(
        memory,
        session("b", 1, person="ann"),
        session("a", 1, person="bob", hours=1),
        session("c", person="bob", hours=2),
        session("d", person="cy", hours=1),
        session("e", person="bob", blocks=()),
    )
    began = memory.ledger.began_between

    assert began(["ann"], NOON, NOON + DAY) == frozenset()
    assert began(["ann"], NOON - TICK, NOON) == {"a"}
    assert began(["ann", "bob", "nobody"], NOON, NOON + 2 * HOUR) == {"a", "c"}
    assert began(["bob"], NOON, NOON + HOUR) == {"a"}
    assert began([], NOON - DAY, NOON + DAY) == frozenset()


def test_forgetting_forgets_the_ledger_but_no_number(memory: Memory) -> None:
    absorb(memory, session("a"), signal("a"))
    memory.ledger.derive_all_again("reason")
    derive(memory)
    before = memory.ledger.touched("o/r")
    memory.ledger.evaluated("o/r", 0, [Standing("f", "r", (1,), 3, NOON)], None)

    memory.store.forget()
    ledger = memory.ledger
    assert (ledger.standings("o/r", ["f"]), ledger.in_windows([]), ledger.waiting()) == ({}, {}, ())
    assert (list(ledger.briefs()), list(ledger.signals()), ledger.stale(9).sessions) == ([], [], ())

    absorb(memory, session("a"), signal("a"))
    derive(memory)
    ledger.evaluated("o/r", before.upto, [], None)
    assert ledger.touched("o/r").groups == {group()}


def test_signals_since_a_moment_are_of_conversations_that_were_active_then(memory: Memory) -> None:
    absorb(
        memory,
        session("old", hours=-9),
        session("resumed", 1, hours=-9),
        session("resumes", 1, hours=1),
        session("long", blocks=(Span(NOON - DAY, NOON - DAY), Span(NOON, NOON))),
        session("timeless", 2, blocks=()),
        session("with", 2, hours=-9),
        session("new", hours=2),
        *(signal(name, f"e of {name}", at=NOON - 9 * HOUR) for name in ("old", "resumed", "timeless", "with")),
        signal("long", "e of long", at=NOON - DAY),
        signal("resumes", "e of resumes", at=NOON + HOUR),
        signal("new", "e of new", at=None),
        signal("old", "none of old", "b", at=None),
    )
    derive(memory, old=signal("old", "step", at=NOON - 9 * HOUR), new=signal("new", "step", at=None))
    ledger = memory.ledger

    def since(at: datetime) -> set[tuple[str, str]]:
        return {(each.session, each.event) for each in ledger.signals([group("a"), group("b")], at)}

    always = {("timeless", "e of timeless"), ("with", "e of with")}
    new = {("new", "e of new"), ("new", "step")}
    resumed = {("resumed", "e of resumed"), ("resumes", "e of resumes")}
    assert since(NOON - 2 * DAY) == always | new | resumed | {
        ("old", "e of old"), ("old", "none of old"), ("old", "step"), ("long", "e of long"),
    }  # fmt: skip
    assert since(NOON) == always | new | resumed | {("long", "e of long")}
    assert since(NOON + TICK) == always | new | resumed
    assert since(NOON + 2 * HOUR + MINUTE) == always | new
    assert since(NOON + DAY) == always
    assert {each.session for each in ledger.signals(None, NOON)} == {
        "timeless", "with", "new", "resumed", "resumes", "long",
    }  # fmt: skip


def test_the_last_activity_is_that_of_the_conversation(memory: Memory) -> None:
    absorb(memory, session("a", 1), session("b", 1, hours=5), session("c", 2), session("d", 2, blocks=()), session("e"))

    assert memory.ledger.last_active(["a", "b", "c", "d", "e", "nobody"]) == {
        "a": NOON + 5 * HOUR + MINUTE, "b": NOON + 5 * HOUR + MINUTE, "c": None, "d": None, "e": NOON + MINUTE,
    }  # fmt: skip
    assert memory.ledger.last_active([]) == {}


def past(key: str = "a", until: datetime = NOON + DAY) -> Standing:
    """A finding of one group with a past."""
    return Standing(f"f of {key}", "r", (group(key),), 2, NOON, b"past", until)


def kept(memory: Memory, *keys: str) -> list[str]:
    """Which of these groups have a past."""
    pasts = memory.ledger.pasts("o/r", [group(key) for key in keys])
    return [key for key in keys if group(key) in pasts]


def test_the_past_of_a_finding_is_kept_until_it_is_replaced(memory: Memory) -> None:
    several = past("b")._replace(groups=(group("b"), group("c")))
    memory.ledger.evaluated("o/r", 0, [past("a"), several], None)
    memory.ledger.evaluated("o/other", 0, [past("b")], None)

    assert memory.ledger.pasts("o/r", [group(key) for key in "abc"]) == {group("a"): past("a")}
    assert memory.ledger.standings("o/r", ["f of a"]) == {"f of a": past("a")._replace(past=b"", until=None)}
    memory.ledger.evaluated("o/r", 0, [], [group("a")])
    assert kept(memory, "a") == []
    assert memory.ledger.pasts("o/other", [group("b")]) == {group("b"): past("b")}


def test_a_group_of_several_findings_has_no_past(memory: Memory) -> None:
    memory.ledger.evaluated("o/r", 0, [past("a"), past("b")._replace(groups=(group("a"),))], None)

    assert kept(memory, "a") == []


def test_a_past_is_forgotten_when_a_conversation_in_it_goes_on(memory: Memory) -> None:
    absorb(memory, session("a"), session("b"), signal("a", "e1", "a"), signal("b", "e2", "b"))
    derive(memory)
    memory.ledger.evaluated("o/r", memory.ledger.touched("o/r").upto, [past("a"), past("b")], None)
    assert (kept(memory, "a", "b"), memory.ledger.waiting()) == (["a", "b"], ())

    absorb(memory, session("a", hours=99), path="2")

    assert kept(memory, "a", "b") == ["b"]
    assert memory.ledger.touched("o/r").groups == {group("a")}


def test_a_past_stays_when_what_changes_began_after_it(memory: Memory) -> None:
    absorb(memory, session("a", hours=25), signal("a"))
    derive(memory)
    memory.ledger.evaluated("o/r", memory.ledger.touched("o/r").upto, [past("a")], None)

    absorb(memory, session("a", hours=99), path="2")
    derive(memory)

    assert kept(memory, "a") == ["a"]


def test_a_past_is_forgotten_when_a_signal_in_it_is_lost(memory: Memory) -> None:
    absorb(memory, session("a"), signal("a", "e1", "a"))
    derive(memory)
    memory.ledger.evaluated("o/r", memory.ledger.touched("o/r").upto, [past("a")], None)

    absorb(memory, session("a"), stamp="2")

    assert kept(memory, "a") == []


def test_no_past_is_kept_of_what_changed_while_it_was_evaluated(memory: Memory) -> None:
    absorb(memory, session("a"), session("b"), signal("a", "e1", "a"), signal("b", "e2", "b"))
    derive(memory)
    before = memory.ledger.touched("o/r")
    absorb(memory, session("a", hours=99), path="2")

    memory.ledger.evaluated("o/r", before.upto, [past("a"), past("b")], None)

    assert kept(memory, "a", "b") == ["b"]
