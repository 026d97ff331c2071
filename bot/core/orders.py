"""What people ordered in comments: of each command whether it is taken, and what all that are taken come to together."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta, tzinfo
from functools import lru_cache
from types import MappingProxyType

from bot.core.comments import note_of, said
from bot.core.history import Remark
from bot.core.markdown import inline
from bot.core.marker import digest
from bot.core.model import KnownIssue
from bot.core.remarks import commands
from bot.core.silence import Silence
from bot.core.slash import DONE, NO_WISHES, REFUSED, UNCLEAR, WAITING, Command, Order, Scope, Until, Wishes
from bot.core.telling import filed_by, rule_named

ASSIGNED = "+assigned"  # what is written behind the role of somebody whose issue it is
ROLES = ("none", "read", "triage", "write", "maintain", "admin")
ORDER = (
    "order:"  # topic of a comment that the bot made for somebody at the command line: the only ones of its own it obeys
)
SPLITS = ("tool", "person", "version", "origin")  # what evidence can be told apart by beside its rule's own group key
_YEAR, _MANY = timedelta(days=366), 1000  # a longer silence, or one until more sessions, is one without an end
_RECENT = timedelta(days=30)  # in which a deleted question takes its answer with it
_AT_ONCE = timedelta(seconds=2)  # nobody edits a comment sooner: who may write could make the bot say anything
_ALONE = frozenset(  # what a command says of its own issue is about nothing else, and its answer tells of nothing else
    {"", "ack", "evidence", "fixed", "help", "notfixed", "silence", "snooze", "status", "threshold", "unsilence", "why"}
)
_SELF = frozenset({"silence", "unsilence", "snooze", "ack"})  # what an assignee may say of the issue that is theirs


@dataclass(frozen=True, slots=True)
class Policy:
    """Who may say what, and how dates in comments are read; see the settings' `comments`."""

    zone: tzinfo = UTC
    who: str = "triage"
    roles: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({"forever": "maintain"}))
    assignees: bool = True
    usual: timedelta = timedelta(days=90)
    notice: timedelta = timedelta(days=3)
    replies: int = 20

    @property
    def forever(self) -> str:
        """The least role for a silence without end."""
        return self.roles.get("forever", "maintain")

    def endless(self, until: Until | None, since: datetime) -> bool:
        """Whether an end is none for all that people remember."""
        if until is None:
            return False
        late = until.at is not None and until.at - since > _YEAR
        return until.kind == "forever" or late or until.sessions > _MANY

    def needs(self, command: Command, at: datetime) -> str:
        """The least role that may give a command at a moment."""
        least = self.roles.get(command.name, self.who)
        return max(least, self.forever, key=ROLES.index) if self.endless(command.until, at) else least


@dataclass(frozen=True, slots=True)
class Orders:
    """All commands in the comments of a repository in their order, these comments as they were read, and what they come to."""

    given: tuple[Order, ...] = ()
    remarks: tuple[Remark, ...] = ()
    silences: tuple[Silence, ...] = ()
    wishes: Mapping[int, Wishes] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Scene:
    """What commands are judged by: the issues that are the bot's, who is who, and what rule files silence.

    `sure` says that an issue that is not among these is none of the bot's. `people` lead from every name of a person, as it is
    shown or known (casefolded), to the person. `groups` are the group_by of rules, `absent` numbers that are no issues,
    `unseen` those of which that could not be asked.
    """

    issues: Mapping[int, KnownIssue]
    policy: Policy = field(default_factory=Policy)
    sure: bool = True
    people: Mapping[str, str] = field(default_factory=dict)
    files: frozenset[str] = frozenset()
    groups: Mapping[str, Sequence[str]] = field(default_factory=dict)
    absent: frozenset[int] = frozenset()
    unseen: frozenset[int] = frozenset()


_TAG = re.compile(r"<[^<>]*>")
_read = lru_cache(maxsize=4096)(commands)  # the same comments are read in every cycle


