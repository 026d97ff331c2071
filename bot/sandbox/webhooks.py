"""Webhooks: what happens in the sandbox is delivered to an address, as GitHub delivers it, by one thread in the background.

Headers and signature as in docs.github.com, "Webhook events and payloads". A delivery that cannot be made is lost.
"""

from __future__ import annotations

import hmac
import json
import threading
import uuid
from collections import deque
from collections.abc import Iterable
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from queue import Queue
from typing import NamedTuple
from urllib.parse import urlsplit

from bot.sandbox.webhook_payloads import Payload

WAYS = ("once", "twice", "late", "reversed", "never")
_PATIENCE = 10  # seconds that GitHub waits for an answer
_KEPT = 10_000  # entries of the log


class Delivered(NamedTuple):
    """One attempt in the log; its status is 0 where nobody answered. `action` is "" where the event has none."""

    event: str
    action: str
    status: int


class Delivery(NamedTuple):
    """A delivery that is ready to be sent, as often as it is sent under the same id."""

    number: str
    payload: Payload
    body: bytes


class Webhook:
    """Where deliveries go: `url`, signed with `secret` unless it is ""; to be started once and closed.

    `way` is how: once, twice, late (kept until the way changes, then sent), reversed (the same, the last one first), or never.
    """

    def __init__(self, url: str, secret: str = "") -> None:
        parts = urlsplit(url)
        if parts.scheme not in {"http", "https"} or not parts.hostname:
            raise ValueError(f"{url!r} is no address: write http://HOST:PORT/PATH")
        self._parts = parts
        self._secret = secret.encode()
        self._number = str(uuid.uuid5(uuid.NAMESPACE_URL, url).int % 10**9)
        self._queue: Queue[Delivery | None] = Queue()
        self._log: deque[Delivered] = deque(maxlen=_KEPT)
        self._lock = threading.Lock()
        self._held: list[Delivery] = []
        self._way = "once"
        self._thread = threading.Thread(target=self._run, name="sandbox-webhooks", daemon=True)

    def start(self) -> None:
        """Begin to deliver."""
        self._thread.start()

    def close(self) -> None:
        """End after the delivery under way; what waits is lost."""
        with self._lock:
            self._way = "never"
        self._queue.put(None)
        if self._thread.is_alive():
            self._thread.join()

    @property
    def log(self) -> tuple[Delivered, ...]:
        """All attempts so far, oldest first."""
        return tuple(self._log)

    @property
    def way(self) -> str:
        """How deliveries are made."""
        return self._way

    @way.setter
    def way(self, way: str) -> None:
        """Deliver in another way from now on, and send what was kept; raises `ValueError`."""
        if way not in WAYS:
            raise ValueError(f"{way!r} is no way to deliver: one of {', '.join(WAYS)}")
        with self._lock:
            held = self._held[::-1] if self._way == "reversed" else self._held
            self._way, self._held = way, []
            for each in held:
                self._queue.put(each)

    @property
    def held(self) -> int:
        """How many deliveries are kept."""
        return len(self._held)

    def take(self, found: Iterable[Payload]) -> None:
        """Deliver these, without waiting for it."""
        made = [
            Delivery(str(uuid.uuid4()), each, json.dumps(each.data, ensure_ascii=False).encode("utf-8", "replace"))
            for each in found
        ]
        with self._lock:
            if self._way in {"late", "reversed"}:
                self._held += made
            for each in made * {"once": 1, "twice": 2}.get(self._way, 0):
                self._queue.put(each)

    def settle(self) -> None:
        """Wait until everything that is not kept was delivered or lost."""
        self._queue.join()

    def _run(self) -> None:
        while True:
            delivery = self._queue.get()
            if delivery and self._way != "never":
                self._log.append(self._send(delivery))
            self._queue.task_done()
            if delivery is None:
                return

    def _send(self, delivery: Delivery) -> Delivered:
        kind = HTTPSConnection if self._parts.scheme == "https" else HTTPConnection
        connection = kind(self._parts.hostname or "", self._parts.port, timeout=_PATIENCE)
        path = f"{self._parts.path or '/'}{'?' if self._parts.query else ''}{self._parts.query}"
        try:
            connection.request("POST", path, delivery.body, self._headers(delivery))
            answer = connection.getresponse()
            answer.read()
            status = answer.status
        except (OSError, HTTPException):
            status = 0
        finally:
            connection.close()
        return Delivered(delivery.payload.event, str(delivery.payload.data.get("action", "")), status)

    def _headers(self, delivery: Delivery) -> dict[str, str]:
        headers = {
            "Accept": "*/*",
            "Content-Type": "application/json",
            "User-Agent": "GitHub-Hookshot/5a4db0c",
            "X-GitHub-Delivery": delivery.number,
            "X-GitHub-Event": delivery.payload.event,
            "X-GitHub-Hook-ID": self._number,
            "X-GitHub-Hook-Installation-Target-ID": str(delivery.payload.repository),
            "X-GitHub-Hook-Installation-Target-Type": "repository",
        }
        if self._secret:
            for header, algorithm in (("X-Hub-Signature", "sha1"), ("X-Hub-Signature-256", "sha256")):
                headers[header] = f"{algorithm}={hmac.new(self._secret, delivery.body, algorithm).hexdigest()}"
        return headers
