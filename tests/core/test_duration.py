from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.core.duration import parse_duration, show_duration


@pytest.mark.parametrize(
    ("text", "duration"),
    [
        ("14d", timedelta(days=14)),
        ("36h", timedelta(hours=36)),
        ("10m", timedelta(minutes=10)),
        ("90s", timedelta(seconds=90)),
        ("0h", timedelta(0)),
    ],
)
def test_a_number_and_a_unit_are_a_duration(text: str, duration: timedelta) -> None:
    assert parse_duration(text) == duration


@pytest.mark.parametrize("text", ["", "14", "d", "1.5h", "-1d", "2 d", "1w", "1d2h", "٣d", "9999999999d"])
def test_anything_else_says_how_to_write_one(text: str) -> None:
    with pytest.raises(ValueError, match="write a whole number and s, m, h or d, such as 14d or 90s"):
        parse_duration(text)


def test_more_than_ten_years_is_refused() -> None:
    with pytest.raises(ValueError, match="999999d is too long: at most 3650d"):
        parse_duration("999999d")


def test_the_largest_unit_that_fits_is_shown() -> None:
    shown = [show_duration(timedelta(seconds=seconds)) for seconds in (0, 90, 600, 7200, 90000, 1209600)]
    assert shown == ["0h", "90s", "10m", "2h", "25h", "14d"]


@settings(max_examples=50)
@given(st.integers(min_value=0, max_value=3650 * 86400))
def test_what_is_shown_can_be_read_back(seconds: int) -> None:
    assert parse_duration(show_duration(timedelta(seconds=seconds))) == timedelta(seconds=seconds)
