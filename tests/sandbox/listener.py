"""A receiver of webhooks for tests: it keeps what came, whole, and answers as told."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, NamedTuple


class Came(NamedTuple):
    headers: Mapping[str, str]
    body: bytes

    @property
    def event(self) -> str:
        """`issue_comment created`, `push`."""
        return f"{self.headers['X-GitHub-Event']} {self.data.get('action', '')}".strip()

    @property
    def data(self) -> Any:
        return json.loads(self.body)


class Listener(ThreadingHTTPServer):
    """What came so far, oldest first; answers with `status`, once `open` is set."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.came: list[Came] = []
        self.status = 202
        self.open = threading.Event()
        self.open.set()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/webhook"

    @property
    def events(self) -> list[str]:
        return [each.event for each in self.came]


class _Handler(BaseHTTPRequestHandler):
    server: Listener

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.open.wait(10)
        self.server.came.append(Came(dict(self.headers), body))
        self.send_response(self.server.status)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *args: Any) -> None:
        pass


@contextmanager
def listening() -> Iterator[Listener]:
    with Listener() as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield server
        finally:
            server.open.set()
            server.shutdown()
            thread.join()
