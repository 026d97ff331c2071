"""Which commit a session had checked out, as git itself said it there; unknown is better than wrong."""

from __future__ import annotations

import re

VERSION = "1"  # a change reads every file again

_SHA = r"[0-9a-f]{7,40}"
_ELSEWHERE = re.compile(r"(?:^|[\s;&|(])(?:cd|pushd)\s|\s-C\s|--git-dir|--work-tree|GIT_DIR|GIT_WORK_TREE")
_SEVERAL = re.compile(r"[;|&\n`<>]|\$\(")
_COMMITTED = re.compile(rf"^\[[^\]\n]{{1,200}} ({_SHA})\] ", re.MULTILINE)  # `[main abc1234] message`
_MOVED = re.compile(rf"^HEAD is now at ({_SHA})\b", re.MULTILINE)
_PULLED = re.compile(rf"^Updating {_SHA}\.\.({_SHA})$", re.MULTILINE)
_WHOLE = re.compile(rf"({_SHA})\s*")
_LOGGED = re.compile(rf"(?:commit )?({_SHA})\b")
_LOG_OPTIONS = re.compile(
    r"-\d+|-n\d+|--oneline|--stat|--decorate(?:=\w+)?|--no-decorate|--no-color|-p|--patch|--no-merges"
)


def said(command: str, output: str) -> str:
    """The sha (7 to 40 digits) that is checked out after a git command that worked; "" where it does not say.

    Heard are `git rev-parse HEAD`, `git log` without a ref or path, `git commit`, `git pull` and what prints "HEAD is now
    at". A command that goes elsewhere first (`cd`, `-C`) says nothing about the session's own place.
    """
    if not command.startswith("git ") or _ELSEWHERE.search(command):
        return ""
    # The first line of what is asked alone; what a commit or a move prints is told by its shape among other output.
    if not _SEVERAL.search(command) and (found := _asked(command.split()[1:], output)):
        return found
    for words, shape in (("commit", _COMMITTED), ("", _MOVED), ("pull", _PULLED)):
        if f"git {words}" in command and (last := shape.findall(output)):
            return str(last[-1])
    return ""


def _asked(words: list[str], output: str) -> str:
    first = output.lstrip().partition("\n")[0]
    match words:
        case ["rev-parse", *options, "HEAD"] if all(each.startswith("--short") for each in options):
            found = _WHOLE.fullmatch(first)
        case ["log", *options] if all(map(_LOG_OPTIONS.fullmatch, _joined(options))):
            found = _LOGGED.match(first)
        case _:
            return ""
    return found[1] if found else ""


def _joined(options: list[str]) -> list[str]:
    """The options with `-n 3` as one."""
    return " ".join(options).replace("-n ", "-n").split()
