"""Why: what was decided about a finding, from which evidence, and what would change it, put together for people."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import NamedTuple

from bot.core.history import Decision
from bot.core.judge import AFTER, BEFORE, OLD, ROLLOUT, UNJUDGED, Judgement, version_of
from bot.core.model import Action, Finding, Signal
from bot.core.report import Report
from bot.core.rule_model import Rule
from bot.core.version import older
from bot.core.wanted import Memory
from bot.core.why_change import Standing, awaited, changes
from bot.core.wording import moment, span


class Weighed(NamedTuple):
    """One signal as it counts: when its session started, whether it is in the window, its verdict and what decided that."""

    signal: Signal
    started: datetime | None
    in_window: bool
    verdict: str
    against: str
    outage: str


class Need(NamedTuple):
    """One threshold: how much there is of how much, of what, and the setting of the rule that says so."""

    what: str
    have: int
    need: int
    of: str


@dataclass(frozen=True, slots=True)
class Picture:
    """All that an explanation is made from: a dry run, its rules with the paths of their files, memory, starts of sessions."""

    report: Report
    rules: Mapping[str, Rule]
    paths: Mapping[str, str]
    memory: Memory = field(default_factory=Memory)
    started: Mapping[str, datetime | None] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Explanation:
    """What was decided about one fingerprint and why; about a rule that found nothing where there is no fingerprint.

    `issue` is where it is kept, `path` the file of its rule. `actions` are planned now, the first one decides. `signals` are
    the newest first. `changes` says what would lead to another decision.
    """

    rule_id: str
    fingerprint: str = ""
    repository: str = ""
    issue: int | None = None
    path: str = ""
    rule: Rule | None = None
    finding: Finding | None = None
    judgement: Judgement = UNJUDGED
    actions: tuple[Action, ...] = ()
    signals: tuple[Weighed, ...] = ()
    needs: tuple[Need, ...] = ()
    decisions: tuple[Decision, ...] = ()
    changes: tuple[str, ...] = ()


def explain(fingerprint: str, picture: Picture) -> Explanation:
    """The explanation of a fingerprint; what nothing is known of any more is told by the log alone."""
    report = picture.report
    actions = tuple(action for action in report.plan if action.fingerprint == fingerprint)
    decisions = tuple(each for each in picture.memory.decisions if each.fingerprint == fingerprint)
    finding = next((each for each in report.findings if each.fingerprint == fingerprint), None)
    rule_id = next((each.rule for each in (finding, *actions, *decisions) if each), "")
    kept = {name: filed[fingerprint] for name, filed in picture.memory.filed.items() if fingerprint in filed}
    places = [each.repository for each in (finding, *actions, *decisions) if each] + [*kept]
    numbers = [*(each.issue for each in actions), *kept.values(), *(each.issue for each in decisions)]
    told = Explanation(
        rule_id,
        fingerprint,
        next(iter(places), ""),
        next((number for number in numbers if number is not None), None),
        picture.paths.get(rule_id, f"{rule_id}.yml"),
        picture.rules.get(rule_id),
        finding,
        report.judgements.get(fingerprint, UNJUDGED),
        actions,
        decisions=decisions,
    )
    return _weighed(told, finding, told.rule, picture) if finding and told.rule else told


def explain_rule(rule: Rule, picture: Picture) -> Explanation:
    """The explanation of a rule that found nothing."""
    path = picture.paths.get(rule.id, f"{rule.id}.yml")
    change = "a session in which it matches: frictionbot rules test plays its samples"
    return Explanation(rule.id, path=path, rule=rule, changes=(change,))


def _weighed(told: Explanation, finding: Finding, rule: Rule, picture: Picture) -> Explanation:
    now, judgement = picture.report.as_of, told.judgement
    standing = [Standing(finding, rule, told.path, judgement, action, now) for action in told.actions[:1]]
    return replace(
        told,
        signals=tuple(_signal(each, finding, judgement, rule, picture) for each in finding.signals),
        needs=tuple(_needs(finding, rule, judgement)),
        changes=tuple(change for each in standing for change in changes(each)),
    )


def _signal(signal: Signal, finding: Finding, judgement: Judgement, rule: Rule, picture: Picture) -> Weighed:
    verdict = judgement.by_signal.get(signal.event, "")
    return Weighed(
        signal,
        picture.started.get(signal.session),
        rule.threshold.holds(signal.at, picture.report.as_of),
        verdict,
        _against(signal, verdict, judgement, rule),
        finding.outages.get(signal.event, ""),
    )


def _against(signal: Signal, verdict: str, judgement: Judgement, rule: Rule) -> str:
    """The date, or the code, that decided a verdict."""
    fix = judgement.fix
    if fix is None or not verdict:
        return ""
    reached = fix.at + rule.regression.rollout
    said = {
        BEFORE: f"before {moment(fix.at)}",
        ROLLOUT: f"before {moment(reached)}",
        AFTER: f"after {moment(reached)}",
        OLD: _old(signal, judgement, rule),
    }
    return said.get(verdict, "it has no time")


def _old(signal: Signal, judgement: Judgement, rule: Rule) -> str:
    known = [(fix.of, fix.ref) for fix in judgement.fixes if fix.source == "version"]
    for of, version in (*known, *((fix.of or "agent", fix.version) for fix in rule.fixes if fix.version)):
        had = version_of(signal, of)
        if older(had, version):
            return f"{had} is older than {version}"
    return f"{signal.revision[:10]} lacks {judgement.commit[:10]}" if judgement.commit else "older code"


def _needs(finding: Finding, rule: Rule, judgement: Judgement) -> Iterator[Need]:
    need, have = rule.threshold, finding.in_window
    within = f"within {span(need.within)}"
    yield Need("threshold.sessions", have.sessions, need.sessions, f"sessions {within}")
    yield Need("threshold.people", have.people, need.people, f"people {within}")
    yield Need("threshold.occurrences", have.occurrences, need.occurrences, f"single signals {within}")
    if finding.state == "active":
        yield Need("threshold.clear_below", have.sessions, need.clear_below, f"sessions that keep it active {within}")
    if waited := awaited(judgement, rule):
        back = judgement.verdicts.after_fix if judgement.fix else judgement.returned
        yield Need("regression.sessions", back, rule.regression.sessions, f"sessions that {waited}")
