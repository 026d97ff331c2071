"""One line of an error message with everything masked that differs from one occurrence of a problem to the next."""

from __future__ import annotations

import re

_LINE = 400  # characters of a line that are looked at; the cap also bounds what `re` (faster than RE2 here) can cost
_LIMIT = 160  # characters of the result
_ENOUGH = 24  # characters before a full stop that make a sentence worth standing alone

_EXTENSIONS = (
    "a|bak|bash|bat|c|cc|cfg|cjs|cmake|conf|cpp|cs|css|csv|db|deb|dll|dylib|env|exe|go|gradle|gz|h|hpp|html?|ini|ipynb|"
    "java|jpe?g|jsx?|jsonl?|kts?|lock|log|lua|md|mdx|mjs|mod|o|patch|pdf|php|pl|png|proto|pyi?|rb|rs|rst|scss|sh|so|sql|"
    "sqlite|sum|svelte|svg|swift|tar|tex|tf|tgz|tmp|toml|tsx?|txt|vue|whl|xml|ya?ml|zip|zsh"
)
_PATH_END = r"""(?:[^\s'"`<>()\[\]{},;:|.]|\[[\w.]+\])"""
_PATH_PART = r"""(?:[^\s'"`<>()\[\]{},;:|]|\[[\w.]+\])"""

_MONTHS = "Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec"
_DAYS = "Mon|Tue|Wed|Thu|Fri|Sat|Sun"
_UNITS = "[kKMGT]i?B|ms|min|secs?|seconds?|minutes?|hours?|days?|bytes"

# What varies, the most telling shape first. `words` only pass quickly; `kept` looks as if it varied and does not.
_VARIES = re.compile(
    rf"""
    (?P<words> (?<![\w.@/+~<-])
        (?: (?!(?:Errno|HTTP|status|{_DAYS}|{_MONTHS})\b) [A-Za-z]{{2,}} (?:[\ ,;)]+|:\ |$) )+ )
  | (?P<kept> <[a-z]{{1,8}}> | \[masked:[\w-]+\]
        | \b[A-Z]{{1,5}}-?\d{{1,5}}\b | \bErrno\ \d+ | \bHTTP(?:/[\d.]+)?\ \d{{3}}\b
        | \bstatus(?:\ code)?:?\ [1-5]\d\d\b
        | \b(?:I/O|N/A|and/or|CI/CD|TCP/IP|read/write|stdin/stdout)\b )
  | (?P<url>
        \b(?:https?|ssh|git|file|ftp|wss?|postgres(?:ql)?|redis|mysql|mongodb|[a-z]{{2,6}}\+[a-z]{{2,6}})://[^\s'"`<>)\]]+
        | \bgit@[\w.-]+:[\w./~-]+ )
  | (?P<email> (?<![\w.+-])[\w.+-]{{1,64}}@(?:[\w-]+\.)+[A-Za-z]{{2,}}\b )
  | (?P<uuid> \b[0-9a-fA-F]{{8}}-(?:[0-9a-fA-F]{{4}}-){{3}}[0-9a-fA-F]{{12}}\b )
  | (?P<time>
        \b\d{{4}}[-/]\d\d[-/]\d\d
            (?:[T\ _]\d\d[:.-]\d\d(?:[:.-]\d\d)?(?:[.,]\d+)?\ ?(?:Z|[+-]\d\d:?\d\d)?)?
        | \b(?:(?:{_DAYS}),?\ )?(?:{_MONTHS})\ +\d{{1,2}}\ \d\d:\d\d:\d\d
        | \b\d\d:\d\d:\d\d(?:[.,]\d+)?\b )
  | (?P<quoted> (?<![\w<])(?: '[^']{{1,200}}'(?!\w) | "[^"]{{1,200}}" | `[^`']{{1,200}}[`'] )
        | \u2018[^\u2019]{{1,200}}\u2019 | \u201c[^\u201d]{{1,200}}\u201d )
  | (?P<path>
        (?: (?:\b[A-Za-z]:[\\/]|\\\\){_PATH_PART}*{_PATH_END}
          | (?<![\w<])(?:~|\.{{1,3}})?/(?:{_PATH_PART}*{_PATH_END})?
          | (?<![\w<])\$?[\w.@+-]+(?:/(?:[\w.@+%~*-]|\[[\w.]+\])*(?:[\w@+%~*-]|\[[\w.]+\])|/\.\.\.)+/?
          | (?<![\w<])\.?[\w+-][\w.+-]*\.(?:{_EXTENSIONS})\b
          | (?<!\S)\.[A-Za-z][\w-]{{1,30}}\b )
        (?::\d+){{0,2}} (?:\(\d+(?:,\d+)?\))? )
  | (?P<address>
        \b\d{{1,3}}(?:\.\d{{1,3}}){{3}}(?::\d+)?\b
        | \b(?:localhost|[\w-]+(?:\.[\w-]+)+):\d{{2,5}}\b
        | \[::1?\](?::\d+)? )
  | (?P<hex> \b0x[0-9a-fA-F]+\b | \b(?=[0-9a-f]{{0,63}}[a-f])(?=[0-9a-f]{{0,63}}\d)[0-9a-f]{{7,64}}\b )
  | (?P<version> \bv?\d+\.\d+\.\d+(?:[.+-]?\w+)* | \bv\d+(?:\.\d+)+\b )
  | (?P<n>
        (?<![A-Za-z\d.])[-+]?\d+(?:[.,]\d+)*(?:\ ?(?:{_UNITS})\b|[A-Za-z%]{{0,2}}(?![\w%]))?
        | (?<=[A-Za-z])\d{{3,}} )
    """,
    re.VERBOSE,
)
_KEPT_NAME = re.compile(
    r"\b(?:module|package|command|subcommand|option|flag|skill|script|scope|extension|plugin|feature|provider|agent)"
    r" (?:named )?$|[Mm]issing script: $"
)
_WORD = re.compile(r"[A-Za-z@-][\w.-]{0,40}$")
_PATH = re.compile(rf"\S*\w[/\\]\S*$|[~./\\]+[\w/\\]\S*$|[\w+-][\w.+-]*\.(?:{_EXTENSIONS})$")
_REPEATED = re.compile(r"(<[a-z]+>)(?:(?:, ?|; ?| |\.|:|-| and )\1)+")
_SENTENCE = re.compile(r"(?<!\.)[.;!] |[.!]$")
_CUT_MASK = re.compile(r"<[a-z]{0,8}$")

