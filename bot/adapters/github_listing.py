"""Reading all issues of the bot's account in one repository, with every sign that something is missing.

A list of GitHub has come without its end, with holes, or late, each time without an error; and a filter by creator has
found nothing for the accounts of Apps on Enterprise Cloud. Whatever looks like that makes a listing incomplete.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qs, urlsplit

from bot.adapters.github_http import Answer, Client
from bot.core.marker import parse
from bot.core.model import KnownIssue, Listing, Problem
from bot.ports import TrackerError

PAGE = 100  # the most that GitHub gives at once
_PAGES = 5_000  # half a million issues: a list that is longer does not end
_AGAIN = "nothing is opened on this listing; the next run reads it again"
_NEXT = re.compile(r'<([^<>]*)>\s*;[^,]*\brel="?next"?')
_NOT_THERE = frozenset({"not_found", "gone", "moved"})  # deleted, or transferred to another repository


class Reader:
    """Reads issues of one repository as the account `login`; `key` is the key of the markers."""

    def __init__(self, client: Client, repository: str, login: str, key: bytes) -> None:
        self._client, self._repository, self._login, self._key = client, repository, login, key

    def listing(self, known: frozenset[int]) -> Listing:
        """All issues of the account in the order of their creation; complete only if all came and held all `known`."""
        found = self._pages({"creator": self._login})
        if self._login.endswith("[bot]") and self._doubtful(found):
            found = self._pages({})
        problem = found.problem or self._missing(known - {issue.number for issue in found.issues})
        problems = (problem,) if problem else ()
        return Listing(self._repository, not problems, tuple(found.issues), problems)

    def issue(self, data: Mapping[str, Any]) -> KnownIssue | None:
        """The issue that GitHub's JSON tells of; None where it is a pull request or somebody else's."""
        if "pull_request" in data or not same_login(author(data), self._login):
            return None
        body = _string(data, "body")
        marker = parse(body, self._key)
        return KnownIssue(
            repository=self._repository,
            number=data["number"],
            title=_string(data, "title"),
            body=body,
            state=_string(data, "state"),
            state_reason=_string(data, "state_reason"),
            labels=label_names(data),
            locked=data.get("locked") is True,
            url=_string(data, "html_url"),
            fingerprint=marker.fingerprint if marker else "",
            nonce=marker.nonce if marker else "",
        )

    def _doubtful(self, found: _Found) -> bool:
        """Whether the filter may not have understood the login of an App: it found nothing, or was refused (422)."""
        return found.problem.code == "invalid" if found.problem else not found.issues

    def _pages(self, filtered: Mapping[str, str]) -> _Found:
        query = {"state": "all", "sort": "created", "direction": "asc", "per_page": str(PAGE), **filtered}
        found, cursor = _Found(), {"page": "1"}
        for page in range(1, _PAGES + 1):
            try:
                answer = self._client.get(f"/repos/{self._repository}/issues", self._repository, {**query, **cursor})
            except TrackerError as error:
                found.problem = Problem(error.code, self._repository, error.message)
                return found
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

    def _missing(self, numbers: frozenset[int]) -> Problem | None:
        """The problem of the first of these issues that is there after all."""
        for number in sorted(numbers):
            place = f"{self._repository}#{number}"
            try:
                answer = self._client.get(f"/repos/{self._repository}/issues/{number}", place)
            except TrackerError as error:
                if error.code in _NOT_THERE:
                    continue
                return Problem(error.code, place, error.message)
            if not isinstance(answer.data, dict) or answer.data.get("number") != number:
                continue  # somewhere else now
            writer = author(answer.data)
            if same_login(writer, self._login):
                return self._incomplete(f"#{number} is there and not in the list")
            message = f"#{number} was filed by {writer or 'nobody'}, the bot is {self._login} now: set github.bot_login"
            return Problem("other_login", place, f"{message}; {_AGAIN}")
        return None

    def _incomplete(self, what: str) -> Problem:
        return Problem("incomplete_listing", self._repository, f"{what}: {_AGAIN}")


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
        if not isinstance(page, list) or not all(_is_issue(data) for data in page):
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


def following_page(link: str, page: int) -> dict[str, str] | None:
    """The place of the next page that a Link header names, without its address; None where it names none."""
    found = _NEXT.search(link)
    if not found:
        return None
    try:
        query = parse_qs(urlsplit(found[1]).query)
    except ValueError:
        query = {}
    cursor = {name: values[0] for name, values in query.items() if name in {"page", "after"}}
    return cursor or {"page": str(page + 1)}


def author(data: Mapping[str, Any]) -> str:
    """The login of who opened an issue; "" where the account is gone."""
    user = data.get("user")
    return _string(user, "login") if isinstance(user, dict) else ""


def label_names(data: Mapping[str, Any]) -> tuple[str, ...]:
    """The names of an issue's labels, which come as objects or as texts."""
    listed = data.get("labels")
    names = (
        [each.get("name") if isinstance(each, dict) else each for each in listed] if isinstance(listed, list) else []
    )
    return tuple(name for name in names if isinstance(name, str))


def same_login(one: str, other: str) -> bool:
    """Whether two logins name one account: GitHub does not tell capitals from small letters."""
    return bool(one) and one.casefold() == other.casefold()


def _is_issue(data: object) -> bool:
    if not isinstance(data, dict):
        return False
    number = data.get("number")
    whole = isinstance(number, int) and not isinstance(number, bool) and number > 0
    return whole and data.get("state") in {"open", "closed"} and isinstance(data.get("created_at"), str)


def _string(data: Mapping[str, Any], name: str) -> str:
    value = data.get(name)
    return value if isinstance(value, str) else ""
