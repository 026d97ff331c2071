"""Rules and their samples, for people and for programs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from bot.commands.tables import Draw, Table, columns
from bot.commands.wording import several
from bot.core.duration import show_duration
from bot.core.model import Problem
from bot.core.rehearse import SampleResult
from bot.core.rule_model import Rule

_LIST = columns("rule", "status", "severity", "confidence", "event", "opens at", "title", fixed=("rule",))


def rules_text(rules: Sequence[Rule], draw: Draw) -> str:
    """One row a rule, in order of id."""
    rows = tuple(
        (rule.id, rule.status, rule.severity, rule.confidence, rule.match.event, _threshold(rule), rule.title)
        for rule in rules
    )
    return draw(Table(_LIST, rows))


def rule_json(rule: Rule) -> Mapping[str, Any]:
    """A rule without its samples, as its file would say it."""
    return {**rule.model_dump(mode="json", exclude={"tests"}), "samples": len(rule.tests)}


def check_text(files: int, problems: Sequence[Problem]) -> str:
    """What a check of rule files comes to, in a line."""
    if not problems:
        return f"{several(files, 'rule file')}: no problems\n"
    return f"{several(files, 'rule file')}: {several(len(problems), 'problem')}, said on stderr\n"


def samples_text(results: Sequence[SampleResult], problems: Sequence[Problem]) -> str:
    """A line for each rule, a line for each sample that failed, and what it comes to."""
    by_rule: dict[str, list[SampleResult]] = {}
    for result in results:
        by_rule.setdefault(result.rule, []).append(result)
    lines: list[str] = []
    for rule, samples in by_rule.items():
        failed = [sample for sample in samples if not sample.passed]
        passed = f"{len(samples) - len(failed)} of {several(len(samples), 'sample')}"
        lines.append(f"{'FAIL' if failed else 'pass'}  {rule}  {passed}")
        lines += [f"FAIL  {rule}  {sample.message}" for sample in failed]
    failed_samples = sum(not result.passed for result in results)
    lines.append(f"{several(len(results), 'sample')} of {several(len(by_rule), 'rule')}: {failed_samples} failed")
    if broken := len(problems) - failed_samples:
        lines[-1] += f"; {several(broken, 'problem')} of rule files, said on stderr"
    return "".join(f"{line}\n" for line in lines)


def sample_json(result: SampleResult) -> Mapping[str, Any]:
    """What became of one sample."""
    return {
        "rule": result.rule,
        "sample": result.sample,
        "passed": result.passed,
        "expected": [dict(group) for group in result.expected],
        "found": [dict(group) for group in result.found],
    }


def _threshold(rule: Rule) -> str:
    need = rule.threshold
    counted = f"{several(need.sessions, 'session')} of {several(need.people, 'person', 'people')}"
    return f"{counted} in {show_duration(need.within)}"
