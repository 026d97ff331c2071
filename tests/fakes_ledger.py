"""A ledger that works everything out anew from a remembering store, in the plainest way: the model of the real one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

from bot.core.model import Session, Signal
from bot.core.origin import HOUR
from bot.core.session import group_number
from bot.ledger import Brief, Derived, Stale, Standing, Touched
from tests.fakes_store import RememberingStore, one


class _Seen(NamedTuple):
    session: Session
    conversation: str
    signals: frozenset[Signal]


class RememberingLedger:
    """`bot.ledger.Ledger` in memory, over what the store was told; it looks there for changes whenever it is asked."""

    def __init__(self, store: RememberingStore) -> None:
        self.store = store
        self.change = 0
        self.reason = ""
        self.changed: dict[str, int] = {}
        self.kept: dict[str, Derived] = {}
        self.touches: dict[tuple[str, int], int] = {}
        self.found: dict[tuple[str, str], Standing] = {}
        self._seen: dict[str, _Seen] = {}
        self._told = 0

    def stale(self, most: int) -> Stale:
        self._look()
        first = sorted(self.changed, key=lambda name: (self.changed[name], name))[:most]
        conversations = {self._seen[name].conversation for name in first}
        together = [name for name, seen in self._seen.items() if seen.conversation in conversations]
        upto = max((self.changed.get(name, 0) for name in together), default=0)
        return Stale(upto, tuple(sorted((self._seen[name].conversation, name) for name in together)))

    def derive(self, derived: Sequence[Derived], upto: int) -> None:
        self._look()
        fresh = [each for each in derived if self.changed.get(each.session, upto + 1) <= upto]
        self.change += 1
        for each in fresh:
            before = self.kept.get(each.session)
            signals = {*self._seen[each.session].signals, *each.signals, *(before.signals if before else ())}
            for repository in {each.repository, before.repository if before else each.repository}:
                self._touch(repository, signals)
                self._forget(repository, signals, self._seen[each.session].conversation)
            self.kept[each.session] = each
            del self.changed[each.session]

    def derive_all_again(self, reason: str) -> bool:
        self._look()
        if reason == self.reason:
            return False
        self.reason = reason
        self.change += 1
        self.changed = dict.fromkeys(self._seen, self.change)
        return True

    def briefs(self, sessions: Iterable[str] | None = None) -> Iterator[Brief]:
        self._look()
        names = self.kept.keys() if sessions is None else self.kept.keys() & set(sessions)
        return (self._brief(name) for name in sorted(names))

    def briefs_around(self, repository: str) -> Iterator[Brief]:
        return self.briefs(self._around(repository))

    def people(self) -> Iterator[str]:
        self._look()
        return iter(sorted({seen.session.person for seen in self._seen.values()}))

    def signals(self, groups: Collection[int] | None = None, since: datetime | None = None) -> Iterator[Signal]:
        copies: dict[tuple[object, ...], list[Signal]] = {}
        for signal in self._said(since):
            if groups is None or _group(signal) in groups:
                copies.setdefault((signal.rule, signal.event, signal.session, signal.group), []).append(signal)
        return (one(copies[identity]) for identity in sorted(copies))  # type: ignore[type-var]

    def signals_around(self, repository: str) -> Iterator[Signal]:
        around = self._around(repository)
        return (signal for signal in self.signals() if signal.session in around)

    def signals_at(self, events: Collection[str], rules: Collection[str]) -> Iterator[Signal]:
        kept = self.store.signals()
        return iter([signal for signal in kept if signal.event in events and signal.rule in rules])

    def unclaimed(self, groups: Collection[int], since: datetime, rules: Collection[str]) -> frozenset[int]:
        claimed = {signal.event for signal in self.store.signals() if signal.rule in rules}
        steps = {signal for each in self.kept.values() for signal in each.signals}
        open_ones = (each for each in self._said(since) if each in steps or each.event not in claimed)
        return frozenset(group for group in map(_group, open_ones) if group in groups)

    def last_active(self, sessions: Collection[str]) -> Mapping[str, datetime | None]:
        self._look()
        found = {}
        for name in self._seen.keys() & set(sessions):
            ends = [session.ended_at for session in self._together(self._seen[name].conversation)]
            found[name] = None if None in ends else max(filter(None, ends))
        return found

    def touched(self, repository: str) -> Touched:
        self._look()
        return Touched(self.change, frozenset(group for place, group in self.touches if place == repository))

    def evaluated(self, repository: str, upto: int, known: Sequence[Standing], groups: Collection[int] | None) -> None:
        self._look()
        before: dict[int, Standing] = {}
        for (place, name), standing in list(self.found.items()):
            if place == repository and (groups is None or set(standing.groups) & set(groups)):
                del self.found[place, name]
                before |= {group: standing for group in standing.groups if standing.past}
        for each in known:
            old = before.get(each.groups[0]) if each.keeps else each
            kept = each._replace(past=old.past, until=old.until) if old else _bare(each)
            self.found[repository, each.fingerprint] = kept._replace(
                groups=tuple(sorted(set(each.groups))), keeps=False
            )
        late = {_group(signal) for name in self.changed for signal in self._signals_of(name)}
        for each in known:
            again = {
                group for place, group in self.touches if place == repository and self.touches[place, group] > upto
            }
            if len(each.groups) > 1 or (not each.keeps and set(each.groups) & (late | again)):
                self._strip(repository, each.fingerprint)
        done = [place for place, change in self.touches.items() if place[0] == repository and change <= upto]
        for place in done:
            del self.touches[place]

    def standings(self, repository: str, fingerprints: Collection[str]) -> Mapping[str, Standing]:
        self._look()
        return {name: _bare(self.found[repository, name]) for name in fingerprints if (repository, name) in self.found}

    def pasts(self, repository: str, groups: Collection[int]) -> Mapping[int, Standing]:
        self._look()
        of: dict[int, list[Standing]] = {}
        for (place, _), standing in self.found.items():
            for group in standing.groups:
                if place == repository and group in groups:
                    of.setdefault(group, []).append(standing)
        return {group: each for group, (each, *others) in of.items() if each.past and not others}

    def due(self, repository: str, now: datetime) -> tuple[Standing, ...]:
        self._look()
        here = sorted(each for (place, _), each in self.found.items() if place == repository)
        return tuple(_bare(each) for each in here if each.due and each.due <= now)

    def groups_of_rules(self, repository: str, rules: Collection[str]) -> frozenset[int]:
        self._look()
        here = [each for (place, _), each in self.found.items() if place == repository and each.rule in rules]
        return frozenset(group for each in here for group in each.groups)

    def in_windows(self, without: Collection[str]) -> Mapping[str, int]:
        self._look()
        counted = Counter[str]()
        for each in self.found.values():
            if each.fingerprint not in without:
                counted[each.rule] += each.in_window
        return {rule: total for rule, total in counted.items() if total}

    def waiting(self) -> tuple[str, ...]:
        self._look()
        return tuple(sorted({place for place, _ in self.touches} - {""}))

    def at_work(self, start: datetime, end: datetime) -> frozenset[str]:
        self._look()
        return frozenset(
            seen.session.person
            for seen in self._seen.values()
            if any(block.start <= end and block.end >= start for block in seen.session.blocks)
        )

    def began_between(self, people: Collection[str], after: datetime, until: datetime) -> frozenset[str]:
        self._look()
        return frozenset(
            seen.conversation
            for seen in self._seen.values()
            if seen.session.person in people and seen.session.started_at and after < seen.session.started_at <= until
        )

    def _look(self) -> None:
        """Notice what the store was told since the last look."""
        if len(self.store.readings) == self._told:
            return
        if len(self.store.readings) < self._told:  # it forgot everything
            self.changed, self.kept, self.touches, self.found, self._seen, self.reason = {}, {}, {}, {}, {}, ""
        self._told = len(self.store.readings)
        before, self._seen = self._seen, self._look_anew()
        different = {name for name, seen in self._seen.items() if before.get(name) != seen}
        conversations = {self._seen[name].conversation for name in different}
        self.change += bool(different)
        for name, seen in self._seen.items():
            if seen.conversation in conversations:
                self.changed[name] = self.change
        for name in different & self.kept.keys():
            lost = before[name].signals - self._seen[name].signals
            self._touch(self.kept[name].repository, lost)
            self._forget(self.kept[name].repository, lost, self._seen[name].conversation)
        latest = max((each.until for each in self.found.values() if each.until), default=None)
        for name in self.changed.keys() & self.kept.keys():
            conversation = self._seen[name].conversation
            began = self._began(conversation)
            if conversation in conversations and began and latest and began < latest:
                self._touch(self.kept[name].repository, self._signals_of(name))
                self._forget(self.kept[name].repository, self._signals_of(name), conversation)

    def _look_anew(self) -> dict[str, _Seen]:
        conversations = self.store.conversations()
        signals: dict[str, set[Signal]] = {}
        for signal in self.store.signals():
            signals.setdefault(signal.session, set()).add(signal)
        return {
            session.id: _Seen(session, conversations[session.id], frozenset(signals.get(session.id, ())))
            for session in self.store.sessions()
        }

    def _said(self, since: datetime | None = None) -> Iterator[Signal]:
        """All signals, with `since` those of conversations that were active then or later or have no time somewhere."""
        self._look()
        said = [*self.store.signals(), *(signal for each in self.kept.values() for signal in each.signals)]
        if since is None:
            return iter(said)
        active = self.last_active({signal.session for signal in said})
        recent = {name for name, last in active.items() if last is None or last >= since}
        return (signal for signal in said if signal.session in recent)

    def _signals_of(self, name: str) -> Iterator[Signal]:
        yield from self._seen[name].signals
        if name in self.kept:
            yield from self.kept[name].signals

    def _together(self, conversation: str) -> Iterator[Session]:
        return (seen.session for seen in self._seen.values() if seen.conversation == conversation)

    def _began(self, conversation: str) -> datetime | None:
        return min(filter(None, (session.started_at for session in self._together(conversation))), default=None)

    def _forget(self, repository: str, signals: Iterable[Signal], conversation: str) -> None:
        """Forget the pasts of groups in which a conversation may be counted."""
        began, groups = self._began(conversation), set(map(_group, signals))
        for (place, name), each in list(self.found.items()):
            if place == repository and groups & set(each.groups) and began and each.until and began - HOUR < each.until:
                self._strip(place, name)

    def _strip(self, repository: str, fingerprint: str) -> None:
        self.found[repository, fingerprint] = _bare(self.found[repository, fingerprint])

    def _brief(self, name: str) -> Brief:
        derived, (session, conversation, _) = self.kept[name], self._seen[name]
        return Brief(
            name, conversation, session.person, derived.repository, derived.own_start, session.blocks, session.versions
        )

    def _around(self, repository: str) -> frozenset[str]:
        self._look()
        here = {self._seen[name].conversation for name, each in self.kept.items() if each.repository == repository}
        return frozenset(name for name, seen in self._seen.items() if seen.conversation in here)

    def _touch(self, repository: str, signals: Iterable[Signal]) -> None:
        for signal in signals:
            self.touches[repository, _group(signal)] = self.change


def _group(signal: Signal) -> int:
    return group_number(signal.rule, signal.group)


def _bare(standing: Standing) -> Standing:
    """A standing without its past."""
    return standing._replace(past=b"", until=None)
