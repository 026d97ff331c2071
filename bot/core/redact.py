"""Masking secrets and personal data in text that may be shown or stored: first mask, only then cut."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

import re2

from bot.core.secret_patterns import HOMES, PATTERNS, Judge
from bot.core.secret_tokens import TOKENS
from bot.core.secret_values import always, is_opaque, is_random, is_sum, is_user
from bot.core.text import CUT, clean, cut, outside_mask

_WINDOW = 4_000  # characters beyond what is shown that are searched too: a key begins before its excerpt does
_LIMIT = 600
_ROUNDS = 6  # a mask may bring together what only then has a secret's shape; three rounds is the most that was seen
_LONGEST_KEY = 20_000  # characters: an RSA key of 16,384 bits has 13,000
_MEMORY = 256 * 1024 * 1024  # bytes; RE2 raises when it has too little, and never says "no match" instead


class _Search(NamedTuple):
    kind: str
    regex: Any
    name: int
    values: tuple[tuple[int, bool], ...]
    judge: Judge


def _options() -> Any:
    options = re2.Options()
    options.max_mem = _MEMORY
    options.log_errors = False
    return options


def _search(kind: str, shape: str, judge: Judge) -> _Search:
    regex = re2.compile(shape, _options())
    names = {number: name for name, number in regex.groupindex.items()}
    values = tuple((n, names.get(n, "q").startswith("q")) for n in range(1, regex.groups + 1) if names.get(n) != "name")
    return _Search(kind, regex, regex.groupindex.get("name", 0), (*values, (0, True)), judge)


_WRAPPED = r"[A-Za-z0-9_+/=-]{8}\n[ \t]*(?:[0-9]{1,6}[ \t]*[→|:\t][ \t]?)?[A-Za-z0-9_+/=-]{6}"
_CHANGING = r"[A-Za-z][0-9]+[A-Za-z]+[0-9]+[A-Za-z]|[0-9][A-Za-z]+[0-9]+[A-Za-z]+[0-9]|[0-9A-Fa-f]{8}-[0-9A-Fa-f]{4}-"
_SEARCHES = (
    *(_search(token.kind, token.shape, always) for token in TOKENS),
    *(_search(pattern.kind, pattern.shape, pattern.judge) for pattern in PATTERNS),
)


def _leads(leads: Iterable[str]) -> Any:
    searches = re2.Set.SearchSet(_options())
    for lead in leads:
        searches.Add(lead)
    searches.Compile()
    return searches


# Three small automata are built in a third of the time of one, and the first texts of a run pay for building.
_TOKEN_LEADS = _leads(token.lead for token in TOKENS)
_PATTERN_LEADS = _leads(pattern.lead for pattern in PATTERNS)
_LOOKS = _leads((_CHANGING, _WRAPPED))
_CHANGES, _WRAPS = len(_SEARCHES), len(_SEARCHES) + 1

_WORD = re2.compile(rf"[A-Za-z0-9_+/~.%-]*(?:{_CHANGING})[A-Za-z0-9_+/~.%-]*={{0,2}}", _options())
_CONTEXT = re2.compile(
    r"(?i)key|token|secret|pass|pwd|auth|access|private|cred|api|login|bearer|client|app[_-]?id|account|salt|"
    r"sign(?:ature|ing)|webhook|license|sdk|(?:^|[^a-z])(?:pat|sid|pw)(?:[^a-z]|$)", _options())
_INNER = re2.compile(r"(?i)(?:key|token|secret|private|access|auth|pass)[-_:.]+(.{12,})$", _options())
_PUBLIC = re2.compile(r"(?s)-----BEGIN (?:CERTIFICATE|[A-Z ]*PUBLIC KEY)[A-Z ]*-----.*?(?:-----END|\z)|base64,[A-Za-z0-9+/=]+", _options())
_SUMS = re2.compile(r"(?i)(?:sha[0-9]*[:-]?|h1:|md5:?|commit|integrity|checksum|digest|etag|base64,|hash|public[_ -]?key|ssh-[a-z0-9]+|uuid|SHA256:)[\s\"'=:{W/]*$", _options())  # fmt: skip
_JOINT = re.compile(rb"\n[ \t]*(?:[0-9]{1,6}[ \t]*(?:\xe2\x86\x92|[|:\t])[ \t]?)?(?=[A-Za-z0-9_+/=-])")
_CLOSING = ".,;:)]}"


_HOMES = tuple((lead, re.compile(shape)) for lead, shape in HOMES)
_KINDS = tuple(sorted({search.kind for search in _SEARCHES} | {"token", "unclear"}))
_SIGNS = {kind: chr(0xE000 + index) for index, kind in enumerate(_KINDS)}  # clean text has no private-use character
_SIGN = re.compile(f"[{chr(0xE000)}-{chr(0xE000 + len(_KINDS) - 1)}]")
_MASKS = {sign: f"[masked:{kind}]" for kind, sign in _SIGNS.items()}
_NOTHING = "".join(_SIGNS.values()) + " .,;:()[]{}<>|'\"`\\/-"  # what may stay of a value that is masked already
_MASK = re.compile(r"\[masked:([a-z-]{2,24})\]")


class _Edit(NamedTuple):
    start: int
    end: int
    kind: str


def redact(text: str) -> str:
    """The text cleaned (`bot.core.text.clean`), every secret replaced by `[masked:KIND]`; doing it again changes nothing."""
    return _redact(clean(text), 0)[0]


def _redact(text: str, at: int) -> tuple[str, int]:
    """The masked text, and where the character at `at` went."""
    for lead, home in _HOMES:
        if lead in text:
            at = len(home.sub(_at_home, text[:at])) if at else 0
            text = home.sub(_at_home, text)
    found = _found(text.encode())
    if not found:
        return text, at
    if "[masked:" in text:
        at = len(_signed(text[:at]))
        text = _signed(text)
    raw, place = text.encode(), len(text[:at].encode())
    for _ in range(_ROUNDS):
        before = raw
        raw, place = _round(raw, place, found)
        if raw == before:
            break
        found = _found(raw)
    else:
        raw, place = _SIGNS["unclear"].encode(), 0  # still changing: withheld rather than shown half masked
    return _shown(raw.decode()), len(_shown(raw[:place].decode("utf-8", "ignore"))) if place else 0


def _shown(text: str) -> str:
    return text if text.isascii() else _SIGN.sub(lambda sign: _MASKS[sign[0]], text)


def _at_home(found: re.Match[str]) -> str:
    name = found[1]
    return f"{found[0][: -len(name)]}[masked:user]" if is_user("user", name, quoted=True) else found[0]


def _signed(text: str) -> str:
    """The text with every mask of an earlier pass as one character, which no pattern can take apart."""
    return _MASK.sub(lambda mask: _SIGNS.get(mask[1], mask[0]), text)


def _found(raw: bytes) -> list[int]:
    """Which searches have something to look for, in their order."""
    tokens, patterns, looks = _TOKEN_LEADS.Match(raw), _PATTERN_LEADS.Match(raw), _LOOKS.Match(raw)
    found = sorted(tokens) if tokens else []
    if patterns:
        found += sorted(len(TOKENS) + index for index in patterns)
    if looks:
        found += sorted(_CHANGES + index for index in looks)
    return found


def _round(raw: bytes, place: int, wanted: list[int]) -> tuple[bytes, int]:
    if _WRAPS in wanted:
        raw, place = _apply(raw, place, _wrapped(raw))
    for index in wanted:
        if index < len(_SEARCHES):
            raw, place = _apply(raw, place, _edits(_SEARCHES[index], raw))
    if _CHANGES in wanted:
        raw, place = _apply(raw, place, _opaque(raw))
    return raw, place


def _edits(search: _Search, raw: bytes) -> Iterator[_Edit]:
    """What one pattern finds, judged; empty captures and refused values are left."""
    for match in search.regex.finditer(raw):
        for number, quoted in search.values:
            start, end = match.span(number)
            if start >= end:
                continue
            value = raw[start:end].decode("utf-8", "replace")
            trimmed = _trim(value, quoted=quoted)
            name = (match.group(search.name) or b"").decode("utf-8", "replace") if search.name else search.kind
            if trimmed and search.judge(name, trimmed, quoted=quoted):
                yield _Edit(start, start + len(trimmed.encode()), search.kind)
            break


def _trim(value: str, *, quoted: bool) -> str:
    if quoted:
        return value.rstrip("\\")
    value = re.split(r"&[A-Za-z_]+=|\\[nrt]?$|\\[nrt]", value, maxsplit=1)[0]
    return value.rstrip(_CLOSING) if value[-1:] in _CLOSING else value


def _opaque(raw: bytes) -> Iterator[_Edit]:
    """Words that are tokens by their look, or by their look together with what stands before them in their line."""
    public = [match.span() for match in _PUBLIC.finditer(raw)]
    for match in _WORD.finditer(raw):
        start, end = match.span()
        if any(first <= start < last for first, last in public):
            continue
        word = raw[start:end].decode().rstrip(".:")
        end = start + len(word)
        before = raw[max(raw.rfind(b"\n", 0, start) + 1, start - 100) : start]
        inner = _INNER.search(word)
        if inner and is_opaque(inner[1], 12):
            start += inner.start(1)
        elif _SUMS.search(before) or is_sum(word):
            continue
        elif not (is_random(word) or is_opaque(word, 12) and _CONTEXT.search(before)):
            continue
        yield _Edit(start, end, "token")


def _wrapped(raw: bytes) -> Iterator[_Edit]:
    """Tokens that a terminal or a listing broke into lines, found in the text with its lines joined."""
    leads = _TOKEN_LEADS.Match(_JOINT.sub(b"", raw))
    if not leads:
        return
    joined, cuts = _join(raw)
    for index in sorted(leads):
        for edit in _edits(_SEARCHES[index], joined):
            start, end = _unjoined(edit.start, cuts), _unjoined(edit.end - 1, cuts) + 1
            if b"\n" in raw[start:end]:
                yield _Edit(start, end, edit.kind)


def _join(raw: bytes) -> tuple[bytes, list[tuple[int, int]]]:
    parts, cuts, done, length = [], [], 0, 0
    for joint in _JOINT.finditer(raw):
        line = raw.rfind(b"\n", 0, joint.start()) + 1
        if joint.start() - line < 40 and joint[0] == b"\n":
            continue
        parts.append(raw[done : joint.start()])
        length += joint.start() - done
        done = joint.end()
        cuts.append((length, done))
    parts.append(raw[done:])
    return b"".join(parts), cuts


def _unjoined(offset: int, cuts: list[tuple[int, int]]) -> int:
    moved = offset
    for joined, original in cuts:
        if joined > offset:
            break
        moved = original + offset - joined
    return moved


def _apply(raw: bytes, place: int, edits: Iterable[_Edit]) -> tuple[bytes, int]:
    """The text with the edits made, first come first served, and where the byte at `place` went."""
    parts: list[bytes] = []
    done = 0
    moved = place
    for start, end, kind in edits:
        if start < done or not raw[start:end].decode().strip(_NOTHING):
            continue
        mask = _SIGNS[kind].encode()
        parts += (raw[done:start], mask)
        if end <= place:
            moved += len(mask) - (end - start)
        elif start < place:
            moved += start - place
        done = end
    return (b"".join((*parts, raw[done:])), moved) if done else (raw, place)


def excerpt(text: str, limit: int = _LIMIT, *, at: int | None = None) -> str:
    """At most `limit` characters of a text, redacted before it is cut; around offset `at` of the raw text where given.

    Without `at` it is the beginning and the end. What lies within 4,000 characters of the shown part is redacted with it.
    """
    reach = limit + _WINDOW
    if at is not None:
        window, start = _window(text, at - reach, at + reach)
        shown, place = _redact_at(window, at - start)
        return _around(shown, limit, place)
    if len(text) <= 2 * reach:
        return _ends(redact(text), limit)
    head, tail = redact(_window(text, 0, reach)[0]), redact(_window(text, len(text) - reach, len(text))[0])
    return _ends(f"{head}\n{CUT}\n{tail}", limit)


def _redact_at(text: str, at: int) -> tuple[str, int]:
    return _redact(clean(text), len(clean(text[:at])))


def _window(text: str, start: int, end: int) -> tuple[str, int]:
    """The text between two offsets without what they tear, and where it begins; a private key is taken from its start."""
    start, end = max(0, start), min(len(text), end)
    if start:
        key = text.rfind("-----BEGIN ", max(0, start - _LONGEST_KEY), start)
        if key >= 0 and "-----END" not in text[key:start]:
            start = key
        else:
            start = _edge(text, start, start + _WINDOW // 2)
    if end < len(text):
        end = max(text.rfind("\n", end - _WINDOW // 2, end), text.rfind(" ", end - _WINDOW // 2, end), end - _WINDOW // 2)
    return text[start:end], start


def _edge(text: str, start: int, last: int) -> int:
    for border in "\n ":
        found = text.find(border, start, last)
        if found >= 0:
            return found + 1
    return last


def _ends(text: str, limit: int) -> str:
    """The first two thirds and the last third of what may be shown, in whole lines where they are not too long."""
    if len(text) <= limit:
        return text
    room = limit - len(CUT) - 2
    if room < 80:
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
    if room < 80:
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
    return f"{CUT + chr(10) if start else ''}{text[start:end]}{chr(10) + CUT if end < len(text) else ''}"
