"""Evaluating: what everything remembered comes to, with what maintainers asked for single findings."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from fnmatch import fnmatchcase
from itertools import chain

from bot.core import people
from bot.core.count import Asked, count, fingerprint
from bot.core.loops import signals_of_session
from bot.core.model import Finding, KnownIssue, Problem, Session, Signal
from bot.core.orders import Orders, base_key
from bot.core.origin import Origin
from bot.core.own import own_starts
from bot.core.quieting import in_its_time
from bot.core.rule_model import Rule, Threshold
from bot.core.silence import Silence
from bot.core.telling import filed_by
from bot.core.version import at_least
from bot.observing import Evaluation
from bot.ports import Codebase, Sources
from bot.request import Ports, Route, RunRequest, Spoken


@dataclass(frozen=True, slots=True)
class Remembered:
    """All sessions that are remembered, where each comes from, and when each began by itself."""

    sessions: tuple[Session, ...]
    origins: Mapping[str, Origin]
    begun: Mapping[str, datetime | None]

    @property
    def people(self) -> Mapping[str, str]:
        """Every name of a person, as it is known or shown (casefolded), with the person; nobody has no name."""
        known = [(origin.person, origin.shown) for origin in self.origins.values() if origin.person]
        return {name.casefold(): person for person, shown in known for name in (person, shown)}


def remembered(request: RunRequest, ports: Ports) -> Remembered:
    """What the store remembers of sessions."""
    sessions = tuple(ports.store.sessions())
    conversations = ports.store.conversations()
    router = _Router(request, ports.sources)
    begun = own_starts(sessions, conversations)
    origins = {
        session.id: replace(router.origin(session, conversations), own_start=begun.get(session.id))
        for session in sessions
    }
    return Remembered(sessions, origins, begun)


def evaluated(
    request: RunRequest,
    ports: Ports,
    known: Remembered,
    spoken: Spoken,
    problems: list[Problem],
) -> Evaluation:
    """The findings, counted as the comments of each repository want it."""
    orders, issues = spoken.orders, spoken.issues
    of_steps = [rule for rule in request.rules if rule.match.event in {"retry", "slow"}]
    in_steps = (signal for session in known.sessions for signal in signals_of_session(of_steps, session))
    # One memory may serve several sets of sources: what another set said is never told in this one's repositories.
    ours = (signal for signal in chain(ports.store.signals(), in_steps) if ports.sources.holds(signal.place))
    rules = {rule.id: rule for rule in request.rules}
    asked = _asked(orders, issues, rules)
    heard, left_out = _spoken(ours, known.origins, orders)
    findings = list(count(heard, known.origins, request.rules, request.now, asked))
    if ports.codebase:
        findings = _with_origins(findings, ports.codebase, problems)

    def first_seen(of: str, version: str) -> datetime | None:
        if of == "agent":
            ran = ((known.begun.get(each.id), mine) for each in known.sessions for mine in each.versions)
        else:
            ran = ((each.at, dict(each.group).get(of, "")) for finding in findings for each in finding.signals)
        return min((at for at, mine in ran if at and at_least(mine, version)), default=None)

    return Evaluation(findings, known.origins, rules, first_seen, orders, asked, spoken.unheard, left_out)


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


class _Router:
    """Says of each session whose it is and which repository receives its issues."""

    def __init__(self, request: RunRequest, sources: Sources) -> None:
        self._request, self._sources = request, sources

    def origin(self, session: Session, conversations: Mapping[str, str]) -> Origin:
        """What counting needs to know of a session."""
        request = self._request
        person = request.whose.joined(session.person)
        shown = person if request.show_names and person else people.pseudonym(person, request.salt)
        conversation = conversations.get(session.id, session.id)
        return Origin(
            session.id,
            conversation,
            person,
            shown,
            self._repository(session),
            session.started_at,
            session.blocks,
        )

    def _repository(self, session: Session) -> str:
        cwds = session.cwds or ("",)
        for route in self._request.routes:
            if fnmatchcase(session.source, route.source) and any(self._leads(route, cwd) for cwd in cwds):
                return route.repository
        return self._request.repository

    def _leads(self, route: Route, cwd: str) -> bool:
        if not fnmatchcase(cwd, route.cwd):
            return False
        return route.remote == "*" or (bool(cwd) and fnmatchcase(self._sources.remote(cwd), route.remote))


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
