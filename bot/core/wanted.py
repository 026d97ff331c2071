"""What a person asks about, and what fits it: an issue, a fingerprint or a rule, in a plan and in what is remembered."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import NamedTuple

from bot.core.history import Decision
from bot.core.report import Report
from bot.core.rule_model import Rule

_ISSUE = re.compile(r"(?:(?P<repository>[^/\s#]+/[^/\s#]+)?#)?(?P<number>[0-9]{1,9})")
_URL = re.compile(r"https?://\S*?(?P<repository>[^/\s]+/[^/\s]+)/issues/(?P<number>[0-9]{1,9})(?:[/?#]\S*)?")
_FINGERPRINT = re.compile(r"[0-9a-fA-F]{6,64}")
_NEAREST = 5


class Wanted(NamedTuple):
    """What a person asks about: an issue (of any repository where it is ""), a fingerprint's beginning, or a rule."""

    text: str
    number: int | None = None
    repository: str = ""
    fingerprint: str = ""


@dataclass(frozen=True, slots=True)
class Memory:
    """What the bot remembers beside a report: where fingerprints are kept, by repository, and its decisions, newest first."""

    filed: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    decisions: Sequence[Decision] = ()


def wanted(text: str) -> Wanted:
    """What `#12`, `12`, `OWNER/NAME#12`, an issue's address, a fingerprint (six digits or more) or a rule's id asks about."""
    said = text.strip()
    issue = _URL.fullmatch(said) or _ISSUE.fullmatch(said)
    prefix = said.lower() if _FINGERPRINT.fullmatch(said) else ""
    if issue:
        return Wanted(said, int(issue["number"]), issue["repository"] or "", prefix)
    return Wanted(said, fingerprint=prefix)


def chosen(asked: Wanted, report: Report, rules: Mapping[str, Rule], memory: Memory) -> tuple[str, ...]:
    """The fingerprints that fit, in the order of the plan: those of a rule, else of an issue, else with such a beginning."""
    known = _known(report, memory)
    rule = rule_of(asked, rules)
    if rule:
        names = {rule.id, *rule.aliases}
        return tuple(name for name, seen in known.items() if seen.rules & names)
    if asked.number is not None:
        there = (asked.repository.lower(), asked.number)
        issues = tuple(name for name, seen in known.items() if _holds(seen.places, *there))
        if issues:
            return issues
    return tuple(name for name in known if asked.fingerprint and name.startswith(asked.fingerprint))


def about(asked: Wanted, decisions: Sequence[Decision], filed: Mapping[str, Mapping[str, int]]) -> tuple[Decision, ...]:
    """Of these decisions those about a rule, an issue or a fingerprint's beginning, in their order.

    `filed` says by repository where fingerprints are kept: what was decided before an issue was there belongs to it too.
    """
    by_rule = tuple(each for each in decisions if asked.text and each.rule == asked.text)
    names = _kept(asked, decisions, filed)
    return (
        by_rule
        or tuple(each for each in decisions if each.fingerprint in names)
        or tuple(each for each in decisions if asked.fingerprint and each.fingerprint.startswith(asked.fingerprint))
    )


def _kept(asked: Wanted, decisions: Sequence[Decision], filed: Mapping[str, Mapping[str, int]]) -> frozenset[str]:
    """The fingerprints that were ever kept in the issue that is asked for."""
    places = [(name, repository, number) for repository, known in filed.items() for name, number in known.items()]
    places += [(each.fingerprint, each.repository, each.issue) for each in decisions if each.issue is not None]
    where = asked.repository.lower()
    return frozenset(
        name for name, repository, number in places if number == asked.number and where in {"", repository.lower()}
    )


def rule_of(asked: Wanted, rules: Mapping[str, Rule]) -> Rule | None:
    """The rule whose id, or an earlier id, is asked for."""
    renamed = (rule for rule in rules.values() if asked.text in rule.aliases)
    return rules.get(asked.text) or next(renamed, None)


def nearest(asked: Wanted, rules: Mapping[str, Rule]) -> tuple[str, ...]:
    """The ids of rules that look like what was asked for, the most alike first; none for a number."""
    if asked.number is not None:
        return ()
    return tuple(get_close_matches(asked.text.lower(), sorted(rules), _NEAREST, 0.5))


class _Seen(NamedTuple):
    """The issues and the rules that a fingerprint was ever seen with."""

    places: set[tuple[str, int]]
    rules: set[str]


def _known(report: Report, memory: Memory) -> Mapping[str, _Seen]:
    """All fingerprints that are known of, in the order of the plan, then as they are remembered."""
    known: dict[str, _Seen] = {}

    def add(fingerprint: str, repository: str, number: int | None, rule: str) -> None:
        seen = known.setdefault(fingerprint, _Seen(set(), set()))
        if number is not None:
            seen.places.add((repository.lower(), number))
        if rule:
            seen.rules.add(rule)

    for action in report.plan:
        add(action.fingerprint, action.repository, action.issue, action.rule)
    for finding in report.findings:
        add(finding.fingerprint, finding.repository, None, finding.rule)
    for repository, filed in sorted(memory.filed.items()):
        for fingerprint, number in sorted(filed.items()):
            add(fingerprint, repository, number, "")
    for decision in memory.decisions:
        add(decision.fingerprint, decision.repository, decision.issue, decision.rule)
    return known


def _holds(places: set[tuple[str, int]], repository: str, number: int) -> bool:
    return any(number == known and repository in {"", where} for where, known in places)
