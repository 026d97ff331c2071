"""Fixes and verdicts in words, in which nobody is mentioned."""

from __future__ import annotations

import pytest
from made import days_ago

from bot.core.fix_words import counted, discrepancy, rich_source, source
from bot.core.judge import Fix, Judgement, Verdicts

AT = days_ago(10)


@pytest.mark.parametrize(
    ("fix", "plain", "rich"),
    [
        (Fix(AT, "close", "dana"), "closed as completed by dana", "closed as completed by `dana`"),
        (Fix(AT, "close"), "closed as completed", "closed as completed"),
        (Fix(AT, "commit", "a" * 40), "commit aaaaaaaaaa", "commit `aaaaaaaaaa`"),
        (Fix(AT, "pull_request", "#12"), "pull request #12", "pull request #12"),
        (Fix(AT, "rule", "commit abc1234"), "the rule's fixes (commit abc1234)", "the rule's fixes (`commit abc1234`)"),
        (
            Fix(AT, "version", "2.1", of="agent"),
            "version 2.1 of agent, first seen then",
            "version `2.1` of `agent`, first seen then",
        ),
        (Fix(AT, "command", "dana"), "a comment by dana", "a comment by `dana`"),
    ],
)
def test_a_fix_is_told_with_its_source(fix: Fix, plain: str, rich: str) -> None:
    assert (source(fix), rich_source(fix)) == (plain, rich)


def test_a_login_cannot_leave_its_code_span() -> None:
    assert rich_source(Fix(AT, "close", "a`@b")) == "closed as completed by ``a`@b``"


def test_verdicts_are_told_in_the_words_of_an_issue() -> None:
    assert counted(Verdicts(9, 1, 2, 0)) == "9 sessions before the fix, 1 during rollout, 2 on old code, 0 after"
    assert counted(Verdicts(1, undated=3)) == (
        "1 session before the fix, 0 during rollout, 0 on old code, 3 without a time, 0 after"
    )


def test_dates_that_do_not_agree_are_told_with_the_days_between() -> None:
    commit = Fix(days_ago(8), "commit", "a" * 40)
    early = Judgement(commit, (commit,), closed_at=AT, discrepancy="closed_before_fix", days=2.0)
    assert discrepancy(early) == (
        "closed before its fix landed: closed 2026-02-10 12:00 UTC, fixed 2026-02-12 12:00 UTC, 2 days between"
    )
    still = Judgement(commit, (commit,), discrepancy="fixed_still_open", days=1.0)
    assert discrepancy(still) == "fixed but still open: fixed 2026-02-12 12:00 UTC, 1 day ago"
    alone = Judgement(closed_at=AT, discrepancy="no_fix_found")
    assert discrepancy(alone) == "closed as completed 2026-02-10 12:00 UTC, with no fix to be found"
    assert discrepancy(Judgement()) == ""
