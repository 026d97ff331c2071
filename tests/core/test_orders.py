"""Which commands are taken, from whom, where, and what they come to together."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from itertools import permutations

import pytest
from cases import REPOSITORY, case, issue
from hypothesis import given
from hypothesis import strategies as st
from made import NOW, days_ago

from bot.core.comments import Note, signed
from bot.core.history import Remark
from bot.core.orders import ORDER, Orders, Policy, Scene, as_command, in_force, order_topic, ordered
from bot.core.slash import Needed, Scope

CASE = case()
ISSUES = {7: issue(CASE, assignees=("ann",), marker={"key": '{"module":"pandas"}'}), 8: issue(CASE, 8)}
SCENE = Scene(ISSUES, people={"person-1a2b3c": "ada", "ada": "ada"})


def remark(body: str, number: int = 1, **fields: object) -> Remark:
    at = days_ago(10 - number / 10)
    made = Remark(REPOSITORY, number, 7, "maya", at, at, body, role="triage")
    return made._replace(**fields)  # type: ignore[arg-type]


def verdicts(*remarks: Remark, scene: Scene = SCENE) -> list[tuple[str, str]]:
    return [(order.command.name, order.verdict) for order in ordered(remarks, scene).given]


def silent(orders: Orders) -> list[int | None]:
    return [each.comment for each in orders.silences if each.lifted is None]


@pytest.mark.parametrize(
    ("role", "verdict"),
    [
        ("admin", "done"), ("maintain", "done"), ("write", "done"), ("triage", "done"),
        ("read", "refused"), ("none", "refused"), ("", "waiting"), ("owner of everything", "refused"),
    ],
)  # fmt: skip
def test_triage_or_more_may_silence_and_an_unknown_role_waits(role: str, verdict: str) -> None:
    assert verdicts(remark("/friction silence 2w", role=role)) == [("silence", verdict)]


@pytest.mark.parametrize(("role", "verdict"), [("admin", "done"), ("maintain", "done"), ("write", "refused")])
def test_forever_needs_maintain_or_more(role: str, verdict: str) -> None:
    orders = ordered([remark("/friction silence forever", role=role)], SCENE)
    assert [order.verdict for order in orders.given] == [verdict]
    if verdict == "refused":
        assert orders.given[0].words == "this needs the role maintain or more"


def test_the_settings_name_another_role_for_a_command() -> None:
    scene = replace(SCENE, policy=Policy(roles={"why": "read", "fixed": "admin"}))
    asked = remark("/friction why\n/friction fixed\n/friction silence 2w", role="write")
    assert verdicts(asked, scene=scene) == [("why", "done"), ("fixed", "refused"), ("silence", "done")]
    assert verdicts(remark("/friction why", role="read"), scene=scene) == [("why", "done")]


def test_an_assignee_may_silence_the_issue_and_nothing_wider() -> None:
    said = "/friction silence 2w\n/friction silence 2w rule\n/friction silence forever\n/friction fixed"
    mine = verdicts(remark(said, by="Ann", role="read+assigned"))
    assert mine == [("silence", "done"), ("silence", "refused"), ("silence", "refused"), ("fixed", "refused")]
    alone = replace(SCENE, policy=Policy(assignees=False))
    assert verdicts(remark("/friction silence 2w", by="ann", role="read+assigned"), scene=alone) == [
        ("silence", "refused")
    ]


@pytest.mark.parametrize("fields", [{"robot": True}, {"by": "helper[bot]"}, {"own": True}])
def test_robots_and_the_bots_own_comments_are_never_obeyed(fields: dict[str, object]) -> None:
    assert verdicts(remark("/friction silence 2w", **fields)) == []


def typed(text: str) -> str:
    """A comment as the bot makes it for somebody at the command line."""
    return signed(text, Note(order_topic(text), "0" * 32))


def test_the_bots_own_comment_from_the_command_line_is_obeyed() -> None:
    body = typed(as_command("/friction silence forever because it is old", "dana"))
    (order,) = ordered([remark(body, own=True, by="friction-bot", role="")], SCENE).given
    assert (order.verdict, order.command.because) == ("done", "it is old")
    reply = signed("/friction silence 2w", Note("reply:12", "0" * 32))
    assert verdicts(remark(reply, own=True, by="friction-bot")) == []


def test_whoever_edits_the_bots_comment_makes_it_say_nothing() -> None:
    body = typed(as_command("/friction silence 2w", ""))
    assert verdicts(remark(body.replace("2w", "forever repo"), own=True)) == []
    assert verdicts(remark(body, own=True, updated=NOW)) == []
    forged = signed("/friction silence forever repo", Note(f"{ORDER}x", "0" * 32))
    assert verdicts(remark(forged, own=True)) == []


def test_a_name_at_the_command_line_cannot_order_anything_itself() -> None:
    body = typed(as_command("/friction silence 2w", "x`\n\n/friction silence forever repo"))
    assert verdicts(remark(body, own=True)) == [("silence", "done")]


@pytest.mark.parametrize(
    ("said", "verdict"),
    [
        ("/friction silence 12 months", "done"),
        ("/friction silence 3 years", "refused"),
        ("/friction silence until 1000 sessions", "done"),
        ("/friction silence until 1001 sessions", "refused"),
    ],
)
def test_an_end_beyond_memory_needs_the_role_for_none(said: str, verdict: str) -> None:
    assert verdicts(remark(said)) == [("silence", verdict)]


def test_who_may_not_order_a_silence_may_not_end_it() -> None:
    endless = remark("/friction silence forever rule", 1, by="ann", role="admin")
    for text in ("/friction unsilence", "/friction unsilence rule", "/friction silence 1h rule"):
        orders = ordered([endless, remark(text, 2, by="tia")], SCENE)
        assert 1 in silent(orders), text
    told = ordered([endless, remark("/friction unsilence", 2)], SCENE).given[-1]
    assert told.words == "a silence here needs the role maintain or more to be ended"
    assert silent(ordered([endless, remark("/friction unsilence", 2, role="maintain")], SCENE)) == []


def test_an_assignee_ends_what_is_about_the_issue_alone() -> None:
    said = [remark("/friction silence 2w", 1), remark("/friction silence 2w rule", 2)]
    theirs = remark("/friction unsilence", 3, by="ann", role="read+assigned")
    assert silent(ordered([*said, theirs], SCENE)) == [2]


def test_unsilence_this_leaves_wider_silences_of_the_issue() -> None:
    said = [remark("/friction silence 2w", 1), remark("/friction silence 2w rule", 2)]
    assert silent(ordered([*said, remark("/friction unsilence this", 3)], SCENE)) == [2]
    assert silent(ordered([*said, remark("/friction unsilence", 3)], SCENE)) == []


def test_two_issues_cannot_be_duplicates_of_each_other() -> None:
    said = [remark("/friction duplicate #8", 1), remark("/friction duplicate #7", 2, issue=8)]
    orders = ordered(said, SCENE)
    assert [order.verdict for order in orders.given] == ["done", "unclear"]
    assert orders.given[1].words == "#7 is called a duplicate of this one"


def test_a_duplicate_that_could_not_be_looked_up_waits() -> None:
    scene = replace(SCENE, unseen=frozenset({3}))
    assert verdicts(remark("/friction duplicate #3"), scene=scene) == [("duplicate", "waiting")]


def test_a_length_that_was_over_when_it_was_written_is_said() -> None:
    (order,) = ordered([remark("/friction silence 2w", at=days_ago(40), updated=NOW)], SCENE).given
    assert order.words == "it was over 2026-01-25 12:00 UTC: a length counts from when a comment was made"


def test_what_the_rule_tells_apart_is_not_split_again() -> None:
    scene = replace(SCENE, groups={"some-rule": ("tool",)})
    (order,) = ordered([remark("/friction split by tool")], scene).given
    assert order.words == "the rule tells it apart by tool already"


def test_on_an_issue_of_somebody_else_nothing_is_taken() -> None:
    (order,) = ordered([remark("/friction silence 2w", issue=99)], SCENE).given
    assert (order.verdict, order.words) == (
        "unclear", "this is not an issue that frictionbot keeps: say it on one of its own",
    )  # fmt: skip
    unsure = replace(SCENE, sure=False)
    assert verdicts(remark("/friction silence 2w", issue=99), scene=unsure) == [("silence", "waiting")]


def test_a_later_silence_of_the_same_thing_takes_the_place_of_the_earlier() -> None:
    orders = ordered([remark("/friction silence 9w", 1), remark("/friction silence 1w", 2)], SCENE)
    assert silent(orders) == [2]
    wider = ordered([remark("/friction silence 9w", 1), remark("/friction silence 1w rule", 2)], SCENE)
    assert silent(wider) == [1, 2]


def test_unsilence_ends_what_was_silenced_in_the_issue() -> None:
    said = [remark("/friction silence 2w", 1), remark("/friction silence 2w rule", 2), remark("/friction unsilence", 3)]
    assert silent(ordered(said, SCENE)) == []
    elsewhere = said[2]._replace(issue=8)
    orders = ordered([*said[:2], elsewhere], SCENE)
    assert (silent(orders), orders.given[-1].words) == ([1, 2], "no silence of a comment fits this")


def test_unsilence_of_a_scope_ends_it_wherever_it_was_given() -> None:
    said = [
        remark("/friction silence 2w", 1),
        remark("/friction silence 2w rule", 2),
        remark("/friction unsilence rule", 3, issue=8),
    ]
    assert silent(ordered(said, SCENE)) == [1]


def test_only_silences_before_an_unsilence_are_ended_by_it() -> None:
    said = [remark("/friction unsilence", 1), remark("/friction silence 2w", 2)]
    assert silent(ordered(said, SCENE)) == [2]


def test_deleting_the_unsilence_brings_the_silence_back() -> None:
    said = [remark("/friction silence 2w", 1), remark("/friction unsilence", 2)]
    assert (silent(ordered(said, SCENE)), silent(ordered(said[:1], SCENE))) == ([], [1])


def test_a_silence_in_a_rule_file_is_not_ended_by_a_comment() -> None:
    scene = replace(SCENE, files=frozenset({"some-rule"}))
    (order,) = ordered([remark("/friction unsilence")], scene).given
    assert order.words == "the rule's file silences this: change silenced: there by pull request"


def test_notfixed_takes_back_what_was_called_fixed_before_it() -> None:
    said = [remark("/friction fixed", 1), remark("/friction notfixed", 2), remark("/friction fixed #12", 3)]
    wishes = ordered(said, SCENE).wishes[7]
    assert ([order.remark.id for order in wishes.mended], wishes.unfixed) == ([3], said[1].at)
    assert ordered(said[:2], SCENE).wishes[7].mended == ()


def test_the_last_word_of_each_kind_counts_for_its_issue() -> None:
    said = [
        remark("/friction threshold sessions=8", 1),
        remark("/friction threshold sessions=9\n/friction ack\n/friction evidence 20", 2),
        remark("/friction duplicate #3", 3, issue=8),
    ]
    wishes = ordered(said, SCENE).wishes
    needed, evidence, duplicate = wishes[7].needed, wishes[7].evidence, wishes[8].duplicate
    assert needed
    assert evidence
    assert duplicate
    assert needed.command.needed == Needed(sessions=9)
    assert (evidence.command.number, duplicate.command.number, bool(wishes[7].ack)) == (20, 3, True)


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ("/friction duplicate #7", "#7 is this issue itself"),
        ("/friction split by colour", "evidence can be split by tool, person, version, origin"),
        ("/friction silence 2w key colour=red", "the key of this issue has no colour; it has module"),
        (
            "/friction silence 2w person nobody",
            "no session of that person is known: write the name as the issue shows it, such as person-1a2b3c",
        ),
        ("/friction silence until fixed person ada", "the silence of a person ends at a date"),
    ],
)
def test_what_makes_no_sense_here_is_said(said: str, words: str) -> None:
    (order,) = ordered([remark(said)], SCENE).given
    assert (order.verdict, order.words) == ("unclear", words)


@pytest.mark.parametrize(
    ("said", "value"),
    [
        ("/friction silence 2w key module", "pandas"),
        ("/friction silence 2w key module=numpy", "numpy"),
        ('/friction silence 2w key module="undefined: <name>"', "undefined: <name>"),
        ("/friction silence 2w key module=src/__init__.py", "src/__init__.py"),
    ],
)
def test_a_value_of_the_key_is_found_whatever_markdown_left_of_it(said: str, value: str) -> None:
    others = {
        number: issue(CASE, number, marker={"rule": "some-rule", "key": f'{{"module":"{name}"}}'})
        for number, name in enumerate(("numpy", "undefined: <name>", "src/__init__.py"), 20)
    }
    mine = issue(CASE, marker={"rule": "some-rule", "key": '{"module":"pandas"}'})
    (silence,) = ordered([remark(said)], Scene({7: mine, **others})).silences
    assert silence.scope == Scope("key", "module", value)


def test_a_value_that_no_issue_has_yet_is_silenced_and_that_is_said() -> None:
    orders = ordered([remark("/friction silence 2w key module=nothing")], SCENE)
    assert (orders.given[0].verdict, orders.given[0].words) == (
        "done", "no issue of this rule has that module yet; key module alone means that of this issue",
    )  # fmt: skip
    assert orders.silences[0].scope == Scope("key", "module", "nothing")


def test_an_address_in_another_repository_is_not_taken_for_our_own() -> None:
    said = "/friction fixed https://github.com/acme/other/pull/12\n/friction duplicate https://github.com/acme/other/issues/3"
    orders = ordered([remark(said)], SCENE).given
    assert [order.words for order in orders] == ["that is in acme/other, and this is acme/shop"] * 2
    assert verdicts(remark("/friction fixed https://github.com/ACME/shop/pull/12")) == [("fixed", "done")]


def test_a_duplicate_of_nothing_is_said() -> None:
    (order,) = ordered([remark("/friction duplicate #3")], replace(SCENE, absent=frozenset({3}))).given
    assert (order.verdict, order.words) == ("unclear", "there is no issue #3 here")


def test_a_person_is_known_by_pseudonym_or_name_and_by_default_the_one_who_says_it() -> None:
    said = [
        remark("/friction silence 2w person person-1a2b3c", 1),
        remark("/friction silence 2w person", 2, by="Ada"),
    ]
    scopes = [each.scope for each in ordered(said, SCENE).silences]
    assert scopes == [Scope("person", "ada"), Scope("person", "ada")]


def test_an_error_is_only_told_to_those_who_may_order_something() -> None:
    assert verdicts(remark("/friction silense 2w", role="none")) == [("", "refused")]
    assert verdicts(remark("/friction silense 2w")) == [("", "unclear")]


def test_issues_in_force_are_those_with_an_order_that_holds_or_is_young() -> None:
    old = {"at": days_ago(100), "updated": days_ago(100)}
    assert in_force(ordered([remark("/friction silence 2w", **old)], SCENE), ISSUES, NOW) == frozenset()
    assert in_force(ordered([remark("/friction silence until fixed", **old)], SCENE), ISSUES, NOW) == {7}
    assert in_force(ordered([remark("/friction ack", **old)], SCENE), ISSUES, NOW) == {7}
    assert in_force(ordered([remark("/friction why")], SCENE), ISSUES, NOW) == {7}
    assert in_force(ordered([remark("/friction why", **old, role="")], SCENE), ISSUES, NOW) == {7}


SAID = (
    "/friction silence 2w",
    "/friction silence 1w rule",
    "/friction unsilence",
    "/friction fixed",
    "/friction notfixed",
)


@given(st.lists(st.sampled_from(SAID), max_size=5))
def test_the_order_in_which_comments_are_read_changes_nothing(said: list[str]) -> None:
    remarks = [remark(text, number) for number, text in enumerate(said, 1)]
    for shuffled in list(permutations(remarks))[:24]:
        assert ordered(shuffled, SCENE) == ordered(remarks, SCENE)


@given(st.lists(st.sampled_from(SAID), max_size=6), st.integers(0, 5))
def test_a_comment_of_a_stranger_changes_nothing(said: list[str], place: int) -> None:
    remarks = [remark(text, number) for number, text in enumerate(said, 1)]
    stranger = remark(SAID[place % len(SAID)], 50, by="eve", role="read", at=days_ago(9 - place / 10))
    with_them, without = ordered([*remarks, stranger], SCENE), ordered(remarks, SCENE)
    assert (with_them.silences, with_them.wishes) == (without.silences, without.wishes)


def test_a_silence_lasts_from_when_its_comment_was_made() -> None:
    made = remark("/friction silence 2w", updated=NOW)
    (silence,) = ordered([made], SCENE).silences
    assert silence.until.at == made.at + timedelta(weeks=2)
