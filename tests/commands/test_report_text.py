"""A run's report: what it says of fixes, and of dates that do not agree."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from bot.commands.report_text import View, report_text
from bot.commands.tables import plain
from bot.core.judge import Fix, Judgement, Verdicts
from bot.core.model import Count, Finding, ReadStats
from bot.core.report import Report
from tests.shells import NOW

FIXED = datetime(2026, 2, 12, 12, 0, tzinfo=UTC)
CLOSED = datetime(2026, 2, 10, 12, 0, tzinfo=UTC)
COUNT = Count(1, 1, 1)
FINDING = Finding(
    "f1", "acme/agents", "rule-a", (("module", "pandas"),), "below", "medium", COUNT, COUNT, None, None, 0.0, "boom"
)  # fmt: skip
FIX = Fix(FIXED, "pull_request", "#14")
JUDGED = Judgement(
    fix=FIX, fixes=(FIX,), verdicts=Verdicts(9, 1, 2, 0, 3), closed_at=CLOSED, discrepancy="closed_before_fix", days=2.0
)


def lines(judgements: dict[str, Judgement], *findings: Finding) -> list[str]:
    report = Report(NOW, False, ReadStats(sessions=1), (), findings, (), (), judgements)
    return report_text(report, View(plain, ("a",))).splitlines()


def test_verdicts_and_the_date_that_decided_stand_in_a_table() -> None:
    said = lines({"f1": JUDGED}, FINDING)
    start = said.index("Fixes, with the sessions on both sides of them")
    assert said[start + 1 : start + 3] == [
        "RULE    KEY     FIXED             WHO SAYS SO       BEFORE  ROLLOUT  OLD CODE  AFTER  NO TIME  DATES",
        (
            "rule-a  pandas  2026-02-12 12:00  pull request #14       9        1         2      0        3"
            "  closed before its fix landed: closed 2026-02-10 12:00 UTC, fixed 2026-02-12 12:00 UTC, 2 days between"
        ),
    ]


def test_dates_that_do_not_agree_are_said_also_of_findings_that_are_left_out() -> None:
    many = tuple(replace(FINDING, fingerprint=f"f{number:02}", key=(("k", f"{number:02}"),)) for number in range(15))
    said = lines({"f14": JUDGED}, *many)
    assert "… and 5 more below their threshold (--all shows them)" in said
    assert any(line.startswith("rule-a  14") and "closed before its fix landed" in line for line in said)


def test_a_run_without_any_fix_says_nothing_of_fixes() -> None:
    assert not any("Fixes" in line for line in lines({"f1": Judgement()}, FINDING))
