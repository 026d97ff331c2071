"""What `docker-compose.yml` promises, and that it, its variables and the image agree with each other."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from bot.core.duration import parse_duration
from bot.sandbox.server import TOKEN
from bot.settings import VARIABLES, Layer, load_settings
from bot.settings.layers import PASSWORD_FILE, SECRET_FILES
from tests.deployment.compose_file import FILE, ROOT, Service, compose, example, named, services

OURS = {
    "migrate", "worker-ingest", "worker-evaluate", "worker-github", "beat", "serve", "metrics", "sandbox", "sessions",
}  # fmt: skip
ALL = {*OURS, "redis", "postgres"}
LASTING = ALL - {"migrate", "sessions"}


def each(names: set[str]) -> Any:
    found = services()
    return pytest.mark.parametrize("service", [found[name] for name in sorted(names)], ids=lambda one: one.name)


def checked(schema: str, file: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "check_jsonschema", "--builtin-schema", schema, str(file)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout


def test_the_file_follows_the_compose_schema_as_written_and_filled_in(tmp_path: Path) -> None:
    checked("vendor.compose-spec", FILE)
    filled = tmp_path / "docker-compose.yml"
    filled.write_text(yaml.safe_dump(compose(example())))
    checked("vendor.compose-spec", filled)


def test_it_has_exactly_the_services_that_are_spoken_of() -> None:
    assert services().keys() == ALL
    assert {name for name, one in services().items() if one.said.get("profiles")} == {
        "serve",
        "metrics",
        "sandbox",
        "sessions",
    }


def test_every_variable_stands_in_the_example_and_none_else() -> None:
    assert {name for name, _ in named()} == example().keys()


def test_the_example_says_the_defaults_so_that_the_demo_needs_no_file() -> None:
    defaults = {(name, default) for name, default in named()}
    assert sorted(defaults) == sorted(example().items())


def test_every_variable_of_the_example_has_a_comment_of_its_own_or_its_group() -> None:
    blocks = (ROOT / ".env.example").read_text().strip().split("\n\n")
    for block in blocks:
        lines = block.splitlines()
        assert lines[0].startswith("# "), block


@each(OURS - {"sandbox", "sessions"})
def test_the_settings_of_every_service_are_known_and_right(service: Service, tmp_path: Path) -> None:
    environ = service.environment
    for name in [name for name in environ if name.endswith("_FILE") and environ[name]]:
        secret = tmp_path / Path(environ[name]).name
        secret.write_text("secret-of-the-test\n")
        environ[name] = str(secret)
    found, problems = load_settings(Layer(), environ, tmp_path)
    assert found, problems
    assert found.database == "postgresql://frictionbot:secret-of-the-test@postgres:5432/frictionbot"
    assert (found.workers.broker.get_secret_value(), found.repository) == ("redis://redis:6379/0", "demo/webshop")
    assert found.missing_to_post == ()
    known = {*VARIABLES, *SECRET_FILES, PASSWORD_FILE, "OTEL_EXPORTER_OTLP_ENDPOINT"}
    assert environ.keys() <= known


@each(ALL)
def test_every_service_gives_up_what_it_does_not_need(service: Service) -> None:
    said = service.said
    assert said["read_only"] is True
    assert said["cap_drop"] == ["ALL"]
    assert said["security_opt"] == ["no-new-privileges:true"]
    assert said.get("init") or service.name == "postgres"  # PostgreSQL's own first process reaps what is left
    assert str(said["user"]).split(":")[0] not in {"", "0", "root"}
    assert said["deploy"]["resources"]["limits"].keys() == {"cpus", "memory", "pids"}
    assert "/tmp" in str(said["tmpfs"]) or service.name == "redis"
    assert said["logging"]["options"] == {"max-size": "10m", "max-file": "5"}
    assert "privileged" not in said


@each(LASTING)
def test_what_lasts_is_looked_after_and_starts_again(service: Service) -> None:
    assert service.said["restart"] == "unless-stopped"
    assert service.probe
    assert service.grace >= 10


@each({"worker-ingest", "worker-evaluate", "worker-github", "beat", "serve", "metrics"})
def test_a_worker_is_given_longer_than_it_takes_to_stop(service: Service) -> None:
    grace = parse_duration(service.environment["FRICTIONBOT_WORKERS_GRACE"])
    assert service.grace >= grace.total_seconds() + 15


@each({"worker-ingest", "worker-evaluate", "worker-github", "beat", "serve", "metrics"})
def test_work_begins_after_the_migration_and_on_healthy_servers(service: Service) -> None:
    assert {name: need["condition"] for name, need in service.said["depends_on"].items()} == {
        "migrate": "service_completed_successfully",
        "redis": "service_healthy",
        "postgres": "service_healthy",
    }


def test_every_image_has_an_exact_tag() -> None:
    base = re.findall(r"^ARG PYTHON=(\S+)$", (ROOT / "Dockerfile").read_text(), re.MULTILINE)
    tags = [str(one.said["image"]).partition(":")[2] for one in services().values()] + base
    assert all(re.match(r"\d+\.\d+(\.\d+)?(-[a-z0-9.-]+)?$", tag) for tag in tags), tags
    assert len(base) == 1
    assert f"library/python:{base[0]}" in (ROOT / "Dockerfile").read_text()


def test_the_queues_are_read_by_one_service_each_and_beat_is_one() -> None:
    commands = {name: " ".join(one.command) for name, one in services().items()}
    queues = {name: re.findall(r"--queues (\S+)", command) for name, command in commands.items()}
    assert {name: found for name, found in queues.items() if found} == {
        "worker-ingest": ["ingest"],
        "worker-evaluate": ["evaluate"],
        "worker-github": ["github"],
    }
    assert [name for name, command in commands.items() if " beat " in command] == ["beat"]
    assert not any("replicas" in str(one.said) for one in services().values())


def test_redis_refuses_instead_of_dropping_and_keeps_nothing() -> None:
    command = services()["redis"].command
    assert dict(zip(command[1::2], command[2::2], strict=True)) == {
        "--save": "",
        "--appendonly": "no",
        "--maxmemory": "192mb",
        "--maxmemory-policy": "noeviction",
    }


def test_transcripts_are_never_writable_for_who_reads_them() -> None:
    mounts = {name: [str(mount) for mount in one.said.get("volumes", ())] for name, one in services().items()}
    for name, found in mounts.items():
        assert all(mount.endswith(":ro") for mount in found if ":/transcripts" in mount), name
    assert [name for name, found in mounts.items() if "demo-sessions:/var/lib/frictionbot" in found] == ["sessions"]


def test_no_port_is_open_to_other_machines() -> None:
    ports = [str(port) for one in services().values() for port in one.said.get("ports", ())]
    assert ports
    assert all(port.startswith("127.0.0.1:") for port in ports)
    assert compose()["networks"]["store"] == {"internal": True}
    assert {name for name, one in services().items() if one.said.get("networks") == ["store"]} >= {"redis", "postgres"}


def test_secrets_are_files_and_the_demo_brings_its_own() -> None:
    said = compose()["secrets"]
    for name, secret in said.items():
        file = ROOT / secret["file"]
        assert file.read_text().strip(), name
    used = {name for one in services().values() for name in one.said.get("secrets", ())}
    assert used == said.keys()
    assert (ROOT / said["github_token"]["file"]).read_text().strip() == TOKEN
    for one in services().values():
        wanted = {Path(value).name for name, value in one.environment.items() if name.endswith("_FILE") and value}
        assert wanted <= set(one.said.get("secrets", ())), one.name


def test_what_is_mounted_from_this_folder_is_there() -> None:
    mounts = {str(mount).split(":")[0] for one in services().values() for mount in one.said.get("volumes", ())}
    folders = {mount for mount in mounts if mount.startswith(".")}
    assert folders == {"./contrib/compose/config"}
    assert all((ROOT / folder / "frictionbot.toml").is_file() for folder in folders)
    assert mounts - folders == compose()["volumes"].keys()
