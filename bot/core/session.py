"""Putting a session together from parts: merging is commutative, associative and idempotent, so order never matters."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from hashlib import blake2b

from bot.core.model import Kind, Outcome, Session, Span, Step

_NEVER = datetime(1, 1, 1, tzinfo=UTC)
GAP = timedelta(minutes=10)  # a longer silence ends a block of activity


def identity(key: str) -> int:
    """A signed 64-bit number for an event key or message id, the same on every machine and in every run."""
    digest = blake2b(key.encode("utf-8", "surrogatepass"), digest_size=8).digest()
    return int.from_bytes(digest, "big", signed=True)


def group_number(rule: str, key: Iterable[tuple[str, str]]) -> int:
    """A signed 64-bit number for a rule's id and a group key: what its signals have in common, whatever repository."""
    return identity("\0".join((rule, *(part for pair in key for part in pair))))


def join(spans: Iterable[Span], gap: timedelta = GAP) -> tuple[Span, ...]:
    """Spans in any order, with those that touch, overlap or lie at most `gap` apart made one."""
    joined: list[Span] = []
    for span in sorted(spans):
        if joined and span.start - joined[-1].end <= gap:
            if span.end > joined[-1].end:
                joined[-1] = Span(joined[-1].start, span.end)
        else:
            joined.append(span)
    return tuple(joined)


def seconds(spans: Iterable[Span]) -> float:
    """The time that spans without overlap take, in seconds."""
    return sum((span.end - span.start).total_seconds() for span in spans)


def common(one: Sequence[Span], other: Sequence[Span]) -> tuple[Span, ...]:
    """The stretches that lie in both of two ordered sequences of spans without overlap."""
    found: list[Span] = []
    i = j = 0
    while i < len(one) and j < len(other):
        start, end = max(one[i].start, other[j].start), min(one[i].end, other[j].end)
        if start < end:
            found.append(Span(start, end))
        if one[i].end <= other[j].end:
            i += 1
        else:
            j += 1
    return tuple(found)


def merge(a: Session, b: Session) -> Session:
    """One session from two parts of it: commutative, associative and idempotent."""
    if a == b:
        return a
    steps = {step.key: step for step in a.steps}
    for step in b.steps:
        known = steps.get(step.key)
        steps[step.key] = step if known is None else merge_step(known, step)
    return replace(
        a,
        agent=_either(a.agent, b.agent),
        source=_either(a.source, b.source),
        person=_either(a.person, b.person),
        blocks=join((*a.blocks, *b.blocks)),
        steps=in_order(steps.values()),
        links=a.links | b.links,
        quiet=(a.quiet | b.quiet) - {identity(step.key) for step in steps.values() if step.kind is Kind.CALL},
        cwds=_all(a.cwds, b.cwds),
        versions=_all(a.versions, b.versions),
        branches=_all(a.branches, b.branches),
        events=max(a.events, b.events),
    )


def rank(started: datetime | None, name: str) -> tuple[bool, datetime, str]:
    """The order of sessions: who started first, then the smaller id; those without any time last."""
    return (started is None, started or _NEVER, name)


def in_order(steps: Iterable[Step]) -> tuple[Step, ...]:
    """Steps by time, those without one first; equal times by key."""
    return tuple(sorted(steps, key=_place_in_time))


def merge_step(a: Step, b: Step) -> Step:
    """The fuller account of one call from two: what is known beats what is not, field by field."""
    if a == b:
        return a
    ending = max(a, b, key=_ending)  # outcome, code and output belong together
    return Step(
        key=a.key,
        kind=max(a.kind, b.kind),
        at=_earliest(a.at, b.at),
        ended=ending.ended,
        tool=max(a.tool, b.tool),
        outcome=ending.outcome,
        exit_code=ending.exit_code,
        elapsed=max(a.elapsed, b.elapsed),
        nested=a.nested and b.nested,
        thing=max(a.thing, b.thing),
        same=max(a.same, b.same),
        command=max(a.command, b.command),
        excerpt=ending.excerpt,
        place=_either(a.place, b.place),
    )


def _ending(step: Step) -> tuple[object, ...]:
    code = -1 if step.exit_code is None else step.exit_code
    ended = step.ended.timestamp() if step.ended else 0.0
    return (step.outcome is not Outcome.PENDING, str(step.outcome), code, step.excerpt, ended)


def _place_in_time(step: Step) -> tuple[bool, float, str]:
    return (step.at is not None, step.at.timestamp() if step.at else 0.0, step.key)


def _earliest(a: datetime | None, b: datetime | None) -> datetime | None:
    return min(a, b) if a and b else a or b


def _either(a: str, b: str) -> str:
    return min(a, b) if a and b else a or b


def _all(a: tuple[str, ...], b: tuple[str, ...]) -> tuple[str, ...]:
    return a if a == b else tuple(sorted({*a, *b}))
