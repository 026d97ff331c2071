"""What goes wrong in a soak: each trouble begins, and gives back what ends it."""

from __future__ import annotations

import json
import os
import resource
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from random import Random

from kombu.exceptions import OperationalError

from tests.real_servers import ROOT, Program, asking, until
from tests.soak import fleet
from tests.soak.fleet import children
from tests.soak.github_stand import MOODS
from tests.soak.previous import unpacked
from tests.soak.world import World

End = Callable[[], None]
_HOUR = 3600
_FULL = 32 * 1024  # bytes to which a file may still grow where the disk is full


def begin(kind: str, world: World, dice: Random) -> End:
    """Let a trouble begin; what ends it. Raises `KeyError`."""
    if kind.startswith("github: "):
        return _mood(world, kind.removeprefix("github: "), dice)
    return _TROUBLES[kind](world, dice)


def _worker(world: World, dice: Random) -> str:
    there = [name for name in world.fleet.names("worker") if name not in world.fleet.away]
    return dice.choice(there or world.fleet.names("worker"))


def _kill_worker(world: World, dice: Random) -> End:
    name = _worker(world, dice)
    world.fleet.kill(name)
    return lambda: world.fleet.restart(name)


def _kill_main(world: World, dice: Random) -> End:
    name = _worker(world, dice)
    world.fleet.kill_main(name)
    return lambda: world.fleet.restart(name)


def _kill_child(world: World, dice: Random) -> End:
    world.fleet.kill_child(_worker(world, dice), dice.randrange(8))
    return _nothing


def _term_worker(world: World, dice: Random) -> End:
    name = _worker(world, dice)
    world.fleet.terminate(name)
    return lambda: world.fleet.restart(name)


def _stop_worker(world: World, dice: Random) -> End:
    name = _worker(world, dice)
    world.fleet.suspend(name)
    return lambda: world.fleet.resume(name)


def _kill(name: str) -> Callable[[World, Random], End]:
    def kill(world: World, _: Random) -> End:
        world.fleet.kill(name)
        return lambda: world.fleet.restart(name)

    return kill


def _term_beat(world: World, _: Random) -> End:
    world.fleet.terminate("beat")
    return lambda: world.fleet.restart("beat")


def _two_beats(world: World, _: Random) -> End:
    second = fleet.beat(world.folder, f"second-beat-{world.fleet.counts['second beats']}", world.environment)
    world.fleet.counts["second beats"] += 1
    second.start()
    return second.kill


def _kill_redis(world: World, _: Random) -> End:
    world.redis.kill()
    return world.redis.start


def _lose_redis(world: World, _: Random) -> End:
    world.redis.kill()
    world.redis.lose_data()
    return world.redis.start


def _flush_redis(world: World, _: Random) -> End:
    world.redis.flush()
    return world.redis.flush  # in mid-cycle, twice


def _stop_postgres(world: World, _: Random) -> End:
    world.database.stop()
    return world.database.start


def _full_disk(world: World, dice: Random) -> End:
    """No file grows any more for those that keep the database: its server's processes, or the workers; or SQLite says so."""
    if world.database.server:
        pids = world.database.processes()
    elif dice.random() < 0.5:
        full = world.folder / "full"
        full.touch()
        return lambda: full.unlink(missing_ok=True)
    else:
        pids = [pid for name in world.fleet.names("worker") for pid in _with_children(world, name)]
    _limit(pids, _FULL)
    return lambda: _limit(pids, resource.RLIM_INFINITY)


def _limit(pids: list[int], size: int) -> None:
    """How long a file of these processes may become; said by a child under their account, as root may not everywhere."""
    speaker = os.fork()
    if not speaker:
        for pid in pids:
            with suppress(OSError):
                os.setresuid(*[Path(f"/proc/{pid}").stat().st_uid] * 3)
                resource.prlimit(pid, resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))
        os._exit(0)
    os.waitpid(speaker, 0)


def _with_children(world: World, name: str) -> list[int]:
    program = world.fleet.programs[name]
    return [program.pid, *children(program.pid)] if program.runs else []


def _mood(world: World, kind: str, dice: Random) -> End:
    """GitHub treats so many requests badly."""
    mood = world.folder / "mood.json"
    fresh = world.folder / "mood.new"
    fresh.write_text(json.dumps({"kind": kind, "share": dice.choice((0.3, 0.6, 1.0))}))
    fresh.replace(mood)
    return lambda: mood.unlink(missing_ok=True)


