"""The listing that is remembered, and what one conditional request tells of what changed since.

Only the newest changes are on that page, so it is not trusted where it could hide one: a page on which everything is newer
than the last look, an issue that should be on it and is not, or a known issue that is remembered nowhere. Then, and once
a day, everything is listed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from bot.adapters.github_cache import Conditional, Memory
from bot.adapters.github_errors import sent, unexpected
from bot.adapters.github_http import Answer
from bot.adapters.github_listing import Reader, is_issue, read_issue
from bot.adapters.github_pages import PAGE, author, same_login, time
from bot.core.model import KnownIssue, Listing, Problem
from bot.ports import TrackerError

_QUERY = {"state": "all", "sort": "updated", "direction": "desc", "per_page": str(PAGE)}
_WHOLE = timedelta(days=1)  # how long a whole listing is built on
_MARGIN = timedelta(minutes=1)  # by which GitHub's lists may lag behind its clock


@dataclass(frozen=True, slots=True)
class _Page:
    """The newest changes of a repository: who knows `tag` knows them all. `entries` that are not the account's are bare."""

    tag: str
    sent: datetime
    entries: tuple[Mapping[str, Any], ...]

    def hides(self, issues: Mapping[int, KnownIssue], looked: datetime | None) -> bool:
        """Whether something may have changed, since everything was as in `issues`, that this page does not show."""
        times = [at for entry in self.entries if (at := time(entry, "updated_at"))]
        shown, full = {entry["number"] for entry in self.entries}, len(self.entries) >= PAGE
        oldest = min(times, default=self.sent)
        if full and (looked is None or oldest >= looked - _MARGIN):
            return True
        due = {each.number for each in issues.values() if not full or (each.updated_at and each.updated_at > oldest)}
        return not due <= shown


class Glances:
    """One repository as it is remembered; `reader` lists all of it, `login` is the bot's account."""

    def __init__(self, reader: Reader, conditional: Conditional, memory: Memory) -> None:
        self._reader, self._conditional, self._memory = reader, conditional, memory

    def listing(self, known: frozenset[int], merged: str = "") -> Listing:
        """Everything, which is remembered where it is complete; `merged` is the page that was looked at before."""
        began = self._memory.now
        listing = self._reader.listing(known)
        if listing.complete:
            self._remember(
                {
                    "at": began.isoformat(),
                    "looked": (self._reader.began or began).isoformat(),
                    "filtered": self._reader.filtered,
                    "merged": merged,
                    "issues": [_kept(issue) for issue in listing.issues],
                }
            )
        return listing

    def glance(self, known: frozenset[int], now: datetime) -> Listing:
        """What is remembered with what changed since; a whole listing where that could miss something."""
        there = self._memory.recall("listing", self._reader.repository)
        listed = time(there, "at")
        if listed is None or abs(now - listed) >= _WHOLE:
            return self.listing(known)
        try:
            page = self._page(filtered=there.get("filtered") is True)
        except TrackerError as error:
            return self._reader.failed(Problem(error.code, self._reader.repository, error.message))
        issues = self._remembered(there)
        if not page.tag or page.tag != there.get("merged"):
            if page.hides(issues, time(there, "looked")):
                return self.listing(known, page.tag)
            issues = self._merged(issues, page.entries)
            kept = [_kept(issue) for issue in issues.values()]
            self._remember({**there, "looked": page.sent.isoformat(), "merged": page.tag, "issues": kept})
        if known - issues.keys():
            return self.listing(known, page.tag)
        found = tuple(issues[number] for number in sorted(issues))
        return Listing(self._reader.repository, complete=False, issues=found)

    def _page(self, *, filtered: bool) -> _Page:
        repository, query = self._reader.repository, dict(_QUERY)
        if filtered:
            query["creator"] = self._reader.login
        answer: Answer = self._conditional.get(f"/repos/{repository}/issues", repository, query, self._picked)
        tag = answer.headers.get("etag", "")
        return _Page(tag, sent(answer.headers, self._memory.now), tuple(answer.data))

    def _picked(self, data: Any) -> list[dict[str, Any]]:
        repository = self._reader.repository
        if not isinstance(data, list) or not all(is_issue(each) and time(each, "updated_at") for each in data):
            raise unexpected(repository, "something else than issues", write=False)
        return [self._entry(each) for each in data]

    def _entry(self, data: Mapping[str, Any]) -> dict[str, Any]:
        if "pull_request" in data or not same_login(author(data), self._reader.login):
            return {"number": data["number"], "updated_at": data["updated_at"]}
        return _kept(read_issue(data, self._reader.repository, b""))

    def _merged(self, issues: Mapping[int, KnownIssue], entries: Sequence[Mapping[str, Any]]) -> dict[int, KnownIssue]:
        """The issues with those of the page that are not older: a list may come from a server that lags behind."""
        found = dict(issues)
        for entry in entries:
            if "title" in entry:
                issue = self._reader.own(entry)
                known = found.get(issue.number)
                if not (known and known.updated_at and issue.updated_at and known.updated_at > issue.updated_at):
                    found[issue.number] = issue
        return found

    def _remembered(self, there: Mapping[str, Any]) -> dict[int, KnownIssue]:
        listed = there.get("issues")
        known = [self._reader.own(each) for each in listed if is_issue(each)] if isinstance(listed, list) else []
        return {issue.number: issue for issue in known}

    def _remember(self, value: Mapping[str, Any]) -> None:
        self._memory.keep(value, "listing", self._reader.repository)


def _kept(issue: KnownIssue) -> dict[str, Any]:
    """An issue as it is remembered: the same names as in GitHub's JSON, so that one function reads both."""
    times = {"created_at": issue.created_at, "updated_at": issue.updated_at, "closed_at": issue.closed_at}
    return {
        "number": issue.number,
        "title": issue.title,
        "body": issue.body,
        "state": issue.state,
        "state_reason": issue.state_reason,
        "labels": list(issue.labels),
        "assignees": [{"login": name} for name in issue.assignees],
        "locked": issue.locked,
        "html_url": issue.url,
        **{name: at.isoformat() for name, at in times.items() if at},
    }
