"""What has to be evaluated again, told from what an evaluation rested on and what is there now."""

from __future__ import annotations

from dataclasses import replace

import pytest
from cases import REPOSITORY, case, issue
from hypothesis import given
from hypothesis import strategies as st
from made import NOW, days_ago, rule

from bot.core.history import Change, Intent, Remark
from bot.core.orders import Orders
from bot.core.outlook import Renewed, always, as_json, from_json, outlook, renewed
from bot.core.rule_model import Fix
from bot.core.silence import Silence
from bot.core.slash import DONE, Command, Order, Scope, Until

CASE = case()
OPEN = issue(CASE, 7)
CHANGE = Change("a" * 40, days_ago(3), "Mend the door, see #7")
NO_ORDERS = Orders()
BEFORE = outlook("rules", NO_ORDERS, [OPEN], [])


def _now(
    orders: Orders = NO_ORDERS, *issues: object, changes: tuple[Change, ...] = (), settings: str = "rules"
) -> Renewed:
    now = outlook(settings, orders, issues or [OPEN], changes)  # type: ignore[arg-type]
    return renewed(BEFORE, now, REPOSITORY, changes)


def test_where_nothing_is_different_nothing_is_evaluated_again() -> None:
    assert _now() == Renewed()


def test_what_was_never_evaluated_is_evaluated_as_a_whole() -> None:
    assert renewed(None, BEFORE, REPOSITORY, ()).whole == "it was never evaluated"


def test_other_rules_or_settings_evaluate_everything() -> None:
    assert _now(settings="other rules").whole == "rules or settings are others"


def _spoken(command: Command) -> Orders:
    said = Remark(REPOSITORY, 1, 7, "maya", NOW, NOW, f"/friction {command.text}", role="triage")
    return Orders(given=(Order(command, said, DONE),), remarks=(said,))


@pytest.mark.parametrize(
    "command",
    [
        Command("silence", 1, "silence rule", scope=Scope("rule")),
        Command("unsilence", 1, "unsilence repo", scope=Scope("repo")),
        Command("split", 1, "split tool", word="tool"),
        Command("duplicate", 1, "duplicate #8", number=8),
    ],
)
def test_a_comment_about_more_than_its_issue_evaluates_everything(command: Command) -> None:
    assert _now(_spoken(command)).whole == "comments say something else"
    then = outlook("rules", _spoken(command), [OPEN], [])
    assert renewed(then, BEFORE, REPOSITORY, ()).whole == "comments say something else"  # it was deleted


@pytest.mark.parametrize("name", ["silence", "threshold", "fixed", "ack", ""])
def test_a_comment_about_its_own_issue_has_that_evaluated_from_all_evidence(name: str) -> None:
    said = frozenset({OPEN.fingerprint})
    assert _now(_spoken(Command(name, 1, name))) == Renewed(fingerprints=said, entire=said)
    then = outlook("rules", _spoken(Command(name, 1, name)), [OPEN], [])
    assert renewed(then, BEFORE, REPOSITORY, ()) == Renewed(fingerprints=said, entire=said)
    assert renewed(then, then, REPOSITORY, ()) == Renewed()


def test_what_the_bot_said_itself_evaluates_nothing() -> None:
    said = Remark(REPOSITORY, 1, 7, "frictionbot", NOW, NOW, "Now in 5 sessions.", own=True)
    assert _now(Orders(remarks=(said,))) == Renewed()


def test_an_issue_that_a_person_closed_evaluates_everything() -> None:
    assert _now(Orders(), replace(OPEN, state="closed")).whole == "#7 was closed, reopened or locked"


def test_an_issue_with_another_text_is_evaluated_alone() -> None:
    assert _now(Orders(), replace(OPEN, title="The door again")) == Renewed(fingerprints=frozenset({OPEN.fingerprint}))


