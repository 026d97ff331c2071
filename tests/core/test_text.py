"""Plain text: what is stripped, and cuts that tear nothing."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from bot.core.text import clean, cut, outside_mask

FEW = settings(max_examples=150, deadline=None)
ANY = st.text(st.characters(exclude_categories=()), max_size=60) | st.text(
    "ab\x1b[]0;m\r\n\u200b\u0301\ud800ﬁ\uffa0\x9b\\", max_size=40
)


@pytest.mark.parametrize(
    ("raw", "plain"),
    [
        ("\x1b[1;31merror\x1b[0m: no", "error: no"),
        ("\x1b]8;;https://x.dev\x1b\\link\x1b]8;;\x1b\\", "link"),
        ("\x1b]0;title\x07$ ls", "$ ls"),
        ("\x1b(Bplain\x1b[?25l", "plain"),
        ("\x9b31mred", "red"),
        ("a\r\nb\rc", "a\nb\nc"),
        ("tab\tstays\x00\x07\x08", "tab\tstays"),
        ("gh\u200bp_\u00adx\u2060y\ufeff", "ghp_xy"),
        ("right\u202eleft", "rightleft"),
        ("warning \u26a0\ufe0f", "warning \u26a0"),
        ("\uff50\uff41\uff53\uff53\uff1a\ufb01", "pass:fi"),
        ("a\ud800b", "ab"),
        ("one\u2028two", "one\ntwo"),
    ],
)
def test_what_is_not_plain_is_left_out(raw: str, plain: str) -> None:
    assert clean(raw) == plain


def test_ordinary_text_comes_back_as_it_is() -> None:
    text = "line one\n\tline two: é → ✓ 日本\n"

    assert clean(text) is text


@given(ANY)
@example("e\u200b\u0301")
@example("\x1b\x1b[31m[31m")
@FEW
def test_clean_text_is_plain_and_stays_so(raw: str) -> None:
    text = clean(raw)

    assert clean(text) == text
    assert unicodedata.is_normalized("NFKC", text)
    assert not [char for char in text if unicodedata.category(char) in {"Cc", "Cf", "Cs", "Co"} and char not in "\n\t"]


def test_no_hidden_character_of_unicode_gets_through() -> None:
    hidden = {"Cc", "Cf", "Cs", "Co"}
    everything = (chr(code) for code in range(0x110000))
    raw = "".join(
        char for char in everything if unicodedata.category(char) in hidden and char not in "\n\t\r\x85\x1b\x9b"
    )

    assert clean(raw) == ""


def test_a_cut_keeps_head_and_tail() -> None:
    assert cut("abcdefghijklmnopqrstuvwxyz", 10) == "abcdef…xyz"


def test_a_short_text_is_not_cut() -> None:
    assert cut("abc", 3) == "abc"


@pytest.mark.parametrize("limit", [0, 1, 2])
def test_a_tiny_limit_is_kept(limit: int) -> None:
    assert len(cut("abcdef", limit)) <= limit


@given(
    st.lists(st.sampled_from(["[masked:jwt]", "[masked:github-token]", "word ", "[", "]", "\n"]), max_size=30),
    st.integers(0, 120),
)
@FEW
def test_a_cut_never_tears_a_mask(pieces: list[str], limit: int) -> None:
    shown = cut("".join(pieces), limit)

    assert len(shown) <= limit
    for kind in ("jwt", "github-token"):
        shown = shown.replace(f"[masked:{kind}]", "")
    assert "masked" not in shown


def test_an_offset_inside_a_mask_moves_to_its_border() -> None:
    assert outside_mask("ab[masked:jwt]cd", 5) == 2
    assert outside_mask("ab[masked:jwt]cd", 5, forward=True) == 14
    assert outside_mask("ab[masked:jwt]cd", 2) == 2
