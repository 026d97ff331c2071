"""Reading all issues of the bot's account in one repository, with every sign that something is missing.

A list of GitHub has come without its end, with holes, or late, each time without an error; and a filter by creator has
found nothing for the accounts of Apps on Enterprise Cloud. Whatever looks like that makes a listing incomplete.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, TypeGuard

from bot.adapters.github_errors import sent
from bot.adapters.github_http import ABSENT, Answer, Client
from bot.adapters.github_pages import NAME, PAGE, author, following_page, is_count, same_login, string, time
from bot.core.marker import parse
from bot.core.model import KnownIssue, Listing, Problem
from bot.ports import TrackerError

_PAGES = 5_000  # half a million issues: a list that is longer does not end
_AGAIN = "nothing is opened on this listing; the next run reads it again"
_THERE = re.compile(rf"(/repositories/[0-9]+|/repos/{NAME})/issues/([0-9]+)$")  # where a 301 leads


class Reader:
    """Reads issues of one repository as the account `login`; `key` is the key of the markers.

    After a listing, `filtered` says whether GitHub knows the account as a creator, `began` when the listing began by
    GitHub's own clock.
    """

    def __init__(self, client: Client, repository: str, login: str, key: bytes) -> None:
        self._client, self.repository, self.login, self._key = client, repository, login, key
        self.filtered = True
        self.began: datetime | None = None

    def listing(self, known: frozenset[int]) -> Listing:
        """All issues of the account in the order of their creation; complete only if all came and held all `known`."""
        found = self._pages({"creator": self.login})
        if self.login.endswith("[bot]") and self._doubtful(found):
            self.filtered = False
            found = self._pages({})
        gone: list[tuple[int, str]] = []
        problem = found.problem or self._missing(known - {issue.number for issue in found.issues}, gone)
        problems = (problem,) if problem else ()
        return Listing(self.repository, not problems, tuple(found.issues), problems, tuple(gone))

    def failed(self, problem: Problem) -> Listing:
        """A listing that could not be made."""
        return Listing(self.repository, complete=False, problems=(problem,))

    def own(self, data: Mapping[str, Any]) -> KnownIssue:
        """The issue of the account that GitHub's JSON, or what is remembered of it, tells of."""
        return read_issue(data, self.repository, self._key)

    def issue(self, data: Mapping[str, Any]) -> KnownIssue | None:
        """The issue that GitHub's JSON tells of; None where it is a pull request or somebody else's."""
        if "pull_request" in data or not same_login(author(data), self.login):
            return None
        return self.own(data)

    def _doubtful(self, found: _Found) -> bool:
        """Whether the filter may not have understood the login of an App: it found nothing, or was refused (422)."""
        return found.problem.code == "invalid" if found.problem else not found.issues

    def _pages(self, filtered: Mapping[str, str]) -> _Found:
        query = {"state": "all", "sort": "created", "direction": "asc", "per_page": str(PAGE), **filtered}
        found, cursor = _Found(), {"page": "1"}
        for page in range(1, _PAGES + 1):
            try:
                answer = self._client.get(f"/repos/{self.repository}/issues", self.repository, {**query, **cursor})
            except TrackerError as error:
                found.problem = Problem(error.code, self.repository, error.message)
                return found
            self.began = self.began or sent(answer.headers, datetime.now(UTC))
            following = following_page(answer.headers.get("link", ""), page)
            fault = found.fault(answer, more=following is not None)
            if fault:
                found.problem = self._incomplete(f"page {page} of the list {fault}")
                return found
            for data in answer.data:
                found.add(data, self.issue(data))
            if following is None and len(answer.data) < PAGE:
                return found
            cursor = following or {"page": str(page + 1)}  # full, and no word of a next one: only a look can tell
        found.problem = self._incomplete("the list does not end")
        return found

    def _missing(self, numbers: frozenset[int], gone: list[tuple[int, str]]) -> Problem | None:
        """The problem of the first of these issues that is there after all; what became of the others goes to `gone`."""
        for number in sorted(numbers):
            place = f"{self.repository}#{number}"
            try:
                fate, writer = self._fate(number, place)
            except TrackerError as error:
                return Problem(error.code, place, error.message)
            if fate:
                gone.append((number, fate))
                continue
            if same_login(writer, self.login):
                return self._incomplete(f"#{number} is there and not in the list")
            message = f"#{number} was filed by {writer or 'nobody'}, the bot is {self.login} now: set github.bot_login"
            return Problem("other_login", place, f"{message}; {_AGAIN}")
        return None

    def _fate(self, number: int, place: str) -> tuple[str, str]:
        """What became of an issue, "" where it is there, with who filed it; raises `TrackerError`."""
        answer = self._client.look(f"/repos/{self.repository}/issues/{number}", place)
        if answer.status == 301:
            return self._way(answer.headers.get("location", "")), ""
        if answer.status in ABSENT:
            return "deleted" if answer.status == 410 else "not there", ""
        if not isinstance(answer.data, dict) or answer.data.get("number") != number:
            return "not there", ""  # somewhere else now
        return "", author(answer.data)

    def _way(self, address: str) -> str:
        """Where a transferred issue is, as far as GitHub says; only the path of an address is looked at."""
        found = _THERE.search(address)
        if not found:
            return "transferred"
        answer = self._client.look(found[1], self.repository)
        name = string(answer.data, "full_name") if isinstance(answer.data, dict) else ""
        return f"transferred to {name}#{found[2]}" if name else "transferred"

    def _incomplete(self, what: str) -> Problem:
        return Problem("incomplete_listing", self.repository, f"{what}: {_AGAIN}")


