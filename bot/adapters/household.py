"""Processes that live together: started in order, each line they say shown, one that ends started again, all stopped in order."""

from __future__ import annotations

import os
import signal
import subprocess
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from time import monotonic
from typing import Any

Tell = Callable[[str, str], None]  # who says it, what
_LOOK = 0.1  # seconds between two looks at all of them


@dataclass(frozen=True, slots=True)
class Program:
    """What is started: a name, a command, and how many seconds it may take to be ready and to stop.

    It works in `folder`. `files` are open file descriptors that it keeps as long as it lives.
    """

    name: str
    command: Sequence[str]
    environment: Mapping[str, str]
    folder: Path = Path()
    stops: float = 10.0
    ready: Callable[[], bool] = field(default=lambda: True)
    files: Sequence[int] = ()


@dataclass(frozen=True, slots=True)
class Patience:
    """How a program that ended is started again: after `first` seconds, twice that each time, up to `most`.

    One that ended `tries` times, each time within `lives` seconds, ends everything.
    """

    first: float = 1.0
    most: float = 30.0
    lives: float = 60.0
    tries: int = 5
    ready: float = 30.0  # seconds for a program to be ready


class Household:
    """Runs programs until it is told to stop; `run` returns 0, or 1 where one of them would not live or not end."""

    def __init__(self, programs: Sequence[Program], tell: Tell, patience: Patience | None = None) -> None:
        patience = patience or Patience()
        self._members = [_Member(program, tell, patience) for program in programs]
        self._ready = patience.ready
        self._tell = tell
        self._stop = threading.Event()
        self._now = threading.Event()

    def stop(self) -> None:
        """End them, the last one started first; asked again, at once."""
        (self._now if self._stop.is_set() else self._stop).set()

    @property
    def hurried(self) -> bool:
        """Whether it was asked to stop at once."""
        return self._now.is_set()

    def run(self) -> int:
        """Start all of them in order and keep them, until `stop` or until one of them would not live."""
        good = True
        try:
            good = all(self._begin(member) for member in self._members)
            while good and not self._stop.wait(_LOOK):
                good = all(member.look() for member in self._members)
        finally:
            self._stop.set()
            ended = [member.end(self._now) for member in reversed(self._members)]
        return 0 if good and all(ended) else 1

    def _begin(self, member: _Member) -> bool:
        """Start a program and wait until it is ready; False where it is not in time."""
        member.start()
        deadline = monotonic() + self._ready
        while not member.program.ready():
            if self._stop.wait(_LOOK):
                return True
            if not member.look():
                return False
            if monotonic() > deadline:
                self._tell(member.program.name, f"not ready after {self._ready:.0f} s")
                return False
        return True


class _Member:
    """One program, and how often it ended by itself lately."""

    def __init__(self, program: Program, tell: Tell, patience: Patience) -> None:
        self.program = program
        self._tell, self._patience = tell, patience
        self._process: subprocess.Popen[bytes] | None = None
        self._reader: threading.Thread | None = None
        self._began = self._due = 0.0
        self._ended = 0

    def start(self) -> None:
        """Start the process; one that cannot be started counts as one that ended."""
        program = self.program
        self._began = monotonic()
        try:
            self._process = subprocess.Popen(  # noqa: S603 - our own programs
                program.command,
                cwd=program.folder,
                env=dict(program.environment),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                start_new_session=True,  # Ctrl-C reaches us alone: the order of the end is ours
                pass_fds=program.files,
            )
        except OSError as error:
            self._tell(program.name, f"cannot be started: {error.strerror}")
            return
        self._reader = threading.Thread(target=self._read, args=(self._process,), name=program.name, daemon=True)
        self._reader.start()

    def look(self) -> bool:
        """Start it again where it ended and its pause is over; False where it ended too often."""
        if self._process is not None and self._process.poll() is None:
            return True
        if self._due:
            if monotonic() >= self._due:
                self._due = 0.0
                self.start()
            return True
        return self._mourn()

    def _mourn(self) -> bool:
        """Say that it ended and when it is started again; False where it ended too often."""
        patience, how = self._patience, _how(self._process)
        self._clear()
        self._ended = 1 if monotonic() - self._began > patience.lives else self._ended + 1
        if self._ended >= patience.tries:
            self._tell(self.program.name, f"{how} {self._ended} times in a row: everything ends")
            return False
        pause = min(patience.first * 2 ** (self._ended - 1), patience.most)
        self._tell(self.program.name, f"{how}: started again in {pause:g} s")
        self._due = monotonic() + pause
        return True

    def end(self, now: threading.Event) -> bool:
        """SIGTERM, and SIGKILL to it and its children when its time is over or `now` is set; whether it ended in time."""
        process = self._process
        if process is None:
            return True
        in_time = process.poll() is not None or self._asked(process, now)
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)  # what is left of its children, too
        process.wait()
        self._clear()
        return in_time

    def _asked(self, process: subprocess.Popen[bytes], now: threading.Event) -> bool:
        self._tell(self.program.name, "is asked to stop")
        process.terminate()
        deadline = monotonic() + self.program.stops
        while process.poll() is None:
            if monotonic() > deadline or now.wait(_LOOK / 2):
                self._tell(self.program.name, "is killed")
                return False
        return True

    def _clear(self) -> None:
        """Wait for its last lines and close the pipe."""
        if self._process and self._process.stdout and self._reader:
            self._reader.join(timeout=5)
            if not self._reader.is_alive():
                self._process.stdout.close()
        self._process = self._reader = None

    def _read(self, process: subprocess.Popen[bytes]) -> None:
        for line in process.stdout or ():
            self._tell(self.program.name, line.decode(errors="replace").rstrip())


def _how(process: subprocess.Popen[bytes] | None) -> str:
    if process is None:
        return "could not be started"
    code = process.returncode
    return f"was killed by {signal.Signals(-code).name}" if code < 0 else f"ended with code {code}"


@contextmanager
def stopped_by_signals(stop: Callable[[], None]) -> Iterator[None]:
    """SIGINT and SIGTERM call `stop`, each time."""
    before: dict[int, Any] = {
        number: signal.signal(number, lambda *_: stop()) for number in (signal.SIGINT, signal.SIGTERM)
    }
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
