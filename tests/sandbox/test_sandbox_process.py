"""The sandbox as a process of its own: it ends on a signal, and being killed costs nothing that was answered."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from bot.sandbox.server import Sandbox
from tests.sandbox.api_client import REPOSITORY, Api
from tests.shells import typed

PROGRAM = """
import sys
from pathlib import Path
from bot.sandbox.server import run_forever
run_forever(Path(sys.argv[1]), "127.0.0.1", 0, ["acme/widgets"], lambda box: print(box.url, box.token, flush=True))
print("ended")
"""


@contextmanager
def process(state: Path) -> Iterator[tuple[subprocess.Popen[str], Api]]:
    """A sandbox in a process of its own, and its administrator."""
    command = [sys.executable, "-c", PROGRAM, str(state)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as running:
        assert running.stdout
        url, token = running.stdout.readline().split()
        try:
            with Api(url, token) as api:
                yield running, api
        finally:
            running.kill()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_it_ends_cleanly_on_a_signal_while_a_client_is_connected(tmp_path: Path, number: signal.Signals) -> None:
    with process(tmp_path / "box.json") as (running, api):
        api.open()
        running.send_signal(number)
        rest, _ = running.communicate(timeout=10)
        assert (running.returncode, rest) == (0, "ended\n")


def test_a_killed_sandbox_has_kept_what_it_answered(tmp_path: Path) -> None:
    state = tmp_path / "box.json"
    with process(state) as (running, api):
        for title in ("One", "Two", "Three"):
            api.open(title)
        running.kill()
        running.wait(10)
    with Sandbox(state) as box, Api(box.url, box.token) as api:
        titles = [each["title"] for each in api.get(f"/repos/{REPOSITORY}/issues?direction=asc").data]
    assert titles == ["One", "Two", "Three"]


@pytest.mark.parametrize("argv", [("--webhook", "localhost:8080"), ("--repo", "acme")])
def test_what_cannot_be_served_is_a_usage_error(argv: tuple[str, ...]) -> None:
    said = typed("sandbox", "--port", "0", *argv)
    assert (said.code, said.out) == (2, "")
    assert "choose another --port, --state, --repo or --webhook" in said.err