def ordered(remarks: Iterable[Remark], scene: Scene) -> Orders:
    """What the comments of one repository come to; the order in which they are given does not matter."""
    given: list[Order] = []
    read = sorted(remarks, key=lambda each: (each.at, each.id))
    for remark in read:
        if speaks(remark):
            policy = scene.policy
            given += [_judged(each, remark, scene) for each in _read(remark.body, remark.at, policy.zone, policy.usual)]
    taken = _Taken(scene)
    told = tuple(taken.take(order) if order.verdict == DONE else order for order in given)
    return Orders(told, tuple(read), tuple(taken.silences), taken.wishes)


def alone(order: Order) -> bool:
    """Whether an order, and the answer to it, is about the finding of its own issue only."""
    return order.command.name in _ALONE and order.command.scope.kind in {"this", "all"}


def speaks(remark: Remark) -> bool:
    """Whether a comment may hold commands at all: a person's, or one that the bot made for somebody at the command line."""
    if remark.own:
        note, edited = note_of(remark.body), remark.updated - remark.at > _AT_ONCE
        return note is not None and not edited and note.topic == order_topic(said(remark.body))
    return not remark.robot and not remark.by.endswith("[bot]")


def _judged(command: Command, remark: Remark, scene: Scene) -> Order:
    """Whether a command may be given by this person, here, and says something that can be done."""
    issue, policy = scene.issues.get(remark.issue), scene.policy
    if not remark.own and not remark.role:
        return Order(command, remark, WAITING)
    need = policy.needs(command, remark.at)
    if not (remark.own or _at_least(remark.role, need) or _assigned(command, remark, policy)):
        words = f"this needs the role {need} or more" if _at_least(remark.role, policy.who) else ""
        return Order(command, remark, REFUSED, words)
    if issue is None:
        words = "this is not an issue that frictionbot keeps: say it on one of its own"
        return Order(command, remark, UNCLEAR if scene.sure else WAITING, words if scene.sure else "")
    if command.name == "duplicate" and command.number in scene.unseen:
        return Order(command, remark, WAITING)
    error = command.error or _nonsense(command, remark, issue, scene)
    return Order(command, remark, UNCLEAR if error else DONE, error)


def _at_least(role: str, need: str) -> bool:
    known = role.removesuffix(ASSIGNED)
    return known in ROLES and ROLES.index(known) >= ROLES.index(need)


def _assigned(command: Command, remark: Remark, policy: Policy) -> bool:
    endless = policy.endless(command.until, remark.at)
    fits = command.name in _SELF and command.scope.kind in {"this", "all"} and not endless
    return policy.assignees and fits and remark.role.endswith(ASSIGNED)


def _nonsense(command: Command, remark: Remark, issue: KnownIssue, scene: Scene) -> str:
    """What is wrong with a command that reads well, "" where nothing is."""
    key = filed_by(issue)[1]
    scope = command.scope
    if command.name in {"duplicate", "fixed"} and command.word and command.word.lower() != remark.repository.lower():
        return f"that is in {command.word}, and this is {remark.repository}"
    if command.name == "duplicate" and command.number == issue.number:
        return f"#{issue.number} is this issue itself"
    if command.name == "duplicate" and command.number in scene.absent:
        return f"there is no issue #{command.number} here"
    if command.name == "split" and command.word not in SPLITS:
        return f"evidence can be split by {', '.join(SPLITS)}"
    if command.name == "split" and command.word in scene.groups.get(rule_named(issue), ()):
        return f"the rule tells it apart by {command.word} already"
    if command.name == "split" and key is None:
        return "the group key of this issue is too long to be split"
    if scope.kind == "key" and key is not None and scope.name not in key:
        known = ", ".join(sorted(key)) or "nothing: silence the issue itself"
        return f"the key of this issue has no {scope.name}; it has {known}"
    if scope.kind == "rule" and not rule_named(issue):
        return "which rule filed this issue is not known any more"
    if scope.kind != "person":
        return ""
    if not _resolved(scope, remark, scene):
        return "no session of that person is known: write the name as the issue shows it, such as person-1a2b3c"
    if command.until and command.until.kind not in {"date", "forever"}:
        return "the silence of a person ends at a date"
    return ""


