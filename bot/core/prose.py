"""The lines of a comment that its author says to the bot: no code, quotation, link, HTML comment, heading or table.

Read as GitHub reads Markdown (CommonMark with tables and struck-out text), with the places of the lines in the source.
Blocks are parsed once; what stands in a paragraph is parsed only where one of its lines may begin with the opening.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from markdown_it import MarkdownIt
from markdown_it.rules_inline import StateInline
from markdown_it.token import Token

from bot.core.remark_html import Markup

_LONGEST = 16_384  # characters of a paragraph: nobody writes that much without an empty line, and brackets may cost their square
_BRACKETS = 1000  # of a paragraph: each that opens may be looked for to the end
_DEEPEST = 20  # levels that the parser goes down, two for each list: what stands deeper, and below it, is not read
# Seen by nobody, so never meant: controls, soft hyphen, zero-width and bidirectional marks, fillers, variation selectors, BOM,
# halves of surrogate pairs (a JSON escape can make one), tags.
INVISIBLE = (
    "\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f"
    "\u3164\ufe00-\ufe0f\ud800-\udfff\ufeff\uffa0\U000e0000-\U000e0fff"
)
SPACE = " \t\f\v\u00a0\u1680\u2000-\u200a\u202f\u205f\u3000"
_OPENING = re.compile(f"[{SPACE}{INVISIBLE}]*" + f"[{INVISIBLE}]*".join("/friction"), re.IGNORECASE | re.ASCII)
_UNSEEN = re.compile(f"[{INVISIBLE}]+")
_TURNED = re.compile("[\u202a-\u202e\u2066-\u2069]")  # what makes text look other than it is; mere marks are harmless
_BREAK = re.compile("\r\n?")
_QUOTED = re.compile(
    r"^((?:[ \t]{0,3}>){6})(?:[ \t]{0,3}>)+", re.MULTILINE
)  # each line may cost what it is deep in quotations
_FORWARDED = re.compile(r"-{3,} ?(?:Original Message|Forwarded message) ?-{3,}", re.IGNORECASE)
_LOUD = re.compile(r"\s*(\*{1,3}|_{1,3})(/friction[^*_\n]*)\1\s*", re.IGNORECASE | re.ASCII)

_LAZY = "this line belongs to the quotation above it: leave an empty line after the quotation"
_HEADING = "this is a heading: begin the line with /friction itself, with an empty line after it"
_ROW = "this line belongs to the table above it: leave an empty line after the table"
_DEEP = "the lists above this are too deep in one another to be read: write the command in a comment of its own"
_HTML = "this line belongs to the HTML above it: leave an empty line after the HTML"
_LONG = f"this paragraph has more than {_LONGEST:,} characters: leave an empty line before the command"
_TURNS = "this holds characters that turn the direction of the text: write it anew without them"
_KNOT = f"this paragraph has more than {_BRACKETS:,} brackets: leave an empty line before the command"
_BOLD = "this is emphasised: begin the line with /friction itself"


class Line(NamedTuple):
    """A line that begins with the opening: its number in the comment (from 1) and its text without Markdown.

    Where `wrong` says something, it was probably meant as a command, but is none.
    """

    number: int
    text: str
    wrong: str = ""


class _Here(NamedTuple):
    """Where a paragraph stands: the source's lines, how deep in quotations, and in what raw HTML."""

    lines: list[str]
    quotes: int
    markup: Markup
    env: dict[str, object]


def addressed(body: str) -> bool:
    """Whether a comment holds the opening of a command at all, anywhere: most do not, and need no parser."""
    return "/friction" in _UNSEEN.sub("", body).casefold()


def spoken(body: str) -> tuple[Line, ...]:
    """The lines of a comment's own prose that begin with `/friction`, in their order, and those that nearly do."""
    if not addressed(body):
        return ()
    source = _QUOTED.sub(r"\1", _BREAK.sub("\n", body.removeprefix("\ufeff")))
    return tuple(sorted(_lines(source), key=lambda line: line.number))


def _opening(state: StateInline, silent: bool) -> bool:  # noqa: FBT001 - the parser's own interface
    """A rule of the parser: an opening at the beginning of a line is a token of its own, with its place."""
    src, pos = state.src, state.pos
    before = pos - 1
    while before >= 0 and src[before] in " \t":
        before -= 1
    if before >= 0 and src[before] != "\n":
        return False
    found = _OPENING.match(src, pos, state.posMax)
    if found is None:
        return False
    if not silent:
        state.push("opening", "", 0).meta = {"line": src.count("\n", 0, pos), "as": found[0]}
    state.pos = found.end()
    return True


