"""Lines of JSON as they really occur: two objects on one line, byte order marks, NUL bytes, bad UTF-8, half a last line."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from bot.core.model import Problem

LONGEST = 64 * 1024 * 1024  # bytes of a line; the longest seen had 2.1 MB, and reading one must not fill the memory


def _integer(digits: str) -> int | float:
    return int(digits) if len(digits) < _DIGITS else float(digits)  # as orjson has it, which also has to write it again


def _no_number(name: str) -> float:
    raise ValueError(f"{name} is no JSON")


_DIGITS = 19  # of the numbers that surely fit into 64 bits, less one
_DECODER = json.JSONDecoder(parse_int=_integer, parse_constant=_no_number)


def mended(number: int, line: bytes) -> Iterator[dict[str, Any] | Problem]:
    """The objects of a line that is not one JSON object; what cannot be read is a `Problem` and costs only itself.

    A last line without its end that is not whole yet is a session being written: it is left for the next time, silently.
    """
    if len(line) >= LONGEST:
        yield Problem("line_too_long", f"{number}:{LONGEST}", f"longer than {LONGEST >> 20} MB; it was left out")
        return
    raw = line.replace(b"\0", b"").removeprefix(b"\xef\xbb\xbf").strip()
    text = raw.decode("utf-8", "replace")
    at = 0
    while at < len(text):
        try:
            value, end = _DECODER.raw_decode(text, at)
            value = _whole(value) if isinstance(value, dict) else value
        except (ValueError, RecursionError) as error:
            if line.endswith(b"\n"):
                column = getattr(error, "pos", at) + 1
                message = "not JSON from here on; the rest of the line was left out"
                yield Problem("damaged_line", f"{number}:{column}", message)
            return
        if isinstance(value, dict):
            yield value
        else:
            yield Problem("not_an_object", f"{number}:{at + 1}", "JSON, but not an object; it was left out")
        at = end
        while at < len(text) and text[at].isspace():
            at += 1
    if "�" in text and "�".encode() not in raw:
        place = f"{number}:{text.index('�') + 1}"
        yield Problem("invalid_utf8", place, "bytes that are no UTF-8 were replaced; the line was read")


def _whole(value: Any) -> Any:
    """A value in whose texts half a character, which no UTF-8 can hold, is a question mark."""
    if isinstance(value, str):
        return value if value.isascii() else value.encode("utf-8", "replace").decode("utf-8")
    if isinstance(value, dict):
        return {_whole(name): _whole(part) for name, part in value.items()}
    return [_whole(part) for part in value] if isinstance(value, list) else value