def _resolved(scope: Scope, remark: Remark, scene: Scene) -> Scope | None:
    """The scope with the person, or the value of the key, that is meant; None where there is none.

    Markdown takes characters out of a value (`<name>`, `__init__`), so that what is left of it has to do.
    """
    if scope.kind == "person":
        person = scene.people.get((scope.name or remark.by).casefold(), "")
        return Scope("person", person) if person else None
    if scope.kind != "key":
        return scope
    issue = scene.issues[remark.issue]
    if not scope.value:
        value = (filed_by(issue)[1] or {}).get(scope.name, "")
        return Scope("key", scope.name, value) if value else None
    keys = (filed_by(each)[1] or {} for each in scene.issues.values() if rule_named(each) == rule_named(issue))
    values = sorted({key[scope.name] for key in keys if scope.name in key})
    exact = [value for value in values if value == scope.value]
    alike = exact or [value for value in values if _bare(value) == _bare(scope.value)]
    return Scope("key", scope.name, alike[0]) if len(alike) == 1 else scope


def _bare(value: str) -> str:
    """What Markdown leaves of a value: no tags, and only letters and digits."""
    return "".join(filter(str.isalnum, _TAG.sub("", unicodedata.normalize("NFKC", value)))).casefold()


_WISHES: Mapping[str, Callable[[Wishes, Order], Wishes]] = {
    "fixed": lambda known, order: replace(known, mended=(*known.mended, order)),
    "notfixed": lambda known, order: replace(known, mended=(), unfixed=order.remark.at),
    "threshold": lambda known, order: replace(known, needed=order),
    "duplicate": lambda known, order: replace(known, duplicate=order),
    "split": lambda known, order: replace(known, split=order),
    "evidence": lambda known, order: replace(known, evidence=order),
    "ack": lambda known, order: replace(known, ack=order),
}


