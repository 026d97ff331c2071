"""What is wrong with a template before it is ever rendered: each problem with its line and what to write instead.

A template may print values, loop over lists and choose; there are no calls, assignments, macros, includes or
arithmetic, so that its cost is bounded by its own length and by the lists it is given.
"""

from __future__ import annotations

import types
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from difflib import get_close_matches
from functools import cache
from typing import Any, NamedTuple, get_args, get_origin, get_type_hints

from jinja2 import Environment, TemplateSyntaxError, nodes

from bot.core.model import Problem
from bot.core.template_values import IssueValues, LoopValue

MAX_LENGTH = 65_536  # characters: a template longer than a body could not be meant
MAX_LOOPS = 3  # loops inside one another: the longest list has some fifty entries, so 125,000 rounds

_PLAIN: tuple[type[nodes.Node], ...] = (
    nodes.Template,
    nodes.Output,
    nodes.TemplateData,
    nodes.If,
    nodes.Const,
    nodes.Compare,
    nodes.Operand,
    nodes.And,
    nodes.Or,
    nodes.Not,
    nodes.CondExpr,
)


class ListOf(NamedTuple):
    """The shape of a tuple whose entries have the shape `entry`."""

    entry: Shape


Shape = type | ListOf
"""What is known of a value: a record's class, a list, `str` for text or number, `object` once it is a problem."""


class FilterShape(NamedTuple):
    """What a filter takes: a list, or else a text or a number; all filters give a text or a number."""

    takes_list: bool


def check(
    source: str, name: str, place: str, env: Environment, filters: Mapping[str, FilterShape]
) -> tuple[Problem, ...]:
    """Every problem of a template, in the order of its lines; `place` is the path to show."""
    if len(source) > MAX_LENGTH:
        message = f"the template has {len(source):,} characters: keep it under {MAX_LENGTH:,}"
        return (Problem("template_too_long", f"{place}:1", message),)
    try:
        tree = env.parse(source, name)
    except TemplateSyntaxError as error:
        return (Problem("template_syntax", f"{place}:{error.lineno}", error.message or "not a Jinja template"),)
    except RecursionError:
        return (Problem("template_syntax", f"{place}:1", "the template is nested too deeply: make it simpler"),)
    checker = _Checker(place, filters)
    checker.visit(tree, {each.name: shape for each, shape in _record(IssueValues)}, 0)
    return tuple(sorted(checker.problems, key=lambda problem: int(problem.place.rpartition(":")[2])))


@cache
def _record(cls: type) -> tuple[tuple[Any, Shape], ...]:
    hints = get_type_hints(cls)
    return tuple((each, _shape(hints[each.name])) for each in fields(cls))


def _shape(hint: Any) -> Shape:
    if get_origin(hint) is tuple:
        return ListOf(_shape(get_args(hint)[0]))
    return hint if isinstance(hint, type) and is_dataclass(hint) else str


