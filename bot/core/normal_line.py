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
_PATH_END = r"""[^\s'"`<>()\[\]{},;:|.]"""
_PATH_PART = r"""[^\s'"`<>()\[\]{},;:|]"""

# What varies, the most telling shape first; `kept` is what looks as if it did and does not.
_VARIES = re.compile(
    rf"""
    (?P<kept> <[a-z]{{1,8}}> | \[masked:[\w-]+\] | \b[A-Z]{{1,5}}-?\d{{1,5}}\b | \bErrno\ \d+
            | \bHTTP(?:/[\d.]+)?\ \d{{3}}\b | \bstatus(?:\ code)?:?\ [1-5]\d\d\b
            | \b(?:I/O|N/A|and/or|CI/CD|TCP/IP|read/write|stdin/stdout)\b )
  | (?P<url> \b[A-Za-z][A-Za-z0-9+.-]{{1,20}}://[^\s'"`<>)\]]+ | \bgit@[\w.-]+:[\w./~-]+ )
  | (?P<email> [\w.+-]+@(?:[\w-]+\.)+[A-Za-z]{{2,}}\b )
  | (?P<uuid> \b[0-9a-fA-F]{{8}}-(?:[0-9a-fA-F]{{4}}-){{3}}[0-9a-fA-F]{{12}}\b )
  | (?P<time> \b\d{{4}}[-/]\d\d[-/]\d\d(?:[T\ _]\d\d[:.-]\d\d(?:[:.-]\d\d)?(?:[.,]\d+)?\ ?(?:Z|[+-]\d\d:?\d\d)?)?
            | \b(?:(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun),?\ )?(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)\ +\d{{1,2}}\ \d\d:\d\d:\d\d
            | \b\d\d:\d\d:\d\d(?:[.,]\d+)?\b )
  | (?P<quoted> (?<![\w<])(?: '[^']{{1,200}}'(?!\w) | "[^"]{{1,200}}" | `[^`']{{1,200}}[`'] ) | ‘[^’]{{1,200}}’ | “[^”]{{1,200}}” )
  | (?P<path> (?: (?:\b[A-Za-z]:[\\/]|\\\\){_PATH_PART}*{_PATH_END}
                | (?<![\w<])(?:~|\.{{1,3}})?/(?:{_PATH_PART}*{_PATH_END})?
                | (?<![\w<])\$?[\w.@+-]+(?:/[\w.@+%~*-]*[\w@+%~*-]|/\.\.\.)+/?
                | (?<![\w<])[\w+-][\w.+-]*\.(?:{_EXTENSIONS})\b
              ) (?::\d+){{0,2}} (?:\(\d+(?:,\d+)?\))? )
  | (?P<address> \b\d{{1,3}}(?:\.\d{{1,3}}){{3}}(?::\d+)?\b | \b(?:localhost|[\w-]+(?:\.[\w-]+)+):\d{{2,5}}\b | \[::1?\](?::\d+)? )
  | (?P<hex> \b0x[0-9a-fA-F]+\b | \b(?=[0-9a-f]{{0,63}}[a-f])(?=[0-9a-f]{{0,63}}\d)[0-9a-f]{{7,64}}\b )
  | (?P<version> \bv?\d+\.\d+\.\d+(?:[.+-]?\w+)* | \bv\d+(?:\.\d+)+\b )
  | (?P<n> (?<![A-Za-z\d.])[-+]?\d+(?:[.,]\d+)*(?:\ ?(?:[kKMGT]i?B|ms|min|secs?|seconds?|minutes?|hours?|days?|bytes)\b|[A-Za-z%]{{0,2}}(?![\w%]))?
         | (?<=[A-Za-z])\d{{3,}} )
    """,
    re.VERBOSE,
)
_KEPT_NAME = re.compile(
    r"\b(?:module|package|command|subcommand|option|flag|skill|script|scope|extension|plugin|feature|provider|agent) (?:named )?$|"
    r"[Mm]issing script: $"
)
_WORD = re.compile(r"[A-Za-z@-][\w.-]{0,40}$")
_FILE_NAME = re.compile(rf"[\w+-][\w.+-]*\.(?:{_EXTENSIONS})$")
_REPEATED = re.compile(r"(<[a-z]+>)(?:(?:, ?|; ?| |\.|:|-| and )\1)+")
_SENTENCE = re.compile(r"[.;!] |  +\(?[a-z]|[.!]$")
_CUT_MASK = re.compile(r"<[a-z]{0,8}$")


def normal_line(line: str) -> str:
    """A line on which the masks `<path> <n> <name> <url> <hex> <uuid> <time> <version> <address> <email>` stand for what varies.

    At most 160 characters, one sentence, single spaces. Names stay where they are the problem (`No module named 'x'`).
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
    return masked.strip(" \t.,:;-–—=|")


def _mask(found: re.Match[str], line: str) -> str:
    kind = found.lastgroup or "name"
    if kind == "kept":
        return found[0]
    if kind != "quoted":
        return f"<{kind}>"
    inner = found[0][1:-1]
    if _VARIES.fullmatch(inner) and inner[:1] == "<":
        return inner
    if "/" in inner or "\\" in inner or _FILE_NAME.match(inner):
        return "<path>"
    if _WORD.match(inner) and _KEPT_NAME.search(line, max(0, found.start() - 24), found.start()):
        return inner
    return "<name>"
