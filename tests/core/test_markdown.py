"""Hostile text in Markdown, with GitHub's own parser as the oracle."""

from __future__ import annotations

import html
import re
from html.parser import HTMLParser

import cmarkgfm
from cmarkgfm.cmark import Options
from hypothesis import example, given, settings
from hypothesis import strategies as st

from bot.core.markdown import fence, inert, inline, prose, title
from bot.core.text import clean

BREAK = "\u200b"
PIECES = st.sampled_from(
    [
        "`",
        "``",
        "```",
        "~~~",
        "\n",
        "\n\n",
        " ",
        "    ",
        "\t",
        "<",
        ">",
        "<!--",
        "-->",
        "</details>",
        "<script>",
        "<b>",
        "&lt;",
        "&#64;",
        "@maria",
        "@acme/team",
        "#12",
        "GH-12",
        "acme/app#12",
        "fixes ",
        "closes: ",
        "https://github.com/a/b/issues/1",
        "www.x.org",
        "a@b.io",
        "[x](http://y)",
        "![i](u)",
        "[r]: /u",
        "[^1]",
        "# h",
        "=====",
        "---",
        "- [ ] t",
        "1. ",
        "2) ",
        "| a | b |\n|---|---|",
        "* ",
        "_",
        "**",
        "\\",
        "/close",
        "0123456789abcdef0123456789abcdef01234567",
        ":smile:",
        "$x$",
        "\r",
        "\x1b[31m",
        "\u200b",
        "\u2028",
        "é",
        "mailto:a@b.c",
        "xmpp:a@b",
    ]
)
HOSTILE = st.lists(PIECES | st.text(max_size=4), max_size=24).map("".join)
FEW = settings(max_examples=150, deadline=None)


class Outline(HTMLParser):
    """The elements of a page in order, and its text."""

    def __init__(self, markdown: str) -> None:
        super().__init__(convert_charrefs=True)
        self.elements: list[str] = []
        self.text = ""
        flags = Options.CMARK_OPT_UNSAFE | Options.CMARK_OPT_FOOTNOTES
        self.feed(cmarkgfm.github_flavored_markdown_to_html(markdown, options=flags))
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append(tag)

    def handle_data(self, data: str) -> None:
        self.text += data

    def handle_comment(self, data: str) -> None:
        self.elements.append("comment")

    def handle_decl(self, decl: str) -> None:
        self.elements.append("declaration")

    def handle_pi(self, data: str) -> None:
        self.elements.append("instruction")


@given(HOSTILE)
@example("```\n</code>\n````")
@example("a\n```\r```\n@x")
@FEW
def test_a_fence_holds_whatever_is_put_into_it(text: str) -> None:
    page = Outline(f"Before\n\n{fence(text)}\n\nAfter\n")

    assert page.elements == ["p", "pre", "code", "p"]
    assert page.text.replace(BREAK, "").strip("\n").split("\n", 1)[1].rsplit("\n", 1)[0].strip("\n") == clean(
        text
    ).strip("\n")


@given(HOSTILE)
@FEW
def test_a_fence_holds_inside_of_details_too(text: str) -> None:
    page = Outline(f"<details>\n<summary>Evidence</summary>\n\n{fence(text)}\n\n</details>\n")

    assert page.elements == ["details", "summary", "pre", "code"]


@given(HOSTILE)
@example("``")
@example("` `")
@FEW
def test_a_code_span_holds_whatever_is_put_into_it(text: str) -> None:
    page = Outline(f"Command {inline(text)} end\n")

    assert page.elements == (["p", "code"] if clean(text).split() else ["p"])
    assert " ".join(clean(text).split()) in page.text.replace(BREAK, "")


@given(HOSTILE)
@FEW
def test_a_code_span_at_the_start_of_a_line_opens_no_fence(text: str) -> None:
    page = Outline(f"{inline(text)}\n\nAfter\n")

    assert page.elements[-1:] == ["p"]
    assert page.text.strip().endswith("After")


@given(HOSTILE)
@example("a\n=====")
@example("1) a\n2. b")
@example("    code")
@example("foo  \nbar")
@example("&copy; &#x40;maria")
@FEW
def test_prose_is_nothing_but_paragraphs_of_text(text: str) -> None:
    page = Outline(f"{prose(text)}\n")

    assert set(page.elements) <= {"p"}
    assert "".join(page.text.replace(BREAK, "").split()) == "".join(clean(text).split())


@given(HOSTILE)
@FEW
def test_prose_keeps_no_reference_alive(text: str) -> None:
    shown = Outline(f"{prose(text)}\n").text

    assert not re.search(
        r"@\w|#\d|\bgh-\d|https?:|www\.|\b[0-9a-f]{7,40}\b|^/[a-z]+\s*$", shown, re.IGNORECASE | re.MULTILINE | re.ASCII
    )


@given(HOSTILE)
@FEW
def test_a_title_is_one_short_line_without_references(text: str) -> None:
    shown = title(text, 80)

    assert len(shown) <= 80
    assert "\n" not in shown
    assert not re.search(r"@[A-Za-z0-9]|#\d|<!--|^/[A-Za-z]+\b(?!/)", shown)


@given(HOSTILE)
@FEW
def test_raw_text_has_no_command_mention_or_marker_for_bots(text: str) -> None:
    shown = inert(clean(text))

    assert not re.search(r"(?:^|\s)@[A-Za-z0-9][\w-]*(?!/)\b(?![\w./-])", shown, re.MULTILINE)
    assert not re.search(r"^/[A-Za-z]+\s", shown, re.MULTILINE)
    assert "<!--" not in shown


def test_mentions_and_commands_are_broken_in_raw_text() -> None:
    assert (
        inert("thanks @maria\n/close\n<!-- frictionbot -->")
        == f"thanks @{BREAK}maria\n/{BREAK}close\n<!{BREAK}-- frictionbot -->"
    )


def test_scoped_packages_and_paths_stay_as_they_are() -> None:
    kept = "npm install @scope/pkg\nimport x from '@scope/pkg'\n/usr/bin/env: no such file\na@b.io"

    assert inert(kept) == kept


def test_a_team_outside_of_an_install_line_is_a_mention() -> None:
    assert inert("ask @acme/team") == f"ask @{BREAK}acme/team"


def test_references_in_prose_are_seen_but_do_nothing() -> None:
    assert prose("Fixes #12, GH-7 and acme/app#3") == f"Fixes \\#{BREAK}12, GH{BREAK}\\-7 and acme/app\\#{BREAK}3"


def test_a_fence_is_longer_than_any_run_inside() -> None:
    assert fence("a ```` b") == "`````\na ```` b\n`````"


def test_terminal_codes_do_not_reach_a_fence() -> None:
    assert fence("\x1b[31mred\x1b[0m\r\nline") == "```\nred\nline\n```"


def test_a_title_ends_at_a_word_and_says_that_it_was_cut() -> None:
    assert title("one two three four five", 16) == "one two three…"


def test_a_title_never_tears_a_mask() -> None:
    assert title("token [masked:github-token] was refused", 20) == "token…"


def test_entities_in_code_are_shown_as_written() -> None:
    assert html.unescape(Outline(fence("&lt;b&gt;")).text).strip() == "<b>"
    assert Outline(fence("&lt;b&gt;")).text.strip() == "&lt;b&gt;"
