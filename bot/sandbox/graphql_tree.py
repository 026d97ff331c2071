"""What GraphQL can ask of the stand-in: values, and functions of a field's arguments."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bot.sandbox.access import reaches, role_of
from bot.sandbox.call import Call
from bot.sandbox.records import Commit, Event, Issue, Repository
from bot.sandbox.urls import node_id

Node = Mapping[str, Any]

_EVENTS = {
    "closed": ("ClosedEvent", "CLOSED_EVENT"),
    "reopened": ("ReopenedEvent", "REOPENED_EVENT"),
    "marked_as_duplicate": ("MarkedAsDuplicateEvent", "MARKED_AS_DUPLICATE_EVENT"),
}


class Tree:
    """The objects that a query can reach, made when they are asked for."""

    def __init__(self, call: Call) -> None:
        self._call = call
        self._html = call.urls.html

    def root(self) -> Node:
        """The query itself."""
        login = self._call.caller.login
        return {"__typename": "Query", "repository": self._asked_for, "viewer": lambda _: self._actor(login)}

    def _asked_for(self, arguments: Mapping[str, Any]) -> Node | None:
        found = self._call.world.repository(f"{arguments.get('owner')}/{arguments.get('name')}")
        if found is None or not reaches(role_of(self._call.world, self._call.caller, found), "read"):
            return None
        return self._repository(found)

    def _repository(self, found: Repository) -> Node:
        return {
            "__typename": "Repository",
            "id": node_id("Repository", found.id),
            "name": found.name.partition("/")[2],
            "nameWithOwner": found.name,
            "issue": lambda chosen: self._numbered(found, chosen, pull=False),
            "pullRequest": lambda chosen: self._numbered(found, chosen, pull=True),
        }

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
            "url": f"{self._html}/{repository.name}/issues/{issue.number}",
            "state": issue.state.upper(),
            "stateReason": issue.state_reason and issue.state_reason.upper(),
            "closed": issue.state == "closed",
            "closedAt": issue.closed_at,
            "createdAt": issue.created_at,
            "updatedAt": issue.updated_at,
            "author": self._actor(issue.author),
            "repository": lambda _: self._repository(repository),
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
            "body": issue.body,
            "url": f"{self._html}/{repository.name}/pull/{issue.number}",
            "state": "MERGED" if change and change.merged_at else issue.state.upper(),
            "merged": bool(change and change.merged_at),
            "mergedAt": change and change.merged_at,
            "closedAt": issue.closed_at,
            "createdAt": issue.created_at,
            "baseRefName": change and change.base,
            "author": self._actor(issue.author),
            "mergeCommit": self._commit(repository, merge) if merge else None,
            "repository": lambda _: self._repository(repository),
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
            "url": f"{self._html}/{repository.name}/commit/{commit.sha}",
            "repository": lambda _: self._repository(repository),
        }

    def _items(self, issue: Issue, arguments: Mapping[str, Any]) -> Node:
        types, first, last = (arguments.get(name) for name in ("itemTypes", "first", "last"))
        events = [each for each in issue.events if each.kind in _EVENTS]
        if isinstance(types, list | str):
            events = [each for each in events if _EVENTS[each.kind][1] in types]
        chosen = events[: first if isinstance(first, int) else None]
        chosen = chosen[max(0, len(chosen) - last) :] if isinstance(last, int) else chosen
        pages = {
            "__typename": "PageInfo",
            "hasNextPage": chosen[-1:] != events[-1:],
            "hasPreviousPage": chosen[:1] != events[:1],
            "startCursor": None,
            "endCursor": None,
        }
        return {
            "__typename": "IssueTimelineItemsConnection",
            "totalCount": len(events),
            "nodes": [self._event(each) for each in chosen],
            "pageInfo": pages,
        }

    def _event(self, event: Event) -> Node:
        reason = event.detail.get("state_reason")
        shape: dict[str, Any] = {
            "__typename": _EVENTS[event.kind][0],
            "id": node_id("Event", event.id),
            "createdAt": event.at,
            "actor": self._actor(event.actor),
        }
        if event.kind == "marked_as_duplicate":
            return {**shape, **self._canonical(event)}
        shape["stateReason"] = reason and reason.upper()
        return {**shape, "closer": self._closer(event)} if event.kind == "closed" else shape

    def _canonical(self, event: Event) -> dict[str, Any]:
        there = event.detail["canonical"]
        repository = self._call.world.repository(there["repository"])
        issue = repository.issues.get(there["number"]) if repository else None
        if repository is None or issue is None or issue.gone or issue.moved_to:
            return {"canonical": None, "isCrossRepo": event.detail["cross"]}
        shown = self._pull(repository, issue) if issue.pull else self._issue(repository, issue)
        return {"canonical": shown, "isCrossRepo": event.detail["cross"]}

    def _closer(self, event: Event) -> Node | None:
        closer = event.detail.get("closer") or {}
        repository = self._call.world.repository(closer.get("repository", ""))
        if repository is None:
            return None
        if "pull" in closer:
            return self._pull(repository, repository.issues[closer["pull"]])
        return self._commit(repository, repository.commits[closer["commit"]])

    def _actor(self, login: str) -> Node | None:
        user = self._call.world.user(login)
        return {"__typename": user.kind, "id": node_id("User", user.id), "login": user.login} if user else None
