"""What a text refers to when GitHub reads it, which is what the bot's own texts must not do by accident."""

from __future__ import annotations

import pytest

from bot.sandbox.references import Reference, closed_by, issues_in, people_in


@pytest.mark.parametrize(
    ("text", "people"),
    [
        ("@ann, look", ("ann",)),
        ("(@ann) and @ann again, *@tom*", ("ann", "tom")),
        ("mail ann@example.org", ()),
        ("@acme/team", ()),
        ("`@ann`", ()),
        ("```\n@ann\n```", ()),
        ("``` a`b\n@ann\n```", ("ann",)),
        ("~~~\n@ann\n```\n@tom", ()),
        ("```\n@ann\n````\n@tom", ("tom",)),
        ("a ` b\n\n@ann ` c", ("ann",)),
        ("<!-- @ann -->", ()),
        ("<!-- @ann", ()),
        ("&#64;ann", ("ann",)),
        ("@\u200bann", ()),
    ],
)
def test_people_are_mentioned_in_prose_only(text: str, people: tuple[str, ...]) -> None:
    assert people_in(text) == people


@pytest.mark.parametrize(
    ("text", "issues"),
    [
        ("See #1, (#2) and #1", (Reference("", 1), Reference("", 2))),
        ("acme/widgets#3", (Reference("acme/widgets", 3),)),
        ("GH-4", (Reference("", 4),)),
        ("http://127.0.0.1:8042/acme/widgets/issues/5", (Reference("acme/widgets", 5),)),
        ("https://github.com/acme/widgets/pull/6#issuecomment-1", (Reference("acme/widgets", 6),)),
        ("`#7` a#8 #9a #", ()),
        ("#\u200b10", ()),
    ],
)
def test_issues_are_named_by_number_or_address(text: str, issues: tuple[Reference, ...]) -> None:
    assert issues_in(text) == issues


@pytest.mark.parametrize(
    ("text", "issues"),
    [
        ("Fixes #1", (Reference("", 1),)),
        ("closes: #1, resolved #2", (Reference("", 1), Reference("", 2))),
        ("FIX acme/widgets#3", (Reference("acme/widgets", 3),)),
        ("prefixes #4, fixing #5, see #6", ()),
    ],
)
def test_only_a_closing_keyword_closes(text: str, issues: tuple[Reference, ...]) -> None:
    assert closed_by(text) == issues


@pytest.mark.parametrize("part", ["<!--", "`", "` ", "```\n", "~~~\n", "@", "#1", "`\n\n", "a/", "``` `", "fixes "])
@pytest.mark.timeout(60)  # what is not linear would take hours
def test_no_text_of_the_largest_size_hangs(part: str) -> None:
    text = (part * 65_536)[:65_536]
    people_in(text)
    issues_in(text)
    closed_by(text)
