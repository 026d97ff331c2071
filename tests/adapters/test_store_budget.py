"""The write budget that processes share: what is let through, when to ask again, and never more than is allowed."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from datetime import UTC, datetime, timedelta
from multiprocessing import get_context
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.adapters.store import SqlStore
from bot.ports import Allowance, Spend, Store
from tests.fakes_store import RememberingStore

NOON = datetime(2026, 2, 3, 12, 0, 0, 123456, tzinfo=UTC)
SECOND, MINUTE, HOUR = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1)
TICK = timedelta(microseconds=1)
WIDE = Allowance(pause=timedelta(0))
DATABASES = ["sqlite", "postgresql"]


@pytest.fixture(params=["fake", *DATABASES])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    if request.param == "fake":
        yield RememberingStore()
        return
    with SqlStore.open(_url(request.param, tmp_path, request)) as opened:
        yield opened


def _url(kind: str, folder: Path, request: pytest.FixtureRequest) -> str:
    return f"sqlite:///{folder}/friction.db" if kind == "sqlite" else str(request.getfixturevalue("postgres_url"))


def _spend(store: Store, count: int, allowed: Allowance, *, at: datetime = NOON, content: bool = True) -> None:
    """So many writes at one moment, each over at once."""
    for number in range(count):
        spend = Spend(f"{at}-{number}-{content}", content)
        assert store.reserve("bot", spend, at, allowed) is None
        store.finish(spend)


def test_two_writes_lie_a_pause_apart(store: Store) -> None:
    assert store.reserve("bot", Spend("1", content=False), NOON, Allowance()) is None

    assert store.reserve("bot", Spend("2", content=False), NOON + SECOND - TICK, Allowance()) == NOON + SECOND
    assert store.reserve("bot", Spend("2", content=False), NOON + SECOND, Allowance()) is None


def test_accounts_do_not_count_for_each_other(store: Store) -> None:
    assert store.reserve("bot", Spend("1", content=True), NOON, Allowance()) is None
    assert store.reserve("other\0" + "long" * 2500, Spend("2", content=True), NOON, Allowance()) is None


def test_content_of_a_minute_comes_to_an_end(store: Store) -> None:
    allowed = Allowance(content_a_minute=3, pause=timedelta(0))
    _spend(store, 1, allowed)
    _spend(store, 2, allowed, at=NOON + 10 * SECOND)
    later = NOON + MINUTE - TICK

    assert store.reserve("bot", Spend("x", content=True), later, allowed) == NOON + MINUTE
    assert store.reserve("bot", Spend("edit", content=False), later, allowed) is None
    assert store.reserve("bot", Spend("x", content=True), NOON + MINUTE, allowed) is None
    assert store.reserve("bot", Spend("y", content=True), NOON + MINUTE, allowed) == NOON + MINUTE + 10 * SECOND


def test_content_of_an_hour_comes_to_an_end(store: Store) -> None:
    allowed = Allowance(content_a_minute=2, content_an_hour=4, pause=timedelta(0))
    _spend(store, 2, allowed)
    _spend(store, 2, allowed, at=NOON + 2 * MINUTE)

    assert store.reserve("bot", Spend("x", content=True), NOON + 30 * MINUTE, allowed) == NOON + HOUR
    assert store.reserve("bot", Spend("x", content=True), NOON + HOUR, allowed) is None


def test_a_smaller_allowance_waits_until_enough_is_over(store: Store) -> None:
    for number in range(5):
        _spend(store, 1, WIDE, at=NOON + number * SECOND)
    allowed = Allowance(content_a_minute=2, pause=timedelta(0))

    assert store.reserve("bot", Spend("x", content=True), NOON + 5 * SECOND, allowed) == NOON + MINUTE + 3 * SECOND


def test_points_wait_until_enough_of_them_are_over(store: Store) -> None:
    allowed = Allowance(points_a_minute=12, pause=timedelta(0))
    assert store.reserve("bot", Spend("1", content=False, points=2), NOON, allowed) is None
    assert store.reserve("bot", Spend("2", content=False, points=10), NOON + SECOND, allowed) is None

    heavy, light = Spend("3", content=False), Spend("4", content=False, points=2)
    assert store.reserve("bot", heavy, NOON + 2 * SECOND, allowed) == NOON + SECOND + MINUTE
    assert store.reserve("bot", light, NOON + 2 * SECOND, allowed) == NOON + MINUTE
    assert store.reserve("bot", light, NOON + MINUTE, allowed) is None


def test_requests_in_flight_are_over_when_told_or_after_a_minute(store: Store) -> None:
    allowed = Allowance(in_flight=2, pause=timedelta(0))
    first, second, third = (Spend(name, content=False) for name in "123")
    assert store.reserve("bot", first, NOON, allowed) is None
    assert store.reserve("bot", second, NOON + SECOND, allowed) is None

    assert store.reserve("bot", third, NOON + 2 * SECOND, allowed) == NOON + 3 * SECOND
    store.finish(first)
    store.finish(Spend("unknown", content=False))
    assert store.reserve("bot", third, NOON + 2 * SECOND, allowed) is None
    assert store.reserve("bot", Spend("4", content=False), NOON + 3 * SECOND, allowed) == NOON + 4 * SECOND
    assert store.reserve("bot", Spend("4", content=False), NOON + SECOND + MINUTE, allowed) is None


def test_the_later_of_two_holds_stays(store: Store) -> None:
    store.hold("bot", NOON + 2 * MINUTE, NOON)
    store.hold("bot", NOON + MINUTE, NOON)

    spend = Spend("1", content=False)
    assert store.reserve("bot", spend, NOON, Allowance()) == NOON + 2 * MINUTE
    assert store.reserve("other", Spend("2", content=False), NOON, Allowance()) is None
    assert store.reserve("bot", spend, NOON + 2 * MINUTE, Allowance()) is None


def test_what_a_clock_that_was_ahead_put_off_is_not_put_off(store: Store) -> None:
    ahead = NOON + 60 * MINUTE
    store.hold("bot", ahead + MINUTE, ahead)
    assert store.reserve("bot", Spend("1", content=False), ahead, Allowance()) == ahead + MINUTE

    assert store.reserve("bot", Spend("2", content=False), NOON, Allowance()) is None
    store.hold("bot", NOON + 2 * MINUTE, NOON)
    assert store.reserve("bot", Spend("3", content=False), NOON, Allowance()) == NOON + 2 * MINUTE


def test_the_latest_of_all_reasons_to_wait_counts(store: Store) -> None:
    allowed = Allowance(content_a_minute=1)
    _spend(store, 1, allowed)
    store.hold("bot", NOON + 30 * SECOND, NOON)

    assert store.reserve("bot", Spend("x", content=True), NOON, allowed) == NOON + MINUTE
    assert store.reserve("bot", Spend("x", content=False), NOON, allowed) == NOON + 30 * SECOND


@pytest.mark.parametrize("content", [True, False])
def test_an_allowance_of_nothing_stops_no_lone_write(tmp_path: Path, content: bool) -> None:
    nothing = Allowance(content_a_minute=0, content_an_hour=0, points_a_minute=0, in_flight=0)
    with SqlStore.open("sqlite://") as store:
        assert store.reserve("bot", Spend("1", content), NOON, nothing) is None
        assert store.reserve("bot", Spend("2", content), NOON + SECOND, nothing) == NOON + (HOUR if content else MINUTE)


STEPS = st.lists(
    st.tuples(
        st.integers(0, 45),  # seconds since the step before
        st.sampled_from(["content", "edit", "finish", "hold", "again"]),
        st.integers(1, 6),
    ),
    max_size=25,
)


@settings(max_examples=80)
@given(STEPS, st.integers(1, 4), st.integers(1, 6), st.integers(6, 20), st.integers(1, 4), st.sampled_from([0, 1, 7]))
def test_the_database_answers_like_the_model(
    steps: list[tuple[int, str, int]], minute: int, hour: int, points: int, flying: int, pause: int
) -> None:
    allowed = Allowance(minute, hour, points, flying, pause * SECOND)
    model, now, answer = RememberingStore(), NOON, None
    with SqlStore.open("sqlite://") as store:
        for number, (seconds, what, amount) in enumerate(steps):
            now = max(now, answer or now) if what == "again" else now + seconds * SECOND
            if what == "finish":
                for each in (store, model):
                    each.finish(Spend(str(number - amount), content=False))
            elif what == "hold":
                for each in (store, model):
                    each.hold("bot", now + amount * SECOND, now)
            else:
                spend = Spend(str(number), what != "edit", amount)
                answer = store.reserve("bot", spend, now, allowed)
                assert answer == model.reserve("bot", spend, now, allowed)
                assert answer is None or answer > now


def reserve_many(url: str, name: str, count: int, allowed: Allowance) -> int:
    """How many of so many writes at one moment are let through, in a process of their own."""
    with SqlStore.open(url) as store:
        asked = [
            store.reserve("bot", Spend(f"{name}-{number}", content=True), NOON, allowed) for number in range(count)
        ]
    return asked.count(None)


def lease_all(url: str, holder: str, names: list[str]) -> list[str]:
    """The leases that this holder got, in a process of its own; every other one had run out before."""
    with SqlStore.open(url) as store:
        return [name for name in names if store.lease(name, holder, NOON, MINUTE)]


@pytest.mark.parametrize("kind", DATABASES)
def test_many_processes_never_exceed_the_allowance(kind: str, tmp_path: Path, request: pytest.FixtureRequest) -> None:
    url = _url(kind, tmp_path, request)
    SqlStore.open(url).close()
    allowed = Allowance(content_a_minute=17, in_flight=100, pause=timedelta(0))
    with ProcessPoolExecutor(4, mp_context=get_context("spawn")) as pool:
        let = [pool.submit(reserve_many, url, name, 10, allowed) for name in "abcd"]

    assert sum(each.result() for each in let) == 17


@pytest.mark.parametrize("kind", DATABASES)
def test_each_lease_has_one_winner_among_processes(kind: str, tmp_path: Path, request: pytest.FixtureRequest) -> None:
    url = _url(kind, tmp_path, request)
    names = [f"f{number}" for number in range(20)]
    with SqlStore.open(url) as store:
        for name in names[::2]:
            assert store.lease(name, "stalled", NOON - HOUR, MINUTE)
    with ProcessPoolExecutor(4, mp_context=get_context("spawn")) as pool:
        won = [pool.submit(lease_all, url, holder, names) for holder in "abcd"]

    assert sorted(name for each in won for name in each.result()) == sorted(names)