def test_an_issue_that_is_new_or_gone_is_evaluated() -> None:
    other = replace(OPEN, number=8, fingerprint="f" * 64)
    assert _now(Orders(), OPEN, other).fingerprints == {"f" * 64}
    assert renewed(outlook("rules", Orders(), [OPEN, other], []), BEFORE, REPOSITORY, ()).fingerprints == {"f" * 64}


def test_an_issue_that_was_just_opened_needs_old_evidence_only_where_something_was_said_of_it() -> None:
    none, one = outlook("rules", NO_ORDERS, [], []), frozenset({OPEN.fingerprint})
    assert renewed(none, BEFORE, REPOSITORY, ()) == Renewed(fingerprints=one)
    said = outlook("rules", _spoken(Command("threshold", 1, "threshold sessions=8")), [OPEN], [])
    assert renewed(none, said, REPOSITORY, ()) == Renewed(fingerprints=one, entire=one)
    assert renewed(none, outlook("rules", NO_ORDERS, [OPEN], [CHANGE]), REPOSITORY, (CHANGE,)).entire == one
    closed = outlook("rules", NO_ORDERS, [replace(OPEN, state="closed")], [])
    assert renewed(none, closed, REPOSITORY, ()).entire == one


def test_a_commit_that_names_an_issue_has_it_evaluated() -> None:
    assert _now(changes=(CHANGE,)).fingerprints == {OPEN.fingerprint}


def test_a_commit_that_was_known_already_has_nothing_evaluated() -> None:
    before = outlook("rules", Orders(), [OPEN], [CHANGE])
    assert renewed(before, before, REPOSITORY, (CHANGE,)) == Renewed()


def test_a_revert_evaluates_everything() -> None:
    revert = Change("b" * 40, NOW, "Revert the door")
    assert _now(changes=(revert,)).whole == "commits were reverted or are gone"


def test_commits_that_are_gone_evaluate_everything() -> None:
    before = outlook("rules", Orders(), [OPEN], [CHANGE])
    assert renewed(before, BEFORE, REPOSITORY, ()).whole == "commits were reverted or are gone"


def test_a_filing_without_an_answer_is_evaluated_every_time() -> None:
    intent = Intent("0" * 32, REPOSITORY, "f" * 64, "open", "", NOW)
    assert always(Orders(), [OPEN], [intent], []).fingerprints == {"f" * 64}


def test_a_rule_that_names_its_fixes_or_is_silenced_by_a_comment_is_evaluated_every_time() -> None:
    fixing = rule("fixing", fixes=(Fix(pr=12),))
    silence = Silence(REPOSITORY, 1, 7, "old-name", "", Scope("rule"), Until("forever"), NOW)
    silenced = rule("new-name", aliases=("old-name",))
    asked = always(Orders(silences=(silence,)), [OPEN], [], [fixing, silenced, rule("other")])
    assert asked.rules == {"fixing", "new-name"}


def test_a_silence_of_a_whole_repository_or_a_person_evaluates_everything() -> None:
    for kind in ("repo", "person"):
        silence = Silence(REPOSITORY, 1, 7, "some-rule", "", Scope(kind, "ada"), Until("forever"), NOW)
        assert (
            always(Orders(silences=(silence,)), [OPEN], [], []).whole
            == "a silence is about the whole repository, or a person"
        )


@given(st.text(), st.lists(st.tuples(st.text(), st.text()), max_size=3))
def test_an_outlook_that_is_kept_is_read_as_it_was(settings: str, said: list[tuple[str, str]]) -> None:
    changes = [Change(ref, NOW, message) for ref, message in said]
    seen = outlook(settings.encode("utf-8", "replace").decode(), _spoken(Command("ack", 1, "ack")), [OPEN], changes)
    assert from_json(as_json(seen)) == seen


@given(st.binary() | st.sampled_from([b"{}", b"[]", b'{"settings":1,"orders":2,"issues":3,"changes":4}', b"null"]))
def test_an_outlook_that_cannot_be_read_is_none(text: bytes) -> None:
    assert from_json(text) is None
