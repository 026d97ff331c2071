"""Evaluating: what is remembered comes to findings, with what maintainers asked for single ones."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cached_property
from typing import NamedTuple

from bot.core.count import Asked, Beside, claims, count, fingerprint, is_general
from bot.core.model import Finding, KnownIssue, Problem, Signal
from bot.core.orders import Orders, base_key
from bot.core.origin import Everybody, Origin
from bot.core.past import Past, with_past
from bot.core.quieting import in_its_time
from bot.core.rule_model import Rule, Threshold
from bot.core.session import group_number
from bot.core.silence import Silence
from bot.core.telling import filed_by
from bot.core.version import at_least
from bot.deriving import EverybodyKept, Names
from bot.ledger import Brief, Ledger
from bot.observing import Evaluation
from bot.ports import Codebase
from bot.request import Ports, RunRequest, Spoken
from bot.scope import Scope

WORTH = 8  # signals from before the horizon; fewer are counted as quickly as their past is read
_Key = tuple[tuple[str, str], ...]


class _Remembered:
    """The signals that are counted, those that decide what they may count, and the sessions that all these are of."""

    def __init__(self, request: RunRequest, ports: Ports, scope: Scope, issues: Sequence[KnownIssue]) -> None:
        self._ledger, self._holds, self._rules = ports.ledger, ports.sources.holds, request.rules
        self.signals = self._ours(_signals(request, ports.ledger, scope))
        context, whole = self._context(scope, issues)
        self._briefs = tuple(_briefs(request, ports.ledger, scope, (*self.signals, *context)))
        names = Names(request.whose, request.salt, show=request.show_names)
        self.origins: Mapping[str, Origin] = {brief.id: names.origin(brief) for brief in self._briefs}
        everything = scope.groups is None and not request.only
        crowd = Everybody(self.origins) if everything else EverybodyKept(ports.ledger, request.whose)
        self.beside = Beside(crowd, context, whole)
        self._all = self._briefs if everything else None

    def first_ran(self, version: str) -> datetime | None:
        """When any session first ran at least this version of the agent."""
        ran = ((at, mine) for at, versions in self._ran for mine in versions)
        return min((at for at, mine in ran if at and at_least(mine, version)), default=None)

    @cached_property
    def _ran(self) -> Sequence[tuple[datetime | None, Sequence[str]]]:
        briefs = self._ledger.briefs() if self._all is None else self._all
        return [(brief.own_start, brief.versions) for brief in briefs]

    def _ours(self, signals: Iterable[Signal]) -> tuple[Signal, ...]:
        # One memory may serve several sets of sources: what another set said is never told in this one's repositories.
        return tuple(each for each in signals if self._holds(each.place))

    def _context(
        self, scope: Scope, issues: Sequence[KnownIssue]
    ) -> tuple[tuple[Signal, ...], frozenset[tuple[str, _Key]] | None]:
        """What claims events of general rules, and the general groups with an open issue of which something may be claimed.

        With the groups of which everything is there.
        """
        if scope.groups is None:
            return (), None
        general = {rule.id: rule for rule in self._rules if is_general(rule)}
        specific = {rule.id for rule in self._rules if claims(rule)}
        entire = scope.groups - scope.pasts.keys()
        whole = {(each.rule, each.group) for each in self.signals if group_number(each.rule, each.group) in entire}
        filed = {each.fingerprint for each in issues if each.state == "open" and filed_by(each)[0] in general}
        repositories = {each.repository for each in issues}
        claimed = {each.event for each in self.signals if each.rule in specific}
        asking = {each.event for each in self.signals if each.rule in general} - claimed
        context = self._ours(self._ledger.signals_at(asking, specific))
        taken = self._ours(self._ledger.signals_at(claimed, general.keys())) if filed else ()
        open_groups = {
            (each.rule, each.group)
            for each in taken
            if any(fingerprint(name, general[each.rule], each.group) in filed for name in repositories)
        }
        if open_groups:
            all_of = self._ours(self._ledger.signals({group_number(*group) for group in open_groups}))
            by = self._ours(self._ledger.signals_at({each.event for each in all_of}, specific))
            context = (*context, *all_of, *by)
        return tuple(dict.fromkeys(context)), frozenset(whole | open_groups)


def _signals(request: RunRequest, ledger: Ledger, scope: Scope) -> Iterable[Signal]:
    if scope.groups is None:
        return ledger.signals_around(request.only) if request.only else ledger.signals()
    entire, past = scope.groups - scope.pasts.keys(), scope.pasts.keys()
    all_of = ledger.signals(entire) if entire else ()
    return (*all_of, *(ledger.signals(past, scope.horizon) if past else ()))


def _briefs(request: RunRequest, ledger: Ledger, scope: Scope, signals: Iterable[Signal]) -> Iterable[Brief]:
    if scope.groups is None:
        return ledger.briefs_around(request.only) if request.only else ledger.briefs()
    return ledger.briefs({signal.session for signal in signals})


class Later(NamedTuple):
    """Evidence from a clock that is ahead: the first moment at which there will be more of a group."""

    rule: str
    key: tuple[tuple[str, str], ...]
    at: datetime


@dataclass(frozen=True, slots=True)
class Evaluated:
    """The evaluation of the findings in a scope, the sessions that were looked at, and what will only count later.

    `later` has by repository and group what signals will only count after `now`. `claimed` are groups, with their rules, whose
    old evidence all counts for other findings.
    """

    scope: Scope

    evaluation: Evaluation
    sessions: int
    later: Mapping[tuple[str, int], Later]
    claimed: Mapping[int, str] = field(default_factory=dict)


def evaluated(request: RunRequest, ports: Ports, scope: Scope, spoken: Spoken, problems: list[Problem]) -> Evaluated:
    """The findings of a scope, counted as the comments of each repository want it."""
    orders, issues = spoken.orders, spoken.issues
    known = _Remembered(request, ports, scope, [each for here in issues.values() for each in here.values()])
    rules, entire = {rule.id: rule for rule in request.rules}, None
    asked = _asked(orders, issues, rules)
    heard, left_out = _spoken(known.signals, known.origins, orders)
    counted = count(heard, known.origins, request.rules, request.now, asked, known.beside)
    findings = [finding for finding in counted if _wanted(finding, rules, scope, request.only)]
    if scope.pasts:
        findings, unclear = _with_pasts(findings, known, rules, scope, request.now, asked)
        if unclear:  # what was before decides: these are counted from all their evidence
            entire = evaluated(request, ports, replace(scope, groups=unclear, pasts={}), spoken, problems)
            scope = replace(scope, groups=(scope.groups or frozenset()) - unclear, pasts=_but(scope.pasts, unclear))
            findings = [finding for finding in findings if group_of(finding, rules) not in unclear]
    if ports.codebase:
        findings = _with_origins(findings, ports.codebase, problems)

    def first_seen(of: str, version: str) -> datetime | None:
        if of == "agent":
            return known.first_ran(version)
        ran = ((each.at, dict(each.group).get(of, "")) for finding in findings for each in finding.signals)
        return min((at for at, mine in ran if at and at_least(mine, version)), default=None)

    evaluation = Evaluation(
        findings,
        known.origins,
        rules,
        first_seen,
        orders,
        asked,
        spoken.unheard,
        left_out,
        known.beside.crowd,
        scope.standings,
    )
    later = _later(heard, known.origins, request, rules, scope)
    filed = {issue.fingerprint for here in issues.values() for issue in here.values()}
    claimed = _claimed(request.only, known, evaluation, scope, filed) if request.only and scope.horizon else {}
    here = Evaluated(scope, evaluation, len(known.origins), later, claimed)
    return _joined(here, entire) if entire else here


def _joined(one: Evaluated, other: Evaluated) -> Evaluated:
    """What was found of two parts of a scope that have no group in common."""
    evaluation, more = one.evaluation, other.evaluation
    return Evaluated(
        replace(one.scope, groups=(one.scope.groups or frozenset()) | (other.scope.groups or frozenset())),
        replace(
            evaluation,
            findings=[*evaluation.findings, *more.findings],
            origins={**evaluation.origins, **more.origins},
        ),
        one.sessions + other.sessions,
        {**one.later, **other.later},
        {**one.claimed, **other.claimed},
    )


def _claimed(
    repository: str, known: _Remembered, evaluation: Evaluation, scope: Scope, filed: Set[str]
) -> Mapping[int, str]:
    """Groups with old evidence, and no finding or issue of their own in a repository."""
    found: dict[tuple[str, _Key], int] = {}
    for each in known.signals:
        origin = known.origins.get(each.session)
        if each.rule in evaluation.rules and origin and origin.repository == repository:
            old = each.at is not None and scope.horizon is not None and each.at < scope.horizon
            found[each.rule, each.group] = found.get((each.rule, each.group), 0) + old
    own = {group_of(finding, evaluation.rules) for finding in evaluation.findings}
    numbered = {
        group_number(rule, key): rule
        for (rule, key), old in found.items()
        if (old >= WORTH or scope.pasts.get(group_number(rule, key), old) is None)
        and fingerprint(repository, evaluation.rules[rule], key) not in filed
    }
    return {
        group: rule
        for group, rule in numbered.items()
        if group not in own and (scope.groups is None or group in scope.groups)
    }


def _with_pasts(
    findings: Sequence[Finding],
    known: _Remembered,
    rules: Mapping[str, Rule],
    scope: Scope,
    now: datetime,
    asked: Asked,
) -> tuple[list[Finding], frozenset[int]]:
    """The findings with their pasts, and the groups of which the past alone does not say enough."""
    found, clear = list[Finding](), {group for group, past in scope.pasts.items() if past is None}
    clear -= {group_of(finding, rules) for finding in findings}
    for finding in findings:
        group, threshold = group_of(finding, rules), rules[finding.rule].threshold
        if past := scope.pasts.get(group):
            whole = with_past(finding, past, known.origins, threshold, now, known.beside.crowd)
        else:
            whole = finding  # nothing of what was before counts, or all of it was looked at
        if whole and (finding.fingerprint not in asked.thresholds or group not in scope.pasts):
            found.append(whole)
            clear.add(group)
    return found, frozenset(scope.pasts.keys() - clear)


def _but(pasts: Mapping[int, Past | None], groups: frozenset[int]) -> Mapping[int, Past | None]:
    return {group: past for group, past in pasts.items() if group not in groups}


def group_of(finding: Finding, rules: Mapping[str, Rule]) -> int:
    """The number of the group that a finding's signals are of, also where a comment split it."""
    return group_number(finding.rule, base_key(dict(finding.key), rules[finding.rule].group_by))


