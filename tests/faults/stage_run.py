"""One schedule from its beginning to the verdict on it."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from bot.adapters.store import SqlStore
from bot.sandbox.server import BOT, Limits, Sandbox
from tests.faults.invariants import broken
from tests.faults.people import REPOSITORY
from tests.faults.play import Hung, Play, Played, Stage
from tests.faults.schedule import Schedule

_ARRIVED = {"502 after", "cut after", "late after", "half an answer", "kill after"}


@dataclass
class Verdict:
    """What became of a schedule, in plain values that travel between processes."""

    name: str
    broken: list[str]
    hit: Counter[str] = field(default_factory=Counter)
    rows: Counter[str] = field(default_factory=Counter)
    repaired: Counter[str] = field(default_factory=Counter)
    points: list[dict[str, int]] = field(default_factory=list)
    trace: list[str] = field(default_factory=list)
    story: str = ""


def judged(stage: Stage, schedule: Schedule) -> Verdict:
    """Play a schedule and look at what came of it."""
    stage.clock.begin()
    with Sandbox(clock=stage.clock, limits=Limits(100_000)) as box:
        box.add_repository(REPOSITORY)
        play = Play(stage, schedule, box)
        try:
            played = play.run()
            with SqlStore.open(play.memory.url) as store:
                found = broken(played, play.people, store)
        except Hung as hung:
            played, found = play.played, [str(hung)]
        finally:
            play.end()
    return Verdict(
        schedule.name,
        found,
        Counter(f"{kind} @ {what}" for kind, what in played.hit),
        played.rows,
        _repaired(played, box),
        played.points,
        played.trace if found else [],
        str(schedule),
    )


def _repaired(played: Played, box: Sandbox) -> Counter[str]:
    """What the bot had to find out or to put right."""
    with box.acting(REPOSITORY) as acts:
        issues = list(acts.repository.issues.values())
    events = Counter(event.kind for issue in issues for event in issue.events if event.actor == BOT)
    arrived = Counter(what for kind, what in played.hit if kind in _ARRIVED and what in {"open", "comment"})
    return Counter({
        "filings that had arrived, and nobody was told": arrived["open"],
        "comments that had arrived, and nobody was told": arrived["comment"],
        "plans that waited for a filing to show up": played.rows["waiting"],
        "plans that opened nothing on an incomplete listing": played.rows["incomplete"],
        "duplicates closed": sum(issue.state_reason == "duplicate" for issue in issues),
        "comments deleted that were there already": events["comment_deleted"],
        "issues reopened": events["reopened"],
    })  # fmt: skip
