"""From a finding and its rule to what a template sees, cut to the room there is."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple
from urllib.parse import quote

from bot.core import markdown
from bot.core.fix_words import counted, discrepancy, rich_source
from bot.core.issue_evidence import Chosen, evidence_value, related
from bot.core.judge import UNJUDGED, Judgement
from bot.core.model import Finding, Problem
from bot.core.placeholders import pieces
from bot.core.rule_text import plain, rich
from bot.core.ruleset import Rule
from bot.core.template_values import (
    BotValue,
    FindingValue,
    FixValue,
    IssueValues,
    KeyPart,
    Markdown,
    OriginValue,
    RuleValue,
    ThresholdValue,
)
from bot.core.text import cut
from bot.core.wording import ORIGINS, duration, moment, span

KEY_LIMIT = 200  # characters of a captured value in a title, heading or text: longer ones are no names
NAMES, NAME_LIMIT = 12, 60  # how many versions and tools are listed, and characters of each
_UNKNOWN = Markdown("unknown")
_WEB = re.compile(r"https?://", re.ASCII)
_URL = ":/?#[]@!$&'*+,;=%-._~"  # what an address may hold, without the parentheses that end a Markdown link


class Room(NamedTuple):
    """How much of a finding is shown: numbers of entries, and characters of each text."""

    evidence: int
    excerpt: int
    sessions: int
    text: int


class Shown(NamedTuple):
    """What maintainers want to see in an issue: a block of text above what the template makes, so many excerpts (0: as usual)."""

    block: str = ""
    excerpts: int = 0


NOTHING_MORE = Shown()


@dataclass(frozen=True, slots=True)
class RenderContext:
    """What an issue says beside its finding and rule.

    `as_of` is the moment of the run (aware UTC). `rule_url` is the address of the rule's file, `rule_path` its path.
    `judgement` says where the evidence lies around a fix, `earlier` is the issue that a new one follows.
    `withheld` are places in `finding.evidence` whose texts must not be shown; without `evidence` none are. `limit` is
    the size that the body may have as `marker.size` counts it: see `marker.room` for an issue that people wrote into.
    `shown` is what maintainers ordered to be shown.
    """

    as_of: datetime
    version: str = ""
    rule_url: str = ""
    rule_path: str = ""
    judgement: Judgement = UNJUDGED
    earlier: int | None = None
    evidence: bool = True
    withheld: frozenset[int] = frozenset()
    limit: int = 60_000
    shown: Shown = NOTHING_MORE


def issue_values(
    finding: Finding, rule: Rule, context: RenderContext, room: Room, quoted: tuple[Chosen, ...]
) -> tuple[IssueValues, tuple[Problem, ...]]:
    """What a template sees of a finding that quotes these signals; a `{name}` that nothing fills is a problem."""
    texts = _Texts(captured(finding, rule), context.rule_path or rule.id, room.text)
    known = sum(1 + each.alike for each in quoted)
    values = IssueValues(
        title=texts.plain(rule.title),
        heading=texts.rich(" ".join(rule.title.split())),
        finding=_finding(finding, rule, room),
        rule=_rule(rule, context, texts),
        evidence=tuple(evidence_value(each, room.excerpt, withheld=each.place in context.withheld) for each in quoted),
        more_evidence=max(0, finding.total.occurrences - known) if context.evidence else 0,
        evidence_withheld=not context.evidence,
        fix=_fix(context),
        bot=BotValue(Markdown(context.version), moment(context.as_of)),
    )
    return values, tuple(texts.problems)


def captured(finding: Finding, rule: Rule) -> Mapping[str, str]:
    """The values that `{name}` may stand for in the rule's texts; what was not captured is "unknown"."""
    values = dict.fromkeys(rule.group_by, "") | {"tool": ", ".join(finding.tools[:3])} | dict(finding.key)
    return {name: cut(" ".join(value.split()), KEY_LIMIT) or "unknown" for name, value in values.items()}


