"""Playing a soak: round by round people act, things go wrong, and then all has to be well again in a bounded time."""

from __future__ import annotations

import argparse
import json
import time
from collections import Counter
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from statistics import median
from typing import Any

from rich.console import Console

from tests.soak import fleet
from tests.soak.checks import Checks
from tests.soak.oracle import filed
from tests.soak.schedule import Round, rounds
from tests.soak.stories import counted_wrong, filed_again, said_again
from tests.soak.troubles import play
from tests.soak.world import World

# A process that was stopped past its lease, or whose clock was moved, may file again what is put right by the next cycle.
_EXCUSES = frozenset({"stop worker", "clock ahead", "clock behind"})
_PAUSE = 0.4  # seconds between two looks
_GROWTH = 96 * 2**20  # bytes that a process may take more than a minute after its start


@dataclass
class Told:
    """What came of a soak."""

    began: float
    broken: list[str] = field(default_factory=list)
    troubles: Counter[str] = field(default_factory=Counter)
    rounds: int = 0
    recoveries: list[float] = field(default_factory=list)
    lags: list[float] = field(default_factory=list)
    twice: set[str] = field(default_factory=set)
    excused: int = 0
    growth: dict[int, list[int]] = field(default_factory=dict)  # process → bytes that it took, in order
    more: dict[str, Any] = field(default_factory=dict)

    def figures(self) -> Mapping[str, Any]:
        """Everything as JSON has it."""
        return {
            "broken": self.broken, "rounds": self.rounds, "minutes": round((time.monotonic() - self.began) / 60, 1),
            "troubles": dict(sorted(self.troubles.items())),
            "recovery, seconds": _spread(self.recoveries),
            "session to evidence, seconds": _spread(self.lags),
            "duplicates put right, after a stop or a jump of the clock": self.excused,
            **self.more,
        }  # fmt: skip


def _spread(values: list[float]) -> Mapping[str, float]:
    return {"median": round(median(values), 1), "worst": round(max(values), 1), "of": len(values)} if values else {}


def soak(world: World, options: argparse.Namespace, console: Console) -> Told:
    """Play until the time is over, or something stays broken; then look at everything once more."""
    told = Told(time.monotonic())
    checks = Checks(world)
    try:
        kinds, without = (tuple(filter(None, words.split(","))) for words in (options.kinds, options.without))
        for each in rounds(options.seed, server=world.database.server is not None, kinds=kinds, without=without):
            if time.monotonic() - told.began > options.minutes * 60 or each.number > options.rounds or told.broken:
                break
            _round(world, each, checks, told, options.patience)
            state = told.broken or f"well after {told.recoveries[-1]:.1f} s"
            console.print(f"{(time.monotonic() - told.began) / 60:5.1f} min, {each}: {state}", markup=False)
        told.broken += _memory(told)
        if not told.broken:
            told.broken += _end(world, checks)
        _count(world, checks, told)
    finally:
        checks.close()
    return told


def _round(world: World, each: Round, checks: Checks, told: Told, patience: float) -> None:
    for act in each.acts:
        world.team.do(act, each.dice, time.monotonic())
    troubles = [(trouble.after, trouble.after + trouble.lasts, trouble.kind) for trouble in each.troubles]

    def tend() -> None:
        world.fleet.tend()
        checks.look(time.monotonic())

    play(troubles, world, each.dice, tend)
    told.troubles.update(trouble.kind for trouble in each.troubles)
    told.rounds += 1
    over = time.monotonic()
    while found := checks.wrong():
        if time.monotonic() - over > patience:
            world.fleet.tell()
            told.broken += [f"{each}: after {patience:.0f} s still: {what}" for what in found]
            break
        tend()
        time.sleep(_PAUSE)
    checks.look(time.monotonic())
    told.recoveries.append(time.monotonic() - over)
    told.broken += _again(world, told, each)
    _measure(world, told)


def _again(world: World, told: Told, each: Round) -> list[str]:
    """What was filed or said twice in this round, even if it was put right; a stop or a jump of the clock excuses it."""
    stories, maintainer = world.team.stories, world.maintainer
    twice = {
        f"{each.title} was filed again as #{number}" for each in stories for number in filed_again(each, maintainer)
    }
    twice |= {f"{each.title}: {n} comments were taken back" for each in stories if (n := said_again(each, maintainer))}
    new, told.twice = sorted(twice - told.twice), twice
    if _EXCUSES.isdisjoint(trouble.kind for trouble in each.troubles):
        return [f"{each}: {what}" for what in new]
    told.excused += len(new)
    return []


def _measure(world: World, told: Told) -> None:
    for name in world.fleet.names("worker"):
        program = world.fleet.programs[name]
        for pid in (program.pid, *fleet.children(program.pid)) if program.runs else ():
            told.growth.setdefault(pid, []).append(fleet.memory(pid))


def _memory(told: Told) -> list[str]:
    """Processes that took more and more; the first two looks at one are its beginning."""
    return [
        f"process {pid} grew from {took[1] >> 20} to {took[-1] >> 20} MB in {len(took)} rounds"
        for pid, took in told.growth.items()
        if len(took) > 4 and took[-1] - took[1] > _GROWTH
    ]


def _end(world: World, checks: Checks) -> list[str]:
    """All stop, nothing is left behind, and on the next day each issue tells the right counts."""
    found = list(world.fleet.stop())
    poisoned = [str(path) for path in world.team.poisoned]
    for hours in (25, 50):  # some edits wait for the next day
        report = filed(world.settings, datetime.now(UTC) + timedelta(hours=hours), poisoned)
        found += [
            f"a run on another day: {each.action} of #{each.issue}: {each.error}"
            for each in report.outcomes
            if each.error
        ]
    for story in world.team.stories:
        found += counted_wrong(story, world.maintainer)
    found += [f"on another day: {each}" for each in checks.wrong()]
    return found


def _count(world: World, checks: Checks, told: Told) -> None:
    log = (world.folder / "requests.log").read_text().splitlines()
    methods = Counter(line.split()[0] for line in log)
    issues = [issue for story in world.team.stories for issue in world.maintainer.issues(story)]
    comments = [each for story in world.team.stories for issue in world.maintainer.issues(story)
                for each in world.maintainer.comments(story, issue)]  # fmt: skip
    told.lags = [seconds for name, seconds in checks.known.items()]
    told.more = {
        "sessions": len(world.team.written), "people did": dict(world.team.done), "stories": len(world.team.stories),
        "issues": len(issues), "comments": len(comments), "requests": dict(methods),
        "requests that suffered": sum(not line.endswith(" -") for line in log),
        "processes": dict(world.fleet.counts), "ended by themselves": len(world.fleet.strange),
        **_tasks(world),
        "strange": world.fleet.strange[:20],
    }  # fmt: skip


def _tasks(world: World) -> dict[str, Any]:
    """What the logs of the workers say of their tasks: how they ended, and why some were tried again."""
    ended, again = Counter[str](), Counter[str]()
    for path in world.folder.glob("*worker*.log"):
        for line in path.read_text(errors="replace").splitlines():
            if not line.startswith("{"):
                continue
            with suppress(ValueError):  # cut short by a kill
                told = json.loads(line)
                if told["event"] == "task_done":
                    ended[f"{told['task']} {told['outcome']}"] += 1
                elif told["event"] in {"task_retried", "task_failed", "task_gave_up"}:
                    again[f"{told['task']} {told.get('code')}"] += 1
    return {"tasks": dict(sorted(ended.items())), "failed or tried again": dict(sorted(again.items()))}
