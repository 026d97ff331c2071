"""Playing a schedule: its people act, its cycles run in processes of their own, and what happened is kept."""

from __future__ import annotations

import os
import queue
import shutil
import signal
import tempfile
import threading
from collections import Counter
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Self

from bot.sandbox.server import TOKEN, Sandbox
from tests.faults.answers import Answer, lagging
from tests.faults.child_cycle import settings_of
from tests.faults.memory import File, Memory, Server, drop, file_with_tables, server_with_tables
from tests.faults.people import REPOSITORY, People
from tests.faults.proxy import Hit, Passage, Proxy
from tests.faults.schedule import LEASE, SETTLE, Schedule, Step
from tests.faults.troubles import STOPS
from tests.faults.world_clock import WorldClock
from tests.faults.zygote import Zygote

QUIET = tuple(Step(60 * hours) for hours in (2, 25, 25, 25))  # some edits wait for the next day
# Compiling the whole template is a third of a cycle.
_TEMPLATE = """\
**Frequency:** {{ finding.occurrences|many("time") }} in {{ finding.sessions|many("session") }} of \
{{ finding.people|many("person", "people") }}
"""
_HUNG = 90  # seconds


class Hung(Exception):  # noqa: N818 - a verdict on what is tested
    """A process of the bot did not come to an end."""


@dataclass
class Played:
    """What became of a schedule: what was hit, what the plans said, and every request, by cycle."""

    schedule: Schedule
    hit: list[Hit] = field(default_factory=list)
    rows: Counter[str] = field(default_factory=Counter)
    points: list[dict[str, int]] = field(default_factory=list)
    began: list[datetime] = field(default_factory=list)  # of each step
    trace: list[str] = field(default_factory=list)
    crashes: list[str] = field(default_factory=list)
    late: list[str] = field(default_factory=list)  # problems of quiet cycles, and what the last of them wrote


@dataclass
class _Child:
    slot: int
    passage: Passage
    born: threading.Event = field(default_factory=threading.Event)
    pid: int = 0
    told: dict[str, Any] = field(default_factory=dict)
    ended: int | None = None


class Stage:
    """Where schedules are played, one after another: the warm process, the proxies, the clock. To be closed.

    To be made while its process has a single thread.
    """

    def __init__(self, server: str = "", plant: str = "") -> None:
        self.plant = plant
        self.clock = WorldClock()
        self.zygote = Zygote(self.clock)
        self.folder = Path(tempfile.mkdtemp(prefix="faults-"))
        self.proxies = (Proxy(self.clock), Proxy(self.clock))
        self.template = file_with_tables(self.folder / "template.db")
        self.server = server
        self.tables = server_with_tables(server, f"faults_{os.getpid()}") if server else ""
        rules = self.folder / "rules" / "environment"
        rules.mkdir(parents=True)
        shutil.copy(Path(__file__).parents[2] / "rules/environment/python-module-missing.yml", rules)
        (self.folder / "templates").mkdir()
        (self.folder / "templates/issue.md.j2").write_text(_TEMPLATE)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for proxy in self.proxies:
            proxy.close()
        self.zygote.close()
        if self.tables:
            drop(self.server, self.tables)
        shutil.rmtree(self.folder)

    def memory(self, schedule: Schedule, name: str) -> Memory:
        """A new database, on the sort of server that a schedule is for."""
        if schedule.database == "postgresql" and self.server:
            return Server(self.server, self.tables)
        return File(self.folder / name, None if schedule.fresh else self.template)


