"""Outages: when one signature hits most people within an hour, it is one outage and not everybody's friction."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import cached_property

from bot.core.model import Signal
from bot.core.origin import Origin

_HOUR = timedelta(hours=1)
_PEOPLE = 5  # fewer people at once are a coincidence
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Outages:
    """Who worked when, and therefore which hours of a signature were an outage."""

    def __init__(self, origins: Mapping[str, Origin]) -> None:
        self._origins = origins

    def of(self, signals: Sequence[Signal]) -> Mapping[str, str]:
        """Event → name of the outage that it belongs to; events that belong to none are left out."""
        if len({self._origins[signal.session].person for signal in signals}) < _PEOPLE:
            return {}
        dated = sorted(
            ((signal.at, signal) for signal in signals if signal.at), key=lambda each: (each[0], each[1].event)
        )
        return {
            signal.event: f"outage {dated[first][0]:%Y-%m-%dT%H:%M:%S}"
            for first, last in self._hours(dated)
            for _, signal in dated[first:last]
        }

    def _hours(self, dated: Sequence[tuple[datetime, Signal]]) -> Iterator[tuple[int, int]]:
        """The hours in which most of the people who worked were hit, none overlapping: places of first and behind last."""
        people: Counter[str] = Counter()
        first = last = 0
        while first < len(dated):
            began = dated[first][0]
            while last < len(dated) and dated[last][0] - began < _HOUR:
                people[self._origins[dated[last][1].session].person] += 1
                last += 1
            hit = {person for person, number in people.items() if number}
            if len(hit) >= _PEOPLE and 2 * len(hit) > len(self._working(began) | hit):
                yield first, last
                people.clear()
                first = last
            else:
                people[self._origins[dated[first][1].session].person] -= 1
                first += 1

    def _working(self, began: datetime) -> set[str]:
        """Who worked in the hour from a moment on, or within the clock hours that it touches: rather more than fewer."""
        hour = (began - _EPOCH) // _HOUR
        return self._by_hour.get(hour, set()) | self._by_hour.get(hour + 1, set())

    @cached_property
    def _by_hour(self) -> Mapping[int, set[str]]:
        found: dict[int, set[str]] = {}
        for origin in self._origins.values():
            for span in origin.blocks:
                for hour in range((span.start - _EPOCH) // _HOUR, (span.end - _EPOCH) // _HOUR + 1):
                    found.setdefault(hour, set()).add(origin.person)
        return found


def as_one(
    signals: Sequence[Signal], origins: Mapping[str, Origin], outages: Mapping[str, str]
) -> tuple[Sequence[Signal], Mapping[str, Origin]]:
    """The signals, of which those of an outage are all said in one session of one person; and the origins with these."""
    if not outages:
        return signals, origins
    first: dict[str, Origin] = {}
    for signal in sorted(signals, key=lambda signal: signal.event):
        name = outages.get(signal.event)
        if name and name not in first:
            first[name] = replace(origins[signal.session], session=name, conversation=name, person=name)
    told = tuple(signal._replace(session=outages.get(signal.event, signal.session)) for signal in signals)
    return told, {**origins, **first}
