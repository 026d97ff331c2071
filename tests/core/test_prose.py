"""Which lines of a comment are its author's own words to the bot, with their places; see the corpus for all shapes."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.core.prose import Line, addressed, spoken

MARKDOWN = st.text("/friction `~*_[]()<>!#|-\\&;\n\t 1a\u200b", max_size=120) | st.text(max_size=60)
SOUP = st.lists(
    st.sampled_from(
        [
            "/friction ack",
            "\n",
            "\n\n",
            "> ",
            "- ",
            "```",
            "~~~",
            "`",
            "<!--",
            "-->",
            "<del>",
            "</del>",
            "**",
            "[",
            "](x)",
            "    ",
            "|",
        ]
    ),
    max_size=24,
).map("".join)


@pytest.mark.parametrize("body", ["/friction", "see /Friction", "/fric\u200btion", "`/friction`", "/frictionless"])
def test_a_comment_that_holds_the_opening_is_addressed(body: str) -> None:
    assert addressed(body)


@pytest.mark.parametrize("body", ["", "friction", "/ friction", "/fiction"])
def test_a_comment_without_the_opening_is_not_addressed(body: str) -> None:
    assert not addressed(body)
    assert spoken(body) == ()


def test_lines_have_their_numbers_and_no_markdown() -> None:
    body = "Hello\n\n/friction silence `2w` [rule](x) ~~no~~ **because** &amp;\n\n- a\n  /friction ack\n"
    assert spoken(body) == (Line(3, "/friction silence 2w rule because &"), Line(6, "/friction ack"))


def test_what_is_nearly_a_command_says_what_is_wrong() -> None:
    found = spoken("> quoted\n/friction ack")
    assert found == (
        Line(
            2, "/friction ack", "this line belongs to the quotation above it: leave an empty line after the quotation"
        ),
    )


def test_nine_lists_in_one_another_are_read() -> None:
    assert spoken("- " * 9 + "a\n\n/friction ack") == (Line(3, "/friction ack"),)


def test_lists_too_deep_to_be_read_say_so() -> None:
    (found,) = spoken("- " * 1000 + "a\n\n/friction ack")
    assert (found.number, found.text) == (3, "/friction ack")
    assert "too deep" in found.wrong


def test_quotations_however_deep_are_quotations() -> None:
    assert spoken(">" * 1000 + " /friction ack\n\n/friction ack") == (Line(3, "/friction ack"),)


def test_sixteen_thousand_characters_of_a_paragraph_are_read_and_more_are_not() -> None:
    command = "\n/friction ack"
    assert spoken("a" * (16384 - len(command)) + command) == (Line(2, "/friction ack"),)
    assert "16,384" in spoken("a" * (16385 - len(command)) + command)[0].wrong


def test_a_quotation_too_long_to_be_read_is_still_a_quotation() -> None:
    assert spoken("> " + "a" * 20000 + "\n> /friction ack") == ()


@settings(deadline=None)
@given(MARKDOWN | SOUP)
def test_any_text_gives_lines_that_it_has(body: str) -> None:
    lines = spoken(body)
    assert lines == spoken(body)
    numbers = [line.number for line in lines]
    assert numbers == sorted(set(numbers))
    assert all(1 <= number <= body.count("\n") + body.count("\r") + 1 for number in numbers)
    assert all(line.text.casefold().startswith("/friction") for line in lines)


@settings(max_examples=100, deadline=None)
@given(MARKDOWN | SOUP)
def test_nothing_in_a_fence_a_quotation_or_an_html_comment_is_said(body: str) -> None:
    lines = body.replace("\r", "\n").split("\n")
    fence = "`" * (body.count("`") + 3)
    assert spoken("\n".join([fence, *lines, fence])) == ()
    assert spoken("\n".join(f"> {line}" for line in lines)) == ()
    assert spoken("\n".join(f"    {line}" for line in lines)) == ()
    assert spoken(f"<!--\n{body.replace('--', '')}\n-->") == ()


@settings(max_examples=100, deadline=None)
@given(SOUP)
def test_more_prose_below_changes_nothing_above(body: str) -> None:
    more = spoken(f"{body}\n\nAnd so on.")
    assert [line[:2] for line in more] == [line[:2] for line in spoken(body)]
