"""Text made plain: no terminal codes, no hidden characters, and cut without tearing anything."""

from __future__ import annotations

import re
import unicodedata

import re2

_TERMINAL = re2.compile(
    r"\x1b\[[0-?]*[ -/]*[@-~]|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)?|\x1b[PX^_][^\x1b]*(?:\x1b\\)?|\x1b[@-Z\\-_]|\x9b[0-?]*[ -/]*[@-~]"
)
_ODD = re.compile(r"[^\t\n -~]")  # one search tells most texts from those that need work
_CONTROL = dict.fromkeys([*range(9), 11, 12, *range(14, 32), *range(127, 160)])
_MASK = re.compile(r"\[masked:[a-z-]*$")
_MARK = "…"


def clean(text: str) -> str:
    r"""The text without ANSI and OSC sequences, control characters (but `\n` and `\t`) and invisible ones, in NFKC."""
    if not _ODD.search(text):
        return text
    text = text.replace("\r\n", "\n")
    if "\x1b" in text or "\x9b" in text:
        text = _TERMINAL.sub("", text)
    text = text.replace("\r", "\n").translate(_CONTROL)
    if text.isascii():
        return text
    text = unicodedata.normalize("NFKC", text)
    return "".join(char for char in text if char.isascii() or unicodedata.category(char) not in {"Cf", "Cc", "Cs", "Co"})


def cut(text: str, limit: int) -> str:
    """At most `limit` characters of a text: its head and tail with `…` between them; a mask is kept whole or left out."""
    if len(text) <= limit:
        return text
    if limit <= len(_MARK):
        return _MARK[:limit]
    head = (limit - len(_MARK)) * 2 // 3
    tail = limit - len(_MARK) - head
    return f"{_whole(text[:head])}{_MARK}{_rest(text[len(text) - tail :] if tail else '')}"


def _whole(head: str) -> str:
    return _MASK.sub("", head)


def _rest(tail: str) -> str:
    opened, closed = tail.find("[masked:"), tail.find("]")
    torn = closed >= 0 and (opened < 0 or closed < opened) and re.match(r"[a-z-]*\]", tail)
    return tail[closed + 1 :] if torn else tail
