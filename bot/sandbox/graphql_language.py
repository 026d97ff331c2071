"""GraphQL queries as trees: fields with arguments, aliases, fragments and variables; no mutations, no directives."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

_TOKEN = re.compile(r'[\s,\ufeff]+|#[^\n]*|(\.\.\.|[!$():=@\[\]{}|]|"(?:[^"\\\n]|\\.)*"|-?\d+(?:\.\d+)?|[_A-Za-z]\w*)')
_DEEPEST = 30


@dataclass(frozen=True, slots=True)
class Selection:
    """A field, or where `on` names a type, a fragment that counts for that type only."""

    name: str
    alias: str = ""
    arguments: Mapping[str, Any] = field(default_factory=dict)
    children: tuple[Selection, ...] = ()
    on: str = ""


class QueryError(Exception):
    """A query that cannot be read."""


def parse(query: str, variables: Mapping[str, Any]) -> tuple[Selection, ...]:
    """The fields that a query asks for at its root; raises `QueryError`."""
    reader = _Reader(_tokens(query), variables)
    roots: tuple[Selection, ...] = ()
    while reader.here:
        if reader.here == "fragment":
            reader.fragment()
        else:
            roots = reader.operation()
    return tuple(each for root in roots for each in reader.spread(root, 0))


class _Reader:
    def __init__(self, tokens: list[str], variables: Mapping[str, Any]) -> None:
        self._tokens, self._place, self._variables = tokens, 0, dict(variables)
        self._fragments: dict[str, Selection] = {}

    @property
    def here(self) -> str:
        return self._tokens[self._place] if self._place < len(self._tokens) else ""

    def take(self, wanted: str = "") -> str:
        token = self.here
        if not token or wanted not in {"", token}:
            raise QueryError(f"expected {wanted or 'more'}, got {token or 'the end'}")
        self._place += 1
        return token

    def operation(self) -> tuple[Selection, ...]:
        if self.here == "query":
            self.take()
            while self.here not in {"{", "(", ""}:
                self.take()
            if self.here == "(":
                self._declarations()
        return self.selections(0)

    def fragment(self) -> None:
        self.take("fragment")
        name = self.take()
        self.take("on")
        kind = self.take()
        self._fragments[name] = Selection("", on=kind, children=self.selections(0))

    def selections(self, depth: int) -> tuple[Selection, ...]:
        if depth > _DEEPEST:
            raise QueryError("the query is too deep")
        self.take("{")
        found = []
        while self.here != "}":
            found.append(self._selection(depth))
        self.take("}")
        return tuple(found)

    def spread(self, selection: Selection, depth: int) -> tuple[Selection, ...]:
        """The selection with named fragments in place."""
        if depth > _DEEPEST:
            raise QueryError("the fragments go round in a circle")
        if selection.name == "...":
            if selection.alias not in self._fragments:
                raise QueryError(f"no fragment {selection.alias}")
            selection = self._fragments[selection.alias]
        children = tuple(each for child in selection.children for each in self.spread(child, depth + 1))
        return (Selection(selection.name, selection.alias, selection.arguments, children, selection.on),)

    def _selection(self, depth: int) -> Selection:
        name = self.take()
        if name == "...":
            if self.here == "on":
                self.take()
                return Selection("", on=self.take(), children=self.selections(depth + 1))
            return Selection("...", alias=self.take())
        alias = name
        if self.here == ":":
            self.take()
            name = self.take()
        arguments = self._arguments() if self.here == "(" else {}
        children = self.selections(depth + 1) if self.here == "{" else ()
        return Selection(name, alias, arguments, children)

    def _arguments(self) -> dict[str, Any]:
        self.take("(")
        found = {}
        while self.here != ")":
            name = self.take()
            self.take(":")
            found[name] = self._value(0)
        self.take(")")
        return found

    def _declarations(self) -> None:
        """Pass over the declared variables, taking their defaults."""
        self.take("(")
        while self.here != ")":
            if self.take() == "=":
                self._variables.setdefault(self._tokens[self._place - 4].lstrip("$"), self._value(0))
        self.take(")")

    def _value(self, depth: int) -> Any:
        token = self.take()
        if token == "$":  # noqa: S105 - no password
            return self._variables.get(self.take())
        if token == "[" and depth < _DEEPEST:  # noqa: S105 - no password
            found = []
            while self.here != "]":
                found.append(self._value(depth + 1))
            self.take("]")
            return found
        plain = token[0] in '"-0123456789' or token in {"true", "false", "null"}
        return json.loads(token) if plain else token


def _tokens(query: str) -> list[str]:
    found, place = [], 0
    while place < len(query):
        match = _TOKEN.match(query, place)
        if not match:
            raise QueryError(f"{query[place]!r} is not expected")
        if match[1]:
            found.append(match[1])
        place = match.end()
    return found
