"""`frictionbot up`: one command, real processes, the whole loop; and nothing of it is left when it ends."""

from __future__ import annotations

import json
import os
import re
import signal
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from bot.adapters.folder_lock import locked
from bot.commands.up_plan import Place, Said, environment, programs
from bot.sandbox.server import TOKEN
from bot.settings import Layer, Settings, load_settings
from tests.real_servers import Program, running, until
from tests.shells import typed

SET = {"GITHUB_TOKEN": "t", "GITHUB_REPOSITORY": "acme/agents"}
UP = (sys.executable, "-c", "import sys; from bot.main import main; sys.exit(main())", "up")


@contextmanager
def household(folder: Path, *arguments: str) -> Iterator[Program]:
    program = Program((*UP, "--data", str(folder), *arguments), folder.parent / "up.log", {"HOME": str(folder.parent)})
    with running(program):
        try:
            yield program
        finally:
            while program.runs:  # asked twice it takes its children with it, which a SIGKILL would leave behind
                program.signal(signal.SIGTERM)
                time.sleep(0.1)


def issues(url: str) -> list[dict[str, Any]]:
    api, repository = re.fullmatch(r"(http://[^/]+)/(.+)", url).groups()  # type: ignore[union-attr]
    request = urllib.request.Request(
        f"{api}/repos/{repository}/issues?per_page=100", headers={"Authorization": f"Bearer {TOKEN}"}
    )
    with urllib.request.urlopen(request) as answer:
        found: list[dict[str, Any]] = json.load(answer)
        return found


def free(folder: Path) -> bool:
    with locked(folder):
        return True


def test_one_command_files_issues_survives_a_death_and_stops_on_ctrl_c(tmp_path: Path) -> None:
    folder, config = tmp_path / "data", tmp_path / "trial.toml"
    config.write_text('[limits]\nnew_issues_per_run = 3\npause = "0s"\n')
    with household(folder, "--sandbox", "--port", "0", "--processes", "1", "--config", str(config)) as up:
        until(lambda: "worker |" in up.output, "the worker starts")
        found = re.search(r"^  issues    (\S+)$", up.output, re.MULTILINE)
        assert found, up.output
        until(lambda: len(issues(found[1])) >= 3, "issues are filed")
        os.kill(beat_of(up.pid), signal.SIGKILL)
        until(lambda: "beat   | was killed by SIGKILL: started again in 1 s" in up.output, "the death is said")
        until(lambda: beat_of(up.pid), "beat runs again")
        up.signal(signal.SIGINT)
        assert up.wait(60) == 0
    asked = re.findall(r"^(\S+) *\| is asked to stop$", up.output, re.MULTILINE)
    assert asked == ["beat", "worker", "redis"]
    assert up.output.endswith("everything is stopped\n")
    assert "killed" not in up.output.replace("was killed by SIGKILL: started again", "")
    assert free(folder)


def beat_of(pid: int) -> int:
    """The process of beat among the children of a process, 0 where it is not there."""
    for child in Path(f"/proc/{pid}/task").glob("*/children"):
        for number in child.read_text().split():
            if b"\0beat\0" in Path(f"/proc/{number}/cmdline").read_bytes():
                return int(number)
    return 0