class Play:
    """One schedule on its stage."""

    def __init__(self, stage: Stage, schedule: Schedule, box: Sandbox) -> None:
        self.stage, self.schedule, self.box = stage, schedule, box
        self.played = Played(schedule)
        self.memory = stage.memory(schedule, "bot.db")
        self.others = stage.memory(schedule, "stranger.db") if schedule.has("stranger") else None
        self._children: dict[int, _Child] = {}
        self.people = People(stage.folder, box, stage.clock())

    def run(self) -> Played:
        """Play all steps, then some quiet ones."""
        for step in self.schedule.steps:
            self._step(step, quiet=False)
        for step in QUIET:
            self._step(step, quiet=True)
        return self.played

    def end(self) -> None:
        """Throw everything of this schedule away."""
        self.memory.end()
        if self.others:
            self.others.end()
        shutil.rmtree(self.stage.folder / "sessions", ignore_errors=True)

    def _step(self, step: Step, *, quiet: bool) -> None:
        now = self.stage.clock.move(timedelta(minutes=step.minutes))
        self.played.began.append(now)
        self.played.trace.append(f"— {now:%m-%d %H:%M} {step}{' (quiet)' if quiet else ''}")
        for act in step.acts:
            if act.what == "forget":
                self.memory.lose()
            else:
                self.people.act(act, now)
        children = [self._start(step, 0, self.memory)]
        if step.company:
            other = self.others if step.company == "stranger" and self.others else self.memory
            children.append(self._start(step, 1, other))
        self._until_ended(step, children)
        first = children[0]
        self.played.points.append({**first.passage.counts, "commit": first.told.get("commits", 0)})
        if quiet:
            self.played.late += [f"{code}: {message}" for code, message in first.told.get("problems", ())]

    def _start(self, step: Step, slot: int, memory: Memory) -> _Child:
        """Begin a cycle in a new process."""
        stage, now = self.stage, self.stage.clock()
        mine = [trouble for trouble in step.troubles if trouble.process == slot]
        child = _Child(slot, Passage(tuple(each for each in mine if each.where != "commit")))
        child.passage.kill = lambda: self._signal(child, signal.SIGKILL)
        child.passage.stop = lambda: self._stop(child)
        child.passage.change = lambda path, answer: self._lagging(step, path, answer)
        proxy = stage.proxies[slot]
        proxy.upstream, proxy.passage = self.box.url, child.passage
        order = {
            "settings": settings_of(stage.folder, memory.url, proxy.url, TOKEN, REPOSITORY),
            "now": now.isoformat(),
            "settle": SETTLE * 60,
            "lease": LEASE * 60,
            "timeout": 1 if any(each.kind.startswith("late") for each in mine) else 20,
            "plant": stage.plant,
            "commits": [[each.kind, each.nth] for each in mine if each.where == "commit"],
        }
        child.pid = stage.zygote.start(order)
        self._children[child.pid] = child
        child.born.set()
        return child

    def _signal(self, child: _Child, number: int) -> None:
        child.born.wait(10)
        with suppress(ProcessLookupError):
            os.kill(child.pid, number)

    def _stop(self, child: _Child) -> None:
        self._signal(child, signal.SIGSTOP)
        self.stage.zygote.said.put({"pid": child.pid, "stopped": True})

    def _lagging(self, step: Step, path: str, answer: Answer) -> Answer:
        if not step.lag or path != f"/repos/{REPOSITORY}/issues":
            return answer
        return lagging(answer, self.stage.clock() - timedelta(minutes=step.lag))

    def _until_ended(self, step: Step, children: list[_Child]) -> None:
        """Wait for these processes; while one is stopped, time goes by and another runs the cycle."""
        while any(child.ended is None for child in children):
            try:
                said = self.stage.zygote.said.get(timeout=_HUNG)
            except queue.Empty:
                for child in self._children.values():
                    self._signal(child, signal.SIGKILL)
                raise Hung(f"a cycle did not end within {_HUNG} s") from None
            speaker = self._children.get(said["pid"])
            if speaker and self._heard(speaker, said):
                self._meanwhile(step, speaker)

    def _heard(self, child: _Child, said: Mapping[str, Any]) -> bool:
        """Keep what a process said; whether it is stopped now."""
        if "hit" in said:
            kind, _ = said["hit"]
            child.passage.hit.append(Hit(kind, "commit"))
            return kind in STOPS
        if "ended" in said:
            child.ended = said["ended"]
            self._over(child)
        elif "stopped" not in said:
            child.told.update(said)
        return "stopped" in said

    def _meanwhile(self, step: Step, child: _Child) -> None:
        self.stage.clock.move(timedelta(minutes=step.away))
        self.played.trace.append(f"  (stopped; {step.away} min later another process runs the cycle)")
        other = self._start(Step(0, lag=step.lag), 1, self.memory)
        self._until_ended(step, [other])
        child.passage.goes_on.set()
        self.played.trace.append("  (the first one goes on)")
        threading.Thread(target=self._wake, args=(child,), daemon=True).start()

    def _wake(self, child: _Child) -> None:
        """Let a process go on; more than once, as it says that it will stop a little before it does."""
        pause = threading.Event()
        while child.ended is None:
            self._signal(child, signal.SIGCONT)
            pause.wait(0.05)

    def _over(self, child: _Child) -> None:
        child.passage.goes_on.set()
        self.played.hit += child.passage.hit
        self.played.trace += [f"  {child.slot}: {line}" for line in child.passage.log]
        told = child.told
        self.played.rows.update(row or action for action, row, _ in told.get("rows", ()))
        self.played.trace.append(
            f"  {child.slot}: ended {child.ended}, {told.get('commits', '?')} commits; plan {told.get('rows')};"
            f" outcomes {told.get('outcomes')}; problems {told.get('problems')}"
        )
        if "crash" in told:
            self.played.crashes.append(told["crash"])


def wrote(trace: list[str]) -> list[str]:
    """The writes of the last cycle of a trace."""
    last = max(place for place, line in enumerate(trace) if line.startswith("—"))
    return [
        line for line in trace[last:] if line.split(": ", 1)[-1].partition(" ")[0] in {"POST", "PATCH", "PUT", "DELETE"}
    ]
