"""Rules: their models, and the reading of one rule file into a rule or its problems."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import timedelta
from typing import Any

from pydantic import ValidationError
from pydantic.json_schema import GenerateJsonSchema

from bot.core.duration import show_duration
from bot.core.model import Problem
from bot.core.rule_model import Fix, IssueSpec, Match, Regression, Rule, Sample, SampleLine, Threshold
from bot.core.rule_problems import Fault, faults_of, nearest, placed
from bot.core.rule_review import review
from bot.core.rule_yaml import Path, load

__all__ = [
    "Fix", "IssueSpec", "Match", "Regression", "Rule", "Sample", "SampleLine", "Threshold", "json_schema", "parse_rule",
]  # fmt: skip

# What stands in for a field that is broken while the others are reviewed.
_STAND_INS: Mapping[str, Any] = {
    "id": "x", "title": "x", "severity": "low", "confidence": "low", "detects": "x", "match": {"event": "tool_failure"},
}  # fmt: skip


def parse_rule(text: str, place: str) -> tuple[Rule | None, tuple[Problem, ...]]:
    """The rule of a file, or None and every problem of the file at once; `place` is the file's path.

    A rule with any problem is none: what was only half understood files no issue.
    """
    loaded, problems = load(text, place)
    if loaded is None:
        return None, problems
    if not isinstance(loaded.value, dict):
        said = "a rule file is a mapping of fields: begin with `id: ` and the file's name"
        return None, (*problems, *placed([Fault("rule_type", (), said)], loaded, place))
    rule, faults = _validated(loaded.value, place)
    problems = tuple(sorted((*problems, *placed(faults, loaded, place)), key=_by_place))
    return (None, problems) if problems else (rule, ())


def json_schema() -> dict[str, Any]:
    """The JSON Schema of a rule file, for editors."""
    return Rule.model_json_schema(schema_generator=_Schema)


class _Schema(GenerateJsonSchema):
    """Defaults as a rule file would write them."""

    def encode_default(self, dft: Any) -> Any:
        return show_duration(dft) if isinstance(dft, timedelta) else super().encode_default(dft)


def _validated(value: dict[str, Any], place: str) -> tuple[Rule | None, list[Fault]]:
    try:
        rule = Rule.model_validate(value)
    except ValidationError as error:
        faults = list(faults_of(error))
        return None, faults + _reviewed_as_far_as_sound(value, place, faults)
    return rule, review(rule, place)


def _reviewed_as_far_as_sound(value: dict[str, Any], place: str, faults: Sequence[Fault]) -> list[Fault]:
    """What the checks say of the sound parts: unknown fields are left out, broken top-level ones stood in for."""
    unknown = [fault.path for fault in faults if fault.code == "rule_field"]
    broken = {str(fault.field) for fault in faults if fault.code != "rule_field"}
    doubtful = broken.union(*(nearest(str(path[0]), Rule.model_fields) for path in unknown))
    pruned = _without(value, frozenset(unknown))
    kept = {name: each for name, each in pruned.items() if name not in broken}
    found = review(Rule.model_validate({**_STAND_INS, **kept}), place, broken, doubtful)
    explained = {path[:-1] for path in unknown}
    return [fault for fault in found if fault.path not in explained]


def _without(value: Any, paths: Collection[Path]) -> Any:
    """A value without what stands at the paths."""
    if not paths:
        return value
    below = {step: frozenset(path[1:] for path in paths if path[0] == step) for step in {path[0] for path in paths}}
    if isinstance(value, Mapping):
        return {
            name: _without(each, below.get(name, ())) for name, each in value.items() if () not in below.get(name, ())
        }
    return tuple(_without(each, below.get(index, ())) for index, each in enumerate(value))


def _by_place(problem: Problem) -> tuple[int, int, str]:
    _, line, column = problem.place.rsplit(":", 2)
    return int(line), int(column), problem.message
