"""The stand-in on the network: one request after another over HTTP/1.1, with the faults that a test wants."""

from __future__ import annotations

import re
import socket
import threading
from collections import deque
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from socketserver import TCPServer
from typing import Any, NamedTuple
from urllib.parse import parse_qsl, urlsplit

from bot.sandbox.engine import Engine
from bot.sandbox.exchange import Answer, Request
from bot.sandbox.faults import Fault, Hook

_MOST = 8 * 1024 * 1024  # bytes of a request's body
_KEPT = 100_000  # entries of the log
_HOST = re.compile(r"[A-Za-z0-9.-]+(:\d+)?|\[[0-9a-fA-F:]+\](:\d+)?")


class Logged(NamedTuple):
    """One request in the log; its path without the query, its status 0 where the connection was cut."""

    method: str
    path: str
    status: int


class Server(ThreadingHTTPServer):
    """The listening socket, and the connections that are open; to be closed."""

    allow_reuse_address = True
    request_queue_size = 128

    def __init__(self, engine: Engine, host: str, port: int) -> None:
        self.engine = engine
        self.fault: Hook | None = None
        self.log: deque[Logged] = deque(maxlen=_KEPT)
        self.over = threading.Event()
        self._open: set[socket.socket] = set()
        self.address_family = socket.AF_INET6 if ":" in host else socket.AF_INET
        super().__init__((host, port), Connection)
        self.daemon_threads = False  # so that closing waits for the answers under way

    def server_bind(self) -> None:
        """Take the port, without asking the network for this machine's name."""
        TCPServer.server_bind(self)
        self.server_name, self.server_port = str(self.server_address[0]), int(self.server_address[1])

    def process_request(self, request: Any, client_address: Any) -> None:
        """Remember the connection, then serve it."""
        self._open.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        """Forget the connection."""
        self._open.discard(request)
        super().shutdown_request(request)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing of a client that went away."""

    def server_close(self) -> None:
        """Close everything: what waits for its next request, and what a fault delays."""
        self.over.set()
        for each in tuple(self._open):
            with suppress(OSError):
                each.shutdown(socket.SHUT_RD)
        super().server_close()


class Connection(BaseHTTPRequestHandler):
    """One client's connection."""

    server: Server
    protocol_version = "HTTP/1.1"
    server_version = "frictionbot-sandbox"
    sys_version = ""
    wbufsize = -1  # head and body in one packet
    disable_nagle_algorithm = True

    def do_GET(self) -> None:
        """Answer any request: the route decides by its method."""
        request = self._request()
        if request is None:
            return
        try:
            answer = self._suffered(request)
        except Exception as error:  # noqa: BLE001 - a bug of ours, or a full disk: whoever asked has to see it
            answer = Answer(500, {"message": f"The sandbox failed: {error!r}"})
        self.server.log.append(Logged(request.method, request.path, answer.status if answer else 0))
        if answer is None:
            self.close_connection = True
        else:
            self._send(answer)

    do_POST = do_PATCH = do_PUT = do_DELETE = do_GET  # noqa: N815 - the standard library's names

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the standard library's name
        """Say nothing: `Server.log` has it."""

    def date_time_string(self, timestamp: float | None = None) -> str:
        """The sandbox's own time for the Date header."""
        return super().date_time_string(timestamp or self.server.engine.clock().timestamp())

    def _request(self) -> Request | None:
        length = self.headers.get("Content-Length", "0")
        if "Transfer-Encoding" in self.headers or not length.isdecimal() or int(length) > _MOST:
            self.close_connection = True
            self._send(Answer(413, {"message": "Payload too big"}))
            return None
        parts = urlsplit(self.path)
        host = self.headers.get("Host", "")
        own = "{}:{}".format(*self.server.server_address[:2])
        return Request(
            self.command,
            parts.path,
            f"http://{host if _HOST.fullmatch(host) else own}",
            dict(parse_qsl(parts.query, keep_blank_values=True)),
            {name.lower(): value for name, value in self.headers.items()},
            self.rfile.read(int(length)),
        )

    def _suffered(self, request: Request) -> Answer | None:
        """The answer after a fault has had its way, None where there is to be none."""
        fault = (self.server.fault(request) if self.server.fault else None) or Fault()
        self.server.over.wait(fault.hold) if fault.hold else None
        answer = self.server.engine.answer(request) if fault.effect else Answer(500)
        self.server.over.wait(fault.delay) if fault.delay else None
        if fault.change:
            answer = fault.change(answer)
        return None if fault.drop else fault.answer or answer

    def _send(self, answer: Answer) -> None:
        content = answer.content()
        self.send_response(answer.status)
        kind = "text/html" if answer.page else "application/json"
        headers = {"Content-Type": f"{kind}; charset=utf-8", **answer.headers}
        if answer.status not in {204, 304}:
            headers["Content-Length"] = str(len(content))
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(content)
