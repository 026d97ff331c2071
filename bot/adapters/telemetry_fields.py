"""What may stand in a log line or a span: an allow-list of names, each with a type and a length; the rest is left out.

A field that is not named here does not come out, whatever it holds: so no transcript, prompt, command, excerpt, token or URL
can slip in by being logged. Text that is allowed is masked (`bot.core.redact`), put on one line and cut.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from bot.core.redact import excerpt

WORD_LIMIT: Final = 120  # characters: a repository's name has at most 140, a rule's id 40, a cycle's 36
TEXT_LIMIT: Final = 300  # characters of a sentence that this program wrote itself

NUMBERS: Final = frozenset({
    "actions", "age", "alarms", "aside", "batches", "bytes", "concurrency", "cycles", "duplicates", "events", "failures",
    "files", "findings", "issue", "lag", "left_out", "messages", "pid", "port", "problems", "pruned", "read", "remaining",
    "seconds", "sessions", "signals", "size", "status", "times", "tries", "unchanged", "underway", "waits", "whole",
})  # fmt: skip
WORDS: Final = frozenset({
    "action", "alarm", "batch", "by", "code", "cycle", "host", "kind", "level", "method", "name", "newest", "outcome", "queue",
    "repository", "row", "rule", "scope", "signal", "state", "task", "task_id", "trace", "version", "worker",
})  # fmt: skip
TEXTS: Final = frozenset({"because", "error", "error_message", "message", "place", "where"})

_LARGEST = 2**63
_SPACE = re.compile(r"\s+")


def allowed(fields: Mapping[str, object]) -> dict[str, object]:
    """The fields that may come out, as they may; `left_out` counts the others."""
    kept: dict[str, object] = {}
    left_out = 0
    for name, value in fields.items():
        shown = shown_value(name, value)
        if shown is None:
            left_out += value is not None
        else:
            kept[name] = shown
    if left_out:
        kept["left_out"] = left_out
    return kept


def is_known(name: str) -> bool:
    """Whether a field of this name may come out, if its value may."""
    return name in NUMBERS or name in WORDS or name in TEXTS


def shown_value(name: str, value: object) -> object:
    """The value of one field as it may come out; None where it may not."""
    if name in NUMBERS and isinstance(value, int | float):
        return value if abs(value) < _LARGEST else None  # nan is not less either
    if name in WORDS and isinstance(value, str):
        return one_line(value, WORD_LIMIT)
    if name in TEXTS and isinstance(value, str):
        return one_line(value, TEXT_LIMIT)
    return None


def one_line(text: str, limit: int) -> str:
    """A text masked, on one line and without anything that a terminal would act on, of at most `limit` characters."""
    return _SPACE.sub(" ", excerpt(text, limit)).strip()
