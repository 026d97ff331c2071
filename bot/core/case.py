"""A case: one finding with all that is known of it, from which the plan is made."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import NamedTuple

from bot.core.history import Intent
from bot.core.judge import UNJUDGED, Judgement, governing
from bot.core.model import Finding, KnownIssue
from bot.core.render import Rendered
from bot.core.rule_model import Rule
from bot.core.silence import Held
from bot.core.slash import NO_WISHES, Wishes


@dataclass(frozen=True, slots=True)
class Canonical:
    """Where an issue that was closed as a duplicate leads: the numbers on the way, and the state of the last one.

    `state` is open, closed, circle (the way comes back to itself) or unknown. `reason` is that of a close.
    """

    chain: tuple[int, ...] = ()
    state: str = "unknown"
    reason: str = ""


class Block(NamedTuple):
    """What an issue shows of the orders that hold for it; `digest` changes with them and not with their figures."""

    text: str = ""
    digest: str = ""


NO_BLOCK = Block()


@dataclass(frozen=True, slots=True)
class Case:
    """One finding with its rule, its issues, the judgement, and, where it is worth one, what an issue would say.

    `issues` are those of the finding's fingerprint, and those that an earlier name or grouping of the rule filed.
    `claimed` is the issue of an earlier grouping that another finding took over. `gone` says what became of an issue that
    is there no more, `intent` is a filing whose answer is not known yet, `unknown` why the issue's history could not be
    read, `unheard` why it is not known what maintainers said. `silences` are those about it, what holds longest first and
    what is over last; `wishes` is what comments in its issue ordered, `block` what it shows of both.
    """

    finding: Finding
    rule: Rule
    judgement: Judgement = UNJUDGED
    issues: tuple[KnownIssue, ...] = ()
    rendered: Rendered | None = None
    canonical: Canonical | None = None
    intent: Intent | None = None
    gone: str = ""
    unknown: str = ""
    unheard: str = ""
    claimed: int | None = None
    superseded: tuple[KnownIssue, ...] = ()
    silences: tuple[Held, ...] = ()
    wishes: Wishes = NO_WISHES
    block: Block = NO_BLOCK

    @property
    def holding(self) -> Held | None:
        """The silence that holds longest now; that of a person only leaves evidence out."""
        return next((each for each in self.silences if not each.over and each.silence.scope.kind != "person"), None)

    def too_late(self, now: datetime) -> bool:
        """Whether its issue was closed so long ago that it is not reopened any more."""
        closed = self.judgement.closed_at
        return closed is not None and now - closed > self.rule.regression.reopen_within

    @property
    def issue(self) -> KnownIssue | None:
        """The issue that decides."""
        return governing(self.issues)


@dataclass(frozen=True, slots=True)
class Limits:
    """How many issues may be opened, in one run and in 24 hours, in all and for one rule."""

    run: int = 10
    day: int = 30
    rule_run: int = 5
    rule_day: int = 10
    overview: bool = True


USUAL = Limits()


@dataclass(frozen=True, slots=True)
class Moment:
    """The moment of a plan with what limits it.

    `settle` is how long a filing without an answer is looked for before it is tried again; `held` says of rules why they
    open nothing now; `notice` is how long before its end a silence is said to end. `standings` say how rules are trusted.
    `paused` has what an operator paused: `repository:OWNER/NAME` and `rule:ID`, and why.
    """

    now: datetime
    limits: Limits = USUAL
    settle: timedelta = timedelta(minutes=10)
    held: Mapping[str, str] = field(default_factory=dict)
    notice: timedelta = timedelta(days=3)
    standings: Mapping[str, float] = field(default_factory=dict)
    paused: Mapping[str, str] = field(default_factory=dict)

    def pause(self, case: Case) -> str:
        """Why nothing is done about a case, "" where no pause is about it."""
        scopes = (f"repository:{case.finding.repository}", f"rule:{case.rule.id}")
        return next((f"{scope} is paused: {self.paused[scope]}" for scope in scopes if scope in self.paused), "")
