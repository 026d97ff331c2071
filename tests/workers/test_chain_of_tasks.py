"""From a session to an issue through real workers: every task of the chain, on SQLite and on PostgreSQL."""

from __future__ import annotations

import json
from pathlib import Path

from bot.sandbox.server import Sandbox
from tests.real_servers import RedisServer, asking, until
from tests.workers.office import Office


def test_sessions_become_exactly_one_issue(office: Office) -> None:
    office.three_sessions()
    with office.worker() as worker, office.beat():
        titles = office.wait_for_issues(1)
        until(lambda: "keep:acme/shop" in office.pulses(), "the cycle has ended")
        office.send("github.reconcile", "github")
        office.send("ingest.discover", "ingest")
        until(lambda: {"discover", "ingest", "derive", "housekeeping", "beat"} <= office.pulses(), "all pulses")
    cycles = [json.loads(line).get("cycle") for line in worker.program.output.splitlines() if '"task_done"' in line]
    assert all(cycles)
    assert titles == ["Python cannot import shopdata"]
    assert office.issues == titles
    assert office.failures() == []


def test_a_worker_answers_a_ping_on_every_queue(office: Office) -> None:
    with office.worker(), asking(office.redis.url, result_backend=office.redis.url) as app:
        for queue in ("ingest", "evaluate", "github"):
            sent = app.send_task("upkeep.ping", kwargs={"queue": queue}, queue=queue, ignore_result=False)
            assert sent.get(timeout=20) == {"queue": queue}


def test_a_team_uses_postgresql_and_a_worker_for_each_queue(
    tmp_path: Path, redis: RedisServer, box: Sandbox, postgres_url: str
) -> None:
    office = Office(tmp_path, redis, box, postgres_url, 'evaluate = "5s"')
    office.three_sessions()
    one, two, three = (office.worker(queue, queues=queue, wait=False) for queue in ("ingest", "evaluate", "github"))
    with one, two, three:
        office.send("ingest.discover", "ingest")
        assert office.wait_for_issues(1) == ["Python cannot import shopdata"]