# What stands before a message, taken off as often as it comes: a task, a stream, a mark, a shell, a time, a place.
_BEFORE = re.compile(
    r"""(?: \[(?!masked|rejected)[\w:./@-]{1,40}\]\s+(?!\() | \w[\w.-]*\ +\|\s+ | E\s{2,}
      | [\u2717\u2716\u2718\u00d7\u274c\u25cf\u2022!]+\s+ | >>?\s+ | Uncaught\  | Error:\ (?=\w*Error:\ )
      | (?:/(?:usr/)?bin/)?(?:ba|z|da|k)?sh:\ (?:(?:line\ )?\d+:\ )?
      | (?:zsh:\d+|\(eval\):\d+|\S+\.sh:\ line\ \d+):[ ]
      | Rebasing\ \(\d+/\d+\)
      | \(?(?:\d{4}[-/]\d\d[-/]\d\d[T\ ])?\d\d:\d\d:\d\d(?:[.,]\d+)?Z?\)?\s+ | <time>\s+
      | (?:vet:\ )?(?:[A-Za-z]:\\[^\s:(]*|[^\s:(]+)[:(]\d+(?:[:,]\d+)?\)?:?(?:\ -)?\ +(?::\ )? )""",
    re.VERBOSE,
)
_MISSING = "<path>: No such file or directory"
# One wording for what shells, versions and compilers say in several, and names masked that stand without quotes: where
# the word of the first column is in the line, its pattern is replaced.
_REWORDED = tuple(
    (word, re.compile(pattern), better)
    for word, pattern, better in (
        ("npm ERR!", r"^npm ERR! ", "npm error "),
        ("command not found: ", r"^(?:\w+:\d+: )?command not found: (\S+).*$", r"\1: command not found"),
        (": not found", r"^([\w.+-]+): not found$", r"\1: command not found"),
        ("no such file", r"^(?:\(eval\):|zsh:)(\w+):\d+: no such file or directory: .*$", rf"\1: {_MISSING}"),
        ("no such file", r"^no such file or directory: .*$", _MISSING),
        (
            ": No such file",
            r"(^|[: ])(?:'[^']+'|\"[^\"]+\"|[^:\s]+): (?:open: )?No such file or directory$",
            rf"\1{_MISSING}",
        ),
        ("Segmentation", r"^.*Segmentation fault.*$", "Segmentation fault"),
        ("E", r"^(E[A-Z]{3,}): ([^,']+).*$", r"\1: \2"),
        ("InputVal", r"^InputValidationError: \S+ failed", "InputValidationError: <name> failed"),
        ("--- FAIL: ", r"^--- FAIL: (\S+).*$", r"FAIL: \1"),
        ("FAILED ", r"^FAILED [^\s:]+(::[^\s\[]+).*$", r"FAILED <path>\1"),
        ("FAIL ", r"^FAIL +\S+ > ", "FAILED <path> > "),
        ("undefined: ", r"^undefined: .*$", "undefined: <name>"),
        ("not used: ", r"^(declared|imported) and not used: .*$", r"\1 and not used: <name>"),
        ("not used", r"^\S+ (imported|declared) (?:and|but) not used.*$", r"\1 and not used: <name>"),
        ("cannot use ", r"^cannot use .* as .* value in (\w+).*$", r"cannot use <name> as <name> value in \1"),
        (" undefined (", r"^\S+ undefined \(.*$", "<name> undefined"),
        ("arguments in call", r"^(not enough|too many) arguments in call.*$", r"\1 arguments in call to <name>"),
        ("mismatched types", r"^invalid operation: .*$", "invalid operation: mismatched types"),
        ("invalid operation: ", r"^invalid operation: (?!mism).*$", "invalid operation: <name>"),
        ("assignment mismatch", r"^assignment mismatch.*$", "assignment mismatch"),
        ("{aka ", r" \{aka [^}]*\}", ""),
        ("redeclared", r"^\S+ redeclared in this block.*$", "<name> redeclared in this block"),
        ("could not import ", r"^could not import .*$", "could not import <path>"),
        ("undefined reference", r"^.*undefined reference to .*$", "undefined reference to <name>"),
        ("multiple definition", r"^.*multiple definition of .*$", "multiple definition of <name>"),
        ("import cycle", r"^.*: import cycle not allowed.*$", "import cycle not allowed"),
        ("[setup failed]", r"^.*\[setup failed\]$", "package setup failed"),
        ("rejected]", r"^\[((?:remote )?rejected)\] .*\((.*)\)$", r"[\1] (\2)"),
        ("CONFLICT (", r"^CONFLICT (\(.*?\)): (.*) in \S+$", r"CONFLICT \1: \2 in <path>"),
        ("could not apply", r"could not apply .*$", "could not apply <hex>"),
        ("AssertionError", r"^AssertionError\b.*$", "AssertionError"),
        ('{"', r'^\{"(?:message|error)": ?"([^"]+)".*$', r"\1"),
    )
)


