"""A silence and what became of it, as values; `bot.core.quieting` tells what one is about and when it is over."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from bot.core.slash import Scope, Until


class Silence(NamedTuple):
    """What somebody ordered to be quiet; of a rule's file where `comment` is None.

    `issue` is where the comment stands, `fingerprint` and `rule` what that issue is about. `since` is when the comment was
    made (None for a file: always), `lifted` when a later command ended it, with who gave that.
    """

    repository: str
    comment: int | None
    issue: int | None
    rule: str
    fingerprint: str
    scope: Scope
    until: Until
    since: datetime | None
    by: str = ""
    because: str = ""
    lifted: datetime | None = None
    lifted_by: str = ""


class Held(NamedTuple):
    """A silence as of a moment: when it will end where a date says so, when it ended, and what it kept quiet until then.

    `over` is None while it holds. `kept` counts conversations with evidence in its time, `findings` what it is about.
    """

    silence: Silence
    ends: datetime | None = None
    over: datetime | None = None
    kept: int = 0
    findings: int = 0
