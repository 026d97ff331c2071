"""Which commit a session had checked out, as git itself said it there; unknown is better than wrong."""

from __future__ import annotations

import re

VERSION = "2"  # a change reads every file again

_LONGEST = 4_000  # characters of a command that are looked at; longer ones write files
_SHA = r"[0-9a-f]{7,40}"
_QUOTED = re.compile(r"'[^']*'|\"(?:[^\"\\]|\\.)*\"", re.DOTALL)
_DOCUMENT = re.compile(r"\$\(cat <<-?\s*['\"]?(\w+)['\"]?\n.*?\n\s*\1\s*\)", re.DOTALL)  # in it quotes are only quotes
_ENDS = re.compile(r"&&|\|\||[;\n|]")
_ELSEWHERE = re.compile(
    r"(?:^|[\s;&|(])(?:cd|pushd|popd)(?:\s|$)|\s-C\s|--git-dir|--work-tree|\bGIT_\w+=|`|\$\((?!cat\b)"
)
_CUT = frozenset({"tail", "head"})  # what git says may run through these
# What can leave another commit checked out than before.
_MOVES = (
    "am|bisect|checkout|cherry-pick|commit|filter-branch|filter-repo|merge|pull|read-tree|rebase|reset|revert"
    "|stash branch|switch|symbolic-ref|update-ref"
)
_MOVED = re.compile(rf"\bg(?:it|h pr)\b[^\n;&|]{{0,200}}?\s(?:{_MOVES})(?![\w-])")

_COMMITTED = re.compile(rf"^\[[^\]\n]{{1,200}} ({_SHA})\] ", re.MULTILINE)  # `[main abc1234] message`
_AT = re.compile(rf"^HEAD is now at ({_SHA})\b", re.MULTILINE)
_PULLED = re.compile(rf"^Updating {_SHA}\.\.({_SHA})\nFast-forward$", re.MULTILINE)
_SAYS = {
    **dict.fromkeys(("commit", "cherry-pick", "revert"), _COMMITTED),
    **dict.fromkeys(("reset", "checkout", "switch"), _AT),
    **dict.fromkeys(("pull", "merge"), _PULLED),
}
# What prints nothing that looks like one of these lines.
_SILENT = frozenset(
    {"add", "branch", "config", "fetch", "init", "mv", "push", "rev-parse", "rm", "stash", "status", "tag"}
)

_WHOLE = re.compile(rf"({_SHA})\s*")
_LOGGED = re.compile(rf"(?:commit )?({_SHA})\b")
_LOG_OPTIONS = re.compile(r"-\d+|-n\d+|--oneline|--stat|--decorate(?:=\w+)?|--no-decorate|--no-color|-p|--patch")


def said(command: str, output: str) -> str:
    """The sha (7 to 40 digits) that is checked out after a git command that worked; "" where it does not say.

    Heard are `git rev-parse HEAD` and `git log` without a ref or path where they stand alone, and of the last command of
    a chain that moves: commit, cherry-pick, revert, a fast-forward, "HEAD is now at". A command that goes elsewhere
    (`cd`, `-C`), or in which another program than git speaks, says nothing about the session's own place.
    """
    bare = _bare(command)
    parts = [] if _ELSEWHERE.search(bare) else _parts(bare)
    if len(parts) == 1 and (found := _asked(parts[0], output)):
        return found
    telling = [words for words in parts if words[0] not in _SILENT or words[1:2] == ["branch"]]
    if not telling or any(words[0] not in _SAYS for words in telling):
        return ""
    shape = next((_SAYS[words[0]] for words in reversed(telling) if not _stays(words)), None)
    lines = shape.findall(output) if shape else []
    return str(lines[-1]) if lines else ""


def moved(command: str) -> bool:
    """Whether after a command another commit may be checked out than before, whatever it printed and wherever it ran."""
    if len(command) > _LONGEST:
        return True
    if not _MOVED.search(command):
        return False
    parts = _parts(_bare(command))
    return not parts or not all(map(_stays, parts))


def _bare(command: str) -> str:
    """A command without what stands in quotation marks; "" for one that is too long to be looked at."""
    return _QUOTED.sub("''", _DOCUMENT.sub("", command)) if len(command) <= _LONGEST else ""


def _parts(bare: str) -> list[list[str]]:
    """The words behind `git` of each simple command; none where another program stands among them."""
    found: list[list[str]] = []
    for part in _ENDS.split(bare):
        words = part.replace("2>&1", "").split()
        if words[1:2] == ["--no-pager"]:
            del words[1]
        if words[:1] == ["git"] and len(words) > 1 and not any(">" in word or "<" in word for word in words):
            found.append(words[1:])
        elif words and not (words[0] in _CUT and found and found[-1][0] not in {"log", "rev-parse"}):
            return []
    return found


def _stays(words: list[str]) -> bool:
    """Whether a command of a kind that moves leaves the same commit checked out: files restored, a branch begun here."""
    match words:
        case ["stash", "branch", *_]:
            return False
        case ["reset"] | ["reset", "HEAD"] | ["checkout", "-b" | "-B", _] | ["switch", "-c" | "-C" | "--create", _]:
            return True
        case ["checkout", *rest] | ["reset", *rest]:
            return "--" in rest[:2] and rest[0] in {"--", "HEAD"}
    return words[0] in _SILENT


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
