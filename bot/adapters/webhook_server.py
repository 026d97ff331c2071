"""The server that GitHub's deliveries come to: waitress, with limits that keep one client from stopping the others."""

from __future__ import annotations

import logging
import threading
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from waitress import wasyncore
from waitress.channel import HTTPChannel
from waitress.parser import HTTPRequestParser
from waitress.server import TcpWSGIServer
from waitress.task import ThreadedTaskDispatcher
from waitress.utilities import Error

from bot.adapters.webhooks import LARGEST

if TYPE_CHECKING:  # it exists for type checkers only
    from _typeshed.wsgi import WSGIApplication

_PATIENCE = 30  # seconds for a whole request, or without one; GitHub itself gives up after 10
_CONNECTIONS = 200  # at once; each may hold a body of 25 MB on disk meanwhile
_THREADS = 4  # that answer; whoever is slow to send or to read keeps none of them
_HEADERS = 32 * 1024  # bytes


class WebhookServer:
    """The application on the network while `with` lasts; raises `OSError` where it cannot listen there.

    A body needs a Content-Length, which GitHub and proxies send.
    """

    def __init__(self, application: WSGIApplication, host: str, port: int, *, patience: int = _PATIENCE) -> None:
        self._sockets: dict[int, Any] = {}
        self._workers = ThreadedTaskDispatcher()
        logging.getLogger("waitress.queue").setLevel(logging.ERROR)  # many requests at once are no news
        limits: dict[str, Any] = {
            "connection_limit": _CONNECTIONS,
            "channel_timeout": patience,
            "cleanup_interval": max(1, patience // 6),
            "max_request_header_size": _HEADERS,
            "max_request_body_size": LARGEST + 1,  # what waitress refuses begins here
            "log_socket_errors": False,
            "asyncore_use_poll": True,
            "ident": None,
        }
        try:
            self._server = _Server(
                application, map=self._sockets, dispatcher=self._workers, host=host, port=port, **limits
            )
        except (ValueError, OSError) as error:  # ValueError is how waitress tells that nobody knows the host
            wasyncore.close_all(self._sockets, ignore_all=True)
            raise OSError(
                f"{host}:{port}: {getattr(error, 'strerror', '') or 'this machine has no such address'}"
            ) from error
        self._thread = threading.Thread(target=self._server.run, name="webhooks", daemon=True)

    @property
    def url(self) -> str:
        """Where it listens, as http://HOST:PORT."""
        host, port = self._server.getsockname()
        return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"

    def __enter__(self) -> Self:
        self._workers.set_thread_count(_THREADS)
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.over = True
        self._server.pull_trigger()
        self._thread.join()
        wasyncore.close_all(self._sockets, ignore_all=True)


class _Parser(HTTPRequestParser):
    """A request with a Content-Length: waitress takes chunks apart in quadratic time."""

    def received(self, data: bytes) -> int:
        consumed = super().received(data)
        if self.chunked and not self.error:
            self.error = _LengthRequired("Send the body with a Content-Length.")
            self.completed = True
        return consumed


class _LengthRequired(Error):  # noqa: N818 - an answer, as waitress has them
    code = 411
    reason = "Length Required"


class _Channel(HTTPChannel):
    """A connection on which only whole requests count as activity, so that nobody can keep it by single bytes."""

    parser_class = _Parser

    def handle_read(self) -> None:
        before = self.last_activity
        super().handle_read()
        if not self.requests:
            self.last_activity = before


class _Server(TcpWSGIServer):
    """The listening socket, which ends its loop once `over` is set and the trigger pulled."""

    channel_class = _Channel
    over = False

    def readable(self) -> bool:
        if self.over:
            raise SystemExit  # its loop answers what it has and returns
        return super().readable()
