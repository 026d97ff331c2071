"""That a worker is alive, also while it waits for work or is busy with one long task: a word in the store every minute."""

from __future__ import annotations

import os
from datetime import datetime
from importlib.metadata import version
from threading import Thread
from time import sleep
from typing import Any

import orjson
import structlog
from celery import signals

from bot.adapters.upkeep import SqlUpkeep
from bot.adapters.upkeep_tables import open_store
from bot.ports import StoreError
from bot.upkeep import Pulse
from bot.wiring import machine_clock

_EVERY = 60.0  # seconds

_LOG = structlog.get_logger()


def signs_of_life(database: str) -> None:
    """Have every process of a worker's pool say that its worker is alive.

    Not its main process: that one forks, and whoever forks while a thread is at work inherits the thread's locks.
    """
    worker: dict[str, Any] = {}

    def named(sender: str, instance: Any, **_: Any) -> None:
        worker["name"] = sender
        worker["queues"] = sorted(instance.app.amqp.queues.consume_from)
        worker["pid"] = os.getpid()
        worker["started"] = machine_clock()

    def forked(**_: Any) -> None:
        value = _value(worker["queues"], worker["pid"], worker["started"])
        Thread(target=_beat, args=(database, f"worker:{worker['name']}", value), daemon=True, name="pulse").start()

    signals.celeryd_after_setup.connect(named, weak=False)
    signals.worker_process_init.connect(forked, weak=False)


def _value(queues: list[str], pid: int, started: datetime) -> str:
    value = {"version": version("frictionbot"), "pid": pid, "queues": queues, "started": started.isoformat()}
    return orjson.dumps(value).decode()


def _beat(database: str, name: str, value: str) -> None:
    while True:
        try:
            with open_store(database) as store:
                SqlUpkeep(store.engine).beat(Pulse(name, machine_clock(), value))
        except StoreError as error:
            _LOG.debug("pulse_not_kept", code=error.code)
        sleep(_EVERY)
