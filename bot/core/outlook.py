"""What an evaluation rested on besides sessions, and what of it is different now: what has to be evaluated again for that."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import NamedTuple

import orjson

from bot.core.fixes import mentions
from bot.core.history import Change, Intent
from bot.core.marker import digest
from bot.core.model import KnownIssue
from bot.core.orders import Orders, alone, speaks
from bot.core.rule_model import Rule
from bot.core.session import identity
from bot.core.slash import NO_WISHES
from bot.core.telling import filed_by, taken_over


class Seen(NamedTuple):
    """An issue as an evaluation saw it: what it is about, whether it is open and why not, and a digest of all else."""

    fingerprint: str
    state: str
    digest: str


class Said(NamedTuple):
    """A digest of the comments of an issue that hold commands, and whether any of these is about more than the issue."""

    digest: str
    wide: bool


@dataclass(frozen=True, slots=True)
class Outlook:
    """What the evaluation of a repository rested on: a digest of the settings; comments and issues by number; commits."""

    settings: str
    orders: Mapping[int, Said]
    issues: Mapping[int, Seen]
    changes: frozenset[int]


@dataclass(frozen=True, slots=True)
class Renewed:
    """What has to be evaluated again: everything, for a reason, or these fingerprints and all findings of these rules.

    `entire` are those of them that have to be counted from all their evidence.
    """

    whole: str = ""
    fingerprints: frozenset[str] = frozenset()
    rules: frozenset[str] = frozenset()
    entire: frozenset[str] = frozenset()


def outlook(settings: str, orders: Orders, issues: Iterable[KnownIssue], changes: Iterable[Change]) -> Outlook:
    """What an evaluation rests on now; `settings` is a digest of rules and settings."""
    return Outlook(
        settings,
        _said(orders),
        {issue.number: _seen(issue) for issue in issues if issue.fingerprint},
        frozenset(_number(change) for change in changes),
    )


def renewed(before: Outlook | None, now: Outlook, repository: str, changes: Sequence[Change]) -> Renewed:
    """What is different now, as far as it can change what is done about any finding of a repository."""
    if before is None:
        return Renewed("it was never evaluated")
    if before.settings != now.settings:
        return Renewed("rules or settings are others")
    said = before.orders.items() ^ now.orders.items()
    if any(each.wide for _, each in said):
        return Renewed("comments say something else")
    both = before.issues.keys() & now.issues.keys()
    if moved := [number for number in sorted(both) if before.issues[number].state != now.issues[number].state]:
        return Renewed(f"#{moved[0]} was closed, reopened or locked")
    new = [change for change in changes if _number(change) not in before.changes]
    if any("revert" in change.message.lower() for change in new) or before.changes - now.changes:
        return Renewed("commits were reverted or are gone")
    named = {number for change in new for number in mentions(change, repository)}
    edited = {number for number in both if before.issues[number].digest != now.issues[number].digest}
    other = {number for number in both if before.issues[number].fingerprint != now.issues[number].fingerprint}
    other |= (before.issues.keys() ^ now.issues.keys()) | named
    other |= {number for number, _ in said}
    # An issue that was just opened has no history that old evidence could be judged by.
    opened = {number for number in now.issues.keys() - before.issues.keys() if now.issues[number].state == _OPEN}
    opened -= named | {number for number, _ in said}
    entire = _fingerprints(other - opened, before.issues, now.issues)
    return Renewed(fingerprints=entire | _fingerprints(edited | opened, now.issues), entire=entire)


def always(orders: Orders, issues: Iterable[KnownIssue], intents: Iterable[Intent], rules: Iterable[Rule]) -> Renewed:
    """What has to be evaluated every time, because what it waits for cannot be told from what changed.

    Filings without an answer, fixes that may land any moment, and what a silence is about that is wider than one issue.
    """
    known = {issue.number: issue for issue in issues if issue.fingerprint}
    names = {alias: rule.id for rule in rules for alias in rule.aliases} | {rule.id: rule.id for rule in rules}
    waiting = {intent.fingerprint for intent in intents}
    waiting |= {issue.fingerprint for issue in known.values() if orders.wishes.get(issue.number, NO_WISHES).mended}
    wide = {each.rule for each in orders.silences if each.scope.kind in {"rule", "key"}}
    wide |= {rule.id for rule in rules if rule.silenced or rule.fixes}
    wide |= {filed_by(issue)[0] for issue in known.values() if issue.state == "open" and taken_over(issue) is not None}
    if any(fix.version and fix.of not in {None, "", "agent"} for rule in rules for fix in rule.fixes):
        return Renewed("a rule names a fix by a version that it captures")
    if any(each.scope.kind in {"repo", "person"} for each in orders.silences):
        return Renewed("a silence is about the whole repository, or a person")
    return Renewed("", frozenset(waiting), frozenset(names[name] for name in wide if name in names), frozenset(waiting))


def as_json(outlook: Outlook) -> bytes:
    """An outlook to be kept."""
    told = asdict(outlook)
    for name in ("issues", "orders"):
        told[name] = {str(number): tuple(each) for number, each in told[name].items()}
    return orjson.dumps({**told, "changes": sorted(outlook.changes)})


def from_json(text: bytes) -> Outlook | None:
    """An outlook that was kept; None where it was kept in another shape."""
    try:
        told = orjson.loads(text)
        issues = {int(number): Seen(*map(str, seen)) for number, seen in told["issues"].items()}
        orders = {int(number): Said(str(text), bool(wide)) for number, (text, wide) in told["orders"].items()}
        return Outlook(str(told["settings"]), orders, issues, frozenset(map(int, told["changes"])))
    except (ValueError, KeyError, TypeError, AttributeError):
        return None


def _fingerprints(numbers: Collection[int], *seen: Mapping[int, Seen]) -> frozenset[str]:
    return frozenset(each[number].fingerprint for each in seen for number in numbers if number in each)


def _said(orders: Orders) -> Mapping[int, Said]:
    wide = {order.remark.issue for order in orders.given if not alone(order)}
    texts: dict[int, list[str]] = {}
    for each in filter(speaks, orders.remarks):  # what the bot said itself decides nothing
        texts.setdefault(each.issue, []).append(f"{each.id}\0{each.updated}\0{each.role}\0{each.body}")
    return {number: Said(digest(*said), number in wide) for number, said in texts.items()}


def _state(state: str, reason: str, locked: bool, closed_at: datetime | None) -> str:  # noqa: FBT001 - as an issue has them
    return f"{state} {reason} {locked} {closed_at}"


_OPEN = _state("open", "", locked=False, closed_at=None)  # and never closed


def _seen(issue: KnownIssue) -> Seen:
    state = _state(issue.state, issue.state_reason, issue.locked, issue.closed_at)
    return Seen(issue.fingerprint, state, digest(issue.title, issue.body, *issue.labels, "", *issue.assignees))


def _number(change: Change) -> int:
    return identity(f"{change.ref}\0{change.message}")
