"""The error signature of a failed tool result: the line that tells the problem, with everything masked that varies.

Two results have the same signature when a maintainer would call them the same problem, whoever met it, on whichever
machine, through whichever tool. Everything here is linear in a bounded part of the text and never raises.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

import re2

from bot.core.command import normal_command, program, same, thing
from bot.core.normal_line import normal_line, reworded

__all__ = ["NORMALISER", "normal_command", "program", "same", "signature", "thing"]

NORMALISER = "1"
"""The version of the algorithm: it changes with any change of what `signature` answers, here or in `normal_line`.

Fingerprints hold it, so a change needs a migration of the stored ones, and all files are read again.
"""

_EDGE = 16_000  # characters looked at from each end: two of them hold a whole result (Claude Code cuts at 30,000)
_LETTERS = re.compile(r"(?:[^\W\d_][\W\d_]*){8}")  # fewer letters outside of masks are no signature
_FEW = 12  # lines of a text in which the first one may speak although nothing in it looks like an error
_HITS = 40  # candidate lines of one class
_LINE = 1000  # bytes of a candidate line

_ANSI = re2.compile(r"\x1b(?:\[[0-9;?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)|[@-Z\\^_])")
_MASK = re.compile(r"<[a-z]+>|\[masked:[\w-]+\]")
_EXIT = re.compile(r"\s*(?:Error: )?Exit code -?\d+\s*")

_WRAPPER = "<tool_use_error>"
# How the harness begins when it speaks itself: inside `<tool_use_error>` from 2.0.0 on, bare before. The first sentence
# is the message; what follows (the string that was sought, a folder, advice) is different each time.
_GUARDS = (
    "File has not been", "File has been", "File does not exist", "String to replace not found", "No changes to make",
    "File content (", "File is too large", "Path does not exist", "Directory does not exist", "InputValidationError",
    "Cannot create new file", "Unknown skill", "Error: No such tool", "No such tool", "Command timed out",
)  # fmt: skip

_LINTERS = (
    "golangci-lint|biome|eslint|oxlint|ruff|flake8|pylint|clippy|stylelint|shellcheck|prettier|rubocop|ktlint|swiftlint|"
    "markdownlint|yamllint|hadolint|black|isort"
)
_TASK_FAILED = re2.compile(rb"(?m)^\[([\w:./@-]+)\] ERROR task failed")
_ECHO = re2.compile(rb"(?m)^(?:\[([\w:./@-]+)\] \$|>) (.+)$")
_LINTER = re.compile(rf"(?:^|[\s/])({_LINTERS})(?:\s|$)")
# Summaries by which a linter is known where the echo of its command is missing.
_SUMMARIES = (
    ("golangci-lint", re2.compile(rb"(?m)^(?:\[[\w:./@-]+\] )?\d+ issues?:\s*$")),
    ("eslint", re2.compile(rb"(?m)^\s*\x{2716} \d+ problems? \(")),
    ("biome", re2.compile(rb"(?m)(?:^|\s)(?:lint/\w+/\w+|format|organizeImports|assist/\S+) .*\x{2501}{5}")),
)

_TASK = r"^(?:\[[\w:./@-]{1,40}\] |\w[\w.-]* +\| )?"  # what mise, turbo, compose and their like put before a line
_TROUBLE = (
    "errors?|fatal|exception|fail|fails|failed|failure|denied|cannot|can't|could not|couldn't|unable to|"
    "not found|no such|undefined|undeclared|invalid|illegal|unexpected|unknown|unrecogni[sz]ed|unsupported|"
    "missing|timed out|timeout|refused|unreachable|rejected|forbidden|unauthorized|required|expired|aborted|"
    "killed|blocked|does not exist|doesn't exist|not a|not permitted|not allowed|no rule|no targets|"
    "already exists|too large|exceeds|out of memory|broken|corrupt|conflict|ignored by|usage:"
)
_SPEAKER = r"(?:fatal|FATAL|panic|error|Error|ERROR|Uncaught [\w.]*Error|[\w.]+(?:Error|Exception))"
_SHELL = r"(?:: command not found|command not found: |: not found$|Segmentation fault|[Pp]ermission denied|core dumped)"
# Lines that look like an error's, the most telling class first.
_CLASSES = tuple(
    re2.compile(f"(?m)(?:{'|'.join(lines)})".encode())
    for lines in (
        (  # a compiler with its place; a linker
            _TASK + r"\S[^\s:(]*[:(]\d+(?:[:,]\d+)?\)?:?(?: -)? (?:fatal )?(?:error|ERROR)\b.*$",
            _TASK + r"(?:vet: )?\S+\.\w{1,5}:\d+:\d+: \S.*$",
            r"^error\[E\d+\]: .*$",
            r"^.*(?:undefined reference to|multiple definition of|cannot open shared object file).*$",
            r"^.*\b(?:import cycle not allowed|directory not found|\[setup failed\])$",
        ),
        (rf"^.*{_SHELL}.*$",),  # a shell that did not get to run anything, a program that crashed
        (  # a test with its name
            r"^E\s+(?:[\w.]*[a-z](?:Error|Exception|Exit|Warning)|Failed)\b.*$",
            _TASK + r"(?:--- FAIL: |FAILED [\w./]+::| *\x{25cf} .* \x{203a} | *FAIL +\S+ > |test \S+ \.\.\. FAILED).*$",
        ),
        (  # a program that says so in front
            r"^ ! \[(?:remote )?rejected\].*$",
            r"^(?:Rebasing .*\))?CONFLICT .*$",
            r"^npm (?:ERR!|error) .*$",
            rf"^(?:.{{0,60}}[:\]] )?{_SPEAKER}(?:\[\w+\])?: \S.*$",
            r"^(?:! |CMake Error|\w+: \*\*\* |Exception in thread|thread '.*' panicked).*$",
        ),
        (rf"(?i)^.*\b(?:{_TROUBLE}).*$",),  # anything with a word that only trouble has
    )
)
# Lines that only repeat that something, said elsewhere, went wrong; lines of banners, logs and source with such words.
_WEAK = re.compile(
    r"""\s*(?:\[[\w:./@-]{1,40}\]\ )?(?:
      \w*make(?:\[\d+\])?:\ (?:\*\*\*\ (?:\[|Waiting)|Entering|Leaving|Target)
    | collect2:\  | ninja:\  | compilation\ terminated
    | E\s+AssertionError | FAIL\s*$ | FAIL\t | exit\ status\ \d | ERROR\ task\ failed
    | hint: | note: | help: | Caused\ by:
    | (?:[\w-]+\ )?[Ww]arning\b | WARN | INFO\b | DEBUG\b
    | error:\ could\ not\ compile | error:\ aborting | error\ [Cc]ommand\ failed | ELIFECYCLE | Found\ \d+\ error
    | npm\ (?:ERR!|error)\ (?:A\ complete\ log|errno|syscall|path|command|enoent\ This|Lifecycle|at\ |cwd|$)
    | npm\ (?:ERR!|error)\ code\ ELIFECYCLE
    | \d+\ (?:pass|passing|passed|tests?|issues?|warnings?)\b | Tests?: | Test\ Suites:
    | ={5} | -{5} | ---\ PASS | ===\ RUN
    | // | /\* | \* | \# | \$\  | >\  | \d+\ +\| | \| | at\ .*\d\)?$ | \(Use\  | \.\.\.[ ]
    | (?:return|if|func|def|const|let|var|import|echo|for|class)\b )
  | .*(?: \b0\ (?:[Ee]rror|[Ff]ail) | :\ (?:warning|note|info)\b | \bwarning[:\[] | [;{]\s*$ | := | => | && )""",
    re.VERBOSE,
)
_BANNER = re.compile(
    r"\s*(?:[$>+#] |This is |-- |---|===|\[ *\d+%\]|[-=*_#~]{3,}|total \d|\(.*\)$|[\[\]{}()]+$|[Ww]arning\b)"
)
_TRACEBACK = "Traceback (most recent call last)"


def signature(text: object) -> str:
    """The normalised error signature of a failed tool result: one line of at most 160 characters, plain text.

    "" where fewer than 8 letters are left, and for what is no text: no signature, so the event makes no group.
    """
    return _signature(text) if isinstance(text, str) else ""


@lru_cache(maxsize=512)  # a guard says the same words every time: a third of all failures
def _signature(text: str) -> str:
    shown = _window(text).lstrip()
    wrapped = shown.startswith(_WRAPPER)
    if wrapped:
        shown = shown[len(_WRAPPER) :].replace("</tool_use_error>", "", 1).lstrip()
    if wrapped or shown.startswith(_GUARDS):
        line = _first(shown).partition(". ")[0]
    else:
        line = _telling(_EXIT.sub("", shown, count=1) if shown.startswith(("Exit", "Error: Exit")) else shown)
    line = normal_line(reworded(line))
    return line if _LETTERS.search(_MASK.sub("", line) if "<" in line or "[" in line else line) else ""


def _window(text: str) -> str:
    """The beginning and the end of a text, in whole lines where it has any, without terminal sequences."""
    if len(text) > 2 * _EDGE:
        head, tail = text[:_EDGE], text[-_EDGE:]
        text = f"{head[: head.rfind(chr(10)) + 1] or head}\n{tail[tail.find(chr(10)) + 1 :]}"
    if "\x1b" in text:
        text = _ANSI.sub("", text)
    return text.replace("\r", "\n") if "\r" in text else text


def _first(text: str) -> str:
    """The first line; with the next one where it ends in a colon (`… the following issue:`)."""
    line, _, rest = text.partition("\n")
    if line.rstrip().endswith(":") and rest.strip():
        return f"{line} {rest.strip().partition(chr(10))[0].strip()}"
    return line


def _telling(text: str) -> str:
    """The line that tells the problem: the linter that failed, an exception, or the most telling line."""
    data = text.encode("utf-8", "replace")
    failed = _TASK_FAILED.search(data) if b"] ERROR task failed" in data else None
    task = failed[1].decode() if failed else ""
    linter = _linter(data, task)
    if linter:
        return f"{linter} task failed"
    raised = text.rfind(_TRACEBACK)
    if raised >= 0:
        for line in text[raised:].split("\n")[1:]:
            if line and not line[0].isspace():
                return line
    for line in _candidates(data):
        if not _WEAK.match(line):
            return line
    return f"{task} task failed" if task else _last_resort(text)


def _linter(data: bytes, task: str) -> str:
    """The linter whose run this was: told from the echo of the task that failed, or from the shape of its summary."""
    echoes = _ECHO.findall(data) if b"] $ " in data or data.startswith(b"> ") or b"\n> " in data else []
    commands = [command for name, command in echoes if not task or name.decode() == task]
    found = _LINTER.search(commands[-1].decode("utf-8", "replace")) if commands else None
    if found:
        return found[1]
    if task and "lint" not in task:
        return ""
    return next((name for name, summary in _SUMMARIES if summary.search(data)), "")


def _candidates(data: bytes) -> Iterator[str]:
    """The lines that look like an error's, the most telling class first; one that ends in a colon with the next."""
    for lines in _CLASSES:
        for count, found in enumerate(lines.finditer(data)):
            if count >= _HITS:
                break
            yield _first(data[found.start() : found.start() + _LINE].decode("utf-8", "replace"))


def _last_resort(text: str) -> str:
    """The first line of a short text that is no banner."""
    lines = [line for line in text.split("\n") if line.strip()]
    if len(lines) > _FEW:
        return ""
    return next((line for line in lines if not _BANNER.match(line)), "")
