"""Answers: a reaction for each outcome, one reply where words are needed, nothing twice, no talk with robots."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import count

from fakes import FakeTracker
from fakes_store import RememberingStore
from made import NOW

from bot.answering import Answerer
from bot.core.answers import Scenery
from bot.core.history import IssueComment, Remark
from bot.core.marker import Marker, region
from bot.core.model import Listing, Problem
from bot.core.orders import Policy, Scene, in_force, ordered
from bot.filing import Filer
from bot.hearing import Listener
from bot.ports import TrackerError

REPOSITORY = "acme/shop"


class Place:
    """A repository with one issue of the bot, a maintainer, and a bot that hears and answers."""

    def __init__(self, replies: int = 20) -> None:
        self.github = FakeTracker()
        self.github.roles = {"maya": "maintain", "eve": "read"}
        self.github.now = NOW
        self.github.add(REPOSITORY, "Something", region(Marker("1" * 64, "0" * 32), "It happened"))
        self.store = RememberingStore()
        self.problems: list[Problem] = []
        self.replies = replies
        self._nonces: Iterator[int] = count(1)

    def say(self, body: str, by: str = "maya", issue: int = 1) -> int:
        return self.github.say(REPOSITORY, issue, body, by=by).id

    def cycle(self) -> None:
        listing = self.github.listing(REPOSITORY, frozenset())
        issues = {issue.number: issue for issue in listing.issues if issue.fingerprint}
        scene = Scene(issues, Policy(), not listing.problems)
        self._hear(listing, scene)
        filer = Filer(
            self.github, self.store, b"", lambda: f"{next(self._nonces):032x}", self._now(), self._now,
            holder="me", settle=timedelta(minutes=10),
        )  # fmt: skip
        answerer = Answerer(
            self.github, self.store, filer, self._now, lambda text: "hunter2" in text, self.replies, self.problems
        )
        orders = ordered(self.store.remarks(REPOSITORY), scene)
        answerer.answer(REPOSITORY, orders, issues, Scenery())
        self._hear(self.github.listing(REPOSITORY, frozenset()), scene)

    def _hear(self, listing: Listing, scene: Scene) -> None:
        def standing(remarks: tuple[Remark, ...]) -> frozenset[int]:
            return in_force(ordered(remarks, scene), scene.issues, self._now())

        Listener(self.github, self.store, b"", self._now, "me", self.problems).hear(listing, frozenset(), standing)

    def _now(self) -> datetime:
        return self.github.now

    @property
    def own(self) -> list[IssueComment]:
        return [each for each in self.github.comments(REPOSITORY, 1) if each.own]

    def writes(self) -> tuple[int, int, int, int]:
        github = self.github
        return len(github.commented), len(github.reworded), len(github.deleted), len(github.reacted)


def test_what_is_done_gets_a_thumb_and_no_words() -> None:
    place = Place()
    asked = place.say("/friction silence 2w")
    place.cycle()
    assert (place.github.reacted, place.own) == ({asked: frozenset({"+1"})}, [])


def test_a_typo_gets_one_reply_with_the_nearest_command() -> None:
    place = Place()
    asked = place.say("/friction silense 2w")
    place.cycle()
    place.cycle()
    (reply,) = place.own
    assert place.github.reacted == {asked: frozenset({"confused"})}
    assert "silense is no command" in reply.body
    assert "friction silence 2w" in reply.body


def test_answering_again_writes_nothing() -> None:
    place = Place()
    place.say("/friction silence 2w\n/friction help silence")
    place.cycle()
    before = place.writes()
    for _ in range(3):
        place.github.now += timedelta(hours=1)
        place.cycle()
    assert place.writes() == before


def test_a_corrected_typo_takes_its_reply_away() -> None:
    place = Place()
    asked = place.say("/friction silense 2w")
    place.cycle()
    place.github.now += timedelta(minutes=5)
    place.github.say_instead(asked, "/friction silence 2w")
    place.cycle()
    assert (place.github.reacted, place.own) == ({asked: frozenset({"+1"})}, [])


def test_an_edited_question_has_its_reply_edited() -> None:
    place = Place()
    asked = place.say("/friction help silence")
    place.cycle()
    (first,) = place.own
    place.github.now += timedelta(minutes=5)
    place.github.say_instead(asked, "/friction help snooze")
    place.cycle()
    (second,) = place.own
    assert (first.id, "snooze" in second.body, len(place.github.commented)) == (second.id, True, 1)


def test_a_deleted_question_takes_its_reply_with_it() -> None:
    place = Place()
    asked = place.say("/friction help")
    place.cycle()
    place.github.unsay(asked)
    place.cycle()
    assert place.own == []


def test_a_comment_that_orders_nothing_any_more_loses_its_reactions() -> None:
    place = Place()
    asked = place.say("/friction silence 2w")
    place.cycle()
    place.github.now += timedelta(minutes=5)
    place.github.say_instead(asked, "never mind")
    place.cycle()
    assert place.github.reacted == {asked: frozenset()}


def test_a_stranger_is_refused_without_words() -> None:
    place = Place()
    asked = place.say("/friction silence 2w\n/friction nonsense", by="eve")
    place.cycle()
    assert (place.github.reacted, place.own) == ({asked: frozenset({"-1"})}, [])


def test_a_stranger_cannot_make_the_bot_talk_on_other_issues() -> None:
    place = Place()
    place.github.add(REPOSITORY, "Somebody's own", "text", author="eve")
    place.say("/friction help", by="eve", issue=2)
    place.cycle()
    assert place.writes() == (0, 0, 0, 0)


def test_a_maintainer_on_another_issue_is_told_where_to_say_it() -> None:
    place = Place()
    place.github.add(REPOSITORY, "Somebody's own", "text", author="eve")
    asked = place.say("/friction silence 2w", issue=2)
    place.cycle()
    (reply,) = [each for each in place.github.comments(REPOSITORY, 2) if each.own]
    assert place.github.reacted == {asked: frozenset({"confused"})}
    assert "not an issue that frictionbot keeps" in reply.body


def test_robots_are_never_answered() -> None:
    place = Place()
    place.say("/friction help", by="helper[bot]")
    place.cycle()
    assert place.writes() == (0, 0, 0, 0)


def test_a_reply_that_the_bot_made_is_no_question() -> None:
    place = Place()
    place.say("/friction help")
    for _ in range(3):
        place.github.now += timedelta(minutes=30)
        place.cycle()
    assert len(place.github.commented) == 1


def test_who_cannot_be_checked_is_seen_and_answered_later() -> None:
    place = Place()
    place.github.unsure = {"maya"}
    asked = place.say("/friction silence 2w")
    place.cycle()
    assert place.github.reacted == {asked: frozenset({"eyes"})}
    place.github.unsure = set()
    place.cycle()
    assert place.github.reacted == {asked: frozenset({"+1"})}


def test_replies_are_not_more_than_the_settings_allow_in_an_hour() -> None:
    place = Place(replies=2)
    for _ in range(5):
        place.say("/friction help")
    place.cycle()
    place.cycle()
    assert len(place.own) == 2
    place.github.now += timedelta(hours=1)
    place.cycle()
    assert len(place.own) == 4


def test_a_locked_issue_gets_no_answer() -> None:
    place = Place()
    place.say("/friction help")
    place.github.change_issue(REPOSITORY, 1, locked=True)
    place.cycle()
    assert place.writes() == (0, 0, 0, 0)


def test_a_secret_in_a_command_is_not_repeated() -> None:
    place = Place()
    place.say("/friction silense hunter2")
    place.cycle()
    (reply,) = place.own
    assert ("hunter2" in reply.body, "looks like it holds a secret" in reply.body) == (False, True)


def test_a_reply_without_an_answer_is_looked_for_before_it_is_made_again() -> None:
    place = Place()
    place.say("/friction help")
    place.github.failures = [TrackerError("none", "reaction", unclear=False), TrackerError("cut", "cut", unclear=True)]
    place.cycle()
    place.cycle()
    place.github.now += timedelta(hours=1)
    place.cycle()
    assert len(place.own) == 1


def test_a_write_limit_puts_the_rest_off() -> None:
    place = Place()
    for _ in range(3):
        place.say("/friction silence 2w")
    place.github.failures = [TrackerError("put_off", "no budget")]
    place.cycle()
    assert (len(place.github.reacted), [each.code for each in place.problems]) == (0, ["put_off"])
    place.cycle()
    assert len(place.github.reacted) == 3


def test_a_lost_memory_answers_nothing_twice() -> None:
    place = Place()
    place.say("/friction help\n/friction silence 2w")
    place.cycle()
    place.store = RememberingStore()
    place.cycle()
    assert (len(place.own), len(place.github.commented), len(place.github.reworded)) == (1, 1, 0)


def test_thousands_of_commands_get_one_answer() -> None:
    place = Place()
    asked = place.say("\n\n".join(["/friction silence 2w"] * 2_900))
    place.cycle()
    (reply,) = place.own
    assert place.github.reacted == {asked: frozenset({"+1", "confused"})}
    assert "only the first 20 commands were taken" in reply.body
