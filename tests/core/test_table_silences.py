"""Rows of the table about orders: silenced, the end of a silence, catching up, what is shown, and asked duplicates."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from cases import AT, REPOSITORY, case, decided, finding, fixed, issue, planned
from made import NOW, days_ago

from bot.core.block import block
from bot.core.case import Block, Case, Moment
from bot.core.history import Remark
from bot.core.model import KnownIssue
from bot.core.silence import Held, Silence
from bot.core.slash import DONE, Command, Order, Scope, Until, Wishes


def held(
    *, ends: float | None = -10, over: float | None = None, since: float = 20, kept: int = 3, **said: object
) -> Held:
    until = Until("forever") if ends is None else Until("date", days_ago(ends))
    made = Silence(REPOSITORY, 55, 7, "some-rule", "", Scope(), until, days_ago(since), "maya", "flaky runner")
    silence = made._replace(**said)  # type: ignore[arg-type]
    return Held(silence, until.at, None if over is None else days_ago(over), kept, 1)


def silenced(of: Case, *those: Held, **fields: object) -> Case:
    """The case as the cycle makes it: with silences, and with the block that shows them."""
    whole = replace(of, silences=those, **fields)  # type: ignore[arg-type]
    return replace(whole, block=block(whole, 7, NOW))


def shown(of: Case, **fields: object) -> KnownIssue:
    """The issue of a case that shows its orders already."""
    marker = {"orders": of.block.digest, "hush": "1", "story": "0" * 16}
    return issue(of, marker=marker, **fields)  # type: ignore[arg-type]


def order(name: str, **fields: object) -> Order:
    command = Command(name, 1, f"/friction {name}", **fields)  # type: ignore[arg-type]
    remark = Remark(REPOSITORY, 55, 7, "maya", days_ago(1), days_ago(1), "", role="write")
    return Order(command, remark, DONE)


def test_nothing_is_opened_while_its_rule_is_silenced() -> None:
    of = silenced(case(), held(scope=Scope("rule")))
    assert decided(of) == [("skip", "silenced", None)]


def test_a_silenced_issue_is_not_told_of_growth() -> None:
    of = silenced(case(finding(10)), held())
    assert decided(of, shown(of)) == [("skip", "silenced", 7)]
    assert decided(case(finding(10)), issue(case(finding(2)))) == [("comment", "milestone", 7)]


def test_a_silenced_issue_is_not_reopened_by_a_regression() -> None:
    of = silenced(case(finding(4), judgement=fixed(5, after=3)), held())
    assert decided(of, shown(of, closed=5)) == [("skip", "silenced", 7)]
    loud = case(finding(4), judgement=fixed(5, after=3))
    assert decided(loud, issue(loud, closed=5)) == [("reopen", "regression", 7)]


def test_a_silenced_issue_is_not_closed_as_quiet() -> None:
    of = silenced(case(finding(3, state="quiet")), held())
    assert decided(of, shown(of)) == [("skip", "silenced", 7)]


def test_what_is_put_right_beside_a_silenced_issue_waits_too() -> None:
    of = silenced(case(), held())
    assert decided(of, shown(of), issue(of, 9)) == [("skip", "silenced", 7)]


def test_a_new_silence_is_shown_in_the_issue_by_one_quiet_edit() -> None:
    of = silenced(case(), held())
    (action,) = planned(of, issue(of, marker={}))
    assert (action.action, action.row, action.comment) == ("update", "silenced", "")
    assert dict(action.fields)["orders"] == of.block.digest
    assert dict(action.fields)["hush"] == "1"


def test_a_locked_issue_is_left_alone_even_by_a_silence() -> None:
    of = silenced(case(), held())
    assert decided(of, issue(of, locked=True)) == [("skip", "locked", 7)]


def test_a_duplicate_is_followed_before_a_silence_is_asked() -> None:
    of = silenced(case(), held())
    assert decided(of, shown(of, closed=3, state_reason="duplicate")) == [("skip", "duplicate", 7)]


def test_a_silence_outranks_that_an_issue_is_not_planned() -> None:
    of = silenced(case(), held())
    assert decided(of, shown(of, closed=3, state_reason="not_planned")) == [("skip", "silenced", 7)]


@pytest.mark.parametrize(("ends", "row"), [(-2.9, "silence_ends"), (-3.1, "silenced")])
def test_the_end_of_a_silence_is_said_where_it_was_given(ends: float, row: str) -> None:
    of = silenced(case(), held(ends=ends))
    assert decided(of, shown(of))[0][1] == row


def test_the_end_of_a_silence_is_said_once() -> None:
    of = silenced(case(), held(ends=-2))
    (first,) = planned(of, shown(of))
    told = issue(of, marker={"orders": of.block.digest, "hush": "1", **dict(first.fields)})
    assert (first.action, decided(of, told)) == ("comment", [("skip", "silenced", 7)])


def test_the_end_of_a_silence_is_not_said_on_other_issues() -> None:
    of = silenced(case(), held(ends=-2, issue=3, scope=Scope("rule")))
    assert decided(of, shown(of)) == [("skip", "silenced", 7)]


def test_after_a_silence_one_comment_tells_all_that_it_kept_quiet() -> None:
    of = silenced(case(finding(10)), held(ends=1, over=1))
    (action,) = planned(of, issue(case(finding(2)), marker={"orders": "x", "hush": "1"}))
    assert (action.action, action.row, action.topic) == ("comment", "caught_up", "ended:55")
    assert "3 sessions kept quiet" in action.comment
    assert {name: dict(action.fields)[name] for name in ("hush", "told")} == {"hush": "", "told": "2,5"}


def test_after_a_silence_given_elsewhere_an_issue_is_only_edited() -> None:
    of = silenced(case(finding(10)), held(ends=1, over=1, issue=3, scope=Scope("rule")))
    (action,) = planned(of, issue(case(finding(2)), marker={"orders": "x", "hush": "1"}))
    assert (action.action, action.row, action.comment) == ("update", "caught_up", "")


def test_a_silence_that_kept_nothing_quiet_ends_without_a_comment() -> None:
    of = silenced(case(), held(ends=1, over=1, kept=0))
    (action,) = planned(of, issue(of, marker={"orders": "x", "hush": "1"}))
    assert (action.action, action.row) == ("update", "caught_up")
    assert "nothing happened that it would have kept quiet" in of.block.text


def test_what_a_person_lifted_is_caught_up_without_a_comment() -> None:
    of = silenced(case(finding(10)), held(ends=None, over=1, lifted=days_ago(1)))
    (action,) = planned(of, issue(case(finding(2)), marker={"orders": "x", "hush": "1"}))
    assert (action.action, action.row) == ("update", "caught_up")


def test_an_issue_that_shows_no_order_any_more_is_edited_once() -> None:
    of = case()
    (action,) = planned(of, issue(of, marker={"orders": "0123456789abcdef"}))
    assert (action.action, action.row, dict(action.fields)["orders"]) == ("update", "orders", "")
    assert decided(of, issue(of)) == [("skip", "says_it", 7)]


def test_an_acknowledged_issue_is_not_told_of_growth() -> None:
    of = silenced(case(finding(10)), wishes=Wishes(ack=order("ack")))
    assert decided(of, shown_open(of)) == [("update", "update", 7)]


def shown_open(of: Case) -> KnownIssue:
    return issue(case(finding(2)), marker={"orders": of.block.digest})


def test_an_issue_is_closed_as_the_duplicate_that_a_comment_says_it_is() -> None:
    of = silenced(case(), wishes=Wishes(duplicate=order("duplicate", number=3)))
    (action,) = planned(of, issue(of))
    assert (action.action, action.row, action.state_reason, action.comment) == (
        "close", "asked_duplicate", "duplicate", "Duplicate of #3",
    )  # fmt: skip


def test_an_asked_duplicate_that_was_reopened_stays_open() -> None:
    of = silenced(case(), wishes=Wishes(duplicate=order("duplicate", number=3)))
    assert decided(of, issue(of, marker={"duplicate_of": "3"})) == [("skip", "says_it", 7)]


def test_the_silence_of_a_person_leaves_the_issue_loud() -> None:
    of = silenced(case(finding(10)), held(scope=Scope("person", "ada")))
    assert decided(of, shown_open(of)) == [("comment", "milestone", 7)]


def test_the_notice_of_an_end_follows_the_settings() -> None:
    of = silenced(case(), held(ends=-5, since=10))
    week = Moment(NOW, notice=timedelta(days=5))
    assert decided(of, shown(of), at=AT)[0][1] == "silenced"
    assert decided(of, shown(of), at=week)[0][1] == "silenced"  # too short a silence for that notice
    long = silenced(case(), held(ends=-5, since=40))
    assert decided(long, shown(long), at=week)[0][1] == "silence_ends"


def test_the_block_names_who_silenced_until_when_and_why() -> None:
    of = silenced(case(), held())
    assert of.block.text == (
        "> [!NOTE]\n> - **Silenced** until 2026-03-02 12:00 UTC by `maya` ([comment](#issuecomment-55))"
        " because flaky runner · 3 sessions kept quiet"
    )


def test_the_digest_of_a_block_does_not_change_with_its_figures() -> None:
    few, many = silenced(case(), held(kept=1)).block, silenced(case(), held(kept=9)).block
    assert (few.digest == many.digest, few.text == many.text) == (True, False)
    assert silenced(case()).block == Block()


def test_the_block_mentions_nobody_and_runs_nothing() -> None:
    because = "@acme/team see #12 <!-- x --> /friction unsilence"
    text = silenced(case(), held(by="maya", because=because)).block.text
    assert ("@acme" in text, "#12" in text, "<!--" in text) == (False, False, False)
