"""Play many schedules, on all cores, and say what they hit and what was not as it must be: what `make faults` starts.

python -m tests.faults.run_faults [--short] [--plant NAME] [--json] [NAME …]
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import os
import sys
import tempfile
import time
import traceback
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from multiprocessing.connection import Connection, wait
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from tests.faults.plants import PLANTS
from tests.faults.play import Stage
from tests.faults.schedule import SCHEDULED, STORY, kills, named
from tests.faults.stage_run import Verdict, judged
from tests.postgres_server import shared_server

TWINS = 10  # of each database: what races ends in many ways
SHORT_SEEDS = range(1, 17)
SHORT_KILLS = 14  # points of the story, from all over it


def main(arguments: Sequence[str] | None = None) -> int:
    """Play what is asked for; 0 where all is well, 1 where something is broken, 2 where it could not be played."""
    options = _options(arguments)
    console = Console(stderr=True, highlight=False)
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="faults-")))
        server = options.server or stack.enter_context(shared_server(folder / "postgres.json"))
        began = time.monotonic()
        names = options.names or _names(options, server)
        verdicts = list(_shown(console, _played(names, server, options), len(names)))
    _say(console, verdicts, time.monotonic() - began, options)
    return 1 if any(verdict.broken for verdict in verdicts) else 0


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="run_faults", description=__doc__)
    parser.add_argument("names", nargs="*", help="only these schedules: seeds, or names such as kill-after:1:commit:3")
    parser.add_argument("--short", action="store_true", help="the short set of `make test`")
    parser.add_argument("--seeds", type=int, default=SCHEDULED, help="how many seeds are played")
    parser.add_argument("--plant", default="", choices=["", *PLANTS], help="plant a bug, which has to be found")
    parser.add_argument("--jobs", type=int, default=max(2, os.cpu_count() or 2), help="processes that play")
    parser.add_argument("--server", default="", help="the URL of a PostgreSQL server, else one is started")
    parser.add_argument("--json", action="store_true", help="write the result to the output as JSON")
    return parser.parse_args(arguments)


def _names(options: argparse.Namespace, server: str) -> list[str]:
    """The schedules of a set: seeds, and the story with a kill or stop at each of its points."""
    (story,) = _played(["story"], server, argparse.Namespace(jobs=1, plant=""))
    points = [schedule.name for schedule in kills(story.points[: len(STORY)])]
    twins = [f"twins:{database}:{number}" for number in range(1, TWINS + 1) for database in ("sqlite", "postgresql")]
    if options.short:
        return ["unanswered", *twins[:2], *map(str, SHORT_SEEDS), *points[:: len(points) // SHORT_KILLS]]
    return ["unanswered", *twins, *points, *map(str, range(1, options.seeds + 1))]


def _played(names: Sequence[str], server: str, options: argparse.Namespace) -> Iterator[Verdict]:
    """The verdicts on these schedules as they come: each process takes the next schedule when it is done with one."""
    context = multiprocessing.get_context("fork")
    waiting, busy = iter(names), dict[Connection, multiprocessing.process.BaseProcess]()
    for _ in range(min(options.jobs, len(names))):
        mine, its = context.Pipe()
        process = context.Process(target=_worker, args=(its, server, options.plant))
        process.start()
        its.close()
        busy[mine] = process
        mine.send(next(waiting))
    while busy:
        for ready in wait(list(busy)):
            assert isinstance(ready, Connection)
            yield ready.recv()
            following = next(waiting, None)
            ready.send(following)
            if following is None:
                busy.pop(ready).join()
                ready.close()


def _worker(orders: Connection, server: str, plant: str) -> None:
    with Stage(server, plant) as stage:
        while (name := orders.recv()) is not None:
            try:
                verdict = judged(stage, named(name))
            except Exception:  # noqa: BLE001 - the suite's own failure is one more thing to be told
                verdict = Verdict(name, [traceback.format_exc()])
            orders.send(verdict)


def _shown(console: Console, verdicts: Iterator[Verdict], total: int) -> Iterator[Verdict]:
    """The verdicts, with a bar on a terminal; what is broken is said at once."""
    columns = (TextColumn("schedules"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, disable=not console.is_terminal) as progress:
        task = progress.add_task("", total=total)
        for verdict in verdicts:
            if verdict.broken:
                again = f"again: make faults SEED={verdict.name}"
                for line in (f"BROKEN {verdict.story}", *verdict.trace, *verdict.broken, again):
                    console.print(line, markup=False, soft_wrap=True)
            progress.advance(task)
            yield verdict


def _say(console: Console, verdicts: Sequence[Verdict], seconds: float, options: argparse.Namespace) -> None:
    hit: Counter[str] = sum((verdict.hit for verdict in verdicts), Counter())
    rows: Counter[str] = sum((verdict.rows for verdict in verdicts), Counter())
    repaired: Counter[str] = sum((verdict.repaired for verdict in verdicts), Counter())
    bad = [verdict.name for verdict in verdicts if verdict.broken]
    if options.json:
        why = {verdict.name: verdict.broken for verdict in verdicts if verdict.broken}
        told = {"schedules": len(verdicts), "broken": bad, "why": why, "hit": hit, "rows": rows, "repaired": repaired}
        sys.stdout.write(json.dumps({**told, "seconds": round(seconds, 1)}) + "\n")
        return
    for title, counts in (("hit", hit), ("rows of the plans", rows), ("found out or put right", repaired)):
        console.print(f"{title}:")
        for name, number in sorted(counts.items()):
            console.print(f"  {number:6} {name}", markup=False)
    total = f"{len(verdicts)} schedules in {seconds:.0f} s, {hit.total()} troubles hit"
    console.print(f"{total}, {len(bad)} broken: {' '.join(bad) or 'none'}")


if __name__ == "__main__":
    sys.exit(main())