def _wanted(finding: Finding, rules: Mapping[str, Rule], scope: Scope, only: str) -> bool:
    if only and finding.repository != only:
        return False
    return scope.groups is None or group_of(finding, rules) in scope.groups


def _later(
    signals: Iterable[Signal],
    origins: Mapping[str, Origin],
    request: RunRequest,
    rules: Mapping[str, Rule],
    scope: Scope,
) -> Mapping[tuple[str, int], Later]:
    found: dict[tuple[str, int], Later] = {}
    for signal in signals:
        if not (signal.at and signal.at > request.now and signal.rule in rules and signal.session in origins):
            continue
        repository, group = origins[signal.session].repository, group_number(signal.rule, signal.group)
        if (scope.groups is None or group in scope.groups) and request.only in {"", repository}:
            other = found.get((repository, group))
            if other is None or signal.at < other.at:
                found[repository, group] = Later(signal.rule, signal.group, signal.at)
    return found


def _asked(
    orders: Mapping[str, Orders], issues: Mapping[str, Mapping[int, KnownIssue]], rules: Mapping[str, Rule]
) -> Asked:
    """What comments ask for single findings: thresholds of their own, and splits."""
    by_name = {name: rule for rule in rules.values() for name in (rule.id, *rule.aliases)}
    thresholds: dict[str, Threshold] = {}
    splits: dict[str, str] = {}
    for repository, ordered in orders.items():
        for number, wishes in ordered.wishes.items():
            issue = issues.get(repository, {}).get(number)
            name, key = filed_by(issue) if issue else ("", None)
            rule = by_name.get(name)
            if issue is None or rule is None:
                continue
            if wishes.needed and wishes.needed.command.needed:
                said = wishes.needed.command.needed._asdict()
                changed = {field: value for field, value in said.items() if value is not None}
                thresholds[issue.fingerprint] = rule.threshold.model_copy(update=changed)
            if wishes.split and key is not None:
                field = wishes.split.command.word
                splits[fingerprint(repository, rule, base_key(key, rule.group_by))] = field
    return Asked(thresholds, splits)


