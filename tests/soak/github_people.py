"""A maintainer on the GitHub of a soak, over HTTP; what there is is read from the state on disk, which no trouble reaches."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import requests

from bot.core.marker import parse
from bot.sandbox.keeping import load
from bot.sandbox.records import Comment, Issue, Repository
from bot.sandbox.server import BOT
from tests.soak.github_stand import PERSON_TOKEN

if TYPE_CHECKING:
    from tests.soak.team import Story


class Maintainer:
    """Acts on the issues of stories; close it."""

    def __init__(self, url: str, state: Path) -> None:
        self._url, self._state = url, state
        self._session = requests.Session()
        self._session.headers["Authorization"] = f"token {PERSON_TOKEN}"

    def close_connection(self) -> None:
        self._session.close()

    def repository(self, name: str) -> Repository:
        """All that there is in a repository now."""
        found = load(self._state).repository(name)
        assert found, f"{name} is not there"
        return found

    def issues(self, story: Story) -> list[Issue]:
        """The bot's issues about a story, the oldest first."""
        every = self.repository(story.repository).issues.values()
        return [each for each in every if each.author == BOT and each.title == story.title and parse(each.body)]

    def issue(self, story: Story) -> Issue | None:
        """The one issue about a story, or None."""
        found = [each for each in self.issues(story) if each.state_reason != "duplicate"]
        return found[0] if len(found) == 1 else None

    def comments(self, story: Story, issue: Issue) -> list[Comment]:
        """All comments on an issue, the oldest first."""
        return self.repository(story.repository).comments_of(issue.number)

    def close(self, story: Story, reason: str) -> None:
        self._send("PATCH", story, state="closed", state_reason=reason)

    def reopen(self, story: Story) -> None:
        self._send("PATCH", story, state="open")

    def rewrite(self, story: Story, body: str) -> None:
        self._send("PATCH", story, body=body)

    def comment(self, story: Story, body: str) -> int:
        """Say something; the comment's id."""
        return int(self._send("POST", story, "/comments", body=body)["id"])

    def _send(self, method: str, story: Story, below: str = "", **fields: Any) -> Any:
        issue = self.issue(story)
        assert issue, f"{story.title} has no issue of its own"
        path = f"{self._url}/repos/{story.repository}/issues/{issue.number}{below}"
        answer = self._session.request(method, path, json=fields, timeout=10)
        answer.raise_for_status()
        return answer.json()
