"""An office for each test, with a Redis-protocol server and a sandbox of its own."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.sandbox.server import Sandbox
from tests.real_servers import RedisServer, redis_server
from tests.workers.office import REPOSITORY, Office


@pytest.fixture
def redis(tmp_path: Path) -> Iterator[RedisServer]:
    with redis_server(tmp_path) as server:
        yield server


@pytest.fixture
def box() -> Iterator[Sandbox]:
    with Sandbox() as sandbox:
        sandbox.add_repository(REPOSITORY)
        yield sandbox


@pytest.fixture
def office(tmp_path: Path, redis: RedisServer, box: Sandbox) -> Office:
    return Office(tmp_path, redis, box, settings='evaluate = "5s"\ngrace = "2s"')
