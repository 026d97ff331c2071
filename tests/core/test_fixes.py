"""Which changes fix an issue: closing keywords, and what reverts bring about."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.fixes import closing, mentions, standing
from bot.core.history import Change

START = datetime(2026, 2, 1, tzinfo=UTC)
REPOSITORY = "acme/shop"


def sha(letter: str) -> str:
    return letter * 40


def commit(letter: str, message: str, day: int = 0) -> Change:
    return Change(sha(letter), START + timedelta(days=day), message, sha(letter))


def pull(number: int, message: str, day: int = 0, merge: str = "") -> Change:
    return Change(f"#{number}", START + timedelta(days=day), message, merge)


def revert(letter: str, of: str, day: int) -> Change:
    return commit(letter, f'Revert "Fixes #7"\n\nThis reverts commit {of}.', day)


@pytest.mark.parametrize(
    "message",
    [
        "Fixes #7", "fix #7", "fixed: #7", "Closes #7", "close GH-7", "Resolved #7", "Pin pandas (resolves #7)",
        "Fixes acme/shop#7", "fixes Acme/Shop#7", "closes https://github.com/acme/shop/issues/7", "See #1, fixes #7",
    ],
)  # fmt: skip
def test_a_closing_keyword_before_the_number_closes(message: str) -> None:
    change = commit("a", message)
    assert closing([change], REPOSITORY, 7) == (change,)


@pytest.mark.parametrize(
    "message",
    [
        "#7", "See #7", "fixes 7", "fixes #70", "fixes acme/site#7", "prefixes #7", "fixes: see #7",
        "`fixes #7`", "```\nfixes #7\n```", "~~~\nfixes #7", "> fixes #7", "<!-- fixes #7 -->", "<!-- fixes #7",
        "fixes\n#7", "",
    ],
)  # fmt: skip
def test_a_mention_or_what_is_only_shown_closes_nothing(message: str) -> None:
    assert closing([commit("a", message)], REPOSITORY, 7) == ()


def test_what_a_text_names_in_any_way_is_a_mention() -> None:
    change = commit("a", "See #7, acme/shop#8 and other/repo#9; `#10`; https://github.com/acme/shop/pull/11")
    assert mentions(change, REPOSITORY) == frozenset({7, 8, 11})


def test_a_revert_voids_and_a_revert_of_the_revert_brings_back_from_then_on() -> None:
    fix, undone, again = commit("a", "Fixes #7"), revert("b", sha("a"), 3), revert("c", sha("b"), 5)
    assert closing([fix, undone], REPOSITORY, 7) == ()
    assert closing([fix, undone, again], REPOSITORY, 7) == (fix._replace(at=START + timedelta(days=5)),)


def test_a_revert_that_quotes_the_keyword_is_no_fix_itself() -> None:
    assert closing([revert("b", sha("a"), 3)], REPOSITORY, 7) == ()


def test_a_short_sha_counts_where_it_is_the_only_one() -> None:
    fix = commit("a", "Fixes #7")
    assert not standing(fix, [fix, revert("b", "aaaaaaa", 1)])
    twin = Change("aaaaaaa" + "b" * 33, START, "else")
    assert standing(fix, [fix, twin, revert("b", "aaaaaaa", 1)])


def test_a_pull_request_is_undone_by_its_number_or_its_merge_commit() -> None:
    merged = pull(12, "Pin\n\nFixes #7", merge=sha("d"))
    assert not standing(merged, [merged, pull(13, 'Revert "Pin"\n\nReverts #12', 2)])
    assert not standing(merged, [merged, pull(13, 'Revert "Pin"\n\nReverts acme/shop#12', 2)])
    assert not standing(merged, [merged, revert("e", sha("d"), 2)])
    assert standing(merged, [merged, pull(13, "Reverts nothing of #12", 2)])


def test_reverts_in_a_circle_end() -> None:
    one = commit("a", f"This reverts commit {sha('b')}.")
    two = commit("b", f"This reverts commit {sha('a')}.")
    assert {standing(one, [one, two]), standing(two, [one, two])} <= {True, False}


def test_hostile_messages_take_linear_time() -> None:
    huge = "fixes #7 " * 50_000 + "`" * 50_000 + "<!--" * 50_000 + "> " * 50_000
    assert closing([commit("a", huge)], REPOSITORY, 7) != ()


@given(st.integers(1, 7), st.randoms())
def test_reverts_alternate_in_whatever_order_the_changes_come(reverts: int, random: Any) -> None:
    changes = [commit("0", "Fixes #7")]
    for number in range(1, reverts + 1):
        changes.append(revert(f"{number}", changes[-1].ref, number))
    random.shuffle(changes)
    assert bool(closing(changes, REPOSITORY, 7)) is (reverts % 2 == 0)
