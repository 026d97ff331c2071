"""The words of a message that are meant: what is shown, hidden or quoted is left out."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.unquoted import unquoted


@pytest.mark.parametrize(
    "text",
    [
        "```\nhidden\n```", "~~~ sh\nhidden", "````\n```\nhidden\n```\n````", "```\n``` hidden\nhidden", "`hidden`",
        "``hid ` den hidden``", "<!-- hidden -->", "<!--\n```\nhidden\n", "> hidden", "  > hidden", "<!-- ` --><!-- hidden",
    ],
)  # fmt: skip
def test_code_comments_and_quotations_are_left_out(text: str) -> None:
    assert "hidden" not in unquoted(text)


@pytest.mark.parametrize(
    "text",
    [
        "said", "```\n<!--\n```\nsaid", "```make``` said", "`<!--` said", "<!-- ` --> said `", "a ` said", "`` a ` said",
        "<!--\n```\n-->\nsaid", "--> said", "~~~\n```\n~~~\nsaid", "`a` said `b`", "3 > 2 said",
    ],
)  # fmt: skip
def test_what_stands_beside_them_is_kept(text: str) -> None:
    assert "said" in unquoted(text)


@given(st.text("`~<!->\n a", max_size=60))
def test_nothing_is_added_and_a_second_look_is_never_an_error(text: str) -> None:
    shown = unquoted(text)
    assert len(shown.replace(" ", "")) <= len(text)
    unquoted(shown)
