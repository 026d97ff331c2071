"""Rule files as scenarios write them: `sessions 3, people 2, within 14d, regression 2, fixed at day 3`."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import yaml

from tests.scenario_reading import ScenarioError, moment, parts

_MODULE = {
    "event": "tool_result",
    "tool": ["Bash", "PowerShell"],
    "failed": True,
    "text": r"ModuleNotFoundError: No module named '(?P<module>\w+)'",
}
_ANY_FAILURE = {"event": "tool_failure"}

# What a scenario writes before a value, and where that value stands in a rule file.
_PLACES: Mapping[str, tuple[str, ...]] = {
    "sessions": ("threshold", "sessions"),
    "people": ("threshold", "people"),
    "occurrences": ("threshold", "occurrences"),
    "within": ("threshold", "within"),
    "clear below": ("threshold", "clear_below"),
    "quiet": ("threshold", "quiet"),
    "regression": ("regression", "sessions"),
    "reopen within": ("regression", "reopen_within"),
    "rollout": ("regression", "rollout"),
    "escalate": ("regression", "escalate"),
    "on quiet": ("issue", "on_quiet"),
    "status": ("status",),
    "severity": ("severity",),
}


class RuleFiles:
    """The rule files of a scenario; a rule that is said again is changed in what is said of it."""

    def __init__(self, folder: Path, named: Callable[[str], str]) -> None:
        self._folder, self._named = folder, named
        self._rules: dict[str, dict[str, Any]] = {}
        folder.mkdir(parents=True)

    def change(self, name: str, fields: str, place: str) -> None:
        """Write what a scenario says of a rule over what was there; `named` gives the sha of a commit by its name."""
        rule = self._rules.setdefault(name, _rule(name))
        for field in parts(fields):
            self._set(rule, field, place)
        self._write(name)

    def rename(self, name: str, other: str) -> None:
        """Give a rule another id, and its old one as an alias."""
        rule = self._rules.pop(name)
        (self._folder / f"{name}.yml").unlink()
        self._rules[other] = {**rule, "id": other, "aliases": [*rule.get("aliases", []), name]}
        self._write(other)

    def remove(self, name: str) -> None:
        """Delete a rule's file."""
        del self._rules[name]
        (self._folder / f"{name}.yml").unlink()

    def break_one(self) -> None:
        """Add a file that nobody can read."""
        (self._folder / "broken.yml").write_text("id: broken\ntitle: [never closed\n")

    def _set(self, rule: dict[str, Any], field: str, place: str) -> None:
        words, _, value = field.rpartition(" ")
        if words in _PLACES:
            *outer, last = _PLACES[words]
            into = rule
            for each in outer:
                into = into.setdefault(each, {})
            into[last] = int(value) if value.isdigit() else value
        elif field.startswith("grouped by "):
            rule["group_by"] = field.removeprefix("grouped by ").split(" + ")
        elif field.startswith("fixed "):
            rule.setdefault("fixes", []).append(self._fix(field, place))
        elif field.startswith("silenced "):
            rule["silenced"] = [_silenced(field.removeprefix("silenced "), place)]
        elif field == "not silenced":
            rule.pop("silenced", None)
        elif field == "about any failure":
            rule.update(match=_ANY_FAILURE, group_by=["signature"], title="{signature}")
        else:
            raise ScenarioError(f"{place}: a rule has no {field!r}")

    def _fix(self, field: str, place: str) -> dict[str, Any]:
        for words, name in (
            ("at", "at"),
            ("by commit", "commit"),
            ("by pull request", "pr"),
            ("in version", "version"),
        ):
            if field.startswith(f"fixed {words} "):
                value = field.removeprefix(f"fixed {words} ")
                made = {"at": lambda v: moment(v).isoformat(), "commit": self._named, "pr": lambda v: int(v.strip("#"))}
                return {name: made.get(name, str)(value)}
        raise ScenarioError(f"{place}: nobody understands {field!r}")

    def _write(self, name: str) -> None:
        rule = {**self._rules[name], "tests": _samples(self._rules[name]["group_by"])}
        (self._folder / f"{name}.yml").write_text(yaml.safe_dump(rule, sort_keys=False))


def _silenced(text: str, place: str) -> dict[str, Any]:
    """`silenced until day 9`, `silenced where module is pandas until day 9`, `silenced forever`."""
    found = re.fullmatch(r"(?:where (\w+) is (\S+) )?(?:until (day .+?)|forever)(?: because (.+))?", text)
    if not found:
        raise ScenarioError(f"{place}: nobody understands 'silenced {text}'")
    name, value, until, because = found.groups()
    said = {"key": {name: value} if name else None, "until": moment(until) if until else None, "because": because}
    return {name: value for name, value in said.items() if value is not None}


def _rule(name: str) -> dict[str, Any]:
    return {
        "id": name,
        "title": "Python cannot import {module}",
        "status": "stable",
        "severity": "medium",
        "confidence": "high",
        "detects": "Detects a Python program that stops because a module is not installed.",
        "why": "Every new session finds out again.",
        "fix": "Declare the dependency.",
        "limits": ["None known."],
        "match": _MODULE,
        "group_by": ["module"],
        "threshold": {"sessions": 3, "people": 2, "within": "14d", "clear_below": 1, "quiet": "30d"},
        "regression": {"sessions": 2, "reopen_within": "60d", "rollout": "0h"},
    }


def _samples(group_by: list[str]) -> list[dict[str, Any]]:
    """What the rules check asks of a stable rule: a session that it finds, and one that it does not."""
    error = "ModuleNotFoundError: No module named 'a'"
    key = {"module": "a", "tool": "Bash", "signature": "modulenotfounderror: no module named 'a'"}
    return [
        {
            "name": "a module that is not there",
            "session": [{"run": "python a.py", "fails": error}],
            "expect": [{name: key[name] for name in group_by}],
        },
        {"name": "a program that works", "session": [{"run": "python a.py", "gives": "done"}], "expect": []},
    ]
