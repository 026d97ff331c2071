"""Deciding: from findings to a plan, with what comments and rule files silence, and with the text of each issue."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import orjson

from bot.core.block import block
from bot.core.breaker import held, levels
from bot.core.case import Case, Moment
from bot.core.health import Health, health, standings
from bot.core.health_issues import experience
from bot.core.history import Intent
from bot.core.model import Action, Listing, Problem
from bot.core.plan import plan
from bot.core.quieting import about_case, of_rules, quieted
from bot.core.redact import redact
from bot.core.render import Rendered, Shown
from bot.core.silence import Held, Silence
from bot.core.telling import marker_of
from bot.filing import body_limit
from bot.observing import Evaluation, Observer, unexpected
from bot.request import Ports, RunRequest


def deferred(repository: str) -> str:
    """The key under which it is kept that more waits for room in a repository than is looked at each time."""
    return f"deferred:{repository}"


@dataclass(frozen=True, slots=True)
class Decided:
    """The cases of a cycle, the plan for them, what it was made on, all silences as they are now, and how rules fare."""

    cases: tuple[Case, ...]
    actions: tuple[Action, ...]
    listings: Mapping[str, Listing]
    intents: tuple[Intent, ...]
    at: Moment
    silences: tuple[Held, ...] = ()
    health: tuple[Health, ...] = ()
    unlanded: frozenset[tuple[int, int]] = frozenset()


class Deciding:
    """From findings to a plan: quickly first, and again on whole listings where something is to be opened or reopened.

    `part` says that the evaluation is only of what changed.
    """

    def __init__(
        self, request: RunRequest, ports: Ports, evaluation: Evaluation, observer: Observer, *, part: bool = False
    ) -> None:
        self._request, self._ports, self._evaluation, self._observer = request, ports, evaluation, observer
        self._part = part
        self._problems = observer.problems
        self._texts: dict[str, tuple[object, Rendered | Problem]] = {}  # by fingerprint, with what they were made from

    def decide(self, listings: Mapping[str, Listing]) -> Decided:
        """The plan of this cycle; where it is for posting, how much each rule matches today is remembered."""
        at = self._moment()
        decided = self._on(listings, at)
        louder = {
            action.repository
            for action in decided.actions
            if action.action in {"open", "reopen"} or action.row == "incomplete"
        }
        unsure = [
            name
            for name in sorted(louder & listings.keys())
            if not listings[name].complete and not listings[name].problems
        ]
        if unsure:
            decided = self._on({**listings, **self._observer.listings(unsure, whole=True)}, at)
        return decided

    def _on(self, listings: Mapping[str, Listing], at: Moment) -> Decided:
        intents = self._observer.intents(sorted(listings))
        cases = self._observer.cases(self._evaluation, listings, intents)
        silences = quieted(cases, self._silences(listings), self._evaluation.origins, at.now, self._evaluation.left_out)
        ordered = (self._ordered(case, silences) for case in cases)
        told = tuple(self._rendered(case) if _says_more(case) else case for case in ordered)
        known = experience(told, listings, silences, self._evaluation.origins, at.now)
        fares = () if self._part else health(known, self._evaluation.rules)
        at = replace(at, standings=self._standings(fares))
        unlanded = frozenset(self._observer.landed.missing)
        return Decided(told, plan(told, listings, at, self._rendered), listings, intents, at, silences, fares, unlanded)

    def _standings(self, fares: tuple[Health, ...]) -> Mapping[str, float]:
        """How rules are trusted: told by everything where that is looked at, else as it was told then."""
        key = f"standings:{self._request.only}"
        if self._part:
            return {rule: float(told) for rule, told in orjson.loads(self._ports.store.recall(key) or b"{}").items()}
        told = standings(fares)
        if self._request.post:
            self._ports.store.keep(key, orjson.dumps(dict(told)), self._request.now)
        return told

    def _silences(self, listings: Mapping[str, Listing]) -> tuple[Silence, ...]:
        evaluation = self._evaluation
        by_comments = (
            each._replace(because=self._harmless(each.because))
            for ordered in evaluation.orders.values()
            for each in ordered.silences
        )
        repositories = {finding.repository for finding in evaluation.findings} | listings.keys()
        return (*by_comments, *of_rules(evaluation.rules.values(), sorted(repositories)))

    def _harmless(self, because: str) -> str:
        """A reason without secrets: masked, or left out, rather than everything that the issue has to say."""
        masked = redact(because)
        return "" if self._ports.press.secret(masked) else masked

    def _ordered(self, case: Case, silences: tuple[Held, ...]) -> Case:
        """The case with the silences about it, and what its issue shows of all orders."""
        unheard = self._evaluation.unheard.get(case.finding.repository, "")
        case = replace(case, silences=about_case(case, silences), unheard=unheard)
        now, zone = self._request.now, self._request.policy.zone
        number = case.issue.number if case.issue else 0  # what is ordered of an issue that is to come stands in others
        shown = block(case, number, now, zone)
        return replace(case, block=shown)

    def _moment(self) -> Moment:
        request, store = self._request, self._ports.store
        now = dict(levels(tuple(self._evaluation.findings), tuple(self._evaluation.rules)))
        if self._part or request.only:
            here = {finding.fingerprint for finding in self._evaluation.findings}
            for rule, sessions in self._ports.ledger.in_windows(here).items():
                now[rule] = now.get(rule, 0) + sessions
        today, before = request.now.date(), store.levels()
        held_back = held(now, before, today)
        more = {rule: level for rule, level in now.items() if level > before.get(rule, {}).get(today, -1)}
        if more and request.post:
            store.remember_levels(today, more)
        limits = request.limits
        if self._part and any(self._ports.store.recall(deferred(name)) for name in request.receivers):
            limits = replace(limits, overview=False)  # not all that waits is looked at now: a whole cycle ranks it
        return Moment(request.now, limits, request.settle, held_back, request.policy.notice, paused=request.paused)

    def _rendered(self, case: Case) -> Case:
        """The case with its text; without one where none can be made, which is a problem."""
        issue = case.issue
        after = issue.number if issue and issue.state == "closed" else None
        # Only a new issue links the old one: the text of one that is reopened is its own.
        late = (
            issue is not None
            and issue.state == "closed"
            and (case.canonical is not None or case.too_late(self._request.now))
        )
        try:
            made = self._text(case, body_limit(None if late else issue), after if late else None)
        except Exception as error:  # noqa: BLE001 - whatever it is costs this finding only
            made = unexpected(case.finding, error)
        if isinstance(made, Rendered):
            return replace(case, rendered=made)
        if made not in self._problems:
            self._problems.append(made)
        return case

    def _text(self, case: Case, limit: int, earlier: int | None) -> Rendered | Problem:
        """The text of a case; a plan that is made again on a whole listing mostly needs the same one."""
        asked = (limit, earlier, case.judgement, case.block)
        known = self._texts.get(case.finding.fingerprint)
        if known is None or known[0] != asked:
            made = self._ports.press.render(
                case.finding, case.rule, limit=limit, judgement=case.judgement, earlier=earlier, shown=_shown(case)
            )
            known = self._texts[case.finding.fingerprint] = (asked, made)
        return known[1]


def _says_more(case: Case) -> bool:
    """Whether what is done about an issue depends on its text; that of what is to be opened or updated is made when it is."""
    issue, rule, judgement = case.issue, case.rule, case.judgement
    if issue is None or rule.status != "stable" or case.gone or case.claimed or case.unknown or issue.locked:
        return False
    if marker_of(issue).get("orders") != case.block.digest:
        return True
    back = max(judgement.verdicts.after_fix, judgement.returned) >= rule.regression.sessions
    return issue.state == "closed" and (back or bool(judgement.discrepancy))


def _shown(case: Case) -> Shown:
    """What maintainers want to see in the issue: the block of orders, and more excerpts."""
    more = case.wishes.evidence
    return Shown(case.block.text, (more.command.number or 0) if more else 0)
