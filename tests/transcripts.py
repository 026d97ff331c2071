"""Transcripts in the shape that Claude Code writes, built line by line; everything in them is made up here."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any
from uuid import UUID

import orjson

START = datetime(2026, 2, 2, 9, 0, tzinfo=UTC)


class Transcript:
    """One session being written: every method adds one line and `step` seconds."""

    def __init__(
        self,
        session: str = "s1",
        *,
        start: datetime | None = START,
        cwd: str = "/home/ada/shop",
        version: str = "2.1.17",
        step: float = 5.0,
    ) -> None:
        self.session, self.cwd, self.version, self.step = session, cwd, version, step
        self.now = start
        self.lines: list[dict[str, Any]] = []
        self._calls = count(1)
        self._seed = sum(map(ord, session)) * 1_000_003

    def uuid(self) -> str:
        """A uuid that no other line has."""
        return str(UUID(int=(self._seed << 64) + len(self.lines) + 1, version=4))

    def wait(self, **duration: float) -> Transcript:
        """Let time pass."""
        assert self.now
        self.now += timedelta(**duration)
        return self

    def line(self, kind: str, **fields: Any) -> dict[str, Any]:
        """Add one line of any type with the fields that all share."""
        value: dict[str, Any] = {
            "parentUuid": self.lines[-1].get("uuid") if self.lines else None,
            "isSidechain": False,
            "userType": "external",
            "cwd": self.cwd,
            "sessionId": self.session,
            "version": self.version,
            "gitBranch": "main",
            "type": kind,
        }
        if "message" in fields:  # in the order in which real files have them
            value["message"] = fields.pop("message")
        value["uuid"] = self.uuid()
        if self.now:
            value["timestamp"] = self.now.isoformat(timespec="milliseconds").replace("+00:00", "Z")
            self.now += timedelta(seconds=self.step)
        value.update(fields)
        self.lines.append(value)
        return value

    def prompt(self, text: str, **fields: Any) -> Transcript:
        """A person writes."""
        self.line("user", message={"role": "user", "content": text}, **fields)
        return self

    def says(self, text: str, **fields: Any) -> Transcript:
        """The agent writes."""
        self._assistant([{"type": "text", "text": text}], **fields)
        return self

    def call(self, tool: str, given: dict[str, Any], **fields: Any) -> str:
        """The agent calls a tool; returns the tool-use id."""
        call = f"toolu_{self.session}_{next(self._calls):04d}"
        self._assistant([{"type": "tool_use", "id": call, "name": tool, "input": given}], **fields)
        return call

    def result(self, call: str, text: Any, *, failed: bool = False, **fields: Any) -> Transcript:
        """The tool answers; as real files do, `is_error` is absent or null on success."""
        block: dict[str, Any] = {"tool_use_id": call, "type": "tool_result", "content": text}
        if failed:
            block["is_error"] = True
        fields.setdefault("toolUseResult", f"Error: {text}" if failed else {"stdout": str(text), "interrupted": False})
        self.line("user", message={"role": "user", "content": [block]}, **fields)
        return self

    def run(self, command: str, output: str = "", *, failed: bool = False, **fields: Any) -> Transcript:
        """A shell command and what came of it."""
        return self.result(self.call("Bash", {"command": command}, **fields), output, failed=failed, **fields)

    def reads(self, path: str, text: str, *, failed: bool = False) -> Transcript:
        """A file is read."""
        return self.result(self.call("Read", {"file_path": path}), text, failed=failed)

    def progress(self, call: str, elapsed: float) -> Transcript:
        """A running command reports how long it has run since its start."""
        data = {"type": "bash_progress", "output": "", "fullOutput": "", "elapsedTimeSeconds": elapsed, "totalLines": 0}
        self.line("progress", data=data, toolUseID="bash-progress-0", parentToolUseID=call)
        return self

    def subagent(self, kind: str, content: list[dict[str, Any]], message_id: str = "msg_sub") -> Transcript:
        """A message of a subagent, which only stands inside its parent's progress."""
        message = {"role": kind, "content": content} | ({"id": message_id} if kind == "assistant" else {})
        told = {
            "type": kind,
            "message": message,
            "uuid": f"sub-{len(self.lines)}",
            "timestamp": "2026-02-02T09:00:30.000Z",
        }
        self.line(
            "progress", data={"type": "agent_progress", "message": told, "prompt": "look"}, parentToolUseID="toolu_task"
        )
        return self

    def system(self, subtype: str, **fields: Any) -> Transcript:
        """The harness notes something."""
        self.line("system", subtype=subtype, **fields)
        return self

    def _assistant(self, content: list[dict[str, Any]], **fields: Any) -> None:
        message = {
            "model": "claude-opus-4-5", "id": f"msg_{self.session}_{len(self.lines)}", "type": "message",
            "role": "assistant", "content": content, "stop_reason": None, "usage": {"input_tokens": 1},
        }  # fmt: skip
        self.line("assistant", message=message, **fields)

    def bytes(self) -> bytes:
        """The file."""
        return b"".join(orjson.dumps(line) + b"\n" for line in self.lines)

    def write(self, path: Path) -> Path:
        """Write the file, with the folders it needs."""
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(self.bytes())
        return path
