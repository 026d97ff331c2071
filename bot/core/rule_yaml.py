"""The YAML of rule files as plain values with the place of each, without what makes YAML dangerous or surprising.

Rules come from pull requests: a size cap comes first, aliases, anchors, tags and deep nesting are refused while the
parser is still running, and duplicate keys are problems. Scalars follow YAML 1.2: `no` and `12:30:45` are text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple, cast

import yaml

from bot.core.model import Problem

MAX_BYTES = 256 * 1024
MAX_DEPTH = 20
MAX_NODES = 20_000

Path = tuple[str | int, ...]
Mark = tuple[int, int]  # line and column, from 1

_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # libyaml's where the wheel has it: ten times as fast
_INTEGER = re.compile(r"[-+]?[0-9]{1,18}")
_FLOAT = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]{1,3})?")
_WORDS = {
    "": None, "~": None, "null": None, "Null": None, "NULL": None,
    "true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False,
}  # fmt: skip


class Plain(str):
    """A scalar written without quotes: text where text is expected, else what `resolved` makes of it."""

    __slots__ = ()


class Loaded(NamedTuple):
    """A document's value (dicts, tuples, strings) and where each key and value stands, by path."""

    value: Any
    keys: Mapping[Path, Mark]
    values: Mapping[Path, Mark]

    def key_mark(self, path: Path) -> Mark:
        """The place of a key, or of the nearest value around it that the file has."""
        return self.keys.get(path) or self.value_mark(path)

    def value_mark(self, path: Path) -> Mark:
        """The place of a value, or of the nearest one around it that the file has."""
        lengths = range(len(path), -1, -1)
        return next((self.values[path[:length]] for length in lengths if path[:length] in self.values), (1, 1))


def resolved(value: Any) -> Any:
    """A value with each unquoted scalar as YAML 1.2's core schema reads it: null, boolean, number or text."""
    if isinstance(value, Plain):
        return _scalar(value)
    if isinstance(value, Mapping):
        return {key: resolved(each) for key, each in value.items()}
    if isinstance(value, tuple):
        return tuple(resolved(each) for each in value)
    return value


def load(text: str, place: str) -> tuple[Loaded | None, tuple[Problem, ...]]:
    """Read one document. None where nothing can be made of it; `place` is the file's name for the problems."""
    size = len(text.encode("utf-8", "surrogatepass"))
    if size > MAX_BYTES:
        said = (
            f"the file has {size:,} bytes and a rule file at most {MAX_BYTES:,}: shorten its samples or split the rule"
        )
        return None, (Problem("rule_too_large", f"{place}:1:1", said),)
    builder = _Builder(place)
    try:
        for event in yaml.parse(text, Loader=_LOADER):
            builder.take(event)
    except _RefusedError as refused:
        return None, (*builder.problems, refused.problem)
    except yaml.YAMLError as error:
        return None, (*builder.problems, _syntax(error, place))
    if not builder.documents:
        return None, (Problem("rule_empty", f"{place}:1:1", "the file holds no rule: remove it or write one"),)
    return Loaded(builder.root, builder.keys, builder.values), tuple(builder.problems)


class _RefusedError(Exception):
    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.message)
        self.problem = problem


class _Open(NamedTuple):
    """A mapping or sequence that is still being read; `key` holds the pending key of a mapping."""

    value: dict[str, Any] | list[Any]
    path: Path
    key: list[str | None]


