"""Upkeep over SQLAlchemy Core, in the database of the store."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta

from sqlalchemy import Engine

from bot.adapters import upkeep_catchup, upkeep_orders, upkeep_prune, upkeep_space, upkeep_work
from bot.adapters.store_engine import changing, reading, touching
from bot.adapters.store_errors import told_to_people
from bot.upkeep import Batch, Failure, Pause, Pulse, Remains


class SqlUpkeep:
    """The operator's side of the memory (`bot.upkeep.Upkeep`), on the engine of the store, whose tables are up to date."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def dispatch(self, batches: Sequence[Batch]) -> None:
        """Keep batches that are about to be sent; one sent again keeps its tries."""
        if batches:
            with changing(self._engine) as connection:
                upkeep_work.write_batches(connection, batches)

    def outstanding(self, since: datetime) -> frozenset[tuple[str, str]]:
        """(path, stamp) of the files in batches dispatched at a moment or after it that are not done."""
        with reading(self._engine) as connection:
            return upkeep_work.files_under_way(connection, since)

    def begin(self, batch: str) -> Batch | None:
        """One more try of a batch, counted before it begins; None where it is done, split or unknown."""
        with touching(self._engine) as connection:
            return upkeep_work.count_try(connection, batch)

    def unbegin(self, batch: str) -> None:
        """Take a try back that failed for a reason outside of the batch."""
        with touching(self._engine) as connection:
            upkeep_work.take_try_back(connection, batch)

    def done(self, batch: str) -> None:
        """A batch was read, or is to be forgotten; nothing happens where it is not there."""
        with touching(self._engine) as connection:
            upkeep_work.drop_batch(connection, batch)

    def abandoned(self, before: datetime) -> tuple[Batch, ...]:
        """Batches that were dispatched before a moment and are not done, the oldest first."""
        with reading(self._engine) as connection:
            return upkeep_work.batches_before(connection, before)

    def fail(self, failure: Failure) -> Failure:
        """Record a failure; one of the same code, place and stamp counts once more. Returns it as it is now kept."""
        with changing(self._engine) as connection:
            return upkeep_work.count_failure(connection, failure)

    def failures(self, *, places: Collection[str] | None = None, stamp: str | None = None) -> tuple[Failure, ...]:
        """The failures at these places and with this stamp (None: all), the newest `last` first."""
        with reading(self._engine) as connection:
            return upkeep_work.read_failures(connection, places, stamp)

    def mended(self, code: str, places: Collection[str]) -> None:
        """Forget the failures of a code at these places, whatever their stamps."""
        if places:
            with changing(self._engine) as connection:
                upkeep_work.drop_failures(connection, code, places)

    def beat(self, pulse: Pulse) -> None:
        """Keep a sign of life; one that is up to a minute earlier than the kept one changes nothing."""
        with touching(self._engine) as connection:
            upkeep_orders.write_pulse(connection, pulse)

    def pulses(self) -> tuple[Pulse, ...]:
        """All signs of life, ordered by name."""
        with reading(self._engine) as connection:
            return upkeep_orders.read_pulses(connection)

    def pause(self, pause: Pause) -> None:
        """Keep a pause, over one of the same scope."""
        with changing(self._engine) as connection:
            upkeep_orders.write_pause(connection, pause)

    def resume(self, scope: str) -> bool:
        """Lift a pause; False where there was none."""
        with changing(self._engine) as connection:
            return upkeep_orders.drop_pause(connection, scope)

    def pauses(self, now: datetime) -> tuple[Pause, ...]:
        """The pauses that hold, ordered by scope."""
        with reading(self._engine) as connection:
            return upkeep_orders.read_pauses(connection, now)

    def remains(self, before: datetime, log: datetime) -> Remains:
        """How much `prune` would drop."""
        with reading(self._engine) as connection:
            return upkeep_prune.count_old(connection, before, log)

    def prune(self, before: datetime, log: datetime, most: int) -> int:
        """Drop about `most` old sessions in one transaction; where none is left the old log, in as many as it takes."""
        with changing(self._engine) as connection:
            dropped = upkeep_prune.drop_sessions(connection, before, most) if most else 0
        more = not dropped
        while more:
            with changing(self._engine) as connection:
                more = upkeep_prune.drop_log(connection, log)
        return dropped

    def sweep(self, now: datetime) -> None:
        """Drop what is over by itself, and catch up with what workers of an older version wrote beside newer tables."""
        with changing(self._engine) as connection:
            upkeep_orders.sweep(connection, now)
            upkeep_catchup.catch_up(connection)

    def tidy(self) -> None:
        """Give space back and bring the planner's statistics up to date; writers wait for it on SQLite."""
        with told_to_people(self._engine.url):
            upkeep_space.tidy(self._engine)

    def size(self) -> int:
        """Bytes that the database takes."""
        with reading(self._engine) as connection:
            return upkeep_space.size(connection)

    def queue_age(self, now: datetime) -> timedelta | None:
        """How long the oldest batch that nobody began waits; None where none waits."""
        with reading(self._engine) as connection:
            return upkeep_work.waited(upkeep_work.waiting_since(connection), now)
