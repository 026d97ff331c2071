"""Whatever the order, the batches and the repeats in which readings come, the store ends the same."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.adapters.store import SqlStore
from bot.core.model import Kind, Outcome, Session, Signal, Span, Step
from bot.core.session import in_order, join
from bot.ports import FileMark, Reading
from tests.fakes_store import RememberingStore

START = datetime(2026, 2, 3, tzinfo=UTC)
KEYS = [f"e{number}" for number in range(6)]
TEXTS = st.sampled_from(["", "a", "b", "\0", "\udcff"])
TIMES = st.integers(0, 20).map(lambda number: START + timedelta(minutes=7 * number))
STEPS = st.builds(
    Step,
    key=st.sampled_from(KEYS),
    kind=st.just(Kind.CALL),
    at=st.none() | TIMES,
    ended=st.none() | TIMES,
    outcome=st.sampled_from(Outcome),
    exit_code=st.sampled_from([None, 0, 1]),
    elapsed=st.sampled_from([0.0, 61.5]),
    excerpt=TEXTS,
    place=TEXTS,
)
SIGNALS = st.builds(
    Signal,
    rule=st.sampled_from(["r1", "r2"]),
    session=st.sampled_from("abc"),
    event=st.sampled_from(KEYS),
    group=st.sampled_from([(), (("module", "x"),)]),
    at=st.none() | TIMES,
    until=st.none() | TIMES,
    excerpt=TEXTS,
    place=TEXTS,
)


@st.composite
def sessions(draw: st.DrawFn) -> Session:
    steps = draw(st.lists(STEPS, max_size=3, unique_by=lambda step: step.key))
    return Session(
        draw(st.sampled_from("abcdef")),
        "claude-code",
        person=draw(TEXTS),
        blocks=join(Span(at, at) for at in draw(st.lists(TIMES, max_size=3))),
        steps=in_order(steps),
        links=draw(st.frozensets(st.integers(0, 12), max_size=3)),
        quiet=draw(st.frozensets(st.integers(90, 93), max_size=2)),
        events=draw(st.integers(0, 3)),
    )


@st.composite
def readings(draw: st.DrawFn) -> list[Reading]:
    """Readings of different files by one state of the program: whatever they say of the same things."""
    rules = {"r1": "d1", "r2": "d2"}
    return [
        Reading(
            FileMark(f"file{number}", "1", "reader", frozenset()),
            tuple(draw(st.lists(sessions(), max_size=3))),
            tuple(draw(st.lists(SIGNALS, max_size=3))),
            rules,
            draw(st.frozensets(st.sampled_from(KEYS))),
        )
        for number in range(draw(st.integers(1, 5)))
    ]


@st.composite
def schedules(draw: st.DrawFn) -> tuple[list[Reading], list[list[Reading]]]:
    """Readings, and batches in which each of them comes once or twice."""
    told = draw(readings())
    queue = draw(st.permutations(told + draw(st.lists(st.sampled_from(told), max_size=3))))
    ends = sorted(draw(st.sets(st.integers(1, len(queue)), max_size=3)) | {len(queue)})
    return told, [queue[start:end] for start, end in zip([0, *ends], ends, strict=False)]


def _held(store: Any) -> tuple[Any, ...]:
    return (list(store.sessions()), list(store.signals()), store.conversations(), store.files())


def _check(store: SqlStore, told: Sequence[Reading], batches: Sequence[Sequence[Reading]]) -> None:
    model = RememberingStore()
    known = model.absorb(told)
    repeated = sum(len(session.links) for batch in batches for reading in batch for session in reading.sessions) - sum(
        len(session.links) for reading in told for session in reading.sessions
    )

    assert sum(store.absorb(batch) for batch in batches) == known + repeated
    assert _held(store) == _held(model)


@settings(max_examples=60, deadline=None)
@given(schedules())
def test_any_order_of_readings_ends_the_same(schedule: tuple[list[Reading], list[list[Reading]]]) -> None:
    with SqlStore.open("sqlite://") as store:
        _check(store, *schedule)


@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(schedule=schedules())
def test_any_order_ends_the_same_on_postgresql_too(
    postgres_url: str, schedule: tuple[list[Reading], list[list[Reading]]]
) -> None:
    with SqlStore.open(postgres_url) as store:
        store.forget()
        _check(store, *schedule)
