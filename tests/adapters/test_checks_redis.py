"""Redis as `doctor` looks at it: reached, keeping every message, taking new ones."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.adapters.checks_redis import called, depths, redis_checks, redis_time
from bot.core.diagnosis import Check, Outcome
from tests.real_servers import RedisServer, redis_server


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RedisServer]:
    with redis_server(tmp_path_factory.mktemp("redis")) as made:
        yield made


def told(broker: str) -> list[tuple[str, str]]:
    return [(check.outcome.value, check.found) for check in redis_checks(broker)]


def test_a_good_server_keeps_what_is_written_and_every_message(server: RedisServer) -> None:
    checks = list(redis_checks(server.url))
    assert [(check.outcome, check.place) for check in checks] == [(Outcome.OK, ""), (Outcome.OK, "policy")]
    assert checks[0].found.startswith(f"{called(server.url)} answers and keeps what is written")
    with server.client() as client:
        assert client.keys("*") == []


def test_a_server_that_throws_messages_away_fails_though_it_answers(server: RedisServer) -> None:
    with server.client() as client:
        client.config_set("maxmemory-policy", "allkeys-lru")
        try:
            checks = list(redis_checks(server.url))
        finally:
            client.config_set("maxmemory-policy", "noeviction")
    assert checks[0].outcome is Outcome.OK
    assert checks[1] == Check(
        "redis",
        Outcome.FAILED,
        "Redis has maxmemory-policy allkeys-lru and may drop messages",
        "write `maxmemory-policy noeviction` in its configuration, or type `redis-cli config set maxmemory-policy noeviction`",
        "policy",
    )


def test_a_full_server_fails_though_it_answers(server: RedisServer) -> None:
    with server.client() as client:
        client.config_set("maxmemory", 1)
        try:
            (check, _) = redis_checks(server.url)
        finally:
            client.config_set("maxmemory", 0)
    assert check.outcome is Outcome.FAILED
    assert " takes nothing: " in check.found
    assert "maxmemory" in check.fix


def test_a_server_that_wants_a_password_is_told_so(tmp_path: Path) -> None:
    with redis_server(tmp_path) as server:
        with server.client() as client:
            client.config_set("requirepass", "hunter22")
        address = server.url.removeprefix("redis://")
        assert told(f"redis://{address}") == [("failed", f"{called(server.url)} does not accept the password")]
        assert told(f"redis://:wrong@{address}") == [("failed", f"{called(server.url)} does not accept the password")]
        assert [outcome for outcome, _ in told(f"redis://:hunter22@{address}")] == ["ok", "ok"]


def test_a_server_on_a_socket_is_reached_too(tmp_path_factory: pytest.TempPathFactory) -> None:
    with redis_server(tmp_path_factory.mktemp("r"), unix_socket=True) as server:
        assert [outcome for outcome, _ in told(server.url)] == ["ok", "ok"]


def test_a_server_that_is_not_there_is_one_line_without_the_password() -> None:
    (check,) = redis_checks("redis://ann:hunter22@127.0.0.1:1/3")
    assert (check.outcome, check.found) == (
        Outcome.FAILED,
        "the Redis at 127.0.0.1:1, database 3 cannot be reached",
    )
    assert "hunter22" not in str(check)


def test_an_address_that_is_none_is_told_so() -> None:
    assert told("redis://:hunter22@host:port/0")[0][1].endswith("has an address that cannot be understood")


def test_a_server_that_never_answers_is_not_waited_for() -> None:
    with socket.create_server(("127.0.0.1", 0)) as mute:
        port = mute.getsockname()[1]
        held: list[socket.socket] = []
        taking = threading.Thread(target=lambda: held.append(mute.accept()[0]))
        taking.start()
        assert told(f"redis://127.0.0.1:{port}/0") == [
            ("failed", f"the Redis at 127.0.0.1:{port} does not answer within 3 s")
        ]
        taking.join()
        held[0].close()


def test_its_clock_is_this_machines(server: RedisServer) -> None:
    assert abs(redis_time(server.url) - datetime.now(UTC)) < timedelta(minutes=1)


def test_messages_are_counted_and_unknown_without_a_server(server: RedisServer) -> None:
    with server.client() as client:
        client.lpush("ingest", "one", "two")
        assert depths(server.url, ("ingest", "github")) == {"ingest": 2, "github": 0}
        client.delete("ingest")
    assert depths("redis://127.0.0.1:1/0", ("ingest",)) is None
