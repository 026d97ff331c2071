"""Hearing: what is said in comments is read from GitHub and kept as it reads now, so that nothing said is ever missed.

A poll asks for what was made or edited since a moment that only GitHub's own clock moves on, with an overlap. It cannot
show what was deleted: where orders hold, the comments of the issue are read again (unchanged ones cost nothing).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from bot.core.comments import note_of
from bot.core.history import IssueComment, Remark, Talk
from bot.core.model import Listing, Problem
from bot.core.orders import ASSIGNED
from bot.core.remarks import addressed
from bot.ports import Store, Tracker, TrackerError

_OVERLAP = timedelta(minutes=10)  # GitHub may show an edit late, with the time at which it was made
_LEASE = timedelta(minutes=5)
_LASTING = frozenset({"forbidden", "not_found", "unauthorized"})  # what the next cycle would be answered too


@dataclass
class Listener:
    """Reads the comments of repositories into the store; one process reads a repository at a time.

    `key` checks the bot's own hidden lines, `clock` is the machine's, `holder` names this process. What cannot be read is a
    problem and costs only itself: it is read in the next cycle.
    """

    tracker: Tracker
    store: Store
    key: bytes
    clock: Callable[[], datetime]
    holder: str
    problems: list[Problem]
    _roles: dict[tuple[str, str], str | None] = field(default_factory=dict)
    _doubt: dict[str, str] = field(default_factory=dict)
    _assigned: set[tuple[str, int, str]] = field(default_factory=set)

    def hear(
        self, listing: Listing, due: frozenset[int], in_force: Callable[[tuple[Remark, ...]], Iterable[int]]
    ) -> str:
        """Read what is new in a repository, the comments `due`, and the issues in which the remarks kept are in force.

        Returns why it is not known what maintainers want there now, "" where it is: what was not read is not "nothing".
        """
        repository = listing.repository
        new = self.store.heard(repository) is None
        if listing.problems:
            # Where a comment stands cannot be told without the list of issues, nor since when people speak to the bot.
            placed = {issue.number for issue in listing.issues}
            lost = (not each.own and each.issue not in placed for each in self.store.remarks(repository))
            return "the list of its issues is not whole" if new or any(lost) else ""
        if not self.store.lease(f"hear/{repository}", self.holder, self.clock(), _LEASE):
            return "another process reads its comments for the first time" if new else ""
        self._assigned |= {
            (repository, issue.number, login.lower()) for issue in listing.issues for login in issue.assignees
        }
        try:
            self._new(listing)
            self._due(repository, due)
            self._again(repository, in_force)
            self._roles_of(repository)
        finally:
            self.store.release(f"hear/{repository}", self.holder)
        if self.store.heard(repository) is None and any(issue.fingerprint for issue in listing.issues):
            return "its comments could not be read"
        return self._doubt.get(repository, "")

    def _new(self, listing: Listing) -> None:
        """What was said since the last time; at first since the bot's oldest issue, because nobody spoke to it before."""
        repository = listing.repository
        since = self.store.heard(repository)
        if since is None:
            made = [issue.created_at for issue in listing.issues if issue.fingerprint and issue.created_at]
            since = min(made, default=None)
        if since is None:
            return
        try:
            talk = self.tracker.talk(repository, since)
        except TrackerError as error:
            self._say(error, repository, "its comments could not be read")
            return
        self._keep(repository, talk, since)

    def _keep(self, repository: str, talk: Talk, since: datetime) -> None:
        known = {remark.id: remark for remark in self.store.remarks(repository)}
        read, held_up = self._read(repository, talk.comments, known)
        until = min([moment - _OVERLAP for moment in (talk.until, *held_up) if moment], default=since)
        self.store.hear(repository, read, (), max(until, since))

    def _read(
        self, repository: str, comments: Iterable[IssueComment], known: Mapping[int, Remark]
    ) -> tuple[list[Remark], list[datetime]]:
        """What is to be kept of comments, and the times of those whose author's role could not be asked although it must be.

        A new comment waits in the store for the role of its author. An edited one stays as it was: that nobody could be asked
        is neither yes nor no, and what held before the edit goes on.
        """
        read: list[Remark] = []
        held_up: list[datetime] = []
        for comment in comments:
            before, updated = known.get(comment.id), comment.updated or comment.at
            if not (before or self._matters(comment)) or (
                before and (before.body, before.updated) == (comment.body, updated)
            ):
                continue
            role = "" if comment.own or comment.robot else self._role(repository, comment.by)
            if role is None and before and before.role:
                held_up.append(updated)
                continue
            read.append(self._remark(repository, comment, role or ""))
        return read, held_up

    def _matters(self, comment: IssueComment) -> bool:
        if comment.own:
            return note_of(comment.body, self.key) is not None
        return not comment.robot and addressed(comment.body)

    def _due(self, repository: str, due: frozenset[int]) -> None:
        """What a webhook said to read again."""
        for number in sorted(due):
            try:
                comment = self.tracker.remark(repository, number)
            except TrackerError as error:
                self._say(error, f"{repository} comment {number}", "it could not be read")
                continue
            known = {remark.id: remark for remark in self.store.remarks(repository)}
            read, _ = self._read(repository, (comment,) if comment else (), known)
            self.store.hear(repository, read, () if comment else (number,), None)

    def _again(self, repository: str, in_force: Callable[[tuple[Remark, ...]], Iterable[int]]) -> None:
        """What still holds is looked at again: its comment may be gone."""
        remarks = self.store.remarks(repository)
        known = {remark.id: remark for remark in remarks}
        for issue in sorted(set(in_force(remarks))):
            try:
                there = self._there(repository, issue)
                missing = {each.id for each in remarks if each.issue == issue} - {each.id for each in there}
                # A list may lack an entry: only what GitHub says is not there is gone.
                gone = [number for number in sorted(missing) if self.tracker.remark(repository, number) is None]
            except TrackerError as error:
                self._say(error, f"{repository}#{issue}", "its comments could not be read again")
                continue
            read, _ = self._read(repository, there, known)
            if read or gone:
                self.store.hear(repository, read, gone, None)

    def _there(self, repository: str, issue: int) -> tuple[IssueComment, ...]:
        """The comments of an issue; none where the issue itself is deleted, or was moved away."""
        try:
            return self.tracker.comments(repository, issue)
        except TrackerError as error:
            if error.code not in {"gone", "moved", "not_found"}:
                raise
            return ()

    def _roles_of(self, repository: str) -> None:
        """Who could not be asked about when they spoke is asked about again."""
        waiting = [each for each in self.store.remarks(repository) if not (each.role or each.own or each.robot)]
        asked = [each._replace(role=self._here(self._role(repository, each.by) or "", each)) for each in waiting]
        if found := [each for each in asked if each.role]:
            self.store.hear(repository, found, (), None)

    def _role(self, repository: str, login: str) -> str | None:
        """What an account may do; None where that could not be asked, which is said once a cycle. A ghost may do nothing."""
        if not login:
            return "none"
        name = (repository, login.lower())
        if name not in self._roles:
            try:
                self._roles[name] = self.tracker.role(repository, login)
            except TrackerError as error:
                self._say(error, repository, "what the author of a comment may do could not be asked")
                self._roles[name] = None
                if error.code not in _LASTING:
                    self._doubt[repository] = f"what {login} may do could not be asked"
        return self._roles[name]

    def _say(self, error: TrackerError, place: str, what: str) -> None:
        problem = Problem(error.code, place, f"{what}: {error.message}")
        if problem not in self.problems:
            self.problems.append(problem)

    def _remark(self, repository: str, comment: IssueComment, role: str) -> Remark:
        made, updated = comment.at.astimezone(UTC), (comment.updated or comment.at).astimezone(UTC)
        remark = Remark(
            repository, comment.id, comment.issue, comment.by, made, updated, comment.body, comment.own, comment.robot
        )
        return remark._replace(role=self._here(role, remark))

    def _here(self, role: str, remark: Remark) -> str:
        """The role of an author, with that the issue is assigned to them."""
        mine = (remark.repository, remark.issue, remark.by.lower()) in self._assigned
        return f"{role}{ASSIGNED}" if role and mine else role
