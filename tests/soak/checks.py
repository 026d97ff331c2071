"""What must be true when it is quiet, whatever went wrong: in sentences about what is not."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime
from itertools import islice

import redis

from bot.adapters.store import SqlStore
from bot.adapters.upkeep import SqlUpkeep
from bot.ports import StoreError
from tests.soak.github_stand import REPOSITORIES
from tests.soak.oracle import Truth, truth
from tests.soak.stories import of_story
from tests.soak.world import World
from workers.configuration import QUEUES

_EARLY = datetime(1970, 1, 1, tzinfo=UTC)
_SHOWN = 5  # of many things that are wrong in the same way
_UNDER_WAY = 8  # messages that ticks may just have sent


class Checks:
    """Looks at a world; `known` has the seconds after which each session was in the store. Close it."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.known: dict[str, float] = {}
        self.store = SqlStore.open(world.settings.database, upgrade=False)
        self.upkeep = SqlUpkeep(self.store.engine)

    def close(self) -> None:
        self.store.close()

    def look(self, now: float) -> None:
        """Note which of the sessions that were written are in the store by now (of the monotonic clock)."""
        waiting = {name: at for name, at in self.world.team.written.items() if name not in self.known and at}
        with suppress(StoreError):
            for session in self.store.sessions(waiting):
                self.known[session.id] = now - waiting[session.id]

    def wrong(self) -> list[str]:
        """What is not as it must be; what is quickly seen comes first, and then nothing else is looked at."""
        try:
            for look in (self._sessions, self._work, self._messages, self._truth, self._stories):
                if found := list(islice(look(), _SHOWN)):
                    return found
        except StoreError as error:
            return [f"the store cannot be read: {error.message}"]
        except TimeoutError as error:
            return [str(error)]
        return self.world.fleet.zombies()

    def _sessions(self) -> Iterator[str]:
        known = {session.id for session in self.store.sessions()}
        written = self.world.team.written.keys()
        yield from (f"session {each} is not known" for each in sorted(written - known))
        yield from (f"session {each} is known, and nobody wrote it" for each in sorted(known - written))

    def _work(self) -> Iterator[str]:
        yield from (f"{path} is in a batch that is not done" for path, _ in self.upkeep.outstanding(_EARLY))
        for repository in REPOSITORIES:
            for intent in self.store.intents(repository):
                yield f"{repository}: the {intent.what} of {intent.at:%H:%M:%S} is neither done nor given up"
        aside = {failure.place for failure in self.upkeep.failures() if failure.aside and failure.code == "poisoned"}
        poisoned = {str(path) for path in self.world.team.poisoned}
        yield from (f"{path} kills its reader and was not set aside" for path in poisoned - aside)
        yield from (f"{path} was set aside, and can be read" for path in aside - poisoned)

    def _messages(self) -> Iterator[str]:
        try:
            with self.world.redis.client() as client:
                waiting = {queue: client.llen(queue) for queue in QUEUES} | {"unacked": client.hlen("unacked")}
        except redis.RedisError as error:
            process = self.world.redis.program.process
            ended = f", it ended with {process.returncode}" if process and process.poll() is not None else ""
            yield f"Redis cannot be asked: {type(error).__name__}{ended}"
            return
        yield from (f"{number} messages are in {name}" for name, number in waiting.items() if number > _UNDER_WAY)

    def _truth(self) -> Iterator[str]:
        poisoned = [str(path) for path in self.world.team.poisoned]
        fresh = truth(self.world.settings, datetime.now(UTC), poisoned)
        yield from self._differences(fresh)
        for action in fresh.report.plan:
            if action.action != "skip":
                number = f" #{action.issue}" if action.issue else ""
                yield f"a fresh run would {action.action}{number} {action.title!r}: {action.reason}"
            elif action.row in {"incomplete", "unheard", "unreadable", "waiting"}:
                yield f"a fresh run could not see: {action.reason}"

    def _differences(self, fresh: Truth) -> Iterator[str]:
        mine = {session.id: session for session in self.store.sessions()}
        for session in fresh.sessions:
            if mine.get(session.id) != session:
                yield f"session {session.id} is other figures than a fresh reading gives"
        kept = set(self.store.signals())
        yield from (f"the signal at {each.place} is not kept" for each in set(fresh.signals) - kept)
        yield from (
            f"the signal at {each.place} is kept, and no fresh reading has it" for each in kept - set(fresh.signals)
        )
        if dict(self.store.conversations()) != dict(fresh.conversations):
            yield "the conversations are others than in a fresh reading"

    def _stories(self) -> Iterator[str]:
        for story in self.world.team.stories:
            yield from of_story(story, self.world.maintainer)
