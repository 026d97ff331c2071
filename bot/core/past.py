"""The past of a finding: what its evidence from before a moment adds up to, so that counting need not look at it again.

Only whole conversations are past, those without any activity since that moment. So the figures of the past and those of the
other evidence are simply added.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Set
from dataclasses import astuple, dataclass, fields, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson

from bot.core.count import SHOWN, by_number, evidence_of, lost, minutes, telling
from bot.core.model import Count, Evidence, Finding
from bot.core.origin import HOUR, Crowd, Origin
from bot.core.outage import as_one
from bot.core.rule_model import Threshold
from bot.core.state import Hit, Walk, hits, meets, state, walk

NOTHING = b"0"  # in place of a past: there was evidence, and another rule's finding has all of it
_NAMED = 200  # sessions whose ids are kept: about as many as an issue has room for
_TRAIL = 200  # evidence of one window; of more than that the window alone has to decide
_VERSION = 3
_NEVER = datetime(1, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Past:
    """What lies before `until`: counts, everybody it is of (with the name that is shown), times, and what an issue shows.

    `lost` is active time, `sessions` are the newest ones and `evidence` the newest pieces of it, newest first. `walk` ends
    where evidence of other conversations begins; None where it would be too long to be kept.
    """

    until: datetime
    conversations: int
    occurrences: int
    people: Mapping[str, str]
    first_seen: datetime
    last_seen: datetime
    lost: timedelta
    evidence: tuple[Evidence, ...]
    sessions: tuple[str, ...]
    walk: Walk | None = None
    versions: tuple[str, ...] = ()
    tools: tuple[str, ...] = ()
    origins: tuple[tuple[str, int], ...] = ()


def folded(
    finding: Finding,
    origins: Mapping[str, Origin],
    active: Mapping[str, datetime | None],
    until: datetime,
    threshold: Threshold,
) -> Past | None:
    """The past of a finding that was counted as a whole; None where nothing of it is past, or an outage may go on after it.

    `active` has for each session the last activity of its conversation; one without a time is never past.
    """
    signals = [each for each in finding.signals if (last := active.get(each.session)) and last < until]
    times = [each.at for each in signals if each.at]
    if not times or len(times) < len(signals):
        return None
    of = [origins[each.session] for each in signals]
    ours = {each.session for each in signals}
    # What comes later than `until` may yet be told by others, who then are counted beside a past that stays.
    began = min([until, *(each.at for each in finding.signals if each.at and each.session not in ours)])
    if not _over(finding, ours, began):
        return None
    walked = walk(threshold, hits(*as_one(signals, origins, finding.outages)), began)
    return Past(
        until,
        len({origin.conversation for origin in of}),
        len(signals),
        {origin.person: origin.shown for origin in of},
        min(times),
        max(times),
        lost(signals, origins),
        tuple(evidence_of(each, origins) for each in telling(signals)),
        tuple(dict.fromkeys(each.session for each in signals))[:_NAMED],
        walked if len(walked.trail) <= _TRAIL else None,
        tuple(sorted({each.version for each in signals if each.version})),
        tuple(sorted({each.tool for each in signals if each.tool})),
        tuple(sorted(Counter(each.origin for each in signals if each.origin).items())),
    )


def _over(finding: Finding, ours: Set[str], began: datetime) -> bool:
    """Whether all outages of a finding are of these sessions, and over for an hour before the evidence of the others began."""
    hit = [each for each in finding.signals if each.event in finding.outages]
    return all(each.session in ours and each.at and each.at + HOUR <= began for each in hit)


def with_past(
    finding: Finding, past: Past, origins: Mapping[str, Origin], threshold: Threshold, now: datetime, crowd: Crowd
) -> Finding | None:
    """A finding that was counted without its past, with it; `signals` are only the others.

    None where its state cannot be told: nothing is known of the walk, and the window alone does not meet the threshold.
    """
    if past.walk is None and not meets(threshold, finding.in_window):
        return None
    told = "active"
    if past.walk is not None:
        counted, whose = as_one(finding.signals, origins, finding.outages)
        told = state(threshold, counted, whose, now, crowd, past.walk)
    newest = finding if finding.last_seen and finding.last_seen >= past.last_seen else None
    people = {origins[each.session].person: origins[each.session].shown for each in finding.signals}
    everybody = {**past.people, **people}
    evidence = sorted((*finding.evidence, *past.evidence), key=lambda each: each.at or _NEVER, reverse=True)
    counted_origins = dict(finding.origins)
    return replace(
        finding,
        state=told,
        total=Count(
            past.conversations + finding.total.sessions, len(everybody), past.occurrences + finding.total.occurrences
        ),
        first_seen=min(past.first_seen, finding.first_seen or past.first_seen),
        last_seen=max(past.last_seen, finding.last_seen or past.last_seen),
        minutes_lost=minutes(past.lost + lost(finding.signals, origins)),
        example=newest.example if newest else past.evidence[0].excerpt,
        evidence=tuple(evidence[:SHOWN]),
        sessions=(*finding.sessions, *past.sessions),
        people=tuple(sorted(set(everybody.values()))),
        versions=tuple(sorted({*finding.versions, *past.versions}, key=by_number)),
        tools=tuple(sorted({*finding.tools, *past.tools})),
        origins=tuple(sorted((counted_origins | _sum(counted_origins, past.origins)).items())),
    )


def _sum(counted: Mapping[str, int], past: tuple[tuple[str, int], ...]) -> dict[str, int]:
    return {name: counted.get(name, 0) + number for name, number in past}


def as_bytes(past: Past) -> bytes:
    """A past to be kept; empty where it cannot be, and everything is counted each time."""
    walked = past.walk and (*past.walk[:-2], sorted(past.walk.people), [tuple(hit) for hit in past.walk.trail])
    told = {each.name: getattr(past, each.name) for each in fields(past)}
    told |= {"evidence": [astuple(each) for each in past.evidence], "lost": past.lost // _MICROSECOND}
    told |= {"walk": walked, "version": _VERSION}
    try:
        return orjson.dumps(told)
    except TypeError:  # a lone surrogate, as undecodable names have
        return b""


def from_bytes(text: bytes) -> Past | None:
    """A past that was kept; None where there is none, or it was kept in another shape."""
    try:
        told = orjson.loads(text)
        if told.pop("version") != _VERSION:
            return None
        return Past(**{name: _READ.get(name, tuple)(value) for name, value in told.items()})
    except (ValueError, TypeError, KeyError, AttributeError):
        return None


def _evidence(told: list[list[Any]]) -> tuple[Evidence, ...]:
    return tuple(Evidence(session, person, _time(at) if at else None, *rest) for session, person, at, *rest in told)


def _walk(told: list[Any] | None) -> Walk | None:
    if told is None:
        return None
    until, active, ever, last, people, trail = told
    hits = tuple(Hit(_time(at), *whose) for at, *whose in trail)
    return Walk(_time(until), active, ever, _time(last) if last else None, frozenset(people), hits)


def _time(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)


_READ: Mapping[str, Any] = {
    "until": _time,
    "first_seen": _time,
    "last_seen": _time,
    "conversations": int,
    "occurrences": int,
    "people": dict,
    "lost": lambda number: number * _MICROSECOND,
    "evidence": _evidence,
    "walk": _walk,
    "origins": lambda told: tuple((name, number) for name, number in told),
}
