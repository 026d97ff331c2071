"""Examples of the pattern tables made into text: `<36>` becomes 36 characters that look random and are always the same."""

from __future__ import annotations

import random
import re
import string

_ALPHABETS = {
    "": string.ascii_letters + string.digits,
    "x": "0123456789abcdef",
    "d": string.digits,
    "U": string.ascii_uppercase + "234567",
    "k": string.ascii_lowercase + string.digits,
}
_GAP = re.compile(r"<([xdUk]?)(\d+)>|<u>|<([k])>")


def filled(example: str, seed: int = 7) -> tuple[str, list[str]]:
    """The example as text, and the made-up parts of it that must not be seen after masking (from 12 characters on)."""
    chance = random.Random(seed)
    parts: list[str] = []

    def fill(gap: re.Match[str]) -> str:
        if gap[0] == "<u>":
            part = "-".join(_some(chance, "x", length) for length in (8, 4, 4, 4, 12))
        else:
            part = _some(chance, gap[1] or "", int(gap[2] or 9))
        if len(part) >= 12:
            parts.append(part)
        return part

    return _GAP.sub(fill, example), parts


def _some(chance: random.Random, kind: str, length: int) -> str:
    alphabet = _ALPHABETS[kind]
    return "".join(alphabet[chance.randrange(len(alphabet))] for _ in range(length))
