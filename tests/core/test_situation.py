"""How the work stands, as an object for programs; and what a decision makes of a finding."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from bot.core.lag import Alarm, Waiting
from bot.core.situation import Budget, Hand, Queue, Situation, Stop, Tended, Tick, Trouble, as_json, kind_of

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("row", "issue", "kind"),
    [
        ("open", False, "open"),  # the decision to open does not know the number yet
        ("update", True, "open"),
        ("says_it", True, "open"),
        ("silenced", True, "silenced"),
        ("silenced", False, "silenced"),
        ("limit", False, "waiting"),
        ("backoff", True, "waiting"),
        ("fixed", True, ""),
        ("below", False, ""),
    ],
)
def test_the_newest_decision_tells_how_a_finding_stands(row: str, issue: bool, kind: str) -> None:
    assert kind_of(row, issue=issue) == kind


def test_the_object_has_times_in_z_and_lengths_in_seconds() -> None:
    found = Situation(
        NOW,
        NOW,
        (Alarm("no_cycle", "a/b", NOW, "silent"),),
        (Tended("a/b", NOW, 3, 2, 1, paused=True),),
        Waiting(4, 500, NOW),
        timedelta(minutes=2),
        6,
        timedelta(seconds=7),
        (Queue("ingest", 8), Queue("github", None)),
        (Hand("w@h", "0.1.0", ("ingest",), NOW),),
        (Tick("ingest", NOW, NOW + timedelta(minutes=5)),),
        (Stop("all", "ann", "moving", None),),
        (Trouble("unreadable", "/x", "chmod", 9, NOW, aside=True),),
        Budget(10, 400),
        11,
    )
    at = "2026-11-21T12:00:00.000Z"
    assert as_json(found) == {
        "schema": 1,
        "as_of": at,
        "last_cycle": at,
        "alarms": [{"code": "no_cycle", "place": "a/b", "since": at, "message": "silent"}],
        "repositories": [
            {"repository": "a/b", "last_cycle": at, "open": 3, "silenced": 2, "waiting": 1, "paused": True}
        ],
        "unread": {"files": 4, "size": 500, "since": at},
        "lag_seconds": 120.0,
        "batches": 6,
        "queue_age_seconds": 7.0,
        "queues": [{"name": "ingest", "depth": 8}, {"name": "github", "depth": None}],
        "workers": [{"host": "w@h", "version": "0.1.0", "queues": ["ingest"], "at": at}],
        "ticks": [{"name": "ingest", "last": at, "next": "2026-11-21T12:05:00.000Z"}],
        "pauses": [{"scope": "all", "by": "ann", "because": "moving", "until": None}],
        "failures": [{"code": "unreadable", "place": "/x", "message": "chmod", "times": 9, "last": at, "aside": True}],
        "budget": {"left": 10, "most": 400, "held_until": None},
        "database_bytes": 11,
    }


def test_a_situation_of_which_nothing_is_known_has_every_field_too() -> None:
    assert as_json(Situation(NOW)).keys() == {
        "schema", "as_of", "last_cycle", "alarms", "repositories", "unread", "lag_seconds", "batches", "queue_age_seconds",
        "queues", "workers", "ticks", "pauses", "failures", "budget", "database_bytes",
    }  # fmt: skip
