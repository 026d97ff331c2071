"""What the models refuse in a rule file, said with its place and with what to write instead."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from difflib import get_close_matches
from typing import Any, NamedTuple, get_args

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from bot.core.model import Problem
from bot.core.rule_model import Fix, IssueSpec, Match, Regression, Rule, Sample, SampleLine, Threshold
from bot.core.rule_yaml import Loaded, Path

_MODELS: Mapping[Path, type[BaseModel]] = {
    (): Rule,
    ("match",): Match,
    ("threshold",): Threshold,
    ("regression",): Regression,
    ("issue",): IssueSpec,
    ("fixes",): Fix,
    ("tests",): Sample,
    ("tests", "session"): SampleLine,
}
_WANTED = {
    "string_type": "text",
    "int_type": "a whole number without quotes",
    "bool_type": "true or false without quotes",
    "tuple_type": "a list: [one, two], or lines that begin with a dash",
    "dict_type": "a mapping: {name: value}, or indented lines of `name: value`",
    "mapping_type": "a mapping: {name: value}, or indented lines of `name: value`",
    "model_type": "a mapping: {name: value}, or indented lines of `name: value`",
}
_SHAPES = {
    "id": "lower-case words of a-z and 0-9 joined by single dashes, such as python-module-missing",
    "aliases": "earlier ids of the rule: lower-case words of a-z and 0-9 joined by single dashes",
    "group_by": "names of captures or built-in names: a-z, 0-9 and _, beginning with a letter",
    "expect": "names of group_by: a-z, 0-9 and _, beginning with a letter",
    "template": "the name of a template file such as issue.md.j2",
    "commit": "7 to 40 hex digits of a commit",
}


class Fault(NamedTuple):
    """Something wrong at a path of the file: at its key where `at_key`, else at its value."""

    code: str
    path: Path
    message: str
    at_key: bool = False
    missing: str = ""

    @property
    def field(self) -> str:
        """The top-level field that is at fault, "" for the file as a whole."""
        return str(self.path[0]) if self.path else self.missing


def placed(faults: Collection[Fault], loaded: Loaded, place: str) -> tuple[Problem, ...]:
    """The faults as problems with `file:line:column`, in the order of the file."""
    found = [((loaded.key_mark if each.at_key else loaded.value_mark)(each.path), each) for each in faults]
    found.sort(key=lambda pair: pair[0])
    return tuple(Problem(each.code, f"{place}:{line}:{column}", each.message) for (line, column), each in found)


def faults_of(error: ValidationError) -> Iterator[Fault]:
    """Each refusal of the models as a fault."""
    for details in error.errors(include_url=False):
        if details["type"] == "too_short" and details["input"]:
            continue  # pydantic counts only the sound entries; the others have their own faults
        yield _fault(details, tuple(part for part in details["loc"] if part != "[key]"))


def suggestion(name: str, known: Collection[str]) -> str:
    """`did you mean x? ` where one of the known names is near, else ""."""
    near = get_close_matches(name, sorted(known), n=1, cutoff=0.6)
    return f"did you mean {near[0]}? " if near else ""


def nearest(name: str, known: Collection[str]) -> frozenset[str]:
    """The field itself where it is known, else those that it may be a misspelling of."""
    return frozenset({name} if name in known else get_close_matches(name.replace("-", "_"), sorted(known)))


def _fault(details: ErrorDetails, path: Path) -> Fault:
    kind, name, given = details["type"], str(path[-1]) if path else "", details["input"]
    names = tuple(str(part) for part in path if not isinstance(part, int))
    if kind == "extra_forbidden":
        known = _MODELS[names[:-1]].model_fields
        near = suggestion(name, known)
        return Fault(
            "rule_field", path, f"there is no field {name} here: {near}known: {', '.join(sorted(known))}", at_key=True
        )
    if kind == "missing":
        return Fault("rule_missing", path[:-1], f"{_shown(path)} is missing: {_description(names)}", missing=name)
    if kind == "literal_error":
        allowed = _allowed(names)
        near = suggestion(str(given), allowed)
        return Fault(
            "rule_value", path, f"{_shown(path)} cannot be {_cut(given)}: {near}write one of {', '.join(allowed)}"
        )
    if kind == "value_error":
        return Fault("rule_value", path, str(details["ctx"]["error"]))
    if kind == "string_pattern_mismatch":
        shape = next((_SHAPES[each] for each in reversed(names) if each in _SHAPES), "text on one line")
        return Fault("rule_value", path, f"{_shown(path)} cannot be {_cut(given)}: write {shape}")
    if kind in _WANTED:
        return Fault("rule_type", path, f"{_shown(path)} must be {_WANTED[kind]}, not {_kind_of(given)}")
    return Fault("rule_value", path, f"{_shown(path)}: {_limit(details)}")


def _limit(details: ErrorDetails) -> str:
    limits = details.get("ctx", {})
    match details["type"]:
        case "string_too_short" | "too_short":
            return "must not be empty"
        case "string_too_long":
            return f"must have at most {limits['max_length']} characters, this has {len(details['input'])}"
        case "too_long":
            return f"must have at most {limits['max_length']} entries, this has {limits['actual_length']}"
        case "greater_than_equal":
            return f"must be at least {limits['ge']}, this is {_cut(details['input'])}"
        case "less_than_equal":
            return f"must be at most {limits['le']}, this is {_cut(details['input'])}"
        case _:
            return details["msg"]


def _shown(path: Path) -> str:
    return ".".join(str(part + 1) if isinstance(part, int) else part for part in path) or "a rule file"


def _description(names: tuple[str, ...]) -> str:
    field = _MODELS[names[:-1]].model_fields[names[-1]]
    return (field.description or "") + (f" One of {', '.join(_allowed(names))}." if _allowed(names) else "")


def _allowed(names: tuple[str, ...]) -> tuple[str, ...]:
    kind = _MODELS[names[:-1]].model_fields[names[-1]].annotation
    parts = [part for each in get_args(kind) for part in (get_args(each) or (each,))]
    return tuple(part for part in parts if isinstance(part, str))


def _kind_of(value: Any) -> str:
    if isinstance(value, dict):
        return "a mapping"
    return "a list" if isinstance(value, tuple) else _cut(value)


def _cut(value: Any) -> str:
    text = str(value)
    return repr(text if len(text) <= 60 else text[:59] + "…")
