"""Sessions for benchmarks, in the mix that real ones have: mostly files read and edited, some commands, few failures."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

import orjson

START = datetime(2026, 2, 1, 8, tzinfo=UTC)
WORDS = ("order", "total", "price", "basket", "return", "index", "result", "items", "count", "value", "list", "error")
FAILURES = (
    "Exit code 1\n[lint] $ ruff check .\nsrc/shop/cart.py:{n}:1: F401 `os` imported but unused\nFound {n} errors.",
    "Exit code 127\n(eval):1: command not found: bun",
    "Exit code 1\nTraceback (most recent call last):\n  File \"run.py\", line {n}\nModuleNotFoundError: No module named 'pandas'",
    "<tool_use_error>File has not been read yet. Read it first before writing to it.</tool_use_error>",
    "<tool_use_error>String to replace not found in file.\nString: total_{n}</tool_use_error>",
)


def write_sessions(folder: Path, files: int = 60, lines: int = 300) -> None:
    """Some sessions of four people, about 2 MB each."""
    for number in range(files):
        chance = random.Random(number)
        path = folder / f"person{number % 4}" / f"2026-02-{number % 14 + 1:02}_{UUID(int=number + 1)}.jsonl"
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("wb") as out:
            for turn in range(lines // 3):
                out.writelines(_turn(chance, str(UUID(int=number + 1)), turn, START + timedelta(days=number % 14)))


def write_one(path: Path, size: int) -> None:
    """One session of at least `size` bytes."""
    chance = random.Random(7)
    written = turn = 0
    with path.open("wb") as out:
        while written < size:
            for line in _turn(chance, str(UUID(int=7)), turn, START):
                written += out.write(line)
            turn += 1


def _turn(chance: random.Random, session: str, turn: int, start: datetime) -> Iterator[bytes]:
    """A prompt now and then, a call, sometimes progress, a result."""
    at = start + timedelta(seconds=20 * turn)
    if turn % 12 == 0:
        yield _line(
            chance, session, at, "user", message={"role": "user", "content": f"Please look at {chance.choice(WORDS)}"}
        )
    call = f"toolu_{chance.getrandbits(120):030x}"
    tool = chance.choices(("Read", "Edit", "Bash", "Grep"), (3, 3, 3, 1))[0]
    given = (
        {"command": f"pytest tests/{chance.choice(WORDS)}"}
        if tool == "Bash"
        else {"file_path": f"src/{chance.choice(WORDS)}.py"}
    )
    block = {"type": "tool_use", "id": call, "name": tool, "input": given}
    message = {"model": "m", "id": f"msg_{turn}_{session}", "type": "message", "role": "assistant", "content": [block]}
    yield _line(chance, session, at, "assistant", message=message)
    if tool == "Bash" and turn % 3 == 0:
        data = {"type": "bash_progress", "output": "", "fullOutput": "", "elapsedTimeSeconds": 3, "totalLines": 0}
        yield _line(chance, session, at, "progress", data=data, parentToolUseID=call)
    failed = chance.random() < 0.05
    text = chance.choice(FAILURES).format(n=turn) if failed else _text(chance, 300 if tool == "Bash" else 1500)
    result = {"tool_use_id": call, "type": "tool_result", "content": text} | ({"is_error": True} if failed else {})
    use = (
        f"Error: {text}"
        if failed
        else {"stdout": "", "originalFile": text * (tool == "Edit") * 2, "interrupted": False}
    )
    yield _line(chance, session, at, "user", message={"role": "user", "content": [result]}, toolUseResult=use)


def _text(chance: random.Random, words: int) -> str:
    return "".join(f'    {chance.choice(WORDS)} = "{chance.choice(WORDS)}"\n' for _ in range(words // 3))


def _line(chance: random.Random, session: str, at: datetime, kind: str, **fields: object) -> bytes:
    value = {
        "parentUuid": None, "isSidechain": False, "userType": "external", "cwd": "/home/ada/shop", "sessionId": session,
        "version": "2.1.17", "gitBranch": "main", "type": kind, **fields, "uuid": str(UUID(int=chance.getrandbits(128))),
        "timestamp": at.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
    }  # fmt: skip
    return orjson.dumps(value) + b"\n"
