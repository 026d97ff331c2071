"""`frictionbot history`: the log of decisions, for people and for programs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from bot.core.history import Decision
from bot.core.wanted import Wanted
from bot.ports import StoreError
from bot.settings import Settings
from tests.shells import RememberedWork, Said, typed

DAY = datetime(2026, 2, 14, 9, 30, tzinfo=UTC)
OPENED = Decision(DAY, "acme/agents", "ab" * 32, "rule-a", "open", "open", 7, "3 of 3 sessions", "done")
SKIPPED = Decision(DAY, "acme/agents", "cd" * 32, "rule-b", "skip", "below", None, "1 of 3 sessions", "planned")


@dataclass
class Log(RememberedWork):
    """Work that has a log, and remembers what was asked of it."""

    log: Sequence[Decision] | StoreError = ()
    questions: list[tuple[Wanted | None, int]] = field(default_factory=list)

    def history(self, settings: Settings, asked: Wanted | None, limit: int) -> Sequence[Decision]:
        self.asked.append((settings, None, False))
        self.questions.append((asked, limit))
        if isinstance(self.log, StoreError):
            raise self.log
        return self.log


def history(log: Sequence[Decision] | StoreError, *argv: str) -> tuple[Said, Log]:
    work = Log(log=log)
    return typed("history", *argv, work=work), work


def test_decisions_are_a_table_that_grep_understands() -> None:
    said, work = history((OPENED, SKIPPED))
    assert (said.code, said.err) == (0, "")
    assert said.out.splitlines() == [
        "AS OF             ACTION  ROW    ISSUE          RULE    FINGERPRINT   OUTCOME  REASON",
        "2026-02-14 09:30  open    open   acme/agents#7  rule-a  abababababab  done     3 of 3 sessions",
        "2026-02-14 09:30  skip    below  acme/agents    rule-b  cdcdcdcdcdcd  planned  1 of 3 sessions",
        "",
        "2 decisions, newest first.",
    ]
    assert work.questions == [(None, 30)]


def test_a_question_and_a_limit_are_passed_on() -> None:
    said, work = history((OPENED,), "acme/agents#7", "--limit", "1", "--repo", "acme/agents")
    assert work.questions == [(Wanted("acme/agents#7", 7, "acme/agents"), 1)]
    assert work.asked[0][0].repository == "acme/agents"
    assert said.out.splitlines()[-1] == "1 decision about acme/agents#7, newest first; --limit shows more."


def test_an_empty_log_says_where_decisions_come_from() -> None:
    said, _ = history((), "rule-x")
    assert (said.code, said.out) == (
        0,
        "No decision about rule-x is remembered: they are written down by frictionbot run --post.\n",
    )


def test_json_is_exactly_one_object() -> None:
    said, _ = history((OPENED,), "--format", "json")
    assert said.json == {
        "schema": 1,
        "problems": [],
        "decisions": [
            {
                "at": "2026-02-14T09:30:00.000Z", "repository": "acme/agents", "fingerprint": "ab" * 32,
                "rule": "rule-a", "action": "open", "row": "open", "issue": 7, "reason": "3 of 3 sessions",
                "outcome": "done",
            }
        ],
    }  # fmt: skip


def test_a_database_that_cannot_be_used_is_a_problem_in_either_format() -> None:
    error = StoreError("database_busy", "x.db is in use")
    said, _ = history(error)
    assert (said.code, said.out, said.err) == (1, "", "database: x.db is in use [database_busy]\n")
    said, _ = history(error, "--format", "json")
    assert (said.code, said.json["problems"][0]["code"]) == (1, "database_busy")


def test_a_limit_below_one_is_a_usage_error() -> None:
    assert history((), "--limit", "0")[0].code == 2