def _kill_github(world: World, dice: Random) -> End:
    end = _kill("github")(world, dice)

    def back() -> None:
        end()
        until(world.github_answers, "GitHub answers again")

    return back


def _old_worker(world: World, _: Random) -> End:
    """A worker of a version that knows none of the tasks: it takes messages from all queues and throws them away."""
    return _guest(world, "worker that knows no task", "tests.soak.old_app", ROOT)


def _previous_worker(world: World, dice: Random) -> End:
    """A worker of the version before this one, beside the new ones and on their database; the stand-in where there is none."""
    tree = unpacked(world.folder)
    return _guest(world, "worker of the previous version", "workers.app", tree) if tree else _old_worker(world, dice)


def _guest(world: World, what: str, app: str, tree: Path) -> End:
    """One more worker on all queues, of another application; it stops as it is told to."""
    name = what.replace(" ", "-")
    words = [*fleet.worker(world.folder, name, "ingest,evaluate,github", world.environment).command]
    words[words.index("tests.soak.app")] = app
    guest = Program(tuple(words), world.folder / f"{name}.log", world.environment, tree)
    world.fleet.counts[what] += 1
    guest.start()

    def end() -> None:
        guest.terminate()
        guest.kill()

    return end


def _odd_messages(world: World, dice: Random) -> End:
    """Messages as other versions send them: tasks nobody knows, arguments too few, too many and of the wrong kind."""
    messages = [
        ("ingest.nothing", "ingest", {}),
        ("ingest.batch", "ingest", {}),
        ("ingest.batch", "ingest", {"batch_id": "no such batch", "cycle": "odd", "colour": "blue"}),
        ("ingest.batch", "ingest", {"batch_id": 7, "cycle": None}),
        ("ingest.discover", "ingest", {"cycle": "odd", "colour": "blue"}),
        ("evaluate.derive", "evaluate", {"since": "yesterday"}),
        ("github.keep", "github", {}),
        ("github.keep", "github", {"repository": "nobody/nothing"}),
        ("github.keep", "github", {"repository": "acme/shop", "whole": "perhaps", "colour": "blue"}),
        ("upkeep.housekeeping", "evaluate", {"deep": True}),
    ]
    dice.shuffle(messages)
    with suppress(OSError, OperationalError), asking(world.settings.workers.broker.get_secret_value()) as app:
        for name, queue, named in messages:
            app.send_task(name, kwargs=named, queue=queue)
            world.fleet.counts["odd messages"] += 1
    return _nothing


def _clock(hours: float) -> Callable[[World, Random], End]:
    """The clock of all workers jumps, and back."""

    def jump(world: World, _: Random) -> End:
        clock = world.folder / "clock"
        fresh = world.folder / "clock.new"
        fresh.write_text(str(hours * _HOUR))
        fresh.replace(clock)
        return lambda: clock.unlink(missing_ok=True)

    return jump


def _nothing() -> None:
    """It is over by itself."""


_TROUBLES: Mapping[str, Callable[[World, Random], End]] = {
    "kill worker": _kill_worker,
    "kill main": _kill_main,
    "kill child": _kill_child,
    "term worker": _term_worker,
    "stop worker": _stop_worker,
    "kill beat": _kill("beat"),
    "term beat": _term_beat,
    "two beats": _two_beats,
    "kill redis": _kill_redis,
    "lose redis": _lose_redis,
    "flush redis": _flush_redis,
    "stop postgres": _stop_postgres,
    "full disk": _full_disk,
    "kill github": _kill_github,
    "old worker": _old_worker,
    "previous worker": _previous_worker,
    "odd messages": _odd_messages,
    "clock ahead": _clock(1),
    "clock behind": _clock(-1),
}
KINDS = (*_TROUBLES, *(f"github: {mood}" for mood in MOODS))


def play(troubles: list[tuple[float, float, str]], world: World, dice: Random, tend: Callable[[], None]) -> None:
    """Let troubles (when, until when, what; seconds from now) begin and end in their time; `tend` is called all along."""
    began = time.monotonic()
    waiting = sorted(troubles)
    going: list[tuple[float, End]] = []
    try:
        while waiting or going:
            now = time.monotonic() - began
            while waiting and waiting[0][0] <= now:
                _, end, kind = waiting.pop(0)
                going.append((end, begin(kind, world, dice)))
            for each in [each for each in going if each[0] <= now]:
                going.remove(each)
                each[1]()
            tend()
            time.sleep(0.05)
    finally:
        for _, end_it in going:
            end_it()
