"""What happened to an issue and to the code that could have fixed it: values that adapters fill in and `judge` reads."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple


class Change(NamedTuple):
    """A commit, or a merged pull request, on the default branch.

    `ref` is the full sha of a commit or `#12`; `at` is the committer date or `merged_at`. `sha` is the commit that has the
    change (of a pull request its merge commit, "" where it is not known). `message` is the commit's, or title and body.
    """

    ref: str
    at: datetime
    message: str = ""
    sha: str = ""


class Happening(NamedTuple):
    """An issue was closed or reopened, by whom, and for a close why and by which change.

    `own` says that the bot's own account did it; `by` is "" where the account is gone. `reason` is completed, not_planned
    or duplicate; "" where GitHub does not say, which counts as completed.
    """

    event: str
    at: datetime
    by: str = ""
    own: bool = False
    reason: str = ""
    change: Change | None = None


@dataclass(frozen=True, slots=True)
class History:
    """Closes and reopens of one issue by time, the changes on the default branch that refer to it, and its canonical issue.

    `changes` may only mention the issue: whether they close it is for `bot.core.fixes` to tell from their messages.
    """

    happenings: tuple[Happening, ...] = ()
    changes: tuple[Change, ...] = ()
    duplicate_of: int | None = None


NO_HISTORY = History()


class IssueComment(NamedTuple):
    """A comment on an issue; `own` says that the bot's own account wrote it, `robot` that its author is a program.

    `at` is when it was made, `updated` when it was last edited. `by` is "" where the account is gone.
    """

    id: int
    issue: int
    by: str
    own: bool
    body: str
    at: datetime
    updated: datetime | None = None
    robot: bool = False


class Talk(NamedTuple):
    """The comments of a repository that were made or edited since some moment, each once, in the order of their edits.

    `until` is the moment from which the next question has to ask so that it misses nothing: never later than GitHub's own
    clock at the first answer; None where there was no comment and nothing was known.
    """

    comments: tuple[IssueComment, ...] = ()
    until: datetime | None = None


class Remark(NamedTuple):
    """A comment that matters to the bot, as it was last read: it speaks to it, or is one of its own with a hidden line.

    `role` is what its author may do in the repository (admin, maintain, write, triage, read, none) as it was when this
    text was first read, with "+assigned" where the issue was theirs, "" while that could not be asked. `answered` is a
    digest of the answer that was given, "" for none.
    """

    repository: str
    id: int
    issue: int
    by: str
    at: datetime
    updated: datetime
    body: str
    own: bool = False
    robot: bool = False
    role: str = ""
    answered: str = ""


class Intent(NamedTuple):
    """A POST that is about to be sent, kept from before it is sent until it is known what became of it.

    `what` is open or comment. `nonce` (32 hex digits) stands in what is posted. `topic` tells comments of one issue
    apart. `at` is the moment of the cycle that intended it. `state` is open, done, failed or given_up.
    """

    nonce: str
    repository: str
    fingerprint: str
    what: str
    topic: str
    at: datetime
    state: str = "open"
    issue: int | None = None


class Decision(NamedTuple):
    """What was decided about a fingerprint, when and why, and what came of it.

    `row` names the row of the decision table. `outcome` is planned, done, or the error of what was tried.
    """

    at: datetime
    repository: str
    fingerprint: str
    rule: str
    action: str
    row: str
    issue: int | None
    reason: str
    outcome: str
