"""The bot's own reactions to comments: how it says that it has seen, done, refused or not understood something."""

from __future__ import annotations

from collections.abc import Mapping

from bot.adapters.github_comments import ABSENT_CODES
from bot.adapters.github_http import Client
from bot.adapters.github_pages import author, is_count, pages, same_login, string
from bot.ports import TrackerError

_USED = frozenset({"+1", "-1", "eyes", "confused"})  # what the bot says something with; others are let be
_MOST = 100  # pages of reactions to one comment


class Reactions:
    """The reactions of the account `login` to comments of one repository."""

    def __init__(self, client: Client, repository: str, login: str) -> None:
        self._client, self._repository, self._login = client, repository, login

    def make(self, comment: int, wanted: frozenset[str]) -> None:
        """Make those to a comment these; a comment or reaction that is deleted is no error. Raises `TrackerError`."""
        place = f"{self._repository} comment {comment}"
        path = f"/repos/{self._repository}/issues/comments/{comment}/reactions"
        try:
            there = self._own(path, place)
            for content in sorted(wanted - there.keys()):
                self._client.write("POST", path, place, {"content": content})
        except TrackerError as error:
            if error.code not in ABSENT_CODES:
                raise
            return
        for content in sorted(_USED & there.keys() - wanted):
            self._take_back(f"{path}/{there[content]}", place)

    def _own(self, path: str, place: str) -> Mapping[str, int]:
        """Content → id of the account's own reactions."""
        listed = [data for page in pages(self._client.get, path, place, {}, _MOST) for data in page]
        return {
            string(each, "content"): each["id"]
            for each in listed
            if isinstance(each, dict) and is_count(each.get("id")) and same_login(author(each), self._login)
        }

    def _take_back(self, path: str, place: str) -> None:
        try:
            self._client.write("DELETE", path, place)
        except TrackerError as error:
            if error.code not in ABSENT_CODES:
                raise
