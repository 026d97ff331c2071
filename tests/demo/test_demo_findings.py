"""What the shipped rules make of the shipped sessions: the frictions are found, and no trap leads to anything."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from bot.adapters.ledger import SqlLedger
from bot.adapters.rulebook import load_rules, shipped_rules
from bot.adapters.sources import FileSources
from bot.adapters.store import SqlStore
from bot.adapters.upkeep import SqlUpkeep
from bot.core.case import Limits
from bot.core.model import Finding
from bot.core.render import Rendered
from bot.core.report import Report
from bot.core.rule_model import Rule
from bot.demo.write_sessions import SESSIONS
from bot.ingest import Silence, Whose
from bot.request import Ports, RunRequest
from bot.service import run

NOW = datetime(2026, 2, 15, 9, tzinfo=UTC)


class TitlePress:
    def render(self, finding: Finding, rule: Rule, **told: object) -> Rendered:
        return Rendered(rule.title, "")


@pytest.fixture(scope="module")
def report() -> Report:
    rules, problems = load_rules([shipped_rules()])
    with SqlStore.open("sqlite://") as store:
        limits = Limits(run=99, day=99, rule_run=99, rule_day=99)
        request = RunRequest(NOW, rules, Whose({}, {}), "demo/webshop", limits=limits, problems=tuple(problems))
        ports = Ports(
            FileSources([str(SESSIONS)]), store, SqlLedger(store.engine), SqlUpkeep(store.engine),
            TitlePress(), lambda: NOW, lambda: "0" * 32,
        )  # fmt: skip
        return run(request, ports, Silence())


def found(report: Report, state: str) -> dict[str, tuple[int, int, int]]:
    return {
        f"{finding.rule}:{','.join(value for _, value in finding.key)}".rstrip(":"): (
            finding.in_window.sessions,
            finding.in_window.people,
            finding.in_window.occurrences,
        )
        for finding in report.findings
        if finding.state == state
    }


def test_each_friction_of_the_stories_is_one_finding(report: Report) -> None:
    assert found(report, "active") == {
        "agent-corrected": (6, 5, 6),
        "command-not-found:bun": (4, 3, 4),
        "command-timed-out:npm run test:e2e": (2, 2, 2),
        "edit-before-read": (6, 4, 6),
        "edit-text-not-found": (6, 5, 7),
        "file-not-found": (6, 5, 7),
        "hook-failed:.hooks/notify-team.sh": (3, 2, 3),
        "linter-failed:eslint task failed": (4, 3, 4),
        "not-logged-in:npm install": (3, 3, 3),
        "permission-denied:cp": (4, 3, 4),
        "python-module-missing:shopdata": (4, 3, 4),
        "retry-loop:docker compose up": (3, 3, 3),
        "slow-command:npm run build": (3, 3, 4),
        "sudo-needs-password": (3, 2, 3),
        "sync-failed:rsync": (3, 2, 3),
        "tool-call-rejected": (6, 5, 6),
        "tool-failure:seed: fatal: catalogue snapshot <n> is older than schema <n>": (3, 3, 3),
    }


def test_what_is_loud_or_over_or_rare_stays_below(report: Report) -> None:
    below = found(report, "below")
    assert below["service-unreachable:psql"] == (1, 1, 24)  # one noisy session
    assert below["api-error:529"] == (0, 0, 0)  # an outage, gone from the window of a week
    assert below["command-not-found:just"] == (0, 0, 0)  # installed after the first week
    assert below["context-overflow"] == (2, 1, 3)


def test_what_was_only_read_is_no_finding(report: Report) -> None:
    keys = {value for finding in report.findings for _, value in finding.key}
    assert not keys & {"pnpm", "legacy_cart"}
    assert not [key for key in keys if "Sibling" in key or "Exit code" in key]


def test_the_damage_of_two_files_is_no_problem_for_the_run(report: Report) -> None:
    assert report.problems == ()


def test_copies_count_once(report: Report) -> None:
    assert (report.stats.files, report.stats.sessions) == (46, 45)
    assert report.stats.duplicate_events > 30


def test_no_fake_secret_leaves_the_reader(report: Report) -> None:
    told = repr(report.findings)
    for secret in ("Demo1Fake2", "Fake4Demo5", "FAKEDEMONOTREAL", "Walnut7", "lotte.brandt"):
        assert secret not in told