def _parser() -> MarkdownIt:
    parser = MarkdownIt("commonmark", {"strikethrough_single_tilde": True, "maxNesting": _DEEPEST}).enable(
        ["table", "strikethrough"]
    )
    parser.inline.ruler.before("text", "opening", _opening)
    return parser.disable(["inline", "text_join"])


_PARSER = _parser()


def _lines(source: str) -> Iterator[Line]:
    env: dict[str, object] = {}
    lines, quotes, markup, holder = source.split("\n"), 0, Markup(), ""
    kept: list[Markup] = []
    for token in _PARSER.parse(source, env):
        if token.type == "blockquote_open":
            quotes, kept = quotes + 1, [*kept, markup.copy()]
        elif token.type == "blockquote_close":
            quotes, markup = quotes - 1, kept.pop()
        elif token.type == "html_block":
            yield from _of_html(token, quotes, markup)
        elif token.type == "inline":
            if not quotes and _FORWARDED.fullmatch(token.content.partition("\n")[0].strip()):
                return
            yield from _of_block(token, holder, _Here(lines, quotes, markup, env))
        elif token.nesting == 1:
            holder = token.type
            if token.level >= _DEEPEST - 1 and not quotes and not markup.quoting:
                yield from _below(lines, token)


def _below(lines: list[str], deep: Token) -> Iterator[Line]:
    """What begins with the opening below lists that are too deep: the parser leaves all of it out."""
    first = deep.map[0] if deep.map else 0
    for number, line in enumerate(lines[first:], first + 1):
        if _OPENING.match(line):
            yield _line(number, line, _DEEP)


def _of_block(token: Token, holder: str, here: _Here) -> Iterator[Line]:
    first = token.map[0] if token.map else 0
    if holder != "paragraph_open":
        if not here.quotes and not here.markup.quoting and _OPENING.match(token.content):
            row = here.lines[first]
            if holder == "heading_open":
                yield _line(first + 1, token.content, _HEADING)
            elif "|" not in row and _OPENING.match(row):
                yield _line(first + 1, token.content, _ROW)
        return
    texts = token.content.split("\n")
    begins = [number for number, text in enumerate(texts) if _OPENING.match(text)]
    wrong = _LONG if len(token.content) > _LONGEST else _KNOT if token.content.count("[") > _BRACKETS else ""
    if begins and wrong:
        if here.quotes or here.markup.quoting:
            return
        yield from (_line(first + number + 1, texts[number], wrong) for number in begins)
    elif begins or (not wrong and here.markup.changed_by(token.content)):
        yield from _of_paragraph(token, first, here)
    elif (
        "/friction" in token.content and _LOUD.fullmatch(token.content) and not here.quotes and not here.markup.quoting
    ):
        yield _line(first + 1, token.content.strip().strip("*_"), _BOLD)


def _of_paragraph(token: Token, first: int, here: _Here) -> Iterator[Line]:
    """The commands of a paragraph; in a quotation those are near misses that only belong to it by a missing empty line."""
    for number, text in _said(token.content, here):
        line = first + number
        if not here.quotes:
            yield _line(line + 1, text)
        elif _OPENING.match(here.lines[line]):
            yield _line(line + 1, text, _LAZY)


def _said(content: str, here: _Here) -> Iterator[tuple[int, str]]:
    """Of each opening in plain prose the number of its line, and the line's text without Markdown and struck-out parts."""
    tokens: list[Token] = []
    _PARSER.inline.parse(content, _PARSER, here.env, tokens)
    depth = struck = 0
    begun, parts = -1, [""]
    for token in tokens:
        depth += token.nesting
        struck += token.nesting if token.tag == "s" else 0
        if token.type in {"softbreak", "hardbreak"}:
            if begun >= 0:
                yield begun, "".join(parts)
            begun = -1
        elif token.type == "html_inline":
            here.markup.read(token.content)
        elif token.type == "opening" and not depth and not here.markup.quoting:
            begun, parts = token.meta["line"], [token.meta["as"]]
        elif begun >= 0 and not struck and not here.markup.quoting:
            parts.append(token.content)
    if begun >= 0:
        yield begun, "".join(parts)


def _of_html(token: Token, quotes: int, markup: Markup) -> Iterator[Line]:
    """Lines of a block of HTML that are seen as plain text, as after a tag without an empty line: near misses."""
    first = token.map[0] if token.map else 0
    for number, line in markup.plain_lines(token.content):
        if not quotes and _OPENING.match(line):
            yield _line(first + number + 1, line, _HTML)


def _line(number: int, text: str, wrong: str = "") -> Line:
    flat = " ".join(_UNSEEN.sub("", text).split())
    return Line(number, flat, wrong or (_TURNS if _TURNED.search(text) else ""))
