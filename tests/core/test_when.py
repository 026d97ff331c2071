"""What durations and dates in a comment mean; every comment was made on Saturday 2026-11-21 at 12:56 in Berlin."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.core.when import UnreadError, ahead, before, length

BERLIN = ZoneInfo("Europe/Berlin")
AT = datetime(2026, 11, 21, 11, 56, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "ends"),
    [
        ("2w", "2026-12-05 12:56:00"),
        ("14 days", "2026-12-05 12:56:00"),
        ("2 W", "2026-12-05 12:56:00"),
        ("two weeks", "2026-12-05 12:56:00"),
        ("in two weeks", "2026-12-05 12:56:00"),
        ("2 weeks from now", "2026-12-05 12:56:00"),
        ("1w 2d", "2026-11-30 12:56:00"),
        ("1 week and 3 days", "2026-12-01 12:56:00"),
        ("1h30min", "2026-11-21 14:26:00"),
        ("36h", "2026-11-23 00:56:00"),
        ("3 months", "2027-02-21 12:56:00"),
        ("1 year", "2027-11-21 12:56:00"),
        ("8 months", "2027-07-21 12:56:00"),  # the same hour of the clock, although it is summer
        ("2026-12-24", "2026-12-24 23:59:59"),
        ("2026-12-24T10:00", "2026-12-24 10:00:00"),
        ("2026-12-24 10:00", "2026-12-24 10:00:00"),
        ("2026-12-24T10:00Z", "2026-12-24 11:00:00"),
        ("2026-12-24T10:00:30+02:00", "2026-12-24 09:00:30"),
    ],
)
def test_what_can_be_read_in_one_way_has_no_words(text: str, ends: str) -> None:
    found = ahead(text, AT, BERLIN)
    assert (f"{found.at.astimezone(BERLIN):%Y-%m-%d %H:%M:%S}", found.words) == (ends, "")


@pytest.mark.parametrize(
    ("text", "ends"),
    [
        ("next friday", "2026-11-27 23:59:59"),
        ("Friday", "2026-11-27 23:59:59"),
        ("this friday", "2026-11-27 23:59:59"),
        ("saturday", "2026-11-28 23:59:59"),
        ("today", "2026-11-21 23:59:59"),
        ("tomorrow", "2026-11-22 23:59:59"),
        ("noon tomorrow", "2026-11-22 12:00:00"),
        ("tomorrow at 5pm", "2026-11-22 17:00:00"),
        ("5pm", "2026-11-21 17:00:00"),
        ("10:00", "2026-11-22 10:00:00"),
        ("monday morning", "2026-11-23 09:00:00"),
        ("next week", "2026-11-28 23:59:59"),
        ("this week", "2026-11-22 23:59:59"),
        ("end of week", "2026-11-22 23:59:59"),
        ("end of month", "2026-11-30 23:59:59"),
        ("the end of the month", "2026-11-30 23:59:59"),
        ("eom", "2026-11-30 23:59:59"),
        ("end of next month", "2026-12-31 23:59:59"),
        ("end of january", "2027-01-31 23:59:59"),
        ("end of the quarter", "2026-12-31 23:59:59"),
        ("end of next quarter", "2027-03-31 23:59:59"),
        ("end of next year", "2027-12-31 23:59:59"),
        ("24.12.2026", "2026-12-24 23:59:59"),
        ("1.3.", "2027-03-01 23:59:59"),
        ("12/24/2026", "2026-12-24 23:59:59"),
        ("1 march", "2027-03-01 23:59:59"),
        ("Dec 24", "2026-12-24 23:59:59"),
        ("1 march 2027 at 10:00", "2027-03-01 10:00:00"),
        ("29 feb", "2028-02-29 23:59:59"),
    ],
)
def test_a_date_in_words_keeps_its_words(text: str, ends: str) -> None:
    found = ahead(text, AT, BERLIN)
    assert (f"{found.at.astimezone(BERLIN):%Y-%m-%d %H:%M:%S}", found.words) == (ends, text.casefold())


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("yesterday", "is over"),
        ("2026-11-20", "is over"),
        ("0001-01-01", "is over"),
        ("3651d", "at most 3650 days"),
        ("99999999d", "at most 3650 days"),
        ("99999999999999999999 years", "at most 3650 days"),
        ("9999-12-31", "at most 3650 days"),
        ("0d", "no time at all"),
        ("3m", "minutes or months"),
        ("05/06/2027", "two days"),
        ("31.2.2027", "no day of the calendar"),
        ("2026-13-01", "no day of the calendar"),
        ("2026-12-24T25:00", "time of the clock"),
    ],
)
def test_what_cannot_be_meant_says_why(text: str, says: str) -> None:
    with pytest.raises(ValueError, match=says) as raised:
        ahead(text, AT, BERLIN)
    assert not isinstance(raised.value, UnreadError)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "3",
        "-3d",
        "+2w",
        "march",
        "2027",
        "the 5th",
        "banana",
        "wedding",
        "sunny",
        "next friday please",
        "2w 3w",
        "x" * 9999,
    ],
)
def test_what_names_no_day_is_not_guessed(text: str) -> None:
    with pytest.raises(UnreadError, match="no duration or date that is understood"):
        ahead(text, AT, BERLIN)


@pytest.mark.parametrize(
    ("text", "was"),
    [
        ("yesterday", "2026-11-20 23:59:59"),
        ("2026-11-20", "2026-11-20 23:59:59"),
        ("2026-11-21", "2026-11-21 12:56:00"),
        ("today", "2026-11-21 12:56:00"),
        ("2 days ago", "2026-11-19 12:56:00"),
        ("last friday", "2026-11-20 23:59:59"),
        ("1 march", "2026-03-01 23:59:59"),
        ("20.11.", "2026-11-20 23:59:59"),
    ],
)
def test_what_happened_is_never_later_than_the_comment(text: str, was: str) -> None:
    assert f"{before(text, AT, BERLIN).at.astimezone(BERLIN):%Y-%m-%d %H:%M:%S}" == was


@pytest.mark.parametrize("text", ["tomorrow", "2026-11-22", "2026-11-21T13:00", "in 2 days"])
def test_what_is_still_to_come_has_not_happened(text: str) -> None:
    with pytest.raises(ValueError, match=r"is still to come|understood"):
        before(text, AT, BERLIN)


def test_a_length_stands_apart_from_any_date() -> None:
    assert [length(text) for text in ("14d", "2 weeks", "a month", "1 year")] == [
        timedelta(days=14), timedelta(days=14), timedelta(days=30), timedelta(days=365),
    ]  # fmt: skip


@pytest.mark.parametrize("text", ["0d", "3651d", "999999999999d", "tomorrow", "2026-12-24", ""])
def test_what_is_no_length_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"no duration|too long|no time"):
        length(text)


@settings(max_examples=100, deadline=None)
@given(st.one_of(st.text(max_size=40), st.text("0123456789./-: dwhmonexriT", max_size=20)))
def test_any_text_is_a_moment_to_come_or_a_value_error(text: str) -> None:
    try:
        found = ahead(text, AT, BERLIN)
    except ValueError:
        return
    assert AT < found.at <= AT + timedelta(days=3650)
