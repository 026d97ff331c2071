"""The database of a soak: a PostgreSQL server that can be stopped at once and started again, or an SQLite file."""

from __future__ import annotations

import json
import os
import shlex
import signal
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import psycopg

from bot.adapters.upkeep_tables import upgrade
from tests.postgres_server import shared_server
from tests.real_servers import until


@dataclass(frozen=True)
class Database:
    """Where the bot remembers; `server` is the folder of its server, None for a file."""

    url: str
    server: Path | None = None
    _started: list[subprocess.Popen[bytes]] = field(default_factory=list)

    def end(self) -> None:
        """Wait for servers that were started again; whoever made the first one stops them."""
        for process in self._started:
            process.wait()

    def stop(self) -> None:
        """Stop the server at once, as when its machine dies; what was committed is in its log."""
        pid = self._pid()
        if pid:
            os.kill(pid, signal.SIGQUIT)
            until(lambda: self._pid() != pid, "PostgreSQL is down")

    def start(self) -> None:
        """Start the server again as it was started, and wait until it answers."""
        assert self.server
        command = shlex.split((self.server / "data" / "postmaster.opts").read_text())
        user = {"user": "nobody", "extra_groups": []} if os.geteuid() == 0 else {}
        with (self.server / "log").open("ab") as log:
            self._started.append(
                subprocess.Popen(command, cwd=self.server, stdout=log, stderr=log, start_new_session=True, **user)  # type: ignore[call-overload]
            )
        until(self.answers, "PostgreSQL answers again")

    def answers(self) -> bool:
        """Whether it can be asked."""
        if self.server is None:
            return True
        try:
            with psycopg.connect(self.url, connect_timeout=2):
                return True
        except psycopg.Error:
            return False

    def processes(self) -> list[int]:
        """The server's processes that write for somebody, but not the one that starts them."""
        pid = self._pid()
        children = Path(f"/proc/{pid}/task/{pid}/children")
        return [int(number) for number in children.read_text().split()] if pid and children.exists() else []

    def _pid(self) -> int:
        assert self.server
        with suppress(FileNotFoundError, IndexError, ValueError):
            return int((self.server / "data" / "postmaster.pid").read_text().split()[0])
        return 0


@contextmanager
def database(kind: str, folder: Path) -> Iterator[Database]:
    """A new database with its tables: `postgresql` on a server of its own, `sqlite` in the folder."""
    with ExitStack() as ended, ExitStack() as stack:
        if kind == "sqlite":
            made = Database(f"sqlite:///{folder}/bot.db")
        else:
            state = folder / "postgres.json"
            url = stack.enter_context(shared_server(state))
            made = Database(url, Path(json.loads(state.read_text())["folder"]))
            ended.callback(made.end)
        upgrade(made.url)
        yield made
