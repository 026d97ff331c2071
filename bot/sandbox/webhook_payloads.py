"""What changed in the world as the payloads of GitHub's webhooks: comments, issues, pull requests and pushes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from bot.sandbox import code_shapes
from bot.sandbox import shapes as plain
from bot.sandbox.issue_shapes import Shapes
from bot.sandbox.records import Comment, Commit, Issue, Repository, World
from bot.sandbox.urls import Urls

_NOTHING = "0" * 40  # the sha of a branch that was not there


class Payload(NamedTuple):
    """One delivery: its X-GitHub-Event, the id of its repository, and its JSON object."""

    event: str
    repository: int
    data: Mapping[str, Any]


class Glance(NamedTuple):
    """What a repository held at a moment; records are frozen, so shallow copies are enough."""

    issues: Mapping[int, Issue]
    comments: Mapping[int, Comment]
    commits: Mapping[str, Commit]


_EMPTY = Glance({}, {}, {})


def glance(world: World) -> dict[int, Glance]:
    """What all repositories hold now, by their ids."""
    return {
        each.id: Glance(dict(each.issues), dict(each.comments), dict(each.commits))
        for each in world.repositories.values()
    }


def payloads(before: Mapping[int, Glance], world: World, urls: Urls) -> Iterator[Payload]:
    """A delivery for everything that changed since the glance.

    The sender is who the issue's newest event names, else the author: a record does not say who edited it.
    """
    for repository in world.repositories.values():
        told = _Told(Shapes(world, repository, urls), before.get(repository.id, _EMPTY))
        yield from told.comments()
        yield from told.issues()
        yield from told.pushes()


class _Told(NamedTuple):
    """One repository, and what it held before."""

    shapes: Shapes
    old: Glance

    @property
    def _now(self) -> Repository:
        return self.shapes.repository

    def comments(self) -> Iterator[Payload]:
        """Comments created, edited and deleted; those that went with their issue are told of by the issue."""
        for comment in self._now.comments.values():
            before = self.old.comments.get(comment.id)
            if before is None and _there(self._now.issues[comment.issue]):
                yield self._comment("created", comment)
            elif before and before.body != comment.body:
                yield self._comment("edited", comment, changes={"body": {"from": before.body}})
        for number, comment in self.old.comments.items():
            if number not in self._now.comments and _there(self._now.issues[comment.issue]):
                yield self._comment("deleted", comment)

    def issues(self) -> Iterator[Payload]:
        """Issues and pull requests: opened, edited, closed, reopened, deleted, transferred, labelled, locked."""
        for issue in self._now.issues.values():
            before = self.old.issues.get(issue.number)
            if before is None:
                yield self._issue("opened", issue)
            elif before is not issue:
                for action, more in _actions(before, issue):
                    yield self._issue(action, issue, **more)

    def pushes(self) -> Iterator[Payload]:
        """The new commits of each branch."""
        fresh = [each for sha, each in self._now.commits.items() if sha not in self.old.commits]
        for branch in dict.fromkeys(each.branch for each in fresh):
            commits = [each for each in fresh if each.branch == branch]
            last = commits[-1]
            yield self._payload(
                "push",
                last.author,
                ref=f"refs/heads/{branch}",
                before=next(iter(commits[0].parents), _NOTHING),
                after=last.sha,
                base_ref=None,
                compare=f"{self.shapes.urls.html}/{self._now.name}/compare/{commits[0].sha}^...{last.sha}",
                created=False,
                deleted=False,
                forced=False,
                commits=[self._commit(each) for each in commits],
                head_commit=self._commit(last),
                pusher={"name": last.author, "email": f"{last.author}@users.noreply.localhost"},
            )

    def _comment(self, action: str, comment: Comment, **more: Any) -> Payload:
        issue = self._now.issues[comment.issue]
        sender = issue.events[-1].actor if action == "deleted" and issue.events else comment.author
        shown = {"issue": self.shapes.issue(issue), "comment": self.shapes.comment(comment)}
        return self._payload("issue_comment", sender, action=action, **shown, **more)

    def _issue(self, action: str, issue: Issue, **more: Any) -> Payload:
        sender = issue.events[-1].actor if issue.events else issue.author
        if issue.pull is None:
            return self._payload("issues", sender, action=action, issue=self.shapes.issue(issue), **more)
        pull = code_shapes.pull(self.shapes, issue, issue.pull, whole=True)
        return self._payload("pull_request", sender, action=action, number=issue.number, pull_request=pull, **more)

    def _commit(self, commit: Commit) -> dict[str, Any]:
        shown = code_shapes.commit(self.shapes, commit)
        person = {"name": commit.author, "email": shown["commit"]["author"]["email"], "username": commit.author}
        return {
            "id": commit.sha,
            "tree_id": commit.sha,
            "message": commit.message,
            "timestamp": commit.at,
            "url": shown["html_url"],
            "distinct": True,
            "author": person,
            "committer": person,
            "added": [],
            "removed": [],
            "modified": [],
        }

    def _payload(self, event: str, sender: str, **values: Any) -> Payload:
        shapes = self.shapes
        shown = plain.repository(self._now, shapes.world, shapes.urls)
        return Payload(event, self._now.id, {**values, "repository": shown, "sender": shapes.user(sender)})


def _actions(before: Issue, now: Issue) -> Iterator[tuple[str, dict[str, Any]]]:
    """What happened to an issue, with what its payload has besides."""
    changed = {name: {"from": getattr(before, name)} for name in ("title", "body") if _differ(before, now, name)}
    if not _there(now):
        yield ("deleted" if now.gone else "transferred"), {}
        return
    if changed:
        yield "edited", {"changes": changed}
    if before.state != now.state:
        yield ("closed" if now.state == "closed" else "reopened"), {}
    if set(before.labels) != set(now.labels):
        yield ("labeled" if set(now.labels) - set(before.labels) else "unlabeled"), {}
    if before.locked != now.locked:
        yield ("locked" if now.locked else "unlocked"), {}
    if before.assignees != now.assignees:
        yield ("assigned" if set(now.assignees) - set(before.assignees) else "unassigned"), {}


def _differ(before: Issue, now: Issue, name: str) -> bool:
    return bool(getattr(before, name) != getattr(now, name))


def _there(issue: Issue) -> bool:
    return not (issue.gone or issue.moved_to)
