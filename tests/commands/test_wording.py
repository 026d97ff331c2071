"""Numbers and times in words."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from bot.commands.wording import brief, listed, moment, rfc3339, several, size


@pytest.mark.parametrize(
    ("seconds", "said"),
    [(0, "0s"), (45.4, "45s"), (60, "1m"), (3599.7, "1h00m"), (3900, "1h05m"), (86400 * 2 + 3 * 3600, "2d03h")],
)
def test_a_duration_is_said_in_two_units(seconds: float, said: str) -> None:
    assert brief(timedelta(seconds=seconds)) == said


@pytest.mark.parametrize(
    ("count", "said"), [(0, "0 B"), (999, "999 B"), (212_700_000, "212.7 MB"), (3_000_000_000, "3.0 GB")]
)
def test_bytes_are_said_in_the_unit_that_suits(count: int, said: str) -> None:
    assert size(count) == said


def test_counts_agree_with_their_nouns() -> None:
    assert (several(1, "session"), several(1204, "session")) == ("1 session", "1,204 sessions")


def test_a_list_reads_as_a_sentence() -> None:
    assert (listed([]), listed(["a"]), listed(["a", "b", "c"])) == ("", "a", "a, b and c")


def test_times_are_said_in_utc() -> None:
    at = datetime(2026, 2, 15, 23, 4, 5, tzinfo=UTC)
    assert (moment(at), moment(None)) == ("2026-02-15 23:04", "")
    assert (rfc3339(at), rfc3339(None)) == ("2026-02-15T23:04:05.000Z", None)
