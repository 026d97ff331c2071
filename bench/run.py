"""Speed and memory of frictionbot, each beside `orjson.loads` over the same lines in the same run.

    python bench/run.py [FOLDER …]      the folders given, else .corpus/claude-code where it is, and generated sessions always

CPU time is the process's own (user and system). Every figure is the smallest of a few rounds; base and run take turns,
so that a machine that gets slower in between slows both. Start-up (imports, rules, templates, opening the database) is not
counted: it is the same whatever is read. Memory is the peak resident set of a process of its own.
"""

from __future__ import annotations

import gc
import os
import resource
import subprocess
import sys
import tempfile
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from time import process_time

import orjson

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from bench import fanout, looking, scale
from bench.sessions import write_one, write_sessions
from bot import service, wiring
from bot.core.match import Matchers
from bot.core.model import Problem
from bot.core.observe import Observation
from bot.dialects import claude_code
from bot.ingest import Silence
from bot.settings import Settings, Source

ROUNDS = 5
NOW = datetime(2026, 2, 15, 23, tzinfo=UTC)
CORPUS = Path(".corpus/claude-code")
BIG = 500 * 1024 * 1024  # bytes of the one large session
TARGET_RATIO, TARGET_MEMORY, TARGET_UNCHANGED = 2.0, 250, 1.0  # times, MB, ms a file


def loads(files: list[Path]) -> None:
    """The floor: every line parsed, nothing done with it."""
    for path in files:
        with path.open("rb") as lines:
            for line in lines:
                try:
                    orjson.loads(line)
                except orjson.JSONDecodeError:
                    continue


def read(files: list[Path], matchers: Matchers) -> None:
    """Events only."""
    for path in files:
        with path.open("rb", buffering=1 << 20) as lines:
            for _ in claude_code.read(lines, matchers.read_tools):
                pass


def observe(files: list[Path], matchers: Matchers) -> None:
    """Events, matched and redacted."""
    for path in files:
        observation = Observation(matchers, str(path))
        with path.open("rb", buffering=1 << 20) as lines:
            for event in claude_code.read(lines, matchers.read_tools):
                if type(event) is not Problem:
                    observation.feed(event)  # type: ignore[arg-type]
        observation.result()


def cycle(folder: Path, database: str) -> tuple[float, int]:
    """CPU seconds of one whole run (start-up taken off), and the files it read."""
    settings = Settings(sources=(Source(path=str(folder)),), database=f"sqlite:///{database}")
    with wiring.build(settings, NOW, post=False) as (request, ports):
        gc.collect()
        start = process_time()
        report = service.run(request, ports, Silence())
        return process_time() - start, report.stats.read


def timed(work: Callable[[], object]) -> float:
    """CPU seconds of some work."""
    start = process_time()
    work()
    return process_time() - start


def first_run(name: str, folder: Path) -> None:
    """A whole first run beside the floor, with its parts, and a run in which nothing changed."""
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    size = sum(path.stat().st_size for path in files) / 1e6
    settings = Settings(sources=(Source(path=str(folder)),), database="sqlite://")
    with wiring.build(settings, NOW, post=False) as (request, _):
        matchers = Matchers(request.rules)
    floor, events, matched, whole, again = [], [], [], [], []
    for _ in range(ROUNDS):
        with tempfile.TemporaryDirectory() as scratch:
            database = f"{scratch}/bench.db"
            floor.append(timed(lambda: loads(files)))
            whole.append(cycle(folder, database)[0])
            again.append(cycle(folder, database)[0])
        events.append(timed(lambda: read(files, matchers)))
        matched.append(timed(lambda: observe(files, matchers)))
    base = min(floor)
    print(f"\n{name}: {len(files)} files, {size:.0f} MB")
    for what, seconds in (
        ("orjson.loads over every line", base),
        ("  events read", min(events)),
        ("  and matched, redacted", min(matched)),
        ("whole first run", min(whole)),
    ):
        print(f"  {what:32}{seconds * 1000:9.0f} ms {size / seconds:8.0f} MB/s   {seconds / base:5.2f} ×")
    print(f"  whole first run: {min(whole) / base:.2f} × the floor (target: at most {TARGET_RATIO} ×)")
    per_file = min(again) * 1000 / len(files)
    print(f"  a run with nothing changed: {per_file:.3f} ms a file (target: at most {TARGET_UNCHANGED} ms)")


def peak(folder: Path) -> None:
    """Peak memory of a first run in a process of its own."""
    command = [sys.executable, __file__, "--peak", str(folder)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    size = sum(path.stat().st_size for path in folder.rglob("*.jsonl")) / 1e6
    print(f"\none session of {size:.0f} MB: peak memory {done.stdout.strip()} MB (target: at most {TARGET_MEMORY} MB)")


def _high_water() -> int:
    """Peak resident MB of this process: not `ru_maxrss`, which a child begins with what its parent had."""
    status = Path("/proc/self/status")
    if not status.exists():
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    line = next(line for line in status.read_text().splitlines() if line.startswith("VmHWM"))
    return int(line.split()[1]) // 1024


def main(folders: list[str]) -> None:
    """All figures."""
    if folders[:1] == ["--peak"]:
        with tempfile.TemporaryDirectory() as scratch:
            cycle(Path(folders[1]), f"{scratch}/bench.db")
        print(_high_water())
        return
    print(f"Python {sys.version.split()[0]}, {os.cpu_count()} cores; smallest of {ROUNDS} rounds")
    for folder in folders or ([str(CORPUS)] if CORPUS.is_dir() else []):
        first_run(folder, Path(folder))
    with tempfile.TemporaryDirectory() as scratch:
        write_sessions(Path(scratch))
        first_run("generated sessions", Path(scratch))
    with tempfile.TemporaryDirectory() as scratch:
        write_one(Path(scratch) / "big.jsonl", BIG)
        peak(Path(scratch))
    looking.measure_all()
    fanout.measure_all()
    scale.main()


if __name__ == "__main__":
    main(sys.argv[1:])
