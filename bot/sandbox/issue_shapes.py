"""Issues, comments, labels and reactions as GitHub's API shows them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from bot.sandbox.access import reaches, role_of_login
from bot.sandbox.records import Comment, Issue, Label, Reaction, Repository, World
from bot.sandbox.shapes import user
from bot.sandbox.urls import Urls, node_id

REACTIONS = ("+1", "-1", "laugh", "hooray", "confused", "heart", "rocket", "eyes")


@dataclass(frozen=True, slots=True)
class Shapes:
    """How the things of one repository look through the API at these addresses."""

    world: World
    repository: Repository
    urls: Urls

    def user(self, login: str) -> dict[str, Any]:
        """An account."""
        return user(login, self.world, self.urls)

    def issue(self, found: Issue) -> dict[str, Any]:
        """An issue, or a pull request as issue lists show it."""
        place = f"{self._root}/issues/{found.number}"
        assignees = [self.user(login) for login in found.assignees]
        shape = {
            "id": found.id,
            "node_id": node_id("Issue", found.id),
            "url": place,
            "repository_url": self._root,
            "labels_url": f"{place}/labels{{/name}}",
            "comments_url": f"{place}/comments",
            "events_url": f"{place}/events",
            "timeline_url": f"{place}/timeline",
            "html_url": self.html(found),
            "number": found.number,
            "title": found.title,
            "body": found.body or None,
            "user": self.user(found.author),
            "author_association": self.association(found.author),
            "state": found.state,
            "state_reason": found.state_reason,
            "labels": [self.label(self.repository.labels[each]) for each in found.labels],
            "assignee": assignees[0] if assignees else None,
            "assignees": assignees,
            "milestone": None,
            "locked": found.locked,
            "active_lock_reason": found.lock_reason,
            "comments": len(self.repository.comments_of(found.number)),
            "created_at": found.created_at,
            "updated_at": found.updated_at,
            "closed_at": found.closed_at,
            "closed_by": self.user(found.closed_by) if found.closed_by else None,
            "performed_via_github_app": None,
            "reactions": self.reactions(found.reactions, place),
        }
        return {**shape, "draft": False, "pull_request": self._pull(found)} if found.pull else shape

    def comment(self, found: Comment) -> dict[str, Any]:
        """A comment."""
        place = f"{self._root}/issues/comments/{found.id}"
        return {
            "id": found.id,
            "node_id": node_id("IssueComment", found.id),
            "url": place,
            "html_url": f"{self.html(self.repository.issues[found.issue])}#issuecomment-{found.id}",
            "issue_url": f"{self._root}/issues/{found.issue}",
            "user": self.user(found.author),
            "author_association": self.association(found.author),
            "body": found.body,
            "created_at": found.created_at,
            "updated_at": found.updated_at,
            "performed_via_github_app": None,
            "reactions": self.reactions(found.reactions, place),
        }

    def label(self, found: Label) -> dict[str, Any]:
        """A label."""
        return {
            "id": found.id,
            "node_id": node_id("Label", found.id),
            "url": f"{self._root}/labels/{quote(found.name, safe='')}",
            "name": found.name,
            "color": found.color,
            "description": found.description,
            "default": False,
            "archived_at": None,
            "archived_by": None,
        }

    def reaction(self, found: Reaction) -> dict[str, Any]:
        """A reaction."""
        return {
            "id": found.id,
            "node_id": node_id("Reaction", found.id),
            "user": self.user(found.login),
            "content": found.content,
            "created_at": found.created_at,
        }

    def reactions(self, found: tuple[Reaction, ...], place: str) -> dict[str, Any]:
        """How many reactions of each kind there are."""
        counts = {name: sum(each.content == name for each in found) for name in REACTIONS}
        return {"url": f"{place}/reactions", "total_count": len(found), **counts}

    def association(self, login: str) -> str:
        """What an author is to the repository; membership of an organisation is private, and never told."""
        owner = self.repository.name.partition("/")[0]
        if login.casefold() == owner.casefold():
            return "OWNER"
        role = role_of_login(self.world, login, self.repository)
        return "COLLABORATOR" if reaches(role, "triage") else "NONE"

    def html(self, found: Issue) -> str:
        """The address of an issue's page."""
        kind = "pull" if found.pull else "issues"
        return f"{self.urls.html}/{self.repository.name}/{kind}/{found.number}"

    @property
    def _root(self) -> str:
        return self.urls.repository(self.repository.name)

    def _pull(self, found: Issue) -> dict[str, Any]:
        html = self.html(found)
        return {
            "url": f"{self._root}/pulls/{found.number}",
            "html_url": html,
            "diff_url": f"{html}.diff",
            "patch_url": f"{html}.patch",
            "merged_at": found.pull.merged_at if found.pull else None,
        }
