"""Fixes that a rule or a comment names: when they landed on the default branch, or were first seen in a session."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

from bot.core.fixes import standing
from bot.core.history import Change
from bot.core.judge import Fix
from bot.core.model import Problem
from bot.core.rule_model import Fix as RuleFix
from bot.core.rule_model import Rule
from bot.core.slash import Order, Wishes
from bot.ports import Codebase, Tracker, TrackerError

FirstSeen = Callable[[str, str], datetime | None]


class Grounds(NamedTuple):
    """What a named fix is looked up in: the repository, the changes known of it, and when versions were first seen."""

    repository: str
    changes: Sequence[Change]
    first_seen: FirstSeen


@dataclass
class Landed:
    """Looks up each named commit and pull request once; what is not on the default branch (yet), or was reverted, is no fix.

    `missing` are the commands (comment, line) whose fix is none (yet).
    """

    tracker: Tracker | None
    codebase: Codebase | None
    problems: list[Problem]
    missing: set[tuple[int, int]] = field(default_factory=set)
    _known: dict[tuple[str, str], Change | None] = field(default_factory=dict)

    def fixes(self, rule: Rule, wishes: Wishes, grounds: Grounds) -> tuple[Fix, ...]:
        """The fixes that a rule's file and the comments of an issue name, as far as they have happened."""
        named = [self._of_rule(each, rule, grounds) for each in rule.fixes]
        said = [self._of_comment(each, grounds) for each in wishes.mended]
        self.missing |= {
            (order.remark.id, order.command.line) for order, fix in zip(wishes.mended, said, strict=True) if fix is None
        }
        return tuple(fix for fix in (*named, *said) if fix is not None)

    def _of_rule(self, fix: RuleFix, rule: Rule, grounds: Grounds) -> Fix | None:
        if fix.at:
            return Fix(fix.at, "rule", f"{fix.at:%Y-%m-%d %H:%M}")
        if fix.version:
            of = fix.of or "agent"
            began = grounds.first_seen(of, fix.version)
            return Fix(began, "version", fix.version, of=of) if began else None
        ref = fix.commit or f"#{fix.pr}"
        change = self._standing(ref, rule.id, grounds)
        said = f"pull request {ref}" if fix.pr else f"commit {ref[:10]}"
        return Fix(change.at, "rule", said, change.sha or change.ref) if change else None

    def _of_comment(self, order: Order, grounds: Grounds) -> Fix | None:
        said, by = order.command.mended, order.remark.by
        if said is None:
            return None
        if said.kind == "version":
            began = grounds.first_seen("agent", said.ref)
            return Fix(began, "command", by, said=order.remark.at) if began else None
        if said.kind in {"commit", "pr"}:
            change = self._standing(said.ref, "", grounds)
            return Fix(change.at, "command", by, change.sha or change.ref, said=order.remark.at) if change else None
        return Fix(said.at or order.remark.at, "command", by, said=order.remark.at)

    def _standing(self, ref: str, place: str, grounds: Grounds) -> Change | None:
        """The change that a commit or pull request made, unless it was reverted; `place` is the rule that names it, if any."""
        name = (grounds.repository, ref)
        if name not in self._known:
            self._known[name] = self._looked_up(ref, place, grounds.repository)
        change = self._known[name]
        return change if change and standing(change, tuple(grounds.changes)) else None

    def _looked_up(self, ref: str, place: str, repository: str) -> Change | None:
        try:
            change = self.codebase.change(ref) if self.codebase and not ref.startswith("#") else None
            if change is None and self.tracker and repository:
                change = self.tracker.change(repository, ref)
        except (OSError, TrackerError) as error:
            self.problems.append(
                Problem("fix_unknown", place or repository, f"the fix {ref} could not be looked up: {error}")
            )
            return None
        if change is None and place and (self.codebase or self.tracker):
            message = f"the fix {ref} is not on the default branch (yet): it does not count"
            self.problems.append(Problem("fix_not_landed", place, message))
        return change


def versions(rule: Rule, wishes: Wishes) -> tuple[tuple[str, str], ...]:
    """The versions that fixes name, with what they are of, also while nobody runs them yet."""
    said = (order.command.mended for order in wishes.mended)
    return (
        *((fix.of or "agent", fix.version) for fix in rule.fixes if fix.version),
        *(("agent", each.ref) for each in said if each and each.kind == "version"),
    )