class _Builder:
    """Puts a document together from parser events, without recursion."""

    def __init__(self, place: str) -> None:
        self.root: Any = None
        self.documents = 0
        self.keys: dict[Path, Mark] = {}
        self.values: dict[Path, Mark] = {}
        self.problems: list[Problem] = []
        self._place = place
        self._nodes = 0
        self._stack: list[_Open] = []

    def take(self, event: yaml.Event) -> None:
        """Take the parser's next event; raises where the file is refused as a whole."""
        if isinstance(event, yaml.DocumentStartEvent):
            self.documents += 1
            if self.documents > 1:
                self._refuse(event, "a second document begins here: one file holds one rule")
        elif isinstance(event, yaml.AliasEvent):
            self._refuse(event, f"the alias *{event.anchor} is not allowed: write the value out")
        elif isinstance(event, yaml.NodeEvent):
            self._node(event)
        elif isinstance(event, (yaml.MappingEndEvent, yaml.SequenceEndEvent)):
            self._end()

    def _node(self, event: Any) -> None:
        self._nodes += 1
        if event.anchor is not None:
            self._refuse(event, f"the anchor &{event.anchor} is not allowed: write the value out where it is needed")
        if event.tag is not None:
            self._refuse(event, f"the tag {event.tag} is not allowed: leave it out, quotes make text of anything")
        if self._nodes > MAX_NODES:
            self._refuse(event, f"the file has more than {MAX_NODES:,} values: split the rule")
        if isinstance(event, yaml.ScalarEvent):
            self._place_value(event, event.value if event.style else Plain(event.value))
            return
        if len(self._stack) >= MAX_DEPTH:
            self._refuse(event, f"nested deeper than {MAX_DEPTH} levels")
        opened: dict[str, Any] | list[Any] = {} if isinstance(event, yaml.MappingStartEvent) else []
        path = self._place_value(event, opened)
        self._stack.append(_Open(opened, path, [None]))

    def _place_value(self, event: Any, value: Any) -> Path:
        """Put a value where the parser is, and return its path."""
        mark = _mark(event)
        if not self._stack:
            self.root = value
            self.values[()] = mark
            return ()
        around = self._stack[-1]
        if isinstance(around.value, list):
            path: Path = (*around.path, len(around.value))
            around.value.append(value)
        elif around.key[0] is None:
            around.key[0] = self._key(event, value, around)
            return around.path
        else:
            key, around.key[0] = around.key[0], None
            path = (*around.path, key)
            if key in around.value:  # a duplicate, reported already: read on under a path of its own
                return (*around.path, f"{key}\0{self._nodes}")
            around.value[key] = value
        self.values[path] = mark
        return path

    def _key(self, event: Any, value: Any, around: _Open) -> str:
        if not isinstance(value, str):
            self._refuse(event, "a key must be text")
        if isinstance(value, Plain) and not isinstance(_scalar(value), str):
            self.problems.append(
                self._problem("rule_key", event, f"the key {value or 'null'} is not text: put it in quotes")
            )
        key, path = str(value), (*around.path, str(value))
        if path in self.keys:
            first = self.keys[path][0]
            said = f"{key} stands here a second time (first in line {first}): keep one of the two"
            self.problems.append(self._problem("rule_key", event, said))
        else:
            self.keys[path] = _mark(event)
        return key

    def _end(self) -> None:
        closed = self._stack.pop()
        if not isinstance(closed.value, list):
            return
        if not self._stack:
            self.root = tuple(closed.value)
            return
        around = self._stack[-1].value
        name = closed.path[-1]
        # The second value of a duplicate key was never put in: only what is there is replaced.
        if isinstance(around, list):
            around[cast("int", name)] = tuple(closed.value)
        elif around.get(cast("str", name)) is closed.value:
            around[cast("str", name)] = tuple(closed.value)

    def _problem(self, code: str, event: Any, said: str) -> Problem:
        line, column = _mark(event)
        return Problem(code, f"{self._place}:{line}:{column}", said)

    def _refuse(self, event: Any, said: str) -> None:
        raise _RefusedError(self._problem("rule_yaml", event, said))


def _mark(event: Any) -> Mark:
    return (event.start_mark.line + 1, event.start_mark.column + 1)


def _scalar(text: str) -> Any:
    if text in _WORDS:
        return _WORDS[text]
    if _INTEGER.fullmatch(text):
        return int(text)
    return float(text) if _FLOAT.fullmatch(text) else str(text)


def _syntax(error: yaml.YAMLError, place: str) -> Problem:
    mark = getattr(error, "problem_mark", None)
    line, column = (mark.line + 1, mark.column + 1) if mark else (1, 1)
    parts: Iterator[str | None] = iter((getattr(error, "problem", None), getattr(error, "context", None)))
    said = ", ".join(part for part in parts if part) or str(error).splitlines()[0]
    hint = "indent with blanks, and put text that holds `: `, ` #` or begins with a sign into quotes"
    return Problem("rule_yaml", f"{place}:{line}:{column}", f"this is no YAML: {said}; {hint}")
