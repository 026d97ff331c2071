"""The figures of sessions: active time, counts by how calls ended, slow calls, and what sessions share."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from bot.core.figures import SLOWEST, Work, conversations, figures, totals
from bot.core.model import Kind, Outcome, Session, Span, Step
from bot.core.session import identity

START = datetime(2026, 2, 2, 9, 0, tzinfo=UTC)
TEN = timedelta(minutes=10)


def minute(number: float) -> datetime:
    return START + timedelta(minutes=number)


def call(key: str, outcome: Outcome = Outcome.FAILED, elapsed: float = 0.0, **fields: str) -> Step:
    return Step(key, Kind.CALL, START, tool="Bash", outcome=outcome, elapsed=elapsed, **fields)  # type: ignore[arg-type]


def session(name: str = "s1", *steps: Step, **fields: object) -> Session:
    blocks = (Span(minute(0), minute(5)),)
    return Session(name, "claude-code", **{"steps": steps, "blocks": blocks, **fields})  # type: ignore[arg-type]


def test_time_is_active_between_pauses_longer_than_the_gap() -> None:
    blocks = (Span(minute(0), minute(5)), Span(minute(17), minute(20)), Span(minute(120), minute(121)))
    told = figures(session(blocks=blocks), TEN)
    assert (told.started_at, told.ended_at) == (minute(0), minute(121))
    assert told.active == timedelta(minutes=9)
    assert told.gaps == (Span(minute(5), minute(17)), Span(minute(20), minute(120)))


def test_a_longer_gap_makes_a_pause_active_time() -> None:
    blocks = (Span(minute(0), minute(5)), Span(minute(17), minute(20)), Span(minute(120), minute(121)))
    told = figures(session(blocks=blocks), timedelta(minutes=12))
    assert told.active == timedelta(minutes=21)
    assert told.gaps == (Span(minute(20), minute(120)),)


def test_a_session_without_times_has_no_active_time() -> None:
    told = figures(session(blocks=()), TEN)
    assert (told.started_at, told.active, told.gaps) == (None, timedelta(), ())


def test_each_ending_of_a_call_is_counted_as_what_it_is() -> None:
    steps = (
        Step("p", Kind.PROMPT, START),
        call("a", Outcome.FAILED),
        call("b", Outcome.GUARD),
        call("c", Outcome.REJECTED),
        call("d", Outcome.INTERRUPTED),
        call("e", Outcome.HOOK_BLOCK),
        call("f", Outcome.INFRASTRUCTURE),
        call("g", Outcome.OK),
        call("h", Outcome.PENDING),
        call("i", Outcome.CONSEQUENCE),
        Step("n1", Kind.INTERRUPTION, START),
        Step("n2", Kind.API_ERROR, START),
        Step("n3", Kind.COMPACTION, START),
        Step("n4", Kind.HOOK, START),
    )
    told = figures(session("s1", *steps, quiet=frozenset({1, 2, 3})), TEN)
    assert told.work == Work(
        prompts=1, calls=12, failures=2, rejections=1, interrupts=2, hook_blocks=1, api_errors=2, compactions=1
    )


def test_the_slowest_calls_come_first_and_untimed_ones_never() -> None:
    steps = [call(f"c{number}", Outcome.OK, elapsed=float(number), command=f"make {number}") for number in range(13)]
    slow = figures(session("s1", *steps), TEN).slowest
    assert len(slow) == SLOWEST
    assert (slow[0].command, slow[0].seconds, slow[-1].command) == ("make 12", 12.0, "make 3")


def test_a_call_without_a_command_line_is_told_by_what_it_was_about() -> None:
    assert figures(session("s1", call("c", elapsed=40.0, thing="src/a.py")), TEN).slowest[0].command == "src/a.py"


def test_sessions_that_share_events_through_others_are_one_conversation() -> None:
    one, two, three, four = (
        session("s1", links=frozenset({1, 2})),
        session("s2", links=frozenset({3})),
        session("s3", links=frozenset({2, 3})),
        session("s4", links=frozenset({9})),
    )
    assert [[each.id for each in group] for group in conversations([four, two, three, one])] == [
        ["s1", "s2", "s3"],
        ["s4"],
    ]


def test_what_a_fork_copied_counts_once_in_the_totals() -> None:
    first = session("s1", Step("p", Kind.PROMPT, START), call("a"), quiet=frozenset({7, 8}), links=frozenset({7}))
    fork = session(
        "s2", Step("p", Kind.PROMPT, START), call("a"), call("b"), quiet=frozenset({7}), links=frozenset({7})
    )
    told = totals([first, fork], TEN)
    assert (told.sessions, told.conversations) == (2, 1)
    assert told.work == Work(prompts=1, calls=4, failures=2)
    assert told.active == timedelta(minutes=5)


def test_a_call_that_is_quiet_in_one_file_and_told_in_another_is_one() -> None:
    told = totals([session("s1", quiet=frozenset({identity("a")})), session("s2", call("a"))], TEN)
    assert told.work.calls == 1


def test_sessions_side_by_side_each_count_their_time() -> None:
    told = totals([session("s1", links=frozenset({1})), session("s2", links=frozenset({2}))], TEN)
    assert told.active == timedelta(minutes=10)


def test_versions_are_in_the_order_of_their_numbers() -> None:
    told = totals([session("s1", versions=("2.1.9", "2.1.10")), session("s2", versions=("2.1.9", "1.0.53"))], TEN)
    assert told.versions == (("1.0.53", 1), ("2.1.9", 2), ("2.1.10", 1))


def test_no_session_at_all_has_figures_too() -> None:
    told = totals([], TEN)
    assert (told.sessions, told.people, told.started_at, told.work) == (0, 0, None, Work())


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 500), st.integers(0, 60)), max_size=8), st.integers(10, 90))
def test_active_time_and_pauses_make_up_the_whole_span(spans: list[tuple[int, int]], gap: int) -> None:
    blocks = tuple(Span(minute(start), minute(start + length)) for start, length in sorted(spans))
    told = figures(session(blocks=blocks), timedelta(minutes=gap))
    if blocks:
        assert told.started_at is not None
        idle = sum((pause.end - pause.start for pause in told.gaps), timedelta())
        assert told.active + idle == max(span.end for span in blocks) - told.started_at
        assert all(pause.end - pause.start > timedelta(minutes=gap) for pause in told.gaps)
