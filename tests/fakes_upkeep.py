"""Upkeep that remembers what it was told, in the plainest way: the model of the real one."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from bot.ports import Reading
from bot.upkeep import Batch, Failure, Pause, Pulse, Remains
from tests.fakes_store import RememberingStore


class RememberingUpkeep:
    """`bot.upkeep.Upkeep` in memory, of a store whose old sessions it prunes; it counts how often it was to `tidy`."""

    def __init__(self, store: RememberingStore | None = None) -> None:
        self.store = store or RememberingStore()
        self.batches: dict[str, Batch] = {}
        self.failed: dict[tuple[str, str, str], Failure] = {}
        self.life: dict[str, Pulse] = {}
        self.paused: dict[str, Pause] = {}
        self.tidied = 0

    def dispatch(self, batches: Sequence[Batch]) -> None:
        for batch in batches:
            known = self.batches.get(batch.id, batch)
            self.batches[batch.id] = batch._replace(tries=max(batch.tries, known.tries))

    def outstanding(self, since: datetime) -> frozenset[tuple[str, str]]:
        young = (batch for batch in self.batches.values() if batch.at >= since)
        return frozenset((file.path, file.stamp) for batch in young for file in batch.files)

    def begin(self, batch: str) -> Batch | None:
        known = self.batches.get(batch)
        if known:
            self.batches[batch] = known._replace(tries=known.tries + 1)
        return self.batches.get(batch)

    def unbegin(self, batch: str) -> None:
        known = self.batches.get(batch)
        if known and known.tries > 1:
            self.batches[batch] = known._replace(tries=known.tries - 1)

    def done(self, batch: str) -> None:
        self.batches.pop(batch, None)

    def abandoned(self, before: datetime) -> tuple[Batch, ...]:
        return tuple(sorted((batch for batch in self.batches.values() if batch.at < before), key=lambda each: each.at))

    def fail(self, failure: Failure) -> Failure:
        key = (failure.code, failure.place, failure.stamp)
        known = self.failed.get(key)
        if known:
            failure = max(known, failure, key=lambda each: each.last)._replace(
                first=min(known.first, failure.first),
                times=known.times + failure.times,
                aside=known.aside or failure.aside,
            )
        self.failed[key] = failure
        return failure

    def failures(self, *, places: Collection[str] | None = None, stamp: str | None = None) -> tuple[Failure, ...]:
        known = [self.failed[key] for key in sorted(self.failed)]
        wanted = [each for each in known if places is None or each.place in places]
        here = [each for each in wanted if stamp is None or each.stamp == stamp]
        return tuple(sorted(here, key=lambda each: each.last, reverse=True))

    def mended(self, code: str, places: Collection[str]) -> None:
        self.failed = {key: each for key, each in self.failed.items() if each.code != code or each.place not in places}

    def beat(self, pulse: Pulse) -> None:
        known = self.life.get(pulse.name)
        if known is None or known.at <= pulse.at or known.at > pulse.at + timedelta(minutes=1):
            self.life[pulse.name] = pulse

    def pulses(self) -> tuple[Pulse, ...]:
        return tuple(self.life[name] for name in sorted(self.life))

    def pause(self, pause: Pause) -> None:
        self.paused[pause.scope] = pause

    def resume(self, scope: str) -> bool:
        return self.paused.pop(scope, None) is not None

    def pauses(self, now: datetime) -> tuple[Pause, ...]:
        holding = (self.paused[scope] for scope in sorted(self.paused))
        return tuple(pause for pause in holding if pause.until is None or pause.until > now)

    def remains(self, before: datetime, log: datetime) -> Remains:
        old = {name for members in self._old(before) for name in members}
        signals = sum(signal.session in old for signal in self.store.signals())
        return Remains(len(old), signals, sum(each.at < log for each in self.store.logged))

    def prune(self, before: datetime, log: datetime, most: int) -> int:
        dropped: set[str] = set()
        for members in self._old(before):
            if len(dropped) < most:
                dropped |= members
        self.store.readings = [_without(reading, dropped) for reading in self.store.readings]
        if not dropped:
            self.store.logged = [each for each in self.store.logged if each.at >= log]
            known = self.store.intended
            self.store.intended = {
                nonce: each for nonce, each in known.items() if each.state == "open" or each.at >= log
            }
        return len(dropped)

    def sweep(self, now: datetime) -> None:
        self.store.leases = {
            name: lease for name, lease in self.store.leases.items() if lease[1] >= now - timedelta(days=1)
        }
        self.paused = {pause.scope: pause for pause in self.pauses(now)}
        old = now - timedelta(days=7)
        self.life = {name: each for name, each in self.life.items() if not name.startswith("worker:") or each.at >= old}

    def tidy(self) -> None:
        self.tidied += 1

    def size(self) -> int:
        return 1 + len(self.store.readings)

    def queue_age(self, now: datetime) -> timedelta | None:
        waiting = [batch.at for batch in self.batches.values() if not batch.tries]
        return max(now - min(waiting), timedelta()) if waiting else None

    def _old(self, before: datetime) -> list[set[str]]:
        """The conversations of which all is before a moment, those that ended first coming first."""
        of = self.store.conversations()
        ends: dict[str, list[datetime]] = {}
        for session in self.store.sessions():
            ends.setdefault(of[session.id], []).extend(block.end for block in session.blocks)
        old = sorted((max(ends[name]), name) for name in ends if ends[name] and max(ends[name]) < before)
        return [{session for session, whole in of.items() if whole == name} for _, name in old]


def _without(reading: Reading, names: set[str]) -> Reading:
    return replace(
        reading,
        sessions=tuple(session for session in reading.sessions if session.id not in names),
        signals=tuple(signal for signal in reading.signals if signal.session not in names),
    )
