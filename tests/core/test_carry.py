"""Carrying issues over when a rule is renamed or groups otherwise."""

from __future__ import annotations

from dataclasses import replace

from cases import case, finding, issue
from made import rule

from bot.core.carry import carried
from bot.core.model import Finding, KnownIssue
from bot.core.rule_model import Rule

FINE = rule(sessions=2, people=2, group_by=("module", "tool"), text="(?P<module>x)")
COARSE = rule(sessions=2, people=2, group_by=("module",), text="(?P<module>x)")


def found(letter: str, used: Rule, **key: str) -> Finding:
    return finding(used=used, fingerprint=letter * 64, key=tuple(sorted(key.items())))


def filed(letter: str, used: Rule, number: int = 7, **key: str) -> KnownIssue:
    return issue(case(found(letter, used, **key), used), number)


def shared(findings: list[Finding], *issues: KnownIssue, used: Rule) -> dict[str, tuple[list[int], int | None]]:
    """First letter of each fingerprint → numbers of its issues, and of the issue that another finding took over."""
    result = carried(findings, {used.id: used}, issues)
    return {name[0]: ([each.number for each in there], claimed) for name, (there, claimed) in result.items()}


def test_an_issue_belongs_to_the_finding_of_its_fingerprint() -> None:
    own = found("a", COARSE, module="pandas")
    assert shared([own], filed("a", COARSE, module="pandas"), used=COARSE) == {"a": ([7], None)}


def test_a_finer_grouping_takes_the_issue_over_once_and_the_others_wait() -> None:
    findings = [found("b", FINE, module="pandas", tool="Bash"), found("c", FINE, module="pandas", tool="Read")]
    assert shared(findings, filed("a", COARSE, module="pandas"), used=FINE) == {"b": ([7], None), "c": ([], 7)}


def test_a_coarser_grouping_takes_all_its_issues_over() -> None:
    findings = [found("b", COARSE, module="pandas")]
    old = [filed("c", FINE, 7, module="pandas", tool="Bash"), filed("d", FINE, 9, module="pandas", tool="Read")]
    assert shared(findings, *old, used=COARSE) == {"b": ([7, 9], None)}


def test_another_key_is_another_problem() -> None:
    findings = [found("b", FINE, module="numpy", tool="Bash")]
    assert shared(findings, filed("a", COARSE, module="pandas"), used=FINE) == {"b": ([], None)}


def test_the_same_grouping_carries_nothing() -> None:
    findings = [found("b", COARSE, module="numpy")]
    assert shared(findings, filed("a", COARSE, module="pandas"), used=COARSE) == {"b": ([], None)}


def test_an_alias_of_the_rule_carries_over_and_another_rule_does_not() -> None:
    renamed = replace_id(FINE, "new-name", "some-rule")
    findings = [found("b", renamed, module="pandas", tool="Bash")]
    assert shared(findings, filed("a", COARSE, module="pandas"), used=renamed) == {"b": ([7], None)}
    stranger = replace_id(FINE, "new-name")
    findings = [found("b", stranger, module="pandas", tool="Bash")]
    assert shared(findings, filed("a", COARSE, module="pandas"), used=stranger) == {"b": ([], None)}


def test_an_issue_without_a_readable_key_is_left_alone() -> None:
    findings = [found("b", FINE, module="pandas", tool="Bash")]
    old = filed("a", COARSE, module="pandas")
    damaged = replace(old, body=old.body.replace("key=", "yek="))
    assert shared(findings, damaged, used=FINE) == {"b": ([], None)}


def replace_id(used: Rule, name: str, *aliases: str) -> Rule:
    return used.model_copy(update={"id": name, "aliases": aliases})
