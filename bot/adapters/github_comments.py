"""The comments on issues: read, made, edited and deleted."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from bot.adapters.github_cache import Conditional
from bot.adapters.github_errors import refused, unexpected
from bot.adapters.github_http import Answer, Client
from bot.adapters.github_pages import author, is_count, pages, same_login, string, time
from bot.core.history import IssueComment
from bot.ports import TrackerError

_MOST = 100  # pages: more comments than any issue that is still read
_DIGITS = 18  # of the longest number that both databases take
_GONE = frozenset({404, 410})
ABSENT_CODES = frozenset(
    {"not_found", "gone", "issues_disabled"}
)  # what these are to what asks for a comment by its id


class Comments:
    """The comments of one repository as the account `login` sees and makes them; every method raises `TrackerError`."""

    def __init__(self, client: Client, repository: str, login: str) -> None:
        self._client, self._repository, self._login = client, repository, login

    def of(self, issue: int, conditional: Conditional) -> tuple[IssueComment, ...]:
        """All of one issue, oldest first; a page that did not change costs nothing."""
        place = f"{self._repository}#{issue}"
        path = f"/repos/{self._repository}/issues/{issue}/comments"

        def read(path: str, place: str, parameters: Mapping[str, str]) -> Answer:
            return conditional.get(path, place, parameters, lambda data: kept_comments(data, place))

        listed = [data for page in pages(read, path, place, {}, _MOST) for data in page]
        found = {each.id: each for each in read_comments(listed, self._login)}
        return tuple(sorted(found.values(), key=lambda each: (each.at, each.id)))

    def one(self, comment: int) -> IssueComment | None:
        """One as it reads now; None where it is deleted.

        A 404 says so only where the repository itself is shown, a 410 only where it has issues.
        """
        found = self._look(comment)
        if found.status in _GONE:
            self._need_issues()
            return None
        read = read_comments(kept_comments([found.data], self._repository), self._login)
        if [each.id for each in read] != [comment]:
            raise unexpected(self._place(comment), "no comment with a time", write=False)
        return read[0]

    def add(self, issue: int, body: str, now: datetime) -> IssueComment:
        """Make one, with one POST that is never repeated; an answer without its id is unclear."""
        place = f"{self._repository}#{issue}"
        path = f"/repos/{self._repository}/issues/{issue}/comments"
        data = self._client.write("POST", path, place, {"body": body}).data
        if not isinstance(data, dict) or not is_count(data.get("id")):
            raise unexpected(place, "an answer without the new comment's id", write=True)
        by, at = author(data) or self._login, time(data, "created_at") or now
        made = IssueComment(data["id"], issue, by, own=True, body=body, at=at, robot=is_robot(data))
        return made._replace(updated=time(data, "updated_at") or at)

    def reword(self, comment: int, body: str) -> None:
        """Give one of the account's own another text, with one PATCH."""
        found = self._own(comment)
        if found is None:
            raise TrackerError("not_found", f"{self._place(comment)}: it was deleted")
        answer = self._client.write("PATCH", self._path(comment), self._place(comment), {"body": body})
        if not isinstance(answer.data, dict) or answer.data.get("id") != comment:
            raise unexpected(self._place(comment), "an answer without the comment's id", write=True)

    def delete(self, comment: int) -> None:
        """Delete one of the account's own; one that is there no more is deleted already."""
        if self._own(comment) is None:
            return
        try:
            self._client.write("DELETE", self._path(comment), self._place(comment))
        except TrackerError as error:
            if error.code not in ABSENT_CODES:
                raise

    def _own(self, comment: int) -> Mapping[str, Any] | None:
        """One of the account's own as GitHub's JSON; None where it is deleted."""
        found = self._look(comment)
        if found.status in _GONE:
            return None
        data = found.data if isinstance(found.data, dict) else {}
        writer = author(data)
        if not same_login(writer, self._login):
            raise TrackerError(
                "not_own", f"{self._place(comment)}: it is by {writer or 'nobody'}, not by {self._login}: it stays"
            )
        return data

    def _need_issues(self) -> None:
        shown = self._client.get(f"/repos/{self._repository}", self._repository).data
        if isinstance(shown, dict) and shown.get("has_issues") is False:
            raise refused(self._repository, 410, {}, None, write=False)

    def _look(self, comment: int) -> Answer:
        return self._client.look(self._path(comment), self._place(comment), _GONE)

    def _path(self, comment: int) -> str:
        return f"/repos/{self._repository}/issues/comments/{comment}"

    def _place(self, comment: int) -> str:
        return f"{self._repository} comment {comment}"


def kept_comments(data: Any, place: str) -> list[dict[str, Any]]:
    """What is kept of a page of comments, {} for an entry that is none; raises `TrackerError` where it holds none at all."""
    if not isinstance(data, list):
        raise unexpected(place, "no list of comments", write=False)
    kept = [_kept(each) for each in data]
    if kept and not any(kept):
        raise unexpected(place, "something else than comments", write=False)
    return kept


def read_comments(listed: Iterable[Any], login: str) -> list[IssueComment]:
    """The comments that `kept_comments` kept, in their order; one that does not say when it was made is left out."""
    return [
        IssueComment(
            id=each["id"],
            issue=each["issue"],
            by=each["by"],
            own=same_login(each["by"], login),
            body=each["body"],
            at=at,
            updated=time(each, "updated_at"),
            robot=each["robot"] is True,
        )
        for each in listed
        if each and (at := time(each, "created_at"))
    ]


def is_robot(data: Mapping[str, Any]) -> bool:
    """Whether a program wrote it: the account of an App, or one that is named like one."""
    user = data.get("user")
    return isinstance(user, dict) and (user.get("type") == "Bot" or author(data).endswith("[bot]"))


def _kept(data: Any) -> dict[str, Any]:
    """What is kept of a comment; its issue is the end of its address."""
    if not isinstance(data, dict):
        return {}
    number, identity = string(data, "issue_url").rpartition("/")[2], data.get("id")
    if not number.isdecimal() or len(number) > _DIGITS or not is_count(identity) or identity >= 10**_DIGITS:
        return {}
    times = {name: string(data, name) for name in ("created_at", "updated_at")}
    said = {"by": author(data), "robot": is_robot(data), "body": string(data, "body")}
    return {"id": identity, "issue": int(number), **times, **said}
