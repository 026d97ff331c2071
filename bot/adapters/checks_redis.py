"""Whether the Redis that carries messages is there, loses none of them, and takes new ones."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, suppress
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

import redis
from redis.exceptions import NoPermissionError

from bot.adapters.broker import SOCKET, connected, policy_problem
from bot.core.diagnosis import Check, failed, ok, warning

_SECONDS = 3.0  # for each answer
_LASTS = 60  # seconds
_NEWEST = 100  # messages of a queue


def called(broker: str) -> str:
    """What a person calls it: address and database, never a password."""
    parts = urlsplit(broker)
    try:
        host = parts.path if broker.startswith(SOCKET) else f"{parts.hostname or 'localhost'}:{parts.port or 6379}"
    except ValueError:
        host = "an address that is none"
    number = parts.path.strip("/") if not broker.startswith(SOCKET) else ""
    return f"the Redis at {host}" + (f", database {number}" if number not in {"", "0"} else "")


def redis_checks(broker: str) -> Iterator[Check]:
    """Whether it answers, throws no message away when its memory is full, and keeps what is written."""
    name = called(broker)
    try:
        with closing(connected(broker, _SECONDS)) as client:
            client.ping()
            yield _kept(client, name)
            yield _policy(broker)
    except (redis.RedisError, OSError, ValueError) as error:
        yield failed("redis", f"{name} {_words(error)}", _advice(error))


def is_there(broker: str) -> bool:
    """Whether it answers at all."""
    try:
        with closing(connected(broker, _SECONDS)) as client:
            return bool(client.ping())
    except (redis.RedisError, OSError, ValueError):
        return False


def redis_time(broker: str) -> datetime:
    """The time by its clock; raises `redis.RedisError` or `OSError`."""
    with closing(connected(broker, _SECONDS)) as client:
        seconds, micros = client.time()
        return datetime.fromtimestamp(int(seconds) + int(micros) / 1e6, UTC)


def depths(broker: str, queues: Sequence[str]) -> Mapping[str, int] | None:
    """Messages that wait in each queue; None where Redis cannot be asked."""
    try:
        with closing(connected(broker, _SECONDS)) as client:
            return {queue: int(client.llen(queue)) for queue in queues}
    except (redis.RedisError, OSError, ValueError):
        return None


def withdraw(broker: str, queue: str, task: str) -> None:
    """Take the message of a task back that nobody took; the newest stand first. One that cannot be is dropped by a worker."""
    with suppress(redis.RedisError, OSError, ValueError), closing(connected(broker, _SECONDS)) as client:
        for message in client.lrange(queue, 0, _NEWEST):
            if isinstance(message, bytes) and task.encode() in message:
                client.lrem(queue, 1, message)  # type: ignore[arg-type]  # bytes are what is sent


def _kept(client: redis.Redis, name: str) -> Check:
    key, value = f"frictionbot:doctor:{socket.gethostname()}:{os.getpid()}", os.urandom(16).hex()
    try:
        client.set(key, value, ex=_LASTS)
        back = client.get(key)
        client.delete(key)
    except redis.ReadOnlyError:
        return failed(
            "redis", f"{name} is a replica and takes nothing", "write the address of the primary in workers.broker"
        )
    except redis.ResponseError as error:
        fix = "raise maxmemory, or see what fills it with `redis-cli --bigkeys`"
        return failed("redis", f"{name} takes nothing: {_said(error)}", fix)
    if back != value.encode():
        fix = "raise maxmemory and set maxmemory-policy noeviction"
        return failed("redis", f"{name} had lost what was written a moment before", fix)
    about = _about(client)
    version = about.get("redis_version", "")
    return ok("redis", f"{name} answers and keeps what is written" + (f" (version {version})" if version else ""))


def _policy(broker: str) -> Check:
    problem = policy_problem(broker)
    if problem is None:
        return ok("redis", "maxmemory-policy is noeviction: no message is thrown away", "policy")
    found, _, fix = problem.message.partition(": ")
    return (warning if problem.code == "redis_policy_unknown" else failed)("redis", found, fix, "policy")


def _about(client: redis.Redis) -> Mapping[str, Any]:
    try:
        found = client.info()
    except redis.ResponseError:
        return {}
    return found if isinstance(found, dict) else {}


def _words(error: Exception) -> str:
    if isinstance(error, redis.AuthenticationError | NoPermissionError):
        return "does not accept the password"
    if isinstance(error, redis.TimeoutError | TimeoutError):
        return f"does not answer within {_SECONDS:.0f} s"
    if isinstance(error, redis.ConnectionError | OSError):
        return "cannot be reached"
    if isinstance(error, ValueError) and not isinstance(error, redis.RedisError):
        return "has an address that cannot be understood"
    return f"answers with an error: {_said(error)}"


def _advice(error: Exception) -> str:
    if isinstance(error, redis.AuthenticationError | NoPermissionError):
        return "write the right user and password in workers.broker (FRICTIONBOT_WORKERS_BROKER)"
    return "start it (`docker compose up -d redis`), or mend workers.broker (FRICTIONBOT_WORKERS_BROKER)"


def _said(error: Exception) -> str:
    """The first words of Redis's own error, such as OOM or MISCONF; it repeats no value that was sent."""
    return " ".join(str(error).split())[:160]
