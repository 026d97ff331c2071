"""`frictionbot serve`: what it needs, what one delivery brings, and how it ends."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from bot.sandbox.exchange import Request
from bot.sandbox.server import TOKEN, Sandbox, Webhook
from tests.shells import RememberedWork, typed

SET = {"GITHUB_TOKEN": "t", "FRICTIONBOT_GITHUB_WEBHOOK_SECRET": "s3cret", "GITHUB_REPOSITORY": "acme/agents"}


@pytest.mark.parametrize(
    ("left_out", "told"),
    [
        ("GITHUB_TOKEN", "serve: nothing says who the bot is: set GITHUB_TOKEN"),
        ("GITHUB_REPOSITORY", "serve: nothing says who receives the issues: add --repo OWNER/NAME"),
        (
            "FRICTIONBOT_GITHUB_WEBHOOK_SECRET",
            "serve: nothing says what GitHub signs its deliveries with: set FRICTION",
        ),
    ],
)
def test_what_is_missing_is_said_with_what_to_do(left_out: str, told: str) -> None:
    work = RememberedWork()
    said = typed("serve", work=work, environ={name: value for name, value in SET.items() if name != left_out})
    assert (said.code, said.out, work.asked) == (2, "", [])
    assert said.err.startswith(told)


def test_a_port_that_is_taken_is_a_usage_error() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        said = typed("serve", "--port", str(port), environ=SET)
    assert (said.code, said.out) == (2, "")
    assert f"127.0.0.1:{port}: Address already in use; choose another --bind or --port" in said.err


@pytest.mark.parametrize(
    "argv", [("--every", "often"), ("--every", "-1m"), ("--gather", ""), ("--path", "webhook"), ("--path", "/healthz")]
)
def test_options_that_make_no_sense_are_usage_errors(argv: tuple[str, ...]) -> None:
    assert typed("serve", *argv, environ=SET).code == 2


class Running:
    """A server in a process of its own."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.process = process
        assert process.stdout
        found = re.search(r"at (http://\S+?)/webhook", process.stdout.readline())
        assert found, process.communicate(timeout=10)
        self.url = found[1]

    def line(self) -> str:
        """The next line on stdout."""
        assert self.process.stdout
        return self.process.stdout.readline()

    def health(self) -> Any:
        with urllib.request.urlopen(f"{self.url}/healthz", timeout=10) as reply:
            return json.load(reply)

    def end(self, number: signal.Signals) -> tuple[int, str]:
        """The exit code and the rest of stderr after a signal."""
        self.process.send_signal(number)
        _, err = self.process.communicate(timeout=60)
        return self.process.returncode, err


@contextmanager
def served(folder: Path, api: str, *argv: str) -> Iterator[Running]:
    sources = folder / "sessions"
    sources.mkdir(exist_ok=True)
    environ = {**os.environ, **SET, "GITHUB_TOKEN": TOKEN, "GITHUB_API_URL": api}
    options = ["--port", "0", "--gather", "0", "--source", str(sources), "--database", f"sqlite:///{folder}/bot.db"]
    command = [sys.executable, "-c", "from bot.main import main; raise SystemExit(main())", "serve", *options, *argv]
    with subprocess.Popen(
        command, env=environ, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        try:
            yield Running(process)
        finally:
            process.kill()


@pytest.fixture
def box() -> Iterator[Sandbox]:
    with Sandbox() as made:
        made.add_repository("acme/agents")
        yield made


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_it_begins_with_a_cycle_and_ends_cleanly_on_a_signal(
    tmp_path: Path, box: Sandbox, number: signal.Signals
) -> None:
    with served(tmp_path, box.url) as running:
        assert "a cycle (time for it): Nothing to do" in running.line()
        code, err = running.end(number)
    assert code == 0
    assert err.splitlines()[-1] == "stopped"


def test_a_delivery_brings_a_cycle_and_health_tells_of_it(tmp_path: Path, box: Sandbox) -> None:
    with served(tmp_path, box.url, "--every", "0") as running:
        hook = Webhook(f"{running.url}/webhook", "s3cret")
        with Sandbox(webhook=hook) as other:
            other.add_repository("acme/agents")
            with other.acting("acme/agents") as acts:
                acts.comment(acts.open("Title", "Body"), "/friction status")
            assert "a cycle (told of acme/agents): Nothing to do" in running.line()
            hook.settle()
        health = running.health()
        code, err = running.end(signal.SIGTERM)
    assert (code, health["failed"], health["last_delivery"] is None) == (0, "", False)
    assert "a comment of acme/agents is to be read" in err
    assert "s3cret" not in err


def test_a_delivery_with_another_secret_brings_nothing(tmp_path: Path, box: Sandbox) -> None:
    with served(tmp_path, box.url, "--every", "0") as running:
        hook = Webhook(f"{running.url}/webhook", "another")
        with Sandbox(webhook=hook) as other:
            other.add_repository("acme/agents")
            with other.acting("acme/agents") as acts:
                acts.open("Title", "Body")
            hook.settle()
        health = running.health()
        code, _ = running.end(signal.SIGTERM)
    assert [each.status for each in hook.log] == [401]
    assert (code, health["last_delivery"], health["last_cycle"]) == (0, None, None)


class Gate:
    """A fault of the sandbox that holds every request to a repository until it is opened."""

    def __init__(self) -> None:
        self.reached, self.open = threading.Event(), threading.Event()

    def __call__(self, request: Request) -> None:
        if request.path.startswith("/repos/"):
            self.reached.set()
            self.open.wait(60)


@pytest.fixture
def gate(box: Sandbox) -> Iterator[Gate]:
    made = box.fault = Gate()
    yield made
    made.open.set()


def test_the_cycle_under_way_is_finished_before_it_ends(tmp_path: Path, box: Sandbox, gate: Gate) -> None:
    with served(tmp_path, box.url) as running:
        assert gate.reached.wait(60)
        running.process.send_signal(signal.SIGTERM)
        while not running.health()["stopping"]:
            pass
        gate.open.set()
        out, err = running.process.communicate(timeout=60)
    assert (running.process.returncode, err.splitlines()[-1]) == (0, "stopped")
    assert "a cycle (time for it)" in out


def test_a_second_signal_ends_it_at_once(tmp_path: Path, box: Sandbox, gate: Gate) -> None:
    with served(tmp_path, box.url) as running:
        assert gate.reached.wait(60)
        running.process.send_signal(signal.SIGINT)
        while not running.health()["stopping"]:
            pass
        code, _ = running.end(signal.SIGTERM)
    assert code == -signal.SIGTERM
