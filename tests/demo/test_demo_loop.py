"""The demo as a person sees it: real service, real HTTP, the sandbox, and what is told at the end."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from io import StringIO
from pathlib import Path

import pytest

from bot.demo.loop import demo


@pytest.fixture(scope="module")
def played() -> Iterator[tuple[int, str]]:
    out = StringIO()
    code = demo(out)
    yield code, out.getvalue()
    shutil.rmtree(Path(named_state(out.getvalue())).parent)


def named_state(told: str) -> str:
    found = re.search(r"frictionbot sandbox --state (\S+)", told)
    assert found
    return found[1]


def test_the_whole_loop_ends_well(played: tuple[int, str]) -> None:
    code, told = played
    assert "problem:" not in told
    assert "not done:" not in told
    assert code == 0


def test_the_first_run_files_each_friction_and_the_second_none(played: tuple[int, str]) -> None:
    _, told = played
    assert "opened 17 issues" in told
    assert "46 files unchanged, 0 read; 0 issues opened" in told


def test_the_table_tells_number_title_counts_and_labels(played: tuple[int, str]) -> None:
    _, told = played
    rows = re.findall(r"^ +#(\d+)  \S.*? +(\d+) +(\d+) +(\d+)$", told, re.MULTILINE)
    assert sorted(int(row[0]) for row in rows) == list(range(1, 18))
    assert told.count("user-feedback, ") == 17


def test_what_is_left_alone_is_told_with_its_reason(played: tuple[int, str]) -> None:
    _, told = played
    assert re.search(r"service-unreachable: psql +24 x  below its threshold: 1 of 3 sessions", told)


def test_a_comment_silences_the_issue_and_is_answered(played: tuple[int, str]) -> None:
    _, told = played
    assert "The bot's reaction to the comment: +1." in told
    assert re.search(r"\*\*Silenced\*\* until 2026-03-06 09:00 UTC by `maya` .* · 3 sessions kept quiet", told)


def test_no_fake_secret_is_told(played: tuple[int, str]) -> None:
    _, told = played
    assert not re.search("Demo1Fake|Fake4Demo|FAKEDEMO|Walnut7|lotte", told)


def test_the_state_that_is_named_holds_the_issues_masked(played: tuple[int, str]) -> None:
    _, told = played
    state = Path(named_state(told)).read_text()
    assert "command-not-found" in state
    assert not re.search("Demo1Fake|Fake4Demo|FAKEDEMO|Walnut7|lotte", state)


def test_old_evidence_reopens_nothing_and_new_evidence_does_once(played: tuple[int, str]) -> None:
    _, told = played
    life = told[told.index("5. The next day") :]
    assert "skip    #1: commit" in life
    assert "4 sessions before the fix, 0 during rollout, 0 on old code, 0 after (2 would bring it back)" in life
    assert "reopen  #1: commit" in life
    assert life.count("This is back: 2 sessions that started after the fix.") == 1
