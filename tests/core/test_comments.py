"""Comments: each is about something a person acts on, and is found again by its hidden line."""

from __future__ import annotations

import pytest
from cases import case, finding, fixed
from made import days_ago, signal

from bot.core import comments
from bot.core.comments import Note, note_of, signed
from bot.core.judge import Judgement

NOTE = Note("regression:2026-02-10T12:00:00", "ab" * 16)


def test_a_signed_comment_is_found_again_by_its_topic() -> None:
    assert note_of(signed("This is back.", NOTE)) == NOTE
    assert signed("This is back.", NOTE).startswith("This is back.\n\n<!-- frictionbot-note ")


def test_with_a_key_only_the_right_signature_counts() -> None:
    body = signed("This is back.", NOTE, b"one key")
    assert note_of(body, b"one key") == NOTE
    assert note_of(body, b"another") is None
    assert note_of(signed("This is back.", NOTE), b"one key") is None


@pytest.mark.parametrize(
    "body",
    [
        "",
        "no line",
        "<!-- frictionbot-note topic=x -->",
        "> " + signed("x", NOTE).splitlines()[-1],
        signed("x", NOTE) + "\nmore",
    ],
)
def test_only_the_last_line_counts_and_only_whole(body: str) -> None:
    assert note_of(body) is None


def test_a_regression_names_the_sessions_that_came_after_the_fix() -> None:
    found = finding(signals=(signal("new", 1), signal("old", 20)))
    judgement = fixed(10, after=1, by_signal={"new/1": "after_fix", "old/20": "before_fix"}, first_after=days_ago(1))
    said = comments.regression(case(found, judgement=judgement))
    assert "`new`" in said
    assert "`old`" not in said
    assert "Counted: 2 sessions before the fix, 0 during rollout, 0 on old code, 1 after." in said


def test_what_the_bot_closed_itself_says_why_it_is_back() -> None:
    said = comments.returned(case(judgement=Judgement(closed_at=days_ago(10), returned=2)))
    assert said.startswith("This is back: 2 sessions that started since this was closed 2026-02-10 12:00 UTC.")


def test_a_comment_mentions_nobody() -> None:
    said = comments.regression(case(judgement=fixed(10, after=2)))
    assert "`dana`" in said
    assert "@" not in said
