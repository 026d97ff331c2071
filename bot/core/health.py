"""The health of rules: what people did with the issues that a rule filed, and how much it is therefore trusted."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import log2
from statistics import median

from bot.core.health_issues import Experience, Feedback, Kept, feedback, kept
from bot.core.health_proposals import Proposal, proposal
from bot.core.rule_model import Rule

_BENEFIT = 2  # fixed issues that every rule is given in advance: one answer alone says little


@dataclass(frozen=True, slots=True)
class Health:
    """How one rule fares: its issues by what became of them, and what that proposes.

    `filed` are all its issues, duplicates too. `fixed` were closed as completed by a person or have a fix, `rejected` closed
    as not planned by a person, `silenced` are or were silenced (such an issue may be fixed or rejected too). `against` were
    rejected or silenced and not fixed. `days_to_fix` is the median from filing to the fix, None where nothing was fixed.
    `advice` says in a sentence what is proposed, or why nothing is.
    """

    rule: str
    status: str
    filed: int
    open: int
    fixed: int
    silenced: int
    rejected: int
    against: int
    days_to_fix: float | None
    kept: Kept
    standing: float
    advice: str
    proposal: Proposal | None = None


def standing(fixed: int, against: int) -> float:
    """How much a rule is trusted: (fixed + 2) / (fixed + against + 2), a number in (0, 1], 1 without any feedback.

    Laplace's smoothing with two good answers given in advance: a new rule is not punished, one rejection makes 0.67, and
    it falls to 0.5 where two more issues were rejected or silenced than fixed.
    """
    return (fixed + _BENEFIT) / (fixed + against + _BENEFIT)


def standings(told: Iterable[Health]) -> Mapping[str, float]:
    """The standing of each rule, for `steps_back`."""
    return {each.rule: each.standing for each in told}


def steps_back(rule: str, known: Mapping[str, float]) -> int:
    """How far back the findings of a rule stand among those of equal severity: 0 in front, 1 more at every halving.

    In steps, so that how many people are hit decides between rules of about the same standing. The first step back is
    at 0.5. `known` are standings; a rule that is not there stands in front.
    """
    return int(-log2(known.get(rule, 1.0)))


def health(known: Experience, rules: Mapping[str, Rule]) -> tuple[Health, ...]:
    """The health of every rule that filed something or keeps something quiet, the worst standing first."""
    told, quiet = _by_rule(feedback(known, rules)), kept(known)
    names = sorted({*told, *(quiet.keys() & rules.keys())})
    found = [_of(rules[name], told.get(name, ()), quiet.get(name, Kept())) for name in names]
    return tuple(sorted(found, key=lambda each: (each.standing, -each.against, -each.filed, each.rule)))


def _by_rule(told: Sequence[Feedback]) -> Mapping[str, Sequence[Feedback]]:
    found: dict[str, list[Feedback]] = {}
    for each in told:
        found.setdefault(each.rule, []).append(each)
    return found


def _of(rule: Rule, told: Sequence[Feedback], quiet: Kept) -> Health:
    days = [each.days for each in told if each.fate == "fixed" and each.days is not None]
    fixed, against = sum(each.fate == "fixed" for each in told), sum(each.against for each in told)
    proposed, advice = proposal(rule, told)
    return Health(
        rule=rule.id,
        status=rule.status,
        filed=len(told),
        open=sum(each.open for each in told),
        fixed=fixed,
        silenced=sum(each.silenced for each in told),
        rejected=sum(each.fate == "rejected" for each in told),
        against=against,
        days_to_fix=round(median(days), 1) if days else None,
        kept=quiet,
        standing=standing(fixed, against),
        advice=advice,
        proposal=proposed,
    )
