"""The bot's own region of an issue body: a hidden marker line, what the bot wrote, and an end line.

    <!-- frictionbot v=1 fp=<64 hex> nonce=<32 hex> told=2 watermark=… mac=<64 hex> -->

    … content …

    <!-- /frictionbot -->

Everything before and after the region belongs to people. The marker carries what must survive the loss of the store.
It counts only as the first region of the body, at the start of a line, and with its MAC where a key is set; that the
issue is by the bot's own account is for the caller to know. GitHub's body limit is counted here too, because a body is
the region plus what people wrote around it.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from dataclasses import dataclass
from typing import NamedTuple
from urllib.parse import quote, unquote

VERSION = 1
BODY_LIMIT = 65_536  # characters, GitHub answers 422 above it
MARKER_LIMIT = 2_048  # characters of the marker line; the rest of the limit is for content and people
END = "<!-- /frictionbot -->"

_BEGIN = "<!-- frictionbot "
_NAME = re.compile(r"[a-z][a-z0-9_]{0,31}")
_RESERVED = frozenset({"v", "fp", "nonce", "mac"})
_BEGIN_LINE = re.compile(rf"^{re.escape(_BEGIN)}[^\n]*$", re.MULTILINE)
_END_LINE = re.compile(rf"^{re.escape(END)}[ \t\r]*$", re.MULTILINE)
_MARKER = re.compile(
    r"<!-- (frictionbot v=([1-9][0-9]{0,3}) fp=([0-9a-f]{64}) nonce=([0-9a-f]{32})"
    r"((?: [a-z][a-z0-9_]{0,31}=[A-Za-z0-9._:,+~%-]*)*?))(?: mac=([0-9a-f]{64}))? -->"
)


@dataclass(frozen=True, slots=True)
class Marker:
    """What the hidden line says: the finding, the nonce of the filing, and further fields as any text.

    `fingerprint` is 64 lower-case hex digits, `nonce` 32. A field's name is `[a-z][a-z0-9_]*` of at most 32 characters.
    """

    fingerprint: str
    nonce: str
    fields: tuple[tuple[str, str], ...] = ()
    version: int = VERSION

    def get(self, name: str, default: str = "") -> str:
        """The value of a further field."""
        return dict(self.fields).get(name, default)

    def having(self, **fields: str) -> Marker:
        """The same marker with these fields set, in sorted order."""
        merged = {**dict(self.fields), **fields}
        return Marker(self.fingerprint, self.nonce, tuple(sorted(merged.items())), self.version)


class _Span(NamedTuple):
    start: int
    end: int


def digest(*parts: str) -> str:
    """16 hex digits that stand in a marker for a title or a set of labels as the bot wrote them."""
    return hashlib.sha256("\x00".join(parts).encode("utf-8", "surrogatepass")).hexdigest()[:16]


def size(text: str) -> int:
    r"""The length of a text as the strictest reader of the limit counts it: UTF-16 units, each `\n` sent as `\r\n`.

    GitHub does not say in which unit it counts; this is never less than its code points.
    """
    return len(text.encode("utf-16-le", "surrogatepass")) // 2 + text.count("\n")


def write(marker: Marker, key: bytes = b"") -> str:
    """The marker line, with a MAC where a key is set; raises `ValueError` for a marker that could not be read again."""
    text = f"frictionbot v={marker.version} fp={marker.fingerprint} nonce={marker.nonce}"
    for name, value in sorted(marker.fields):
        if not _NAME.fullmatch(name) or name in _RESERVED:
            raise ValueError(f"not a field name of a marker: {name!r}")
        text += f" {name}={_encode(value)}"
    line = f"<!-- {text} mac={mac(text, key)} -->" if key else f"<!-- {text} -->"
    if not _MARKER.fullmatch(line) or len(line) > MARKER_LIMIT or len(dict(marker.fields)) != len(marker.fields):
        raise ValueError(f"not a marker that could be read again: {line[:200]!r}")
    return line


def parse(body: str, key: bytes = b"") -> Marker | None:
    """The marker of the first region of a body; None where it is missing, damaged, or has not the right MAC."""
    span = _region(body)
    if span is None:
        return None
    line = body[span.start : span.end].partition("\n")[0].rstrip(" \t\r")
    found = _MARKER.fullmatch(line)
    if found is None or len(line) > MARKER_LIMIT:
        return None
    text, version, fingerprint, nonce, fields, signature = found.groups()
    if key and not hmac.compare_digest(mac(text, key), signature or ""):
        return None
    pairs = [field.partition("=")[::2] for field in fields.split()]
    if any(name in _RESERVED for name, _ in pairs) or len(dict(pairs)) != len(pairs):
        return None
    return Marker(fingerprint, nonce, tuple((name, unquote(value)) for name, value in pairs), int(version))


def region(marker: Marker, content: str, key: bytes = b"") -> str:
    """The region of an issue body; whatever the content holds, it cannot end the region or begin another."""
    return f"{write(marker, key)}\n\n{sealed(content)}\n\n{END}"


def sealed(content: str) -> str:
    r"""Content that can neither end a region nor begin one: no HTML comment opens in it, and its lines end in `\n`."""
    return content.replace("\r\n", "\n").replace("\r", "\n").replace("<!--", "<!\u200b--").strip("\n")


def content(body: str) -> str | None:
    """What a region holds between its marker line and its end; None where the body has no region."""
    text = region_text(body)
    return None if text is None else "\n".join(text.split("\n")[1:-1]).strip("\n")


def region_text(body: str) -> str | None:
    r"""The region that a body holds, with `\n` line ends: equal to a new `region(…)` where nothing is to be written."""
    span = _region(body)
    if span is None:
        return None
    lines = body[span.start : span.end].replace("\r\n", "\n").split("\n")
    return "\n".join([lines[0].rstrip(" \t\r"), *lines[1:-1], END])


def replace_region(old_body: str, new_region: str) -> str | None:
    """The body with a new region and all that people wrote before and after it unchanged, byte for byte.

    None where the body has no region: a person removed it, and a person outranks the bot.
    """
    span = _region(old_body)
    return None if span is None else old_body[: span.start] + new_region + old_body[span.end :]


def room(old_body: str) -> int:
    """How large (as `size` counts) the content of a region may be so that people's text around it still fits."""
    span = _region(old_body)
    around = old_body if span is None else old_body[: span.start] + old_body[span.end :]
    frame = MARKER_LIMIT + size(f"\n\n\n\n{END}")
    return max(0, BODY_LIMIT - frame - size(around))


def _region(body: str) -> _Span | None:
    begin = _BEGIN_LINE.search(body)
    end = _END_LINE.search(body, begin.end()) if begin else None
    if begin is None or end is None:
        return None
    return _Span(begin.start(), end.start() + len(END))


def _encode(value: str) -> str:
    return quote(value, safe=".:,+~-_").replace("--", "-%2D")


def mac(text: str, key: bytes) -> str:
    """The signature of a hidden line, 64 hex digits."""
    return hmac.new(key, text.encode("ascii"), hashlib.sha256).hexdigest()
