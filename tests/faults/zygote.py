"""A warm process from which each cycle is forked: everything is imported once, so that a cycle costs no start-up.

It has a single thread, so that a fork copies a process that is whole; who gives it orders may have many.
"""

from __future__ import annotations

import gc
import json
import os
import queue
import selectors
import signal
import socket
import sys
import threading
import traceback
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from tests.faults.child_cycle import Clock, cycle


class Zygote:
    """The other side of the warm process; made while there is only one thread, to be closed.

    `said` has what children told or became: `pid`, with `hit`, `rows` …, or `ended` (the status, negative for a signal).
    """

    def __init__(self, clock: Clock) -> None:
        self._socket, other = socket.socketpair()
        self._pid = os.fork()
        if not self._pid:
            self._socket.close()
            signal.signal(signal.SIGINT, signal.SIG_IGN)
            gc.freeze()
            try:
                _Nursery(other, clock).serve()
            finally:
                os._exit(0)
        other.close()
        self.said: queue.Queue[Mapping[str, Any]] = queue.Queue()
        self._born: queue.Queue[int] = queue.Queue()
        self._listener = threading.Thread(target=self._listen, daemon=True)
        self._listener.start()

    def start(self, order: Mapping[str, Any]) -> int:
        """Fork a cycle; returns its process id."""
        self._socket.sendall(json.dumps(order).encode() + b"\n")
        return self._born.get(timeout=30)

    def _listen(self) -> None:
        with self._socket.makefile("rb") as lines:
            for line in lines:
                told = json.loads(line)
                if "born" in told:
                    self._born.put(told["born"])
                else:
                    self.said.put(told)

    def close(self) -> None:
        """End the warm process; children that are stopped or run are its parent's to end."""
        self._socket.shutdown(socket.SHUT_WR)
        os.waitpid(self._pid, 0)
        self._listener.join()
        self._socket.close()


@dataclass
class _Nursery:
    """The loop of the warm process: orders come in, children go out, and what they say is passed on."""

    orders: socket.socket
    clock: Clock
    _children: dict[int, tuple[int, bytearray]] = field(default_factory=dict)  # by the pipe: process, what it said

    def serve(self) -> None:
        with selectors.DefaultSelector() as selector:
            selector.register(self.orders, selectors.EVENT_READ)
            waiting = bytearray()
            while True:
                for key, _ in selector.select():
                    if key.fileobj is not self.orders:
                        self._listen(selector, key.fd)
                        continue
                    some = self.orders.recv(65536)
                    if not some:
                        return
                    waiting += some
                    while b"\n" in waiting:
                        line, _, rest = waiting.partition(b"\n")
                        waiting = bytearray(rest)
                        self._bear(selector, json.loads(line))

    def _bear(self, selector: selectors.BaseSelector, order: Mapping[str, Any]) -> None:
        mine, its = os.pipe()
        pid = os.fork()
        if not pid:
            os.close(mine)
            _live(order, self.clock, its)
        os.close(its)
        self._children[mine] = pid, bytearray()
        selector.register(mine, selectors.EVENT_READ)
        self._say({"born": pid})

    def _listen(self, selector: selectors.BaseSelector, pipe: int) -> None:
        pid, said = self._children[pipe]
        some = os.read(pipe, 65536)
        said += some
        *lines, rest = bytes(said).split(b"\n")
        said[:] = rest
        for line in lines:
            self._say({"pid": pid, **json.loads(line)})
        if not some:
            selector.unregister(pipe)
            os.close(pipe)
            del self._children[pipe]
            self._say({"pid": pid, "ended": os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])})

    def _say(self, what: Mapping[str, Any]) -> None:
        self.orders.sendall(json.dumps(what).encode() + b"\n")


def _live(order: Mapping[str, Any], clock: Clock, pipe: int) -> None:
    """The life of a child: one cycle, of which it tells through its pipe; it never returns."""

    def tell(what: Mapping[str, Any]) -> None:
        os.write(pipe, json.dumps(what).encode() + b"\n")

    status = 1
    try:
        cycle(order, clock, tell)
        status = 0
    except BaseException:  # noqa: BLE001 - whatever it was, it has to be told
        tell({"crash": traceback.format_exc()[-6000:]})
    finally:
        sys.stderr.flush()
        os._exit(status)
