"""The bot's region of an issue body: found again, never forged, and nothing of people's text ever lost."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.core.marker import (
    BODY_LIMIT,
    END,
    Marker,
    digest,
    parse,
    region,
    region_text,
    replace_region,
    room,
    sealed,
    size,
    write,
)

KEY = b"a key from the settings"
FP = "ab" * 32
NONCE = "01" * 16
MARKER = Marker(FP, NONCE, (("told", "2"), ("watermark", "2026-02-15T23:00:00Z")))
LINE = f"<!-- frictionbot v=1 fp={FP} nonce={NONCE} told=2 watermark=2026-02-15T23:00:00Z -->"

RESERVED = {"v", "fp", "nonce", "mac"}
names = st.from_regex(r"[a-z][a-z0-9_]{0,10}", fullmatch=True).filter(lambda name: name not in RESERVED)
fields = st.dictionaries(names, st.text(max_size=20), max_size=4)
# what an attacker would try, mixed with anything
shards = st.sampled_from(
    [END, "<!-- frictionbot ", LINE, "<!--", "<", "!--", "-->", "\n", "\r\n", "\r", " ", "```\n", "/frictionbot", "<!-"]
)
hostile = st.lists(shards | st.text(max_size=8), max_size=12).map("".join)


def test_a_marker_is_one_hidden_line_of_sorted_fields() -> None:
    assert write(Marker(FP, NONCE, (("watermark", "2026-02-15T23:00:00Z"), ("told", "2")))) == LINE


def test_a_key_adds_a_mac_that_only_its_holder_can_make() -> None:
    assert write(Marker("0" * 64, "0" * 32), b"k").endswith(
        " mac=78e11d6adca88858289727121381cfa33d062f5e19d0ad2f1d0d9b3a5509a139 -->"
    )


def test_a_marker_is_read_again_with_its_key() -> None:
    assert parse(region(MARKER, "text", KEY), KEY) == MARKER


def test_a_marker_with_the_wrong_key_is_only_text() -> None:
    assert parse(region(MARKER, "text", KEY), b"another key") is None


def test_a_marker_without_a_mac_is_only_text_where_a_key_is_set() -> None:
    assert parse(region(MARKER, "text"), KEY) is None


def test_a_changed_field_breaks_the_mac() -> None:
    assert parse(region(MARKER, "text", KEY).replace("told=2", "told=3"), KEY) is None


def test_a_body_without_a_region_has_no_marker() -> None:
    assert parse("A person wrote this.") is None


def test_a_region_that_lost_its_end_has_no_marker() -> None:
    assert parse(region(MARKER, "text").replace(END, "")) is None


def test_a_marker_in_the_middle_of_a_line_is_only_text() -> None:
    assert parse("> " + region(MARKER, "text")) is None


def test_only_the_first_region_of_a_body_counts() -> None:
    other = Marker("cd" * 32, NONCE)
    assert parse(region(MARKER, "text") + "\n\n" + region(other, "text")) == MARKER


def test_a_forged_region_before_the_real_one_hides_it_and_is_not_believed() -> None:
    assert parse(region(Marker("cd" * 32, NONCE), "text") + "\n" + region(MARKER, "text", KEY), KEY) is None


def test_a_body_with_the_line_ends_of_a_browser_is_read_the_same() -> None:
    assert parse(("before\n\n" + region(MARKER, "a\nb", KEY) + "\nafter").replace("\n", "\r\n"), KEY) == MARKER


def test_the_marker_of_a_later_version_is_still_read() -> None:
    assert parse(region(Marker(FP, NONCE, (("new", "x"),), version=2), "text")) == Marker(FP, NONCE, (("new", "x"),), 2)


@pytest.mark.parametrize(
    "line",
    [
        LINE.replace("v=1", "v=0"),
        LINE.replace("ab", "AB"),
        LINE.replace("told=2", "told=2 told=3"),
        LINE.replace("told=2", "fp=2"),
        LINE.replace("told=2", "mac=2"),
        LINE.replace("told=2", "told=<2>"),
        LINE.replace("told=2", "told=" + "2" * 3000),
        LINE.replace("-->", "--> more"),
        LINE.replace("-->", "--"),
    ],
)
def test_a_damaged_marker_is_only_text(line: str) -> None:
    assert parse(f"{line}\n\ntext\n\n{END}") is None


@pytest.mark.parametrize(
    "marker",
    [
        Marker("ab", NONCE),
        Marker(FP, "xyz"),
        Marker(FP, NONCE, (("mac", "1"),)),
        Marker(FP, NONCE, (("Told", "1"),)),
        Marker(FP, NONCE, (("a", "1"), ("a", "2"))),
        Marker(FP, NONCE, (("a", "x" * 3000),)),
        Marker(FP, NONCE, version=0),
    ],
)
def test_a_marker_that_could_not_be_read_again_is_not_written(marker: Marker) -> None:
    with pytest.raises(ValueError, match="marker"):
        write(marker)


def test_a_marker_takes_further_fields() -> None:
    marker = MARKER.having(told="5", labels=digest("bug", "user-feedback"))
    assert marker.fields == (("labels", "6c06b595e4768114"), ("told", "5"), ("watermark", "2026-02-15T23:00:00Z"))
    assert (marker.get("told"), marker.get("nothing", "0")) == ("5", "0")


@settings(max_examples=60)
@given(fields)
def test_any_text_in_a_field_comes_back_and_cannot_break_the_line(values: dict[str, str]) -> None:
    marker = Marker(FP, NONCE).having(**values)
    line = write(marker, KEY)
    assert "\n" not in line
    assert line.count("--") == 2
    assert parse(f"{line}\n\n{END}", KEY) == marker


@settings(max_examples=150)
@given(hostile, hostile.filter(lambda text: "<!--" not in text), hostile)
def test_no_content_can_end_its_region_or_begin_another(content: str, before: str, after: str) -> None:
    new = region(MARKER, content, KEY)
    head = before + "\n" if before else ""
    body = f"{head}{new}\n{after}"
    assert parse(body, KEY) == MARKER
    assert region_text(body) == new
    assert replace_region(body, "NEW") == f"{head}NEW\n{after}"


@settings(max_examples=60)
@given(hostile)
def test_sealed_content_opens_no_comment_and_is_sealed_once(content: str) -> None:
    once = sealed(content)
    assert "<!--" not in once
    assert sealed(once) == once


def test_what_people_wrote_around_the_region_stays_byte_for_byte() -> None:
    old = "Seen too!  \r\n\r\n" + region(MARKER, "old\ntext").replace("\n", "\r\n") + "\r\n\t/cc me\r\n \r\n"
    assert replace_region(old, "NEW") == "Seen too!  \r\n\r\nNEW\r\n\t/cc me\r\n \r\n"


def test_a_region_that_a_person_removed_is_not_put_back() -> None:
    assert replace_region("I cleaned this up.", region(MARKER, "text")) is None


def test_an_unchanged_region_compares_equal_whatever_its_line_ends() -> None:
    new = region(MARKER, "a\r\nb\r\r\nc", KEY)
    assert region_text("x\r\n" + new.replace("\n", "\r\n") + "\r\ny") == new


def test_the_region_of_a_body_without_one_is_none() -> None:
    assert region_text("text") is None


def test_size_counts_wide_characters_and_line_ends_twice() -> None:
    assert size("ab\n😀é") == 7


@settings(max_examples=60)
@given(st.text(max_size=200), st.text(max_size=200))
def test_content_that_fits_the_room_keeps_the_body_under_the_limit(people: str, content: str) -> None:
    old = people.replace("<!--", "") + "\n" + region(MARKER, "old", KEY) + "\n" + people
    padded = sealed(content) + "x" * (room(old) - size(sealed(content)))
    new = replace_region(old, region(MARKER, padded, KEY))
    assert new is not None
    assert size(new) <= BODY_LIMIT


def test_people_who_wrote_a_whole_body_leave_no_room() -> None:
    assert room("x" * 70_000) == 0
