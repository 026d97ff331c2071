"""`frictionbot status`: how the work stands, read from the memory alone."""

from __future__ import annotations

import os
import pty
import signal
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest

from bot.adapters.store import SqlStore
from bot.adapters.upkeep import SqlUpkeep
from bot.commands.work import RealWork
from bot.core.history import Decision
from bot.ports import SourceFile
from bot.upkeep import Batch, Failure, Pause, Pulse
from tests.shells import NOW, Said, typed

HERE = "acme/agents"


@pytest.fixture
def url(tmp_path: Path) -> str:
    SqlStore.open(f"sqlite:///{tmp_path}/friction.db").close()
    return f"sqlite:///{tmp_path}/friction.db"


def status(tmp_path: Path, url: str, *argv: str, **more: str) -> Said:
    (tmp_path / "sessions").mkdir(exist_ok=True)
    there = {"FRICTIONBOT_DATABASE": url, "FRICTIONBOT_SOURCES": f"{tmp_path}/sessions", "GITHUB_REPOSITORY": HERE}
    return typed("status", *argv, environ=there | more)


def beat(url: str, **pulses: tuple[float, str]) -> None:
    with SqlStore.open(url) as store:
        for name, (minutes, value) in pulses.items():
            pulse = Pulse(name.replace("__", ":"), NOW - timedelta(minutes=minutes), value)
            SqlUpkeep(store.engine).beat(pulse)


def test_an_embedded_installation_tells_of_its_last_run_and_of_no_queues(tmp_path: Path, url: str) -> None:
    beat(url, run=(3 * 24 * 60, "{}"))
    said = status(tmp_path, url)
    assert said.code == 0
    assert said.out.splitlines()[:5] == [
        "As of 2026-02-15 23:00 UTC: the last cycle was 3d00h ago",
        "REPOSITORY   LAST CYCLE  OPEN  SILENCED  WAITING",
        "acme/agents  3d00h ago      0         0        0",
        "",
        "Sources: everything is read",
    ]
    assert "Queues" not in said.out
    assert "ALARM" not in said.out


def test_everything_that_waits_works_or_failed_is_told_without_redis(tmp_path: Path, url: str) -> None:
    worker = '{"version":"0.0.9","queues":["ingest"],"started":"2026-02-15T00:00:00Z"}'
    newest = (NOW - timedelta(minutes=9)).isoformat()
    beat(url, derive=(1, "{}"), discover=(2, "{}"), ingest=(2, f'{{"newest":"{newest}"}}'), worker__a=(1, worker))
    beat(url, **{"keep__acme/agents": (3, "{}")})
    with SqlStore.open(url) as store:
        upkeep = SqlUpkeep(store.engine)
        upkeep.pause(Pause(f"repository:{HERE}", NOW, "ann", "moving house"))
        upkeep.fail(Failure("unreadable", "/x.jsonl", "no permission; run chmod", "1", NOW, NOW, 3, aside=True))
        upkeep.dispatch([Batch("b1", (SourceFile("/y", "/", 9, "1"),), NOW - timedelta(seconds=90))])
        store.log(
            Decision(NOW, HERE, name, "rule", "skip", row, issue, "because", "planned")
            for name, row, issue in (("f1", "update", 1), ("f2", "silenced", 2), ("f3", "limit", None))
        )
    (tmp_path / "sessions").mkdir(exist_ok=True)
    (tmp_path / "sessions" / "new.jsonl").write_text("x" * 1200)
    said = status(tmp_path, url)
    assert said.code == 0
    assert said.out.replace(f"{(tmp_path / 'friction.db').stat().st_size / 1000:.1f} kB", "N kB") == (
        "As of 2026-02-15 23:00 UTC: the last cycle was 1m ago\n"
        "PAUSED: repository:acme/agents until resumed by ann: moving house\n"
        "\n"
        "REPOSITORY   LAST CYCLE      OPEN  SILENCED  WAITING\n"
        "acme/agents  3m ago, paused     1         1        1\n"
        "\n"
        "Sources: 1 file (1.2 kB) not read yet; 7m from the end of the newest session to its evidence\n"
        "Queues: Redis cannot be asked; see `frictionbot doctor --only redis`; 1 batch to be read, the oldest waits for 1m\n"
        "WORKER  VERSION  QUEUES  LAST SIGN\n"
        "a       0.0.9    ingest  1m ago\n"
        "\n"
        "Next: ingest in 3m, evaluate in 4m, comments late by 1m\n"
        "Database: N kB; 400 of 400 issues and comments of this hour are left\n"
        "Failed (1):\n"
        "  /x.jsonl: no permission; run chmod [unreadable; 3 times, last 2026-02-15 23:00 UTC, set aside until it changes]\n"
    )


def test_silence_is_an_alarm_and_an_exit_code(tmp_path: Path, url: str) -> None:
    beat(url, derive=(7 * 60, "{}"))
    said = status(tmp_path, url, FRICTIONBOT_WORKERS_BROKER="redis://127.0.0.1:1/0")
    assert said.code == 1
    assert "ALARM: nothing was evaluated for more than 6h: see whether workers and beat run\n" in said.out
    assert status(tmp_path, url, FRICTIONBOT_TELEMETRY_SILENT="8h", FRICTIONBOT_WORKERS_BROKER="redis://h").code == 0


def test_the_object_for_programs_tells_the_same(tmp_path: Path, url: str) -> None:
    beat(url, derive=(1, "{}"))
    said = status(tmp_path, url, "--format", "json")
    assert (said.code, said.json["last_cycle"]) == (0, "2026-02-15T22:59:00.000Z")
    assert said.json["repositories"][0]["repository"] == HERE


def test_a_memory_that_is_not_there_is_told_and_not_made(tmp_path: Path) -> None:
    said = status(tmp_path, f"sqlite:///{tmp_path}/friction.db")
    assert (said.code, said.out) == (1, "")
    assert said.err == "database: there is no database yet: the first `frictionbot run` makes it [database_missing]\n"
    assert not (tmp_path / "friction.db").exists()


def test_a_run_of_one_process_is_a_cycle_that_is_told(tmp_path: Path, url: str) -> None:
    (tmp_path / "sessions").mkdir()
    there = {"FRICTIONBOT_DATABASE": url, "FRICTIONBOT_SOURCES": f"{tmp_path}/sessions"}
    assert status(tmp_path, url).out.startswith("As of 2026-02-15 23:00 UTC: no cycle yet\n")
    assert typed("run", environ=there, work=RealWork()).code == 0
    assert status(tmp_path, url).out.startswith("As of 2026-02-15 23:00 UTC: the last cycle was 0s ago\n")


def test_watching_needs_a_terminal(tmp_path: Path, url: str) -> None:
    assert status(tmp_path, url, "--watch").code == 2


def test_watching_looks_again_until_it_is_stopped(tmp_path: Path, url: str) -> None:
    ours, theirs = pty.openpty()
    there = {**os.environ, "FRICTIONBOT_DATABASE": url, "FRICTIONBOT_SOURCES": str(tmp_path), "TERM": "xterm"}
    command = [sys.executable, "-c", "from bot.main import main; raise SystemExit(main())", "status", "--watch"]
    with subprocess.Popen(command, env=there, stdout=theirs, stderr=theirs) as process:
        os.close(theirs)
        seen = b""
        while seen.count(b"As of ") < 2:
            seen += os.read(ours, 65536)
        process.send_signal(signal.SIGINT)
        assert process.wait(30) == 130
    os.close(ours)
    assert seen.startswith(b"\x1b[H\x1b[2J")
