"""One session being recorded in the shape that Claude Code writes, line by line and the same in every run.

Everything that looks random (uuids, message and tool-use ids) is a digest of the session's name and the line's number.
"""

from __future__ import annotations

from collections.abc import Mapping
from copy import deepcopy
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any
from uuid import UUID

import orjson

Line = dict[str, Any]

_ALPHABET = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
_REFUSED = (
    "The user doesn't want to proceed with this tool use. The tool use was rejected (eg. if it was a file edit, the "
    "new_string was NOT written to the file). STOP what you are doing and wait for the user to tell you how to proceed."
)


class Recording:
    """A session of one person: each method adds a line or two, and time passes between them."""

    def __init__(self, person: str, start: str, *, home: str, version: str = "2.1.17", branch: str = "main") -> None:
        self.person, self.start, self.home = person, start, home
        self.cwd, self.version, self.branch = f"{home}/webshop", version, branch
        self.name = f"{person}/{start}"
        self.session = self.uuid("session")
        self.now = datetime.fromisoformat(start)
        self.lines: list[Line] = []

    @property
    def old(self) -> bool:
        """Whether this version writes neither `Exit code N` nor `<tool_use_error>`, nor the branch."""
        return self.version.startswith("1.")

    def uuid(self, what: object) -> str:
        """A uuid that nothing else has and that is the same in every run."""
        return str(UUID(bytes=sha256(f"{self.name}/{what}".encode()).digest()[:16], version=4))

    def token(self, prefix: str, what: object) -> str:
        """An id as the API makes them: `toolu_01…`, `msg_01…`, `req_01…`."""
        digest = sha256(f"{self.name}/{prefix}/{what}".encode()).digest()
        return f"{prefix}_01{''.join(_ALPHABET[byte % len(_ALPHABET)] for byte in digest[:22])}"

    def wait(self, **duration: float) -> Recording:
        """Let time pass; a negative duration turns the clock back, as real files do."""
        self.now += timedelta(**duration)
        return self

    def line(self, kind: str, before: Mapping[str, Any] | None = None, **after: Any) -> Line:
        """Add a line with the fields that all share; `before` stands before its uuid, the rest after its time."""
        parent = next((line["uuid"] for line in reversed(self.lines) if "uuid" in line), None)
        value: Line = {
            "parentUuid": parent, "isSidechain": False, "userType": "external", "cwd": self.cwd,
            "sessionId": self.session, "version": self.version,
        }  # fmt: skip
        if not self.old:
            value["gitBranch"] = self.branch
        value |= {
            "type": kind,
            **(before or {}),
            "uuid": self.uuid(len(self.lines)),
            "timestamp": self.stamp(),
            **after,
        }
        self.lines.append(value)
        self.now += timedelta(seconds=3.25 + len(self.lines) % 7)
        return value

    def bare(self, value: Line) -> Recording:
        """Add a line as it is: of the types that have neither session nor time."""
        self.lines.append(value)
        return self

    def stamp(self) -> str:
        """The time of the next line."""
        return self.now.isoformat(timespec="milliseconds").replace("+00:00", "Z")

    def prompt(self, text: str) -> Recording:
        """The person writes, after some thought."""
        self.now += timedelta(seconds=20 + len(text) % 40)
        self.line("user", {"message": {"role": "user", "content": text}})
        return self

    def says(self, text: str) -> Recording:
        """The agent writes."""
        self._assistant({"type": "text", "text": text})
        return self

    def call(self, tool: str, given: Mapping[str, Any]) -> str:
        """The agent calls a tool; its tool-use id. A call that gets no result was interrupted, or the last."""
        call = self.token("toolu", len(self.lines))
        self._assistant({"type": "tool_use", "id": call, "name": tool, "input": dict(given)})
        return call

    def gives(self, call: str, text: str, use: object = None) -> Recording:
        """The tool worked: `is_error` is absent, as in most real files."""
        block = {"tool_use_id": call, "type": "tool_result", "content": text}
        self._result(block, {"stdout": text, "stderr": "", "interrupted": False} if use is None else use)
        return self

    def fails(self, call: str, text: str) -> Recording:
        """The tool failed with this very text."""
        self._result({"type": "tool_result", "content": text, "is_error": True, "tool_use_id": call}, f"Error: {text}")
        return self

    def runs(self, command: str, output: str = "", *, code: int = 0, takes: float = 0) -> Recording:
        """A shell command: what it printed and its exit code (1.0.53 writes none); progress if it takes long."""
        call = self.call("Bash", {"command": command, "description": f"Run {command.split(maxsplit=1)[0]}"})
        self.progress(call, takes)
        if not code:
            return self.gives(call, output)
        return self.fails(call, (output or "Error") if self.old else f"Exit code {code}\n{output}".rstrip("\n"))

    def progress(self, call: str, takes: float) -> Recording:
        """Cumulative progress of one command, at most eight lines; the last but one steps back a second."""
        marks = [takes * part / 8 for part in range(1, 9)] if takes >= 30 else []
        for index, mark in enumerate(marks):
            elapsed = int(mark) - (index == 6)
            data = {
                "type": "bash_progress",
                "output": "",
                "fullOutput": "",
                "elapsedTimeSeconds": elapsed,
                "totalLines": 0,
            }
            self.line("progress", {"data": data, "toolUseID": f"bash-progress-{index}", "parentToolUseID": call})
            self.now += timedelta(seconds=max(0.0, takes / 8 - 7))
        return self

    def reads(self, path: str, text: str) -> Recording:
        """A file is read: its lines come numbered."""
        shown = "\n".join(f"{number:6}→{line}" for number, line in enumerate(text.splitlines(), 1))
        use = {
            "type": "text",
            "file": {"filePath": f"{self.cwd}/{path}", "content": text, "numLines": text.count("\n") + 1},
        }
        return self.gives(self.call("Read", {"file_path": f"{self.cwd}/{path}"}), shown, use)

    def edits(self, path: str, old: str, new: str) -> Recording:
        """A file is edited, and it works."""
        given = {"file_path": f"{self.cwd}/{path}", "old_string": old, "new_string": new}
        text = f"The file {given['file_path']} has been updated."
        return self.gives(self.call("Edit", given), text, {"filePath": given["file_path"], "userModified": False})

    def guarded(self, tool: str, given: Mapping[str, Any], message: str) -> Recording:
        """The harness refuses a call; before 2.0.0 without its wrapper."""
        return self.fails(
            self.call(tool, given), message if self.old else f"<tool_use_error>{message}</tool_use_error>"
        )

    def rejects(self, tool: str, given: Mapping[str, Any], reason: str = "") -> Recording:
        """The person says no to a call, with or without a reason."""
        text = (
            _REFUSED
            if not reason
            else f"{_REFUSED}\nThe user provided the following reason for the rejection:  {reason}"
        )
        self.wait(seconds=12).fails(self.call(tool, given), text)
        if not reason:
            said = [{"type": "text", "text": "[Request interrupted by user for tool use]"}]
            self.line("user", {"message": {"role": "user", "content": said}})
        return self

    def system(self, subtype: str, **fields: Any) -> Recording:
        """The harness notes something."""
        self.line("system", {"subtype": subtype, **fields})
        return self

    def _assistant(self, block: Line) -> None:
        number = len(self.lines)
        message = {
            "id": self.token("msg", number), "type": "message", "role": "assistant", "model": "claude-opus-4-5",
            "content": [block], "stop_reason": None, "usage": {"input_tokens": 5, "output_tokens": 40 + number},
        }  # fmt: skip
        self.line("assistant", {"message": message, "requestId": self.token("req", number)})

    def _result(self, block: Line, use: object) -> None:
        self.line("user", {"message": {"role": "user", "content": [block]}}, toolUseResult=use)

    def forked(self, start: str) -> Recording:
        """A fork: a new session whose history has the same uuids, messages and tool-use ids as this one's."""
        fork = Recording(self.person, start, home=self.home, version=self.version, branch=self.branch)
        fork.lines = deepcopy(self.lines)
        for line in fork.lines:
            if "sessionId" in line:
                line["sessionId"] = fork.session
        return fork

    def file(self, date: str = "") -> str:
        """Where the session lies: `<person>/<date>_<session>.jsonl`."""
        return f"{self.person}/{date or self.start[:10]}_{self.session}.jsonl"

    def content(self, lines: int | None = None) -> bytes:
        """The file, or its first lines only: the snapshot of a session that grows."""
        return b"".join(orjson.dumps(line) + b"\n" for line in self.lines[:lines])