def _spoken(
    signals: Iterable[Signal], origins: Mapping[str, Origin], orders: Mapping[str, Orders]
) -> tuple[list[Signal], tuple[Signal, ...]]:
    """The signals, and apart from them those of people who were silenced when it happened: these never count."""
    silent: dict[tuple[str, str], list[Silence]] = {}
    for repository, ordered in orders.items():
        for each in ordered.silences:
            if each.scope.kind == "person":
                silent.setdefault((repository, each.scope.name), []).append(each)
    if not silent:
        return list(signals), ()
    heard: list[Signal] = []
    left_out: list[Signal] = []
    for signal in signals:
        origin = origins.get(signal.session)
        about = silent.get((origin.repository, origin.person), ()) if origin else ()
        (left_out if any(in_its_time(each, signal.at) for each in about) else heard).append(signal)
    return heard, tuple(left_out)


def _with_origins(findings: Sequence[Finding], codebase: Codebase, problems: list[Problem]) -> list[Finding]:
    """Findings whose evidence says where in the project's own docs and scripts its commands stand."""
    shown = [each for finding in findings if finding.state == "active" for each in finding.evidence]
    try:
        places = codebase.mentions([each.command for each in shown])
    except OSError as error:
        problems.append(Problem("codebase", "clone", f"the clone could not be searched: {error}"))
        return list(findings)
    return [_with_places(finding, places) for finding in findings]


def _with_places(finding: Finding, places: Mapping[str, str]) -> Finding:
    """A finding with the places of its commands; where there are any, its origins count the evidence that it carries."""
    evidence = tuple(
        replace(each, origin=f"docs:{places[each.command]}") if each.command in places else each
        for each in finding.evidence
    )
    if evidence == finding.evidence:
        return finding
    kinds = Counter(each.origin.partition(":")[0] for each in evidence if each.origin)
    return replace(finding, evidence=evidence, origins=tuple(sorted(kinds.items())))
