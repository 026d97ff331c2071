"""The GraphQL query of an issue's closer: repository → issue or pull request → timelineItems → ClosedEvent.closer.

What is not here is answered like a field that GitHub does not know, so a query that works here works there.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from bot.sandbox import payload
from bot.sandbox.call import Call
from bot.sandbox.exchange import Answer, Refusal
from bot.sandbox.graphql_language import QueryError, Selection, parse
from bot.sandbox.records import Commit, Event, Issue, Repository
from bot.sandbox.urls import node_id

Node = Mapping[str, Any]

_EVENTS = {"closed": "ClosedEvent", "reopened": "ReopenedEvent"}
_ABSTRACT = {
    "ClosedEvent": ("IssueTimelineItems", "Node"),
    "ReopenedEvent": ("IssueTimelineItems", "Node"),
    "Commit": ("Closer", "GitObject", "Node"),
    "PullRequest": ("Closer", "Node"),
    "Issue": ("Node",),
    "User": ("Actor", "Node"),
    "Bot": ("Actor", "Node"),
}


def answer_query(call: Call) -> Answer:
    """The data that a query asks for; errors are told with status 200, as GraphQL does."""
    if call.caller.kind == "anonymous":
        raise Refusal(401, "This endpoint requires you to be authenticated.")
    fields = call.request.fields()
    variables = fields.get("variables") or {}
    query = payload.text(fields, "query", required=True) or ""
    errors: list[dict[str, Any]] = []
    try:
        roots = parse(query, variables if isinstance(variables, Mapping) else {})
        data = _resolved(Tree(call).root(), roots, (), errors)
    except QueryError as error:
        return Answer(200, {"errors": [{"type": "PARSE", "message": str(error)}]})
    return Answer(200, {"data": data, "errors": errors} if errors else {"data": data})


class Tree:
    """What the caller may see, as objects of GraphQL: plain values, and functions of a field's arguments."""

    def __init__(self, call: Call) -> None:
        self._call = call

    def root(self) -> Node:
        """The query itself."""
        login = self._call.caller.login
        return {"__typename": "Query", "repository": self._repository, "viewer": lambda _: self._actor(login)}

    def _repository(self, arguments: Mapping[str, Any]) -> Node | None:
        names = {"owner": str(arguments.get("owner")), "repo": str(arguments.get("name"))}
        found = self._call.world.repository("/".join(names.values()))
        if found is None or (found.private and not self._sees(found)):
            return None
        return {
            "__typename": "Repository",
            "id": node_id("Repository", found.id),
            "name": found.name.partition("/")[2],
            "nameWithOwner": found.name,
            "issue": lambda chosen: self._numbered(found, chosen, pull=False),
            "pullRequest": lambda chosen: self._numbered(found, chosen, pull=True),
        }

    def _sees(self, repository: Repository) -> bool:
        return bool(repository.roles.get(self._call.caller.login.casefold()) or self._user_role() != "none")

    def _user_role(self) -> str:
        user = self._call.world.user(self._call.caller.login)
        return user.role if user else "none"

    def _numbered(self, repository: Repository, arguments: Mapping[str, Any], *, pull: bool) -> Node | None:
        number = arguments.get("number")
        issue = repository.issues.get(number) if isinstance(number, int) else None
        if issue is None or issue.gone or issue.moved_to or (issue.pull is not None) != pull:
            return None
        return self._pull(repository, issue) if pull else self._issue(repository, issue)

    def _issue(self, repository: Repository, issue: Issue) -> Node:
        return {
            "__typename": "Issue",
            "id": node_id("Issue", issue.id),
            "number": issue.number,
            "title": issue.title,
            "url": f"{self._call.urls.html}/{repository.name}/issues/{issue.number}",
            "state": issue.state.upper(),
            "stateReason": issue.state_reason and issue.state_reason.upper(),
            "closed": issue.state == "closed",
            "closedAt": issue.closed_at,
            "createdAt": issue.created_at,
            "updatedAt": issue.updated_at,
            "author": self._actor(issue.author),
            "timelineItems": lambda chosen: self._items(issue, chosen),
        }

    def _pull(self, repository: Repository, issue: Issue) -> Node:
        change = issue.pull
        merge = repository.commits.get(change.merge_sha or "") if change else None
        return {
            "__typename": "PullRequest",
            "id": node_id("PullRequest", issue.id),
            "number": issue.number,
            "title": issue.title,
            "url": f"{self._call.urls.html}/{repository.name}/pull/{issue.number}",
            "state": "MERGED" if change and change.merged_at else issue.state.upper(),
            "merged": bool(change and change.merged_at),
            "mergedAt": change and change.merged_at,
            "closedAt": issue.closed_at,
            "createdAt": issue.created_at,
            "baseRefName": change and change.base,
            "author": self._actor(issue.author),
            "mergeCommit": self._commit(repository, merge) if merge else None,
            "repository": lambda _: self._repository(
                dict(zip(("owner", "name"), repository.name.split("/"), strict=True))
            ),
        }

    def _commit(self, repository: Repository, commit: Commit) -> Node:
        return {
            "__typename": "Commit",
            "id": node_id("Commit", commit.sha),
            "oid": commit.sha,
            "message": commit.message,
            "messageHeadline": commit.message.partition("\n")[0],
            "committedDate": commit.at,
            "authoredDate": commit.at,
            "url": f"{self._call.urls.html}/{repository.name}/commit/{commit.sha}",
            "repository": lambda _: self._repository(
                dict(zip(("owner", "name"), repository.name.split("/"), strict=True))
            ),
        }

    def _items(self, issue: Issue, arguments: Mapping[str, Any]) -> Node:
        wanted = {
            name: f"{kind.upper()}_EVENT"
            for kind, name in (each for each in (("closed", "closed"), ("reopened", "reopened")))
        }
        types = arguments.get("itemTypes")
        nodes = [
            self._event(each)
            for each in issue.events
            if each.kind in _EVENTS and (types is None or wanted[each.kind] in types)
        ]
        count = len(nodes)
        if isinstance(arguments.get("first"), int):
            nodes = nodes[: arguments["first"]]
        if isinstance(arguments.get("last"), int):
            nodes = nodes[max(0, len(nodes) - arguments["last"]) :]
        pages = {
            "__typename": "PageInfo",
            "hasNextPage": False,
            "hasPreviousPage": False,
            "startCursor": None,
            "endCursor": None,
        }
        return {"__typename": "IssueTimelineItemsConnection", "totalCount": count, "nodes": nodes, "pageInfo": pages}

    def _event(self, event: Event) -> Node:
        reason = event.detail.get("state_reason")
        return {
            "__typename": _EVENTS[event.kind],
            "id": node_id("Event", event.id),
            "createdAt": event.at,
            "actor": self._actor(event.actor),
            "stateReason": reason and reason.upper(),
            **({"closer": self._closer(event)} if event.kind == "closed" else {}),
        }

    def _closer(self, event: Event) -> Node | None:
        closer = event.detail.get("closer") or {}
        name = closer.get("commit_repository") or closer.get("pull_repository")
        repository = self._call.world.repository(name) if name else None
        if repository is None:
            return None
        if "pull" in closer:
            return self._pull(repository, repository.issues[closer["pull"]])
        return self._commit(repository, repository.commits[closer["commit_id"]])

    def _actor(self, login: str) -> Node | None:
        user = self._call.world.user(login)
        return {"__typename": user.kind, "id": node_id("User", user.id), "login": user.login} if user else None


def _resolved(
    node: Any, selections: Sequence[Selection], path: tuple[str | int, ...], errors: list[dict[str, Any]]
) -> Any:
    """The chosen part of a value; an unknown field is an error, a missing object null."""
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
        if isinstance(value, Callable):
            value = value(each.arguments)
            if value is None:
                errors.append(
                    {"type": "NOT_FOUND", "path": list(place), "message": f"Could not resolve to {each.name}."}
                )
        found[each.alias] = _resolved(value, each.children, place, errors)
    return found


def _chosen(node: Node, selections: Iterable[Selection]) -> Iterable[Selection]:
    for each in selections:
        kinds = (node["__typename"], *_ABSTRACT.get(node["__typename"], ()))
        if each.on and each.on in kinds:
            yield from _chosen(node, each.children)
        elif not each.on:
            yield each
