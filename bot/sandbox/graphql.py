"""The GraphQL query of an issue's closer: repository → issue → timelineItems → ClosedEvent.closer.

A field that is not there is answered as GitHub answers a field that it does not know.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from bot.sandbox import payload
from bot.sandbox.call import Call
from bot.sandbox.exchange import Answer, Refusal
from bot.sandbox.graphql_language import QueryError, Selection, parse
from bot.sandbox.graphql_tree import Node, Tree

_ABSTRACT = {
    "ClosedEvent": ("IssueTimelineItems", "Node"),
    "ReopenedEvent": ("IssueTimelineItems", "Node"),
    "MarkedAsDuplicateEvent": ("IssueTimelineItems", "Node"),
    "Commit": ("Closer", "GitObject", "Node"),
    "PullRequest": ("Closer", "Node"),
    "Issue": ("Node",),
    "User": ("Actor", "Node"),
    "Bot": ("Actor", "Node"),
}

Errors = list[dict[str, Any]]


def answer_query(call: Call) -> Answer:
    """The data that a query asks for; errors are told with status 200, as GraphQL does."""
    if call.caller.kind == "anonymous":
        raise Refusal(401, "This endpoint requires you to be authenticated.")
    fields = call.request.fields()
    variables = fields.get("variables")
    query = payload.text(fields, "query", required=True) or ""
    try:
        roots = parse(query, variables if isinstance(variables, Mapping) else {})
    except QueryError as error:
        return Answer(200, {"errors": [{"message": str(error)}]})
    errors: Errors = []
    data = _resolved(Tree(call).root(), roots, (), errors)
    if any(error["type"] == "undefinedField" for error in errors):
        return Answer(200, {"errors": errors})
    return Answer(200, {"data": data, "errors": errors} if errors else {"data": data})


def _resolved(node: Any, selections: Sequence[Selection], path: tuple[str | int, ...], errors: Errors) -> Any:
    """The chosen part of a value; an unknown field is an error, a missing object an error and null."""
    if isinstance(node, list):
        return [_resolved(each, selections, (*path, place), errors) for place, each in enumerate(node)]
    if not isinstance(node, Mapping):
        return node
    found: dict[str, Any] = {}
    for each in _chosen(node, selections):
        place = (*path, each.alias)
        if each.name not in node:
            message = f"Field '{each.name}' doesn't exist on type '{node['__typename']}'"
            errors.append({"type": "undefinedField", "path": list(place), "message": message})
            continue
        value = node[each.name]
        if callable(value):
            value = value(each.arguments)
            if value is None:
                message = f"Could not resolve to the {each.name} that was asked for."
                errors.append({"type": "NOT_FOUND", "path": list(place), "message": message})
        found[each.alias] = _resolved(value, each.children, place, errors)
    return found


def _chosen(node: Node, selections: Iterable[Selection]) -> Iterable[Selection]:
    """The fields that count for this object: its own, and those of fragments on its type."""
    for each in selections:
        if not each.on:
            yield each
        elif each.on in (node["__typename"], *_ABSTRACT.get(node["__typename"], ())):
            yield from _chosen(node, each.children)
