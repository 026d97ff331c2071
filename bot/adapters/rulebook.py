"""The rule files of one or several folders.

Folders that are named replace the shipped rules: name the shipped folder too to have both.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import bot
from bot.core.model import Problem
from bot.core.rule_yaml import MAX_BYTES
from bot.core.ruleset import Rule, parse_rule

_ENDINGS = frozenset({".yml", ".yaml"})


class RuleFile(NamedTuple):
    """A rule file as it lies on the disk: its path, as problems name it, and its text."""

    place: str
    text: str


def shipped_rules() -> Path:
    """The folder of the rules that come with frictionbot: inside an installed package, beside it in a checkout."""
    package = Path(bot.__file__).parent
    inside = package / "rules"
    return inside if inside.is_dir() else package.parent / "rules"


def rule_files(folders: Sequence[Path]) -> tuple[tuple[RuleFile, ...], tuple[Problem, ...]]:
    """Every rule file at any depth under the folders (or the files named themselves), each once, sorted by path."""
    files: list[RuleFile] = []
    problems: list[Problem] = []
    seen: set[str] = set()
    for found in (each for folder in folders for each in _paths(folder)):
        real = "" if isinstance(found, Problem) else os.path.realpath(found)
        if real in seen:
            continue
        read = found if isinstance(found, Problem) else _read(found)
        if isinstance(read, Problem):
            problems.append(read)
        else:
            files.append(read)
            seen.add(real)
    return tuple(files), tuple(problems)


def load_rules(folders: Sequence[Path]) -> tuple[tuple[Rule, ...], tuple[Problem, ...]]:
    """The rules of the folders sorted by id, and all problems; a broken file costs only its own rule."""
    files, found = rule_files(folders)
    problems = list(found)
    rules: dict[str, Rule] = {}
    places: dict[str, str] = {}
    for file in files:
        rule, wrong = parse_rule(file.text, file.place)
        problems += wrong
        if rule is None:
            continue
        if rule.id in rules:
            said = f"{rule.id} stands in {places[rule.id]} already, which is used: rename or remove one of the two"
            problems.append(Problem("rule_twice", f"{file.place}:1:1", said))
            continue
        rules[rule.id], places[rule.id] = rule, file.place
    return tuple(rules[id_] for id_ in sorted(rules)), tuple(problems)


def _paths(folder: Path) -> Iterator[Path | Problem]:
    if folder.is_file():
        yield folder
        return
    if not folder.is_dir():
        yield Problem("rules_missing", str(folder), "there is no such folder of rules: name one that holds *.yml files")
        return
    unreadable: list[OSError] = []
    paths: list[Path] = []
    for parent, folders, names in os.walk(folder, onerror=unreadable.append):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        hidden = (name for name in names if not name.startswith("."))
        paths += (Path(parent, name) for name in hidden if Path(name).suffix.lower() in _ENDINGS)
    for error in unreadable:
        yield Problem("rules_unreadable", str(error.filename), f"{error.strerror}: make it readable for this user")
    if not paths and not unreadable:
        yield Problem("rules_missing", str(folder), "the folder holds no rule file (*.yml)")
    yield from sorted(paths)


def _read(path: Path) -> RuleFile | Problem:
    if path.exists() and not path.is_file():  # opening a pipe would wait for whoever writes into it
        return Problem("rules_unreadable", str(path), "this is no file: rename it, or move it away")
    try:
        with path.open("rb") as opened:
            raw = opened.read(MAX_BYTES + 1)  # one more than allowed is enough to refuse it
    except OSError as error:
        return Problem("rules_unreadable", str(path), f"{error.strerror}: make it readable for this user")
    try:
        return RuleFile(str(path), raw.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        if error.start >= MAX_BYTES - 3 and len(raw) > MAX_BYTES:  # cut within a character: the size is its fault
            return RuleFile(str(path), raw.decode("utf-8-sig", "replace"))
        line = raw[: error.start].count(b"\n") + 1
        column = error.start - raw.rfind(b"\n", 0, error.start)
        return Problem("rule_encoding", f"{path}:{line}:{column}", "this is not UTF-8: save the file as UTF-8")
