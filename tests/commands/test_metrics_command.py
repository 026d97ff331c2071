"""`frictionbot metrics`: the figures printed, served, and served beside a worker until that is gone."""

from __future__ import annotations

import io
import signal
import subprocess
import sys
import urllib.error
import urllib.request
from pathlib import Path

import pytest

from bot.adapters.upkeep_tables import open_store
from bot.commands.shell import Shell
from bot.commands.work import RealWork
from bot.main import main
from tests.real_servers import Program, free_port, running, until
from tests.shells import NOW

PROGRAM = (sys.executable, "-c", "from bot.main import main; raise SystemExit(main())", "metrics")


@pytest.fixture
def database(tmp_path: Path) -> str:
    url = f"sqlite:///{tmp_path}/x.db"
    open_store(url).close()
    return url


def printed(*argv: str) -> tuple[int, str, str]:
    out, err = io.StringIO(), io.StringIO()
    code = main(("metrics", *argv), Shell(out, err, {}, Path("/nonexistent"), lambda: NOW, RealWork()))
    return code, out.getvalue(), err.getvalue()


def answered(port: int) -> str:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics") as answer:
            return str(answer.read().decode())
    except urllib.error.URLError:
        return ""


def test_once_prints_the_figures_and_ends(database: str) -> None:
    code, out, err = printed("--once", "--database", database)
    assert (code, err) == (0, "")
    assert "\nfrictionbot_store_up 1.0\n" in out
    assert "# TYPE frictionbot_bytes_total counter\n" in out


def test_once_fails_where_the_database_has_no_tables(tmp_path: Path) -> None:
    code, out, _ = printed("--once", "--database", f"sqlite:///{tmp_path}/empty.db")
    assert (code, "\nfrictionbot_store_up 0.0\n" in out) == (1, True)


def test_a_database_that_is_none_is_a_matter_of_settings() -> None:
    code, out, err = printed("--once", "--database", "mysql://root:hunter2@db/x")
    assert (code, out) == (2, "")
    assert "hunter2" not in err


def test_an_address_that_is_taken_is_said_at_once(database: str) -> None:
    code, _, err = printed("--bind", "203.0.113.1", "--port", "0", "--database", database)
    assert code == 2
    assert "choose another --bind or --port" in err


def test_it_serves_until_it_is_asked_to_stop(database: str, tmp_path: Path) -> None:
    port = free_port()
    with running(Program((*PROGRAM, "--port", str(port), "--database", database), tmp_path / "m.log")) as program:
        assert "frictionbot_store_up 1.0" in until(lambda: answered(port), "it answers")
        assert program.terminate() == 0
    assert program.output == f"Prometheus may ask at http://127.0.0.1:{port}/metrics (Ctrl-C ends it)\nstopped\n"


def test_beside_a_worker_it_ends_when_the_worker_is_gone(database: str) -> None:
    port = free_port()
    command = (*PROGRAM, "--beside", "--port", str(port), "--database", database)
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT) as process:
        try:
            until(lambda: answered(port), "it answers")
            output, _ = process.communicate(timeout=60)  # closes its standard input, as the end of the worker does
        finally:
            process.send_signal(signal.SIGKILL)
    assert (process.returncode, output) == (0, b"")