class _Checker:
    """One walk over one template; `visit` returns the shape of an expression."""

    def __init__(self, place: str, filters: Mapping[str, FilterShape]) -> None:
        self.problems: list[Problem] = []
        self._place = place
        self._filters = filters

    def visit(self, node: nodes.Node, scope: Mapping[str, Shape], depth: int) -> Shape:
        if isinstance(node, nodes.Name):
            return self._known(node, node.name, scope, "name", None)
        if isinstance(node, nodes.Getattr):
            return self._attribute(node, scope, depth)
        if isinstance(node, nodes.Getitem):
            return self._item(node, scope, depth)
        if isinstance(node, nodes.Filter):
            return self._filter(node, scope, depth)
        if isinstance(node, nodes.For):
            return self._loop(node, scope, depth)
        if not isinstance(node, _PLAIN):
            self._say(node, "template_not_allowed", f"{_words(node)} may not be used in a template: {_ALLOWED}")
            return object
        shapes = [(child, self.visit(child, scope, depth)) for child in node.iter_child_nodes()]
        if isinstance(node, nodes.Output | nodes.CondExpr):
            for child, shape in shapes:
                if not (isinstance(node, nodes.CondExpr) and child is node.test):
                    self._printable(child, shape)
        return str

    def _attribute(self, node: nodes.Getattr, scope: Mapping[str, Shape], depth: int) -> Shape:
        owner = self.visit(node.node, scope, depth)
        if is_dataclass(owner):
            known = {each.name: shape for each, shape in _record(owner)}
            return self._known(node, node.attr, known, "field", node.node)
        if isinstance(owner, ListOf):
            message = f"{_source(node.node)} is a list: loop over it with {{% for one in {_source(node.node)} %}}"
            self._say(node, "template_unknown", message)
        elif owner is str:
            message = f"{_source(node.node)} is a text or a number and has no field {node.attr!r}"
            self._say(node, "template_unknown", message)
        return object

    def _item(self, node: nodes.Getitem, scope: Mapping[str, Shape], depth: int) -> Shape:
        owner = self.visit(node.node, scope, depth)
        ends = [node.arg.start, node.arg.stop, node.arg.step] if isinstance(node.arg, nodes.Slice) else [node.arg]
        numbers = all(end is None or (isinstance(end, nodes.Const) and type(end.value) is int) for end in ends)
        if owner is object:
            return object
        if not isinstance(owner, ListOf) or not numbers:
            message = "only a list may be indexed, with numbers: [0], [1:]; write a field as record.field"
            self._say(node, "template_not_allowed", message)
            return object
        return owner if isinstance(node.arg, nodes.Slice) else owner.entry

    def _filter(self, node: nodes.Filter, scope: Mapping[str, Shape], depth: int) -> Shape:
        given = self.visit(node.node, scope, depth) if node.node is not None else object
        for argument in node.args:
            self.visit(argument, scope, depth)
        if node.kwargs or node.dyn_args is not None or node.dyn_kwargs is not None:
            message = f"the arguments of |{node.name} have no names: write |{node.name}(…)"
            self._say(node, "template_not_allowed", message)
        if node.name not in self._filters:
            self._say(node, "template_unknown", _unknown("filter", node.name, self._filters))
            return str
        takes_list = self._filters[node.name].takes_list
        if given is not object and (not isinstance(given, ListOf) if takes_list else given is not str):
            wanted = "a list" if takes_list else "a text or a number"
            self._say(node, "template_not_allowed", f"|{node.name} takes {wanted}")
        return str

    def _loop(self, node: nodes.For, scope: Mapping[str, Shape], depth: int) -> Shape:
        listed = self.visit(node.iter, scope, depth)
        if not isinstance(node.target, nodes.Name) or node.recursive:
            self._say(node, "template_not_allowed", "write a loop as {% for one in list %}")
            return object
        if not isinstance(listed, ListOf) and listed is not object:
            self._say(node, "template_not_allowed", f"{_source(node.iter)} is not a list")
        if depth >= MAX_LOOPS:
            self._say(node, "template_not_allowed", f"at most {MAX_LOOPS} loops may stand inside one another")
        entry = listed.entry if isinstance(listed, ListOf) else object
        inside = {**scope, node.target.name: entry, "loop": LoopValue}
        for child in (*node.body, *([node.test] if node.test else ())):
            self.visit(child, inside, depth + 1)
        for child in node.else_:
            self.visit(child, scope, depth)
        return str

    def _known(
        self, node: nodes.Node, name: str, known: Mapping[str, Shape], kind: str, owner: nodes.Node | None
    ) -> Shape:
        if name not in known:
            self._say(node, "template_unknown", _unknown(kind, name, known, _source(owner) if owner else ""))
        return known.get(name, object)

    def _printable(self, node: nodes.Node, shape: Shape) -> None:
        if isinstance(shape, ListOf):
            self._say(node, "template_not_allowed", f"{_source(node)} is a list: loop over it, or join it with |codes")
        elif is_dataclass(shape):
            self._say(node, "template_not_allowed", f"{_source(node)} is a record: print one of its fields")

    def _say(self, node: nodes.Node, code: str, message: str) -> None:
        lines = (each.lineno for each in (node, *node.find_all(nodes.Node)) if each.lineno)  # Jinja leaves some out
        self.problems.append(Problem(code, f"{self._place}:{next(lines, 1)}", message))


_ALLOWED = "only {{ value }}, {% if %}, {% for %}, comparisons and the filters that templates/README.md lists"
_KINDS: Mapping[type[nodes.Node], str] = types.MappingProxyType(
    {
        nodes.Call: "a call",
        nodes.Assign: "{% set %}",
        nodes.AssignBlock: "{% set %}",
        nodes.Macro: "{% macro %}",
        nodes.CallBlock: "{% call %}",
        nodes.FilterBlock: "{% filter %}",
        nodes.Include: "{% include %}",
        nodes.Extends: "{% extends %}",
        nodes.Block: "{% block %}",
        nodes.Import: "{% import %}",
        nodes.FromImport: "{% import %}",
        nodes.With: "{% with %}",
        nodes.Scope: "{% autoescape %}",
        nodes.Test: "a test with `is`",
        nodes.Concat: "the operator ~",
    }
)


def _words(node: nodes.Node) -> str:
    return _KINDS.get(type(node)) or (f"the operator {node.operator}" if isinstance(node, nodes.BinExpr) else "this")


def _source(node: nodes.Node) -> str:
    if isinstance(node, nodes.Getattr):
        return f"{_source(node.node)}.{node.attr}"
    return node.name if isinstance(node, nodes.Name) else "this"


def _unknown(kind: str, name: str, known: Mapping[str, object], owner: str = "") -> str:
    near = get_close_matches(name, sorted(known), n=1)
    of = f" of {owner}" if owner else ""
    instead = f"did you mean {near[0]!r}?" if near else f"there are: {', '.join(sorted(known))}"
    return f"there is no {kind} {name!r}{of}: {instead}"
