"""Opening and changing issues: each write is sent once, and what may have been done is never called undone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from bot.adapters.github_auth import Access
from bot.adapters.github_errors import unexpected
from bot.adapters.github_listing import assignee_names, label_names
from bot.adapters.github_pages import author, is_count, same_login, time
from bot.core.marker import parse
from bot.core.model import KnownIssue, Problem
from bot.ports import TrackerError


class Writer:
    """Writes issues of any repository; `problems` is what was done, but not quite as asked, in the order it was noticed."""

    def __init__(self, access: Access, key: bytes) -> None:
        self._access, self._key = access, key
        self.problems: list[Problem] = []
        self._other_login = ""

    def create(self, repository: str, title: str, body: str, labels: tuple[str, ...]) -> KnownIssue:
        """Open an issue with one POST that is never repeated; raises `TrackerError`."""
        if self._other_login:
            raise TrackerError("other_login", self._other_login)
        client = self._access.client(repository)
        payload = {"title": title, "body": body, "labels": list(labels)}
        answer = client.write("POST", f"/repos/{repository}/issues", repository, payload)
        made = self._made(repository, title, body, answer.data)
        self._check_author(made, author(answer.data))
        self._check_labels(made, labels)
        return made

    def edit(self, issue: KnownIssue, change: Mapping[str, Any], reason: str | None) -> None:
        """Change title, body, labels and state, as far as they are not None and different, in one PATCH.

        `reason` is the state_reason, which GitHub takes only with another state. Title, body and labels are written whole,
        so the issue is read first: what a person changed since it was listed is not overwritten, and an issue that
        somebody closed or reopened is left as it is (`changed_meanwhile`). Raises `TrackerError`.
        """
        known = {"title": issue.title, "body": issue.body, "labels": list(issue.labels), "state": issue.state}
        asked = {name: list(value) if isinstance(value, tuple) else value for name, value in change.items()}
        payload = {name: value for name, value in asked.items() if value is not None and value != known[name]}
        if not payload:
            return
        if "state" in payload and reason:
            payload["state_reason"] = reason
        place, path = f"{issue.repository}#{issue.number}", f"/repos/{issue.repository}/issues/{issue.number}"
        client = self._access.client(issue.repository)
        now = client.get(path, place).data
        if not isinstance(now, dict) or _seen(now) != _seen(known):
            message = f"{place}: it was changed since it was listed; the next run writes on top of that"
            raise TrackerError("changed_meanwhile", message)
        answer = client.write("PATCH", path, place, payload)
        if not isinstance(answer.data, dict) or answer.data.get("number") != issue.number:
            raise unexpected(place, "an answer without the issue's number", write=True)
        if "labels" in payload:
            self._check_labels(replace(issue, labels=label_names(answer.data)), tuple(payload["labels"]))

    def _made(self, repository: str, title: str, body: str, data: Any) -> KnownIssue:
        number = data.get("number") if isinstance(data, dict) else None
        if not is_count(number):
            raise unexpected(repository, "an answer without the new issue's number", write=True)
        url = data.get("html_url")
        marker = parse(body, self._key)
        return KnownIssue(
            repository=repository,
            number=number,
            title=title,
            body=body,
            state="open",
            state_reason="",
            labels=label_names(data),
            locked=False,
            url=url if isinstance(url, str) else "",
            fingerprint=marker.fingerprint if marker else "",
            nonce=marker.nonce if marker else "",
            created_at=time(data, "created_at"),
            updated_at=time(data, "updated_at"),
            assignees=assignee_names(data),
        )

    def _check_author(self, made: KnownIssue, writer: str) -> None:
        login = self._access.known_login
        if not login or not writer or same_login(writer, login):
            return
        self._other_login = (
            f"GitHub filed {made.repository}#{made.number} as {writer}, the settings say {login}: set github.bot_login"
            f" to {writer}; nothing more is opened, because it would not be found again"
        )
        self.problems.append(Problem("other_login", f"{made.repository}#{made.number}", self._other_login))

    def _check_labels(self, issue: KnownIssue, wanted: tuple[str, ...]) -> None:
        present = {label.casefold() for label in issue.labels}
        dropped = [label for label in wanted if label.casefold() not in present]
        if dropped:
            message = f"GitHub left out {', '.join(dropped)}: let the bot's account push, or add the label yourself"
            self.problems.append(Problem("labels_dropped", f"{issue.repository}#{issue.number}", message))


def _seen(data: Mapping[str, Any]) -> tuple[object, object, frozenset[str], object]:
    """What the bot writes of an issue, as it stands; an empty body comes as null."""
    return data.get("title") or "", data.get("body") or "", frozenset(label_names(data)), data.get("state")
