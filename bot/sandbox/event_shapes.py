"""What happened to an issue as GitHub's API shows it: events, and the timeline that also has comments."""

from __future__ import annotations

from typing import Any

from bot.sandbox.issue_shapes import Shapes
from bot.sandbox.records import Event, Issue
from bot.sandbox.urls import node_id

_TIMELINE_ONLY = frozenset({"cross-referenced"})
_PLAIN = frozenset({"label", "rename", "lock_reason", "state_reason"})


def events(shapes: Shapes, issue: Issue) -> list[dict[str, Any]]:
    """The events of an issue, oldest first."""
    return [_event(shapes, each) for each in issue.events if each.kind not in _TIMELINE_ONLY]


def timeline(shapes: Shapes, issue: Issue) -> list[dict[str, Any]]:
    """Events, cross-references and comments of an issue, oldest first."""
    told = [(each.at, each.id, _told(shapes, each)) for each in issue.events]
    said = [
        (each.created_at, each.id, {**shapes.comment(each), "event": "commented", "actor": shapes.user(each.author)})
        for each in shapes.repository.comments_of(issue.number)
    ]
    return [shape for _, _, shape in sorted(told + said, key=lambda each: each[:2])]


def _told(shapes: Shapes, event: Event) -> dict[str, Any]:
    return _reference(shapes, event) if event.kind == "cross-referenced" else _event(shapes, event)


def _event(shapes: Shapes, event: Event) -> dict[str, Any]:
    root = shapes.urls.repository(shapes.repository.name)
    sha = event.detail.get("commit_id")
    commits = shapes.urls.repository(event.detail.get("commit_repository", shapes.repository.name))
    shape = {
        "id": event.id,
        "node_id": node_id("Event", event.id),
        "url": f"{root}/issues/events/{event.id}",
        "actor": shapes.user(event.actor),
        "event": event.kind,
        "commit_id": sha,
        "commit_url": f"{commits}/commits/{sha}" if sha else None,
        "created_at": event.at,
        "performed_via_github_app": None,
        **{name: value for name, value in event.detail.items() if name in _PLAIN},
    }
    if "assignee" in event.detail:
        shape |= {"assignee": shapes.user(event.detail["assignee"]), "assigner": shapes.user(event.actor)}
    return shape


def _reference(shapes: Shapes, event: Event) -> dict[str, Any]:
    source = event.detail["source"]
    repository = shapes.world.repository(source["repository"])
    issue = repository.issues.get(source["number"]) if repository else None
    there = Shapes(shapes.world, repository, shapes.urls) if repository else shapes
    return {
        "event": event.kind,
        "actor": shapes.user(event.actor),
        "created_at": event.at,
        "updated_at": event.at,
        "source": {"type": "issue", **({"issue": there.issue(issue)} if issue else {})},
    }
