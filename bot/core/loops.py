"""Matching over a whole session: the same call failing again and again, and calls that take too long."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime

from bot.core.match import Subject, group_of
from bot.core.model import FAILURES, Kind, Outcome, Session, Signal, Step
from bot.core.rule_model import Match, Rule


def signals_of_session(rules: Sequence[Rule], session: Session) -> tuple[Signal, ...]:
    """What `retry` and `slow` rules find in a session; a signal's event is the key of its first step."""
    calls = [step for step in session.steps if step.kind is Kind.CALL]
    return tuple(signal for rule in rules for signal in _FOUND[rule.match.event](rule, session, calls))


def _retries(rule: Rule, session: Session, calls: Sequence[Step]) -> Iterator[Signal]:
    attempts: dict[str, list[Step]] = {}
    for step in calls:
        if step.same and (not rule.match.tool or step.tool in rule.match.tool):
            attempts.setdefault(step.same, []).append(step)
    for tries in attempts.values():
        for run, converged in _runs(tries, rule.match):
            if len(run) >= (rule.match.rounds if converged else rule.match.times):
                last = run[-1]
                until = converged.ended if converged else last.ended
                yield from _signal(rule, session, run[0], shown=last, until=until)


def _runs(tries: Iterable[Step], match: Match) -> Iterator[tuple[list[Step], Step | None]]:
    """Runs of failures of one call, each at most `within` after the one before, with the success that ended it if any."""
    run: list[Step] = []
    for step in tries:
        if step.outcome in FAILURES:
            if run and _apart(run[-1].at, step.at) > match.within.total_seconds():
                yield run, None
                run = []
            run.append(step)
        elif step.outcome is Outcome.OK and run:
            yield run, step
            run = []
    if run:
        yield run, None


def _apart(before: datetime | None, after: datetime | None) -> float:
    return (after - before).total_seconds() if before and after else 0.0


def _slow(rule: Rule, session: Session, calls: Sequence[Step]) -> Iterator[Signal]:
    limit = rule.match.longer_than.total_seconds()
    for step in calls:
        if step.elapsed >= limit and (not rule.match.tool or step.tool in rule.match.tool):
            yield from _signal(rule, session, step, shown=step, until=step.ended)


def _signal(rule: Rule, session: Session, first: Step, *, shown: Step, until: datetime | None) -> Iterator[Signal]:
    subject = Subject(
        shown.excerpt, shown.tool, shown.outcome, shown.exit_code, shown.command, facts={"program": shown.thing}
    )
    group = group_of(rule, subject, {"program": shown.thing} if "program" in rule.group_by else {})
    if group is None:
        return
    seconds = f"ran for {shown.elapsed:.0f} s" if shown.elapsed else ""
    yield Signal(
        rule.id, session.id, first.key, group, shown.at or first.at, until,
        tool=shown.tool, excerpt=shown.excerpt or seconds, command=shown.command, place=first.place,
    )  # fmt: skip


_FOUND = {"retry": _retries, "slow": _slow}
