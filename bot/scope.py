"""Scope: which findings have to be evaluated now, because something that decides about them changed since they last were."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from bot.core.answers import unanswered
from bot.core.count import claims, is_general
from bot.core.history import Change
from bot.core.marker import digest
from bot.core.model import KnownIssue, Listing
from bot.core.orders import Orders, alone
from bot.core.outlook import Outlook, Renewed, always, as_json, from_json, outlook, renewed
from bot.core.past import NOTHING, Past, from_bytes
from bot.core.telling import filed_by
from bot.ledger import Standing
from bot.observing import Observer
from bot.ports import Store
from bot.request import Ports, RunRequest, Spoken

_DAY = timedelta(days=1)
_VERSION = 1  # to be raised where the same evidence is evaluated otherwise


@dataclass(frozen=True, slots=True)
class Scope:
    """The groups to be evaluated (None: all), for which reason all, and what is remembered of findings outside of it.

    `upto` says for each repository up to which change its evidence is looked at, `outlooks` what else this rests on. Of the
    groups in `pasts` only what happened since `horizon` has to be looked at (None: nothing before it counts).
    """

    groups: frozenset[int] | None = None
    reason: str = ""
    upto: Mapping[str, int] = field(default_factory=dict)
    outlooks: Mapping[str, Outlook] = field(default_factory=dict)
    standings: Mapping[str, Standing] = field(default_factory=dict)
    pasts: Mapping[int, Past | None] = field(default_factory=dict)
    horizon: datetime | None = None


def scope_of(
    request: RunRequest, ports: Ports, observer: Observer, listings: Mapping[str, Listing], spoken: Spoken
) -> Scope:
    """What has to be evaluated in the repositories of a request; all of it where `request.whole` says so."""
    settings = _settings(request)
    groups, reasons = frozenset[int](), ["everything was asked for"] if request.whole else []
    entire = frozenset[int]()
    upto, outlooks, known = dict[str, int](), dict[str, Outlook](), dict[str, Standing]()
    for repository in _repositories(request):
        listing = listings.get(repository, Listing(repository, complete=False))
        orders = spoken.orders.get(repository, Orders())
        touched = ports.ledger.touched(repository)
        upto[repository] = touched.upto
        changes = observer.changes(repository) if repository in listings and not listing.problems else ()
        outlooks[repository] = outlook(settings, orders, listing.issues, changes)
        if request.whole:
            continue
        asked = _asked(request, ports, listing, orders, outlooks[repository], changes)
        if asked.whole:
            reasons.append(f"{repository}: {asked.whole}")
            continue
        issues = [issue for issue in listing.issues if issue.fingerprint]
        numbers = {issue.fingerprint for issue in issues} | asked.fingerprints
        standings = ports.ledger.standings(repository, numbers)
        known |= standings
        of_rules = ports.ledger.groups_of_rules(repository, asked.rules | _orphans(issues, standings, request))
        groups |= touched.groups | of_rules
        groups |= _groups(standings, asked.fingerprints) | _all(ports.ledger.due(repository, request.now))
        entire |= of_rules | _groups(standings, asked.entire)
    if reasons:
        return Scope(None, reasons[0], upto, outlooks, horizon=_horizon(request))
    horizon, pasts, over = _pasts(request, ports, groups - entire)
    return Scope(groups - over, "", upto, outlooks, known, pasts, horizon)


def _horizon(request: RunRequest) -> datetime | None:
    """What lies before is past as far as any rule's window reaches; whole days, so that it moves with whole evaluations."""
    if not request.only:
        return None
    longest = max((rule.threshold.within for rule in request.rules), default=_DAY)
    return request.now.replace(hour=0, minute=0, second=0, microsecond=0) - longest - _DAY


