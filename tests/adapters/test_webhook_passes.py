"""Passes: deliveries are put together, one pass at a time, and nothing that goes wrong in one costs another."""

from __future__ import annotations

import threading
from datetime import UTC, datetime

import pytest

from bot.adapters.webhook_passes import Passes
from bot.core.deliveries import Due

NOW = datetime(2026, 2, 15, 9, tzinfo=UTC)
ONE, TWO, THREE = (Due("acme/agents", number, 5) for number in (1, 2, 3))


class Bench:
    """Passes that are remembered; `on` is called in each."""

    def __init__(self, every: float = 0, gather: float = 0) -> None:
        self.done: list[frozenset[Due]] = []
        self.said: list[str] = []
        self.passes = Passes(self.work, lambda: NOW, self.said.append, gather=gather, every=every)
        self.on = self.passes.stop

    def work(self, due: frozenset[Due]) -> None:
        self.done.append(due)
        self.on()


def test_what_came_together_is_one_pass() -> None:
    bench = Bench()
    for due in (ONE, TWO, ONE):
        bench.passes.take(due)
    assert bench.passes.run() == 0
    assert bench.done == [{ONE, TWO}]


def test_what_comes_within_the_time_of_gathering_is_the_same_pass() -> None:
    bench = Bench(gather=60)
    bench.passes.take(ONE)
    told: list[int] = []
    thread = threading.Thread(target=lambda: told.append(bench.passes.run()))
    thread.start()
    bench.passes.take(TWO)
    bench.passes.stop()
    thread.join(10)
    assert (bench.done, told) == ([], [2])  # still gathering when it was stopped: both were let go


def test_what_comes_during_a_pass_is_the_next_one() -> None:
    bench = Bench()

    def more() -> None:
        bench.on = bench.passes.stop
        bench.passes.take(TWO)
        bench.passes.take(THREE)

    bench.on = more
    bench.passes.take(ONE)
    bench.passes.run()
    assert bench.done == [{ONE}, {TWO, THREE}]


def test_a_pass_that_fails_costs_only_itself() -> None:
    bench = Bench()

    def fail() -> None:
        bench.on = bench.passes.stop
        bench.passes.take(TWO)
        raise ValueError("what a transcript says")

    bench.on = fail
    bench.passes.take(ONE)
    assert bench.passes.run() == 0
    assert bench.done == [{ONE}, {TWO}]
    assert bench.said == ["a pass failed with ValueError: the next one makes it good"]
    assert bench.passes.health()["failed"] == ""


def test_time_alone_brings_passes_and_so_does_the_beginning() -> None:
    bench = Bench(every=0.001)
    bench.on = lambda: bench.passes.stop() if len(bench.done) == 3 else None
    bench.passes.run()
    assert bench.done == [frozenset()] * 3


def test_without_an_interval_only_deliveries_bring_passes() -> None:
    bench = Bench()
    thread = threading.Thread(target=bench.passes.run)
    thread.start()
    bench.passes.take(ONE)
    thread.join(10)
    assert bench.done == [{ONE}]


def test_stopping_finishes_the_pass_and_lets_the_queue_go() -> None:
    bench = Bench()

    def more() -> None:
        bench.passes.stop()
        bench.passes.take(TWO)
        bench.passes.take(THREE)

    bench.on = more
    bench.passes.take(ONE)
    assert bench.passes.run() == 2
    assert bench.done == [{ONE}]


def test_health_tells_of_queue_deliveries_and_cycles() -> None:
    bench = Bench()
    nothing = {"queue": 0, "busy": False, "stopping": False, "last_delivery": None, "last_cycle": None, "failed": ""}
    assert bench.passes.health() == nothing
    bench.passes.take(ONE)
    assert bench.passes.health() == {**nothing, "queue": 1, "last_delivery": "2026-02-15T09:00:00Z"}
    seen = []

    def look() -> None:
        seen.append(bench.passes.health()["busy"])
        bench.passes.stop()
        raise OSError

    bench.on = look
    bench.passes.run()
    assert seen == [True]
    health = bench.passes.health()
    assert (health["last_cycle"], health["failed"], health["busy"]) == ("2026-02-15T09:00:00Z", "OSError", False)


def test_a_flood_of_deliveries_does_not_fill_the_memory() -> None:
    bench = Bench()
    for number in range(1, 10_500):
        bench.passes.take(Due("acme/agents", number))
    assert bench.passes.health()["queue"] == 10_000
    bench.passes.run()
    assert bench.done == [{Due("acme/agents")}]


@pytest.mark.parametrize("gather", [0, 60])
def test_a_stop_before_the_beginning_ends_it_at_once(gather: float) -> None:
    bench = Bench(every=60, gather=gather)
    bench.passes.take(ONE)
    bench.passes.stop()
    assert bench.passes.run() == 1
    assert bench.done == []
