"""The machine that masks: runs the tables over a text, round after round, until nothing more is found.

While it works a mask is one private-use character: `clean` text has none, and no pattern can take it apart. Most texts end
with three searches for leads. Three small automata are built in a third of the time of one, and the first texts of a
process pay for the building.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator
from operator import itemgetter
from typing import Any, NamedTuple

import re2

from bot.core.personal_patterns import HOMES, PERSONAL_PATTERNS, is_user
from bot.core.secret_patterns import PATTERNS
from bot.core.secret_tokens import TOKENS
from bot.core.secret_values import Found, always, is_opaque, is_random, is_sum

_ROUNDS = 6  # a mask may bring together what only then has a secret's shape; three rounds is the most that was seen
_MEMORY = 256 * 1024 * 1024  # bytes; RE2 raises when it has too little, and never says "no match" instead


class _Search(NamedTuple):
    kind: str
    shape: str
    judge: Callable[[Found], bool]


class _Compiled(NamedTuple):
    finditer: Callable[[bytes], Iterator[Any]]
    name: int
    values: tuple[tuple[int, bool], ...]


class _Edit(NamedTuple):
    start: int
    end: int
    kind: str


def _options() -> Any:
    options = re2.Options()
    options.max_mem = _MEMORY
    options.log_errors = False
    return options


def _compile(shape: str) -> Any:
    return re2.compile(shape, _options())


def _leads(leads: Iterable[str]) -> Callable[[bytes], list[int] | None]:
    searches = re2.Set.SearchSet(_options())
    for lead in leads:
        searches.Add(lead)
    searches.Compile()
    match: Callable[[bytes], list[int] | None] = searches.Match
    return match


_SYNTAXES = (*PATTERNS, *PERSONAL_PATTERNS)
_SEARCHES = (
    *(_Search(token.kind, token.shape, always) for token in TOKENS),
    *(_Search(pattern.kind, pattern.shape, pattern.judge) for pattern in _SYNTAXES),
)
_COMPILED: dict[int, _Compiled] = {}  # filled as leads are met: a hundred of the shapes are never needed by most

# Words whose letters and digits alternate, and words that a line break divides.
_CHANGING = r"[A-Za-z][0-9]+[A-Za-z]+[0-9]+[A-Za-z]|[0-9][A-Za-z]+[0-9]+[A-Za-z]+[0-9]|[0-9A-Fa-f]{8}-[0-9A-Fa-f]{4}-"
_DIVIDED = r"[A-Za-z0-9_+/=-]{8}\n[ \t]*(?:[0-9]{1,6}[ \t]*[→|:\t][ \t]?)?[A-Za-z0-9_+/=-]{6}"
_CHANGES, _DIVIDES = len(_SEARCHES), len(_SEARCHES) + 1

_TOKEN_LEADS = _leads(token.lead for token in TOKENS)
_SYNTAX_LEADS = _leads(pattern.lead for pattern in _SYNTAXES)
_LOOKS = _leads((_CHANGING, _DIVIDED))

_WORD = _compile(rf"[A-Za-z0-9_+/~.%-]*(?:{_CHANGING})[A-Za-z0-9_+/~.%-]*={{0,2}}")
_CONTEXT = _compile(
    r"(?i)key|token|secret|pass|pwd|auth|access|private|cred|api|login|bearer|client|app[_-]?id|account|salt|"
    r"sign(?:ature|ing)|webhook|license|sdk|(?:^|[^a-z])(?:pat|sid|pw)(?:[^a-z]|$)"
)
_INNER = _compile(r"(?i)(?:key|token|secret|private|access|auth|pass)[-_:.]+(.{12,})$")
_PUBLIC = _compile(
    r"(?s)-----BEGIN (?:CERTIFICATE|[A-Z ]*PUBLIC KEY)[A-Z ]*-----.*?(?:-----END|\z)|base64,[A-Za-z0-9+/=]+"
)
_SUMS = _compile(
    r"(?i)(?:sha[0-9]*[:-]?|h1:|md5:?|commit|integrity|checksum|digest|etag|hash|public[_ -]?key|ssh-[a-z0-9]+|uuid|"
    r"(?:session|trace|span|request|environment|checkpoint|job|run|event|message|thread)_?id)"
    r"[\s\"'=:{W/]*$"
)
_JOINT = re.compile(rb"\n[ \t]*(?:[0-9]{1,6}[ \t]*(?:\xe2\x86\x92|[|:\t])[ \t]?)?(?=[A-Za-z0-9_+/=-])")
_SHORT_LINE = 40  # characters; nothing wraps before
_BEFORE = 100  # characters of its line that tell what a word is
_TAIL = re.compile(r"&[A-Za-z_]+=|\\[nrt]|\\$")  # where a bare value ends: the next parameter, an escape as in JSON
_CLOSING = ".,;:)]}"

_HOMES = tuple((lead, re.compile(shape)) for lead, shape in HOMES)
_KINDS = tuple(sorted({search.kind for search in _SEARCHES} | {"token", "unclear"}))
_SIGNS = {kind: chr(0xE000 + index) for index, kind in enumerate(_KINDS)}
_MASKS = {sign: f"[masked:{kind}]" for kind, sign in _SIGNS.items()}
_SIGN = re.compile(f"[{chr(0xE000)}-{chr(0xE000 + len(_KINDS) - 1)}]")
_MASK = re.compile(r"\[masked:([a-z-]{2,30})\]")
_NOTHING = "".join(_SIGNS.values()) + " .,;:()[]{}<>|'\"`\\/-"  # what may be left of a value that is masked already


def mask(text: str, at: int = 0) -> tuple[str, int]:
    """A clean text with every secret as `[masked:KIND]`, and where the character at `at` went; again changes nothing."""
    for lead, home in _HOMES:
        if lead in text:
            at = len(home.sub(_at_home, text[:at])) if at else 0
            text = home.sub(_at_home, text)
    found = _found(text.encode())
    if not found:
        return text, at
    if "[masked:" in text:
        at = len(_signed(text[:at])) if at else 0
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


def _at_home(found: re.Match[str]) -> str:
    name = found[1]
    return f"{found[0][: -len(name)]}[masked:user]" if is_user(Found("user", name)) else found[0]


def _signed(text: str) -> str:
    return _MASK.sub(lambda masked: _SIGNS.get(masked[1], masked[0]), text)


def _shown(text: str) -> str:
    return text if text.isascii() else _SIGN.sub(lambda sign: _MASKS[sign[0]], text)


def _found(raw: bytes) -> list[int]:
    """Which searches have something to look for, in the order of the tables."""
    tokens, syntaxes, looks = _TOKEN_LEADS(raw), _SYNTAX_LEADS(raw), _LOOKS(raw)
    found = sorted(tokens) if tokens else []
    if syntaxes:
        found += sorted(len(TOKENS) + index for index in syntaxes)
    if looks:
        found += sorted(_CHANGES + index for index in looks)
    return found


def _round(raw: bytes, place: int, wanted: list[int]) -> tuple[bytes, int]:
    if _DIVIDES in wanted:
        raw, place = _apply(raw, place, _divided(raw))
    for index in wanted:
        if index < len(_SEARCHES):
            raw, place = _apply(raw, place, _edits(index, raw))
    if _CHANGES in wanted:
        raw, place = _apply(raw, place, _opaque(raw))
    return raw, place


def _compiled(index: int) -> _Compiled:
    if index not in _COMPILED:
        regex = _compile(_SEARCHES[index].shape)
        names = {number: name for name, number in regex.groupindex.items()}
        values = [
            (number, names.get(number) != "bare")
            for number in range(1, regex.groups + 1)
            if names.get(number) != "name"
        ]
        _COMPILED[index] = _Compiled(regex.finditer, regex.groupindex.get("name", 0), (*values, (0, True)))
    return _COMPILED[index]


def _edits(index: int, raw: bytes) -> Iterator[_Edit]:
    """What one search finds and its judge does not refuse."""
    kind, _, judge = _SEARCHES[index]
    finditer, named, values = _compiled(index)
    for match in finditer(raw):
        number, quoted = next((number, quoted) for number, quoted in values if match.span(number)[0] >= 0)
        start, end = match.span(number)
        value = _trimmed(raw[start:end].decode("utf-8", "replace"), quoted=quoted)
        name = match.group(named) if named else None
        if value and judge(Found(name.decode("utf-8", "replace") if name else kind, value, quoted)):
            yield _Edit(start, start + len(value.encode()), kind)


def _trimmed(value: str, *, quoted: bool) -> str:
    return value.rstrip("\\") if quoted else _TAIL.split(value, maxsplit=1)[0].rstrip(_CLOSING)


def _opaque(raw: bytes) -> Iterator[_Edit]:
    """Words that are tokens by their look, or by their look together with what stands before them in their line."""
    public = _PUBLIC.finditer(raw)
    shown = next(public, None)
    for match in _WORD.finditer(raw):
        start, end = match.span()
        while shown and shown.end() <= start:
            shown = next(public, None)
        if shown and shown.start() <= start:
            continue
        word = raw[start:end].decode().rstrip(".:")
        end = start + len(word)
        inner = _INNER.search(word)
        if inner and is_opaque(inner[1], 12):
            yield _Edit(start + inner.start(1), end, "token")
        elif _is_key(word, raw[max(0, start - _BEFORE) : start].rpartition(b"\n")[2]):
            yield _Edit(start, end, "token")


def _is_key(word: str, before: bytes) -> bool:
    if is_sum(word) or _SUMS.search(before):
        return False
    return is_random(word) or (is_opaque(word, 12) and bool(_CONTEXT.search(before)))


def _divided(raw: bytes) -> Iterator[_Edit]:
    """Tokens that a terminal or a listing broke into lines, found in the text with its lines joined."""
    leads = _TOKEN_LEADS(_JOINT.sub(b"", raw))
    if not leads:
        return
    joined, cuts = _joined(raw)
    for index in sorted(leads):
        for edit in _edits(index, joined):
            start, end = _original(edit.start, cuts), _original(edit.end - 1, cuts) + 1
            if b"\n" in raw[start:end]:
                yield _Edit(start, end, edit.kind)


def _joined(raw: bytes) -> tuple[bytes, list[tuple[int, int]]]:
    """The text without its line breaks inside of words, and for each the offset there and the offset here behind it."""
    parts: list[bytes] = []
    cuts: list[tuple[int, int]] = []
    done = length = 0
    for joint in _JOINT.finditer(raw):
        line = raw.rfind(b"\n", 0, joint.start()) + 1
        if joint.start() - line < _SHORT_LINE and joint[0] == b"\n":
            continue
        parts.append(raw[done : joint.start()])
        length += joint.start() - done
        done = joint.end()
        cuts.append((length, done))
    return b"".join((*parts, raw[done:])), cuts


def _original(offset: int, cuts: list[tuple[int, int]]) -> int:
    index = bisect_right(cuts, offset, key=itemgetter(0)) - 1
    return cuts[index][1] + offset - cuts[index][0] if index >= 0 else offset


def _apply(raw: bytes, place: int, edits: Iterable[_Edit]) -> tuple[bytes, int]:
    """The text with the edits made, first come first served, and where the byte at `place` went."""
    parts: list[bytes] = []
    done = 0
    moved = place
    for start, end, kind in edits:
        if start < done or not raw[start:end].decode("utf-8", "replace").strip(_NOTHING):
            continue
        sign = _SIGNS[kind].encode()
        parts += (raw[done:start], sign)
        if end <= place:
            moved += len(sign) - (end - start)
        elif start < place:
            moved += start - place
        done = end
    return (b"".join((*parts, raw[done:])), moved) if done else (raw, place)
