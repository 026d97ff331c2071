"""The version before this one, as a folder from which its workers can be started beside the new ones."""

from __future__ import annotations

import subprocess
import tarfile
from io import BytesIO
from pathlib import Path

from tests.real_servers import ROOT

_WORKERS = "workers/tasks.py"


def unpacked(folder: Path) -> Path | None:
    """The tree as it was before the last change of the tasks; None where history has no such version, or there is none."""
    revision = _git("log", "--skip=1", "--max-count=1", "--format=%H", "--", _WORKERS).decode().strip()
    if not revision:
        return None
    place = folder / "previous"
    if not place.exists():
        place.mkdir()
        with tarfile.open(fileobj=BytesIO(_git("archive", "--format=tar", revision))) as archive:
            archive.extractall(place, filter="data")
    return place


def _git(*words: str) -> bytes:
    try:
        return subprocess.run(["git", *words], cwd=ROOT, capture_output=True, check=True).stdout
    except (OSError, subprocess.CalledProcessError):
        return b""
