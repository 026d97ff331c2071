"""Whether GitHub knows the bot, and lets it do in each repository what it has to do there."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Any

from bot.adapters.github_auth import ACTIONS_LOGIN, Access, Credentials
from bot.adapters.github_cache import Conditional, Memory, MemoryCache, machine_clock
from bot.adapters.github_errors import sent
from bot.adapters.github_http import ABSENT, Answer, Client, Patience
from bot.adapters.github_pages import pages, same_login
from bot.adapters.github_roles import role_of
from bot.core.diagnosis import Check, failed, ok, warning
from bot.ports import TrackerError

_PATIENCE = Patience(timeout=10, tries=2, pause=0.2)
_LITTLE = 0.1  # of the requests of an hour
_MOST = 20  # pages of labels
_WORDS = re.compile(r"(?P<plain>.*?)(?P<words> \((?:GitHub|\[Errno)[^()]*\))?", re.DOTALL)
_REPOSITORY_SCOPES = frozenset({"repo", "public_repo"})


class GithubExaminer:
    """GitHub as these credentials reach it; what is asked is asked afresh. For one thread, to be closed."""

    def __init__(self, credentials: Credentials, api_url: str, *, signed: bool) -> None:
        memory = Memory(MemoryCache(), machine_clock, api_url)
        self._access = Access(credentials, api_url, _PATIENCE, memory)
        self._memory, self._signed, self._app = memory, signed, credentials.app_id

    def close(self) -> None:
        """Close all connections."""
        self._access.close()

    def identity(self, repository: str) -> Iterator[Check]:
        """Who the bot is, what its token may do at all, and how many requests are left of this hour."""
        try:
            login = self._access.login()
            answer = self._access.client(repository).look("/rate_limit", "the rate limit", ABSENT)
        except TrackerError as error:
            yield _refused("github", error)
            return
        if same_login(login, ACTIONS_LOGIN) and not self._signed:
            fix = "set marker_key (FRICTIONBOT_MARKER_KEY), or use an App"
            yield failed("github", f"{login} is the account of every workflow, and no key signs the bot's issues", fix)
        else:
            yield self._scopes(login, answer)
        yield _rate(answer)

    def repository(self, repository: str) -> Iterator[Check]:
        """Whether a repository takes the bot's issues, and lets it label them and ask who may give orders."""
        try:
            client = self._access.client(repository)
            found = _found(client, repository)
            trouble = _trouble(repository, found) or _unwritable(client, repository)
            if trouble:
                yield trouble
                return
            yield _allowed(repository, found)
            yield self._roles(client, repository)
        except TrackerError as error:
            yield _refused("repository", error, repository)

    def labels(self, repository: str, wanted: Sequence[str]) -> Iterator[Check]:
        """Whether the labels of the rules are there, or may be made."""
        try:
            client = self._access.client(repository)
            have = {name.casefold() for name in _labels(client, repository)}
            missing = [name for name in wanted if name.casefold() not in have]
            can = _may(_found(client, repository), "push")
        except TrackerError as error:
            yield _refused("labels", error, repository)
            return
        told = f"{len(wanted) - len(missing)} of {len(wanted)} labels are there"
        if missing and not can:
            fix = "let the bot's account push, or make the labels yourself"
            yield warning("labels", f"{told}, and the others are left out of issues", fix, repository, missing)
        else:
            yield ok("labels", told + (", the others are made with the first issue" if missing else ""), repository)

    def time(self, repository: str) -> datetime | None:
        """The time by GitHub's clock, None where it does not tell; raises `TrackerError`."""
        never = datetime.min.replace(tzinfo=UTC)
        told = sent(self._access.client(repository).look("/rate_limit", "the time", ABSENT).headers, never)
        return None if told == never else told

    def _scopes(self, login: str, answer: Answer) -> Check:
        """A classic token tells its scopes in every answer; a fine-grained one and an App are asked by `repository`."""
        told = answer.headers.get("x-oauth-scopes")
        if told is None or self._app:
            return ok("github", f"GitHub knows the bot as {login}")
        scopes = sorted(scope.strip() for scope in told.split(",") if scope.strip())
        shown = f"GitHub knows the bot as {login}, scopes {', '.join(scopes) or 'none'}"
        if _REPOSITORY_SCOPES & set(scopes):
            return ok("github", shown)
        return failed("github", shown, "make a token with the scope repo (public_repo where all is public)")

    def _roles(self, client: Client, repository: str) -> Check:
        """Whether the bot may ask what an account may do: without it, nobody's orders are taken."""
        login = self._access.login()
        try:
            role = role_of(client, Conditional(client, self._memory), repository, login)
        except TrackerError as error:
            if error.code != "forbidden":
                raise
            fix = f"give {login} the role write, so that people's commands in comments are taken"
            return warning("repository", "the bot may not ask who may give commands", fix, repository)
        return ok("repository", f"the bot may ask who may give commands; its own role is {role}", repository)


