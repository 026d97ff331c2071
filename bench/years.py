"""Years of many people's sessions, ten signals each; what goes wrong follows a Zipf law, so that it never stops being new."""

from __future__ import annotations

import os
import random
import time
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from uuid import UUID

import orjson

PEOPLE = 20
A_DAY = 100  # sessions of all of them
REPOSITORIES = 1
_FLAT, _KINDS = 10, 10**6  # Zipf and Mandelbrot: 1 / (rank + 10), over a million kinds; the ten most frequent are 6 %
_FAILING = 6
_WORKING = 6  # calls that say nothing, between them


def write_years(folder: Path, sessions: int, end: datetime) -> None:
    """So many sessions, the newest at `end`, by person; each file is as old as its session."""
    for number in range(sessions):
        ago = timedelta(days=(sessions - number) / A_DAY)
        path = write_session(folder, number, end - ago)
        modified = time.time_ns() - ago // timedelta(microseconds=1) * 1000
        os.utime(path, ns=(modified, modified))


def write_session(folder: Path, number: int, at: datetime, grown: int = 0) -> Path:
    """One session; `grown` more failing calls were added to it later. Returns its file."""
    chance = random.Random(number)
    person = number % PEOPLE
    path = folder / f"person{person:03}" / f"{at:%Y-%m-%d}_{UUID(int=number + 1)}.jsonl"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"".join(_lines(chance, number, person, at, grown)))
    return path


def _lines(chance: random.Random, number: int, person: int, at: datetime, grown: int) -> Iterator[bytes]:
    session, cwd = str(UUID(int=number + 1)), f"/home/person{person:03}/repo{person % REPOSITORIES}"
    calls = 0
    yield _line(chance, session, cwd, at, "user", message={"role": "user", "content": "Please mend the build"})
    for turn in range(_FAILING + grown):
        for _ in range(_WORKING // _FAILING):
            calls += 1
            yield from _call(
                chance, session, cwd, at + timedelta(seconds=30 * calls), "make one more step", "done", calls
            )
        calls += 1
        command, text = _failure(chance, turn)
        yield from _call(chance, session, cwd, at + timedelta(seconds=30 * calls), command, text, calls)


def _failure(chance: random.Random, turn: int) -> tuple[str, str]:
    which = int(_FLAT * ((_KINDS / _FLAT) ** chance.random() - 1))
    if turn % 3 == 0:
        return (
            "python run.py",
            f"Exit code 1\nTraceback (last call):\nModuleNotFoundError: No module named 'part{which}'",
        )
    if turn % 3 == 1:
        return f"tool{which} build", f"Exit code 127\n(eval):1: command not found: tool{which}"
    name = "".join("abcdefghij"[int(digit)] for digit in str(which))  # digits are no part of a signature
    return "deploy all", f"Exit code 3\ndeploy: the gate of {name} refuses to open"


def _call(
    chance: random.Random, session: str, cwd: str, at: datetime, command: str, text: str, number: int
) -> Iterator[bytes]:
    call, failed = f"toolu_{chance.getrandbits(120):030x}", text.startswith("Exit code")
    block = {"type": "tool_use", "id": call, "name": "Bash", "input": {"command": command}}
    message = {
        "model": "m",
        "id": f"msg_{number}_{session}",
        "type": "message",
        "role": "assistant",
        "content": [block],
    }
    yield _line(chance, session, cwd, at, "assistant", message=message)
    result = {"tool_use_id": call, "type": "tool_result", "content": text} | ({"is_error": True} if failed else {})
    use = f"Error: {text}" if failed else {"stdout": text, "stderr": "", "interrupted": False}
    at += timedelta(seconds=2)
    yield _line(chance, session, cwd, at, "user", message={"role": "user", "content": [result]}, toolUseResult=use)


def _line(chance: random.Random, session: str, cwd: str, at: datetime, kind: str, **fields: object) -> bytes:
    value = {
        "parentUuid": None, "isSidechain": False, "userType": "external", "cwd": cwd, "sessionId": session,
        "version": "2.1.17", "gitBranch": "main", "type": kind, **fields, "uuid": str(UUID(int=chance.getrandbits(128))),
        "timestamp": at.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
    }  # fmt: skip
    return orjson.dumps(value) + b"\n"
