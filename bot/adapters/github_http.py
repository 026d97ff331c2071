"""One connection to GitHub's API through PyGithub's requester: fixed addresses, no redirects, no hidden repetition.

PyGithub's own retry repeats POSTs, its throttle holds only inside one process, and a 301 makes it ask again without the
query: none of them is used. Only paths below the API's address are ever asked for, whatever an answer says.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from time import perf_counter
from typing import Any, NamedTuple, NoReturn
from urllib.parse import urlsplit

import jwt
import requests
import urllib3.exceptions
from cryptography.exceptions import UnsupportedAlgorithm
from github import BadAttributeException, Github, GithubException
from github.Auth import AppInstallationAuth, Auth
from github.Requester import HTTPRequestsConnectionClass, HTTPSRequestsConnectionClass, RequestsResponse
from tenacity import Retrying, retry_if_exception, stop_after_attempt, wait_exponential

from bot.adapters.github_errors import TRANSIENT, lost, raise_failed_query, refused, unexpected
from bot.ports import TrackerError

_UNFOLLOWED = frozenset({202, 301})  # PyGithub asks again after these by itself
ABSENT = frozenset({301, 404, 410})  # moved, not there or not shown, deleted
_TRANSPORT = (requests.RequestException, urllib3.exceptions.HTTPError, OSError, ValueError, OverflowError)

# Who is told of each request that was sent: method, status (0 where no answer came), headers by lower-case names, seconds.
Heard = Callable[[str, int, Mapping[str, str], float], None]


def nobody(_verb: str, _status: int, _headers: Mapping[str, str], _seconds: float) -> None:
    """Nobody is told."""


@dataclass(frozen=True, slots=True)
class Patience:
    """How long to wait for GitHub, in seconds: for each answer, and between tries of a read (doubling, at most 2)."""

    timeout: int = 20  # GitHub itself gives up after 10
    tries: int = 3
    pause: float = 0.5


class Answer(NamedTuple):
    """A successful answer: status, headers with lower-case names, and the JSON it brought (None where it is none)."""

    status: int
    headers: Mapping[str, str]
    data: Any


class _Asked(NamedTuple):
    """A request: what is asked for, and how."""

    verb: str
    path: str
    payload: Mapping[str, Any] | None = None
    parameters: Mapping[str, str] | None = None
    headers: Mapping[str, str] | None = None


class Client:
    """GitHub's API as one identity may use it; not for several threads at once, as a connection holds its request."""

    def __init__(self, auth: Auth, api_url: str, patience: Patience, heard: Heard = nobody) -> None:
        parts = urlsplit(api_url)
        self._auth, self._settled, self._heard = auth, _Settled(auth.token_type), heard
        github = Github(
            auth=self._settled,
            base_url=api_url,
            timeout=patience.timeout,
            user_agent="frictionbot",
            retry=None,
            seconds_between_requests=None,
            seconds_between_writes=None,
            lazy=True,
        )
        made = _Encrypted if parts.scheme == "https" else _Plain
        self._patience, self._host = patience, parts.netloc
        self._requester = github.requester
        if isinstance(auth, AppInstallationAuth):
            auth.withRequester(self._requester)
        self._connection = made(str(parts.hostname), parts.port, timeout=patience.timeout, retry=None)

    def get(
        self,
        path: str,
        place: str,
        parameters: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        """A 200 or 304 to a GET; lost connections and 502, 503, 504 are tried again. Raises `TrackerError`."""
        answer = self._read(_Asked("GET", path, None, parameters, headers), place)
        if answer.status not in {200, 304}:
            raise unexpected(place, f"an answer {answer.status}", write=False)
        return answer

    def look(
        self,
        path: str,
        place: str,
        told: frozenset[int] = ABSENT,
        parameters: Mapping[str, str] | None = None,
    ) -> Answer:
        """The same for what may not be there: these statuses are answers too."""
        return self._read(_Asked("GET", path, None, parameters), place, told)

    def query(self, text: str, variables: Mapping[str, Any], place: str) -> Any:
        """The `data` of a GraphQL query, which changes nothing and may be repeated; None where GitHub refuses it."""
        asked = _Asked("POST", self._requester.graphql_url, {"query": text, "variables": dict(variables)})
        answer = self._read(asked, place)
        data = answer.data if isinstance(answer.data, dict) else {}
        raise_failed_query(place, answer.headers, data.get("errors"))
        return data.get("data")

    def write(self, verb: str, path: str, place: str, payload: Mapping[str, Any] | None = None) -> Answer:
        """The answer to a POST, PATCH or DELETE, sent once; the `TrackerError` is unclear where it may have been done."""
        return self._send(_Asked(verb, path, payload), place, write=True)

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()
        self._requester.close()

    def _read(self, asked: _Asked, place: str, told: frozenset[int] = frozenset()) -> Answer:
        """The answer to what may be asked again: lost connections and 502, 503, 504 are tried again."""
        retrying = Retrying(
            stop=stop_after_attempt(self._patience.tries),
            wait=wait_exponential(multiplier=self._patience.pause, max=2),
            retry=retry_if_exception(lambda error: isinstance(error, TrackerError) and error.code in TRANSIENT),
            reraise=True,
        )
        answer: Answer = retrying(self._send, asked, place, told, write=False)
        return answer

    def _send(self, asked: _Asked, place: str, told: frozenset[int] = frozenset(), *, write: bool) -> Answer:
        """One answer that is a success or has a status in `told`; everything else is a `TrackerError`."""
        self.authorise(place)
        parameters, headers = dict(asked.parameters or {}), dict(asked.headers or {})
        received: Mapping[str, str]
        began = perf_counter()
        try:
            status, received, text = self._requester.requestJson(
                asked.verb, asked.path, parameters, headers, asked.payload, self._connection
            )
        except _NotFollowed as stop:
            status, received, text = stop.status, stop.headers, ""
        except _TRANSPORT as error:
            self._heard(asked.verb, 0, {}, perf_counter() - began)
            raise lost(place, self._host, error, write=write) from error
        self._heard(asked.verb, status, received, perf_counter() - began)
        data = _json(text)
        if status >= 300 and status != 304 and status not in told:
            raise refused(place, status, received, data, write=write)
        return Answer(status, received, data)

    def authorise(self, place: str) -> None:
        """Have a valid token before anything is sent: what goes wrong here says nothing about the request itself."""
        try:
            self._settled.settle(self._auth.token)
        except GithubException as error:
            raise refused(place, error.status, _lower(error.headers), error.data, write=False) from error
        except _TRANSPORT as error:
            _raise_unauthorised(place, self._host, error)
        except (RuntimeError, TypeError, AttributeError, BadAttributeException) as error:
            raise unexpected(place, "no token for the App's installation", write=False) from error
        except (jwt.PyJWTError, UnsupportedAlgorithm) as error:
            raise TrackerError("bad_credentials", f"{place}: {_KEY}") from error


_KEY = "the App's private key cannot be read: give the whole PEM text as GitHub made it"


def _raise_unauthorised(place: str, host: str, error: Exception) -> NoReturn:
    if isinstance(error, ValueError) and not isinstance(error, requests.RequestException):
        raise TrackerError("bad_credentials", f"{place}: {_KEY}") from error
    raise lost(place, host, error, write=False) from error


class _Settled(Auth):
    """The token as it was before a request: PyGithub would renew it in the middle of one, and send `None` for none."""

    def __init__(self, token_type: str) -> None:
        self._type, self._token = token_type, ""

    @property
    def token_type(self) -> str:
        return self._type

    @property
    def token(self) -> str:
        return self._token

    def settle(self, token: object) -> None:
        if not isinstance(token, str) or not token:
            raise TypeError("no token")
        self._token = token


class _NotFollowed(Exception):  # noqa: N818 - it leaves PyGithub's loop, and is nobody's error yet
    def __init__(self, status: int, headers: Mapping[str, str]) -> None:
        super().__init__(status)
        self.status = status
        self.headers = headers


class _Plain(HTTPRequestsConnectionClass):
    def getresponse(self) -> RequestsResponse:
        return _unfollowed(super().getresponse())


class _Encrypted(HTTPSRequestsConnectionClass):
    def getresponse(self) -> RequestsResponse:
        return _unfollowed(super().getresponse())


def _unfollowed(response: RequestsResponse) -> RequestsResponse:
    if response.status in _UNFOLLOWED:
        response.read()  # so that the connection can be used again
        raise _NotFollowed(response.status, _lower(dict(response.getheaders())))
    return response


def _lower(headers: Mapping[str, str] | None) -> Mapping[str, str]:
    return {name.lower(): value for name, value in (headers or {}).items()}


def _json(text: object) -> Any:
    try:
        return json.loads(text) if isinstance(text, str) and text else None
    except (ValueError, RecursionError):
        return None
