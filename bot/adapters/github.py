"""GitHub's issues as the bot's tracker: `bot.ports.Tracker` over PyGithub and real HTTP.

A POST or PATCH is sent once. After an answer that may hide a success (5xx, time-out, cut connection, no number) the
`TrackerError` is `unclear`, and only the next complete listing can tell. GitHub makes labels that it does not know when
an issue is created, but leaves them out without a word where the account may not push: what is missing in its answer
is reported in `problems` (code `labels_dropped`). So is an issue that GitHub filed under another account than expected
(`other_login`): no listing would find it again, therefore nothing more is created.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from types import TracebackType
from typing import Any, Self

from bot.adapters.github_auth import ACTIONS_LOGIN, Access, Credentials
from bot.adapters.github_errors import unexpected
from bot.adapters.github_http import Patience
from bot.adapters.github_listing import Reader, author, label_names, same_login
from bot.core.marker import parse
from bot.core.model import KnownIssue, Listing, Problem
from bot.ports import TrackerError

_PATIENCE = Patience()
_NO_KEY = (
    f"{ACTIONS_LOGIN} is the account of every workflow, so its issues count only with the bot's own signature:"
    " set marker_key, or use an App"
)


class GithubTracker:
    """The issues that the bot's own account has in any repository its credentials reach; for one thread, to be closed.

    `api_url` is https://api.github.com or an Enterprise server's https://HOST/api/v3, and no other host is ever asked.
    `bot_login` names the account where GitHub cannot tell it. `marker_key` checks the markers; empty for unsigned ones.
    """

    def __init__(
        self,
        credentials: Credentials,
        *,
        api_url: str = "https://api.github.com",
        bot_login: str = "",
        marker_key: bytes = b"",
        patience: Patience = _PATIENCE,
    ) -> None:
        self._access = Access(credentials, api_url, bot_login, patience)
        self._key = marker_key
        self._problems: list[Problem] = []
        self._other_login = ""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close all connections."""
        self._access.close()

    @property
    def problems(self) -> tuple[Problem, ...]:
        """What was done, but not quite as asked, in the order it was noticed: labels_dropped, other_login."""
        return tuple(self._problems)

    def login(self) -> str:
        """The login of the bot's own account; raises `TrackerError` where GitHub does not tell."""
        return self._access.login()

    def listing(self, repository: str, known: frozenset[int]) -> Listing:
        """Every issue of the bot's own account, open and closed; an error is a problem of an incomplete listing."""
        try:
            login = self._access.login()
            client = self._access.client(repository)
        except TrackerError as error:
            return Listing(repository, complete=False, problems=(Problem(error.code, repository, error.message),))
        if same_login(login, ACTIONS_LOGIN) and not self._key:
            return Listing(repository, complete=False, problems=(Problem("marker_key_missing", repository, _NO_KEY),))
        return Reader(client, repository, login, self._key).listing(known)

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

    def edit(self, issue: KnownIssue, *, title: str | None, body: str | None, labels: tuple[str, ...] | None) -> None:
        """Change what is not None and different, in one PATCH; raises `TrackerError`.

        Title, body and labels are written whole, so the issue is read first: what a person changed since it was listed
        is not overwritten (`changed_meanwhile`).
        """
        asked: dict[str, Any] = {"title": title, "body": body, "labels": None if labels is None else list(labels)}
        known = {"title": issue.title, "body": issue.body, "labels": list(issue.labels)}
        payload = {name: value for name, value in asked.items() if value is not None and value != known[name]}
        if not payload:
            return
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
        if not isinstance(number, int) or isinstance(number, bool) or number <= 0:
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
        )

    def _check_author(self, made: KnownIssue, writer: str) -> None:
        login = self._access.known_login
        if not login or not writer or same_login(writer, login):
            return
        self._other_login = (
            f"GitHub filed {made.repository}#{made.number} as {writer}, the settings say {login}: set github.bot_login"
            f" to {writer}; nothing more is opened, because it would not be found again"
        )
        self._problems.append(Problem("other_login", f"{made.repository}#{made.number}", self._other_login))

    def _check_labels(self, issue: KnownIssue, wanted: tuple[str, ...]) -> None:
        present = {label.casefold() for label in issue.labels}
        dropped = [label for label in wanted if label.casefold() not in present]
        if dropped:
            message = f"GitHub left out {', '.join(dropped)}: let the bot's account push, or add the label yourself"
            self._problems.append(Problem("labels_dropped", f"{issue.repository}#{issue.number}", message))


def _seen(data: Mapping[str, Any]) -> tuple[object, object, frozenset[str]]:
    """What the bot writes of an issue, as it stands; an empty body comes as null."""
    return data.get("title") or "", data.get("body") or "", frozenset(label_names(data))
