"""What agents write, made into events: a literal table of the formats that are known, each told from its content.

A dialect is `read(lines, texts) -> Iterator[Event | Problem]`, streaming; the place of its problems is `line:column`.
`texts` are the tools whose output is wanted also where it is no failure (None: all).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import orjson
import re2

from bot.core.model import Event, Problem
from bot.dialects import claude_code
from bot.dialects.json_lines import mended

Read = Callable[[Iterable[bytes], frozenset[str] | None], Iterator[Event | Problem]]

HEAD = 65_536  # bytes of whole lines that are looked at to tell a format
_DOCUMENT = 4_096  # bytes at the beginning of a document that is not one object a line


class Dialect(NamedTuple):
    """One format: its name, how an object on a line and how a whole document tell it, and how to read it (None: not yet)."""

    name: str
    line: Callable[[Mapping[str, Any]], bool] | None
    document: str
    read: Read | None


_CODEX = frozenset({"session_meta", "response_item", "turn_context", "event_msg"})


def _codex(value: Mapping[str, Any]) -> bool:
    return "payload" in value and str(value.get("type")) in _CODEX


def _copilot(value: Mapping[str, Any]) -> bool:
    return "data" in value and str(value.get("type")).startswith(("session.", "assistant.", "tool.", "user.", "hook."))


def _gemini(value: Mapping[str, Any]) -> bool:
    return "projectHash" in value


def _opencode(value: Mapping[str, Any]) -> bool:
    return "info" in value and "messages" in value


DIALECTS: tuple[Dialect, ...] = (
    Dialect("codex", _codex, "", None),
    Dialect("copilot-cli", _copilot, "", None),
    Dialect("gemini-cli", _gemini, r'^\s*\{[^{}]*"projectHash"\s*:', None),
    Dialect("opencode", _opencode, r'^\s*\{\s*"info"\s*:\s*\{', None),
    Dialect("claude-code", claude_code.is_line, "", claude_code.read),
)


def tell(head: Sequence[bytes]) -> Dialect | None:
    """The dialect of a file from its first lines (up to `HEAD` bytes), never from its name; None where it is no transcript."""
    for line in head:
        try:
            value = orjson.loads(line)
        except orjson.JSONDecodeError:
            value = next(mended(0, line), None)
        if isinstance(value, dict):
            found = next((dialect for dialect in DIALECTS if dialect.line and dialect.line(value)), None)
            if found:
                return found
    start = b"".join(head)[:_DOCUMENT].removeprefix(b"\xef\xbb\xbf").decode("utf-8", "replace")
    return next((dialect for dialect in DIALECTS if dialect.document and re2.search(dialect.document, start)), None)
