"""Outages: when one signature hits most people within an hour, it is one outage and not everybody's friction."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from bot.core.model import Signal
from bot.core.origin import HOUR, Crowd, Everybody, Origin, hour_of

_PEOPLE = 5  # fewer people at once are a coincidence


class Outages:
    """Who worked when, and therefore which hours of a signature were an outage."""

    def __init__(self, origins: Mapping[str, Origin], crowd: Crowd) -> None:
        # Who is at hand is asked first; where that is everybody, nobody else.
        self._origins, self._crowds = origins, (crowd,) if isinstance(crowd, Everybody) else (Everybody(origins), crowd)

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
            while last < len(dated) and dated[last][0] - began < HOUR:
                people[self._origins[dated[last][1].session].person] += 1
                last += 1
            hit = {person for person, number in people.items() if number}
            if len(hit) >= _PEOPLE and self._most(hit, began):
                yield first, last
                people.clear()
                first = last
            else:
                people[self._origins[dated[first][1].session].person] -= 1
                first += 1

    def _most(self, hit: set[str], began: datetime) -> bool:
        """Whether these are most of those who worked in the clock hours that the hour from a moment on touches.

        Everybody is only asked for where these are most of those whose sessions are at hand.
        """
        hours = (hour_of(began), hour_of(began) + 1)
        return all(2 * len(hit) > len(hit.union(*(crowd.working(hour) for hour in hours))) for crowd in self._crowds)


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
