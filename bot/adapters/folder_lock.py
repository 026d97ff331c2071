"""A folder that one household uses at a time: locked by whoever started it, and by every process that it left behind."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


class TakenError(Exception):
    """Somebody else uses the folder; the message says what is known of who."""


@contextmanager
def locked(folder: Path) -> Iterator[int]:
    """The descriptor of the lock of a folder, to be handed on to children: they hold it as long as one of them lives.

    Raises `TakenError` where somebody holds it, and `OSError`.
    """
    path = folder / "up.lock"
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            pid = os.read(descriptor, 20).decode(errors="replace").strip() or "unknown"
            raise TakenError(
                f"{folder} is in use, by process {pid} or what it left behind: stop it, or name another --data"
            ) from error
        os.truncate(descriptor, 0)
        os.write(descriptor, f"{os.getpid()}\n".encode())
        yield descriptor
    finally:
        os.close(descriptor)