def _pasts(
    request: RunRequest, ports: Ports, groups: frozenset[int]
) -> tuple[datetime | None, Mapping[int, Past | None], frozenset[int]]:
    """The horizon of the last whole evaluation, and the pasts of these groups that end at it.

    Apart from them groups of general rules that have no past because specific rules claim all of it, and claim all that is
    new as well: there is still nothing to evaluate.
    """
    kept = ports.store.recall(f"horizon:{request.only}") if request.only else None
    if not kept:
        return None, {}, frozenset()
    horizon = datetime.fromisoformat(kept.decode())
    general = {rule.id for rule in request.rules if is_general(rule)}
    found, nothing = dict[int, Past | None](), set[int]()
    for group, each in ports.ledger.pasts(request.only, groups).items():
        past = from_bytes(each.past)
        if each.until == horizon and (past or each.past == NOTHING):
            found[group] = past
            nothing |= {group} if past is None and each.rule in general else set()
    specific = [rule.id for rule in request.rules if claims(rule)]
    over = frozenset(nothing) - ports.ledger.unclaimed(nothing, horizon, specific)
    return horizon, {group: past for group, past in found.items() if group not in over}, over


def remember(store: Store, scope: Scope, repositories: Iterable[str], request: RunRequest) -> None:
    """Keep what the evaluation of these repositories rested on, so that the next one can tell what is different."""
    for repository in repositories:
        store.keep(_key(repository), as_json(scope.outlooks[repository]), request.now)
        if repository and repository == request.only and scope.groups is None and scope.horizon:
            store.keep(f"horizon:{repository}", scope.horizon.isoformat().encode(), request.now)


def _asked(
    request: RunRequest, ports: Ports, listing: Listing, orders: Orders, now: Outlook, changes: Sequence[Change]
) -> Renewed:
    before = ports.store.recall(_key(listing.repository))
    kept = from_json(before) if before else None
    if listing.problems and kept:
        now = replace(kept, settings=now.settings)  # what was not seen did not change
    fresh = renewed(kept, now, listing.repository, changes)
    intents = ports.store.intents(listing.repository)
    steady = always(orders, listing.issues, intents, request.rules)
    known = {issue.number: issue for issue in listing.issues if issue.fingerprint}
    waiting = unanswered(orders, known)
    asks = "" if all(map(alone, waiting)) else "a comment waits for its answer"
    return Renewed(
        fresh.whole or steady.whole or asks,
        fresh.fingerprints | steady.fingerprints | {known[order.remark.issue].fingerprint for order in waiting},
        fresh.rules | steady.rules,
        fresh.entire | steady.entire,
    )


def _orphans(issues: Iterable[KnownIssue], standings: Mapping[str, Standing], request: RunRequest) -> frozenset[str]:
    """The rules of issues that no finding has as its own: any finding of such a rule may take one over."""
    names = {name: rule.id for rule in request.rules for name in (*rule.aliases, rule.id)}
    found = {filed_by(issue)[0] for issue in issues if issue.fingerprint not in standings}
    return frozenset(names[name] for name in found if name in names)


def _groups(standings: Mapping[str, Standing], fingerprints: Collection[str]) -> frozenset[int]:
    return _all(standings[name] for name in fingerprints if name in standings)


def _all(standings: Iterable[Standing]) -> frozenset[int]:
    return frozenset(group for standing in standings for group in standing.groups)


def _repositories(request: RunRequest) -> tuple[str, ...]:
    """The repositories that are evaluated; what nobody receives too, where all are."""
    return request.receivers if request.only else (*request.receivers, "")


def _settings(request: RunRequest) -> str:
    """A digest of the rules and settings that decide what is done about evidence."""
    rules = sorted(rule.model_dump_json() for rule in request.rules)
    told = (request.limits, request.settle, request.policy, request.show_names, request.salt, request.paused)
    whose = (sorted(request.whose.aliases.items()), sorted(request.whose.by_source.items()))
    return digest(str(_VERSION), *rules, repr(told), repr(whose))


def _key(repository: str) -> str:
    return f"outlook:{repository}"
