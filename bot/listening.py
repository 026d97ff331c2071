"""Listening: the comments of a cycle are read, understood, and answered once it is known what comes of them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

from bot.answering import Answerer
from bot.core.answers import Scenery, answered, by_remark
from bot.core.history import Remark
from bot.core.model import KnownIssue, Listing, Problem
from bot.core.orders import Orders, Scene, in_force, ordered
from bot.core.slash import DONE
from bot.core.telling import rule_named
from bot.deciding import Decided
from bot.filing import Filer
from bot.hearing import Listener
from bot.ports import Store, Tracker, TrackerError
from bot.request import Ports, Rescan, RunRequest, Spoken


def listen(
    request: RunRequest,
    ports: Ports,
    listings: Mapping[str, Listing],
    people: Mapping[str, str],
    problems: list[Problem],
) -> Spoken:
    """Read what was said in the listed repositories, and what it comes to; `people` are known by these names (casefolded)."""
    if ports.tracker is None:
        return Spoken()
    listener = Listener(ports.tracker, ports.store, ports.key, ports.clock, ports.nonce(), problems)
    orders, issues, unheard = dict[str, Orders](), dict[str, Mapping[int, KnownIssue]](), dict[str, str]()
    rescans: list[Rescan] = []
    for repository, listing in listings.items():
        scene = _scene(request, listing, people)
        due = frozenset(each.comment for each in request.due if each.comment and _same(each.repository, repository))

        def standing(remarks: tuple[Remark, ...], scene: Scene = scene) -> Iterable[int]:
            return in_force(ordered(remarks, scene), scene.issues, request.now)

        if why := listener.hear(listing, due, standing):
            unheard[repository] = f"{why}: what maintainers want is not known, so nothing is written"
        remarks, issues[repository] = ports.store.remarks(repository), scene.issues
        absent, unseen = _looked_up(ordered(remarks, scene), scene.issues, repository, ports.tracker)
        orders[repository] = ordered(remarks, replace(scene, absent=absent, unseen=unseen))
        rescans += () if request.is_paused(repository) else _rescans(orders[repository], scene.issues, ports.store)
    return Spoken(orders, issues, tuple(rescans), unheard)


def _scene(request: RunRequest, listing: Listing, people: Mapping[str, str]) -> Scene:
    by_name = {name: rule for rule in request.rules for name in (rule.id, *rule.aliases)}
    return Scene(
        {issue.number: issue for issue in listing.issues if issue.fingerprint},
        request.policy,
        sure=not listing.problems,
        people=people,
        files=frozenset(rule.id for rule in request.rules if rule.silenced),
        groups={name: rule.group_by for name, rule in by_name.items()},
    )


def answer(
    request: RunRequest, ports: Ports, filer: Filer, spoken: Spoken, decided: Decided, problems: list[Problem]
) -> None:
    """Answer what was said, with what the cycle came to."""
    secret, replies = ports.press.secret, request.policy.replies
    answerer = Answerer(filer.tracker, filer.store, filer, filer.clock, secret, replies, problems)
    actions = {action.fingerprint: action for action in reversed(decided.actions)}
    for repository, orders in spoken.orders.items():
        if repository in spoken.unheard or request.is_paused(repository):
            continue
        cases = {
            issue.number: case
            for case in decided.cases
            if case.finding.repository == repository
            for issue in case.issues
        }
        silences = [each for each in decided.silences if each.silence.repository == repository]
        scenery = Scenery(cases, actions, silences, request.policy.zone)
        answerer.answer(repository, _with_fixes(orders, decided.unlanded), spoken.issues[repository], scenery)


def _with_fixes(orders: Orders, unlanded: frozenset[tuple[int, int]]) -> Orders:
    """The orders, where those that name a fix which has not landed are said to wait for it."""
    words = "that is not on the default branch, or not seen: it counts from when it is"
    return replace(
        orders,
        given=tuple(
            each._replace(words=words) if (each.remark.id, each.command.line) in unlanded else each
            for each in orders.given
        ),
    )


def _looked_up(
    orders: Orders, issues: Mapping[int, KnownIssue], repository: str, tracker: Tracker
) -> tuple[frozenset[int], frozenset[int]]:
    """Of the numbers that comments call what theirs is a duplicate of: those that are no issue, and those not known now."""
    asked = {
        order.command.number
        for number, wishes in orders.wishes.items()
        if (order := wishes.duplicate) and issues[number].state == "open" and order.command.number
    }
    absent, unseen = set[int](), set[int]()
    for number in sorted(asked - issues.keys()):
        try:
            if tracker.issue(repository, number) is None:
                absent.add(number)
        except TrackerError:
            unseen.add(number)
    return frozenset(absent), frozenset(unseen)


def _same(one: str, other: str) -> bool:
    return one.lower() == other.lower()


def _rescans(orders: Orders, issues: Mapping[int, KnownIssue], store: Store) -> Iterator[Rescan]:
    """The searches that were not done yet for the comments as they read now; of a locked issue none is asked any more."""
    for number, said in by_remark(orders).items():
        wanted = [order for order in said if order.command.name == "rescan" and order.verdict == DONE]
        issue = issues.get(said[0].remark.issue)
        if wanted and issue and not issue.locked and rule_named(issue):
            key = f"rescan:{issue.repository}:{number}"
            told = answered(said).encode()
            if store.recall(key) != told:
                yield Rescan(rule_named(issue), key, told)
