"""Masking secrets and personal data in text that may be shown or stored: first mask, only then cut."""

from __future__ import annotations

from typing import Any

import re2

from bot.core.secret_patterns import PATTERNS, is_benign
from bot.core.text import clean, cut

_WINDOW = 4_000  # characters beyond what is shown that are searched too: a key begins before its excerpt does
_LIMIT = 600
_ROUNDS = 3  # a mask may bring together what only then has a secret's shape; two was the most that was seen


def _options() -> Any:
    options = re2.Options()
    options.max_mem = 256 * 1024 * 1024
    options.log_errors = False
    return options


_COMPILED = tuple((pattern, re2.compile(pattern.regex.encode(), _options())) for pattern in PATTERNS)
_SET = re2.Set.SearchSet(_options())
for _pattern in PATTERNS:
    _SET.Add(_pattern.trigger.encode())
_SET.Compile()


def redact(text: str) -> str:
    """The text cleaned (`bot.core.text.clean`) and every secret replaced by `[masked:KIND]`; doing it again changes nothing."""
    text = clean(text)
    masked = _once(text)
    for _ in range(_ROUNDS):
        if masked == text:
            break
        text, masked = masked, _once(masked)
    return masked


def excerpt(text: str, limit: int = _LIMIT, *, at: int | None = None) -> str:
    """At most `limit` characters of a text, redacted before it is cut; around offset `at` of the raw text where given.

    What lies within `_WINDOW` of the shown part is redacted with it, so that no half of a secret stays behind.
    """
    if len(text) <= limit:
        return redact(text)
    start = 0 if at is None or at < limit // 2 else text.rfind("\n", 0, at - limit // 4) + 1
    if at is not None and at - start > limit // 2:
        start = at - limit // 2  # one endless line
    before = text[max(0, start - _WINDOW) : start]
    shown = text[start : start + limit + _WINDOW]
    whole = redact(before + shown)
    skipped = len(redact(before)) if before else 0
    part = whole[skipped : skipped + 4 * limit] if skipped else whole[: 4 * limit]
    tail = f"\n{text[-_WINDOW:]}" if at is None and len(text) > limit + _WINDOW else ""
    if tail:
        return cut(part[: limit * 2 // 3], limit * 2 // 3) + "\n…\n" + redact(tail)[-limit // 3 :]
    return part if len(part) <= limit else cut(part, limit) if at is None else part[:limit].rstrip() + "…"


def _once(text: str) -> str:
    raw = text.encode("utf-8", "replace")
    found = _SET.Match(raw)
    if not found:
        return text
    for index in sorted(found):
        pattern, compiled = _COMPILED[index]
        mask = f"[masked:{pattern.kind}]".encode()
        parts: list[bytes] = []
        done = 0
        for match in compiled.finditer(raw):
            start, end = match.span(1)  # `secret`, the only group
            if start < done or start == end or is_benign(pattern, raw[start:end].decode("utf-8", "replace")):
                continue
            parts += (raw[done:start], mask)
            done = end
        if done:
            raw = b"".join((*parts, raw[done:]))
    return raw.decode("utf-8", "replace")
