"""Rows hold whatever Python strings hold, in characters that both databases take."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.adapters.store_codec import digest, packed, stored, told, unpacked
from bot.adapters.store_links import groups

ANY_TEXT = st.text(st.characters(), max_size=20)  # lone surrogates too


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("plain text", "plain text"),
        ("naïve\nlines", "naïve\nlines"),
        ("a\0b", "a\x1a0000b"),
        ("caf\udce9.jsonl", "caf\x1adce9.jsonl"),
        ("\x1a0000", "\x1a001a0000"),
    ],
)
def test_only_what_databases_refuse_is_escaped(text: str, kept: str) -> None:
    assert stored(text) == kept
    assert told(kept) == text


@given(ANY_TEXT)
def test_what_is_stored_is_told_again(text: str) -> None:
    assert told(stored(text)) == text
    assert "\0" not in stored(text)
    stored(text).encode("utf-8", "strict")


@given(st.lists(ANY_TEXT | st.none() | st.booleans() | st.integers(-(2**63), 2**63 - 1)))
def test_what_is_packed_is_unpacked_again(values: list[object]) -> None:
    assert unpacked(packed(values)) == values


@given(ANY_TEXT)
def test_a_digest_has_one_width_for_any_text(text: str) -> None:
    assert re.fullmatch("[0-9a-f]{32}", digest(text))


def test_a_chain_of_pairs_is_one_group() -> None:
    assert set(groups([(1, 2), (5, 6), (3, 2), (4, 3), (6, 6)])) == {frozenset({1, 2, 3, 4}), frozenset({5, 6})}
