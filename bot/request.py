"""What a run is asked, and the outside world it works with."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import NamedTuple

from bot.core.case import USUAL, Limits
from bot.core.deliveries import Due
from bot.core.model import KnownIssue, Problem
from bot.core.orders import Orders, Policy
from bot.core.rule_model import Rule
from bot.filing import Press
from bot.ingest import Whose
from bot.ledger import Ledger
from bot.ports import Codebase, Sources, Store, Tracker
from bot.upkeep import Upkeep


@dataclass(frozen=True, slots=True)
class Route:
    """Which sessions' issues a repository receives: globs over the source, the working directory, the git remote."""

    repository: str
    source: str = "*"
    cwd: str = "*"
    remote: str = "*"


@dataclass(frozen=True, slots=True)
class RunRequest:
    """What a run is asked to do, as of when, and with which rules.

    `settle` is how long a filing without an answer is looked for before it is tried again, by `now`; `lease` how long a
    process that was stopped keeps others from what it was writing, by the machine's clock. `policy` says who may order what
    in comments, `due` is what webhooks said to read again. `only` is the one repository that is looked after, all where "";
    `whole` evaluates everything, also what did not change since it last was. `paused` has the scopes that an operator paused
    (`bot.upkeep.Pause`), and why. Evidence that is older than `retention` is not read again.
    """

    now: datetime
    rules: tuple[Rule, ...]
    whose: Whose
    repository: str = ""
    routes: tuple[Route, ...] = ()
    salt: bytes = b""
    show_names: bool = False
    limits: Limits = USUAL
    settle: timedelta = timedelta(minutes=10)
    lease: timedelta = timedelta(minutes=5)
    policy: Policy = field(default_factory=Policy)
    due: frozenset[Due] = frozenset()
    only: str = ""
    whole: bool = True
    paused: Mapping[str, str] = field(default_factory=dict)
    retention: timedelta | None = None
    post: bool = False
    problems: tuple[Problem, ...] = ()

    def is_paused(self, repository: str) -> bool:
        """Whether an operator paused a repository: nothing is written there."""
        return f"repository:{repository}" in self.paused

    @property
    def receivers(self) -> tuple[str, ...]:
        """Every repository that is looked after, in order."""
        every = {self.repository, *(route.repository for route in self.routes)} - {""}
        return tuple(sorted(name for name in every if self.only in {"", name}))


@dataclass(frozen=True, slots=True)
class Ports:
    """The outside world of a run; without a tracker GitHub is not asked.

    `clock` tells the machine's time, `nonce` gives 32 hex digits that were never given before, `key` signs markers.
    """

    sources: Sources
    store: Store
    ledger: Ledger
    upkeep: Upkeep
    press: Press
    clock: Callable[[], datetime]
    nonce: Callable[[], str]
    key: bytes = b""
    tracker: Tracker | None = None
    codebase: Codebase | None = None


class Rescan(NamedTuple):
    """A search of all sessions for a rule that a comment asks for; `key` and `said` tell that it was done."""

    rule: str
    key: str
    said: bytes


@dataclass(frozen=True, slots=True)
class Spoken:
    """What the comments of each repository come to, and the bot's issues there.

    `rescans` are to be done. `unheard` are repositories of which it is not known what was said, and why: there nothing may
    be written.
    """

    orders: Mapping[str, Orders] = field(default_factory=dict)
    issues: Mapping[str, Mapping[int, KnownIssue]] = field(default_factory=dict)
    rescans: tuple[Rescan, ...] = ()
    unheard: Mapping[str, str] = field(default_factory=dict)
