"""What every tracker promises of what people say to the bot: one suite over the fake and the real one on the sandbox."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest

from bot.ports import TrackerError
from tests.tracker_places import HERE, NOW, Place, a_place

DAY = timedelta(days=1)


@pytest.fixture(params=["fake", "github"])
def place(request: pytest.FixtureRequest) -> Iterator[Place]:
    with a_place(request.param) as made:
        yield made


def test_a_repository_without_comments_tells_nothing_and_no_moment(place: Place) -> None:
    told = place.tracker.talk(HERE, NOW - DAY)
    assert (told.comments, told.until) == ((), None)


def test_talk_is_what_was_said_on_all_issues_with_who_and_when(place: Place) -> None:
    made, theirs = place.opened(), place.people.open("Not the bot's", "")
    first = place.people.say(made.number, "/friction ack")
    later = place.people.later(5)
    said = place.tracker.comment(HERE, theirs, "Hello")
    told = place.tracker.talk(HERE, NOW - DAY)
    assert [(each.id, each.issue, each.by, each.own, each.body) for each in told.comments] == [
        (first, made.number, "ann", False, "/friction ack"),
        (said.id, theirs, "friction-bot", True, "Hello"),
    ]
    assert [(each.at, each.updated, each.robot) for each in told.comments] == [(NOW, NOW, False), (later, later, False)]
    assert told.comments[1] == said
    assert told.until == later


def test_talk_is_told_from_its_moment_on_and_not_before(place: Place) -> None:
    made = place.opened()
    place.people.say(made.number, "Early.")
    later = place.people.later(1)
    place.people.say(made.number, "On the second.")
    assert [each.body for each in place.tracker.talk(HERE, later).comments] == ["On the second."]


def test_an_edit_brings_a_comment_again_with_its_new_text(place: Place) -> None:
    made = place.opened()
    one = place.people.say(made.number, "/friction silence 2w")
    later = place.people.later(60)
    place.people.say(made.number, "Between.")
    latest = place.people.later(60)
    place.people.say_instead(one, "/friction unsilence")
    told = place.tracker.talk(HERE, later)
    assert [(each.body, each.at, each.updated) for each in told.comments] == [
        ("Between.", later, later),
        ("/friction unsilence", NOW, latest),
    ]
    assert told.until == latest


def test_asking_again_from_the_told_moment_misses_nothing_and_repeats_the_last(place: Place) -> None:
    made = place.opened()
    place.people.say(made.number, "One.")
    first = place.tracker.talk(HERE, NOW - DAY)
    place.people.say(made.number, "Two, in the same second.")
    assert first.until
    again = place.tracker.talk(HERE, first.until)
    assert [each.body for each in again.comments] == ["One.", "Two, in the same second."]


def test_one_comment_is_read_as_it_stands_now(place: Place) -> None:
    made = place.opened()
    said = place.people.say(made.number, "/friction silence 2w")
    later = place.people.later(5)
    place.people.say_instead(said, "/friction silence 3w")
    found = place.tracker.remark(HERE, said)
    assert found
    assert (found.id, found.issue, found.by, found.own) == (said, made.number, "ann", False)
    assert (found.body, found.at, found.updated) == ("/friction silence 3w", NOW, later)


def test_a_comment_that_is_deleted_or_never_was_is_none(place: Place) -> None:
    made = place.opened()
    said = place.people.say(made.number, "/friction silence 2w")
    place.people.unsay(said)
    assert (place.tracker.remark(HERE, said), place.tracker.remark(HERE, 4711)) == (None, None)
    assert place.tracker.comments(HERE, made.number) == place.tracker.talk(HERE, NOW - DAY).comments == ()


def test_roles_are_told_and_nobody_has_none(place: Place) -> None:
    asked = ("ann", "ANN", "bob", "ghost-of-nobody", "", "..", "a/b", "x y[bot]", "\ud800")
    assert [place.tracker.role(HERE, login) for login in asked] == ["admin", "admin", "read", *["none"] * 6]


def test_reactions_become_those_that_are_wanted(place: Place) -> None:
    said = place.people.say(place.opened().number, "/friction ack")
    for wanted in ({"eyes"}, {"+1"}, {"+1"}, {"-1", "confused"}, set[str]()):
        place.tracker.react(HERE, said, frozenset(wanted))
        assert place.people.reactions(said) == wanted


def test_a_reaction_to_a_deleted_comment_is_no_error(place: Place) -> None:
    said = place.people.say(place.opened().number, "/friction ack")
    place.people.unsay(said)
    place.tracker.react(HERE, said, frozenset({"+1"}))
    assert place.tracker.remark(HERE, said) is None


def test_an_own_comment_is_reworded_and_stays_where_it_is(place: Place) -> None:
    made = place.opened()
    said = place.tracker.comment(HERE, made.number, "You said: 2w.")
    later = place.people.later(5)
    place.tracker.reword(HERE, said.id, "You said: 3w.")
    assert place.tracker.comments(HERE, made.number) == (said._replace(body="You said: 3w.", updated=later),)


def test_a_persons_comment_is_never_reworded(place: Place) -> None:
    made = place.opened()
    said = place.people.say(made.number, "Mine.")
    with pytest.raises(TrackerError) as raised:
        place.tracker.reword(HERE, said, "Not mine.")
    assert (raised.value.code, raised.value.unclear) == ("not_own", False)
    assert [each.body for each in place.tracker.comments(HERE, made.number)] == ["Mine."]


def test_a_deleted_comment_cannot_be_reworded(place: Place) -> None:
    said = place.tracker.comment(HERE, place.opened().number, "Hello")
    place.tracker.delete_comment(HERE, said.id)
    with pytest.raises(TrackerError) as raised:
        place.tracker.reword(HERE, said.id, "Hello again")
    assert (raised.value.code, raised.value.unclear) == ("not_found", False)


def test_comments_of_a_deleted_issue_are_gone(place: Place) -> None:
    made = place.opened()
    place.people.say(made.number, "/friction silence 2w")
    place.people.delete(made.number)
    with pytest.raises(TrackerError) as raised:
        place.tracker.comments(HERE, made.number)
    assert raised.value.code == "gone"


def test_comments_of_a_deleted_issue_are_told_no_more(place: Place) -> None:
    made = place.opened()
    said = place.people.say(made.number, "/friction silence 2w")
    place.people.delete(made.number)
    assert place.tracker.talk(HERE, NOW - DAY).comments == ()
    assert place.tracker.remark(HERE, said) is None
