"""What a maintainer may say to the bot in a comment, as values; `bot.core.remarks` reads them from Markdown."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple

from bot.core.history import Remark

DONE, REFUSED, UNCLEAR, WAITING = "done", "refused", "unclear", "waiting"


class Scope(NamedTuple):
    """What a silence is about: this, rule, key, person or repo; for its end also all that were given in an issue.

    `name` and `value` are those of a part of the group key, where "" is the value that the comment's own issue has; of a
    person `name` is who, "" for the one who comments.
    """

    kind: str = "this"
    name: str = ""
    value: str = ""


class Until(NamedTuple):
    """When a silence ends: at a date, forever (never), once it is fixed, after so many sessions, or from a version on.

    `kind` is date, forever, fixed, sessions or version. `usual` says that nobody named an end. `words` are a date as it
    was written where it could be read in another way too (`next friday`), "" for a duration or an ISO date.
    """

    kind: str
    at: datetime | None = None
    sessions: int = 0
    version: str = ""
    usual: bool = False
    words: str = ""


class Mended(NamedTuple):
    """What `fixed` says: by a commit (a sha), a pull request (`#12`), at a date, from a version on, or just now ("").

    `kind` is now, commit, pr, date or version; `at` is the date, for now that of the comment.
    """

    kind: str = "now"
    ref: str = ""
    at: datetime | None = None


class Needed(NamedTuple):
    """How much evidence an issue needs from now on; None where the rule's own number stays."""

    sessions: int | None = None
    people: int | None = None
    occurrences: int | None = None
    within: timedelta | None = None


class Command(NamedTuple):
    """One command of a comment; where `error` says what is wrong with it, only `name`, `line`, `text`, `hint` count.

    `name` is one of `bot.core.remarks.NAMES`, "" where not even that was understood. `line` is its line in the comment (from
    1), `text` what was written, in one line without invisible characters. `hint` is the nearest command that would be
    understood, "" where there is none. `number` is that of `duplicate` and `evidence`, `word` that of `split` and `help`.
    """

    name: str
    line: int
    text: str
    error: str = ""
    hint: str = ""
    scope: Scope = Scope()
    until: Until | None = None
    because: str = ""
    mended: Mended | None = None
    needed: Needed | None = None
    number: int | None = None
    word: str = ""


class Order(NamedTuple):
    """A command with what becomes of it: done, refused, unclear (not understood) or waiting (could not be checked).

    `words` say why it is not done, or what is worth knowing of it although it is; "" where nothing needs to be said.
    """

    command: Command
    remark: Remark
    verdict: str
    words: str = ""


@dataclass(frozen=True, slots=True)
class Wishes:
    """What is ordered for one issue, the last of each kind; `mended` are all since the last `notfixed`."""

    mended: tuple[Order, ...] = ()
    unfixed: datetime | None = None
    needed: Order | None = None
    duplicate: Order | None = None
    split: Order | None = None
    evidence: Order | None = None
    ack: Order | None = None


NO_WISHES = Wishes()
