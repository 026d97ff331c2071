"""The comments on issues: read, made and deleted."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from bot.adapters.github_cache import Conditional
from bot.adapters.github_errors import unexpected
from bot.adapters.github_http import ABSENT, Client
from bot.adapters.github_pages import PAGE, author, is_count, pages, same_login, string, time
from bot.core.history import IssueComment
from bot.ports import TrackerError

_MOST = 100  # pages: more comments than any issue that is still read
_NEWEST = {"sort": "created", "direction": "desc", "per_page": str(PAGE)}


class Comments:
    """The comments of one repository as the account `login` sees and makes them; every method raises `TrackerError`."""

    def __init__(self, client: Client, repository: str, login: str) -> None:
        self._client, self._repository, self._login = client, repository, login

    def newest(self, conditional: Conditional) -> tuple[IssueComment, ...]:
        """The newest hundred of all issues, oldest first."""
        path = f"/repos/{self._repository}/issues/comments"
        answer = conditional.get(path, self._repository, _NEWEST, self._picked)
        return self._read(answer.data)

    def of(self, issue: int) -> tuple[IssueComment, ...]:
        """All of one issue, oldest first."""
        place = f"{self._repository}#{issue}"
        path = f"/repos/{self._repository}/issues/{issue}/comments"
        listed = [data for page in pages(self._client.get, path, place, {}, _MOST) for data in page]
        return self._read([self._one(data, place) for data in listed])

    def add(self, issue: int, body: str, now: datetime) -> IssueComment:
        """Make one, with one POST that is never repeated; an answer without its id is unclear."""
        place = f"{self._repository}#{issue}"
        path = f"/repos/{self._repository}/issues/{issue}/comments"
        data = self._client.write("POST", path, place, {"body": body}).data
        if not isinstance(data, dict) or not is_count(data.get("id")):
            raise unexpected(place, "an answer without the new comment's id", write=True)
        by, at = author(data) or self._login, time(data, "created_at") or now
        return IssueComment(data["id"], issue, by, own=True, body=body, at=at)

    def delete(self, comment: int) -> None:
        """Delete one of the account's own; one that is there no more is deleted already."""
        place, path = f"{self._repository} comment {comment}", f"/repos/{self._repository}/issues/comments/{comment}"
        found = self._client.look(path, place)
        if found.status in ABSENT:
            return
        writer = author(found.data) if isinstance(found.data, dict) else ""
        if not same_login(writer, self._login):
            raise TrackerError("not_own", f"{place}: it is by {writer or 'nobody'}, not by {self._login}: it stays")
        try:
            self._client.write("DELETE", path, place)
        except TrackerError as error:
            if error.code not in {"not_found", "gone"}:
                raise

    def _picked(self, data: Any) -> list[dict[str, Any]]:
        if not isinstance(data, list):
            raise unexpected(self._repository, "no list of comments", write=False)
        return [self._one(each, self._repository) for each in data]

    @staticmethod
    def _one(data: Any, place: str) -> dict[str, Any]:
        """What is kept of a comment; its issue is the end of its address."""
        number = string(data, "issue_url").rpartition("/")[2] if isinstance(data, dict) else ""
        if not number.isdecimal() or not is_count(data.get("id")) or time(data, "created_at") is None:
            raise unexpected(place, "something else than comments", write=False)
        said = {name: data[name] for name in ("id", "created_at")}
        return {**said, "issue": int(number), "by": author(data), "body": string(data, "body")}

    def _read(self, listed: list[Mapping[str, Any]]) -> tuple[IssueComment, ...]:
        found = [
            IssueComment(
                id=each["id"],
                issue=each["issue"],
                by=each["by"],
                own=same_login(each["by"], self._login),
                body=each["body"],
                at=at,
            )
            for each in listed
            if (at := time(each, "created_at"))
        ]
        return tuple(sorted(found, key=lambda each: (each.at, each.id)))
