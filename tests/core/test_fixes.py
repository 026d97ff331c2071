"""Which changes fix an issue: closing keywords, and what reverts bring about."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.fixes import closing, mentions, qualified, standing
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


def test_what_undoes_a_pull_request_undoes_the_commit_that_it_became() -> None:
    squashed = commit("d", "Pin pandas (#12)\n\nFixes #7")
    merged, undone = pull(12, "Pin pandas\n\nFixes #7", merge=sha("d")), pull(13, 'Revert "Pin"\n\nReverts #12', 2)
    assert closing([merged, squashed, undone], REPOSITORY, 7) == ()
    assert closing([squashed, undone], REPOSITORY, 7) == ()
    assert closing([merged, squashed, revert("e", sha("d"), 2)], REPOSITORY, 7) == ()


def test_a_revert_that_is_told_twice_is_undone_once() -> None:
    fix = pull(12, "Pin\n\nFixes #7", merge=sha("d"))
    undone = pull(13, 'Revert "Pin"\n\nReverts acme/shop#12', 2, merge=sha("e"))
    twin = commit("e", 'Revert "Pin" (#13)\n\nReverts acme/shop#12', 2)
    back = pull(14, 'Reapply "Pin"\n\nReverts acme/shop#13', 4)
    assert closing([fix, undone, twin, back], REPOSITORY, 7) == (fix._replace(at=START + timedelta(days=4)),)


def test_a_revert_says_nothing_of_what_landed_again_after_it() -> None:
    first, undone = commit("a", "Pin (#12)\n\nFixes #7"), pull(13, 'Revert "Pin"\n\nReverts #12', 2)
    again = commit("c", "Pin (#12)\n\nFixes #7", 5)
    assert closing([first, undone, again], REPOSITORY, 7) == (again,)


def test_a_revert_of_what_caused_the_trouble_is_its_fix() -> None:
    cause = commit("a", "Use the new cache")
    fix = commit("b", f'Revert "Use the new cache"\n\nThis reverts commit {sha("a")}.\n\nFixes #7', 3)
    assert closing([cause, fix], REPOSITORY, 7) == (fix,)


def test_a_revert_that_repeats_the_message_it_undoes_is_no_fix() -> None:
    fix = commit("a", "Pin pandas\n\nFixes #7")
    undone = commit("b", f'Revert "Pin pandas"\n\nThis reverts commit {sha("a")}.\n\n* Pin pandas\n\nFixes #7', 3)
    assert closing([fix, undone], REPOSITORY, 7) == ()


def test_a_long_chain_of_reverts_is_followed_to_its_end() -> None:
    changes = [commit("0", "Fixes #7")]
    for number in range(1, 201):
        name = f"{number:040x}"
        changes.append(Change(name, START + timedelta(days=number), f"This reverts commit {changes[-1].ref}.", name))
    assert closing(changes, REPOSITORY, 7) == (changes[0]._replace(at=START + timedelta(days=200)),)
    assert closing(changes[:-1], REPOSITORY, 7) == ()


def test_changes_that_all_undo_each_other_all_stand() -> None:
    numbers = range(1, 60)
    circle = [pull(one, "\n".join(f"Reverts #{other}" for other in numbers if other != one)) for one in numbers]
    assert all(standing(each, circle) for each in circle)


@given(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9)), max_size=20), st.randoms())
def test_the_order_of_the_changes_never_matters(undone: list[tuple[int, int]], random: Any) -> None:
    reverts = {who: [of for by, of in undone if by == who] for who in range(10)}
    changes = [
        commit(f"{who}", "Fixes #7\n" + "\n".join(f"This reverts commit {sha(str(of))}." for of in of_these), who)
        for who, of_these in reverts.items()
    ]
    found = closing(changes, REPOSITORY, 7)
    random.shuffle(changes)
    assert closing(changes, REPOSITORY, 7) == found


def test_bare_numbers_are_given_the_repository_that_they_are_of() -> None:
    message = "Fixes #7, gh-8 and other/repo#9 (#10); https://github.com/acme/shop/issues/11"
    assert qualified(message, "acme/site") == (
        "Fixes acme/site#7, acme/site#8 and other/repo#9 (acme/site#10); https://github.com/acme/shop/issues/11"
    )
