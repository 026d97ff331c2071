"""The state of a finding, found by walking through its evidence in time: the same evidence and moment give the same answer."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import NamedTuple

from bot.core.model import Count, Signal
from bot.core.origin import Crowd, Everybody, Origin
from bot.core.rule_model import Threshold

_BEGINNING = datetime(1, 1, 1, tzinfo=UTC)


class Hit(NamedTuple):
    """A signal as far as a state needs it: when, and whose."""

    at: datetime
    conversation: str
    person: str


class Walk(NamedTuple):
    """What walking through all evidence from before `until` came to, so that a later walk can go on from there.

    `ever` is whether it was active at any moment, `last` the moment of the last hit, `people` whose they were; `trail` are
    the hits that had not left the window by then.
    """

    until: datetime = _BEGINNING
    active: bool = False
    ever: bool = False
    last: datetime | None = None
    people: frozenset[str] = frozenset()
    trail: tuple[Hit, ...] = ()


_NOTHING = Walk()


def meets(threshold: Threshold, counted: Count) -> bool:
    """Whether so much is what opens a finding."""
    return (
        counted.sessions >= threshold.sessions
        and counted.people >= threshold.people
        and counted.occurrences >= threshold.occurrences
    )


def state(
    threshold: Threshold,
    signals: Iterable[Signal],
    origins: Mapping[str, Origin],
    now: datetime,
    crowd: Crowd | None = None,
    before: Walk = _NOTHING,
) -> str:
    """`active` from when the open threshold is met until fewer than `clear_below` sessions are left in the window.

    `quiet` is a finding that was active once, had no signal for `threshold.quiet`, and is proven to be so by as many later
    conversations of the same people as the threshold asks sessions; all else is `below`. `before` is a walk through evidence
    that is not among the signals.
    """
    walked = walk(threshold, hits(signals, origins), now + datetime.resolution, before)
    if walked.active:
        return "active"
    if not walked.ever or walked.last is None or now - walked.last < threshold.quiet:
        return "below"
    later = (crowd or Everybody(origins)).began(walked.people, walked.last, now)
    return "quiet" if later >= threshold.sessions else "below"


def hits(signals: Iterable[Signal], origins: Mapping[str, Origin]) -> list[Hit]:
    """The signals that have a time, as hits."""
    dated = ((signal.at, origins[signal.session]) for signal in signals if signal.at)
    return [Hit(at, origin.conversation, origin.person) for at, origin in dated]


def walk(threshold: Threshold, hits: Iterable[Hit], until: datetime, before: Walk = _NOTHING) -> Walk:
    """Walk through all hits before a moment; after an earlier walk through those that come later than it."""
    everything = (*before.trail, *hits)
    within = threshold.within
    walked = [hit for hit in everything if before.until <= hit.at < until]
    steps = [(hit.at, 1, hit) for hit in walked]
    steps += [(hit.at + within, -1, hit) for hit in everything if hit.at + within < until]
    steps.sort(key=lambda step: step[:2])
    there = [hit for hit in before.trail if hit.at < before.until]
    conversations = Counter(hit.conversation for hit in there)
    people = Counter(hit.person for hit in there)
    active, ever = before.active, before.ever
    for index, (at, step, hit) in enumerate(steps):
        _add(conversations, hit.conversation, step)
        _add(people, hit.person, step)
        if index + 1 < len(steps) and steps[index + 1][0] == at:
            continue  # a state is only judged when all that happens at one moment has happened
        enough = meets(threshold, Count(len(conversations), len(people), conversations.total()))
        active = enough or (active and len(conversations) >= threshold.clear_below)
        ever = ever or active
    return Walk(
        until,
        active,
        ever,
        max((hit.at for hit in walked), default=before.last),
        before.people.union(hit.person for hit in walked),
        tuple(sorted(hit for hit in everything if hit.at + within >= until)),
    )


def _add(counter: Counter[str], name: str, step: int) -> None:
    counter[name] += step
    if not counter[name]:
        del counter[name]