def reworded(line: str) -> str:
    """A line without what stands before its message (shell, task, time, place), in the one wording of its problem."""
    line = line[:_LINE].strip()
    for _ in range(6):
        found = _BEFORE.match(line)
        if not found:
            break
        line = line[found.end() :]
    for word, pattern, better in _REWORDED:
        if word in line:
            line = pattern.sub(better, line)
    return line


def normal_line(line: str) -> str:
    """A line with masks like `<path>`, `<n>` and `<name>` for what varies: one sentence, at most 160 characters.

    The others are `<url> <email> <uuid> <time> <address> <hex> <version>`. A name stays where it is the problem
    (`No module named 'x'`), and so do error codes (`TS2304`, `HTTP 404`).
    """
    line = line[:_LINE]
    masked = _VARIES.sub(lambda found: _mask(found, line), line)
    masked = " ".join(_REPEATED.sub(r"\1", " ".join(masked.split())).split())
    for stop in _SENTENCE.finditer(masked):
        if stop.start() >= _ENOUGH:
            masked = masked[: stop.start()]
            break
    return _trimmed(masked)


def _trimmed(masked: str) -> str:
    if len(masked) > _LIMIT:
        masked = _CUT_MASK.sub("", masked[:_LIMIT])
    return masked.lstrip(" \t.,:;=|").rstrip(" \t.,:;-=|")


def _mask(found: re.Match[str], line: str) -> str:
    kind = found.lastgroup or "name"
    if kind in {"words", "kept"}:
        return found[0]
    if kind != "quoted":
        return f"<{kind}>"
    inner = found[0][1:-1]
    whole = _VARIES.fullmatch(inner)
    if whole and whole.lastgroup not in {"words", "quoted", "kept"}:
        return f"<{whole.lastgroup}>"
    if _PATH.match(inner):
        return "<path>"
    if _WORD.match(inner) and _KEPT_NAME.search(line, max(0, found.start() - 24), found.start()):
        return f"'{inner}'"
    return "<name>"
