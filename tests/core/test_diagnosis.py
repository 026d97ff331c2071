"""What checks come to: the worst outcome, the exit code, and the object for programs."""

from __future__ import annotations

import pytest

from bot.core.diagnosis import (
    Check,
    Outcome,
    as_json,
    exit_code,
    failed,
    ok,
    overall,
    skipped,
    summary,
    unused,
    warning,
)

OK = ok("python", "Python 3.11.7")
WARNING = warning("disk", "0.4 GB free", "make room")
FAILED = failed("database", "it cannot be reached", "start the server", "here", ["refused"])
SKIPPED = skipped("beat", ["database", "redis"])


@pytest.mark.parametrize(
    ("checks", "worst", "code", "strict"),
    [
        ([], Outcome.OK, 0, 0),
        ([OK, SKIPPED], Outcome.OK, 0, 0),
        ([OK, WARNING], Outcome.WARNING, 0, 1),
        ([WARNING, FAILED, OK], Outcome.FAILED, 1, 1),
    ],
)
def test_the_worst_outcome_decides_the_exit_code(checks: list[Check], worst: Outcome, code: int, strict: int) -> None:
    assert overall(checks) is worst
    assert (exit_code(checks), exit_code(checks, strict=True)) == (code, strict)


def test_what_was_not_looked_at_says_why() -> None:
    assert SKIPPED.found == "not looked at, because database and redis failed"
    assert unused("redis", "no worker").found == "not used here: no worker"
    assert {SKIPPED.outcome, unused("redis", "").outcome} == {Outcome.SKIPPED}


def test_one_sentence_counts_the_outcomes() -> None:
    assert summary([OK, OK, WARNING, FAILED, SKIPPED]) == "2 ok, 1 warning, 1 failed, 1 skipped"
    assert summary([WARNING, WARNING]) == "2 warnings"
    assert summary([]) == "nothing was looked at"


def test_the_object_for_programs_has_every_field() -> None:
    assert as_json([OK, FAILED]) == {
        "schema": 1,
        "outcome": "failed",
        "checks": [
            {"name": "python", "place": "", "outcome": "ok", "found": "Python 3.11.7", "fix": "", "details": []},
            {
                "name": "database",
                "place": "here",
                "outcome": "failed",
                "found": "it cannot be reached",
                "fix": "start the server",
                "details": ["refused"],
            },
        ],
    }
