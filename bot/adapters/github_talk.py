"""What was said in a whole repository since a moment: every comment that was made or edited, however many there are.

GitHub lists comments by the time of their last edit. While pages are read an edit moves a comment to the end and all
behind it one place up, so that one slips over the edge onto a page that was read already. Therefore the list is asked
for again from the time at the end of a full page, less a second. Only where a second fills a page, pages are counted;
then all of them are read again until nothing new comes.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

from bot.adapters.github_cache import Conditional
from bot.adapters.github_comments import kept_comments, read_comments
from bot.adapters.github_errors import sent, unexpected
from bot.adapters.github_http import Answer, Client
from bot.adapters.github_pages import PAGE, following_page
from bot.core.history import IssueComment, Talk

_MOST = 1_000  # pages at once: a hundred thousand comments; the next question goes on from there
_SECOND = timedelta(seconds=1)  # how exactly GitHub tells the time of an edit
_ALWAYS = datetime.max.replace(tzinfo=UTC)  # where an answer does not say when it was sent


class _Page(NamedTuple):
    """A page of the list: the comments that can be read, and whether there is another page behind it."""

    comments: tuple[IssueComment, ...]
    more: bool


class Talks:
    """One reading of a repository's comments as the account `login` sees them; for one question only."""

    def __init__(
        self, client: Client, conditional: Conditional, repository: str, login: str, *, most: int = _MOST
    ) -> None:
        self._client, self._conditional, self._repository, self._login = client, conditional, repository, login
        self._path = f"/repos/{repository}/issues/comments"
        self._found: dict[int, IssueComment] = {}
        self._news = 0  # how often a comment came that was not known like that
        self._left = most
        self._cursor = _ALWAYS  # all that was edited before it was read
        self._ordered = True

    def since(self, moment: datetime) -> Talk:
        """All comments made or edited since; raises `TrackerError`. The first page is conditional."""
        self._cursor = moment.astimezone(UTC).replace(microsecond=0)
        self._left -= 1
        query = self._query(1)
        answer = self._conditional.get(self._path, self._repository, query, self._picked, slot="talk")
        whole = self._follow(self._page(answer.data, answer, 1))
        found = sorted(self._found.values(), key=lambda each: (_edited(each), each.id))
        times = [each.updated for each in found if each.updated]
        until = max(times, default=None) if whole else self._cursor
        return Talk(tuple(found), until and min(until, sent(answer.headers, _ALWAYS)))

    def _follow(self, page: _Page) -> bool:
        """Read on from a first page; whether everything was read, else all that was edited before the cursor was."""
        while page.more:
            further = self._further(page)
            if further is None:
                passed = self._past()
                if passed is None:
                    return False
                page = passed
                continue
            if not self._left:
                return False
            self._cursor = further
            page = self._ask(1)
        return True

    def _past(self) -> _Page | None:
        """The page that leads on from a second that fills pages, when all to it was read twice with nothing new."""
        news, page = -1, None
        while news != self._news:
            news, page, number = self._news, None, 0
            while page is None or (page.more and self._further(page) is None):
                if not self._left:
                    return None
                number, before = number + 1, page
                page = self._ask(number)
                if before and before.comments == page.comments != ():
                    raise unexpected(self._repository, "the same page of comments again and again", write=False)
        return page

    def _further(self, page: _Page) -> datetime | None:
        """The moment from which to ask on behind a page; None where that is not later than the cursor."""
        end = max((each.updated for each in page.comments if each.updated), default=None)
        return end - _SECOND if self._ordered and end and end - self._cursor > _SECOND else None

    def _ask(self, number: int) -> _Page:
        self._left -= 1
        answer = self._client.get(self._path, self._repository, self._query(number))
        return self._page(self._picked(answer.data), answer, number)

    def _page(self, listed: Sequence[Any], answer: Answer, number: int) -> _Page:
        comments = read_comments(listed, self._login)
        times = [each.updated for each in comments if each.updated]
        self._ordered = self._ordered and times == sorted(times)
        for each in comments:
            known = self._found.get(each.id)
            if known is None or (each != known and _edited(each) >= _edited(known)):
                self._found[each.id] = each
                self._news += 1
        more = len(listed) >= PAGE or following_page(answer.headers.get("link", ""), number) is not None
        return _Page(tuple(comments), more)

    def _picked(self, data: Any) -> list[dict[str, Any]]:
        return kept_comments(data, self._repository)

    def _query(self, number: int) -> dict[str, str]:
        since = self._cursor.isoformat().replace("+00:00", "Z")
        query = {"since": since, "sort": "updated", "direction": "asc", "per_page": str(PAGE)}
        return {**query, "page": str(number)} if number > 1 else query


def _edited(comment: IssueComment) -> datetime:
    return comment.updated or comment.at