class _Found:
    """What the pages so far held: the issues of the account, and what went wrong."""

    def __init__(self) -> None:
        self.issues: list[KnownIssue] = []
        self.problem: Problem | None = None
        self._numbers: set[int] = set()
        self._latest = ""

    def fault(self, answer: Answer, *, more: bool) -> str:
        """What is wrong with a page, in words that follow "the page"; "" where nothing is."""
        page = answer.data
        if not isinstance(page, list) or not all(is_issue(data) for data in page):
            return "is not a list of issues"
        if len(page) > PAGE or (more and len(page) < PAGE):
            return f"holds {len(page)} issues instead of {PAGE}"
        numbers = [data["number"] for data in page]
        if len(set(numbers)) < len(numbers) or not self._numbers.isdisjoint(numbers):
            return "repeats an issue"
        times = [self._latest, *(data["created_at"] for data in page)]
        return "" if times == sorted(times) else "is not in the order of creation"

    def add(self, data: Mapping[str, Any], issue: KnownIssue | None) -> None:
        """Take in one entry of a page, and the issue of the account that it is."""
        self._numbers.add(data["number"])
        self._latest = data["created_at"]
        if issue:
            self.issues.append(issue)


def read_issue(data: Mapping[str, Any], repository: str, key: bytes) -> KnownIssue:
    """The issue that GitHub's JSON tells of, whoever wrote it; its marker is for the caller to trust."""
    body = string(data, "body")
    marker = parse(body, key)
    return KnownIssue(
        repository=repository,
        number=data["number"],
        title=string(data, "title"),
        body=body,
        state=string(data, "state"),
        state_reason=string(data, "state_reason"),
        labels=label_names(data),
        locked=data.get("locked") is True,
        url=string(data, "html_url"),
        fingerprint=marker.fingerprint if marker else "",
        nonce=marker.nonce if marker else "",
        created_at=time(data, "created_at"),
        updated_at=time(data, "updated_at"),
        closed_at=time(data, "closed_at"),
        assignees=assignee_names(data),
    )


def label_names(data: Mapping[str, Any]) -> tuple[str, ...]:
    """The names of an issue's labels, which come as objects or as texts."""
    listed = data.get("labels")
    names = (
        [each.get("name") if isinstance(each, dict) else each for each in listed] if isinstance(listed, list) else []
    )
    return tuple(name for name in names if isinstance(name, str))


def assignee_names(data: Mapping[str, Any]) -> tuple[str, ...]:
    """The logins of those an issue is assigned to."""
    listed = data.get("assignees")
    names = [string(each, "login") for each in listed if isinstance(each, dict)] if isinstance(listed, list) else []
    return tuple(name for name in names if name)


def is_issue(data: object) -> TypeGuard[Mapping[str, Any]]:
    """Whether an entry of a list is an issue (or pull request) by its most needed parts."""
    if not isinstance(data, dict):
        return False
    whole = is_count(data.get("number")) and isinstance(data.get("created_at"), str)
    return whole and data.get("state") in {"open", "closed"}
