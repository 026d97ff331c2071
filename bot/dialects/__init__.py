"""What agents write, made into events: a literal table of the formats that are known, each told from its content.

A dialect is `read(lines, texts) -> Iterator[Event | Problem]`, streaming; the place of its problems is `line:column`.
`texts` are the tools whose output is wanted also where it is no failure (None: all).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple

import re2

from bot.core.model import Event, Problem
from bot.dialects import claude_code

Read = Callable[[Iterable[bytes], frozenset[str] | None], Iterator[Event | Problem]]

HEAD = 65_536  # bytes that are looked at to tell a format


class Dialect(NamedTuple):
    """One format: its name, how to tell it, and how to read it (None: known, but not read yet)."""

    name: str
    sign: object
    read: Read | None


def _sign(pattern: str) -> object:
    return re2.compile(pattern.encode())


DIALECTS: tuple[Dialect, ...] = (
    Dialect("codex", _sign(r'"type"\s*:\s*"(?:session_meta|response_item|turn_context|event_msg)"\s*,\s*"payload"'), None),
    Dialect("copilot-cli", _sign(r'"type"\s*:\s*"(?:session\.start|tool\.execution_\w+|assistant\.turn_\w+)"'), None),
    Dialect("gemini-cli", _sign(r'(?s)^\s*\{.*"projectHash"\s*:.*"messages"\s*:'), None),
    Dialect("opencode", _sign(r'(?s)^\s*\{\s*"info"\s*:\s*\{'), None),
    Dialect("claude-code", _sign(claude_code.SIGN), claude_code.read),
)


def tell(head: bytes) -> Dialect | None:
    """The dialect of a file from its first `HEAD` bytes, never from its name; None where it is no transcript."""
    text = head.removeprefix(b"\xef\xbb\xbf").replace(b"\0", b"")
    return next((dialect for dialect in DIALECTS if dialect.sign.search(text)), None)  # type: ignore[attr-defined]
