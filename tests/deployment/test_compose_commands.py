"""The very commands of `docker-compose.yml`, run as processes: sessions become issues, and everything stops in time."""

from __future__ import annotations

import json
import os
import shutil
import signal
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import pytest

from bot.sandbox.server import TOKEN
from tests.deployment.compose_file import ROOT, Service, example, services
from tests.real_servers import Program, RedisServer, free_port, redis_program, running, until

WORKERS = ("worker-ingest", "worker-evaluate", "worker-github")
PROGRAMS = Path(sys.executable).parent


class Machine:
    """What Compose would give the containers: addresses, volumes and secrets, here on this machine."""

    def __init__(self, folder: Path, postgres_url: str) -> None:
        self.folder = folder
        self.ports = {"redis": free_port(), "sandbox": free_port()}
        self.here = {
            "postgresql://frictionbot@postgres:5432/frictionbot": postgres_url,
            "redis://redis:6379": f"redis://127.0.0.1:{self.ports['redis']}",
            "http://sandbox:8042": f"http://127.0.0.1:{self.ports['sandbox']}",
            "http://127.0.0.1:8042": f"http://127.0.0.1:{self.ports['sandbox']}",
            "0.0.0.0": "127.0.0.1",
            "8042": str(self.ports["sandbox"]),
            "/run/secrets": str(folder / "secrets"),
            "/transcripts": str(folder / "volumes" / "demo-sessions"),
        }
        shutil.copytree(ROOT / "contrib" / "compose" / "demo-secrets", folder / "secrets")
        (folder / "etc").mkdir()
        (folder / "etc" / "frictionbot.toml").write_text('[limits]\nnew_issues_per_run = 3\npause = "0s"\n')

    def mapped(self, text: str, volume: Path) -> str:
        """A text of the file with what is elsewhere in a container."""
        for there, here in self.here.items():
            if there in text:
                text = text.replace(there, here)
                break
        return text.replace("/var/lib/frictionbot", str(volume))

    def program(self, service: Service, command: list[str] | None = None) -> Program:
        """The process of a service (or another command in its place)."""
        volume = self.folder / "volumes" / {"sessions": "demo-sessions"}.get(service.name, service.name)
        volume.mkdir(parents=True, exist_ok=True)
        environment = {name: self.mapped(value, volume) for name, value in service.environment.items()}
        words = tuple(self.mapped(word, volume) for word in command or service.command)
        environment |= {"PATH": f"{PROGRAMS}{os.pathsep}{os.environ['PATH']}", "HOME": str(self.folder)}
        return Program(words, self.folder / f"{service.name}.log", environment, self.folder / "etc")

    def redis(self, service: Service) -> RedisServer:
        """The server, by its own command on a port of its own."""
        data = self.folder / "volumes" / "redis"
        data.mkdir(parents=True)
        place = ("--port", str(self.ports["redis"]), "--bind", "127.0.0.1", "--dir", str(data))
        program = Program((redis_program(), *service.command[1:], *place), self.folder / "redis.log")
        return RedisServer(program, data, f"redis://127.0.0.1:{self.ports['redis']}/0")

    def issues(self) -> list[dict[str, Any]]:
        """The open issues of the stand-in."""
        address = f"http://127.0.0.1:{self.ports['sandbox']}/repos/demo/webshop/issues?per_page=100"
        request = urllib.request.Request(address, headers={"Authorization": f"Bearer {TOKEN}"})
        with urllib.request.urlopen(request, timeout=10) as answer:
            found: list[dict[str, Any]] = json.load(answer)
            return found

    def unhealthy(self, *asked: Service) -> dict[str, str]:
        """What the health checks of these services said, of those that are not content."""
        probes = {service.name: self.program(service, service.probe) for service in asked}
        for name, probe in probes.items():
            probe.log = self.folder / f"{name}-health.log"
            probe.start()
        return {name: probe.output for name, probe in probes.items() if probe.wait()}


@contextmanager
def composed(machine: Machine, found: Mapping[str, Service]) -> Iterator[dict[str, Program]]:
    """`docker compose --profile demo up`: what ends by itself first, then the others."""
    with ExitStack() as stack:
        server = machine.redis(found["redis"])
        programs = {"redis": stack.enter_context(running(server.program))}
        server.wait_until_ready()
        for name in ("migrate", "sessions"):
            once = stack.enter_context(running(machine.program(found[name])))
            assert once.wait() == 0, once.output
        programs["sandbox"] = stack.enter_context(running(machine.program(found["sandbox"])))
        until(lambda: not machine.unhealthy(found["sandbox"]), "the stand-in is healthy")
        for name in (*WORKERS, "beat"):
            programs[name] = stack.enter_context(running(machine.program(found[name])))
        yield programs


@pytest.mark.timeout(240)
def test_the_demo_goes_from_sessions_to_issues_and_stops_in_time(tmp_path: Path, postgres_url: str) -> None:
    found = services(example())
    machine = Machine(tmp_path, postgres_url)
    with composed(machine, found) as programs:
        until(lambda: len(machine.issues()) >= 3, "sessions become issues")
        titles = [issue["title"] for issue in machine.issues()]
        assert len(set(titles)) == len(titles)
        assert machine.unhealthy(*(found[name] for name in (*WORKERS, "beat"))) == {}
        for name in ("beat", *WORKERS, "sandbox", "redis"):
            programs[name].signal(signal.SIGTERM)
        ended = {name: program.wait(found[name].grace) for name, program in programs.items()}
    assert ended == dict.fromkeys(programs, 0)
    logs = "".join(program.output for name, program in programs.items() if name != "sandbox")  # which tells its token
    for secret in (tmp_path / "secrets").iterdir():
        assert secret.read_text().strip() not in logs, secret.name
