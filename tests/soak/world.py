"""Everything that is there in a soak: servers, processes, people, and the settings that make it go quickly."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import requests

from bot.adapters.scanner import KingfisherScanner
from bot.sandbox.server import TOKEN
from bot.settings import Layer, Settings, load_settings
from tests.real_servers import RedisServer, bot_environment, free_port, redis_server, until
from tests.soak import fleet
from tests.soak.database import Database, database
from tests.soak.fleet import Fleet
from tests.soak.github_people import Maintainer
from tests.soak.github_stand import REPOSITORIES
from tests.soak.team import PLACES, Team

# A task may take 6 s; so a message of a worker that died is given to another after 18 s, and looked for every 10 s.
_SETTINGS = """\
database = "{database}"
repository = "acme/shop"
settle = "4s"
sources = [{{ path = "{folder}/sessions" }}]
routes = [{routes}]

[github]
api_url = "{github}"
token = "{token}"

[limits]
pause = "0s"
new_issues_per_run = 1000
new_issues_per_day = 1000
new_issues_per_rule_per_run = 1000
new_issues_per_rule_per_day = 1000
overview = false

[comments]
replies_per_hour = 1000

[workers]
broker = "{broker}"
batch = 1048576
ingest = "2s"
evaluate = "2s"
comments = "3s"
reconcile = "30s"
housekeeping = "10s"
jitter = "1s"
tries = 2
task_limit = "6s"
grace = "10s"
"""
_CREW = {
    "short": {"worker-1": "ingest,evaluate,github", "worker-2": "ingest,evaluate,github"},
    "long": {
        "worker-ingest-1": "ingest", "worker-ingest-2": "ingest", "worker-evaluate-1": "evaluate",
        "worker-github-1": "github", "worker-github-2": "github,evaluate",
    },
}  # fmt: skip


@dataclass
class World:
    """A soak's world; `began` is of the monotonic clock."""

    folder: Path
    settings: Settings
    database: Database
    redis: RedisServer
    fleet: Fleet
    team: Team
    maintainer: Maintainer
    environment: dict[str, str]
    github_port: int
    began: float = field(default_factory=time.monotonic)

    @property
    def github_url(self) -> str:
        """Where GitHub is."""
        return f"http://127.0.0.1:{self.github_port}"

    def github_answers(self) -> bool:
        """Whether GitHub is there."""
        try:
            return requests.get(f"{self.github_url}/rate_limit", timeout=5).ok
        except requests.RequestException:
            return False


@contextmanager
def a_world(folder: Path, kind: str, crew: str, plant: str = "") -> Iterator[World]:
    """A world that runs, on this kind of database, with a short or a long list of workers."""
    if plant:
        (folder / "plant").write_text(plant)
    port = free_port()
    with ExitStack() as stack:
        redis = stack.enter_context(redis_server(folder))
        memory = stack.enter_context(database(kind, folder))
        (folder / "sessions").mkdir()
        routes = ", ".join(f'{{ repository = "{name}", cwd = "{PLACES[name]}*" }}' for name in REPOSITORIES)
        text = _SETTINGS.format(
            database=memory.url,
            folder=folder,
            routes=routes,
            github=f"http://127.0.0.1:{port}",
            token=TOKEN,
            broker=redis.url,
        )
        environment = bot_environment(folder, text) | {
            "SOAK_FOLDER": str(folder),
            "FRICTIONBOT_TELEMETRY_LOG": "json",
            "KF_RULE_CACHE_DIR": _scanner_cache(),
        }
        settings, problems = load_settings(Layer(), environment, folder)
        assert settings, problems
        programs = {"github": fleet.github_stand(folder, port)}
        programs |= {name: fleet.worker(folder, name, queues, environment) for name, queues in _CREW[crew].items()}
        programs |= {"beat": fleet.beat(folder, "beat", environment)}
        running = stack.enter_context(fleet.running(programs))
        maintainer = Maintainer(f"http://127.0.0.1:{port}", folder / "github.json")
        stack.callback(maintainer.close_connection)
        team = Team(folder / "sessions", maintainer)
        world = World(folder, settings, memory, redis, running, team, maintainer, environment, port)
        until(world.github_answers, "GitHub answers")
        yield world


def _scanner_cache() -> str:
    """Where the scanner's compiled rules lie: without it each process takes four seconds of processor time for them."""
    place = os.environ.setdefault("KF_RULE_CACHE_DIR", str(Path.home() / ".cache" / "kingfisher"))
    KingfisherScanner().find("nothing")
    return place