class _Taken:
    """What the commands come to that are taken, one after the other."""

    def __init__(self, scene: Scene) -> None:
        self._scene = scene
        self.silences: list[Silence] = []
        self.wishes: dict[int, Wishes] = {}

    def take(self, order: Order) -> Order:
        """The order, with what is worth saying of it."""
        command, number = order.command, order.remark.issue
        wishes = self.wishes.get(number, NO_WISHES)
        if command.name in {"silence", "snooze"}:
            return self._silence(order)
        if command.name == "unsilence":
            return self._unsilence(order)
        if command.name == "duplicate" and self._leads_back(number, command.number):
            return order._replace(verdict=UNCLEAR, words=f"#{command.number} is called a duplicate of this one")
        if wish := _WISHES.get(command.name):
            self.wishes[number] = wish(wishes, order)
        return order

    def _leads_back(self, number: int, to: int | None) -> bool:
        """Whether the issue `to` is, by what was said so far, itself a duplicate of `number`."""
        seen = set[int]()
        while to is not None and to not in seen:
            seen.add(to)
            order = self.wishes.get(to, NO_WISHES).duplicate
            to = order.command.number if order else None
        return number in seen

    def _silence(self, order: Order) -> Order:
        command, remark = order.command, order.remark
        issue = self._scene.issues[remark.issue]
        scope = _resolved(command.scope, remark, self._scene) or command.scope
        assert command.until is not None  # noqa: S101 - the grammar gives every silence an end
        made = Silence(
            remark.repository, remark.id, issue.number, rule_named(issue), issue.fingerprint,
            scope, command.until, remark.at, remark.by, command.because,
        )  # fmt: skip
        # A later word on the same thing in the same place takes the place of the earlier one.
        self._lift(lambda each: (each.issue, each.scope) == (made.issue, made.scope), order)
        self.silences.append(made)
        ends = command.until.at
        if self._unknown(scope, made.rule):
            said = f"no issue of this rule has that {scope.name} yet; key {scope.name} alone means that of this issue"
            return order._replace(words=said)
        if ends is None or ends > remark.updated:
            return order
        return order._replace(
            words=f"it was over {ends:%Y-%m-%d %H:%M} UTC: a length counts from when a comment was made"
        )

    def _unknown(self, scope: Scope, rule: str) -> bool:
        """Whether no issue of a rule has a value of its key."""
        issues = (each for each in self._scene.issues.values() if rule_named(each) == rule)
        return scope.kind == "key" and all((filed_by(each)[1] or {}).get(scope.name) != scope.value for each in issues)

    def _unsilence(self, order: Order) -> Order:
        command, remark = order.command, order.remark
        issue = self._scene.issues[remark.issue]
        rule, scope = rule_named(issue), _resolved(command.scope, remark, self._scene) or command.scope

        def meant(each: Silence) -> bool:
            if scope.kind in {"this", "all"}:
                return each.issue == issue.number and (scope.kind == "all" or each.scope == scope)
            return each.scope == scope and (scope.kind in {"person", "repo"} or each.rule == rule)

        held = sum(each.lifted is None and meant(each) for each in self.silences)
        lifted = self._lift(meant, order)
        if lifted < held:
            need = self._scene.policy.forever
            return order._replace(words=f"a silence here needs the role {need} or more to be ended")
        if lifted:
            return order
        by_file = "the rule's file silences this: change silenced: there by pull request"
        return order._replace(words=by_file if rule in self._scene.files else "no silence of a comment fits this")

    def _may_lift(self, silence: Silence, by: Remark) -> bool:
        """Whether somebody may end what another ordered: who may order it may, and an assignee what is about their issue."""
        policy = self._scene.policy
        endless = policy.endless(silence.until, silence.since or by.at)
        need = policy.forever if endless else policy.roles.get("silence", policy.who)
        theirs = policy.assignees and by.role.endswith(ASSIGNED) and silence.scope.kind == "this" and not endless
        return by.own or by.by == silence.by or _at_least(by.role, need) or theirs

    def _lift(self, meant: Callable[[Silence], bool], order: Order) -> int:
        lifted = 0
        for place, each in enumerate(self.silences):
            if each.lifted is None and meant(each) and self._may_lift(each, order.remark):
                self.silences[place] = each._replace(lifted=order.remark.at, lifted_by=order.remark.by)
                lifted += 1
        return lifted


def in_force(orders: Orders, issues: Mapping[int, KnownIssue], now: datetime) -> frozenset[int]:
    """The issues in which an order holds, waits, or was given not long ago: what is deleted there changes something."""
    holding = {
        each.issue
        for each in orders.silences
        if each.issue and each.lifted is None and (each.until.at is None or each.until.at > now)
    }
    fresh = {
        order.remark.issue for order in orders.given if order.verdict == WAITING or now - order.remark.updated < _RECENT
    }
    opened = {number for number in orders.wishes if number in issues and issues[number].state == "open"}
    return frozenset(holding | fresh | opened)


def order_topic(text: str) -> str:
    """The topic of a comment that the bot makes for somebody at the command line: with a key, its MAC is over the text too."""
    return f"{ORDER}{digest(text.strip())}"


def as_command(line: str, by: str) -> str:
    """The comment that the bot makes of a command from the command line, for somebody ("" for nobody in particular)."""
    name = f" by {inline(by)}" if by else ""
    return f"{line}\n\n_Said at the command line{name}._"


def base_key(key: Mapping[str, str], grouped: Sequence[str]) -> Sequence[tuple[str, str]]:
    """The group key of an issue as it is without any split; `grouped` is the group_by of its rule."""
    return tuple(sorted((name, value) for name, value in key.items() if name not in SPLITS or name in grouped))
