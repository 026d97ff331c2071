"""The dead-man rule: what is silent, what is excused, and what is not known."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from bot.core.lag import Alarm, Signs, Waiting, alarms, last_cycle

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
SILENT = timedelta(hours=6)


def ago(**time: float) -> datetime:
    return NOW - timedelta(**time)


def raised(signs: Signs) -> list[tuple[str, str]]:
    return [(alarm.code, alarm.place) for alarm in alarms(signs, SILENT, NOW)]


def test_nothing_is_silent_where_everything_beats() -> None:
    pulses = {"derive": ago(minutes=4), "keep:acme/agents": ago(minutes=2), "ingest": ago(days=3)}
    assert raised(Signs(pulses, frozenset({"acme/agents"}), queue_age=timedelta(minutes=1))) == []


def test_no_cycle_for_six_hours_is_one_alarm_for_all() -> None:
    pulses = {"derive": ago(hours=7), "keep:acme/agents": ago(hours=7)}
    assert alarms(Signs(pulses, frozenset({"acme/agents"})), SILENT, NOW) == (
        Alarm(
            "no_cycle",
            "",
            ago(hours=7),
            "nothing was evaluated for more than 6h: see whether workers and beat run",
        ),
    )


def test_a_repository_that_has_no_cycle_is_named() -> None:
    pulses = {"derive": ago(minutes=4), "keep:acme/agents": ago(hours=7), "keep:acme/tools": ago(minutes=1)}
    assert raised(Signs(pulses, frozenset({"acme/agents", "acme/tools"}))) == [("no_cycle", "acme/agents")]


def test_a_repository_that_left_the_settings_is_not_missed() -> None:
    pulses = {"derive": ago(minutes=4), "keep:acme/gone": ago(days=70)}
    assert raised(Signs(pulses, frozenset())) == []


def test_exactly_the_length_is_not_too_long() -> None:
    assert raised(Signs({"derive": ago(hours=6)})) == []


def test_a_pause_excuses_cycles_but_no_reading() -> None:
    pulses = {"derive": ago(days=2), "ingest": ago(days=2)}
    waits = Waiting(3, 900, ago(hours=8))
    assert raised(Signs(pulses, waiting=waits, paused=frozenset({"all"}))) == [("nothing_ingested", "")]


def test_a_paused_repository_is_not_missed() -> None:
    pulses = {"derive": ago(minutes=4), "keep:acme/agents": ago(days=2)}
    paused = frozenset({"repository:acme/agents"})
    assert raised(Signs(pulses, frozenset({"acme/agents"}), paused=paused)) == []


def test_files_that_wait_while_others_are_read_are_no_alarm() -> None:
    waits = Waiting(1, 300, ago(days=2))
    assert raised(Signs({"derive": ago(minutes=1), "ingest": ago(minutes=9)}, waiting=waits)) == []


def test_files_that_came_a_moment_ago_are_no_alarm_after_a_quiet_week() -> None:
    waits = Waiting(1, 300, ago(minutes=2))
    assert raised(Signs({"derive": ago(minutes=1), "ingest": ago(days=7)}, waiting=waits)) == []


def test_how_many_files_wait_is_told_with_what_to_do() -> None:
    waits = Waiting(1200, 300, ago(hours=8))
    signs = Signs({"derive": ago(minutes=1), "ingest": ago(hours=9)}, waiting=waits)
    assert [alarm.message for alarm in alarms(signs, SILENT, NOW)] == [
        "1,200 files wait and nothing was read for more than 6h: see whether a worker of queue ingest runs"
    ]


def test_a_batch_that_nobody_begins_is_a_stuck_queue() -> None:
    signs = Signs({"derive": ago(minutes=1)}, queue_age=timedelta(hours=7))
    assert [(each.code, each.place, each.since) for each in alarms(signs, SILENT, NOW)] == [
        ("queue_stuck", "ingest", ago(hours=7))
    ]


def test_an_installation_of_which_nothing_is_known_raises_nothing() -> None:
    assert raised(Signs({}, frozenset({"acme/agents"}), Waiting(3, 3, ago(days=2)))) == []


def test_what_never_went_well_counts_from_when_workers_began() -> None:
    signs = Signs({"beat": ago(minutes=1)}, frozenset({"acme/agents"}), Waiting(3, 3, ago(days=2)), began=ago(hours=7))
    assert raised(signs) == [("no_cycle", ""), ("nothing_ingested", "")]
    assert raised(signs._replace(began=ago(hours=5))) == []


def test_one_process_that_does_everything_stands_for_all_repositories() -> None:
    assert raised(Signs({"run": ago(hours=1)}, frozenset({"acme/agents"}))) == []


def test_a_run_by_hand_does_not_stand_in_for_workers_that_fell_silent() -> None:
    waits = Waiting(1, 300, ago(hours=8))
    pulses = {"derive": ago(hours=7), "ingest": ago(hours=7), "run": ago(minutes=1)}
    assert raised(Signs(pulses, waiting=waits)) == [("no_cycle", ""), ("nothing_ingested", "")]


def test_the_last_cycle_is_the_newest_of_evaluating_and_filing() -> None:
    assert last_cycle({"derive": ago(hours=2), "keep:a/b": ago(hours=1), "ingest": ago(minutes=1)}) == ago(hours=1)
    assert last_cycle({"ingest": ago(minutes=1)}) is None


_NAMES = st.sampled_from(["derive", "run", "ingest", "discover", "keep:a/b", "keep:a/c", "beat"])
_AGES = st.integers(0, 100_000).map(lambda minutes: NOW - timedelta(minutes=minutes))


@given(st.dictionaries(_NAMES, _AGES), st.integers(0, 5), _AGES, st.integers(0, 100_000), _AGES)
def test_a_later_sign_of_life_never_raises_an_alarm(
    pulses: dict[str, datetime], files: int, since: datetime, age: int, began: datetime
) -> None:
    signs = Signs(pulses, frozenset({"a/b", "a/c"}), Waiting(files, files, since), timedelta(minutes=age), began=began)
    before = set(raised(signs))
    for name in pulses:
        later = signs._replace(pulses={**pulses, name: NOW})
        hidden = {("no_cycle", "a/b"), ("no_cycle", "a/c")} if ("no_cycle", "") in before else set()
        assert set(raised(later)) <= before | hidden
