"""Settling: what a cycle found and did is remembered, so that the next one can leave alone what nothing happened to."""

from __future__ import annotations

from collections.abc import Iterator

from bot.core.count import fingerprint
from bot.core.due import due
from bot.core.model import Action
from bot.deciding import Decided
from bot.evaluating import Evaluated, group_of
from bot.ledger import Standing
from bot.request import Ports, RunRequest
from bot.scope import Scope, remember


def settled(request: RunRequest, ports: Ports, scope: Scope, found: Evaluated, decided: Decided) -> None:
    """Remember what was found, up to which change, and when time alone may change what is to be done about it."""
    known: dict[str, list[Standing]] = {name: [] for name in scope.upto}
    for repository, standing in _standings(found, decided):
        known.setdefault(repository, []).append(standing)
    remember(ports.store, scope, decided.listings, request)
    for repository, upto in scope.upto.items():
        ports.ledger.evaluated(repository, upto, known[repository], scope.groups)


def _standings(found: Evaluated, decided: Decided) -> Iterator[tuple[str, Standing]]:
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
        when = min((each for each in moments if each), default=None)
        yield (
            finding.repository,
            Standing(finding.fingerprint, finding.rule, (group,), finding.in_window.sessions, when),
        )
    for (repository, group), each in found.later.items():
        if (repository, group) in seen:
            continue
        name = fingerprint(repository, evaluation.rules[each.rule], each.key)
        yield repository, Standing(name, each.rule, (group,), 0, each.at)
