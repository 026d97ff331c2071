"""What a tool call is about: the program behind a command line, and one short name for "the same call again".

Everything here takes whatever a transcript held (any JSON value), never raises, and looks only at a bounded part of
the text, so that a hostile command costs no more than an honest one.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from hashlib import blake2b

import orjson

from bot.core.programs import (
    ABOUT,
    DURATION_FIRST,
    FAMILIES,
    HAVE_SUBCOMMANDS,
    INTERPRETERS,
    PREPARES,
    RUNNERS,
    SHELL_TOOLS,
    SHELLS,
    VALUE_OPTIONS,
    VIEWS,
    WRAPPERS,
)

_READ = 800  # characters of a command line: the program stands before its arguments end
_WHOLE = 8192  # characters: longer commands are heredocs, normalised at their head and hashed as they are behind it
_SHORT = 512  # bytes of a call's JSON
_NAME = 60  # characters of a program name that is shown
_THING = 200  # characters of what a call is about
_DEPTH = 4  # wrappers in wrappers (`sudo bash -c "timeout 5 sh -c …"`) that are looked through

# `re`, not RE2: on 800 characters the standard module starts faster, and the cap bounds what backtracking can cost.
_TOKEN = re.compile(
    r"""(?<![^\s;&|(])\#[^\n]*               # a comment
    | (&&|\|[|&]?|;+|\n|&(?![>\d]))         # 1: what ends a simple command
    | ((?:[^\s"'|&;\\]|>&\d|&>|             # 2: a word, with its quoted parts
        "(?:[^"\\]|\\.)*(?:"|\Z)|'[^']*(?:'|\Z)|\\.|\\\Z)+)""",
    re.DOTALL | re.VERBOSE,
)
_SPECIAL = re.compile(r"[\n&|;\"'#\\<]")
_ASSIGNMENT = re.compile(r"[A-Za-z_]\w*\+?=(\$\()?")
_REDIRECTION = re.compile(r"\d*[<>&]")
_HEREDOC = re.compile(r"<<-?\s*['\"]?\w+")
_PYTHONS = re.compile(r"(?:python|pypy)(?:[\d.]+)?$")


def normal_command(command: object) -> str:
    """The command line with every run of white space as one space and without a trailing `2>&1`, `;` or `&`.

    Beyond 8192 characters only the head is normalised and the rest stands as its hash. A list (`argv`) is joined.
    """
    line = _line(command)
    if len(line) > _WHOLE:
        rest = blake2b(line[_WHOLE:].encode("utf-8", "replace"), digest_size=8).hexdigest()
        return f"{' '.join(line[:_WHOLE].split())} …{rest}"
    normal = " ".join(line.split())
    while normal.endswith(("2>&1", ";", " &")):
        normal = normal.removesuffix("2>&1").removesuffix(";").removesuffix(" &").rstrip()
    return normal


def program(command: object) -> str:
    """What a command line really runs: program and subcommand ("git push", "pytest", "npm run build"); "" for nothing.

    Of a chain the last command that does more than prepare (`cd`, `export`, `echo` …) or look (`ls`, `tail` …), because
    its exit code is the chain's; of a pipe the beginning. Assignments, `sudo`, `timeout`, `bash -c` and their like are
    looked through.
    """
    return _program(_line(command)[:_READ])


def thing(tool: object, input: object) -> str:  # noqa: A002 -- the transcripts' own word
    """What a call is about: the program of a shell tool; the file, pattern or address of others known; else the tool.

    At most 200 characters on one line.
    """
    name = tool if isinstance(tool, str) else ""
    if isinstance(input, Mapping):
        if name in SHELL_TOOLS:
            return program(input.get("command") or input.get("cmd")) or name
        for key in ABOUT.get(name, ()):
            value = input.get(key)
            if isinstance(value, str) and value:
                return value if len(value) <= _THING and value.isprintable() else " ".join(value[:_THING].split())
    return name if len(name) <= _THING and name.isprintable() else " ".join(name[:_THING].split())


def same(tool: object, input: object) -> str:  # noqa: A002 -- the transcripts' own word
    """12 hex characters that are equal for the same call: same tool, same command or input whatever the white space.

    Of a shell tool only the command counts (its description is worded anew each time). Inputs beyond 512 bytes of JSON
    are edits and whole files, in which white space is content and counts.
    """
    name = tool if isinstance(tool, str) else ""
    line = (input.get("command") or input.get("cmd")) if name in SHELL_TOOLS and isinstance(input, Mapping) else None
    body = normal_command(line).encode("utf-8", "replace") if line else _canonical(input)
    return blake2b(b"%b\0%b" % (name.encode("utf-8", "replace"), body), digest_size=6).hexdigest()


def _canonical(value: object) -> bytes:
    """A value as JSON with sorted keys; of a short one, runs of white space in its strings count as one space."""
    try:
        text = orjson.dumps(value, option=orjson.OPT_SORT_KEYS | orjson.OPT_NON_STR_KEYS)
    except (TypeError, ValueError, RecursionError):
        text = _fallback(value)
    if len(text) > _SHORT:
        return text
    if b"\\n" in text or b"\\t" in text or b"  " in text:
        text = b" ".join(text.replace(b"\\n", b" ").replace(b"\\t", b" ").replace(b"\\r", b" ").split())
    return text


def _fallback(value: object) -> bytes:
    """What stands for a value that JSON cannot hold: lone surrogates, huge integers, too deep a nest."""
    try:
        return repr(value).encode("utf-8", "backslashreplace")
    except (RecursionError, ValueError):
        return type(value).__name__.encode("utf-8", "backslashreplace")


def _line(command: object) -> str:
    """A command as text: a string as it is, a list of words joined (the script alone where it is `sh -c SCRIPT`)."""
    if isinstance(command, str):
        return command
    if not isinstance(command, list | tuple):
        return ""
    words = [word for word in command if isinstance(word, str)]
    if len(words) > 2 and words[0].rsplit("/", 1)[-1] in SHELLS and words[1].startswith("-"):
        return words[2]
    return " ".join(words)


@lru_cache(maxsize=2048)
def _program(line: str) -> str:
    return _best(line, _DEPTH)[:_NAME]


def _best(line: str, depth: int) -> str:
    """The last simple command of the most telling class: the one whose exit code a chain of `&&` or `;` reports."""
    best, rank = "", 0
    for words, piped in _parts(line):
        name = _of_words(words, depth)
        first = name.split(" ", 1)[0]
        weight = 0 if not name else 1 if first in PREPARES else 2 if first in VIEWS else 3
        if weight > rank or (weight == rank > 1 and not piped):
            best, rank = name, weight
    return best


def _parts(line: str) -> list[tuple[list[str], bool]]:
    """The words of each simple command of a line, and whether it only takes the place or the output of the one before.

    Comments and here-documents are left out.
    """
    if not _SPECIAL.search(line):
        words = line.split()
        return [(words, False)] if words else []
    line = line.replace("\\\n", " ")
    document = _HEREDOC.search(line)
    if document:
        line = line[: document.end()] + line[document.end() :].split("\n", 1)[0]
    parts: list[tuple[list[str], bool]] = [([], False)]
    for operator, word in _TOKEN.findall(line):
        if word:
            parts[-1][0].append(word)
        elif operator:
            parts.append(([], operator[0] == "|"))
    return [part for part in parts if part[0]]


def _of_words(words: list[str], depth: int) -> str:
    """The program of one simple command, seen through what stands before it."""
    at = 0
    while at < len(words):
        word = words[at].lstrip("({").rstrip(")") or words[at]
        assigned = _ASSIGNMENT.match(word)
        name = word.strip("\"'`$({)\\").replace("\\", "/").rstrip("/").rsplit("/", 1)[-1].removesuffix(".exe")
        if assigned and not assigned[1]:
            at += 1
        elif _REDIRECTION.match(word):
            at += 1 + (word[-1] in "<>")
        elif name in WRAPPERS:
            at = _behind_options(words, at + 1, WRAPPERS[name]) + (name in DURATION_FIRST)
        else:
            if assigned:
                name = word[assigned.end() :].rsplit("/", 1)[-1]
            return _with_subcommand(name, words[at + 1 :], depth) if name else ""
    return ""


def _with_subcommand(name: str, rest: list[str], depth: int) -> str:
    if name in SHELLS or name in INTERPRETERS or _PYTHONS.match(name):
        return _interpreted(name, rest, depth)
    if name not in HAVE_SUBCOMMANDS:
        return name
    at = _behind_options(rest, 0, VALUE_OPTIONS)
    if at >= len(rest) or not _is_plain(rest[at]):
        return name
    sub = rest[at]
    family = f"{name}.{sub}"
    at = _behind_options(rest, at + 1, VALUE_OPTIONS)
    if family in RUNNERS and depth and at < len(rest):
        return _of_words(rest[at:], depth - 1) or f"{name} {sub}"
    if family in FAMILIES and at < len(rest) and _is_plain(rest[at]):
        return f"{name} {sub} {rest[at]}"
    return f"{name} {sub}"


def _interpreted(name: str, rest: list[str], depth: int) -> str:
    """`python -m pytest` is pytest, `bash -c SCRIPT` is the script's program, `node build.js` names the file."""
    for at, word in enumerate(rest):
        follows = rest[at + 1] if at + 1 < len(rest) else ""
        if word == "-m" and follows:
            return _with_subcommand(follows, rest[at + 2 :], depth) if _is_plain(follows) else name
        if name in SHELLS and word[:1] == "-" and word[-1:] == "c" and follows and depth:
            script = follows[1:-1] if follows[:1] in {'"', "'"} else follows
            return _best(script, depth - 1) or name
        if word in {"-c", "-e", "-", "--eval"} or word[:1] in {"<", ">"}:
            return name
        if word[:1] != "-":
            script = word.strip("\"'").rsplit("/", 1)[-1]
            return script if name in SHELLS else f"{name} {script}"
    return name


def _behind_options(words: list[str], at: int, take_value: frozenset[str]) -> int:
    while at < len(words) and words[at][:1] == "-":
        at += 1 + (words[at] in take_value)
    return at


def _is_plain(word: str) -> bool:
    """Whether a word can be a subcommand, a task or a module: no path, redirection, variable or assignment."""
    return word[:1].isalpha() and len(word) <= _NAME and all(c.isalnum() or c in "-_:." for c in word)
