"""The Redis that carries messages, looked at directly: whether it may drop any, and whether it lost some."""

from __future__ import annotations

from contextlib import closing

import redis

from bot.core.model import Problem

SOCKET = "redis+socket://"  # how Celery writes what Redis calls unix://
_PATIENCE = 5.0  # seconds for an answer
_CANARY = "frictionbot:canary"  # a value that stands here until Redis loses its data


def policy_problem(url: str) -> Problem | None:
    """Why this Redis may lose messages, or None; `broker_unreachable` where it cannot be asked.

    Under memory pressure any policy but `noeviction` throws messages away. `redis_policy` says that it is another one;
    `redis_policy_unknown` that the server does not tell, as some hosted ones do not.
    """
    try:
        with closing(connected(url, _PATIENCE)) as client:
            policy = _policy(client)
    except (redis.RedisError, OSError) as error:
        message = f"Redis does not answer ({type(error).__name__}): check workers.broker, and that the server runs"
        return Problem("broker_unreachable", "workers.broker", message)
    if policy is None:
        message = "Redis does not tell its maxmemory-policy: make sure that it is noeviction where it is hosted"
        return Problem("redis_policy_unknown", "workers.broker", message)
    if policy == "noeviction":
        return None
    message = (
        f"Redis has maxmemory-policy {policy} and may drop messages: write `maxmemory-policy noeviction` in its"
        " configuration, or type `redis-cli config set maxmemory-policy noeviction`"
    )
    return Problem("redis_policy", "workers.broker", message)


def canary(url: str) -> bytes:
    """The value that was left in Redis last; empty where there is none. Raises `redis.RedisError`."""
    with closing(connected(url, _PATIENCE)) as client:
        value = client.get(_CANARY)
        return value if isinstance(value, bytes) else b""


def leave_canary(url: str, value: bytes) -> None:
    """Leave a value in Redis: as long as it is there, Redis lost nothing since. Raises `redis.RedisError`."""
    with closing(connected(url, _PATIENCE)) as client:
        client.set(_CANARY, value)


def connected(url: str, seconds: float) -> redis.Redis:
    """A connection to the Redis of a broker's URL, which gives each answer so long; nothing is asked yet. Raises `ValueError`."""
    address = f"unix://{url.removeprefix(SOCKET)}" if url.startswith(SOCKET) else url
    return redis.Redis.from_url(address, socket_connect_timeout=seconds, socket_timeout=seconds)


def _policy(client: redis.Redis) -> str | None:
    """The policy as INFO tells it, which more servers allow than CONFIG; None where neither does."""
    try:
        found = client.info("memory").get("maxmemory_policy")
        return str(found or client.config_get("maxmemory-policy")["maxmemory-policy"])
    except (redis.ResponseError, KeyError):
        return None
