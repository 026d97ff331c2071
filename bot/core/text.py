"""Text made plain: no terminal codes, no hidden characters, and cut without tearing anything."""

from __future__ import annotations

import re
import unicodedata

import re2

CUT = "…"

_ESCAPES = re2.compile(
    r"\x1b\[[0-?]*[ -/]*[@-~]"  # CSI: colours, cursor
    r"|\x1b[\]PX^_][^\x07\x1b\x{9c}]*(?:\x07|\x1b\\|\x{9c})?"  # OSC (titles, hyperlinks), DCS, SOS, PM, APC
    r"|\x1b[ -/]*[0-~]"  # two-character escapes and character sets
    r"|\x{9b}[0-?]*[ -/]*[@-~]"  # CSI as one C1 character
)
_CONTROLS = bytes([*range(9), 11, 12, *range(13, 32), 127])
# Cf, Cs, Co, C1 controls, line and paragraph separators, and what Unicode calls default-ignorable: none of it is seen.
_HIDDEN_SET = (
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u00ad\u034f\u0600-\u0605\u061c\u06dd\u070f\u0890\u0891\u08e2\u115f\u1160\u17b4\u17b5"
    "\u180b-\u180f\u200b-\u200f\u2028-\u202e\u2060-\u206f\u2800\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb\ud800-\uf8ff"
    "\U000110bd\U000110cd\U00013430-\U0001343f\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff"
    "\U000f0000-\U0010ffff]"
)
_HIDDEN = re.compile(_HIDDEN_SET)
_SURROGATES = re.compile("[\ud800-\udfff]")
_ANY_HIDDEN = re2.compile(_HIDDEN_SET.replace("\ud800-\uf8ff", "\ue000-\uf8ff"))  # RE2 over UTF-8: twenty times as fast
_BREAKS = re.compile("\r\n|[\r\u0085\u2028\u2029]")
_MASK = re.compile(r"\[masked:[a-z-]+\]")
_LONGEST_MASK = 64  # characters around a cut in which a mask can begin or end


def clean(text: str) -> str:
    r"""The text in NFKC, without ANSI and OSC sequences, control characters (but `\n` and `\t`) and invisible ones."""
    try:
        raw = text.encode()
    except UnicodeEncodeError:  # lone surrogates, which a JSON escape can make
        text = _SURROGATES.sub("", text)
        raw = text.encode()
    if len(raw) == len(text):
        if len(raw.translate(None, _CONTROLS)) == len(raw):
            return text
    elif "\r" not in text and not _ANY_HIDDEN.search(raw):
        return text if unicodedata.is_normalized("NFKC", text) else _settled(text)
    if "\x1b" in text or "\x9b" in text:
        text = _ESCAPES.sub("", text)
    return _settled(_BREAKS.sub("\n", text))


def cut(text: str, limit: int) -> str:
    """At most `limit` characters of a text: its head and tail with `…` between; a mask is kept whole or left out."""
    if len(text) <= limit:
        return text
    if limit <= len(CUT):
        return CUT[: max(0, limit)]
    head = (limit - len(CUT)) * 2 // 3
    tail = len(text) - (limit - len(CUT) - head)
    return f"{text[: outside_mask(text, head)]}{CUT}{text[outside_mask(text, tail, forward=True) :]}"


def outside_mask(text: str, at: int, *, forward: bool = False) -> int:
    """The offset `at`, moved before (or, going forward, behind) the mask that it would tear."""
    near = max(0, at - _LONGEST_MASK)
    for mask in _MASK.finditer(text, near, min(len(text), at + _LONGEST_MASK)):
        if mask.start() < at < mask.end():
            return mask.end() if forward else mask.start()
    return at


def _settled(text: str) -> str:
    """Without hidden characters and in NFKC both: leaving one out may compose what stood around it."""
    while True:
        plain = unicodedata.normalize("NFKC", _HIDDEN.sub("", text))
        if plain == text:
            return plain
        text = plain
