"""The processes of a soak, watched as a supervisor does: what ends is started again, and counted."""

from __future__ import annotations

import os
import signal
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from tests.real_servers import Program, until

GRACE = 40.0  # seconds that a stop may take: the grace time of the settings, and the machine's own slowness
_PYTHON = (sys.executable, "-m")
_APP = (*_PYTHON, "celery", "--app", "tests.soak.app")


def worker(folder: Path, name: str, queues: str, environment: dict[str, str], concurrency: int = 1) -> Program:
    """A worker on some queues."""
    words = ("worker", "--queues", queues, "--concurrency", str(concurrency), "--hostname", f"{name}@soak")
    return Program((*_APP, *words, "--loglevel", "INFO"), folder / f"{name}.log", environment)


def beat(folder: Path, name: str, environment: dict[str, str]) -> Program:
    """A beat with a state of its own; one that was killed leaves no file that stops the next."""
    words = ("beat", "--schedule", str(folder / f"{name}-schedule"), "--pidfile", "", "--loglevel", "INFO")
    return Program((*_APP, *words), folder / f"{name}.log", environment)


def github_stand(folder: Path, port: int) -> Program:
    """GitHub."""
    places = [str(folder / name) for name in ("github.json", "mood.json", "requests.log")]
    words = (*_PYTHON, "tests.soak.github_stand", places[0], str(port), *places[1:])
    return Program(words, folder / "github.log")


@dataclass
class Fleet:
    """Named programs; those that are `away` on purpose are not started again."""

    programs: dict[str, Program]
    away: set[str] = field(default_factory=set)
    counts: Counter[str] = field(default_factory=Counter)
    strange: list[str] = field(default_factory=list)  # ends that nothing explains

    def names(self, kind: str) -> list[str]:
        """The names of this kind: `worker`, `beat`, `github`."""
        return [name for name in self.programs if name.startswith(kind)]

    def start(self) -> None:
        """Start all of them."""
        for program in self.programs.values():
            program.start()

    def tend(self) -> None:
        """Start again what ended though nobody wanted it to."""
        for name, program in self.programs.items():
            if name not in self.away and not program.runs:
                assert program.process
                self.strange.append(f"{name} ended by itself with {program.process.returncode}")
                self.restart(name)

    def kill(self, name: str) -> None:
        """SIGKILL to a program and all of its children; it stays away."""
        self.away.add(name)
        self.programs[name].kill()

    def kill_main(self, name: str) -> None:
        """SIGKILL to a program alone; what becomes of its children is for them to say."""
        self.away.add(name)
        with suppress(ProcessLookupError):
            self.programs[name].signal(signal.SIGKILL)
        self.programs[name].wait()

    def kill_child(self, name: str, nth: int) -> None:
        """SIGKILL to one of its children."""
        below = children(self.programs[name].pid)
        if below:
            with suppress(ProcessLookupError):
                os.kill(below[nth % len(below)], signal.SIGKILL)

    def terminate(self, name: str) -> None:
        """SIGTERM, as a supervisor stops a program: it has its grace time."""
        self.away.add(name)
        program = self.programs[name]
        with suppress(ProcessLookupError):
            program.signal(signal.SIGTERM)

    def restart(self, name: str) -> None:
        """Start a program again, after its grace time where it was told to stop; orphans of it are ended first."""
        program = self.programs[name]
        try:
            until(lambda: not program.runs, f"{name} has ended", GRACE)
        except AssertionError:
            self.strange.append(f"{name} did not end within {GRACE:.0f} s of SIGTERM")
        if self.orphans(name):
            self.counts["orphans ended by the supervisor"] += len(self.orphans(name))
        program.kill()
        program.start()
        self.away.discard(name)
        self.counts[f"restarts of {name.partition('-')[0]}"] += 1

    def orphans(self, name: str) -> list[int]:
        """Processes of a program that has ended."""
        program = self.programs[name]
        return [] if program.runs else [each for each in group(program.pid) if state(each) != "Z"]

    def suspend(self, name: str) -> None:
        """SIGSTOP to a program and its children."""
        for each in group(self.programs[name].pid):
            with suppress(ProcessLookupError):
                os.kill(each, signal.SIGSTOP)

    def resume(self, name: str) -> None:
        """SIGCONT to a program and its children."""
        for each in group(self.programs[name].pid):
            with suppress(ProcessLookupError):
                os.kill(each, signal.SIGCONT)

    def tell(self) -> None:
        """Have every process of the workers write into its log what it is at."""
        for name in self.names("worker"):
            program = self.programs[name]
            for pid in (program.pid, *children(program.pid)) if program.runs else ():
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGUSR2)

    def zombies(self) -> list[str]:
        """Children that ended and that nobody looked after."""
        return [
            f"{name} has the zombie {each}"
            for name, program in self.programs.items()
            if program.runs
            for each in children(program.pid)
            if state(each) == "Z"
        ]

    def stop(self) -> Iterator[str]:
        """Stop all but GitHub as a supervisor does, beat first; what did not go as it must, in sentences."""
        for name in (*self.names("beat"), *self.names("worker")):
            self.terminate(name)
        for name in (*self.names("beat"), *self.names("worker")):
            program = self.programs[name]
            try:
                until(lambda: not program.runs, name, GRACE)  # noqa: B023 - it is asked at once
            except AssertionError:
                yield f"{name} did not end within {GRACE:.0f} s of SIGTERM"
                continue
            assert program.process
            if program.process.returncode not in {0, -signal.SIGTERM}:  # the latter: it had not begun yet
                yield f"{name} ended with {program.process.returncode} after SIGTERM"
            if self.orphans(name):
                yield f"{name} left {len(self.orphans(name))} processes behind"

    def end(self) -> None:
        """Kill what is left."""
        for program in self.programs.values():
            program.kill()


@contextmanager
def running(programs: dict[str, Program]) -> Iterator[Fleet]:
    """A fleet that runs."""
    fleet = Fleet(programs)
    try:
        fleet.start()
        yield fleet
    finally:
        fleet.end()


def children(pid: int) -> list[int]:
    """The processes that a process started and that are still known."""
    try:
        return [int(number) for number in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    except (FileNotFoundError, ProcessLookupError):
        return []


def group(leader: int) -> list[int]:
    """All processes of a group."""
    found = []
    for place in Path("/proc").glob("[0-9]*"):
        with suppress(FileNotFoundError, ProcessLookupError):
            fields = (place / "stat").read_text().rpartition(")")[2].split()
            if int(fields[2]) == leader:
                found.append(int(place.name))
    return found


def state(pid: int) -> str:
    """R, S, D, T, Z …; "" where it is gone."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return ""


def memory(pid: int) -> int:
    """Bytes that a process takes; 0 where it is gone."""
    try:
        return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except (FileNotFoundError, ProcessLookupError, IndexError):
        return 0
