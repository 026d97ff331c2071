"""Planning: what to do on GitHub about each finding, and why, before anything is written."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import timedelta
from types import MappingProxyType

from bot.core.acts import skip
from bot.core.case import Case, Moment
from bot.core.health import steps_back
from bot.core.model import Action, KnownIssue, Listing
from bot.core.overview import SHOWN, overview
from bot.core.table import decide
from bot.core.telling import rule_named

_DAY = timedelta(hours=24)


def plan(
    cases: Sequence[Case], listings: Mapping[str, Listing], at: Moment, text: Callable[[Case], Case] = lambda case: case
) -> tuple[Action, ...]:
    """What to do about every case, in the order of impact, then about each repository's overview.

    `text` gives a case its text, if it has one: it is only asked for where something is going to be told.

    Every case has one action that says what becomes of it, and perhaps others that put right what is around it. A
    repository without a listing was not asked: what would be opened there is planned, and said to be unchecked. The same
    cases, listings and moment give the same plan, in whatever order they come.
    """
    rooms: dict[str, _Room] = {}
    actions: list[Action] = []
    waiting: dict[str, list[Case]] = {}
    for case in sorted(cases, key=lambda each: impact(each, at.standings)):
        listing = listings.get(case.finding.repository)
        complete = listing.complete if listing else None
        room = rooms.get(case.finding.repository) or rooms.setdefault(case.finding.repository, _Room(listing, at))
        first, *others = decide(case, at, complete=complete)
        opens = first.action == "open" or (first.row == "unrendered" and case.issue is None)
        reason = room.refusal(case, at) if opens else ""
        if first.row == "unrendered" and not reason:
            first, *others = decide(text(case), at, complete=complete)
        if opens and first.action == "open":
            room.take(case)
        if reason:
            row = "breaker" if case.rule.id in at.held else "limit"
            first = skip(case, row, reason, first.issue)
            others_wait = waiting.setdefault(case.finding.repository, [])
            # What the overview shows of a finding is part of a text that was looked through for secrets.
            shown = at.limits.overview and len(others_wait) < SHOWN
            if row == "limit" and (not shown or case.rendered or text(case).rendered):
                others_wait.append(case)
        actions += [first, *others]
    heard = {
        name: each
        for name, each in listings.items()
        if name not in {case.finding.repository for case in cases if case.unheard}
        and f"repository:{name}" not in at.paused
    }
    return (*actions, *(_overviews(heard, waiting) if at.limits.overview else ()))


def impact(case: Case, standings: Mapping[str, float] = MappingProxyType({})) -> tuple[object, ...]:
    """The order in which findings compete for a place; ties by fingerprint.

    Severity comes first, then how far the rule is trusted (`bot.core.health`), people, sessions, and minutes lost.
    """
    finding = case.finding
    weight = ("critical", "high", "medium", "low").index(finding.severity)
    counted = finding.in_window
    return (
        weight,
        steps_back(case.rule.id, standings),
        -counted.people,
        -counted.sessions,
        -finding.minutes_lost,
        -counted.occurrences,
        finding.fingerprint,
    )


class _Room:
    """How many issues may still be opened in a repository: in this run, in 24 hours, in all and for each rule."""

    def __init__(self, listing: Listing | None, at: Moment) -> None:
        limits = at.limits
        # GitHub's clock may be a little ahead; what it says was made days after `now` tells that `now` is a moment of the past.
        own = (issue for issue in (listing.issues if listing else ()) if issue.fingerprint)
        made = ((issue, issue.created_at) for issue in own)
        today = Counter(rule_named(issue) for issue, moment in made if moment and abs(at.now - moment) < _DAY)
        self._left = min(limits.run, limits.day - today.total())
        self._today, self._opened = today, Counter[str]()
        self._limits = limits

    def refusal(self, case: Case, at: Moment) -> str:
        """Why a case may not be opened now, "" where it may."""
        rule, limits = case.rule.id, self._limits
        if rule in at.held:
            return at.held[rule]
        if self._left <= 0:
            most = f"{limits.run} in one run, {limits.day} in 24 hours"
            return f"over the limit of new issues ({most}): it is taken up as soon as there is room"
        if self._opened[rule] >= min(limits.rule_run, limits.rule_day - self._today[rule]):
            most = f"{limits.rule_run} in one run, {limits.rule_day} in 24 hours"
            return f"over the limit of new issues of rule {rule} ({most}): it is taken up as soon as there is room"
        return ""

    def take(self, case: Case) -> None:
        """A case takes its place."""
        self._left -= 1
        self._opened[case.rule.id] += 1


def _overviews(listings: Mapping[str, Listing], waiting: Mapping[str, Sequence[Case]]) -> Iterator[Action]:
    for repository in sorted({*listings, *waiting} - {""}):
        listing = listings.get(repository)
        issues: Iterable[KnownIssue] = listing.issues if listing else ()
        action = overview(
            repository, waiting.get(repository, ()), tuple(issues), complete=listing.complete if listing else None
        )
        if action:
            yield action
