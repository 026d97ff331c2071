"""`docker-compose.yml` as Compose reads it: variables filled in, and each service's command, environment and secrets."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).parents[2]
FILE = ROOT / "docker-compose.yml"
EXAMPLE = ROOT / ".env.example"
_VARIABLE = re.compile(r"\$\{(?P<name>[A-Z_]+)(?::?-(?P<default>[^}]*))?\}")
_SECONDS = {"s": 1, "m": 60, "h": 3600}


@dataclass(frozen=True, slots=True)
class Service:
    """One service, as the file says it with a set of variables."""

    name: str
    said: Mapping[str, Any]

    @property
    def command(self) -> list[str]:
        return list(self.said.get("command", ()))

    @property
    def environment(self) -> dict[str, str]:
        return {name: "" if value is None else str(value) for name, value in self.said.get("environment", {}).items()}

    @property
    def probe(self) -> list[str]:
        """The command of the health check."""
        kind, *command = self.said["healthcheck"]["test"]
        assert kind == "CMD"
        return command

    @property
    def grace(self) -> float:
        """Seconds between SIGTERM and SIGKILL."""
        return seconds(self.said["stop_grace_period"])


def seconds(text: str) -> float:
    """A duration of one unit, such as 90s."""
    return float(text[:-1]) * _SECONDS[text[-1]]


def example() -> dict[str, str]:
    """What `.env.example` says, by variable."""
    lines = [line for line in EXAMPLE.read_text().splitlines() if line and not line.startswith("#")]
    return dict(line.split("=", 1) for line in lines)


def named() -> Iterator[tuple[str, str | None]]:
    """Every variable of the file with its default, in order."""
    for found in _VARIABLE.finditer(FILE.read_text()):
        yield found["name"], found["default"]


@cache
def _text() -> str:
    return FILE.read_text()


def compose(variables: Mapping[str, str] | None = None) -> dict[str, Any]:
    """The file with variables filled in: those given, else its own defaults."""

    def fill(found: re.Match[str]) -> str:
        said = (variables or {}).get(found["name"])
        return (found["default"] or "") if said is None else said

    loaded: dict[str, Any] = yaml.safe_load(_VARIABLE.sub(fill, _text()))
    return loaded


def services(variables: Mapping[str, str] | None = None) -> dict[str, Service]:
    """All services by name, those of profiles too."""
    return {name: Service(name, said) for name, said in compose(variables)["services"].items()}
