"""What the browser looks at: a sandbox and a bot that listens to it, each a process of its own, as a team runs them."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from transcripts import Transcript

from bot.sandbox.server import TOKEN
from tests.sandbox.api_client import Api

REPOSITORY = "acme/agents"
_SECRET = "a secret of this stage"


@dataclass(frozen=True)
class Stage:
    """`url` is the sandbox's; issue 1 is the one that the bot filed from sessions of three people."""

    url: str
    api: Api

    @property
    def issue(self) -> str:
        return f"{self.url}/{REPOSITORY}/issues/1"

    def comments(self) -> list[dict[str, object]]:
        found: list[dict[str, object]] = self.api.get(f"/repos/{REPOSITORY}/issues/1/comments").data
        return found


@contextmanager
def stage(folder: Path) -> Iterator[Stage]:
    """The sandbox, one cycle that files an issue, and then the server that webhooks go to."""
    _write_sessions(folder / "sessions")
    port = _free_port()
    told = ("--webhook", f"http://127.0.0.1:{port}/webhook", "--webhook-secret", _SECRET)
    box_port = _free_port()
    url = f"http://127.0.0.1:{box_port}"
    with _process(folder, ("sandbox", "--port", str(box_port), "--repo", REPOSITORY, *told)) as sandbox:
        _wait_for(sandbox, "Look at the issues")
        environ = {"GITHUB_API_URL": url, "GITHUB_TOKEN": TOKEN, "FRICTIONBOT_GITHUB_WEBHOOK_SECRET": _SECRET}
        options = ("--source", str(folder / "sessions"), "--repo", REPOSITORY)
        kept = ("--database", f"sqlite:///{folder}/bot.db")
        with _process(folder, ("run", "--post", *options, *kept), **environ) as first:
            said, _ = first.communicate(timeout=120)
            assert "1 opened" in said, said
        serve = ("serve", "--port", str(port), "--every", "0", "--gather", "0", *options, *kept)
        with _process(folder, serve, **environ) as bot, Api(url, TOKEN) as api:
            _wait_for(bot, "Deliveries are taken")
            yield Stage(url, api)


def _write_sessions(folder: Path) -> None:
    """Three people for whom Python did not find pandas, one of them on each of the last days."""
    now = datetime.now(UTC).replace(microsecond=0)
    for days, person in enumerate(("ada", "ben", "chidi"), 1):
        session = Transcript(f"{person}-session", start=now - timedelta(days=days), cwd=f"/home/{person}/shop")
        failure = "Exit code 1\nTraceback (most recent call last):\nModuleNotFoundError: No module named 'pandas'"
        session.prompt("make the report").run("python report.py", failure, failed=True)
        session.write(folder / person / f"{person}-session.jsonl")


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        return int(taken.getsockname()[1])


@contextmanager
def _process(folder: Path, argv: Sequence[str], **environ: str) -> Iterator[subprocess.Popen[str]]:
    """`frictionbot` with these arguments and none of this machine's settings; it is ended at the end."""
    command = [sys.executable, "-c", "from bot.main import main; raise SystemExit(main())", *argv]
    around = {name: value for name, value in os.environ.items() if not name.startswith(("FRICTIONBOT_", "GITHUB_"))}
    with (
        (folder / f"{argv[0]}.log").open("w") as log,
        subprocess.Popen(
            command, cwd=folder, env={**around, **environ}, stdout=subprocess.PIPE, stderr=log, text=True
        ) as process,
    ):
        try:
            yield process
        finally:
            process.terminate()
            process.communicate(timeout=60)


def _wait_for(process: subprocess.Popen[str], words: str) -> None:
    assert process.stdout
    line = process.stdout.readline()
    assert words in line, f"{process.args} said {line!r}"