class _Texts:
    """The rule's own texts, filled and cut to the room there is; what cannot be filled is kept as a problem."""

    def __init__(self, names: Mapping[str, str], place: str, limit: int) -> None:
        self.problems: list[Problem] = []
        self._names = names
        self._short = {name: cut(value, max(20, limit // 10)) for name, value in names.items()}
        self._place = place
        self._limit = limit

    def plain(self, text: str) -> str:
        filled, problems = plain(text, self._names, self._place)
        self.problems += problems
        return filled

    def rich(self, text: str) -> Markdown:
        self.problems += pieces(text, self._names.keys(), self._place)[1]
        return rich(cut(text, self._limit), self._short, self._place)[0]  # the cut may tear a placeholder: no problem


def _finding(finding: Finding, rule: Rule, room: Room) -> FindingValue:
    sessions = related(finding)
    return FindingValue(
        fingerprint=finding.fingerprint,
        state=finding.state,
        severity=finding.severity,
        key=tuple(KeyPart(name, cut(value, KEY_LIMIT)) for name, value in finding.key),
        sessions=finding.total.sessions,
        people=finding.total.people,
        occurrences=finding.total.occurrences,
        first_seen=moment(finding.first_seen) or _UNKNOWN,
        last_seen=moment(finding.last_seen) or _UNKNOWN,
        time_lost=duration(finding.minutes_lost),
        versions=tuple(cut(each, NAME_LIMIT) for each in finding.versions[-NAMES:]),
        tools=tuple(cut(each, NAME_LIMIT) for each in finding.tools[:NAMES]),
        origins=_origins(finding.origins),
        thresholds=_thresholds(finding, rule),
        within=span(rule.threshold.within),
        related=sessions[: room.sessions],
        more_sessions=max(0, len(sessions) - room.sessions),
    )


def _fix(context: RenderContext) -> FixValue:
    judgement, earlier = context.judgement, Markdown(f"#{context.earlier}" if context.earlier else "")
    told = Markdown(discrepancy(judgement))
    if judgement.fix is None:
        return FixValue(Markdown(""), Markdown(""), Markdown(""), told, earlier)
    fix = judgement.fix
    return FixValue(moment(fix.at), rich_source(fix), Markdown(counted(judgement.verdicts)), told, earlier)


def _thresholds(finding: Finding, rule: Rule) -> tuple[ThresholdValue, ...]:
    counted, needed = finding.in_window, rule.threshold
    rows = (
        (("session", "sessions"), counted.sessions, needed.sessions),
        (("person", "people"), counted.people, needed.people),
        (("occurrence", "occurrences"), counted.occurrences, needed.occurrences),
    )
    return tuple(ThresholdValue(names[here != 1], here, asked) for names, here, asked in rows if asked > 1)


def _origins(origins: Iterable[tuple[str, int]]) -> tuple[OriginValue, ...]:
    totals: dict[str, int] = {}
    for name, number in origins:
        kind = name.partition(":")[0]
        kind = kind if kind in ORIGINS else "unknown"
        totals[kind] = totals.get(kind, 0) + number
    ranked = sorted(totals.items(), key=lambda item: (-item[1], list(ORIGINS).index(item[0])))
    return tuple(OriginValue(kind, Markdown(ORIGINS[kind]), number) for kind, number in ranked)


def _rule(rule: Rule, context: RenderContext, texts: _Texts) -> RuleValue:
    code = markdown.inline(rule.id)
    url = quote(context.rule_url, safe=_URL) if _WEB.match(context.rule_url) else ""
    return RuleValue(
        id=rule.id,
        link=Markdown(f"[{code}]({url})" if url else code),
        path=context.rule_path,
        status=rule.status,
        confidence=rule.confidence,
        detects=texts.rich(rule.detects),
        why=texts.rich(rule.why),
        fix=texts.rich(rule.fix),
        limits=tuple(texts.rich(each) for each in rule.limits[:NAMES]),
    )
