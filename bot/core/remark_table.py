"""The commands that a comment may hold, from one table: what each is written like, does, and an example that works."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple

_UNTIL = "[DURATION|until DATE|until fixed|until N sessions|until VERSION|forever]"
_SCOPE = "[this|rule|key NAME[=VALUE]|person [NAME]|repo]"


class Usage(NamedTuple):
    """How a command is written, what it does in a sentence, and an example, all as plain text."""

    form: str
    about: str
    example: str


_TABLE = (
    (
        "silence", f"{_UNTIL} {_SCOPE} [because …]", "2w",
        "Keeps this issue, or all that its scope names, quiet; without an end for the usual time.",
    ),
    ("unsilence", f"{_SCOPE} [because …]", "", "Ends the silence of this issue, or of what its scope names."),
    ("snooze", "DURATION [because …]", "3d", "Keeps this issue quiet for a time; the same as silence this."),
    (
        "fixed", "[SHA|#PR|DATE|in VERSION] [because …]", "#12",
        "Says that this is mended: by a commit, a pull request, at a date, from a version on, or just now.",
    ),
    ("notfixed", "[because …]", "", "Says that no fix so far has mended this."),
    (
        "threshold", "[sessions=N] [people=N] [occurrences=N] [within=DURATION] [because …]", "sessions=8 within=14d",
        "Sets how much evidence this issue needs.",
    ),
    ("duplicate", "#N [because …]", "#12", "Says that another issue is about the same."),
    ("split", "by FIELD [because …]", "by version", "Tells the evidence of this issue apart by a field."),
    ("evidence", "[N]", "10", "Shows more excerpts in this issue, 1 to 25, 10 where no number is given."),
    ("why", "", "", "Answers why this issue was filed, and what it waits for."),
    ("status", "", "", "Answers how often this is seen, and whether it counts as fixed."),
    ("silences", "", "", "Answers what is silenced in this repository."),
    ("rescan", "[because …]", "", "Searches all sessions again for what this issue's rule is about."),
    ("ack", "[because …]", "", "Says that somebody is on it: its growth is not told any more."),
    ("help", "[COMMAND]", "", "Answers how commands are written, or one of them."),
)  # fmt: skip
_USAGES: Mapping[str, Usage] = MappingProxyType(
    {
        name: Usage(f"/friction {name} {form}".rstrip(), about, f"/friction {name} {example}".rstrip())
        for name, form, example, about in _TABLE
    }
)
NAMES = tuple(_USAGES)
# What people call it elsewhere; only told, never taken.
OTHERWISE: Mapping[str, str] = MappingProxyType(
    {
        "mute": "silence", "ignore": "silence", "hush": "silence", "unmute": "unsilence",
        "unsnooze": "unsilence", "resume": "unsilence", "resolved": "fixed", "resolve": "fixed",
        "done": "fixed", "unfixed": "notfixed", "reopen": "notfixed", "not": "notfixed",
        "dup": "duplicate", "dupe": "duplicate", "refresh": "rescan", "reload": "rescan",
        "usage": "help", "commands": "help", "acknowledge": "ack", "later": "snooze",
        "remind": "snooze", "explain": "why", "list": "silences",
    }
)  # fmt: skip


def usage(name: str) -> Usage:
    """How the command of this name is used; `KeyError` for a name that is not one of `NAMES`."""
    return _USAGES[name]
