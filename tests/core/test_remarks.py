"""Commands as values: what no single comment of the corpus shows."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.core.remarks import NAMES, commands, usage
from bot.core.slash import Command, Mended, Needed, Scope, Until

AT = datetime(2026, 11, 21, 11, 56, tzinfo=UTC)
USUAL = timedelta(days=90)


def read(body: str) -> tuple[Command, ...]:
    return commands(body, AT, UTC, USUAL)


def test_a_silence_holds_all_that_was_said() -> None:
    assert read("Hello\n\n/friction silence until next friday key tool=Bash because it is known") == (
        Command(
            "silence",
            3,
            "/friction silence until next friday key tool=Bash because it is known",
            scope=Scope("key", "tool", "Bash"),
            until=Until("date", datetime(2026, 11, 27, 23, 59, 59, tzinfo=UTC), words="next friday"),
            because="it is known",
        ),
    )


def test_a_silence_without_an_end_lasts_the_usual_time() -> None:
    assert read("/friction silence rule")[0].until == Until("date", AT + USUAL, usual=True)


def test_days_are_those_of_the_zone() -> None:
    (found,) = commands("/friction snooze tomorrow", AT, timezone(timedelta(hours=13)), USUAL)
    assert found.until == Until("date", datetime(2026, 11, 23, 10, 59, 59, tzinfo=UTC), words="tomorrow")


def test_a_fix_just_now_has_the_time_of_the_comment() -> None:
    assert read("/friction fixed")[0].mended == Mended("now", "", AT)


def test_a_threshold_leaves_what_it_does_not_name() -> None:
    assert read("/friction threshold within=2w")[0].needed == Needed(within=timedelta(days=14))


def test_an_error_keeps_nothing_but_the_name_the_place_and_the_words() -> None:
    assert read("/friction silence banana rule because x") == (
        Command(
            "silence",
            1,
            "/friction silence banana rule because x",
            "banana is not understood: name an end (2w, until 2026-12-24, until fixed) or a scope (this, rule, repo)",
            "/friction silence 2w",
        ),
    )


@pytest.mark.parametrize(
    ("written", "hint"),
    [
        ("/friction", "/friction help"),
        ("/friction zzz", "/friction help"),
        ("/friction silnce 2w rule", "/friction silence 2w rule"),
        ("/friction Silense untill fixd because x", "/friction silence until fixed because x"),
        ("/friction silence 2w rul", "/friction silence 2w rule"),
        ("/friction silence -3d", "/friction silence 3d"),
        ("/friction threshold sesions=8", "/friction threshold sessions=8"),
        ("/friction mute 2w", "/friction silence 2w"),
        ("/friction dup #7", "/friction duplicate #7"),
        ("/friction not fixed", "/friction notfixed"),
        ("/friction help silnce", "/friction help silence"),
        ("/frictionbot silence 3w", "/friction silence 3w"),
        ("/friction: ack", "/friction ack"),
        ("> a\n/friction silence 3w", "/friction silence 3w"),
        ("# /friction silnce 3w", "/friction silence 3w"),
    ],
)
def test_an_error_has_the_nearest_command_that_works(written: str, hint: str) -> None:
    (found,) = read(written)
    assert found.error
    assert found.hint == hint
    assert not read(hint)[0].error


@pytest.mark.parametrize("name", NAMES)
def test_every_command_has_an_example_that_works(name: str) -> None:
    told = usage(name)
    (found,) = read(told.example)
    assert (found.name, found.error) == (name, "")
    assert told.form.startswith(f"/friction {name}")
    assert told.about.endswith(".")


def test_only_twenty_commands_of_a_comment_are_taken() -> None:
    found = read("/friction ack\n\n" * 10_000)
    assert len(found) == 21
    assert all(command.name == "ack" and not command.error for command in found[:20])
    assert found[20] == Command("", 41, "/friction ack", "only the first 20 commands were taken")


def test_a_very_long_line_is_an_error_that_is_short() -> None:
    (found,) = read("/friction silence " + "x" * 9000)
    assert len(found.text) == 200
    assert found.error == "this is too long: at most 500 characters before because"


ENDS = {
    "": Until("date", AT + USUAL, usual=True),
    "2w": Until("date", AT + timedelta(days=14)),
    "until 36h": Until("date", AT + timedelta(hours=36)),
    "until fixed": Until("fixed"),
    "until 7 sessions": Until("sessions", sessions=7),
    "until v2.1.0": Until("version", version="2.1.0"),
    "forever": Until("forever"),
    "until 2026-12-24": Until("date", datetime(2026, 12, 24, 23, 59, 59, tzinfo=UTC)),
}
SCOPES = {
    "": Scope(),
    "this": Scope(),
    "rule": Scope("rule"),
    "key tool=Bash": Scope("key", "tool", "Bash"),
    "person": Scope("person"),
    "person maya": Scope("person", "maya"),
    "repo": Scope("repo"),
}


@given(
    st.sampled_from(sorted(ENDS)), st.sampled_from(sorted(SCOPES)), st.booleans(), st.sampled_from(["", "it is known"])
)
def test_a_silence_is_the_same_in_any_order(end: str, scope: str, first: bool, because: str) -> None:
    words = " ".join([end, scope] if first else [scope, end])
    (found,) = read(f"/friction silence {words}" + (f" because {because}" if because else ""))
    assert (found.error, found.until, found.scope, found.because) == ("", ENDS[end], SCOPES[scope], because)


PIECES = (
    "until",
    "for",
    "this",
    "rule",
    "key",
    "a=b",
    "person",
    "2w",
    "#1",
    "by",
    "in",
    "because",
    "x",
    '"',
    "0d",
    "=",
)
WORDS = st.lists(st.sampled_from([*NAMES, *PIECES]), max_size=8).map(" ".join)


@settings(max_examples=150, deadline=None)
@given(WORDS | st.text(max_size=80))
def test_any_text_is_a_command_or_an_error_in_short_plain_words(text: str) -> None:
    found = read(f"/friction {text}")
    assert found == read(f"/friction {text}")
    for command in found:
        assert command.name in {*NAMES, ""}
        assert bool(command.name) or bool(command.error)
        for words in (command.text, command.error, command.hint):
            assert len(words) <= 200
            assert "\n" not in words
        assert not command.hint or not read(command.hint)[0].error
