"""What would change a decision: what has to happen, or to be written where, for another row of the table to fit."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from types import MappingProxyType
from typing import NamedTuple

from bot.core.judge import Judgement
from bot.core.model import Action, Finding
from bot.core.rule_model import Rule
from bot.core.wording import moment, span


class Standing(NamedTuple):
    """A finding with what was decided about it now; `path` is the file of its rule as maintainers know it."""

    finding: Finding
    rule: Rule
    path: str
    judgement: Judgement
    action: Action
    now: datetime


Changes = Callable[[Standing], Iterator[str]]


def changes(of: Standing) -> tuple[str, ...]:
    """What would lead to another decision, the nearest first."""
    row, number = of.action.row, of.action.issue
    counted = _COUNTED[row](of) if row in _COUNTED else ()
    said = _SAID.get(row, () if row in _COUNTED else _ANYTHING)
    people = _BY_PEOPLE if row in _TOLD and number is not None else ()
    return (*counted, *(text.format(path=of.path, issue=number) for text in (*said, *people)))


def awaited(judgement: Judgement, rule: Rule) -> str:
    """Which sessions count for a regression: `start after 2026-02-10 12:00 UTC`; "" where the issue was never closed."""
    if fix := judgement.fix:
        code = " on code that has the fix" if fix.sha or fix.source == "version" else ""
        return f"start after {moment(fix.at + rule.regression.rollout)}{code}"
    return f"start after the close of {moment(judgement.closed_at)}" if judgement.closed_at else ""


def more(count: int, one: str, several: str = "") -> str:
    """`1 more session`, `2 more people`."""
    return f"{count} more {one if count == 1 else several or f'{one}s'}"


def _below(of: Standing) -> Iterator[str]:
    finding, need = of.finding, of.rule.threshold
    have = finding.in_window
    lacking = []
    if need.sessions > have.sessions:
        lacking.append(more(need.sessions - have.sessions, "session"))
    if need.people > have.people:
        lacking.append(more(need.people - have.people, "person", "people"))
    if need.occurrences - have.occurrences > max(0, need.sessions - have.sessions):  # each session brings at least one
        lacking.append(more(need.occurrences - have.occurrences, "occurrence"))
    if lacking:
        leaves = _first_to_leave(of)
        until = f", before {moment(leaves)}, when the first of those counted leaves the window" if leaves else ""
        yield f"{' and '.join(lacking)} within {span(need.within)}{until}"
    if have.sessions:
        yield from (
            f"lowering threshold.{name} to {there} in {of.path}"
            for name, least, there in (
                ("sessions", need.sessions, have.sessions),
                ("people", need.people, have.people),
                ("occurrences", need.occurrences, have.occurrences),
            )
            if least > there
        )
    elif finding.last_seen:
        yield f"a longer threshold.within in {of.path}: it was last seen {moment(finding.last_seen)}"


def _first_to_leave(of: Standing) -> datetime | None:
    """When the window loses the first of the sessions that it has."""
    window = of.rule.threshold
    last: dict[str, datetime] = {}
    for signal in of.finding.signals:
        if signal.at and window.holds(signal.at, of.now):
            last[signal.session] = max(signal.at, last.get(signal.session, signal.at))
    return min(last.values()) + window.within if last else None


def _fix_holds(of: Standing) -> Iterator[str]:
    judgement, need = of.judgement, of.rule.threshold
    lacking = []
    if need.sessions > judgement.fresh.sessions:
        lacking.append(more(need.sessions - judgement.fresh.sessions, "session"))
    if need.people > judgement.fresh.people:
        lacking.append(more(need.people - judgement.fresh.people, "person", "people"))
    if lacking:
        yield f"{' and '.join(lacking)}, of sessions that {awaited(judgement, of.rule)}"
    if judgement.fix and judgement.fix.source in {"rule", "version"}:
        yield f"taking the fix out of fixes: in {of.path}"


def _fixed(of: Standing) -> Iterator[str]:
    judgement, need = of.judgement, of.rule.regression.sessions
    have = judgement.verdicts.after_fix if judgement.fix else judgement.returned
    if need > have:
        when = awaited(judgement, of.rule) or "start after its close"
        one = need - have == 1
        yield f"{more(need - have, 'session')} that {when.replace('start', 'starts', 1) if one else when}"
    elif not judgement.fix:
        yield f"evidence above the threshold: it is {of.finding.state} now"
    if have and need > have:
        yield f"lowering regression.sessions to {have} in {of.path}"
    yield f"a person reopening #{of.action.issue}: then it is open, and the fixes before that count no more"


def _not_planned(of: Standing) -> Iterator[str]:
    factor = of.rule.regression.escalate
    if factor is None:
        yield f"regression.escalate in {of.path}: how many times it has to grow to be brought back"
    else:
        yield f"growing to {factor} times what it was, with {of.rule.regression.sessions} sessions that start after the close"
    yield f"a person reopening #{of.action.issue}"


def _open(of: Standing) -> Iterator[str]:
    need = of.rule.threshold
    yield f"fewer than {need.clear_below} {'session' if need.clear_below == 1 else 'sessions'} left within {span(need.within)}"


_COUNTED: Mapping[str, Changes] = MappingProxyType(
    {"below": _below, "fix_holds": _fix_holds, "fixed": _fixed, "not_planned": _not_planned, "open": _open}
)

_FIXES = "fixes: in {path} naming what fixed it: then only later sessions count"
_ASKED_AGAIN = ("an answer of GitHub: the problems say what was in the way, and the next run asks again",)
_ENDS_QUIET = ("being seen again: then it is quiet no more", "a person closing #{issue}")
_ANYTHING = ("other evidence, another state of the issue, or another rule",)
_BY_PEOPLE = (
    "closing #{issue} as completed: then only sessions that start after that count",
    "closing #{issue} as not planned, or locking it: then it is left alone",
)
_TOLD = frozenset({"says_it", "update", "milestone", "regression", "returned", "escalated", "backoff"})

_SAID: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "open": (_FIXES, "status: shadow in {path}: then it is counted and not filed"),
        "update": (),
        "milestone": (),
        "regression": (),
        "returned": (),
        "escalated": (),
        "regression_late": (_FIXES,),
        "shadow": ("status: stable in {path}",),
        "retired": ("status: stable in {path}",),
        "locked": ("unlocking #{issue}",),
        "gone": (
            "nothing that happens in sessions; who deleted or moved the issue has decided, and frictionbot rebuild keeps that",
        ),
        "duplicate": (
            "what becomes of the issue at the end of the chain: where that is completed and it comes back, a new one is opened",
            "a person reopening #{issue}",
        ),
        "no_region": ("putting the bot's part of #{issue} back, with its hidden first line (the edit history has it)",),
        "unheard": _ASKED_AGAIN,
        "silenced": (
            "the end of the silence: then it is told in one go what happened meanwhile",
            "/friction unsilence where it was silenced, deleting that comment, or taking it out of the rule file",
        ),
        "silence_ends": (),
        "caught_up": (),
        "orders": ("another comment, or deleting the one that orders it",),
        "asked_duplicate": ("a person reopening #{issue}: it is not closed again",),
        "says_it": ("more evidence, another text of the rule, or another date of a fix: then it is edited",),
        "backoff": ("the next day: then it is edited, once, with all that came",),
        "waiting": (
            "a list of the repository's issues that has it: then it is adopted",
            "the end of the wait, and a complete list without it: then it is filed again",
        ),
        "incomplete": _ASKED_AGAIN,
        "unreadable": _ASKED_AGAIN,
        "limit": (
            "room: it is taken up by the first run that has some, the findings with the most impact first",
            "higher limits.new_issues_per_run, _per_day, _per_rule_per_run or _per_rule_per_day in the settings",
        ),
        "breaker": ("the next day: what was much today is the measure then", "a narrower match in {path}"),
        "unrendered": ("texts, group key and template of {path}: the problems say what is wrong with them",),
        "quiet_told": _ENDS_QUIET,
        "quiet_proposed": _ENDS_QUIET,
        "quiet_close": _ENDS_QUIET,
    }
)
