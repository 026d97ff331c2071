"""What every store promises: one suite over the remembering fake and the real store on each of its databases."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.adapters.store import SqlStore
from bot.core.model import Kind, Outcome, Session, Signal, Span, Step
from bot.core.session import identity
from bot.ports import FileMark, Reading, Store
from tests.fakes_store import RememberingStore

NOON = datetime(2026, 2, 3, 12, 0, 0, 123456, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
STRANGE = "\0nul \x1a0000 \udce9 half \U0001f600 «é» " + "long" * 2500


@pytest.fixture(params=["fake", "sqlite file", "sqlite memory", "postgresql"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    if request.param == "fake":
        yield RememberingStore()
        return
    urls = {"sqlite file": f"sqlite:///{tmp_path}/new/friction.db", "sqlite memory": "sqlite://"}
    url = urls.get(request.param) or request.getfixturevalue("postgres_url")
    with SqlStore.open(url) as opened:
        yield opened


def signal(event: str = "e1", rule: str = "r", session: str = "s", place: str = "f:1", **more: object) -> Signal:
    return Signal(rule, session, event, (("module", "pandas"),), NOON, place=place)._replace(**more)


def reading(
    *signals: Signal,
    path: str = "f",
    stamp: str = "1",
    reader: str = "reader1",
    rules: dict[str, str] | None = None,
    covered: str = "e1 e2 e3",
    sessions: tuple[Session, ...] = (),
) -> Reading:
    rules = rules or {"r": "d1"}
    marks = frozenset(f"{rule}:{digest}" for rule, digest in rules.items())
    return Reading(FileMark(path, stamp, reader, marks), sessions, signals, rules, frozenset(covered.split()))


def linked(session: str, *links: int) -> Session:
    return Session(session, "claude-code", links=frozenset(links))


def whole_session(name: str = "s") -> Session:
    return Session(
        id=name,
        agent="claude-code",
        source="projects",
        person="ann",
        blocks=(Span(NOON, NOON + MINUTE), Span(NOON + 60 * MINUTE, NOON + 61 * MINUTE)),
        steps=(
            Step("p1", Kind.PROMPT, None),
            Step("t1", Kind.CALL, NOON, NOON + MINUTE, "Bash", Outcome.FAILED, 127, 60.5, True, "make", "ab12",
                 "make all", "make: not found", "f:7"),
        ),
        links=frozenset({0, -(2**63), 2**63 - 1}),
        quiet=frozenset({-5, 5}),
        cwds=("/work/a", "/work/b"),
        versions=("2.1.0",),
        branches=("main", "topic"),
        events=12,
    )  # fmt: skip


def test_a_new_store_remembers_nothing(store: Store) -> None:
    assert store.files() == {}
    assert list(store.sessions()) == []
    assert list(store.signals()) == []
    assert store.conversations() == {}
    assert store.issues("o/r") == {}


def test_absorbing_no_readings_is_nothing(store: Store) -> None:
    assert store.absorb([]) == 0


def test_what_was_absorbed_comes_back_whole(store: Store) -> None:
    full = Signal(
        "r", "s", "e1", (("a", "1"), ("b", "2")), NOON, NOON + MINUTE, "Bash", "No such file", "ls", "list it", "agent",
        "f:9", "2.1.0",
    )  # fmt: skip
    bare = Signal("r", "s", "e2", (), None)

    store.absorb([reading(full, bare, sessions=(whole_session(),))])

    assert list(store.sessions()) == [whole_session()]
    assert list(store.signals()) == [full, bare]
    assert store.files() == {"f": FileMark("f", "1", "reader1", frozenset({"r:d1"}))}


def test_every_string_that_python_knows_survives(store: Store) -> None:
    session = replace(
        whole_session(STRANGE),
        person=STRANGE,
        source=STRANGE,
        agent=STRANGE,
        cwds=(STRANGE,),
        steps=(Step(STRANGE, Kind.CALL, NOON, command=STRANGE, place=STRANGE),),
    )
    found = Signal("r", STRANGE, STRANGE, ((STRANGE, STRANGE),), NOON, excerpt=STRANGE, place=STRANGE)
    told = Reading(FileMark(STRANGE, STRANGE, STRANGE, frozenset()), (session,), (found,), {"r": "d"}, frozenset())

    store.absorb([told])
    store.absorb([told])
    store.remember_issue(f"o/{STRANGE}"[:900], "ab", 1, NOON)

    assert list(store.sessions([STRANGE])) == [session]
    assert list(store.signals()) == [found]
    assert store.conversations() == {STRANGE: STRANGE}
    assert store.files() == {STRANGE: FileMark(STRANGE, STRANGE, STRANGE, frozenset({"r:d"}))}
    assert store.issues(f"o/{STRANGE}"[:900]) == {"ab": 1}


def test_absorbing_the_same_again_changes_nothing(store: Store) -> None:
    told = [reading(signal("e1"), signal("e2"), sessions=(whole_session("a"), linked("b", 7)))]
    store.absorb(told)
    before = (list(store.sessions()), list(store.signals()), store.conversations(), store.files())

    assert store.absorb(told) == 4

    assert (list(store.sessions()), list(store.signals()), store.conversations(), store.files()) == before


def test_links_known_before_are_counted_once_for_each_reading(store: Store) -> None:
    assert store.absorb([reading(sessions=(linked("a", 1, 2, 3), linked("b", 3, 4)))]) == 1
    assert store.absorb([reading(path="g", sessions=(linked("a", 3, 4, 5), linked("c", 9)))]) == 2


def test_parts_of_a_session_from_several_files_become_one(store: Store) -> None:
    failed = Step("t1", Kind.CALL, NOON, NOON + MINUTE, "Bash", Outcome.FAILED, 1)
    first = Session("s", "claude-code", blocks=(Span(NOON, NOON),), steps=(Step("p", Kind.PROMPT, NOON - MINUTE),))
    pending = Session("s", "claude-code", steps=(failed._replace(ended=None, outcome=Outcome.PENDING, exit_code=None),))
    last = Session("s", "", person="ann", blocks=(Span(NOON + MINUTE, NOON + 2 * MINUTE),), steps=(failed,))

    store.absorb([reading(path="1", sessions=(last,)), reading(path="2", sessions=(pending,))])
    store.absorb([reading(path="3", sessions=(first,))])

    assert list(store.sessions()) == [
        Session(
            "s",
            "claude-code",
            person="ann",
            blocks=(Span(NOON, NOON + 2 * MINUTE),),
            steps=(Step("p", Kind.PROMPT, NOON - MINUTE), failed),
        )
    ]


def test_sessions_come_by_id_and_unknown_ids_are_left_out(store: Store) -> None:
    store.absorb([reading(sessions=tuple(linked(name) for name in ("b", "B", "é", "a", "-")))])

    assert [session.id for session in store.sessions()] == ["-", "B", "a", "b", "é"]
    assert [session.id for session in store.sessions(["é", "nobody", "B", "é"])] == ["B", "é"]
    assert list(store.sessions([])) == []


def test_more_sessions_than_are_held_at_once_all_come(store: Store) -> None:
    names = [f"{number:04}" for number in range(450)]
    store.absorb([reading(sessions=tuple(linked(name) for name in names))])

    assert [session.id for session in store.sessions()] == names


def test_signals_come_by_rule_then_event_then_session(store: Store) -> None:
    told = [signal("e2", "r"), signal("e1", "r", "t"), signal("e1", "r", "S"), signal("e3", "q"), signal("E", "r")]
    store.absorb([reading(*told, rules={"q": "d1", "r": "d1"})])

    assert [(found.rule, found.event, found.session) for found in store.signals()] == [
        ("q", "e3", "s"),
        ("r", "E", "s"),
        ("r", "e1", "S"),
        ("r", "e1", "t"),
        ("r", "e2", "s"),
    ]


def test_copies_of_a_signal_are_one_at_the_smaller_place(store: Store) -> None:
    early = signal(place="a:1", excerpt="cut short")
    late = signal(place="b:1", until=NOON + MINUTE, excerpt="whole")
    later = signal(place="c:1", until=NOON + 2 * MINUTE)

    store.absorb([reading(late, path="b"), reading(later, path="c")])
    store.absorb([reading(early, path="a")])

    assert list(store.signals()) == [early._replace(until=NOON + MINUTE)]


def test_a_file_read_again_replaces_what_it_said_itself(store: Store) -> None:
    store.absorb([reading(signal("e1"), signal("e2", excerpt="before"), stamp="1")])
    store.absorb([reading(signal("e2", excerpt="after"), stamp="2")])

    assert list(store.signals()) == [signal("e2", excerpt="after")]


def test_a_file_twice_in_a_batch_counts_as_read_twice(store: Store) -> None:
    store.absorb([reading(signal("e1"), stamp="1"), reading(stamp="2")])

    assert list(store.signals()) == []
    assert store.files()["f"].stamp == "2"


def test_a_file_that_shrank_erases_nothing(store: Store) -> None:
    store.absorb([reading(signal("e1"), signal("e3"), sessions=(linked("s", 1, 3),))])
    store.absorb([reading(signal("e1"), stamp="2", covered="e1", sessions=(linked("s", 1),))])

    assert [found.event for found in store.signals()] == ["e1", "e3"]
    assert next(store.sessions()).links == {1, 3}


def test_a_copy_without_the_signal_does_not_erase_it(store: Store) -> None:
    store.absorb([reading(signal("e1", session="a"), path="f1")])
    store.absorb([reading(signal("e1", session="fork", place="f2:1"), path="f2")])
    store.absorb([reading(path="f3")])

    assert [found.session for found in store.signals()] == ["a", "fork"]


def test_a_changed_rule_replaces_its_own_signals_only(store: Store) -> None:
    both = {"q": "d1", "r": "d1"}
    store.absorb([reading(signal("e1", "q"), signal("e1", "r"), signal("e2", "r"), rules=both)])
    store.absorb([reading(signal("e2", "r", excerpt="new"), rules={"r": "d2"})])

    assert list(store.signals()) == [signal("e1", "q"), signal("e2", "r", excerpt="new")]


def test_what_a_vanished_file_said_stays_until_the_event_is_seen_again(store: Store) -> None:
    store.absorb([reading(signal("e1"), signal("e9"), path="vanished", covered="e1 e9")])
    store.absorb([reading(path="copy", rules={"r": "d2"}, covered="e1 e2")])

    assert [found.event for found in store.signals()] == ["e9"]


def test_a_changed_reader_replaces_signals_like_a_changed_rule(store: Store) -> None:
    store.absorb([reading(signal("e1"), path="vanished")])
    store.absorb([reading(path="copy", reader="reader2")])

    assert list(store.signals()) == []


def test_a_mark_keeps_what_was_looked_for_before_in_the_same_content(store: Store) -> None:
    store.absorb([reading(rules={"q": "d1", "r": "d1"})])
    store.absorb([reading(rules={"r": "d2"})])

    assert store.files()["f"].rules == {"q:d1", "r:d2"}


def test_a_mark_forgets_the_older_state_of_a_rule_looked_for_again(store: Store) -> None:
    mark = FileMark("f", "1", "reader1", frozenset({"r:d1", "r:d2", "q:d1"}))
    store.absorb([reading(rules={"q": "d1", "r": "d1"}), Reading(mark, rules={"r": "r:d2"})])

    assert store.files()["f"].rules == {"q:d1", "r:d2"}


def test_a_mark_of_a_file_without_sessions_says_what_it_was_given(store: Store) -> None:
    mark = FileMark("f", "1", "reader1", frozenset({"r:d1", "r:d2"}))
    store.absorb([Reading(mark)])

    assert store.files() == {"f": mark}


def test_a_mark_of_new_content_knows_only_what_was_looked_for_in_it(store: Store) -> None:
    store.absorb([reading(rules={"q": "d1", "r": "d1"})])
    store.absorb([reading(rules={"r": "d1"}, stamp="2")])
    store.absorb([reading(rules={"q": "d1"}, path="g", reader="reader1")])
    store.absorb([reading(rules={"r": "d1"}, path="g", reader="reader2")])

    assert store.files() == {
        "f": FileMark("f", "2", "reader1", frozenset({"r:d1"})),
        "g": FileMark("g", "1", "reader2", frozenset({"r:d1"})),
    }


def test_a_session_alone_is_its_own_conversation(store: Store) -> None:
    store.absorb([reading(sessions=(linked("a", 1), linked("b", 2), linked("c")))])

    assert store.conversations() == {"a": "a", "b": "b", "c": "c"}


def test_sessions_that_share_links_are_one_conversation(store: Store) -> None:
    store.absorb([reading(sessions=(linked("c", 1, 2), linked("b", 2, 3), linked("z", 9)))])
    store.absorb([reading(path="g", sessions=(linked("d", 3, 4),))])

    assert store.conversations() == {"b": "b", "c": "b", "d": "b", "z": "z"}


def test_a_late_session_joins_conversations_and_may_name_them(store: Store) -> None:
    store.absorb([reading(sessions=(linked("m", 1), linked("n", 1), linked("x", 2), linked("y", 3)))])
    store.absorb([reading(path="g", sessions=(linked("a", 1, 2),))])

    assert store.conversations() == {"a": "a", "m": "a", "n": "a", "x": "a", "y": "y"}


def test_a_known_session_that_gains_a_link_joins_too(store: Store) -> None:
    store.absorb([reading(sessions=(linked("a", 1), linked("b", 2), linked("c", 3)))])
    store.absorb([reading(stamp="2", sessions=(linked("c", 3, 1),)), reading(path="g", sessions=(linked("b", 3),))])

    assert store.conversations() == {"a": "a", "b": "a", "c": "a"}


def test_an_issue_is_where_it_was_told_last(store: Store) -> None:
    store.remember_issue("o/r", "f1", 1, NOON)
    store.remember_issue("o/r", "f2", 2, NOON)
    store.remember_issue("o/other", "f1", 3, NOON)
    store.remember_issue("o/r", "f1", 7, NOON + MINUTE)
    store.remember_issue("o/r", "f1", 1, NOON)

    assert store.issues("o/r") == {"f1": 7, "f2": 2}
    assert store.issues("o/other") == {"f1": 3}


def test_links_are_what_the_core_calls_identities(store: Store) -> None:
    store.absorb([reading(sessions=(linked("a", identity("msg_1")), linked("b", identity("msg_1"))))])

    assert store.conversations() == {"a": "a", "b": "a"}
