"""Merging parts of a session: order, grouping and repetition never matter."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from bot.core.model import Kind, Outcome, Session, Span, Step
from bot.core.session import common, identity, in_order, join, merge, seconds

T0 = datetime(2026, 2, 2, 9, 0, tzinfo=UTC)

moments = st.integers(0, 600).map(lambda minutes: T0 + timedelta(minutes=minutes))
spans = st.tuples(moments, moments).map(lambda pair: Span(*sorted(pair)))
words = st.sampled_from(["", "a", "b"])
steps = st.builds(
    Step,
    key=st.sampled_from(["k1", "k2", "k3"]),
    kind=st.just(Kind.CALL),
    at=st.none() | moments,
    ended=st.none() | moments,
    tool=words,
    outcome=st.sampled_from([Outcome.PENDING, Outcome.OK, Outcome.FAILED]),
    exit_code=st.none() | st.integers(0, 2),
    elapsed=st.sampled_from([0.0, 1.0, 30.0]),
    nested=st.booleans(),
    thing=words,
    same=words,
    command=words,
    excerpt=words,
    place=words,
)


@st.composite
def sessions(draw: st.DrawFn) -> Session:
    held = {step.key: step for step in draw(st.lists(steps, max_size=3))}
    known = {identity(key) for key in held}
    quiet = draw(st.frozensets(st.integers(0, 3))) - known
    return Session(
        "s",
        draw(st.sampled_from(["", "claude-code"])),
        person=draw(words),
        blocks=join(draw(st.lists(spans, max_size=4))),
        steps=in_order(held.values()),
        links=quiet | known,
        quiet=quiet,
        cwds=tuple(sorted(draw(st.sets(words, max_size=2)))),
        events=draw(st.integers(0, 9)),
    )


@given(sessions(), sessions(), sessions())
def test_merging_is_commutative_associative_and_idempotent(a: Session, b: Session, c: Session) -> None:
    assert merge(a, b) == merge(b, a)
    assert merge(merge(a, b), c) == merge(a, merge(b, c))
    assert merge(a, a) == a
    assert merge(merge(a, b), b) == merge(a, b)


def spans_of(times: list[datetime]) -> tuple[Span, ...]:
    return join(Span(at, at) for at in times)


@given(st.lists(moments, min_size=1, max_size=30), st.integers(0, 30))
def test_blocks_of_parts_join_to_the_blocks_of_the_whole(times: list[datetime], cut: int) -> None:
    one, other = times[:cut], times[cut:]
    assert join((*spans_of(one), *spans_of(other))) == spans_of(times)


def test_a_result_beats_a_call_that_is_still_pending() -> None:
    pending = Step("k", Kind.CALL, T0, outcome=Outcome.PENDING, tool="Bash")
    failed = Step("k", Kind.CALL, T0, T0, "Bash", Outcome.FAILED, 2, 12.0, excerpt="boom")
    merged = merge(Session("s", "x", steps=(pending,)), Session("s", "x", steps=(failed,)))
    assert merged.steps == (failed,)


def test_a_call_known_as_a_step_is_no_longer_quiet() -> None:
    step = Step("toolu_1", Kind.CALL, T0, outcome=Outcome.FAILED)
    quiet = frozenset({identity("toolu_1"), 7})
    assert merge(Session("s", "x", quiet=quiet), Session("s", "x", steps=(step,))).quiet == {7}


def test_common_time_is_what_lies_in_both() -> None:
    def span(start: int, end: int) -> Span:
        return Span(T0 + timedelta(minutes=start), T0 + timedelta(minutes=end))

    assert common([span(0, 10), span(20, 30)], [span(5, 25)]) == (span(5, 10), span(20, 25))
    assert seconds([span(0, 10), span(20, 30)]) == 1200.0


def test_identities_are_the_same_on_every_machine() -> None:
    assert identity("toolu_01") == 2302435063991715339
    assert identity("\ud800") == identity("\ud800")
