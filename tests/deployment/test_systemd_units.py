"""The systemd units: systemd understands them, they agree with the settings, and their commands are there."""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import click
import pytest
from celery.bin.celery import celery

from bot.core.duration import parse_duration
from bot.main import cli
from bot.settings import VARIABLES
from bot.settings.layers import PASSWORD_FILE, SECRET_FILES
from bot.settings.operation import Workers
from tests.deployment.compose_file import ROOT, seconds

FOLDER = ROOT / "contrib" / "systemd"
SERVICES = sorted(FOLDER.glob("*.service"))
PROGRAMS = Path(sys.executable).parent

each = pytest.mark.parametrize("unit", SERVICES, ids=lambda path: path.name)


def said(unit: Path) -> dict[str, list[str]]:
    """All lines KEY=VALUE of a unit, by key."""
    found: dict[str, list[str]] = {}
    for line in unit.read_text().splitlines():
        if line and line[0] not in "#[":
            key, value = line.split("=", 1)
            found.setdefault(key, []).append(value)
    return found


def command(unit: Path) -> list[str]:
    [line] = said(unit)["ExecStart"]
    return shlex.split(line.replace("%%", "%").replace("%i", "ingest").replace("${PROCESSES}", "2"))


def test_there_is_a_unit_for_every_part() -> None:
    assert [unit.stem.removeprefix("frictionbot-") for unit in SERVICES] == [
        "beat",
        "metrics",
        "migrate",
        "run",
        "serve",
        "worker@",
    ]


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="this machine has no systemd")
def test_systemd_understands_every_unit(tmp_path: Path) -> None:
    for unit in FOLDER.iterdir():
        (tmp_path / unit.name).write_text(unit.read_text().replace("/opt/frictionbot/bin", str(PROGRAMS)))
    units = [str(path) for path in sorted(tmp_path.iterdir()) if path.suffix in {".service", ".timer"}]
    done = subprocess.run(
        ["systemd-analyze", "verify", "--recursive-errors=no", *units], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


@each
def test_every_command_and_its_options_are_there(unit: Path) -> None:
    program, *words = command(unit)
    assert program.startswith("/opt/frictionbot/bin/")
    assert (PROGRAMS / Path(program).name).is_file()
    group: click.Command = {"celery": celery, "frictionbot": cli}[Path(program).name]
    context = click.Context(group)
    for word in words:
        if not word.startswith("-"):
            deeper = group.get_command(context, word) if isinstance(group, click.Group) else None
            group = deeper or group
            continue
        assert word.split("=")[0] in {name for param in group.params for name in param.opts}, word


@each
def test_every_service_is_hardened_alike(unit: Path) -> None:
    found = said(unit)
    assert (found["User"], found["NoNewPrivileges"], found["CapabilityBoundingSet"]) == (["frictionbot"], ["yes"], [""])
    assert (found["ProtectSystem"], found["ProtectHome"]) == (["strict"], ["read-only"])
    assert found["StateDirectory"] == ["frictionbot"]
    assert found.keys() >= {"MemoryMax", "TasksMax", "SystemCallFilter", "RestrictNamespaces", "PrivateTmp"}
    block = re.search(r"(?s)^# What it may do.*?(?=^MemoryMax)", unit.read_text(), re.MULTILINE)
    first = re.search(r"(?s)^# What it may do.*?(?=^MemoryMax)", SERVICES[0].read_text(), re.MULTILINE)
    assert block
    assert first
    assert block[0] == first[0]


@each
def test_secrets_are_credentials_and_every_variable_is_known(unit: Path) -> None:
    found = said(unit)
    loaded = {line.split(":")[0]: line.split(":")[1] for line in found["LoadCredential"]}
    assert all(path == f"/etc/frictionbot/secrets/{name}" for name, path in loaded.items())
    variables = dict(line.split("=", 1) for line in found["Environment"])
    assert variables.keys() <= {*VARIABLES, *SECRET_FILES, PASSWORD_FILE, "PROCESSES", "KF_RULE_CACHE_DIR"}
    assert {value for value in variables.values() if value.startswith("%d/")} == {f"%d/{name}" for name in loaded}


def test_the_example_of_the_environment_has_known_variables_only() -> None:
    lines = [line for line in (FOLDER / "environment").read_text().splitlines() if line and line[0] != "#"]
    assert {line.split("=")[0] for line in lines} <= VARIABLES.keys()


def test_a_worker_is_given_longer_than_its_grace() -> None:
    worker = said(FOLDER / "frictionbot-worker@.service")
    [grace] = [line.partition("=")[2] for line in worker["Environment"] if line.startswith("FRICTIONBOT_WORKERS_GRACE")]
    assert parse_duration(grace) == Workers().grace
    assert seconds(worker["TimeoutStopSec"][0] + "s") >= Workers().grace.total_seconds() + 15
    assert worker["KillMode"] == ["mixed"]  # SIGTERM to the worker alone: it tells its processes itself


def test_one_machine_alone_has_a_timer_and_a_database_of_its_own() -> None:
    run, timer = said(FOLDER / "frictionbot-run.service"), said(FOLDER / "frictionbot-run.timer")
    assert "FRICTIONBOT_DATABASE=sqlite:////var/lib/frictionbot/frictionbot.db" in run["Environment"]
    assert (timer["OnCalendar"], timer["Persistent"], run["Type"]) == (["*:0/10"], ["yes"], ["oneshot"])
    assert run["EnvironmentFile"] == ["-/etc/frictionbot/run-environment"]  # the other one names PostgreSQL
