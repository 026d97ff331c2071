"""Writes the sessions of the demo as if they had just happened: `python -m bot.demo.lately FOLDER`.

For those who look at them by the clock of the machine: workers, and `frictionbot up --sandbox`.
"""

from __future__ import annotations

import sys
from datetime import UTC, date, datetime
from pathlib import Path

from bot.demo.later import moved
from bot.demo.life import NOW
from bot.demo.write_sessions import sessions

_DATE = len("2026-02-15")


def write_lately(folder: Path, now: datetime) -> int:
    """Write all sessions into a folder so that the demo's last morning is `now`; the number of files.

    Whatever is there already stays: a second start adds no second telling, unless the files are gone.
    """
    if any(folder.glob("*/*.jsonl")):
        return 0
    by = now - NOW
    found = sessions()
    for path, content in found.items():
        person, name = path.split("/")
        day = date.fromisoformat(name[:_DATE]) + by
        file = folder / person / f"{day}{name[_DATE:]}"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(moved(content.decode(), by), encoding="utf-8")
    return len(found)


def main(argv: list[str]) -> int:
    """Write them into the folder named."""
    if len(argv) != 1:
        sys.stderr.write("name one folder: python -m bot.demo.lately FOLDER\n")
        return 2
    count = write_lately(Path(argv[0]), datetime.now(UTC))
    sys.stdout.write(f"{count} sessions written into {argv[0]}\n" if count else f"{argv[0]} has sessions already\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
