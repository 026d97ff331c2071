"""Hostile text in Markdown on GitHub: shown as it is, never a mention, command, reference, markup or the end of its fence.

A fence does not stop bots and agents that match `@name` and `/command` on the raw text, so these are broken everywhere with
a zero-width space, which nobody sees and no parser looks across.
"""

from __future__ import annotations

import re

from bot.core.text import CUT, clean, outside_mask

TITLE_LIMIT = 256  # characters, GitHub answers 422 above it

_BREAK = "\u200b"
_MENTION = re.compile(r"(?:^|(?<=[^\w@/.+\"'`-]))@(?=[A-Za-z0-9])", re.MULTILINE)
_SCOPED = re.compile(r"@[a-z0-9][\w.-]*/[\w.-]+")
_INSTALLS = re.compile(
    r"\b(?:npm|npx|pnpm|pnpx|yarn|bun|bunx|deno|lerna|nx|turbo)\b|node_modules|\b(?:import|from|require)\b"
)
_COMMAND = re.compile(r"^([ \t>*-]*)/(?=[A-Za-z])(?![\w.-]*/)", re.MULTILINE)  # `/usr/bin` is a path
_RUNS = re.compile(r"`+")
_SPECIAL = re.compile(r"[\\`*_{}\[\]()<>#+\-!|~&$^=\"']")
_NUMBERED = re.compile(r"^(\d+)([.)])", re.MULTILINE)
_MARGINS = re.compile(r"^[^\S\n]+|[^\S\n]+$", re.MULTILINE)
_AT = re.compile(r"@(?=\w)")
_HASH = re.compile(r"#(?=\d)")
_REFERENCE = re.compile(r"\b(GH)(\\?-)(?=\d)", re.IGNORECASE | re.ASCII)
_SHA = re.compile(r"\b[0-9a-f]{7,64}\b", re.IGNORECASE | re.ASCII)
_ADDRESS = re.compile(r"(?:(https?|ftp|mailto|xmpp)(?=:)|(www)(?=\.))", re.IGNORECASE)
_PLACE = re.compile(r"/(issues|pull|pulls|discussions|commit|compare)/(?=\w)", re.IGNORECASE)
_EMOJI = re.compile(r":(?=[a-z0-9_+-]+:)", re.IGNORECASE)


def inert(text: str) -> str:
    """Text that no bot takes for a mention, a slash command or a marker, whether or not it reads Markdown.

    A scoped package in an install line or an import (`npm install @scope/pkg`) stays as it is, and so does a path.
    """
    if "@" in text:
        text = "\n".join(_unmentioned(line) if "@" in line else line for line in text.split("\n"))
    if "/" in text:
        text = _COMMAND.sub(rf"\1/{_BREAK}", text)
    return text.replace("<!--", f"<!{_BREAK}--")


def fence(text: str) -> str:
    """A fenced code block that holds the text and that nothing in the text can end."""
    text = inert(clean(text)).strip("\n")
    ticks = _ticks(text, least=3)
    return f"{ticks}\n{text}\n{ticks}"


def inline(text: str) -> str:
    """A code span on one line that holds the text and that nothing in the text can end; "" stays ""."""
    text = inert(" ".join(clean(text).split()))
    if not text:
        return ""
    ticks = _ticks(text, least=1)
    pad = " " if text.startswith("`") or text.endswith("`") else ""
    return f"{ticks}{pad}{text}{pad}{ticks}"


def prose(text: str) -> str:
    """The text as plain words outside of code: no markup, HTML, link, mention, reference, heading, list or emoji is live."""
    text = _MARGINS.sub("", inert(clean(text)))
    text = _ADDRESS.sub(rf"\g<0>{_BREAK}", text)
    text = _PLACE.sub(rf"/\1{_BREAK}/", text)
    text = _SPECIAL.sub(_escaped, text)
    text = _NUMBERED.sub(r"\1\\\2", text)
    text = _HASH.sub(f"#{_BREAK}", text)
    text = _REFERENCE.sub(rf"\1{_BREAK}\2", text)
    text = _SHA.sub(_in_pieces, text)
    text = _AT.sub(f"@{_BREAK}", text)
    return _EMOJI.sub(f":{_BREAK}", text)


def title(text: str, limit: int = TITLE_LIMIT) -> str:
    """An issue title: one line of at most `limit` characters, ended at a word, in which nothing is a mention or a reference."""
    text = " ".join(inert(" ".join(clean(text).split())).split())
    for live, broken in (
        (_AT, f"@{_BREAK}"),
        (_HASH, f"#{_BREAK}"),
        (_REFERENCE, rf"\1{_BREAK}\2"),
        (_PLACE, rf"/\1{_BREAK}/"),
    ):
        text = live.sub(broken, text)
    text = _SHA.sub(_in_pieces, text)
    if len(text) <= limit:
        return text
    end = outside_mask(text, max(0, limit - len(CUT)))
    word = text.rfind(" ", end // 2, end + 1)
    return f"{text[: word if word > 0 else end].rstrip()}{CUT}"[:limit]


def _unmentioned(line: str) -> str:
    installs = _INSTALLS.search(line)
    if installs:
        return _MENTION.sub(lambda at: at[0] if _SCOPED.match(line, at.start()) else f"@{_BREAK}", line)
    return _MENTION.sub(f"@{_BREAK}", line)


def _escaped(special: re.Match[str]) -> str:
    return {"&": "&amp;", "<": "&lt;"}.get(special[0], f"\\{special[0]}")


def _in_pieces(sha: re.Match[str]) -> str:
    """Six characters are too few to be taken for a commit."""
    return _BREAK.join(sha[0][start : start + 6] for start in range(0, len(sha[0]), 6))


def _ticks(text: str, *, least: int) -> str:
    longest = max((len(run) for run in _RUNS.findall(text)), default=0)
    return "`" * max(least, longest + 1)
