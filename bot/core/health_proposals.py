"""What the fate of a rule's issues proposes for its file, told from what each issue began with."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from bot.core.health_issues import Feedback
from bot.core.rule_model import Rule

_ENOUGH = 3  # judged issues; fewer say nothing that holds for the next one
_FEW = 5  # one fixed issue in so many may be held back


class Proposal(NamedTuple):
    """Another value for a setting of a rule, and how many of its issues that would have held back.

    `setting` is threshold.sessions, threshold.people or status; `was` and `value` are as the rule's file would say them.
    """

    setting: str
    was: str
    value: str
    held_against: int
    of_against: int
    held_fixed: int
    of_fixed: int

    @property
    def words(self) -> str:
        """The proposal as figures in a sentence."""
        name = self.setting.rpartition(".")[2]
        return (
            f"{name}: {self.was} → {self.value} would have held back {self.held_against} of {self.of_against}"
            f" rejected or silenced and {self.held_fixed} of {self.of_fixed} fixed"
        )


def proposal(rule: Rule, told: Sequence[Feedback]) -> tuple[Proposal | None, str]:
    """What the figures propose for a rule, and the sentence that says it, or that says why nothing is proposed.

    A threshold where one would have held back most of what was rejected or silenced and at most a fifth of what was fixed,
    and leaves no more of the first than of the second; else status shadow where most was rejected or silenced. For a
    longer window the figures say nothing: what an issue began with does not tell when more would have come.
    """
    against, fixed = [each for each in told if each.against], [each for each in told if each.fate == "fixed"]
    judged = len(against) + len(fixed)
    if judged < _ENOUGH:
        return None, f"{judged} of its issues judged, {_ENOUGH} are needed: nothing is proposed"
    if rule.status != "stable":
        return None, f"it is {rule.status}, and files nothing"
    if not against:
        return None, "nothing was rejected or silenced"
    found = min(_thresholds(rule, against, fixed), key=_price, default=None)
    if found is None and 2 * len(against) > judged:
        found = Proposal("status", rule.status, "shadow", len(against), len(against), len(fixed), len(fixed))
    if found is None:
        return None, f"{len(against)} of {judged} judged were rejected or silenced, and no threshold tells them apart"
    return found, found.words


def _thresholds(rule: Rule, against: Sequence[Feedback], fixed: Sequence[Feedback]) -> Iterator[Proposal]:
    """Every higher threshold that would have been good enough, by the issues of which it is known what they began with."""
    now = {"sessions": rule.threshold.sessions, "people": rule.threshold.people}
    for name, was in now.items():
        bad, good = ([number for each in some if (number := getattr(each, name))] for some in (against, fixed))
        if len(bad) + len(good) < _ENOUGH:
            continue
        for value in sorted({number + 1 for number in bad if number >= was}):
            held_bad, held_good = (sum(number < value for number in some) for some in (bad, good))
            left_bad, left_good = len(bad) - held_bad, len(good) - held_good
            if 2 * held_bad > len(bad) and _FEW * held_good <= len(good) and left_good >= max(left_bad, 1):
                yield Proposal(f"threshold.{name}", f"{was}", f"{value}", held_bad, len(bad), held_good, len(good))


def _price(each: Proposal) -> tuple[int, int, bool, int]:
    """What a proposal costs: fixed issues first, then what it lets through; sessions before people, then the lower value."""
    return each.held_fixed, -each.held_against, each.setting != "threshold.sessions", int(each.value)
