"""Skimming long lines says exactly what parsing them says."""

from __future__ import annotations

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st
from transcripts import Transcript

from bot.core.match import Matchers
from bot.core.model import Event, Problem
from bot.core.observe import Observation, Observed
from bot.dialects import claude_code
from bot.dialects.claude_skim import LONG, Skimmer

SHELL = frozenset({"Bash"})
BIG = "x = 1\n" * LONG


def observed(raw: bytes, texts: frozenset[str] | None) -> Observed:
    observation = Observation(Matchers(()), "file.jsonl")
    for event in claude_code.read(raw.splitlines(keepends=True), texts):
        if isinstance(event, Event):
            observation.feed(event)
    return observation.result()


def texts_of(raw: bytes, texts: frozenset[str] | None) -> list[str]:
    events = (event for event in claude_code.read(raw.splitlines(keepends=True), texts) if isinstance(event, Event))
    return [event.text for event in events if event.kind.value == "tool_result"]


def two_reads(second: str = BIG, *, failed: bool = False) -> Transcript:
    """The first line of a context is always parsed, so that only the second long one may be skimmed."""
    return Transcript().prompt("look").reads("a.py", BIG).reads("b.py", second, failed=failed)


def test_a_long_result_of_a_read_is_skimmed_once_its_context_is_known() -> None:
    assert texts_of(two_reads().bytes(), SHELL) == [BIG, ""]


def test_skimming_changes_nothing_that_is_counted() -> None:
    raw = two_reads().bytes()
    assert observed(raw, SHELL) == observed(raw, None)


@given(
    st.text(max_size=40),
    st.sampled_from(
        ['"}]},"uuid":"x","timestamp":"2020-01-01T00:00:00Z"', '{"parentUuid":', '"is_error":true', "\\", '\\"', ""]
    ),
    st.booleans(),
)
def test_no_text_in_a_result_can_make_skimming_differ(before: str, mark: str, failed: bool) -> None:
    raw = two_reads(before + mark + BIG + mark, failed=failed).bytes()
    assert observed(raw, SHELL) == observed(raw, None)


def test_a_failing_result_is_never_skimmed() -> None:
    assert texts_of(two_reads("Exit code 1\n" + BIG, failed=True).bytes(), SHELL)[1].startswith("Exit code 1")


def test_the_output_of_a_tool_that_a_rule_asks_for_is_never_skimmed() -> None:
    assert texts_of(two_reads().bytes(), frozenset({"Read"})) == [BIG, BIG]


def test_a_change_of_folder_or_version_is_never_skimmed_away() -> None:
    transcript = two_reads()
    transcript.cwd, transcript.version = "/home/ada/other", "2.1.25"
    raw = transcript.reads("c.py", BIG).reads("d.py", BIG).bytes()
    (session,) = observed(raw, SHELL).sessions
    assert session.versions == ("2.1.17", "2.1.25")
    assert session.cwds == ("/home/ada/other", "/home/ada/shop")


def test_half_a_long_line_with_another_behind_it_is_told_as_damage() -> None:
    lines = two_reads().reads("c.py", BIG).bytes().splitlines(keepends=True)
    torn = lines[4][: LONG * 2] + lines[6]
    raw = b"".join([*lines[:4], torn])
    found = list(claude_code.read(raw.splitlines(keepends=True), SHELL))
    assert [event.code for event in found if isinstance(event, Problem)] == ["damaged_line"]


def test_a_long_line_with_bytes_that_are_no_utf8_is_read() -> None:
    raw = two_reads().bytes().replace(b"toolu_s1_0002", b"toolu_\xff_0002")
    assert [step.key for session in observed(raw, SHELL).sessions for step in session.steps][1:] == []
    assert len(texts_of(raw, SHELL)) == 2


@pytest.mark.parametrize("option", [orjson.OPT_INDENT_2, orjson.OPT_SORT_KEYS])
def test_lines_in_any_other_shape_are_left_to_the_parser(option: int) -> None:
    line = orjson.dumps(two_reads().lines[-1], option=option).replace(b"\n", b"") + b"\n"
    skimmer = Skimmer(SHELL)
    assert [skimmer.skim(line, {"toolu_s1_0002": "Read"}) for _ in range(2)] == [None, None]
