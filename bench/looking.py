"""What a look at the sources costs where nothing, or one file, changed: 100,000 files in folders of 50, or in a single one.

    python bench/looking.py [FILES]

Processor time of the process; the best of a few rounds. The floor is a walk that only lists and stats.
"""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from time import process_time

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from bot import wiring
from bot.adapters.rulebook import load_rules, shipped_rules
from bot.adapters.sources import FileSources
from bot.adapters.store import SqlStore
from bot.discovery import look
from bot.ports import FileMark, Reading
from bot.wanted import READER, Wanted

FILES, ROUNDS, AT_ONCE = 100_000, 3, 5_000
TARGET = 4.0  # microseconds a file


def floor(folder: str) -> None:
    """Lists and stats, nothing else."""
    waiting = [folder]
    while waiting:
        with os.scandir(waiting.pop()) as entries:
            for entry in entries:
                entry.stat()
                if entry.is_dir():
                    waiting.append(entry.path)


def best(work: Callable[[], object]) -> float:
    """Seconds of the processor, of the best round."""
    spent = []
    for _ in range(ROUNDS):
        start = process_time()
        work()
        spent.append(process_time() - start)
    return min(spent)


def measure(files: int, of_folder: int) -> None:
    """The figures for folders of so many files."""
    rules, _ = load_rules([shipped_rules()])
    wanted = Wanted(rules)
    with tempfile.TemporaryDirectory() as scratch, SqlStore.open("sqlite://") as store:
        for number in range(files):
            path = Path(scratch) / f"{number // of_folder}" / f"{number:032x}.jsonl"
            path.parent.mkdir(exist_ok=True)
            path.touch()
        sources = FileSources([scratch])
        first = look(sources, store, wanted)
        rules_of = {rule: digest for digest, rule in wanted.rules.items()}
        todo = [file for file, _ in first.todo]
        for start in range(0, files, AT_ONCE):
            marks = (FileMark(file.path, file.stamp, READER, wanted.digests) for file in todo[start : start + AT_ONCE])
            store.absorb([Reading(mark, rules=rules_of) for mark in marks])
        every = best(lambda: look(sources, store, wanted))
        store.keep_quiet(look(sources, store, wanted).settled(()))
        quiet = best(lambda: look(sources, store, wanted))
        Path(todo[files // 2].path).write_text("\n")
        one = best(lambda: look(sources, store, wanted))
        bare = best(lambda: floor(scratch))
    print(f"\na look at {files:,} files in folders of {of_folder:,}")
    for what, seconds in (
        ("listed and stat'ed only", bare),
        ("nothing changed", quiet),
        ("one file changed", one),
        ("every mark compared", every),
    ):
        print(f"  {what:26}{seconds * 1000:9.0f} ms {seconds / files * 1e6:8.2f} µs a file")
    print(f"  nothing changed: {quiet / files * 1e6:.1f} µs a file (target: at most {TARGET} µs)")


def measure_all(files: int = FILES) -> None:
    """Both layouts: a folder a project, and all in one."""
    wiring.steady()  # as every run does
    measure(files, 50)
    measure(files, files)


if __name__ == "__main__":
    measure_all(*map(int, sys.argv[1:]))
