"""A proxy between one process of the bot and the sandbox, where requests suffer what a schedule says, by their number."""

from __future__ import annotations

import http.client
import socket
import threading
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from tests.faults.answers import Answer, refusal, tampered
from tests.faults.troubles import LISTS, Trouble

WRITES = frozenset({"POST", "PATCH", "PUT", "DELETE"})
_HOP = frozenset({"connection", "transfer-encoding", "content-length", "server", "date"})


class Hit(NamedTuple):
    """A trouble that came about, and what it hit: open, comment, edit, delete, list, read or commit."""

    kind: str
    what: str


@dataclass
class Passage:
    """One process on its way through the proxy: what it is to suffer, what it sent and what it did suffer.

    `kill` and `stop` act on the process, `change` alters an answer that is a list (a lag); `goes_on` is set when a
    stopped process, or a request of it that is under way, may go on.
    """

    troubles: tuple[Trouble, ...] = ()
    kill: Callable[[], None] = lambda: None
    stop: Callable[[], None] = lambda: None
    change: Callable[[str, Answer], Answer] = lambda path, answer: answer
    counts: Counter[str] = field(default_factory=Counter)
    hit: list[Hit] = field(default_factory=list)
    log: list[str] = field(default_factory=list)
    goes_on: threading.Event = field(default_factory=threading.Event)

    def number(self, method: str, path: str) -> Trouble | None:
        """Count a request; the trouble that is meant for it."""
        what = _what(method, path)
        sorts = {"request", what, "write" if method in WRITES and what != "read" else "read"}
        self.counts.update(sorts)
        for trouble in self.troubles:
            if trouble.where in sorts and trouble.nth == self.counts[trouble.where]:
                self.hit.append(Hit(trouble.kind, what))
                return trouble
        return None


def _what(method: str, path: str) -> str:
    collection = path.rpartition("/")[2]
    if method == "GET" or collection == "graphql":  # which only asks
        return "list" if collection in {"issues", "comments"} else "read"
    if method == "POST":
        return {"issues": "open", "comments": "comment"}.get(collection, "read")
    return {"PATCH": "edit", "DELETE": "delete"}.get(method, "edit")


class Proxy(ThreadingHTTPServer):
    """The listening proxy; `upstream` is the sandbox's URL, `passage` whose requests they are. To be closed."""

    daemon_threads = True
    block_on_close = False
    request_queue_size = 64

    def __init__(self, clock: Callable[[], datetime]) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.clock = clock
        self.upstream = ""
        self.passage = Passage()
        self._thread = threading.Thread(target=self.serve_forever, args=(0.05,), daemon=True)
        self._thread.start()

    @property
    def url(self) -> str:
        """Where the bot finds GitHub."""
        return f"http://127.0.0.1:{self.server_address[1]}"

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing of a client that went away: it was killed, or its connection cut."""

    def close(self) -> None:
        """Stop listening."""
        self.shutdown()
        self._thread.join()
        self.server_close()


class _Handler(BaseHTTPRequestHandler):
    server: Proxy
    protocol_version = "HTTP/1.1"
    wbufsize = -1
    disable_nagle_algorithm = True

    def do_GET(self) -> None:
        """Pass on any request."""
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        passage, path = self.server.passage, urlsplit(self.path).path
        trouble = passage.number(self.command, path)
        answer = self._suffered(passage, trouble, body)
        status = answer.status if answer else 0
        passage.log.append(f"{self.command} {self.path} → {status}" + (f" [{trouble}]" if trouble else ""))
        if answer is None:
            with suppress(OSError):
                self.connection.shutdown(socket.SHUT_RDWR)
            self.close_connection = True
            return
        self._send(passage.change(path, answer), half=trouble is not None and trouble.kind == "half an answer")

    do_POST = do_PATCH = do_PUT = do_DELETE = do_GET  # noqa: N815 - the standard library's names

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the standard library's name
        """Say nothing: the passage has it."""

    def date_time_string(self, timestamp: float | None = None) -> str:
        """The schedule's own time for the Date header."""
        return super().date_time_string(timestamp or self.server.clock().timestamp())

    def _suffered(self, passage: Passage, trouble: Trouble | None, body: bytes) -> Answer | None:
        """The answer after a trouble has had its way, None where there is to be none."""
        kind = trouble.kind if trouble else ""
        made = refusal(kind, self.server.clock())
        if made:
            return made
        if kind == "kill before":
            passage.kill()
            return None
        if kind == "stop before":
            passage.goes_on.clear()
            passage.stop()
            passage.goes_on.wait(60)
        if kind == "late before":
            passage.goes_on.wait(30)
            return None
        answer = Answer(502, {}, b'{"message": "Server Error"}') if kind == "502 before" else None
        if kind != "cut before" and answer is None:
            answer = self._forwarded(body)
        return self._afterwards(passage, kind, answer)

    def _afterwards(self, passage: Passage, kind: str, answer: Answer | None) -> Answer | None:
        if kind == "kill after":
            passage.kill()
        if kind == "stop after":
            passage.stop()
        if kind == "late after":
            passage.goes_on.wait(30)
        if kind in {"kill after", "cut after", "late after"}:
            return None
        if kind == "502 after":
            return Answer(502, {}, b'{"message": "Server Error"}')
        return tampered(kind, answer) if answer and kind in LISTS else answer

    def _forwarded(self, body: bytes) -> Answer:
        parts = urlsplit(self.server.upstream)
        connection = http.client.HTTPConnection(str(parts.hostname), parts.port, timeout=30)
        try:
            connection.request(self.command, self.path, body or None, dict(self.headers.items()))
            response = connection.getresponse()
            headers = {name: value for name, value in response.getheaders() if name.lower() not in _HOP}
            return Answer(response.status, headers, response.read())
        finally:
            connection.close()

    def _send(self, answer: Answer, *, half: bool) -> None:
        self.send_response(answer.status)
        for name, value in answer.headers.items():
            self.send_header(name, value)
        if answer.status not in {204, 304}:
            self.send_header("Content-Length", str(len(answer.body)))
        self.end_headers()
        self.wfile.write(answer.body[: len(answer.body) // 2] if half else answer.body)
        self.close_connection = self.close_connection or half
