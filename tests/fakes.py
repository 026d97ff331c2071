"""A tracker that remembers what it was asked and holds its issues in memory: the model of GitHub."""

from __future__ import annotations

from dataclasses import replace

from bot.core.marker import parse
from bot.core.model import KnownIssue, Listing, Problem
from bot.ports import TrackerError

_TITLE = 256  # characters, as on GitHub


class FakeTracker:
    """`bot.ports.Tracker` in memory for the account `login`; `created` and `edited` are what it was told, in order.

    `failures` are raised by the next writes, one each: an unclear one only after it was done. `missing` are issues that
    lists leave out, `gone` repositories that GitHub does not show.
    """

    def __init__(self, login: str = "friction-bot", key: bytes = b"") -> None:
        self.login = login
        self.created: list[KnownIssue] = []
        self.edited: list[KnownIssue] = []
        self.failures: list[TrackerError] = []
        self.missing: set[int] = set()
        self.gone: set[str] = set()
        self.problems: tuple[Problem, ...] = ()  # what a test says was done, but not quite as asked
        self._key = key
        self._issues: dict[tuple[str, int], tuple[str, KnownIssue]] = {}  # repository, number → author, issue

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
        return Listing(repository, not problems, tuple(own[number] for number in sorted(own)), problems[:1])

    def create(self, repository: str, title: str, body: str, labels: tuple[str, ...]) -> KnownIssue:
        failure = self._failure(repository, title)
        made = self.add(repository, title, body, labels=labels)
        self.created.append(made)
        if failure:
            raise failure
        return made

    def edit(self, issue: KnownIssue, *, title: str | None, body: str | None, labels: tuple[str, ...] | None) -> None:
        place = (issue.repository, issue.number)
        wanted = replace(
            issue,
            title=issue.title if title is None else title,
            body=issue.body if body is None else body,
            labels=issue.labels if labels is None else labels,
        )
        if wanted == issue:
            return
        if place not in self._issues:
            raise TrackerError("not_found", f"{issue.repository}#{issue.number}: GitHub does not show it")
        author, now = self._issues[place]
        if (now.title, now.body, set(now.labels)) != (issue.title, issue.body, set(issue.labels)):
            raise TrackerError("changed_meanwhile", f"{issue.repository}#{issue.number}: it was changed")
        failure = self._failure(issue.repository, wanted.title)
        self._issues[place] = (author, self._read(replace(wanted, state=now.state, state_reason=now.state_reason)))
        self.edited.append(self._issues[place][1])
        if failure:
            raise failure

    def add(
        self, repository: str, title: str, body: str, *, labels: tuple[str, ...] = (), author: str = ""
    ) -> KnownIssue:
        """An issue as somebody opens it, by default the bot's account."""
        number = 1 + max((each for where, each in self._issues if where == repository), default=0)
        url = f"https://github.com/{repository}/issues/{number}"
        issue = self._read(KnownIssue(repository, number, title, body, "open", "", labels, locked=False, url=url))
        self._issues[repository, number] = (author or self.login, issue)
        return issue

    def change(self, repository: str, number: int, **fields: object) -> None:
        """What a person does to an issue: `state="closed", state_reason="completed"`, a title, a body, labels."""
        author, issue = self._issues[repository, number]
        self._issues[repository, number] = (author, self._read(replace(issue, **fields)))  # type: ignore[arg-type]

    def remove(self, repository: str, number: int) -> None:
        """Delete an issue."""
        del self._issues[repository, number]

    def _failure(self, repository: str, title: str) -> TrackerError | None:
        if repository in self.gone:
            raise TrackerError("not_found", f"{repository}: GitHub does not show it")
        if len(title) > _TITLE:
            raise TrackerError("invalid", f"{repository}: GitHub does not take what was sent")
        failure = self.failures.pop(0) if self.failures else None
        if failure and not failure.unclear:
            raise failure
        return failure

    def _read(self, issue: KnownIssue) -> KnownIssue:
        marker = parse(issue.body, self._key)
        return replace(issue, fingerprint=marker.fingerprint if marker else "", nonce=marker.nonce if marker else "")
