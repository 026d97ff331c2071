"""When a session itself began, though it may hold the copied history of an earlier one."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from bot.core.model import Kind, Session, Span, Step
from bot.core.own import own_start, own_starts

NOON = datetime(2026, 2, 3, 12, tzinfo=UTC)


def at(minutes: float) -> datetime:
    return NOON + timedelta(minutes=minutes)


def session(name: str, *prompts: tuple[str, float]) -> Session:
    """A session of prompts, each an identity and its minutes after noon."""
    steps = tuple(Step(key, Kind.PROMPT, at(minutes)) for key, minutes in prompts)
    times = [minutes for _, minutes in prompts]
    blocks = (Span(at(min(times)), at(max(times))),) if times else ()
    return Session(name, "claude-code", blocks=blocks, steps=steps)


FIRST = session("a", ("p1", 0), ("p2", 10))


def test_a_session_alone_began_with_its_first_event() -> None:
    assert own_start(FIRST, ()) == at(0)
    assert own_start(session("a"), ()) is None


def test_a_fork_began_with_its_first_prompt_that_was_not_copied() -> None:
    assert own_start(session("b", ("p1", 0), ("p2", 10), ("p3", 500)), [FIRST]) == at(500)


def test_copies_under_new_identities_are_told_by_their_moments() -> None:
    assert own_start(session("b", ("x1", 0), ("x2", 10), ("x3", 500)), [FIRST]) == at(500)


def test_a_copy_with_nothing_of_its_own_began_when_its_events_did() -> None:
    assert own_start(session("b", ("p1", 0), ("p2", 10)), [FIRST]) == at(0)


def test_of_a_conversation_the_first_session_keeps_its_start() -> None:
    fork, other = session("b", ("p1", 0), ("p3", 500)), session("z", ("q", 3))
    starts = own_starts([fork, FIRST, other], {"a": "a", "b": "a", "z": "z"})
    assert starts == {"a": at(0), "b": at(500), "z": at(3)}


def test_a_fork_of_a_fork_owns_only_what_neither_had() -> None:
    fork = session("b", ("p1", 0), ("p3", 500))
    again = session("c", ("p1", 0), ("p3", 500), ("p4", 900))
    assert own_starts([again, fork, FIRST], dict.fromkeys("abc", "a")) == {"a": at(0), "b": at(500), "c": at(900)}


def test_of_sessions_that_went_on_side_by_side_each_began_with_its_own() -> None:
    one = session("a", ("p1", 0), ("p3", 20), ("p5", 40))
    two = session("b", ("p1", 0), ("p2", 10), ("p4", 30))
    assert own_starts([two, one], dict.fromkeys("ab", "a")) == {"a": at(0), "b": at(10)}


def test_a_session_without_any_time_comes_last_and_has_no_start() -> None:
    timeless = Session("0", "claude-code", steps=(Step("p1", Kind.PROMPT, None),))
    assert own_starts([timeless, FIRST], {"0": "0", "a": "0"}) == {"0": None, "a": at(0)}


def test_equal_starts_are_ranked_by_id_in_whatever_order_they_come() -> None:
    sessions = [session("b", ("p1", 0), ("p3", 30)), FIRST, session("c", ("p1", 0), ("p3", 30), ("p4", 60))]
    for given in (sessions, sessions[::-1]):
        assert own_starts(given, dict.fromkeys("abc", "a")) == {"a": at(0), "b": at(30), "c": at(60)}
