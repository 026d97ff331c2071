"""Settling: what a cycle found and did is remembered, so that the next one can leave alone what nothing happened to."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime, timedelta
from itertools import chain

from bot.core.case import Case
from bot.core.count import fingerprint
from bot.core.due import due
from bot.core.model import Action, Listing
from bot.core.past import NOTHING, Past, as_bytes, folded
from bot.core.slash import NO_WISHES
from bot.core.telling import rule_named
from bot.deciding import Decided, deferred
from bot.evaluating import WORTH, Evaluated, group_of
from bot.ledger import Standing
from bot.request import Ports, RunRequest
from bot.scope import remember

FEW = 50  # findings that wait for room: so many are ranked anew in each cycle
_DAY = timedelta(days=1)


def settled(request: RunRequest, ports: Ports, found: Evaluated, decided: Decided) -> None:
    """Remember what was found, up to which change, and when time alone may change what is to be done about it."""
    scope = found.scope
    known: dict[str, list[Standing]] = {name: [] for name in scope.upto}
    rooms = _rooms(decided)
    for repository, standing in _standings(found, decided, rooms, _Folds(ports, found, decided)):
        known.setdefault(repository, []).append(standing)
    for repository, upto in scope.upto.items():
        if not _unsure(repository, found, decided):
            ports.ledger.evaluated(repository, upto, known[repository], scope.groups)
    for repository in scope.upto:
        later = any(action.fingerprint in rooms for action in decided.actions if action.repository == repository)
        if later or scope.groups is None:
            ports.store.keep(deferred(repository), b"1" if later else b"", request.now)
    # Last: whoever is killed before evaluates everything once more, and nobody takes for evaluated what was not.
    remember(ports.store, scope, [name for name in scope.upto if not _unsure(name, found, decided)], request)


def _unsure(repository: str, found: Evaluated, decided: Decided) -> bool:
    """Whether GitHub could not say what there is in a repository, or what was said: then its evidence is evaluated again."""
    listing = decided.listings.get(repository)
    return repository in found.evaluation.unheard or (listing is not None and bool(listing.problems))


class _Folds:
    """Makes pasts of findings that were counted from all their evidence, where they are plain and it is worth while."""

    def __init__(self, ports: Ports, found: Evaluated, decided: Decided) -> None:
        self._origins, self._horizon = found.evaluation.origins, found.scope.horizon
        plain = [case for case in decided.cases if self._horizon and _is_plain(case, self._horizon)]
        self._plain = {case.finding.fingerprint for case in plain}
        sessions = {signal.session for case in plain for signal in case.finding.signals}
        self._active = ports.ledger.last_active(sessions) if sessions else {}

    def __call__(self, case: Case) -> Past | None:
        """The past of a case, None where none is made."""
        if self._horizon is None or case.finding.fingerprint not in self._plain:
            return None
        return folded(case.finding, self._origins, self._active, self._horizon, case.rule.threshold)


def _is_plain(case: Case, horizon: datetime) -> bool:
    """Whether nothing about a case needs more of its old evidence than its figures: no fix, no order."""
    issue, finding = case.issue, case.finding
    old = [each for each in finding.signals if each.at and each.at < horizon]
    return (
        len(old) >= WORTH
        and (issue is None or issue.state == "open")
        and not (case.judgement.fixes or case.judgement.closed_at or case.rule.fixes)
        and not (case.silences or case.canonical)
        and case.wishes == NO_WISHES
    )


def _standings(
    found: Evaluated, decided: Decided, rooms: Mapping[str, datetime], fold: Callable[[Case], Past | None]
) -> Iterator[tuple[str, Standing]]:
    """What is remembered of each finding, and of groups that have nothing but signals to come."""
    evaluation, actions = found.evaluation, dict[str, list[Action]]()
    for action in decided.actions:
        actions.setdefault(action.fingerprint, []).append(action)
    seen = set[tuple[str, int]]()
    for case in decided.cases:
        finding = case.finding
        group = group_of(finding, evaluation.rules)
        seen.add((finding.repository, group))
        to_come = found.later.get((finding.repository, group))
        moments = [due(case, actions.get(finding.fingerprint, []), decided.at), to_come and to_come.at]
        if finding.fingerprint in rooms:
            moments = [rooms[finding.fingerprint]]
        when = min((each for each in moments if each), default=None)
        keeps = group in found.scope.pasts
        past = None if keeps else fold(case)
        yield (
            finding.repository,
            Standing(
                finding.fingerprint, finding.rule, (group,), finding.in_window.sessions, when,
                as_bytes(past) if past else b"", past.until if past else None, keeps=keeps,
            ),
        )  # fmt: skip
    of_findings = {number for _, number in seen}
    for group, rule in found.claimed.items():
        if found.scope.horizon and group not in of_findings:
            (repository,) = found.scope.upto
            seen.add((repository, group))
            to_come = found.later.get((repository, group))
            when = to_come and to_come.at
            yield repository, Standing(f"none:{group}", rule, (group,), 0, when, NOTHING, found.scope.horizon)
    for (repository, group), each in found.later.items():
        if (repository, group) in seen:
            continue
        name = fingerprint(repository, evaluation.rules[each.rule], each.key)
        yield repository, Standing(name, each.rule, (group,), 0, each.at)


def _rooms(decided: Decided) -> Mapping[str, datetime]:
    """When there will be room for what waits because of a limit, where so many wait that they are not looked at every time.

    An issue that was opened makes room after 24 hours, for others or for others of its rule.
    """
    waiting: dict[str, list[Action]] = {}
    for action in decided.actions:
        if action.row == "limit":
            waiting.setdefault(action.repository, []).append(action)
    found: dict[str, datetime] = {}
    for repository, actions in waiting.items():
        if len(actions) <= FEW:
            continue
        made = _made_today(decided.listings[repository], decided.at.now)
        limits = decided.at.limits
        for action in actions:
            full = ((made.get(action.rule, []), limits.rule_day), (sorted(chain(*made.values())), limits.day))
            later = [moments[-most] + _DAY for moments, most in full if 0 < most <= len(moments)]
            if later:
                found[action.fingerprint] = max(later)
    return found


def _made_today(listing: Listing, now: datetime) -> Mapping[str, list[datetime]]:
    """When the issues of the last 24 hours were opened, by rule, in order."""
    found: dict[str, list[datetime]] = {}
    for issue in sorted(listing.issues, key=lambda each: each.number):
        if issue.fingerprint and issue.created_at and now - _DAY < issue.created_at <= now:
            found.setdefault(rule_named(issue), []).append(issue.created_at)
    return {rule: sorted(moments) for rule, moments in found.items()}