def _found(client: Client, repository: str) -> dict[str, Any]:
    answer = client.look(f"/repos/{repository}", repository)
    if answer.status in ABSENT or not isinstance(answer.data, dict):
        moved = answer.status == 301
        code, said = (
            ("moved", "it has another name now: write that in the settings") if moved else ("not_found", _NOT_SHOWN)
        )
        raise TrackerError(code, f"{repository}: {said}")
    return answer.data


_NOT_SHOWN = "GitHub does not show it: check the name, and let the token or App see this repository"


def _trouble(repository: str, found: dict[str, Any]) -> Check | None:
    if not found.get("has_issues", True):
        fix = f"switch issues on in the settings of {repository}, or name another repository"
        return failed("repository", "its issues are switched off", fix, repository)
    if found.get("archived") or found.get("disabled"):
        fix = "name another repository, or unarchive it"
        return failed("repository", "it is archived: nothing can be written there", fix, repository)
    return None


def _unwritable(client: Client, repository: str) -> Check | None:
    """Whether an issue would be taken: one without a title is refused as such, or because nothing is taken from the bot."""
    try:
        client.write("POST", f"/repos/{repository}/issues", repository, {})
    except TrackerError as error:
        if error.code == "invalid":
            return None
        if error.code in {"forbidden", "not_found"}:
            fix = "give the token or App read and write access to the issues of this repository"
            return failed("repository", "it takes no issue from the bot", fix, repository)
        raise
    return None


def _allowed(repository: str, found: dict[str, Any]) -> Check:
    said = "it takes issues from the bot"
    if not isinstance(found.get("permissions"), dict) or _may(found, "push"):
        return ok("repository", said, repository)
    fix = "give the bot's account the role write"
    return warning(
        "repository", f"{said}, but the bot may not push: GitHub leaves out labels that are new", fix, repository
    )


def _may(found: dict[str, Any], what: str) -> bool:
    """What the answer says that the caller may do; an App's installation is told nothing and may what it was given."""
    told = found.get("permissions")
    return told.get(what) is True if isinstance(told, dict) else True


def _labels(client: Client, repository: str) -> Iterator[str]:
    place = f"{repository} labels"
    for page in pages(client.get, f"/repos/{repository}/labels", place, {}, _MOST):
        yield from (each["name"] for each in page if isinstance(each, dict) and isinstance(each.get("name"), str))


def _rate(answer: Answer) -> Check:
    data = answer.data if isinstance(answer.data, dict) else {}
    core = data.get("resources", {}).get("core", {}) if isinstance(data.get("resources"), dict) else {}
    limit, left, reset = (core.get(name) for name in ("limit", "remaining", "reset"))
    if not isinstance(limit, int) or not isinstance(left, int) or not isinstance(reset, int):
        return ok("github", "no rate limit is told", "rate")
    said = f"{left:,} of {limit:,} requests left until {datetime.fromtimestamp(reset, UTC):%H:%M} UTC"
    if left < limit * _LITTLE:
        return warning(
            "github", said, "see who else uses this account, or look at more seldom (workers.comments)", "rate"
        )
    return ok("github", said, "rate")


def _refused(name: str, error: TrackerError, place: str = "") -> Check:
    """A refusal as a line: its message reads `PLACE: WHAT IS WRONG: WHAT TO DO (GitHub: …)`."""
    said = _WORDS.fullmatch(error.message.partition(": ")[2] or error.message)
    plain, words = (said["plain"], said["words"] or "") if said else (error.message, "")
    found, _, fix = plain.partition(": ")
    advice = fix or "see README.md on the token and its permissions"
    return failed(name, found, advice, place, [words.strip("() ")] if words else ())
