"""What the memory tells `doctor` and `status` of the work: beat, versions, cycles, failures, pauses."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import orjson
import pytest

from bot.adapters.checks_figures import budget, standings
from bot.adapters.checks_work import (
    beat_checks,
    cycle_checks,
    failure_checks,
    living,
    pause_checks,
    signs,
    were_used,
    worker_checks,
)
from bot.adapters.store import SqlStore
from bot.adapters.upkeep import SqlUpkeep
from bot.core.diagnosis import Outcome
from bot.core.history import Decision
from bot.core.lag import Signs, Waiting
from bot.core.situation import Budget
from bot.ports import Allowance, Spend
from bot.upkeep import Failure, Pause, Pulse

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
QUEUES = ("ingest", "github")


def worker(host: str, minutes: float = 1, version: str = "0.1.0", queues: tuple[str, ...] = QUEUES) -> Pulse:
    value = {"version": version, "queues": queues, "started": (NOW - timedelta(hours=9)).isoformat(), "pid": 1}
    return Pulse(f"worker:{host}", NOW - timedelta(minutes=minutes), orjson.dumps(value).decode())


@pytest.mark.parametrize(
    ("seconds", "outcome"), [(5, "ok"), (60, "ok"), (61, "warning"), (60 + 1200, "warning"), (60 + 1201, "failed")]
)
def test_beat_is_alive_within_two_intervals_and_may_wait_for_a_long_task(seconds: int, outcome: str) -> None:
    pulses = {"beat": NOW - timedelta(seconds=seconds)}
    (check,) = beat_checks(pulses, timedelta(seconds=30), NOW)
    assert check.outcome == outcome


def test_beat_that_never_ticked_is_told_how_it_is_started() -> None:
    (check,) = beat_checks({}, timedelta(seconds=30), NOW)
    assert (check.outcome, check.found) == (Outcome.FAILED, "beat never ticked")
    assert check.fix.startswith("start it: `celery --app workers.app beat`")


def told(*pulses: Pulse) -> tuple[str, str]:
    (check,) = worker_checks(living(pulses, NOW), "0.1.0", QUEUES)
    return check.outcome.value, check.found


def test_workers_of_this_version_on_all_queues_are_well() -> None:
    assert told(worker("a@h"), worker("b@h")) == ("ok", "2 workers, all of version 0.1.0")


def test_workers_of_another_version_beside_are_a_warning() -> None:
    said = "2 workers, some of version 0.0.9 beside 0.1.0"
    assert told(worker("a@h"), worker("b@h", version="0.0.9")) == ("warning", said)


def test_a_queue_on_which_nobody_works_is_a_warning() -> None:
    assert told(worker("a@h", queues=("ingest",))) == ("warning", "1 worker, and none told that it works on github")


def test_workers_that_fell_silent_are_none() -> None:
    assert told(worker("a@h", minutes=31)) == ("failed", "no worker gave a sign of life")
    assert told(Pulse("beat", NOW)) == ("failed", "no worker gave a sign of life")


def test_a_sign_of_life_that_cannot_be_read_is_one_all_the_same() -> None:
    assert told(Pulse("worker:a@h", NOW, "[nonsense")) == ("warning", "1 worker, some of version unknown beside 0.1.0")


def test_workers_belong_to_an_installation_for_a_week() -> None:
    assert were_used([worker("a@h", minutes=60 * 24 * 6)], NOW)
    assert not were_used([worker("a@h", minutes=60 * 24 * 8), Pulse("run", NOW)], NOW)


def test_an_old_cycle_is_only_an_alarm_where_work_is_scheduled() -> None:
    old = Signs({"derive": NOW - timedelta(days=2)})
    assert [(each.outcome, each.found) for each in cycle_checks(old, timedelta(hours=6), NOW, scheduled=True)] == [
        (Outcome.FAILED, "nothing was evaluated for more than 6h")
    ]
    assert [(each.outcome, each.found) for each in cycle_checks(old, timedelta(hours=6), NOW, scheduled=False)] == [
        (Outcome.OK, "the last cycle is 2d old")
    ]


@pytest.mark.parametrize(("scheduled", "fix"), [(True, "wait for the first one"), (False, "run `frictionbot run`")])
def test_no_cycle_yet_is_a_warning(scheduled: bool, fix: str) -> None:
    (check,) = cycle_checks(Signs({}), timedelta(hours=6), NOW, scheduled=scheduled)
    assert (check.outcome, check.fix) == (Outcome.WARNING, fix)


def test_failures_are_shown_with_what_to_do() -> None:
    one = Failure("unreadable", "/x.jsonl", "no permission; run chmod", "1", NOW, NOW, 3, aside=True)
    (check,) = failure_checks([one] * 7)
    assert (check.outcome, check.found) == (Outcome.WARNING, "7 failures on record, 7 of them set aside")
    assert check.details == ("/x.jsonl: no permission; run chmod [unreadable, 3 times]",) * 5
    assert [each.outcome for each in failure_checks([])] == [Outcome.OK]


def test_each_pause_is_shown_with_the_way_to_lift_it() -> None:
    pauses = [Pause("all", NOW), Pause("repository:a/b", NOW, until=NOW), Pause("rule:x", NOW)]
    assert [check.fix for check in pause_checks(pauses)] == [
        "when that is over, type `frictionbot resume all`",
        "when that is over, type `frictionbot resume --repository a/b`",
        "when that is over, type `frictionbot resume --rule x`",
    ]
    assert [each.outcome for each in pause_checks([])] == [Outcome.OK]


@pytest.fixture
def store(tmp_path: Path) -> SqlStore:
    return SqlStore.open(f"sqlite:///{tmp_path}/friction.db")


def test_the_signs_of_life_come_from_the_memory(store: SqlStore) -> None:
    with store:
        upkeep = SqlUpkeep(store.engine)
        upkeep.beat(Pulse("derive", NOW))
        upkeep.beat(worker("a@h"))
        upkeep.pause(Pause("all", NOW))
        found = signs(upkeep, ["a/b"], Waiting(1, 2, NOW), NOW)
    assert found == Signs(
        {"derive": NOW, "worker:a@h": NOW - timedelta(minutes=1)},
        frozenset({"a/b"}),
        Waiting(1, 2, NOW),
        None,
        frozenset({"all"}),
        NOW - timedelta(hours=9),
    )


def decided(fingerprint: str, row: str, issue: int | None, repository: str = "a/b") -> Decision:
    return Decision(NOW, repository, fingerprint, "rule", "skip", row, issue, "because", "done")


def test_findings_are_counted_by_their_newest_decision(store: SqlStore) -> None:
    with store:
        store.log([decided("f1", "open", None), decided("f2", "open", None), decided("f3", "below", None)])
        store.log([decided("f1", "silenced", 1), decided("f4", "limit", None), decided("f5", "open", 1, "a/c")])
        assert standings(store.engine, "a/b") == {"open": 1, "silenced": 1, "waiting": 1, "": 1}
        assert standings(store.engine, "a/none") == {}


def test_the_budget_is_that_of_who_wrote_most(store: SqlStore) -> None:
    allowed = Allowance(pause=timedelta(0))
    with store:
        assert budget(store.engine, NOW, allowed) == Budget(400, 400)
        for number, account in enumerate(("ann", "bot", "bot")):
            at = NOW - timedelta(minutes=9 - number)
            store.reserve(account, Spend(str(number), content=True), at, allowed)
        store.hold("bot", NOW + timedelta(minutes=3), NOW)
        assert budget(store.engine, NOW, allowed) == Budget(398, 400, NOW + timedelta(minutes=3))
        assert budget(store.engine, NOW + timedelta(hours=2), allowed) == Budget(400, 400)
