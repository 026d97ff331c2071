"""A tracker that remembers what it was asked and holds its issues in memory: the model of GitHub."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from bot.core.history import Change, Happening, History, IssueComment, Talk
from bot.core.marker import parse
from bot.core.model import KnownIssue, Listing, Problem
from bot.ports import TrackerError

_TITLE = 256  # characters, as on GitHub


class FakeTracker:
    """`bot.ports.Tracker` in memory for the account `login`; what it was told to write stands in order in its lists.

    `failures` are raised by the next writes, one each: an unclear one only after it was done. `missing` are issues that
    lists leave out, `gone` repositories that GitHub does not show. `now` is the moment at which things happen. `changes`
    are the commits and merged pull requests of every repository, `closers` the changes that closed an issue, `canonical`
    what an issue is a duplicate of. `roles` is what accounts may do (by their login in small letters), those of the others
    is none; `unsure` are logins for which that cannot be asked. `reacted` are the bot's reactions by comment.
    """

    def __init__(self, login: str = "friction-bot", key: bytes = b"") -> None:
        self.login = login
        self.now = datetime(2026, 2, 20, 12, 0, tzinfo=UTC)
        self.created: list[KnownIssue] = []
        self.edited: list[KnownIssue] = []
        self.commented: list[IssueComment] = []
        self.reworded: list[IssueComment] = []
        self.deleted: list[int] = []
        self.roles: dict[str, str] = {"ann": "admin"}
        self.unsure: set[str] = set()
        self.reacted: dict[int, frozenset[str]] = {}
        self.failures: list[TrackerError] = []
        self.missing: set[int] = set()
        self.gone: set[str] = set()
        self.changes: list[Change] = []
        self.closers: dict[int, Change] = {}
        self.canonical: dict[int, int] = {}
        self.problems: tuple[Problem, ...] = ()  # what a test says was done, but not quite as asked
        self._key = key
        self._issues: dict[tuple[str, int], tuple[str, KnownIssue]] = {}  # repository, number → author, issue
        self._happened: dict[tuple[str, int], list[Happening]] = {}
        self._comments: dict[int, tuple[str, IssueComment]] = {}  # id → repository, comment
        self._fates: dict[tuple[str, int], str] = {}
        self._listed: set[str] = set()

    def listing(self, repository: str, known: frozenset[int]) -> Listing:
        if repository in self.gone:
            problem = Problem("not_found", repository, f"{repository}: GitHub does not show it")
            return Listing(repository, complete=False, problems=(problem,))
        own = {
            issue.number: issue
            for (where, _), (author, issue) in self._issues.items()
            if where == repository and author == self.login and issue.number not in self.missing
        }
        there = {number for where, number in self._issues if where == repository}
        unlisted = sorted(known & there - own.keys())
        problems = tuple(
            Problem("incomplete_listing", repository, f"#{number} is there and not in the list") for number in unlisted
        )
        gone = tuple((number, self._fates.get((repository, number), "not there")) for number in sorted(known - there))
        if not problems:
            self._listed.add(repository)
        return Listing(repository, not problems, tuple(own[number] for number in sorted(own)), problems[:1], gone)

    def glance(self, repository: str, known: frozenset[int], now: datetime) -> Listing:
        first = repository not in self._listed
        found = self.listing(repository, known)
        lacks = known - {issue.number for issue in found.issues}
        return found if first or lacks or found.problems else replace(found, complete=False)

    def issue(self, repository: str, number: int) -> KnownIssue | None:
        self._check(repository)
        author, found = self._issues.get((repository, number), ("", None))
        return found if found is None or author == self.login else replace(found, fingerprint="", nonce="")

    def history(self, issue: KnownIssue) -> History:
        self._check(issue.repository)
        happened = self._happened.get((issue.repository, issue.number), [])
        return History(tuple(happened), duplicate_of=self.canonical.get(issue.number))

    def commits(self, repository: str) -> tuple[Change, ...]:
        self._check(repository)
        return tuple(self.changes)

    def change(self, repository: str, ref: str) -> Change | None:
        self._check(repository)
        found = [each for each in self.changes if each.ref == ref or (ref[:1] != "#" and each.ref.startswith(ref))]
        return found[0] if len(found) == 1 else None

    def comments(self, repository: str, issue: int) -> tuple[IssueComment, ...]:
        self._there(repository, issue)
        return tuple(each for where, each in self._comments.values() if (where, each.issue) == (repository, issue))

    def talk(self, repository: str, since: datetime) -> Talk:
        self._check(repository)
        start = since.replace(microsecond=0)
        found = [(_edited(each), each) for where, each in self._comments.values() if where == repository]
        told = sorted(((at, each.id, each) for at, each in found if at >= start), key=lambda entry: entry[:2])
        until = min(self.now, told[-1][0]) if told else None
        return Talk(tuple(each for _, _, each in told), until)

    def remark(self, repository: str, comment: int) -> IssueComment | None:
        self._check(repository)
        where, found = self._comments.get(comment, ("", None))
        return found if where == repository else None

    def role(self, repository: str, login: str) -> str:
        self._check(repository)
        if login in self.unsure:
            raise TrackerError("forbidden", f"{repository} role of {login}: the credentials do not allow it")
        return self.roles.get(login.casefold(), "none")

    def react(self, repository: str, comment: int, wanted: frozenset[str]) -> None:
        if self.remark(repository, comment) is None:
            return
        failure = self._failure(repository, "")
        self.reacted[comment] = wanted
        if failure:
            raise failure

    def reword(self, repository: str, comment: int, body: str) -> None:
        found = self.remark(repository, comment)
        if found is None:
            raise TrackerError("not_found", f"{repository} comment {comment}: it was deleted")
        if not found.own:
            raise TrackerError("not_own", f"{repository} comment {comment}: it is somebody else's: it stays")
        failure = self._failure(repository, "")
        self.reworded.append(self.say_instead(comment, body))
        if failure:
            raise failure

    def create(self, repository: str, title: str, body: str, labels: tuple[str, ...]) -> KnownIssue:
        failure = self._failure(repository, title)
        made = self.add(repository, title, body, labels=labels)
        self.created.append(made)
        if failure:
            raise failure
        return made

    def edit(
        self,
        issue: KnownIssue,
        *,
        title: str | None = None,
        body: str | None = None,
        labels: tuple[str, ...] | None = None,
        state: str | None = None,
        reason: str | None = None,
    ) -> None:
        asked = {"title": title, "body": body, "labels": labels, "state": state}
        fields = {name: value for name, value in asked.items() if value is not None and value != getattr(issue, name)}
        if not fields:
            return
        now = self._there(issue.repository, issue.number)
        if _written(now) != _written(issue):
            raise TrackerError("changed_meanwhile", f"{issue.repository}#{issue.number}: it was changed")
        failure = self._failure(issue.repository, title or now.title)
        if "state" in fields:
            fields["state_reason"] = reason or ("completed" if state == "closed" else "reopened")
        self.change_issue(issue.repository, issue.number, by=self.login, **fields)
        self.edited.append(self._issues[issue.repository, issue.number][1])
        if failure:
            raise failure

    def comment(self, repository: str, issue: int, body: str) -> IssueComment:
        if self._there(repository, issue).locked:
            raise TrackerError("locked", f"{repository}#{issue}: its conversation is locked")
        failure = self._failure(repository, "")
        made = self.say(repository, issue, body, by=self.login)
        self.commented.append(made)
        if failure:
            raise failure
        return made

    def delete_comment(self, repository: str, comment: int) -> None:
        self._check(repository)
        if comment not in self._comments:
            return
        if not self._comments[comment][1].own:
            raise TrackerError("not_own", f"{repository} comment {comment}: it is somebody else's: it stays")
        failure = self._failure(repository, "")
        del self._comments[comment]
        self.deleted.append(comment)
        if failure:
            raise failure

    def add(
        self, repository: str, title: str, body: str, *, labels: tuple[str, ...] = (), author: str = ""
    ) -> KnownIssue:
        """An issue as somebody opens it, by default the bot's account."""
        used = [number for where, number in (*self._issues, *self._fates) if where == repository]
        number = 1 + max(used, default=0)
        url = f"https://github.com/{repository}/issues/{number}"
        issue = KnownIssue(repository, number, title, body, "open", "", labels, locked=False, url=url)
        issue = self._read(replace(issue, created_at=self.now, updated_at=self.now))
        self._issues[repository, number] = (author or self.login, issue)
        return issue

    def change_issue(self, repository: str, number: int, *, by: str = "ann", **fields: object) -> None:
        """What somebody does to an issue: `state="closed", state_reason="completed"`, a title, a body, labels."""
        author, issue = self._issues[repository, number]
        changed = self._read(replace(issue, **fields, updated_at=self.now))  # type: ignore[arg-type]
        if changed.state != issue.state:
            closed = changed.state == "closed"
            changed = replace(changed, closed_at=self.now if closed else None)
            reason, change = (changed.state_reason, self.closers.get(number)) if closed else ("", None)
            event = Happening("closed" if closed else "reopened", self.now, by, by == self.login, reason, change)
            self._happened.setdefault((repository, number), []).append(event)
        self._issues[repository, number] = (author, changed)

    def say(self, repository: str, issue: int, body: str, *, by: str = "ann") -> IssueComment:
        """A comment as somebody makes it."""
        number = 1 + max(self._comments, default=1000)
        robot = by.endswith("[bot]")
        made = IssueComment(number, issue, by, by == self.login, body, self.now, self.now, robot)
        self._comments[number] = (repository, made)
        return made

    def say_instead(self, comment: int, body: str) -> IssueComment:
        """Edit a comment, whoever made it."""
        repository, found = self._comments[comment]
        edited = found._replace(body=body, updated=self.now)
        self._comments[comment] = (repository, edited)
        return edited

    def unsay(self, comment: int) -> None:
        """Delete a comment, whoever made it."""
        del self._comments[comment]

    def remove(self, repository: str, number: int, fate: str = "deleted") -> None:
        """Delete an issue, or transfer it: its `fate` is what listings say then."""
        del self._issues[repository, number]
        self._comments = {
            name: (where, each)
            for name, (where, each) in self._comments.items()
            if (where, each.issue) != (repository, number)
        }
        self._fates[repository, number] = fate

    def _there(self, repository: str, number: int) -> KnownIssue:
        self._check(repository)
        if (repository, number) not in self._issues:
            raise TrackerError("gone", f"{repository}#{number}: the issue was deleted")
        return self._issues[repository, number][1]

    def _check(self, repository: str) -> None:
        if repository in self.gone:
            raise TrackerError("not_found", f"{repository}: GitHub does not show it")

    def _failure(self, repository: str, title: str) -> TrackerError | None:
        self._check(repository)
        if len(title) > _TITLE:
            raise TrackerError("invalid", f"{repository}: GitHub does not take what was sent")
        failure = self.failures.pop(0) if self.failures else None
        if failure and not failure.unclear:
            raise failure
        return failure

    def _read(self, issue: KnownIssue) -> KnownIssue:
        marker = parse(issue.body, self._key)
        return replace(issue, fingerprint=marker.fingerprint if marker else "", nonce=marker.nonce if marker else "")


def _edited(comment: IssueComment) -> datetime:
    return comment.updated or comment.at


def _written(issue: KnownIssue) -> tuple[str, str, set[str], str]:
    return issue.title, issue.body, set(issue.labels), issue.state
