"""The server of deliveries on a bad day: bodies that are too large or never end, clients that keep silent, taken ports."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Iterator
from contextlib import closing, suppress

import pytest

from bot.adapters.webhook_server import WebhookServer
from bot.adapters.webhooks import LARGEST
from tests.adapters.webhook_client import COMMENT, Heard, answered, serving


@pytest.fixture
def heard() -> Iterator[Heard]:
    with serving() as made:
        yield made


def received(client: socket.socket) -> bytes:
    """What still comes before the other side closes, which may do so while bytes are on their way to it."""
    parts = []
    with suppress(ConnectionResetError):
        while part := client.recv(4096):
            parts.append(part)
    return b"".join(parts)


def announce(heard: Heard, *lines: str) -> str:
    """The answer, from its status on, to a head that announces a body, which then does not come."""
    with socket.create_connection(heard.place, timeout=20) as client:
        head = ["POST /webhook HTTP/1.1", "Host: localhost", *lines, "", ""]
        client.sendall("\r\n".join(head).encode())
        return received(client).decode().partition(" ")[2]


def test_a_body_over_githubs_limit_is_refused_before_it_comes(heard: Heard) -> None:
    assert announce(heard, f"Content-Length: {LARGEST + 1}").startswith("413 ")
    assert announce(heard, "Content-Length: " + "9" * 30).startswith("413 ")
    assert heard.due == []


def test_a_body_of_githubs_largest_size_is_taken(heard: Heard) -> None:
    body = json.dumps(COMMENT).encode().ljust(LARGEST)
    assert heard.deliver(body)[0] == 202


def test_a_body_in_chunks_is_refused_with_what_to_do(heard: Heard) -> None:
    told = announce(heard, "Transfer-Encoding: chunked")
    assert told.startswith("411 ")
    assert "Send the body with a Content-Length." in told


@pytest.mark.parametrize(
    "lines",
    [("Content-Length: -5",), ("Content-Length: 1e3",), ("Content-Length: 5", "Content-Length: 6"), ("No colon",)],
)
def test_a_damaged_head_is_refused(heard: Heard, lines: tuple[str, ...]) -> None:
    assert announce(heard, *lines).startswith("400 ")


def test_a_head_without_end_is_refused(heard: Heard) -> None:
    assert announce(heard, *[f"X-{number}: {'x' * 1000}" for number in range(40)]).startswith("431 ")


def test_a_head_request_is_answered_without_a_body(heard: Heard) -> None:
    with closing(heard.connect()) as client:
        for method, body in (("HEAD", b""), ("GET", b'{"queue":0}')):
            client.request(method, "/healthz")
            reply = client.getresponse()
            assert (reply.status, reply.read()) == (200, body)


def test_silent_clients_do_not_keep_others_from_being_heard(heard: Heard) -> None:
    clients = [socket.create_connection(heard.place, timeout=20) for _ in range(20)]
    try:
        for client in clients:
            client.sendall(b"POST /webhook HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000\r\n\r\nhalf")
        assert heard.deliver(COMMENT)[0] == 202
    finally:
        for client in clients:
            client.close()


def test_a_client_that_never_ends_its_request_is_let_go() -> None:
    with serving(patience=1) as heard, socket.create_connection(heard.place, timeout=20) as client:
        over = threading.Event()

        def trickle() -> None:
            with suppress(OSError):
                while not over.wait(0.1):
                    client.sendall(b"x")

        client.sendall(b"POST /webhook HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100000\r\n\r\n")
        thread = threading.Thread(target=trickle)
        thread.start()
        try:
            assert received(client) == b""  # closed by the server, though bytes kept coming
        finally:
            over.set()
            thread.join()


def test_a_server_closes_while_clients_are_connected() -> None:
    with serving() as heard:
        idle, half = heard.connect(), heard.connect()
        idle.request("GET", "/healthz")
        assert answered(idle.getresponse())[0] == 200
        half.connect()
        assert half.sock
        half.sock.sendall(b"POST /webhook HTTP/1.1\r\n")
    for client in (idle, half):
        client.close()


def test_a_port_that_is_taken_is_an_error_with_its_place(heard: Heard) -> None:
    port = heard.place[1]
    with pytest.raises(OSError, match=f"127.0.0.1:{port}: Address already in use"):
        WebhookServer(lambda *_: [], "127.0.0.1", port)
    with pytest.raises(OSError, match=r"no\.such\.host\.invalid:80: this machine has no such address"):
        WebhookServer(lambda *_: [], "no.such.host.invalid", 80)
