"""Listening: the comments of a cycle are read, understood, and answered once it is known what comes of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
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
from bot.ports import Tracker, TrackerError
from bot.request import Ports, RunRequest, Spoken


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
    files = frozenset(rule.id for rule in request.rules if rule.silenced)
    listener = Listener(ports.tracker, ports.store, ports.key, ports.clock, ports.nonce(), problems)
    orders: dict[str, Orders] = {}
    issues: dict[str, Mapping[int, KnownIssue]] = {}
    afresh: set[str] = set()
    for repository, listing in listings.items():
        issues[repository] = {issue.number: issue for issue in listing.issues if issue.fingerprint}
        scene = Scene(issues[repository], request.policy, not listing.problems, people, files)
        due = frozenset(each.comment for each in request.due if each.comment and _same(each.repository, repository))

        def standing(remarks: tuple[Remark, ...], scene: Scene = scene) -> Iterable[int]:
            return in_force(ordered(remarks, scene), request.now)

        listener.hear(listing, due, standing)
        remarks = ports.store.remarks(repository)
        found = ordered(remarks, scene)
        absent = _absent(found, issues[repository], repository, ports.tracker, problems)
        orders[repository] = ordered(remarks, replace(scene, absent=absent)) if absent else found
        afresh |= _afresh(orders[repository], issues[repository])
    return Spoken(orders, issues, frozenset(afresh))


def answer(
    request: RunRequest, ports: Ports, filer: Filer, spoken: Spoken, decided: Decided, problems: list[Problem]
) -> None:
    """Answer what was said, with what the cycle came to."""
    secret, replies = ports.press.secret, request.policy.replies
    answerer = Answerer(filer.tracker, filer.store, filer, filer.clock, secret, replies, problems)
    actions = {action.fingerprint: action for action in reversed(decided.actions)}
    for repository, orders in spoken.orders.items():
        cases = {
            issue.number: case
            for case in decided.cases
            if case.finding.repository == repository
            for issue in case.issues
        }
        silences = [each for each in decided.silences if each.silence.repository == repository]
        scenery = Scenery(cases, actions, silences, request.policy.zone)
        answerer.answer(repository, orders, spoken.issues[repository], scenery)


def _absent(
    orders: Orders, issues: Mapping[int, KnownIssue], repository: str, tracker: Tracker, problems: list[Problem]
) -> frozenset[int]:
    """Of the numbers that comments call the issue of which theirs is a duplicate, those that are no issue."""
    asked = {
        order.command.number
        for number, wishes in orders.wishes.items()
        if (order := wishes.duplicate) and issues[number].state == "open" and order.command.number
    }
    absent = set()
    for number in sorted(asked - issues.keys()):
        try:
            if tracker.issue(repository, number) is None:
                absent.add(number)
        except TrackerError as error:
            absent.add(number)  # nothing is closed for something that could not be looked at
            problems.append(Problem(error.code, f"{repository}#{number}", error.message))
    return frozenset(absent)


def _same(one: str, other: str) -> bool:
    return one.lower() == other.lower()


def _afresh(orders: Orders, issues: Mapping[int, KnownIssue]) -> set[str]:
    """The rules of issues in which somebody asks for a new search and was not answered yet."""
    return {
        rule_named(issues[order.remark.issue])
        for said in by_remark(orders).values()
        if said[0].remark.answered != answered(said)
        for order in said
        if order.command.name == "rescan" and order.verdict == DONE
    } - {""}
