"""What people say and how the bot answers, within the budget: reads cost nothing of it, and hold everybody at a limit."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

import pytest

from bot.adapters.governor import GovernedTracker
from bot.core.history import IssueComment, Talk
from bot.ports import Tracker, TrackerError
from bot.sandbox.server import BOT
from tests.adapters.test_governor import HERE, MINUTE, NOW, Budget, Time, governed
from tests.fakes import FakeTracker

SEEN = frozenset({"eyes"})


class Limited(FakeTracker):
    """A tracker that meets a rate limit whatever it reads of what people say."""

    def comments(self, repository: str, issue: int) -> tuple[IssueComment, ...]:
        raise TrackerError("rate_limited", "wait", until=NOW + 5 * MINUTE)

    def talk(self, repository: str, since: datetime) -> Talk:
        raise TrackerError("rate_limited", "wait", until=NOW + 5 * MINUTE)

    def remark(self, repository: str, comment: int) -> IssueComment | None:
        raise TrackerError("rate_limited", "wait", until=NOW + 5 * MINUTE)

    def role(self, repository: str, login: str) -> str:
        raise TrackerError("rate_limited", "wait", until=NOW + 5 * MINUTE)


def a_comment(tracker: FakeTracker, by: str = "ann") -> int:
    return tracker.say(HERE, tracker.add(HERE, "Title", "body").number, "/friction ack", by=by).id


def test_what_people_say_is_read_without_the_budget() -> None:
    budget, tracker = Budget(), FakeTracker()
    said = a_comment(tracker)
    bot = governed(budget, Time(), tracker)
    found = bot.remark(HERE, said)
    assert found
    assert (bot.comments(HERE, found.issue), bot.talk(HERE, tracker.now).comments) == ((found,), (found,))
    assert (bot.role(HERE, "ann"), budget.asked) == ("admin", [])


def test_a_governed_tracker_is_a_tracker_like_any_other() -> None:
    bot: Tracker = governed(Budget(), Time(), FakeTracker())
    assert isinstance(bot, GovernedTracker)


def test_reactions_and_rewording_are_writes_that_nobody_is_told_of() -> None:
    budget, tracker = Budget(), FakeTracker()
    theirs, own = a_comment(tracker), a_comment(tracker, by=BOT)
    bot = governed(budget, Time(), tracker)
    bot.react(HERE, theirs, SEEN)
    bot.reword(HERE, own, "Better")
    assert [(spend.content, spend.points) for _, spend, _ in budget.asked] == [(False, 10), (False, 5)]
    assert (tracker.reacted, [each.body for each in tracker.reworded]) == ({theirs: SEEN}, ["Better"])
    assert len(budget.finished) == 2


def test_reactions_and_rewording_are_put_off_and_not_sent() -> None:
    tracker = FakeTracker()
    own = a_comment(tracker, by=BOT)
    writes: list[Callable[[GovernedTracker], None]] = [
        lambda bot: bot.react(HERE, own, SEEN),
        lambda bot: bot.reword(HERE, own, "Better"),
    ]
    for write in writes:
        with pytest.raises(TrackerError) as raised:
            write(governed(Budget([NOW + MINUTE]), Time(), tracker))
        assert (raised.value.code, raised.value.until) == ("put_off", NOW + MINUTE)
    assert (tracker.reacted, tracker.reworded) == ({}, [])


@pytest.mark.parametrize(
    "read",
    [
        lambda bot: bot.comments(HERE, 1),
        lambda bot: bot.talk(HERE, NOW),
        lambda bot: bot.remark(HERE, 1),
        lambda bot: bot.role(HERE, "ann"),
    ],
)
def test_a_limit_met_while_people_are_heard_holds_the_writes(read: Callable[[GovernedTracker], object]) -> None:
    budget = Budget()
    with pytest.raises(TrackerError, match="wait"):
        read(governed(budget, Time(), Limited()))
    assert (budget.held, budget.asked) == ([(BOT, NOW + 5 * MINUTE)], [])
