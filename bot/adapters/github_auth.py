"""Who the bot is on GitHub: its credentials, the connection for each repository, and the login of its account."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Protocol, Self, TypeVar
from urllib.parse import urlsplit

from github.Auth import AppAuth, AppInstallationAuth, Auth, Token
from pydantic import SecretStr

from bot.adapters.github_cache import Memory
from bot.adapters.github_errors import unexpected
from bot.adapters.github_http import Client, Heard, Patience, nobody
from bot.adapters.github_pages import NAME
from bot.ports import TrackerError

T = TypeVar("T", bound=str | int)

ACTIONS_LOGIN = "github-actions[bot]"  # the account of every workflow's own token, shared by all of them

_REPOSITORY = re.compile(NAME)
_TOKEN = re.compile(r"[!-~]+")
_ACCOUNT = "the bot's account"  # the place of what concerns no repository
_KNOWN = timedelta(days=1)  # how long it need not be asked again who the bot is


class Configured(Protocol):
    """The part of the settings that says how the bot proves who it is."""

    @property
    def token(self) -> SecretStr | None:
        """A token."""

    @property
    def app_id(self) -> int | None:
        """The id of an App."""

    @property
    def private_key(self) -> SecretStr | None:
        """The App's key as PEM text."""

    @property
    def private_key_file(self) -> Path | None:
        """The file of the App's key."""

    @property
    def installation_id(self) -> int | None:
        """The App's installation."""

    @property
    def bot_login(self) -> str:
        """The account whose issues are the bot's own, "" where GitHub tells it."""


@dataclass(frozen=True, slots=True)
class Credentials:
    """A token, or a GitHub App with its private key (PEM text, or the file of it) and, where known, its installation.

    Where both are given the App counts: a token is often only what the environment happens to have.

    `bot_login` names the account where GitHub cannot tell it. `actions` says that the token is the one that GitHub Actions
    makes for a workflow, which may not ask who it is.
    """

    token: str = field(default="", repr=False)
    app_id: int = 0
    private_key: str = field(default="", repr=False)
    private_key_file: Path | None = None
    installation_id: int = 0
    bot_login: str = ""
    actions: bool = False

    @classmethod
    def of(cls, github: Configured, *, actions: bool = False) -> Self:
        """The credentials that the settings give; a key file is only read when GitHub is asked."""
        return cls(
            token=github.token.get_secret_value() if github.token else "",
            app_id=github.app_id or 0,
            private_key=github.private_key.get_secret_value() if github.private_key else "",
            private_key_file=github.private_key_file,
            installation_id=github.installation_id or 0,
            bot_login=github.bot_login,
            actions=actions,
        )

    @property
    def digest(self) -> str:
        """What tells these credentials from others and does not give them away."""
        told = f"app {self.app_id}" if self.app_id else f"token {self.actions} {self.token.strip()}"
        return hashlib.sha256(told.encode("utf-8", "surrogatepass")).hexdigest()


