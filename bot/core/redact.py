"""Text that may be shown or stored: secrets and personal data are masked first, and only then is it cut."""

from __future__ import annotations

import re

from bot.core.masking import mask
from bot.core.text import CUT, clean, cut, outside_mask

EXCERPT_LIMIT = 600  # characters

VERSION = "1"  # of what is masked: a change reads every file again, so that the store holds nothing shown before
_WINDOW = 4_000  # characters beyond what is shown that are searched too: a key begins before its excerpt does
_LONGEST_KEY = 20_000  # characters: an RSA key of 16,384 bits has 13,000
_SIGN = re.compile(r"[^A-Za-z0-9_+/=.~%:@-]")  # what is in no token
_LEAST_ROOM = 80  # characters below which whole lines are not tried


def redact(text: str) -> str:
    """The text cleaned (`bot.core.text.clean`), every secret as `[masked:KIND]`; doing it again changes nothing."""
    return mask(clean(text))[0]


def excerpt(text: str, limit: int = EXCERPT_LIMIT, *, at: int | None = None) -> str:
    """At most `limit` characters of a text, redacted before it is cut; around offset `at` of the raw text where given.

    Without `at` it is the beginning and the end. What lies within 4,000 characters of what is shown is searched with it.
    """
    reach = limit + _WINDOW
    if at is not None:
        window, start = _window(text, at - reach, at + reach)
        shown, place = mask(clean(window), len(clean(window[: max(0, at - start)])))
        return _around(shown, limit, place)
    if len(text) <= 2 * reach:
        return _ends(redact(text), limit)
    head, tail = _window(text, 0, reach)[0], _window(text, len(text) - reach, len(text))[0]
    return _ends(f"{redact(head)}\n{CUT}\n{redact(tail)}", limit)


def _window(text: str, start: int, end: int) -> tuple[str, int]:
    """The text between two offsets without what they tear, and where it begins; a private key is taken from its start."""
    start, end = max(0, start), min(len(text), end)
    half = _WINDOW // 2
    if start:
        key = text.rfind("-----BEGIN ", max(0, start - _LONGEST_KEY), start)
        inside = key >= 0 and "-----END" not in text[key:start]
        start = key if inside else _border(text, start, start + half)
    if end < len(text):
        end = _border(text, end - half, end, last=True)
    return text[start:end], start


def _border(text: str, start: int, end: int, *, last: bool = False) -> int:
    """The first (or last) offset between two where a line, else a word, else a token ends, so that nothing is torn."""
    for border in ("\n", " "):
        found = text.rfind(border, start, end) if last else text.find(border, start, end)
        if found >= 0:
            return found if last else found + 1
    signs = [sign.end() for sign in _SIGN.finditer(text, start, end)]
    return (signs[-1] - 1 if last else signs[0]) if signs else (start if last else end)


def _ends(text: str, limit: int) -> str:
    """The first two thirds and the last third of what may be shown, in whole lines where they are not too long."""
    if len(text) <= limit:
        return text
    room = limit - len(CUT) - 2
    if room < _LEAST_ROOM:
        return cut(text, limit)
    head = outside_mask(text, room * 2 // 3)
    line = text.rfind("\n", head // 2, head + 1)
    head = line if line >= 0 else head
    first = len(text) - (room - head)
    line = text.find("\n", first, first + (len(text) - first) // 2)
    first = line + 1 if line >= 0 else outside_mask(text, first, forward=True)
    return f"{text[:head]}\n{CUT}\n{text[first:]}"


def _around(text: str, limit: int, place: int) -> str:
    """What may be shown with the character at `place` in it: from the beginning of a line near it, in whole lines."""
    if len(text) <= limit:
        return text
    room = limit - 2 * (len(CUT) + 1)
    if room < _LEAST_ROOM:
        start = outside_mask(text, max(0, min(place, len(text) - limit)), forward=True)
        return text[start : outside_mask(text, start + limit)]
    start = max(0, min(place - room // 4, len(text) - room))
    if start:
        line = text.rfind("\n", max(0, place - room // 2), start + 1)
        line = line if line >= 0 else text.find("\n", start, place)
        start = line + 1 if line >= 0 else outside_mask(text, start, forward=True)
    end = outside_mask(text, min(len(text), start + room))
    if end < len(text):
        line = text.rfind("\n", max(place, start + room // 2), end + 1)
        end = line if line >= 0 else end
    before, after = f"{CUT}\n" if start else "", f"\n{CUT}" if end < len(text) else ""
    return f"{before}{text[start:end]}{after}"
