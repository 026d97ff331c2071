"""Which of two versions is older, where that can be told."""

from __future__ import annotations

import pytest

from bot.core.version import at_least, older


@pytest.mark.parametrize(
    ("version", "than", "expected"),
    [
        ("1.9", "1.10", True),
        ("2.0", "2.0.0", False),
        ("2.0.0-rc.1", "2.0.0", True),
        ("v1.2", "1.3", True),
        ("", "1.0", False),
        ("nightly", "1.0", False),
        ("1.0", "soon", False),
        ("1" * 5000, "2", False),
        ("1.0", "9" * 5000, False),
    ],
)
def test_only_what_is_known_to_be_older_is(version: str, than: str, *, expected: bool) -> None:
    assert older(version, than) is expected


def test_what_cannot_be_compared_is_neither_older_nor_at_least() -> None:
    assert (older("x", "1"), at_least("x", "1")) == (False, False)
    assert (older("1.1", "1"), at_least("1.1", "1"), at_least("1.0", "1")) == (False, True, True)
