"""The error signature of a failed tool result: the line that tells the problem, with everything masked that varies.

Two results have the same signature when a maintainer would call them the same problem, whoever met it, on whichever
machine, through whichever tool. Everything here is linear in a bounded part of the text and never raises.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import re2

from bot.core.command import normal_command, program, same, thing
from bot.core.normal_line import normal_line

__all__ = ["NORMALISER", "normal_command", "program", "same", "signature", "thing"]

NORMALISER = "1"
"""The version of the algorithm: it changes with any change of what `signature` answers, here or in `normal_line`.

Fingerprints hold it, so a change needs a migration of the stored ones, and all files are read again.
"""

_EDGE = 6000  # characters looked at from each end: errors stand where a program starts failing or where it gives up
_LETTERS = 8  # fewer outside of masks are no signature
_FEW = 12  # lines of a text in which the first one may speak although nothing in it looks like an error
_HITS = 40  # candidate lines of one class

_WRAPPER = "<tool_use_error>"
_ANSI = re2.compile(r"\x1b(?:\[[0-9;?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)|[@-Z\\^_])")
_MASK = re2.compile(r"<[a-z]+>|\[masked:[\w-]+\]")
_EXIT = re2.compile(r"^\s*(?:Error: )?Exit code -?\d+\s*")

# How the harness begins when it speaks itself: inside `<tool_use_error>` from 2.0.0 on, bare before. The first line is
# the message; what follows (the string that was sought, the folder) is different each time.
_GUARDS = (
    "File has not been", "File has been", "File does not exist", "String to replace not found", "No changes to make",
    "File content (", "File is too large", "Path does not exist", "Directory does not exist", "InputValidationError",
    "Cannot create new file", "Unknown skill", "Error: No such tool", "No such tool", "Command timed out", "spawn /",
)  # fmt: skip

_TOOLS = (
    "golangci-lint|biome|eslint|oxlint|ruff|flake8|pylint|clippy|stylelint|shellcheck|prettier|rubocop|ktlint|swiftlint|"
    "markdownlint|yamllint|hadolint|black|isort"
)
_TASK_FAILED = re2.compile(r"(?m)^\[([\w:./@-]+)\] ERROR task failed")
_ECHO = re2.compile(r"(?m)^(?:\[([\w:./@-]+)\] )?[$>] (.+)$")
_LINTER = re2.compile(rf"(?:^|[\s/])({_TOOLS})(?:\s|$)")
# Summaries by which a linter is known where the echo of its command was cut off.
_SUMMARIES = (
    ("golangci-lint", re2.compile(r"(?m)^(?:\[[\w:.-]+\] )?\d+ issues?:\s*$")),
    ("eslint", re2.compile(r"(?m)^\s*✖ \d+ problems? \(")),
    ("biome", re2.compile(r"(?m)(?:^|\s)(?:lint/\w+/\w+|format|organizeImports|assist/\S+) .*━{5}")),
)

_TASK = r"^(?:\[[\w:./@-]{1,40}\] |\w[\w.-]* +\| )?"  # what mise, turbo, compose and their like put before a line
_CLASSES = tuple(
    re2.compile(f"(?m){pattern}")
    for pattern in (
        # a compiler with its place, and a linker
        _TASK + r"\S[^\s:(]*[:(]\d+(?:[:,]\d+)?\)?:?(?: -)? (?:fatal )?(?:error|ERROR)\b.*$",
        _TASK + r"(?:vet: )?\S+\.\w{1,5}:\d+:\d+: \S.*$",
        r"^error(?:\[E\d+\])?: .*$",
        r"^.*(?:undefined reference to|multiple definition of|cannot open shared object file).*$",
        r"^.*\b(?:import cycle not allowed|\[setup failed\]).*$",
        # a shell that did not get to run anything
        r"^.*(?:: command not found|command not found: |: not found$|Segmentation fault|Permission denied|core dumped).*$",
        # a test with its name
        r"^E\s+(?:[\w.]*[a-z](?:Error|Exception|Exit|Warning)|Failed)\b.*$",
        _TASK + r"(?:--- FAIL: |FAILED [\w./]+::| *● .* › |test \S+ \.\.\. FAILED).*$",
        # a program that says so in front
        r"^ ! \[(?:remote )?rejected\].*$",
        r"^CONFLICT .*$",
        r"^npm (?:ERR!|error) .*$",
        r"^(?:.{0,60}[:\]] )?(?:fatal|FATAL|panic|error|Error|ERROR|Uncaught [\w.]*Error|[\w.]+(?:Error|Exception))(?:\[\w+\])?: \S.*$",
        r"^(?:! |CMake Error|\w+: \*\*\* |Exception in thread|thread '.*' panicked).*$",
        # anything with a word that only trouble has
        r"(?i)^.*\b(?:error|errors|fatal|exception|fail|fails|failed|failure|denied|cannot|can't|could not|couldn't|unable to|"
        r"not found|no such|undefined|undeclared|invalid|illegal|unexpected|unknown|unrecognized|unrecognised|unsupported|"
        r"missing|timed out|timeout|refused|unreachable|rejected|forbidden|unauthorized|required|expired|aborted|killed|"
        r"blocked|does not exist|doesn't exist|not a|not permitted|not allowed|no rule|no targets|already exists|too large|"
        r"exceeds|out of memory|broken|corrupt|conflict|usage:).*$",
    )
)
# Lines that only say that something, said elsewhere, went wrong; and lines of source, logs and banners with such words.
_WEAK = re2.compile(
    r"^\s*(?:\[[\w:./@-]{1,40}\] )?(?:"
    r"\w*make(?:\[\d+\])?: (?:\*\*\* (?:\[|Waiting)|Entering|Leaving|Target)|collect2: |ninja: |compilation terminated|"
    r"FAIL\s*$|FAIL\t|exit status \d|ERROR task failed|hint:|note:|help:|Caused by:|warning\b|Warning\b|WARN|INFO\b|DEBUG\b|"
    r"error: could not compile|error: aborting|error [Cc]ommand failed|ERROR: process |ELIFECYCLE|Found \d+ error|"
    r"npm (?:ERR!|error) (?:A complete log|errno|syscall|path|command|enoent This|Lifecycle|at |cwd|code ELIFECYCLE|$)|"
    r"\d+ (?:pass|passing|passed|tests?|issues?|warnings?)\b|Tests?:|Test Suites:|=====|-----|"
    r"[-+@] ?\S*[^a-z]*$|//|/\*|\*|#|\$ |> |\d+ +\||\||at .*\(.*\d\)$|\(Use |\.\.\. )"
    r"|(?i:\b0 (?:errors?|fail))|: (?:warning|note|info)\b|\bwarning[:\[]|^\s*--- PASS|^\s*=== RUN"
)
_SOURCE = re2.compile(r"[;{}]\s*$|^\s*(?:return|if|func|def|const|let|var|import|echo|for|public|private|type|class)\b|:=|=>|&&")
_BANNER = re2.compile(r"^\s*(?:[$>+#] |This is |-- |---|===|\[ *\d+%\]|[-=*_#~]{3,}|total \d|\(.*\)$|[\[\]{}()]+$)|(?i:^\s*warning\b)")
_PLACE = re2.compile(r"^(?:vet: )?(?:\S[^\s:(]*|\S+\.\w{1,5}|[A-Za-z]:\\[^\s:(]*)[:(]\d+(?:[:,]\d+)?\)?:?(?: -)? +(?:: )?")
_TRACEBACK = "Traceback (most recent call last)"

# What stands before the message, each taken off as often as it comes.
_BEFORE = re2.compile(
    r"^\s*(?:\[[\w:./@-]{1,40}\]\s+|\w[\w.-]* +\|\s+|E\s{2,}|[✗✖✘×❌●•!]+\s+|>>?\s+|"
    r"(?:/(?:usr/)?bin/)?(?:ba|z|da|k)?sh: (?:line )?\d+: |(?:/(?:usr/)?bin/)?(?:ba|z|da|k)?sh: |zsh:\d+: |\(eval\):\d+: |"
    r"\S+\.sh: line \d+: |"
    r"\(?(?:\d{4}[-/]\d\d[-/]\d\d[T ])?\d\d:\d\d:\d\d(?:[.,]\d+)?Z?\)?\s+|<time>\s+|(?:INFO|WARN|ERRO?R?|FATAL)\s{2,}|"
    r"<?\d+>?\s+(?:Segmentation)|Uncaught |Error: (?:Error: )+|Rebasing \(\d+/\d+\))"
)
_REWORDED = tuple(
    (re2.compile(pattern), better)
    for pattern, better in (
        (r"^npm ERR! ", r"npm error "),
        (r"^(?:\w+:\d+: )?command not found: (\S+).*$", r"\1: command not found"),
        (r"^([\w.+-]+): not found$", r"\1: command not found"),
        (r"^\(eval\):(\w+):\d+: no such file or directory: .*$", r"\1: <path>: No such file or directory"),
        (r"^(\w+):(\w+):\d+: no such file or directory: .*$", r"\2: <path>: No such file or directory"),
        (r"^no such file or directory: .*$", r"<path>: No such file or directory"),
        (r"(^|: )[^:]{1,200}: (?:open: )?No such file or directory$", r"\1<path>: No such file or directory"),
        (r"^(.*Segmentation fault) +(\(core dumped\))?.*$", r"\1 \2"),
        (r"^(E[A-Z]{3,}): ([^,']+).*$", r"\1: \2"),
        (r"^InputValidationError: \S+ failed", r"InputValidationError: <name> failed"),
        (r"^--- FAIL: (\S+).*$", r"--- FAIL: \1"),
        (r"^FAILED [^\s:]+(::[^\s\[]+).*$", r"FAILED <path>\1"),
        (r"^(undefined|declared and not used|imported and not used): .*$", r"\1: <name>"),
        (r"^\S+ (imported|declared) (?:and|but) not used.*$", r"\1 and not used: <name>"),
        (r"^cannot use .* as .* value in (argument|assignment|struct literal|return|map|array|variable)\b.*$", r"cannot use <name> as <name> value in \1"),
        (r"^\S+ undefined \(.*$", r"<name> undefined"),
        (r"^(not enough|too many) (arguments|return values).*$", r"\1 \2"),
        (r"^(?:assignment mismatch|invalid operation): .*mismatched types.*$", r"invalid operation: mismatched types"),
        (r"^(assignment mismatch|invalid operation): .*$", r"\1"),
        (r"^\S+ redeclared in this block.*$", r"<name> redeclared in this block"),
        (r"^could not import .*$", r"could not import <path>"),
        (r"^.*(undefined reference to|multiple definition of) .*$", r"\1 <name>"),
        (r"^.*: (import cycle not allowed)$", r"\1"),
        (r"^ *\[((?:remote )?rejected)\] .*\((.*)\)$", r"[\1] (\2)"),
        (r"^CONFLICT (\(.*?\)): .*$", r"CONFLICT \1"),
        (r"^(\[[\w:./@-]+\] )?(\S+) \[setup failed\]$", r"package setup failed"),
        (r"^(AssertionError)\b.*$", r"\1"),
    )
)


def signature(text: object) -> str:
    """The normalised error signature of a failed tool result: one line of at most 160 characters, plain text.

    "" where fewer than 8 letters are left, and for what is no text: no signature, so the event makes no group.
    """
    if not isinstance(text, str):
        return ""
    shown = _window(text)
    start = shown.lstrip()
    wrapped = start.startswith(_WRAPPER)
    if wrapped:
        start = start[len(_WRAPPER) :].replace("</tool_use_error>", "", 1).lstrip()
    if wrapped or start.startswith(_GUARDS):
        line = _first(start)
    else:
        start = _EXIT.sub("", start, count=1)
        linter = _linter(start)
        line = f"{linter} task failed" if linter else _telling(start)
    line = normal_line(_reworded(line))
    letters = sum(map(str.isalpha, _MASK.sub("", line)))
    return line if letters >= _LETTERS else ""


def _window(text: str) -> str:
    """The beginning and the end of a text without terminal sequences, carriage returns and progress overwritten by them."""
    if len(text) > 2 * _EDGE:
        text = f"{text[:_EDGE]}\n{text[-_EDGE:]}"
    if "\x1b" in text:
        text = _ANSI.sub("", text)
    return text.replace("\r", "\n") if "\r" in text else text


def _first(text: str) -> str:
    """The first line; with the next one where it ends in a colon (`… the following issue:`)."""
    line, _, rest = text.partition("\n")
    if line.rstrip().endswith(":") and rest.strip():
        return f"{line} {rest.strip().partition(chr(10))[0].strip()}"
    return line


def _linter(text: str) -> str:
    """The linter whose run this is: told from the echo of the task that failed, or from the shape of its summary."""
    failed = _TASK_FAILED.search(text)
    for task, command in _ECHO.findall(text) if "$ " in text or "> " in text else ():
        found = _LINTER.search(command)
        if found and (not failed or not task or task == failed[1]):
            return str(found[1])
    if failed and "lint" not in failed[1]:
        return ""
    return next((name for name, summary in _SUMMARIES if summary.search(text)), "")


def _telling(text: str) -> str:
    """The line that tells the problem: an exception's last line, else the first line of the most telling class that has any."""
    raised = text.rfind(_TRACEBACK)
    if raised >= 0:
        for line in text[raised:].split("\n")[1:]:
            if line and not line[0].isspace():
                return line
    for lines in _CLASSES:
        for found in _hits(lines, text):
            line = found[0]
            if not _WEAK.search(line) and not _SOURCE.search(line):
                return _first(text[found.start() :])
    return _last_resort(text)


def _hits(lines: Any, text: str) -> Iterator[Any]:
    for count, found in enumerate(lines.finditer(text)):
        if count >= _HITS:
            return
        yield found


def _last_resort(text: str) -> str:
    """The name of the task that failed, or the first line of a short text that is no banner."""
    failed = _TASK_FAILED.search(text)
    if failed:
        return f"{failed[1]} task failed"
    lines = [line for line in text.split("\n") if line.strip()]
    if len(lines) > _FEW:
        return ""
    return next((line for line in lines if not _BANNER.search(line)), "")


def _reworded(line: str) -> str:
    """A line without what stands before its message, and in the one wording that other versions and shells say otherwise."""
    line = line[:1000].strip()
    for _ in range(6):
        shorter = _BEFORE.sub("", line, count=1) if not line.startswith("[rejected") else line
        shorter = _PLACE.sub("", shorter, count=1)
        if shorter == line:
            break
        line = shorter
    for pattern, better in _REWORDED:
        line = pattern.sub(better, line, count=1)
    return line
