"""What every tracker promises: one suite over the remembering fake and over the real one on the sandbox."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from bot.core.marker import Marker, region
from bot.core.model import KnownIssue
from bot.ports import TrackerError
from tests.tracker_places import BODY, FINGERPRINT, HERE, NONCE, NOW, Place, a_place

NOBODY_KNOWS: frozenset[int] = frozenset()


@pytest.fixture(params=["fake", "github"])
def place(request: pytest.FixtureRequest) -> Iterator[Place]:
    with a_place(request.param) as made:
        yield made


def opened(place: Place, title: str = "Python cannot import pandas") -> KnownIssue:
    return place.opened(title)


def listed(place: Place) -> list[KnownIssue]:
    listing = place.tracker.listing(HERE, NOBODY_KNOWS)
    assert (listing.repository, listing.complete, listing.problems) == (HERE, True, ())
    return list(listing.issues)


def test_a_repository_without_the_bots_issues_lists_none_completely(place: Place) -> None:
    place.people.open("Not the bot's", BODY)
    assert listed(place) == []


def test_an_issue_that_was_created_is_listed_as_it_was_returned(place: Place) -> None:
    made = opened(place)
    assert (made.title, made.body, made.state, made.locked) == ("Python cannot import pandas", BODY, "open", False)
    assert (set(made.labels), made.fingerprint, made.nonce) == ({"bug", "user-feedback"}, FINGERPRINT, NONCE)
    assert listed(place) == [made]


def test_issues_are_listed_in_the_order_they_were_opened(place: Place) -> None:
    numbers = [opened(place, f"Issue {each}").number for each in range(3)]
    assert [issue.number for issue in listed(place)] == numbers == sorted(numbers)


def test_a_closed_issue_is_listed_with_the_reason(place: Place) -> None:
    made = opened(place)
    place.people.change(made.number, state="closed", state_reason="not_planned")
    assert [(issue.state, issue.state_reason) for issue in listed(place)] == [("closed", "not_planned")]


def test_an_unsigned_marker_is_listed_without_a_fingerprint(place: Place) -> None:
    made = place.tracker.create(HERE, "Unsigned", region(Marker(FINGERPRINT, NONCE), "x"), ())
    assert (made.fingerprint, [issue.fingerprint for issue in listed(place)]) == ("", [""])


def test_a_known_issue_that_is_listed_leaves_the_listing_complete(place: Place) -> None:
    made = opened(place)
    assert place.tracker.listing(HERE, frozenset({made.number})).complete


def test_a_known_number_that_nobody_has_leaves_the_listing_complete(place: Place) -> None:
    listing = place.tracker.listing(HERE, frozenset({4711}))
    assert (listing.complete, listing.gone) == (True, ((4711, "not there"),))


def test_a_known_issue_that_was_deleted_leaves_the_listing_complete(place: Place) -> None:
    gone, kept = opened(place, "Gone"), opened(place, "Kept")
    place.people.delete(gone.number)
    listing = place.tracker.listing(HERE, frozenset({gone.number, kept.number}))
    assert (listing.complete, listing.issues, listing.gone) == (True, (kept,), ((gone.number, "deleted"),))


def test_an_issue_that_was_deleted_cannot_be_edited(place: Place) -> None:
    made = opened(place)
    place.people.delete(made.number)
    with pytest.raises(TrackerError) as raised:
        place.tracker.edit(made, title="New")
    assert (raised.value.code, raised.value.unclear) == ("gone", False)


def test_a_known_issue_of_somebody_else_makes_the_listing_incomplete(place: Place) -> None:
    number = place.people.open("Not the bot's", "")
    listing = place.tracker.listing(HERE, frozenset({number}))
    assert (listing.complete, len(listing.problems)) == (False, 1)


def test_an_edit_changes_what_is_given_and_nothing_else(place: Place) -> None:
    made = opened(place)
    place.tracker.edit(made, body=f"{BODY}\n\nMore.")
    (now,) = listed(place)
    assert (now.title, now.body, set(now.labels)) == (made.title, f"{BODY}\n\nMore.", {"bug", "user-feedback"})


def test_an_edit_may_change_title_and_labels(place: Place) -> None:
    made = opened(place)
    place.tracker.edit(made, title="A better title", labels=("bug", "user-feedback", "slow"))
    (now,) = listed(place)
    assert (now.title, now.body, set(now.labels)) == ("A better title", BODY, {"bug", "user-feedback", "slow"})


def test_an_edit_of_nothing_changes_nothing(place: Place) -> None:
    made = opened(place)
    place.tracker.edit(made)
    assert listed(place) == [made]


def test_an_edit_never_overwrites_what_a_person_wrote_meanwhile(place: Place) -> None:
    made = opened(place)
    place.people.change(made.number, body=f"{BODY}\n\nI found the cause.")
    with pytest.raises(TrackerError) as raised:
        place.tracker.edit(made, body=BODY + "\n")
    assert (raised.value.code, raised.value.unclear) == ("changed_meanwhile", False)
    assert [issue.body for issue in listed(place)] == [f"{BODY}\n\nI found the cause."]


def test_a_title_over_the_limit_is_refused_and_clearly_undone(place: Place) -> None:
    with pytest.raises(TrackerError) as raised:
        opened(place, "x" * 257)
    assert (raised.value.code, raised.value.unclear) == ("invalid", False)
    assert listed(place) == []


def test_an_issue_is_closed_with_its_reason_and_reopened(place: Place) -> None:
    place.tracker.edit(opened(place), state="closed", reason="duplicate")
    (closed,) = listed(place)
    assert (closed.state, closed.state_reason) == ("closed", "duplicate")
    assert closed.closed_at
    place.tracker.edit(closed, state="open", body=f"{BODY}\n\nBack.")
    (back,) = listed(place)
    assert (back.state, back.body, back.closed_at) == ("open", f"{BODY}\n\nBack.", None)


def test_an_issue_that_a_person_closed_meanwhile_is_not_written_to(place: Place) -> None:
    made = opened(place)
    place.people.change(made.number, state="closed", state_reason="not_planned")
    with pytest.raises(TrackerError) as raised:
        place.tracker.edit(made, body=f"{BODY}\n\nMore.")
    assert (raised.value.code, raised.value.unclear) == ("changed_meanwhile", False)
    assert [issue.body for issue in listed(place)] == [BODY]


def test_comments_of_an_issue_are_listed_oldest_first_with_their_writers(place: Place) -> None:
    made, other = opened(place), opened(place, "Other")
    said = place.tracker.comment(HERE, made.number, "This is back.")
    place.people.say(made.number, "I see it too.")
    place.people.say(other.number, "Another issue.")
    found = place.tracker.comments(HERE, made.number)
    assert [(each.by, each.own, each.body) for each in found] == [
        ("friction-bot", True, "This is back."),
        ("ann", False, "I see it too."),
    ]
    assert found[0] == said
    assert [each.issue for each in place.tracker.comments(HERE, other.number)] == [other.number]


def test_a_comment_is_deleted_once_and_then_no_error(place: Place) -> None:
    made = opened(place)
    said = place.tracker.comment(HERE, made.number, "Twice.")
    place.tracker.delete_comment(HERE, said.id)
    place.tracker.delete_comment(HERE, said.id)
    assert place.tracker.comments(HERE, made.number) == ()


def test_a_persons_comment_is_never_deleted(place: Place) -> None:
    made = opened(place)
    place.people.say(made.number, "Mine.")
    (theirs,) = place.tracker.comments(HERE, made.number)
    with pytest.raises(TrackerError) as raised:
        place.tracker.delete_comment(HERE, theirs.id)
    assert raised.value.code == "not_own"
    assert place.tracker.comments(HERE, made.number) == (theirs,)


def test_a_locked_issue_takes_no_comment_and_says_so(place: Place) -> None:
    made = opened(place)
    place.people.lock(made.number)
    with pytest.raises(TrackerError) as raised:
        place.tracker.comment(HERE, made.number, "Hello")
    assert (raised.value.code, raised.value.unclear) == ("locked", False)


def test_a_deleted_issue_takes_no_comment_and_is_gone(place: Place) -> None:
    made = opened(place)
    place.people.delete(made.number)
    with pytest.raises(TrackerError) as raised:
        place.tracker.comment(HERE, made.number, "Hello")
    assert (raised.value.code, raised.value.unclear) == ("gone", False)


def test_any_issue_is_read_and_somebody_elses_marker_is_only_text(place: Place) -> None:
    mine, theirs = opened(place), place.people.open("Copied", BODY)
    own, other = place.tracker.issue(HERE, mine.number), place.tracker.issue(HERE, theirs)
    assert own == mine
    assert other
    assert (other.title, other.fingerprint, place.tracker.issue(HERE, 4711)) == ("Copied", "", None)


def test_a_first_glance_is_a_whole_listing_and_the_next_is_not(place: Place) -> None:
    made = opened(place)
    first = place.tracker.glance(HERE, NOBODY_KNOWS, NOW)
    place.people.change(made.number, title="A better title")
    second = place.tracker.glance(HERE, frozenset({made.number}), NOW)
    assert (first.complete, first.issues) == (True, (made,))
    assert (second.complete, second.problems) == (False, ())
    assert [issue.title for issue in second.issues] == ["A better title"]


def test_a_glance_that_misses_a_known_issue_looks_for_all(place: Place) -> None:
    made = opened(place)
    place.tracker.listing(HERE, NOBODY_KNOWS)
    place.people.delete(made.number)
    found = place.tracker.glance(HERE, frozenset({made.number}), NOW)
    assert (found.complete, found.issues, found.gone) == (True, (), ((made.number, "deleted"),))


def test_closes_and_reopens_are_told_with_who_and_why(place: Place) -> None:
    made = opened(place)
    place.people.change(made.number, state="closed", state_reason="not_planned")
    place.people.change(made.number, state="open")
    (now,) = listed(place)
    place.tracker.edit(now, state="closed", reason="completed")
    history = place.tracker.history(listed(place)[0])
    assert [(each.event, each.by, each.own, each.reason) for each in history.happenings] == [
        ("closed", "ann", False, "not_planned"),
        ("reopened", "ann", False, ""),
        ("closed", "friction-bot", True, "completed"),
    ]


def test_a_repository_without_commits_has_none_that_matter(place: Place) -> None:
    assert (place.tracker.commits(HERE), place.tracker.change(HERE, "abcdef1")) == ((), None)


def test_an_issue_names_those_it_is_assigned_to(place: Place) -> None:
    made = opened(place)
    place.people.change(made.number, assignees=["bob", "ann"])
    found = place.tracker.issue(HERE, made.number)
    assert (made.assignees, found and set(found.assignees)) == ((), {"ann", "bob"})
    assert [set(issue.assignees) for issue in listed(place)] == [{"ann", "bob"}]
    assert [set(issue.assignees) for issue in place.tracker.glance(HERE, NOBODY_KNOWS, NOW).issues] == [{"ann", "bob"}]
