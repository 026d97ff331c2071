"""Writes the sessions of the demo: `python -m bot.demo.write_sessions [FOLDER]`; the same bytes in every run.

They lie in the package as `sessions/<person>/<date>_<session>.jsonl`. A test compares them with what this writes.
"""

from __future__ import annotations

import sys
from pathlib import Path

from bot.demo.stories import ada, ben, chidi, dora, emil

SESSIONS = Path(__file__).parent / "sessions"


def sessions() -> dict[str, bytes]:
    """All files of the demo: path inside the sessions' folder → content."""
    found: dict[str, bytes] = {}
    for person in (ada, ben, chidi, dora, emil):
        found |= person.files()
    return found


def write(folder: Path) -> int:
    """Write all sessions into a folder, in place of the transcripts `<person>/*.jsonl` there; the number of files."""
    found = sessions()
    for stale in folder.glob("*/*.jsonl"):
        stale.unlink()
    for path, content in found.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(content)
    return len(found)


def main(argv: list[str]) -> int:
    """Write them where they ship, or into the folder named."""
    folder = Path(argv[0]) if argv else SESSIONS
    count = write(folder)
    sys.stdout.write(f"{count} sessions in {folder}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
