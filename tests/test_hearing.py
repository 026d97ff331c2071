"""Reading comments: whatever happens in between, in the end the bot knows what stands there, and nothing else."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

from fakes import FakeTracker
from fakes_store import RememberingStore
from hypothesis import given, settings
from hypothesis import strategies as st
from made import NOW

from bot.core.history import Remark
from bot.core.marker import Marker, region
from bot.core.model import Listing, Problem
from bot.core.orders import Orders, Scene, in_force, ordered
from bot.hearing import Listener

REPOSITORY = "acme/shop"
TEXTS = (
    "/friction silence 2w because the runner is replaced",
    "/friction silence forever rule",
    "/friction unsilence",
    "Thanks!\n\n/friction fixed\n/friction ack",
    "/friction silense 2w",
    "> /friction silence 2w",
    "I have seen this too.",
    "/friction threshold sessions=8 within=14d",
)
PEOPLE = ("maya", "rea", "helper[bot]", "")


class Place:
    """A repository with two issues of the bot, its people, and a bot that listens."""

    def __init__(self) -> None:
        self.github = FakeTracker()
        self.github.roles = {"maya": "maintain", "rea": "read"}
        self.github.now = NOW - timedelta(days=20)
        for number in (1, 2):
            self.github.add(
                REPOSITORY, f"Something {number}", region(Marker(str(number) * 64, "0" * 32), "It happened")
            )
        self.store = RememberingStore()
        self.ids: list[int] = []
        self.problems: list[Problem] = []

    def listing(self) -> Listing:
        return self.github.listing(REPOSITORY, frozenset())

    def hear(self, store: RememberingStore | None = None, due: frozenset[int] = frozenset()) -> Orders:
        store = store or self.store
        listing = self.listing()
        scene = Scene({issue.number: issue for issue in listing.issues}, sure=not listing.problems)

        def standing(remarks: tuple[Remark, ...]) -> frozenset[int]:
            return in_force(ordered(remarks, scene), scene.issues, self.github.now)

        listener = Listener(self.github, store, b"", lambda: self.github.now, "me", self.problems)
        listener.hear(listing, due, standing)
        return ordered(store.remarks(REPOSITORY), scene)


def _say(place: Place, pick: int) -> None:
    issue, by, text = 1 + pick % 2, PEOPLE[pick % len(PEOPLE)], TEXTS[pick % len(TEXTS)]
    place.ids.append(place.github.say(REPOSITORY, issue, text, by=by).id)


def _edit(place: Place, pick: int) -> None:
    if place.ids:
        place.github.say_instead(place.ids[pick % len(place.ids)], TEXTS[(pick * 7 + 3) % len(TEXTS)])


def _delete(place: Place, pick: int) -> None:
    if place.ids:
        place.github.unsay(place.ids.pop(pick % len(place.ids)))


def _poll(place: Place, pick: int) -> None:
    place.hear()


def _webhook(place: Place, pick: int) -> None:
    place.hear(due=frozenset({place.ids[pick % len(place.ids)] if place.ids else 999}))


def _wait(place: Place, pick: int) -> None:
    place.github.now += timedelta(seconds=pick * 37)


def _outage(place: Place, pick: int) -> None:
    place.github.gone ^= {REPOSITORY}


def _doubt(place: Place, pick: int) -> None:
    place.github.unsure ^= {"maya"}


ACTS: tuple[Callable[[Place, int], None], ...] = (_say, _edit, _delete, _poll, _webhook, _wait, _outage, _doubt)


@settings(max_examples=300, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(ACTS), st.integers(0, 100)), max_size=40))
def test_whatever_happens_in_between_ends_as_reading_everything_afresh(acts: list[tuple[object, int]]) -> None:
    place = Place()
    for act, pick in acts:
        act(place, pick)  # type: ignore[operator]
    place.github.gone, place.github.unsure = set(), set()
    known = place.hear()
    afresh = Place.hear(place, RememberingStore())
    assert _told(known) == _told(afresh)
    assert _told(place.hear()) == _told(known)


def _told(orders: Orders) -> object:
    given = [(each.remark.id, each.command.text, each.verdict) for each in orders.given]
    return given, [replace_times(each) for each in orders.silences], sorted(orders.wishes)


def replace_times(silence: object) -> object:
    return silence


def test_an_outage_of_forty_days_loses_no_comment() -> None:
    place = Place()
    place.hear()
    place.github.gone = {REPOSITORY}
    for number in range(40):
        place.github.now += timedelta(days=1)
        _say(place, number)
        place.hear()
    place.github.gone = set()
    assert _told(place.hear()) == _told(place.hear(RememberingStore()))
    assert len(place.store.remarks(REPOSITORY)) > 20


def test_a_comment_whose_author_could_not_be_asked_about_waits() -> None:
    place = Place()
    place.github.unsure = {"maya"}
    place.github.say(REPOSITORY, 1, "/friction silence 2w", by="maya")
    assert [each.verdict for each in place.hear().given] == ["waiting"]
    assert [each.code for each in place.problems] == ["forbidden"]
    place.github.unsure = set()
    assert [each.verdict for each in place.hear().given] == ["done"]


def test_an_edit_that_cannot_be_checked_leaves_in_force_what_was_checked() -> None:
    place = Place()
    made = place.github.say(REPOSITORY, 1, "/friction silence 2w", by="maya")
    place.hear()
    place.github.unsure = {"maya"}
    place.github.now += timedelta(days=1)
    place.github.say_instead(made.id, "/friction silence 3w")
    assert [each.command.text for each in place.hear().given] == ["/friction silence 2w"]
    place.github.now += timedelta(days=3)
    place.github.unsure = set()
    assert [each.command.text for each in place.hear().given] == ["/friction silence 3w"]


def test_comments_from_before_the_bots_first_issue_are_not_asked_for() -> None:
    place = Place()
    empty = FakeTracker()
    empty.roles = {"maya": "admin"}
    place.github, place.store = empty, RememberingStore()
    empty.add(REPOSITORY, "Somebody's own", "text", author="maya")
    empty.say(REPOSITORY, 1, "/friction silence 2w", by="maya")
    assert place.hear() == replace(Orders(), wishes={})
    assert place.store.heard(REPOSITORY) is None
