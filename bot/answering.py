"""Answering: what comments ordered gets its reaction, and a reply where words are needed, each of them once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from bot.core.answers import UNREPEATED, Scenery, answered, by_remark, long_ago, reactions, replied, reply, reply_topic
from bot.core.comments import note_of
from bot.core.history import Remark
from bot.core.model import KnownIssue, Problem
from bot.core.orders import Orders
from bot.core.slash import REFUSED, Order
from bot.filing import Filer
from bot.ports import Store, Tracker, TrackerError

_MOST = 50  # comments that are answered in one pass: whoever floods the bot with commands keeps it from nothing else
_REFUSALS = 5  # reactions to the refused commands of one account in one pass
_OVER = frozenset({"locked"})  # of what is gone hearing lets go, once GitHub says so for sure


_Due = tuple[Remark, tuple[Order, ...]]


@dataclass(frozen=True, slots=True)
class Answerer:
    """Answers the comments of repositories, as far as replies are not too many; `clock` is the machine's.

    `secret` says whether a text looks like it holds one: it is not repeated then.

    What could not be answered is a problem, and is tried again in the next cycle.
    """

    tracker: Tracker
    store: Store
    filer: Filer
    clock: Callable[[], datetime]
    secret: Callable[[str], bool]
    replies: int
    problems: list[Problem]

    def answer(self, repository: str, orders: Orders, issues: Mapping[int, KnownIssue], scenery: Scenery) -> None:
        """Answer what is not answered yet, those first who may say more; take back the answers to what is not said any more."""
        remarks = self.store.remarks(repository)
        given = by_remark(orders)
        # What another process read since then is not known here: it is for that process, or the next cycle, to answer.
        read = {(each.id, each.body, each.role) for each in orders.remarks}
        room = self.replies - sum(1 for each in remarks if _is_reply(each) and not long_ago(each.at, self.clock()))
        known = [each for each in remarks if (each.id, each.body, each.role) in read]
        asked = [(each, _answerable(given.get(each.id, ()), issues)) for each in known]
        locked = {number for number, issue in issues.items() if issue.locked}  # their people want no more of it
        due = [(each, said) for each, said in asked if each.answered != answered(said) and each.issue not in locked]
        due = [*self._few(due)]
        for remark, said in sorted(due, key=lambda one: all(order.verdict == REFUSED for order in one[1]))[:_MOST]:
            text = reply(said, scenery)
            text = UNREPEATED if self.secret(text) else text
            late = bool(text) and room <= 0
            room -= bool(text)
            if not self._answered(remark, said, text, late=late):
                return
        self._take_back(repository, remarks)

    def _few(self, due: list[_Due]) -> Iterator[_Due]:
        """What is due, of refusals only a few for each account: whoever floods the bot does not use up what others need."""
        refused = Counter[str]()
        for remark, said in due:
            if said and all(order.verdict == REFUSED for order in said):
                refused[remark.by] += 1
                if refused[remark.by] > _REFUSALS:
                    self.store.answer(remark.repository, remark.id, answered(said))
                    continue
            yield remark, said

    def _answered(self, remark: Remark, orders: tuple[Order, ...], text: str, *, late: bool) -> bool:
        """Give one comment its answer, without its reply where that has to be `late`; False where nothing can be written now."""
        repository, topic = remark.repository, reply_topic(remark.id)
        try:
            self.tracker.react(repository, remark.id, reactions(orders))
            if late:
                return True  # it stays open until there is room for the reply
            if text:
                if not self.filer.say(repository, remark.issue, topic, text):
                    return True
            elif remark.answered:
                self.filer.unsay(repository, remark.issue, topic)
        except TrackerError as error:
            if error.code not in _OVER:
                place = f"{repository}#{remark.issue}"
                self.problems.append(Problem(error.code, place, f"a comment could not be answered: {error.message}"))
                return error.code not in {"put_off", "rate_limited"}
        self.store.answer(repository, remark.id, answered(orders))
        return True

    def _take_back(self, repository: str, remarks: tuple[Remark, ...]) -> None:
        """Replies to comments that are deleted are deleted too."""
        there = {each.id for each in remarks}
        for each in remarks:
            asked = _is_reply(each)
            if asked is None or asked in there:
                continue
            try:
                if self.tracker.remark(repository, asked) is not None:
                    continue  # it is only not read yet
                self.tracker.delete_comment(repository, each.id)
                self.store.hear(repository, (), (each.id,), None)
            except TrackerError as error:
                place = f"{repository}#{each.issue}"
                self.problems.append(Problem(error.code, place, f"an old reply could not be deleted: {error.message}"))


def _answerable(orders: tuple[Order, ...], issues: Mapping[int, KnownIssue]) -> tuple[Order, ...]:
    """What is answered: not strangers on issues that are none of the bot's, who could make it talk anywhere."""
    return tuple(each for each in orders if each.verdict != REFUSED or each.remark.issue in issues)


def _is_reply(remark: Remark) -> int | None:
    """The comment that one of the bot's own replies to."""
    note = note_of(remark.body) if remark.own else None
    return replied(note.topic) if note else None
