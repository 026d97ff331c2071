"""The arithmetic of rate limits, and that no answer whatever breaks it."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.adapters.github_errors import limited_until, refused

NOW = datetime(2026, 2, 15, 12, 0, 0, tzinfo=UTC)
SENT = "Sun, 15 Feb 2026 12:05:00 GMT"  # GitHub's clock is five minutes ahead of ours
RESET = "1771157400"  # 12:10:00 by GitHub's clock


@pytest.mark.parametrize(
    ("headers", "until"),
    [
        ({}, "12:01:00"),
        ({"retry-after": "30"}, "12:00:30"),
        ({"retry-after": "0"}, "12:00:00"),
        ({"retry-after": "Sun, 15 Feb 2026 12:07:00 GMT", "date": SENT}, "12:02:00"),
        ({"retry-after": "later"}, "12:01:00"),
        ({"retry-after": "-5"}, "12:01:00"),
        ({"retry-after": "nan"}, "12:01:00"),
        ({"x-ratelimit-remaining": "0", "x-ratelimit-reset": RESET, "date": SENT}, "12:05:00"),
        ({"x-ratelimit-remaining": "0", "x-ratelimit-reset": RESET}, "12:10:00"),
        ({"x-ratelimit-remaining": "0", "x-ratelimit-reset": "1"}, "12:01:00"),
        ({"x-ratelimit-remaining": "0"}, "12:01:00"),
        ({"x-ratelimit-remaining": "17", "x-ratelimit-reset": RESET, "date": SENT}, "12:01:00"),
        ({"retry-after": "5", "x-ratelimit-remaining": "0", "x-ratelimit-reset": RESET}, "12:00:05"),
    ],
)
def test_a_limit_ends_when_its_headers_say_by_our_clock(headers: dict[str, str], until: str) -> None:
    assert limited_until(headers, NOW).strftime("%H:%M:%S") == until


def test_a_limit_never_ends_later_than_a_day_from_now() -> None:
    assert limited_until({"retry-after": "99999999999999999999"}, NOW) == datetime(2026, 2, 15, 12, 1, tzinfo=UTC)
    assert limited_until({"retry-after": "9999999999"}, NOW) == datetime(2026, 2, 16, 12, 0, tzinfo=UTC)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["message", "errors", "x"]), inner),
    max_leaves=8,
)
HEADERS = st.dictionaries(
    st.sampled_from(["retry-after", "x-ratelimit-remaining", "x-ratelimit-reset", "date"]),
    st.text(max_size=30) | st.integers().map(str) | st.floats().map(str) | st.just(SENT),
)


@settings(max_examples=60)
@given(status=st.integers(300, 599), headers=HEADERS, data=JSON)
def test_any_refusal_gives_one_line_that_names_its_place(status: int, headers: dict[str, str], data: object) -> None:
    error = refused("octo/demo", status, headers, data, write=True)
    assert error.message.startswith("octo/demo: ")
    assert len(error.message.splitlines()) == 1
    assert error.unclear == (error.code in {"unavailable", "server_error"})
