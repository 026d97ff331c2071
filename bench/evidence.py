"""Evidence as a team makes it, without transcripts: sessions at a constant rate, and what they stumble over.

Troubles follow Zipf's law: a few that everybody has, and many that hardly anybody else does. Each lasts a while, then it is
mended and a new one takes its place: so the vocabulary grows as long as people work. The same seed makes the same evidence.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import accumulate

from bot.core.model import Kind, Outcome, Session, Signal, Span, Step
from bot.core.session import identity
from bot.ports import FileMark, Reading

NOW = datetime(2026, 7, 1, tzinfo=UTC)
READER = "bench"
RULES = ("module-missing", "command-missing", "tool-fails")


@dataclass(frozen=True, slots=True)
class Team:
    """How much there is: `sessions` up to `NOW`, so many `a_day`, by so many people, each with so many signals.

    There are always so many `troubles`, each of which lasts so many days.
    """

    sessions: int
    a_day: float = 100.0
    people: int = 200
    signals: int = 10
    links: int = 40
    troubles: int = 1000
    lasts: float = 14.0
    exponent: float = 1.0
    seed: int = 5


def readings(team: Team, first: int = 0, last: int | None = None) -> Iterator[Reading]:
    """One reading for each session from `first` to before `last`, the oldest first."""
    chance = random.Random(team.seed)
    weights = list(accumulate((rank + 1) ** -team.exponent for rank in range(team.troubles)))
    for number in range(team.sessions if last is None else last):
        made = _reading(team, number, random.Random(chance.getrandbits(64)), weights)
        if number >= first:
            yield made


def _reading(team: Team, number: int, chance: random.Random, weights: list[float]) -> Reading:
    name = f"{identity(f'{team.seed}/{number}') & (1 << 63) - 1:016x}-{number}"
    start = NOW - timedelta(days=(team.sessions - number) / team.a_day)
    age = number / team.a_day / team.lasts  # how many lives of a trouble have passed since the first session
    person = f"person{chance.randrange(team.people)}"
    path = f"/home/{person}/.claude/projects/shop/{name}.jsonl"
    ranks = chance.choices(range(team.troubles), cum_weights=weights, k=team.signals)
    signals = tuple(_signal(name, path, index, _trouble(rank, age), start) for index, rank in enumerate(ranks))
    steps = tuple(_step(signal, index) for index, signal in enumerate(signals))
    links = frozenset(identity(f"{name}/{index}") for index in range(team.links))
    session = Session(
        name, "claude-code", "projects", person, (Span(start, start + timedelta(minutes=team.signals)),), steps, links,
        cwds=("/work/shop",), versions=("2.1.0",), branches=("main",), events=team.links,
    )  # fmt: skip
    rules = dict.fromkeys(RULES, "d1")
    covered = frozenset(signal.event for signal in signals)
    return Reading(FileMark(path, "1", READER, frozenset()), (session,), signals, rules, covered)


def _trouble(rank: int, age: float) -> str:
    """The trouble that has this rank now; they do not all end at one moment."""
    return f"thing{rank}v{int(age + rank * 0.618 % 1)}"


def _signal(name: str, path: str, index: int, word: str, start: datetime) -> Signal:
    at = start + timedelta(minutes=index)
    rule = RULES[identity(word) % len(RULES)]
    return Signal(
        rule, name, f"{name}/{index}", (("thing", word),), at, at + timedelta(seconds=30), "Bash",
        f"ModuleNotFoundError: No module named '{word}'", f"python -m {word} --check", "run the checks", "agent",
        f"{path}:{index + 1}", "2.1.0",
    )  # fmt: skip


def _step(signal: Signal, index: int) -> Step:
    return Step(
        signal.event, Kind.CALL, signal.at, signal.until, "Bash", Outcome.FAILED, 1, 1.5, thing="python",
        same=f"same{index}", command=signal.command, excerpt=signal.excerpt, place=signal.place,
    )  # fmt: skip
