"""What was said in a whole repository over real HTTP: no comment is missed, whatever happens while pages are read."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from bot.adapters.github import GithubTracker
from bot.adapters.github_auth import Credentials
from bot.core.history import Talk
from bot.ports import TrackerError
from bot.sandbox.exchange import Answer, Request
from bot.sandbox.faults import BAD_GATEWAY_BEFORE, Fault
from bot.sandbox.server import TOKEN
from tests.github_days import QUICK, Days, days
from tests.issue_json import REPOSITORY

LIST = "/issues/comments"
LONG_AGO = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.fixture
def here() -> Iterator[Days]:
    with days() as made:
        made.file()
        yield made


def say(here: Days, many: int = 1, *, apart: float = 1, begin: int = 0) -> list[int]:
    """Comments with their numbers as texts, so many seconds after each other; returns their ids."""
    made = []
    for each in range(begin, begin + many):
        here.clock.later(seconds=apart)
        with here.box.acting(REPOSITORY, "ann") as acts:
            made.append(acts.comment(acts.repository.issues[1], f"{each}").id)
    return made


def edit(here: Days, comment: int, body: str) -> None:
    with here.box.acting(REPOSITORY, "ann") as acts:
        acts.recomment(acts.repository.comments[comment], body)


def remove(here: Days, comment: int) -> None:
    with here.box.acting(REPOSITORY, "ann") as acts:
        acts.uncomment(acts.repository.comments[comment])


def talk(here: Days, since: datetime = LONG_AGO) -> Talk:
    with here.tracker() as github:
        return github.talk(REPOSITORY, since)


def texts(told: Talk) -> list[str]:
    return [each.body for each in told.comments]


def numbers(*parts: range) -> list[str]:
    return [str(each) for part in parts for each in part]


def before(here: Days, nth: int, act: object) -> None:
    """Let something happen on GitHub just before it answers the list for the nth time."""
    asked = 0

    def hook(request: Request) -> Fault | None:
        nonlocal asked
        asked += request.path.endswith(LIST)
        if asked == nth and request.path.endswith(LIST):
            act()  # type: ignore[operator]
        return None

    here.box.fault = hook


def test_talk_asks_for_edits_since_in_utc_and_whole_seconds(here: Days) -> None:
    asked: list[Request] = []

    def hook(request: Request) -> Fault | None:
        asked.append(request)
        return None

    here.box.fault = hook
    talk(here, datetime(2026, 2, 1, 13, 30, 15, 999_999, tzinfo=UTC).astimezone(None))
    assert [request.query for request in asked if request.path.endswith(LIST)] == [
        {"since": "2026-02-01T13:30:15Z", "sort": "updated", "direction": "asc", "per_page": "100"}
    ]


def test_talk_in_which_nothing_is_new_costs_one_answer_304(here: Days) -> None:
    say(here, 3)
    first = talk(here)
    here.clock.later(minutes=5)
    assert here.cost(lambda github: github.talk(REPOSITORY, LONG_AGO)) == [(LIST, 304)]
    assert talk(here) == first


def test_a_new_comment_and_an_edit_cost_one_answer_200(here: Days) -> None:
    (first,) = say(here)
    talk(here)
    say(here, begin=1)
    edit(here, first, "edited")
    assert here.cost(lambda github: github.talk(REPOSITORY, LONG_AGO)) == [(LIST, 200)]
    assert sorted(texts(talk(here))) == ["1", "edited"]


def test_pages_go_on_behind_a_full_first_page_that_did_not_change(here: Days) -> None:
    say(here, 150)
    first = talk(here)
    say(here, begin=150)
    told: list[Talk] = []
    cost = here.cost(lambda github: told.append(github.talk(REPOSITORY, LONG_AGO)))
    assert cost == [(LIST, 304), (LIST, 200)]
    assert (texts(first), texts(told[0])) == (numbers(range(150)), numbers(range(151)))
    assert told[0].until == here.clock()


@pytest.mark.parametrize("nth", [2, 3])
def test_an_edit_while_pages_are_read_hides_no_comment(here: Days, nth: int) -> None:
    made = say(here, 250)
    here.clock.later(minutes=1)
    before(here, nth, lambda: edit(here, made[3], "edited"))
    told = talk(here)
    assert texts(told) == [*numbers(range(3), range(4, 250)), "edited"]
    assert told.until == here.clock()


@pytest.mark.parametrize("nth", [2, 3])
def test_a_deletion_while_pages_are_read_hides_no_other_comment(here: Days, nth: int) -> None:
    made = say(here, 250)
    before(here, nth, lambda: remove(here, made[3]))
    assert set(numbers(range(3), range(4, 250))) <= set(texts(talk(here)))


def test_a_comment_that_is_made_while_pages_are_read_is_told_now_or_next(here: Days) -> None:
    say(here, 150)
    before(here, 2, lambda: say(here, begin=150))
    told = talk(here)
    assert texts(told) == numbers(range(151))
    assert told.until
    assert told.until == here.clock() - timedelta(seconds=1), "GitHub's own time when the first page was read"
    assert texts(talk(here, told.until)) == numbers(range(149, 151))


def test_more_comments_than_a_page_in_the_same_second_all_come(here: Days) -> None:
    say(here, 40)
    here.clock.later(seconds=10)
    say(here, 330, apart=0, begin=40)
    here.clock.later(seconds=10)
    say(here, 20, begin=370)
    assert texts(talk(here)) == numbers(range(390))


def test_exactly_as_many_as_a_page_in_the_same_second_all_come(here: Days) -> None:
    say(here, 100, apart=0)
    assert texts(talk(here)) == numbers(range(100))
    here.clock.later(seconds=1)
    say(here, 100, apart=0, begin=100)
    assert texts(talk(here)) == numbers(range(200))


@pytest.mark.parametrize("nth", [2, 3, 4, 5, 6])
def test_an_edit_hides_nothing_also_where_a_second_fills_pages(here: Days, nth: int) -> None:
    made = say(here, 330, apart=0)
    here.clock.later(minutes=1)
    before(here, nth, lambda: edit(here, made[3], "edited"))
    assert texts(talk(here)) == [*numbers(range(3), range(4, 330)), "edited"]


@pytest.mark.parametrize("nth", [3, 4, 5])
def test_a_deletion_hides_nothing_also_where_a_second_fills_pages(here: Days, nth: int) -> None:
    made = say(here, 330, apart=0)
    before(here, nth, lambda: remove(here, made[3]))
    assert set(numbers(range(3), range(4, 330))) <= set(texts(talk(here)))


def test_until_is_never_later_than_githubs_own_clock(here: Days) -> None:
    say(here, 3, apart=60)
    now = here.clock.later(seconds=-90)
    told = talk(here)
    assert (texts(told), told.until) == (["0", "1", "2"], now)


@pytest.mark.parametrize("ours", [datetime(1999, 1, 1, tzinfo=UTC), datetime(2101, 1, 1, tzinfo=UTC)])
def test_our_own_clock_has_no_say(here: Days, ours: datetime) -> None:
    say(here, 3)
    with GithubTracker(Credentials(TOKEN), api_url=here.box.url, patience=QUICK, clock=lambda: ours) as github:
        told = github.talk(REPOSITORY, LONG_AGO)
    assert (texts(told), told.until) == (["0", "1", "2"], here.clock())


def test_of_all_moments_asked_for_only_the_last_is_remembered(here: Days) -> None:
    talk(here)
    kept = len(vars(here.cache)["_kept"])
    for each in range(5):
        say(here, begin=each)
        talk(here, here.clock())
    assert len(vars(here.cache)["_kept"]) == kept
    assert here.cost(lambda github: github.talk(REPOSITORY, here.clock())) == [(LIST, 304)]


@pytest.mark.parametrize("kept", [b"", b"[]", b'{"tag": 7, "data": []}', b'{"tag": "x"}', b'{"tag": "x", "asked": 7}'])
def test_a_memory_of_nonsense_hides_no_comment(here: Days, kept: bytes) -> None:
    say(here, 3)
    talk(here)
    remembered = vars(here.cache)["_kept"]
    remembered.update(dict.fromkeys(remembered, kept))
    assert texts(talk(here)) == ["0", "1", "2"]


def test_an_error_on_a_later_page_is_an_error_and_the_next_question_has_all(here: Days) -> None:
    say(here, 150)
    asked = 0

    def hook(request: Request) -> Fault | None:
        nonlocal asked
        asked += request.path.endswith(LIST)
        return BAD_GATEWAY_BEFORE if asked > 1 else None

    here.box.fault = hook
    with pytest.raises(TrackerError) as raised:
        talk(here)
    here.box.fault = None
    assert (raised.value.code, texts(talk(here))) == ("unavailable", numbers(range(150)))


@pytest.mark.parametrize("data", [None, {}, "text", [[]], [{"id": 1}], [{"id": 1, "issue_url": "x/²"}]])
def test_what_is_no_list_of_comments_is_no_silence(here: Days, data: object) -> None:
    say(here)
    here.box.fault = lambda request: Fault(answer=Answer(200, data)) if request.path.endswith(LIST) else None
    with pytest.raises(TrackerError) as raised:
        talk(here)
    assert raised.value.code == "unexpected_answer"


def test_a_repository_that_is_not_shown_is_an_error(here: Days) -> None:
    with here.tracker() as github, pytest.raises(TrackerError) as raised:
        github.talk("octo/secret", LONG_AGO)
    assert raised.value.code == "not_found"
