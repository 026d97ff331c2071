"""How a tool call ended, told from the text of its result: what is a failure and what only looks like one."""

from __future__ import annotations

import re2

from bot.core.model import Outcome

SHELLS = frozenset({"Bash", "BashOutput", "PowerShell", "TaskOutput", "bash", "shell", "local_shell", "exec_command"})

_OPENING = 400  # characters: the harness speaks first, so what it says of a call stands in its opening

_BY_PHRASE: tuple[tuple[Outcome, object], ...] = tuple(
    (outcome, re2.compile(pattern))
    for outcome, pattern in (
        (Outcome.CONSEQUENCE, r"^(?:<tool_use_error>)?\s*(?:Sibling tool call errored|Cancelled: parallel tool call)"),
        (
            Outcome.REJECTED,
            (
                r"^(?:<tool_use_error>)?\s*(?:The user doesn't want to (?:proceed with|take) th|User rejected |"
                r"The tool use was rejected|Permission to use .{1,80} (?:has been denied|with command)|"
                r"Claude requested permissions? to )"
            ),
        ),
        (Outcome.INTERRUPTED, r"^\s*\[Request interrupted by user|^\s*Interrupted by user"),
        (
            Outcome.HOOK_BLOCK,
            (
                r"^(?:<tool_use_error>)?\s*(?:(?:Pre|Post)ToolUse:.{0,120}?hook (?:error|blocked|stopped)|"
                r"Hook (?:Pre|Post)ToolUse.{0,120}? (?:denied|blocked)|"
                r"(?:Operation|Execution|Tool use) (?:stopped|blocked|denied) by .{0,80}?hook)"
            ),
        ),
        (Outcome.INFRASTRUCTURE, r"^(?:<tool_use_error>)?\s*API Error\b|^\s*\{\"type\":\"error\",\"error\":"),
        (Outcome.GUARD, r"^\s*<tool_use_error>"),
    )
)
# The guards of versions before 2.0.0, which had no wrapper; only believed of tools that run no program.
_BARE_GUARD = re2.compile(
    r"^\s*(?:File has not been read yet|File has been (?:unexpectedly )?modified|File does not exist|"
    r"String to replace not found|Found \d+ matches of the string to replace|No changes to make|"
    r"File content .{0,40} exceeds maximum|File is too large|Path does not exist|Directory does not exist|"
    r"InputValidationError|EISDIR|ENOENT|Cannot create new file|Unknown skill|No such tool)"
)
_EXIT = re2.compile(r"^(?:Error: )?Exit code (\d+)\s*")
_STATUS = re2.compile(r"\b([45]\d\d)\b")
_SEGMENTS = re2.compile(r"\|\|?|&&|;|\n")

# Programs whose exit 1 is an answer: nothing found, not equal, not so.
_ANSWERS = frozenset(
    {"grep", "egrep", "fgrep", "zgrep", "rg", "ag", "ack", "test", "[", "[[", "which", "pgrep", "command", "type"}
)
_COMPARES = frozenset({"diff", "cmp", "colordiff"})
_STOPPED = frozenset({130, 143})  # SIGINT and SIGTERM: someone stopped it
_NEXT_TO_NOTHING = 80  # characters of output beside the exit code that still are no error message


def classify(text: str, *, is_error: bool, tool: str, command: str = "") -> tuple[Outcome, int | None]:
    """The class of a result and its exit code, where the text has one.

    Absent `is_error` is success, whatever the text says (what an agent reads is not what happened to it). Phrases
    are those that Claude Code 1.0.53 to 2.1.81 put at the beginning of a result.
    """
    if not is_error:
        return Outcome.OK, None
    opening = text[:_OPENING]
    if not opening.startswith("Exit code "):  # what begins so is a program's, whatever it says
        for outcome, phrase in _BY_PHRASE:
            if phrase.search(opening):  # type: ignore[attr-defined]
                return outcome, None
    shell = tool in SHELLS
    if not shell and _BARE_GUARD.search(opening):
        return Outcome.GUARD, None
    found = _EXIT.search(opening)
    code = int(found[1]) if found else None
    body = text[found.end() :] if found else text
    if shell and _is_benign(code, body, command):
        return Outcome.BENIGN, code
    return Outcome.FAILED, code


def status_of(text: str) -> str:
    """The HTTP status that an API error names in its opening, else "unknown"."""
    found = _STATUS.search(text[:_OPENING])
    return str(found[1]) if found else "unknown"


def _is_benign(code: int | None, body: str, command: str) -> bool:
    said = body.strip() if len(body) < 4 * _NEXT_TO_NOTHING else body
    if said.startswith("Command timed out"):
        return False  # versions from 2.0.64 say so behind the exit code 143 of the signal that ended it
    if code in _STOPPED or said == "^C":
        return True
    if code not in {1, None}:
        return False
    if code is None and said not in {"", "Error"}:  # 1.0.53 wrote "Error" where a failing program said nothing
        return False
    words = _last_words(command)
    if not words:
        return False
    if words[0] in _COMPARES or words[:2] == ["git", "diff"]:
        return True
    asks = words[0] in _ANSWERS or words[:2] == ["git", "grep"]
    return asks and (said == "Error" or len(said) <= _NEXT_TO_NOTHING) and "rror:" not in said


def _last_words(command: str) -> list[str]:
    """The first words of the last program of a command line: the one whose exit code the shell reports."""
    parts = [part.strip() for part in _SEGMENTS.split(command[-2000:]) if part.strip()]
    if not parts:
        return []
    words = parts[-1].lstrip("({!").split()
    while words and (("=" in words[0] and not words[0].startswith("[")) or words[0] in {"sudo", "time", "then", "do"}):
        words = words[1:]
    return [words[0].rsplit("/", 1)[-1], *words[1:2]] if words else []
