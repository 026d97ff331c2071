"""A soak: real servers, workers and people, and one trouble after another: what `make soak` starts.

python -m tests.soak.run_soak [--seed NAME] [--minutes N] [--rounds N] [--database KIND] [--plant BUG] [--kinds A,B] [--json]
"""

from __future__ import annotations

import argparse
import faulthandler
import json
import shutil
import signal
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console

from tests.soak.plants import PLANTS
from tests.soak.play import Told, soak
from tests.soak.world import a_world

MINUTES = 20


def main(arguments: Sequence[str] | None = None) -> int:
    """Play what is asked for; 0 where all is well, 1 where something is broken."""
    options = _options(arguments)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # whoever ends it early leaves nothing behind either
    faulthandler.register(signal.SIGUSR2)
    console = Console(stderr=True, highlight=False, soft_wrap=True)
    kind = options.database or ("sqlite" if options.seed.endswith(("2", "5", "8")) else "postgresql")
    console.print(f"seed {options.seed} on {kind}: {options.minutes} minutes", markup=False)
    folder = Path(tempfile.mkdtemp(prefix="fbsoak-", dir="/tmp"))
    folder.chmod(0o755)
    with a_world(folder, kind, options.crew, options.plant) as world:
        told = soak(world, options, console)
    _say(console, told, options)
    if told.broken:
        console.print(f"logs and state: {folder}", markup=False)
    else:
        shutil.rmtree(folder)
    return int(bool(told.broken))


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="run_soak", description=__doc__)
    parser.add_argument(
        "--seed", default="1", help="decides everything that happens; one that ends in 2, 5 or 8 is on SQLite"
    )
    parser.add_argument("--minutes", type=float, default=MINUTES, help="how long rounds are begun")
    parser.add_argument("--rounds", type=int, default=10_000, help="how many rounds at most")
    parser.add_argument("--patience", type=float, default=150, help="seconds in which all has to be well again")
    parser.add_argument("--database", default="", choices=["", "sqlite", "postgresql"])
    parser.add_argument("--crew", default="long", choices=["short", "long"], help="how many workers")
    parser.add_argument("--kinds", default="", help="only these kinds of trouble, with commas between")
    parser.add_argument("--without", default="", help="leave these kinds of trouble and acts out")
    parser.add_argument("--plant", default="", choices=["", *PLANTS], help="plant a bug, which has to be found")
    parser.add_argument("--json", action="store_true", help="write the result to the output as JSON")
    return parser.parse_args(arguments)


def _say(console: Console, told: Told, options: argparse.Namespace) -> None:
    if options.json:
        sys.stdout.write(json.dumps(told.figures()) + "\n")
        return
    for name, number in told.figures().items():
        console.print(f"  {name}: {number}", markup=False)
    console.print(f"broken: {len(told.broken)}; again: make soak SEED={options.seed}" if told.broken else "all is well")


if __name__ == "__main__":
    sys.exit(main())
