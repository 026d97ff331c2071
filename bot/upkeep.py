"""What keeps workers going for years, as a protocol: batches to read, work that failed, what was paused, signs of life."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple, Protocol

from bot.ports import SourceFile


class Batch(NamedTuple):
    """Files that one worker reads in one go. `tries` counts how often somebody began it, also if they died of it."""

    id: str
    files: tuple[SourceFile, ...]
    at: datetime
    tries: int = 0

    @property
    def size(self) -> int:
        """Bytes to be read."""
        return sum(file.size for file in self.files)


class Failure(NamedTuple):
    """Work that failed for good, or again and again: a stable code, its place, what to do; the same one is kept once.

    `stamp` is the state of the file or rule that failed. `aside` says that the work is left out while its stamp stays.
    """

    code: str
    place: str
    message: str
    stamp: str
    first: datetime
    last: datetime
    times: int = 1
    aside: bool = False


class Pulse(NamedTuple):
    """A sign of life: the last time that something went well, by name (`ingest`, `evaluate:OWNER/NAME`, `worker:HOST`, …).

    `value` is JSON with figures of that time; no text of a transcript and no secret is ever among them.
    """

    name: str
    at: datetime
    value: str = "{}"


class Pause(NamedTuple):
    """An order of the operator to stop: `scope` is `all`, `repository:OWNER/NAME` or `rule:ID`. Without `until` until resumed."""

    scope: str
    at: datetime
    by: str = ""
    because: str = ""
    until: datetime | None = None


class Remains(NamedTuple):
    """How much of the memory is old: whole conversations by their sessions and signals, and entries of the log."""

    sessions: int = 0
    signals: int = 0
    log: int = 0


class Upkeep(Protocol):
    """The operator's side of the memory. Every method raises `StoreError` where the database fails it."""

    def dispatch(self, batches: Sequence[Batch]) -> None:
        """Keep batches that are about to be sent to workers.

        One of the same id is sent again: its moment moves on, its tries stay.
        """

    def outstanding(self, since: datetime) -> frozenset[tuple[str, str]]:
        """(path, stamp) of the files in batches that were dispatched at a moment or after it and are not done."""

    def begin(self, batch: str) -> Batch | None:
        """One more try of a batch, counted before it begins; None where it is done, split or unknown."""

    def unbegin(self, batch: str) -> None:
        """Take a try back that failed for a reason outside of the batch."""

    def done(self, batch: str) -> None:
        """A batch was read, or is to be forgotten; nothing happens where it is not there."""

    def abandoned(self, before: datetime) -> tuple[Batch, ...]:
        """Batches that were dispatched before a moment and are not done, the oldest first: their message was lost, or is late."""

    def fail(self, failure: Failure) -> Failure:
        """Record a failure; one of the same code, place and stamp counts once more. Returns it as it is now kept.

        The newest message stays; what was once set aside stays so until it is `mended`.
        """

    def failures(self, *, places: Collection[str] | None = None, stamp: str | None = None) -> tuple[Failure, ...]:
        """The failures at these places and with this stamp (None: all), the newest `last` first."""

    def mended(self, code: str, places: Collection[str]) -> None:
        """Forget the failures of a code at these places, whatever their stamps."""

    def beat(self, pulse: Pulse) -> None:
        """Keep a sign of life; one that is up to a minute earlier than the kept one changes nothing.

        One that is earlier by more shows that the clock was ahead when the kept one was told.
        """

    def pulses(self) -> tuple[Pulse, ...]:
        """All signs of life, ordered by name."""

    def pause(self, pause: Pause) -> None:
        """Keep a pause, over one of the same scope."""

    def resume(self, scope: str) -> bool:
        """Lift a pause; False where there was none."""

    def pauses(self, now: datetime) -> tuple[Pause, ...]:
        """The pauses that hold, ordered by scope."""

    def remains(self, before: datetime, log: datetime) -> Remains:
        """How much `prune` would drop, in all."""

    def prune(self, before: datetime, log: datetime, most: int) -> int:
        """Drop about `most` sessions whose newest evidence is before a moment, with their signals and links.

        A conversation goes whole, when all of it is that old; one of more than `most` sessions goes too. Marks of files stay:
        what is dropped is not read again, unless its file or a rule changes. Groups that lose signals are touched in the ledger.
        Returns how many sessions went: 0 when no old one is left, and then the decisions, settled intents, spends, failures and
        cached answers have gone that are from before `log`. Whoever is killed in it has dropped whole conversations only.
        """

    def sweep(self, now: datetime) -> None:
        """Drop what is over by itself: leases and pauses that ended, spends that count no more, workers that are gone.

        What workers of an older version wrote beside newer tables is made such that this version evaluates it.
        """

    def tidy(self) -> None:
        """Give space back and bring the planner's statistics up to date (VACUUM, ANALYZE)."""

    def size(self) -> int:
        """Bytes that the database takes."""

    def queue_age(self, now: datetime) -> timedelta | None:
        """How long the oldest batch that nobody began waits; None where none waits."""
