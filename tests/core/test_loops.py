"""Retry loops and slow calls, found in the steps of a whole session."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from made import rule

from bot.core.loops import signals_of_session
from bot.core.model import Kind, Outcome, Session, Signal, Step
from bot.core.rule_model import Rule

T0 = datetime(2026, 2, 2, 9, 0, tzinfo=UTC)
LOOPS = rule("retry-loop", event="retry", times=3, rounds=5, retry_within=timedelta(minutes=10), group_by=("program",))
SLOW = rule("slow", event="slow", longer_than=timedelta(minutes=2), group_by=("program",))


def attempts(pattern: str, *, every: float = 60, same: str = "x", **fields: object) -> list[Step]:
    """One step a letter: F failed, g a guard, . worked, R rejected."""
    outcomes = {"F": Outcome.FAILED, "g": Outcome.GUARD, ".": Outcome.OK, "R": Outcome.REJECTED}
    return [
        Step(
            f"{same}{place}", Kind.CALL, T0 + timedelta(seconds=every * place), T0 + timedelta(seconds=every * place + 5),
            "Bash", outcomes[letter], 1, thing="go test", same=same, command="go test ./...", excerpt=f"boom {place}",
        )._replace(**fields)
        for place, letter in enumerate(pattern)
    ]  # fmt: skip


def found(steps: list[Step], used: Rule = LOOPS) -> list[Signal]:
    return list(signals_of_session([used], Session("s", "claude-code", steps=tuple(steps))))


def test_three_failures_of_one_call_are_a_loop() -> None:
    (signal,) = found(attempts("FFF"))
    assert signal.group == (("program", "go test"),)
    assert (signal.event, signal.excerpt, signal.command) == ("x0", "boom 2", "go test ./...")


def test_two_failures_are_no_loop() -> None:
    assert found(attempts("FF")) == []


def test_a_loop_that_worked_after_four_rounds_does_not_count() -> None:
    assert found(attempts("FFFF.")) == []


def test_a_loop_of_five_rounds_counts_even_if_it_worked_in_the_end() -> None:
    (signal,) = found(attempts("FFFFF."))
    assert signal.until == T0 + timedelta(seconds=305)


def test_failures_far_apart_are_no_loop() -> None:
    assert found(attempts("FFF", every=601)) == []
    assert len(found(attempts("FFF", every=600))) == 1


def test_different_calls_do_not_add_up_to_a_loop() -> None:
    assert found(attempts("FF", same="x") + attempts("FF", same="y")) == []


def test_rejections_between_do_not_count_as_rounds() -> None:
    assert found(attempts("FRFR")) == []


def test_guards_of_the_harness_count_as_failed_rounds() -> None:
    assert len(found(attempts("ggg"))) == 1


def test_a_call_over_the_limit_is_slow_and_one_below_is_not() -> None:
    assert [signal.event for signal in found(attempts(".", elapsed=120.0), SLOW)] == ["x0"]
    assert found(attempts(".", elapsed=119.0), SLOW) == []


def test_a_tool_that_the_rule_does_not_name_is_left_alone() -> None:
    other = rule("slow", event="slow", longer_than=timedelta(minutes=2), tool=("WebFetch",))
    assert found(attempts(".", elapsed=500.0), other) == []
