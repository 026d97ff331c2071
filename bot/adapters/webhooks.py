"""What GitHub's deliveries (webhooks) are answered: a WSGI application that checks the signature and passes on what is due.

`POST` of a delivery is answered at once and done later; `GET /healthz` says how the work goes. What is signed, and how:
docs.github.com, "Validating webhook deliveries": HMAC-SHA-256 of the raw body in X-Hub-Signature-256.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import threading
from collections.abc import Callable, Iterable, Mapping
from typing import IO, TYPE_CHECKING, Any, NamedTuple
from urllib.parse import parse_qsl

import orjson

from bot.core.deliveries import EVENTS, Due, delivery

if TYPE_CHECKING:  # it exists for type checkers only
    from _typeshed.wsgi import StartResponse

HEALTH = "/healthz"
LARGEST = 25 * 1024 * 1024  # bytes of a payload: GitHub delivers no larger one

_SIGNED = "sha256="
_FIELDS = 100  # of a form, which has one
_ID = re.compile(r"[0-9A-Za-z-]{1,64}")
_UNSIGNED = (
    "The signature is missing or wrong: "
    "give the webhook on GitHub the secret that stands as github.webhook_secret in the settings."
)
_STATUS = {
    200: "200 OK",
    202: "202 Accepted",
    400: "400 Bad Request",
    401: "401 Unauthorized",
    404: "404 Not Found",
    405: "405 Method Not Allowed",
    413: "413 Content Too Large",
    415: "415 Unsupported Media Type",
}


class Answer(NamedTuple):
    """An answer: its status and the one sentence (or values) of its JSON object."""

    status: int
    message: str = ""
    values: Mapping[str, Any] = {}
    allow: str = ""


class Webhooks:
    """The application: everything that a signed delivery names in one of `repositories` goes to `take`.

    `secret` is what GitHub signs with, `path` where deliveries come in, `health` what `GET /healthz` shows, `say` takes
    a line of the log. Nothing that a delivery says is logged but its kind, its id and its repository.
    """

    def __init__(
        self,
        secret: bytes,
        path: str,
        repositories: Iterable[str],
        take: Callable[[Due], None],
        health: Callable[[], Mapping[str, Any]],
        say: Callable[[str], None],
    ) -> None:
        if not secret:
            raise ValueError("without a secret everybody could send deliveries")
        self._secret = secret
        self._path = path
        self._repositories = frozenset(name.casefold() for name in repositories)
        self._take = take
        self._health = health
        self._say = say
        self._refused = 0
        self._lock = threading.Lock()

    def __call__(self, environ: Mapping[str, Any], start: StartResponse) -> Iterable[bytes]:
        """The answer to one request, as WSGI (PEP 3333) has it."""
        answer = self._answer(environ)
        body = orjson.dumps({"message": answer.message, **answer.values} if answer.message else dict(answer.values))
        headers = [
            ("Content-Type", "application/json"),
            ("Content-Length", str(len(body))),
            ("X-Content-Type-Options", "nosniff"),
            ("Cache-Control", "no-store"),
        ]
        start(_STATUS[answer.status], [*headers, *([("Allow", answer.allow)] if answer.allow else [])])
        return [] if environ["REQUEST_METHOD"] == "HEAD" else [body]

    def _answer(self, environ: Mapping[str, Any]) -> Answer:
        method, path = environ["REQUEST_METHOD"], environ.get("PATH_INFO", "")
        if path == HEALTH:
            if method not in {"GET", "HEAD"}:
                return Answer(405, "Only GET is known here.", allow="GET, HEAD")
            return Answer(200, values=self._health())
        if path != self._path:
            return Answer(404, "There is nothing here: see --path of frictionbot serve.")
        if method != "POST":
            return Answer(405, "GitHub's deliveries come by POST.", allow="POST")
        return self._delivered(environ)

    def _delivered(self, environ: Mapping[str, Any]) -> Answer:
        body = _body(environ)
        if body is None:
            return Answer(413, "A delivery has at most 25 MB.")
        if not signed(self._secret, body, environ.get("HTTP_X_HUB_SIGNATURE_256", "")):
            self._say_refused()
            return Answer(401, _UNSIGNED)
        kind = environ.get("CONTENT_TYPE", "").partition(";")[0].strip().lower()
        text = _payload(kind, body)
        if text is None:
            return Answer(415, "Set the webhook's content type to application/json.")
        event = environ.get("HTTP_X_GITHUB_EVENT", "")
        try:
            payload = orjson.loads(text)
        except orjson.JSONDecodeError:
            return Answer(400, "The payload is no JSON.")
        return self._taken(event, payload, environ.get("HTTP_X_GITHUB_DELIVERY", ""))

    def _taken(self, event: str, payload: object, number: str) -> Answer:
        due, reason = delivery(event, payload)
        shown = f"{event if event in {*EVENTS, 'ping'} else 'another event'} {number if _ID.fullmatch(number) else '-'}"
        if due is None:
            self._say(f"{shown}: nothing to read: {reason}")
            return Answer(200 if event == "ping" else 202, f"Nothing is to be read: {reason}.")
        if due.repository.casefold() not in self._repositories:
            self._say(f"{shown}: nothing to read: {due.repository} receives no issues of this bot")
            return Answer(202, "Nothing is to be read: this repository receives no issues of this bot.")
        self._take(due)
        self._say(f"{shown}: {reason} of {due.repository} is to be read")
        return Answer(202, f"To be read: {reason}.")

    def _say_refused(self) -> None:
        """Say it of the first, tenth, hundredth …: who sends many of them must not fill the log."""
        with self._lock:
            self._refused += 1
            count = self._refused
        if re.fullmatch(r"10*", str(count)):
            self._say(f"a delivery was refused ({count} so far): its signature is missing or wrong")


def signed(secret: bytes, body: bytes, header: str) -> bool:
    """Whether the header X-Hub-Signature-256 is the signature of the body; takes as long for a wrong one as for the right one."""
    made = _SIGNED + hmac.new(secret, body, hashlib.sha256).hexdigest()
    return hmac.compare_digest(made.encode(), header.encode("utf-8", "replace"))


def _body(environ: Mapping[str, Any]) -> bytes | None:
    """The raw body, None where it is too large; its length counts, not what was announced."""
    stream: IO[bytes] = environ["wsgi.input"]
    length = environ.get("CONTENT_LENGTH") or "0"
    if not length.isdecimal() or int(length) > LARGEST:
        return None
    return stream.read(int(length))


def _payload(kind: str, body: bytes) -> bytes | None:
    """The JSON text of a delivery: the body, or the form's field `payload`; None for another content type."""
    if kind == "application/json":
        return body
    if kind != "application/x-www-form-urlencoded":
        return None
    try:
        fields = parse_qsl(body.decode("ascii"), max_num_fields=_FIELDS)
    except ValueError:
        return b""
    return next((value.encode() for name, value in fields if name == "payload"), b"")
