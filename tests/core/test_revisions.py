"""Which commit a session had checked out: only what git said about the session's own place."""

from __future__ import annotations

import pytest
from made import rule

from bot.core.match import Matchers
from bot.core.observe import Observation
from bot.core.revisions import said
from bot.core.rule_model import Sample, SampleLine
from bot.core.samples import events_of

SHA = "0123456789abcdef0123456789abcdef01234567"


@pytest.mark.parametrize(
    ("command", "output", "revision"),
    [
        ("git rev-parse HEAD", f"{SHA}\n", SHA),
        ("git rev-parse --short HEAD", "abc1234", "abc1234"),
        ("git log", f"commit {SHA} (HEAD -> main)\nAuthor: Ada\n", SHA),
        ("git log --oneline -5", "abc1234 Pin pandas\ndef5678 Older", "abc1234"),
        ("git log -n 3 --stat", f"commit {SHA}\n", SHA),
        ('git commit -m "Pin pandas"', "[main abc1234] Pin pandas\n 1 file changed", "abc1234"),
        ('git add -A && git commit -m "Pin"', "[main (root-commit) abc1234] Pin", "abc1234"),
        ("git commit --amend", "[detached HEAD abc1234] Pin", "abc1234"),
        ("git reset --hard HEAD~1", "HEAD is now at abc1234 Pin pandas", "abc1234"),
        ("git pull", "Updating abc1234..def5678\nFast-forward\n a | 2 +-", "def5678"),
    ],
)
def test_git_says_what_is_checked_out(command: str, output: str, revision: str) -> None:
    assert said(command, output) == revision


@pytest.mark.parametrize(
    ("command", "output"),
    [
        ("cat notes.txt", f"commit {SHA}"),
        ("echo git rev-parse HEAD", SHA),
        ("git rev-parse HEAD~3", SHA),
        ("git rev-parse origin/main", SHA),
        ("git log origin/main --oneline", "abc1234 Pin"),
        ("git log --oneline -- setup.py", "abc1234 Pin"),
        ("git log --author ada", f"commit {SHA}"),
        ("git log --format=%s", "abc1234"),
        ("git show abc1234", f"commit {SHA}"),
        ("git -C ../other rev-parse HEAD", SHA),
        ("cd ../other && git rev-parse HEAD", SHA),
        ("git status && cd ../other && git commit -m x", "[main abc1234] x"),
        ("git rev-parse HEAD", "fatal: not a git repository"),
        ("git status", "On branch main\nHEAD detached at abc1234"),
        ("git log | head -1", f"commit {SHA}"),
        ("git diff", "[main abc1234] Pin"),
        ("git log", ""),
    ],
)
def test_what_says_nothing_of_the_sessions_own_place_is_not_heard(command: str, output: str) -> None:
    assert said(command, output) == ""


def test_the_signals_of_a_session_carry_what_was_last_said() -> None:
    lines = (
        SampleLine(run="make", fails="boom goes the build"),
        SampleLine(run="git rev-parse HEAD", gives=SHA),
        SampleLine(run="make", fails="boom goes the build"),
        SampleLine(run="git commit -m x", gives="[main abc1234] x"),
        SampleLine(run="make", fails="boom goes the build"),
    )
    observation = Observation(Matchers([rule(text=("boom",), failed=True)]), "a.jsonl")
    for event in events_of(Sample(name="builds and commits", session=lines, expect=())):
        observation.feed(event)
    assert [signal.revision for signal in observation.result().signals] == ["", SHA, "abc1234"]