def test_a_second_ctrl_c_waits_for_nobody(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    with household(folder, "--sandbox", "--port", "0") as up:
        until(lambda: "Ctrl-C ends it" in up.output, "it begins")
        os.kill(up.pid, signal.SIGINT)
        until(lambda: "is asked to stop" in up.output or not up.runs, "it stops")
        if up.runs:
            up.signal(signal.SIGINT)
        assert up.wait(20) in {0, 130}  # 0 where all of them had ended by themselves before
    assert free(folder)


@pytest.mark.parametrize(
    ("left_out", "told"),
    [
        ("GITHUB_TOKEN", "up: nothing says who the bot is: set GITHUB_TOKEN"),
        ("GITHUB_REPOSITORY", "up: nothing says who receives the issues: add --repo OWNER/NAME"),
    ],
)
def test_what_is_missing_to_go_up_is_said_with_what_to_do(left_out: str, told: str, tmp_path: Path) -> None:
    environ = {name: value for name, value in SET.items() if name != left_out}
    said = typed("up", "--data", str(tmp_path), environ=environ)
    assert (said.code, said.out) == (2, "")
    assert said.err.startswith(told)


def test_a_folder_in_use_is_named_with_who_uses_it(tmp_path: Path) -> None:
    with locked(tmp_path):
        said = typed("up", "--data", str(tmp_path), environ=SET)
    assert said.code == 2
    assert f"{tmp_path} is in use, by process {os.getpid()} or what it left behind" in said.err


def test_a_database_that_cannot_be_used_ends_it_before_it_begins(tmp_path: Path) -> None:
    (tmp_path / "frictionbot.db").write_bytes(b"no database at all, but long enough to be looked at" * 100)
    said = typed("up", "--data", str(tmp_path), environ=SET)
    assert (said.code, said.out) == (2, "")
    assert said.err.startswith("database: ")


def test_the_stand_in_knows_no_app(tmp_path: Path) -> None:
    (tmp_path / "app.toml").write_text('[github]\napp_id = 7\nprivate_key_file = "key.pem"\n')
    said = typed("up", "--sandbox", "--port", "0", "--data", str(tmp_path), "--config", str(tmp_path / "app.toml"))
    assert (said.code, said.out) == (2, "")
    assert "the stand-in does not know the App of this --config" in said.err


def test_a_path_that_workers_cannot_be_given_is_refused(tmp_path: Path) -> None:
    said = typed("up", "--data", str(tmp_path), "--source", "a:b", environ=SET)
    assert said.code == 2
    assert "workers cannot be given a path with ':'" in said.err


def test_a_port_that_cannot_be_had_is_a_usage_error(tmp_path: Path) -> None:
    said = typed("up", "--sandbox", "--data", str(tmp_path), "--port", "65536")
    assert (said.code, said.out) == (2, "")


def settings(**environ: str) -> Settings:
    found, problems = load_settings(Layer(), {"HOME": "/home/ada", **environ}, Path("/nonexistent"))
    assert found, problems
    return found


PLACE = Place(Path("/data"), Path("/work"), Path("/tmp/s"), 7, "/usr/bin/valkey-server")


def test_children_find_the_same_settings_and_this_redis(tmp_path: Path) -> None:
    environ = {
        "FRICTIONBOT_GITHUB_TOKEN_FILE": "/run/token",
        "FRICTIONBOT_DATABASE_PASSWORD_FILE": "/run/password",
        "FRICTIONBOT_WORKERS_BROKER_FILE": "/run/broker",
        "FRICTIONBOT_GAP": "20m",
    }
    said = Said(None, "sqlite:////data/frictionbot.db", "acme/agents", ("/s", "/t"), "http://127.0.0.1:1", "token")
    made = environment(settings(FRICTIONBOT_WORKERS_COMMENTS="5m"), environ, said, PLACE)
    assert made == {
        "FRICTIONBOT_GAP": "20m",
        "FRICTIONBOT_DATABASE": "sqlite:////data/frictionbot.db",
        "FRICTIONBOT_REPOSITORY": "acme/agents",
        "FRICTIONBOT_ROUTES": "[]",
        "FRICTIONBOT_SOURCES": "/s:/t",
        "FRICTIONBOT_GITHUB_API_URL": "http://127.0.0.1:1",
        "FRICTIONBOT_GITHUB_TOKEN": "token",
        "FRICTIONBOT_WORKERS_BROKER": "redis+socket:///tmp/s/redis.sock",
        "FRICTIONBOT_WORKERS_INGEST": "30s",
        "FRICTIONBOT_WORKERS_EVALUATE": "30s",
        "FRICTIONBOT_WORKERS_JITTER": "1s",
        "FRICTIONBOT_TELEMETRY_LOG": "text",
    }
    assert load_settings(Layer(), made, tmp_path)[1] == ()


def test_what_the_command_line_does_not_say_is_left_to_the_settings() -> None:
    made = environment(settings(), {"FRICTIONBOT_GITHUB_TOKEN_FILE": "/run/token"}, Said(None, "", "", ()), PLACE)
    assert "FRICTIONBOT_DATABASE" not in made
    assert made["FRICTIONBOT_GITHUB_TOKEN_FILE"] == "/run/token"


def test_the_worker_is_given_its_grace_and_the_lock_is_held_by_all() -> None:
    found = programs(settings(FRICTIONBOT_WORKERS_GRACE="30s"), {}, PLACE, 3)
    assert [(one.name, one.stops, list(one.files)) for one in found] == [
        ("redis", 10.0, [7]),
        ("worker", 45.0, [7]),
        ("beat", 10.0, [7]),
    ]
    assert "3" in found[1].command
