"""What can be done to issues, with the events that tell of it: used by API, page and Python interface alike."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

from bot.sandbox.access import reaches, role_of_login
from bot.sandbox.records import By, Comment, Event, Issue, Label, Pull, Reaction, Repository, World
from bot.sandbox.references import Reference, duplicate_of, issues_in, people_in


@dataclass(frozen=True, slots=True)
class Acts:
    """What one account does in one repository at one moment; each act returns the changed record and has kept it."""

    world: World
    repository: Repository
    by: By

    def open(self, title: str, body: str, pull: Pull | None = None) -> Issue:
        """A new issue, or pull request."""
        number = max(self.repository.issues, default=0) + 1
        issue = Issue(self.world.next_id(), number, title, body, self.by.login, self.by.at, self.by.at, pull=pull)
        return self.refer(self._keep(issue), body)

    def rewrite(self, issue: Issue, title: str | None, body: str | None) -> Issue:
        """The issue with another title or body; None leaves as it is."""
        if title is not None and title != issue.title:
            issue = self.tell(issue, "renamed", rename={"from": issue.title, "to": title})
            issue = self._touch(replace(issue, title=title))
        if body is not None and body != issue.body:
            issue = self.refer(self._touch(replace(issue, body=body)), body, issue.body)
        return issue

    def close(self, issue: Issue, reason: str = "completed", **closer: Any) -> Issue:
        """The issue closed; `closer` tells of the commit or pull request that did it. Nothing where it was closed."""
        if issue.state == "closed":
            return issue
        issue = self.tell(issue, "closed", state_reason=reason, **closer)
        closed = replace(issue, state="closed", state_reason=reason, closed_at=self.by.at, closed_by=self.by.login)
        return self._touch(closed)

    def reopen(self, issue: Issue) -> Issue:
        """The issue open again; nothing where it was open."""
        if issue.state == "open":
            return issue
        issue = self.tell(issue, "reopened", state_reason="reopened")
        return self._touch(replace(issue, state="open", state_reason="reopened", closed_at=None, closed_by=""))

    def label(self, issue: Issue, names: Iterable[str], *, create: bool) -> Issue:
        """The issue with exactly these labels; names nobody knows are made where `create`, else left out."""
        wanted = tuple(dict.fromkeys(label.id for label in self._labels(names, create=create)))
        for each in wanted:
            if each not in issue.labels:
                issue = self.tell(issue, "labeled", label=self._shown(each))
        for each in issue.labels:
            if each not in wanted:
                issue = self.tell(issue, "unlabeled", label=self._shown(each))
        return self._touch(replace(issue, labels=wanted)) if wanted != issue.labels else issue

    def assign(self, issue: Issue, logins: Iterable[str]) -> Issue:
        """The issue with exactly these assignees; accounts nobody knows are left out."""
        users = [self.world.user(login) for login in logins]
        wanted = tuple(dict.fromkeys(user.login for user in users if user))
        for login in sorted(set(wanted) ^ set(issue.assignees)):
            issue = self.tell(issue, "assigned" if login in wanted else "unassigned", assignee=login)
        return self._touch(replace(issue, assignees=wanted)) if wanted != issue.assignees else issue

    def lock(self, issue: Issue, reason: str | None) -> Issue:
        """The issue with its conversation locked."""
        return self._touch(replace(self.tell(issue, "locked", lock_reason=reason), locked=True, lock_reason=reason))

    def unlock(self, issue: Issue) -> Issue:
        """The issue with its conversation open again."""
        return self._touch(replace(self.tell(issue, "unlocked"), locked=False, lock_reason=None))

    def comment(self, issue: Issue, body: str) -> Comment:
        """A new comment on the issue."""
        comment = Comment(self.world.next_id(), issue.number, self.by.login, body, self.by.at, self.by.at)
        self.repository.comments[comment.id] = comment
        issue = self.refer(self._touch(issue), body)
        canonical = duplicate_of(body)
        if canonical and reaches(role_of_login(self.world, self.by.login, self.repository), "triage"):
            self._mark(issue, canonical)
        return comment

    def recomment(self, comment: Comment, body: str) -> Comment:
        """The comment with another text."""
        changed = self.repository.comments[comment.id] = replace(comment, body=body, updated_at=self.by.at)
        self.refer(self._touch(self.repository.issues[comment.issue]), body, comment.body)
        return changed

    def uncomment(self, comment: Comment) -> None:
        """Delete the comment."""
        del self.repository.comments[comment.id]
        self._touch(self.tell(self.repository.issues[comment.issue], "comment_deleted"))

    def react(self, to: Issue | Comment, content: str) -> tuple[Reaction, bool]:
        """The account's reaction, and whether it is new."""
        for each in to.reactions:
            if (each.login, each.content) == (self.by.login, content):
                return each, False
        reaction = Reaction(self.world.next_id(), self.by.login, content, self.by.at)
        self.keep_reactions(to, (*to.reactions, reaction))
        return reaction, True

    def keep_reactions(self, to: Issue | Comment, reactions: tuple[Reaction, ...]) -> None:
        """Put the reactions to an issue or comment in place; they change no `updated_at`."""
        if isinstance(to, Issue):
            self._keep(replace(to, reactions=reactions))
        else:
            self.repository.comments[to.id] = replace(to, reactions=reactions)

    def delete(self, issue: Issue) -> None:
        """Delete the issue with its comments: its number answers 410 from now on."""
        for comment in self.repository.comments_of(issue.number):
            del self.repository.comments[comment.id]
        self._keep(replace(issue, gone=True))

    def transfer(self, issue: Issue, target: Repository) -> Issue:
        """The issue in another repository, under a new number; the old one answers 301 from now on."""
        number = max(target.issues, default=0) + 1
        there = target.issues[number] = replace(issue, number=number, labels=(), updated_at=self.by.at)
        for comment in self.repository.comments_of(issue.number):
            target.comments[comment.id] = replace(comment, issue=number)
            del self.repository.comments[comment.id]
        self._keep(replace(issue, moved_to=f"{target.name}#{number}"))
        return there

    def tell(self, issue: Issue, kind: str, **detail: Any) -> Issue:
        """The issue with one more event."""
        event = Event(self.world.next_id(), kind, self.by.login, self.by.at, detail)
        return self._keep(replace(issue, events=(*issue.events, event)))

    def tell_once(self, issue: Issue, kind: str, **detail: Any) -> Issue:
        """The issue with this event, which stays one however often it happens."""
        known = any((each.kind, each.detail) == (kind, detail) for each in issue.events)
        return issue if known else self.tell(issue, kind, **detail)

    def refer(self, issue: Issue, text: str, before: str = "") -> Issue:
        """Tell the issues and people that a new text on this issue refers to, and its former text did not."""
        source = {"repository": self.repository.name, "number": issue.number}
        old = issues_in(before)
        for name, number in (each for each in issues_in(text) if each not in old):
            there = self.world.repository(name) if name else self.repository
            target = there.issues.get(number) if there else None
            if there and target and target.id != issue.id and not (target.gone or target.moved_to):
                Acts(self.world, there, self.by).tell_once(target, "cross-referenced", source=source)
        known = people_in(before)
        for user in (self.world.user(login) for login in people_in(text) if login not in known):
            if user:
                event = Event(self.world.next_id(), "mentioned", user.login, self.by.at)
                issue = self._keep(replace(issue, events=(*issue.events, event)))
        return issue

    def _mark(self, issue: Issue, canonical: Reference) -> None:
        there = self.world.repository(canonical.repository) if canonical.repository else self.repository
        if there and canonical.number in there.issues:
            detail = {"repository": there.name, "number": canonical.number}
            self.tell(issue, "marked_as_duplicate", canonical=detail, cross=there.id != self.repository.id)

    def _labels(self, names: Iterable[str], *, create: bool) -> Iterable[Label]:
        for name in names:
            label = self.repository.label(name)
            if label is None and create:
                label = Label(self.world.next_id(), name)
                self.repository.labels[label.id] = label
            if label is not None:
                yield label

    def _shown(self, number: int) -> dict[str, str]:
        label = self.repository.labels[number]
        return {"name": label.name, "color": label.color}

    def _touch(self, issue: Issue) -> Issue:
        return self._keep(replace(issue, updated_at=self.by.at))

    def _keep(self, issue: Issue) -> Issue:
        self.repository.issues[issue.number] = issue
        return issue
