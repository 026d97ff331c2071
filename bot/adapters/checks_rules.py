"""Whether the rules and templates of an installation can be used as they are."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from bot.adapters.rulebook import load_rules, rule_files
from bot.adapters.templates import load_templates
from bot.core.diagnosis import Check, failed, ok, warning
from bot.core.model import Problem
from bot.core.render import Renderer
from bot.core.ruleset import Rule

_SHOWN = 5  # lines of their own; `rules check` has all


def rule_checks(folders: Sequence[Path]) -> Iterator[Check]:
    """Whether every rule file is right, and whether there is a rule to look for."""
    files = len(rule_files(folders)[0])
    rules, problems = load_rules(folders)
    if problems:
        said = f"{len(problems)} problems in {files} rule files; {len(rules)} rules can be used"
        yield failed("rules", said, "run `frictionbot rules check` and mend what it names", details=_lines(problems))
    elif not any(rule.status in {"stable", "shadow"} for rule in rules):
        yield warning("rules", f"{len(rules)} rules, none of them stable: nothing is ever filed", "make a rule stable")
    else:
        yield ok("rules", f"{len(rules)} rules in {files} files, {_counts(rules)}")


def template_checks(folder: Path | None) -> Iterator[Check]:
    """Whether every template can be read and rendered."""
    templates = load_templates(folder)
    renderer = Renderer(templates.texts, templates.places)
    problems = (*templates.problems, *renderer.problems())
    if problems:
        said = f"{len(problems)} problems in {len(templates.texts)} templates"
        fix = "mend what is named; templates/README.md says what a template may use"
        yield failed("templates", said, fix, details=_lines(problems))
    else:
        yield ok("templates", f"{len(templates.texts)} templates can be rendered")


def _counts(rules: Sequence[Rule]) -> str:
    counts = {
        status: sum(rule.status == status for rule in rules) for status in ("stable", "shadow", "draft", "retired")
    }
    return ", ".join(f"{count} {status}" for status, count in counts.items() if count)


def _lines(problems: Sequence[Problem]) -> list[str]:
    return [f"{problem.place}: {problem.message} [{problem.code}]" for problem in problems[:_SHOWN]]
