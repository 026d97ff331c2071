"""Hostile text in Markdown on GitHub: shown as it is, and never a mention, a command, a reference, markup or the end of its fence."""

from __future__ import annotations

import re

from bot.core.text import clean, cut

TITLE_LIMIT = 256  # characters, GitHub answers 422 above it
_BREAK = "\u200b"  # zero-width space: nobody sees it, and no parser looks across it

_MENTION = re.compile(r"(^|\W)@(?=[A-Za-z0-9])")
_PACKAGE = re.compile(r"(?:\b(?:npm|npx|pnpm|yarn|bun|bunx|deno|node_modules|import|require|from)\b[^\n]*?|[\"'`/ ])@[\w.-]+/[\w.-]+")
_COMMAND = re.compile(r"^([ \t>*-]*)/(?=[A-Za-z][\w-]*(?:\s|$))", re.MULTILINE)
_RUNS = re.compile(r"`+")
_SPECIAL = re.compile(r"[\\`*_{}\[\]()<>#+\-!|~&$^=\"]")
_NUMBERED = re.compile(r"^(\d+)([.)])", re.MULTILINE)
_INDENT = re.compile(r"^[ \t]+", re.MULTILINE)
_REFERENCE = re.compile(r"\b(GH)-(?=\d)", re.IGNORECASE)
_HASH = re.compile(r"#(?=\d)")
_SHA = re.compile(r"\b([0-9a-f]{6})(?=[0-9a-f]{1,58}\b)", re.IGNORECASE)
_ADDRESS = re.compile(r"\b(https?|ftp|mailto|xmpp|www)([:.])", re.IGNORECASE)
_AT = re.compile(r"@(?=\w)")
_EMOJI = re.compile(r":(?=[a-z0-9_+-]+:)")


def inert(text: str) -> str:
    """Text that no bot takes for a mention, a slash command or a marker, whether or not it reads Markdown.

    A scoped package in an install line or an import (`npm install @scope/pkg`) stays as it is.
    """
    if "@" in text:
        kept = {found.end() - len(found[0].rpartition("@")[2]) - 1 for found in _PACKAGE.finditer(text) if _installs(found[0])}
        text = _MENTION.sub(lambda found: found[0] if found.end() - 1 in kept else f"{found[0]}{_BREAK}", text)
    return _COMMAND.sub(rf"\1/{_BREAK}", text).replace("<!--", f"<!{_BREAK}--")


def _installs(found: str) -> bool:
    return not found.startswith(("\"", "'", "`", "/", " "))


def fence(text: str) -> str:
    """A fenced code block that holds the text and that nothing in the text can end."""
    text = inert(clean(text)).strip("\n")
    ticks = _ticks(text, least=3)
    return f"{ticks}\n{text}\n{ticks}"


def inline(text: str) -> str:
    """A code span on one line that holds the text and that nothing in the text can end; "" stays ""."""
    text = " ".join(inert(clean(text)).split())
    if not text:
        return ""
    ticks = _ticks(text, least=1)
    pad = " " if text.startswith("`") or text.endswith("`") else ""
    return f"{ticks}{pad}{text}{pad}{ticks}"


def prose(text: str) -> str:
    """The text as plain words outside of code: no markup, HTML, link, mention, reference, heading, list or emoji is live."""
    text = _INDENT.sub("", inert(clean(text)).replace("\t", " "))
    text = _SPECIAL.sub(lambda found: "&amp;" if found[0] == "&" else "&lt;" if found[0] == "<" else f"\\{found[0]}", text)
    text = _NUMBERED.sub(r"\1\\\2", text)
    text = re.sub(r"\\#(?=\d)", rf"\\#{_BREAK}", text)
    text = re.sub(r"\b(GH)\\-(?=\d)", rf"\1{_BREAK}\\-", text, flags=re.IGNORECASE)
    text = _SHA.sub(rf"\1{_BREAK}", text)
    text = _ADDRESS.sub(rf"\1{_BREAK}\2", text)
    text = _AT.sub(f"@{_BREAK}", text)
    return _EMOJI.sub(f":{_BREAK}", text)


def title(text: str, limit: int = TITLE_LIMIT) -> str:
    """An issue title: one line of at most `limit` characters in which nothing is a mention or a reference."""
    text = " ".join(inert(clean(text)).split())
    text = _HASH.sub(f"#{_BREAK}", text)
    text = _REFERENCE.sub(rf"\1{_BREAK}-", text)
    return cut(text, limit)


def _ticks(text: str, *, least: int) -> str:
    longest = max((len(run) for run in _RUNS.findall(text)), default=0)
    return "`" * max(least, longest + 1)
