"""A small HTTP server that answers as a test says, faults included, and remembers every request."""

from __future__ import annotations

import json
import socket
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Thread
from typing import Any
from urllib.parse import parse_qsl, urlsplit


@dataclass(frozen=True)
class Request:
    """What a client sent; `body` is its JSON."""

    verb: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: Any = None


@dataclass(frozen=True)
class Reply:
    """An answer: JSON, or text as it is; `fault` is "drop" (cut before answering), "half" (cut within) or "hang"."""

    status: int = 200
    body: Any = None
    headers: Mapping[str, str] = field(default_factory=dict)
    fault: str = ""


Script = Callable[[Request], Reply]


class Scripted:
    """The running server: its address, what it says, and what it was asked."""

    def __init__(self, url: str, script: Script) -> None:
        self.url = url
        self.script = script
        self.requests: list[Request] = []
        self.over = Event()

    def asked(self, verb: str) -> list[str]:
        return [request.path for request in self.requests if request.verb == verb]


@contextmanager
def serving(script: Script) -> Iterator[Scripted]:
    """A server on a free port of this machine, for as long as the context lasts."""
    with ThreadingHTTPServer(("127.0.0.1", 0), _Handler) as server:
        server.daemon_threads = True
        box = Scripted(f"http://127.0.0.1:{server.server_address[1]}", script)
        server.box = box  # type: ignore[attr-defined]
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield box
        finally:
            box.over.set()
            server.shutdown()
            thread.join()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def _answer(self) -> None:
        box: Scripted = self.server.box  # type: ignore[attr-defined]
        parts = urlsplit(self.path)
        sent = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        headers = {name.lower(): value for name, value in self.headers.items()}
        request = Request(
            self.command, parts.path, dict(parse_qsl(parts.query)), headers, json.loads(sent) if sent else None
        )
        box.requests.append(request)
        reply = box.script(request)
        if reply.fault == "hang":
            box.over.wait(20)
        if reply.fault in {"drop", "hang"}:
            self.connection.shutdown(socket.SHUT_RDWR)
            self.close_connection = True
            return
        text = reply.body if isinstance(reply.body, str) else json.dumps(reply.body)
        self.send_response(reply.status)
        for name, value in {"Content-Type": "application/json", **reply.headers}.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(text.encode()) + 100 * (reply.fault == "half")))
        self.end_headers()
        self.wfile.write(text.encode())
        if reply.fault == "half":
            self.close_connection = True

    do_GET = do_POST = do_PATCH = do_PUT = do_DELETE = _answer  # noqa: N815 - the names that http.server looks for

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Nothing: the tests' output is for the tests."""
