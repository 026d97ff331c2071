"""Which commit a session had checked out: only what git said about the session's own place."""

from __future__ import annotations

import pytest
from made import rule

from bot.core.match import Matchers
from bot.core.model import Kind, Outcome
from bot.core.observe import Observation
from bot.core.revisions import moved, said
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
        ("git merge feature 2>&1", "Updating abc1234..def5678\nFast-forward\n a | 2 +-", "def5678"),
        ("git --no-pager log -3", f"commit {SHA}\nAuthor: Ada\n", SHA),
        ("git commit -am x 2>&1 | tail -3", "[main abc1234] x", "abc1234"),
        ("git commit -m x && git push", "[main abc1234] x\nTo example.org", "abc1234"),
        ("git checkout -b fix && git commit -m x", "Switched to a new branch 'fix'\n[fix abc1234] x", "abc1234"),
        ('git commit -m "$(cat <<\'EOF\'\nSay "cd" once; `make`\n\nEOF\n)"', "[main abc1234] Say", "abc1234"),
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
        ("git log --no-merges --oneline", "abc1234 Pin"),
        ("git show main:notes.txt", "HEAD is now at abc1234 Pin"),
        ("git reset --hard && cat notes.txt", "HEAD is now at abc1234 Pin"),
        ("git worktree add ../other main", "HEAD is now at abc1234 Pin"),
        ("git pull || true", "Updating abc1234..def5678\nerror: Your local changes would be lost\nAborting"),
        ("git commit -m x && git checkout -q main", "[fix abc1234] x"),
        ("git commit -m x\ncd ../other\ngit commit -m y", "[fix abc1234] x\n[main def5678] y"),
        ("git commit -m '" + "x" * 5000 + "'", "[main abc1234] x"),
    ],
)
def test_what_says_nothing_of_the_sessions_own_place_is_not_heard(command: str, output: str) -> None:
    assert said(command, output) == ""


@pytest.mark.parametrize(
    "command",
    [
        "git checkout main", "git pull --rebase", "cd .. && git switch -", "make && git rebase main", "gh pr checkout 12",
        "bash -c 'git reset --hard HEAD~1'", "git -C /srv/shop merge side", "git stash branch other", "git commit -q -m x",
    ],
)  # fmt: skip
def test_what_may_leave_another_commit_checked_out_is_told(command: str) -> None:
    assert moved(command)


@pytest.mark.parametrize(
    "command",
    [
        "git status", "git checkout -- setup.py", "git checkout -b fix", "git switch -c fix", "git reset", "git stash pop",
        "git merge-base main HEAD", "git log --merges", "git push", "npm run commit", "git diff; npm run reset",
    ],
)  # fmt: skip
def test_what_leaves_the_same_commit_checked_out_is_told(command: str) -> None:
    assert not moved(command)


def revisions(*lines: SampleLine) -> list[str]:
    """What each failing build of a session carries."""
    observation = Observation(Matchers([rule(text=("boom",), failed=True)]), "a.jsonl")
    for event in events_of(Sample(name="builds and commits", session=lines, expect=())):
        observation.feed(event)
    return [signal.revision for signal in observation.result().signals]


BUILD, HERE = SampleLine(run="make", fails="boom goes the build"), SampleLine(run="git rev-parse HEAD", gives=SHA)


def test_what_moved_without_a_word_makes_the_revision_unknown() -> None:
    assert revisions(HERE, BUILD, SampleLine(run="cd . && git pull", gives="Done."), BUILD) == [SHA, ""]
    assert revisions(HERE, SampleLine(run="git rebase main", fails="CONFLICT in setup.py"), BUILD) == [""]
    assert revisions(HERE, SampleLine(run="git fetch origin", gives=""), BUILD) == [SHA]


def test_the_revision_of_another_folder_is_not_taken_along() -> None:
    observation = Observation(Matchers([rule(text=("boom",), failed=True)]), "a.jsonl")
    said_then_built = events_of(Sample(name="builds elsewhere", session=(HERE, BUILD, BUILD, BUILD), expect=()))
    failures = [event for event in said_then_built if event.kind is Kind.RESULT and event.outcome is Outcome.FAILED]
    for event in said_then_built:
        if event.key == failures[1].key:
            observation.feed(said_then_built[0]._replace(cwd="/srv/project/deep"))
        if event.key == failures[2].key:
            observation.feed(said_then_built[0]._replace(cwd="/srv/other"))
        observation.feed(event)
    assert [signal.revision for signal in observation.result().signals] == [SHA, SHA, ""]


def test_the_signals_of_a_session_carry_what_was_last_said() -> None:
    lines = (
        SampleLine(run="make", fails="boom goes the build"),
        SampleLine(run="git rev-parse HEAD", gives=SHA),
        SampleLine(run="make", fails="boom goes the build"),
        SampleLine(run="git commit -m x", gives="[main abc1234] x"),
        SampleLine(run="make", fails="boom goes the build"),
    )
    assert revisions(*lines) == ["", SHA, "abc1234"]