class Access:
    """The connections that the credentials open: one for a token, one an installation for an App."""

    def __init__(
        self, credentials: Credentials, api_url: str, patience: Patience, memory: Memory, heard: Heard = nobody
    ) -> None:
        self._credentials, self._api_url, self._patience = credentials, api_url.strip().rstrip("/"), patience
        self._memory, self._heard = memory, heard
        self._login = credentials.bot_login.strip()
        self._clients: dict[int, Client] = {}  # by installation; 0 is the token or the App itself
        self._installations: dict[str, int] = {}  # by owner

    def client(self, repository: str) -> Client:
        """The connection for a repository, OWNER/NAME; raises `TrackerError`."""
        if not _REPOSITORY.fullmatch(repository):
            raise TrackerError("invalid_repository", f"{repository!r} is no repository: write OWNER/NAME")
        if not self._credentials.app_id:
            return self._identity()
        owner = repository.partition("/")[0].casefold()
        known = self._credentials.installation_id or self._installations.get(owner)
        if not known:
            known = self._installations[owner] = self._installation(repository, owner)
        return self._installed(known)

    def login(self) -> str:
        """The login of the bot's account, asked for once; raises `TrackerError` where GitHub does not tell."""
        if not self._login:
            ask = self._app_login if self._credentials.app_id else self._token_login
            self._login = str(self._remembered("login", "", ask))
        return self._login

    @property
    def known_login(self) -> str:
        """The login as far as it is known without asking, else ""."""
        return self._login

    def close(self) -> None:
        """Close all connections."""
        for client in self._clients.values():
            client.close()

    def _installation(self, repository: str, owner: str) -> int:
        def ask() -> int:
            answer = self._identity().get(f"/repos/{repository}/installation", repository)
            return _integer(answer.data, "id", repository)

        known = self._remembered("installation", owner, ask)
        if isinstance(known, int) and self._lasts(known, repository):
            return known
        return self._keep("installation", owner, ask())  # the App was taken away and installed again

    def _lasts(self, installation: int, repository: str) -> bool:
        """Whether an installation still gives tokens; where it does, the next request needs none."""
        try:
            self._installed(installation).authorise(repository)
        except TrackerError as error:
            if error.code != "not_found":
                raise
            return False
        return True

    def _installed(self, installation: int) -> Client:
        if installation not in self._clients:
            self._clients[installation] = self._made(AppInstallationAuth(self._app(), installation))
        return self._clients[installation]

    def _remembered(self, what: str, of: str, ask: Callable[[], str | int]) -> str | int:
        """What GitHub said of these credentials within the last day, else what it says now."""
        self._identity()  # without usable credentials nothing is known
        known = self._memory.recall(what, self._credentials.digest, of)
        value, at, now = known.get("value"), known.get("at"), self._memory.now
        try:
            fresh = timedelta(0) <= now - datetime.fromisoformat(str(at)) < _KNOWN
        except (ValueError, TypeError):
            fresh = False
        if fresh and isinstance(value, str | int) and value:
            return value
        return self._keep(what, of, ask())

    def _keep(self, what: str, of: str, value: T) -> T:
        self._memory.keep({"value": value, "at": self._memory.now.isoformat()}, what, self._credentials.digest, of)
        return value

    def _app_login(self) -> str:
        slug = _text(self._identity().get("/app", _ACCOUNT).data, "slug")
        return f"{slug}[bot]"

    def _token_login(self) -> str:
        try:
            return _text(self._identity().get("/user", _ACCOUNT).data, "login")
        except TrackerError as error:
            if error.code != "forbidden":
                raise
            if self._credentials.actions:
                return ACTIONS_LOGIN
            raise TrackerError(
                "identity_unknown",
                f"{_ACCOUNT}: this token may not ask who it is: set github.bot_login to the account that writes"
                " the issues (for an App SLUG[bot])",
            ) from error

    def _identity(self) -> Client:
        if 0 not in self._clients:
            self._clients[0] = self._made(self._app() if self._credentials.app_id else self._token())
        return self._clients[0]

    def _made(self, auth: Auth) -> Client:
        _check_address(self._api_url)
        return Client(auth, self._api_url, self._patience, self._heard)

    def _token(self) -> Token:
        token = self._credentials.token.strip()
        if not _TOKEN.fullmatch(token):
            lacks = "it holds characters that no token has" if token else "none is set"
            raise TrackerError("bad_credentials", f"{_ACCOUNT}: no usable token: {lacks}; set GITHUB_TOKEN or an App")
        return Token(token)

    def _app(self) -> AppAuth:
        key, file = self._credentials.private_key, self._credentials.private_key_file
        if file and not key:
            try:
                key = file.read_text(encoding="utf-8")
            except (OSError, ValueError) as error:
                why = getattr(error, "strerror", "") or "it is no text"
                message = f"{_ACCOUNT}: the App's private key {file} cannot be read: {why}"
                raise TrackerError("bad_credentials", message) from error
        if not key.strip():
            raise TrackerError("bad_credentials", f"{_ACCOUNT}: the App's private key is missing: set private_key_file")
        return AppAuth(self._credentials.app_id, key)


def _check_address(api_url: str) -> None:
    try:
        parts = urlsplit(api_url)
        whole = parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError:
        whole = False
    if not whole or parts.hostname in {"github.com", "www.github.com"} or "@" in parts.netloc:
        raise TrackerError(
            "api_url",
            "github.api_url is not the address of an API: write https://api.github.com (Enterprise: https://HOST/api/v3)",
        )


def _text(data: Any, name: str) -> str:
    value = data.get(name) if isinstance(data, dict) else None
    if not isinstance(value, str) or not value:
        raise unexpected(_ACCOUNT, f"an answer without `{name}`", write=False)
    return value


def _integer(data: Any, name: str, place: str) -> int:
    value = data.get(name) if isinstance(data, dict) else None
    if not isinstance(value, int) or value <= 0:
        raise unexpected(place, f"an answer without `{name}`", write=False)
    return value
