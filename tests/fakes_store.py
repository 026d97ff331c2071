"""A store that remembers all readings and works everything out anew, in the plainest way: the model of the real one."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from functools import reduce

from bot.core.model import Session, Signal
from bot.core.session import merge
from bot.ports import FileMark, Reading


class RememberingStore:
    """`bot.ports.Store` in memory; `readings` and `filed` are all that it was told, in order."""

    def __init__(self) -> None:
        self.readings: list[Reading] = []
        self.filed: list[tuple[str, str, int, datetime]] = []

    def files(self) -> Mapping[str, FileMark]:
        marks: dict[str, FileMark] = {}
        for reading in self.readings:
            mark = reading.mark
            known = marks.get(mark.path)
            rules = {f"{rule}:{digest.rpartition(':')[2]}" for rule, digest in reading.rules.items()}
            rules |= {text for text in mark.rules if text.rpartition(":")[0] not in reading.rules}
            if known and (known.stamp, known.reader) == (mark.stamp, mark.reader):
                new = {text.rpartition(":")[0] for text in rules}
                rules |= {text for text in known.rules if text.rpartition(":")[0] not in new}
            marks[mark.path] = FileMark(mark.path, mark.stamp, mark.reader, frozenset(rules))
        return marks

    def absorb(self, readings: Sequence[Reading]) -> int:
        before = self._links()
        self.readings += readings
        told = sum(len(session.links) for reading in readings for session in reading.sessions)
        return told - len(self._links() - before)

    def sessions(self, ids: Iterable[str] | None = None) -> Iterator[Session]:
        parts: dict[str, list[Session]] = {}
        for reading in self.readings:
            for session in reading.sessions:
                parts.setdefault(session.id, []).append(session)
        wanted = parts.keys() if ids is None else parts.keys() & set(ids)
        return (reduce(merge, parts[name]) for name in sorted(wanted))

    def signals(self) -> Iterator[Signal]:
        said: list[tuple[str, tuple[str, str], Signal]] = []  # file, state of the rule, signal
        for reading in self.readings:
            path, reader = reading.mark.path, reading.mark.reader
            shown = reading.covered | {signal.event for signal in reading.signals}
            states = {rule: (digest, reader) for rule, digest in reading.rules.items()}
            said = [
                (file, state, signal)
                for file, state, signal in said
                if signal.event not in shown
                or signal.rule not in states
                or (file != path and state == states[signal.rule])
            ]
            said += [(path, states[signal.rule], signal) for signal in reading.signals]
        copies: dict[tuple[object, ...], list[Signal]] = {}
        for _, _, signal in said:
            copies.setdefault((signal.rule, signal.event, signal.session, signal.group), []).append(signal)
        return (_one(copies[identity]) for identity in sorted(copies))  # type: ignore[type-var]

    def conversations(self) -> Mapping[str, str]:
        sessions = list(self.sessions())
        conversation = {session.id: session.id for session in sessions}
        for _ in sessions:  # the smallest id travels one session further each time
            for one in sessions:
                for other in sessions:
                    if one.links & other.links:
                        conversation[one.id] = min(conversation[one.id], conversation[other.id])
        return conversation

    def issues(self, repository: str) -> Mapping[str, int]:
        told = sorted((record for record in self.filed if record[0] == repository), key=lambda record: record[3])
        return {fingerprint: number for _, fingerprint, number, _ in told}

    def remember_issue(self, repository: str, fingerprint: str, number: int, at: datetime) -> None:
        self.filed.append((repository, fingerprint, number, at))

    def _links(self) -> set[int]:
        return {link for reading in self.readings for session in reading.sessions for link in session.links}


def _one(copies: Sequence[Signal]) -> Signal:
    first = min(copies, key=lambda signal: (signal.place, *map(str, signal._replace(until=None))))
    return first._replace(until=min((signal.until for signal in copies if signal.until), default=None))
