"""A server for deliveries with what it took and said, and a client that delivers as GitHub does."""

from __future__ import annotations

import hmac
import json
from collections.abc import Iterator
from contextlib import closing, contextmanager
from http.client import HTTPConnection, HTTPResponse
from typing import Any
from urllib.parse import urlsplit

from bot.adapters.webhook_server import WebhookServer
from bot.adapters.webhooks import Webhooks
from bot.core.deliveries import Due

SECRET = b"It's a Secret to Everybody"  # of GitHub's documented example
COMMENT = {
    "action": "created",
    "repository": {"full_name": "acme/agents"},
    "comment": {"id": 77, "body": "the words of a comment"},
    "issue": {"number": 5},
}


class Heard:
    """A server with what it took and said."""

    def __init__(self) -> None:
        self.url = ""
        self.due: list[Due] = []
        self.log: list[str] = []

    @property
    def place(self) -> tuple[str, int]:
        parts = urlsplit(self.url)
        return parts.hostname or "", parts.port or 0

    def connect(self, timeout: float = 20) -> HTTPConnection:
        return HTTPConnection(*self.place, timeout=timeout)

    def ask(self, method: str, path: str, body: bytes = b"", **headers: str) -> tuple[int, Any]:
        with closing(self.connect()) as connection:
            connection.request(method, path, body, {name.replace("_", "-"): value for name, value in headers.items()})
            return answered(connection.getresponse())

    def deliver(self, payload: object, event: str = "issue_comment", **headers: str) -> tuple[int, Any]:
        """A delivery as GitHub makes it, but for `headers`."""
        body = payload if isinstance(payload, bytes) else json.dumps(payload).encode()
        usual = {
            "Content_Type": "application/json",
            "X_GitHub_Event": event,
            "X_GitHub_Delivery": "72d3162e-cc78-11e3-81ab-4c9367dc0958",
            "X_Hub_Signature_256": signature(body),
        }
        return self.ask("POST", "/webhook", body, **{**usual, **headers})


def answered(reply: HTTPResponse) -> tuple[int, Any]:
    body = reply.read()
    return reply.status, json.loads(body) if reply.headers["Content-Type"] == "application/json" else body.decode()


def signature(body: bytes, secret: bytes = SECRET) -> str:
    return "sha256=" + hmac.new(secret, body, "sha256").hexdigest()


@contextmanager
def serving(patience: int = 30) -> Iterator[Heard]:
    made = Heard()
    application = Webhooks(SECRET, "/webhook", ["acme/agents"], made.due.append, lambda: {"queue": 0}, made.log.append)
    with WebhookServer(application, "127.0.0.1", 0, patience=patience) as server:
        made.url = server.url
        yield made
