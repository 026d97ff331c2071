"""Schedules: what happens to a team and to its bot, cycle by cycle, as values that a seed alone decides."""

from __future__ import annotations

from dataclasses import dataclass, replace
from random import Random

from tests.faults.troubles import KILLS, LIMITS, LISTS, REFUSALS, STOPS, UNCLEAR, Trouble

MODULES = ("alpha", "beta", "gamma", "delta")
SETTLE, LEASE = 10, 5  # minutes, as the settings have them
SCHEDULED = 600  # seeds of the long set, beside the kills and stops at every point of the story


@dataclass(frozen=True, slots=True)
class Act:
    """What people do before a cycle, about one module.

    `what` is evidence (so many new sessions that fail), late (sessions from before the first cycle that come only now), close
    (as completed), dismiss (as not planned), note (text above the bot's part), ask (commands in a comment), delete, or
    forget (the memory is lost).
    """

    what: str
    module: int = 0
    number: int = 0

    def __str__(self) -> str:
        return self.what if self.what == "forget" else f"{self.what} {MODULES[self.module]} {self.number or ''}".strip()


@dataclass(frozen=True, slots=True)
class Step:
    """Some time passes, people act, and a cycle runs in which things go wrong.

    `company` runs the same cycle at the same time: twin with the same memory, stranger with its own. Lists lag `lag` minutes.
    A process that is stopped goes on after `away` minutes, in which another one runs the cycle.
    """

    minutes: int
    acts: tuple[Act, ...] = ()
    troubles: tuple[Trouble, ...] = ()
    company: str = ""
    lag: int = 0
    away: int = LEASE + 1

    def __str__(self) -> str:
        parts = [f"{self.minutes} min", *map(str, self.acts), *(f"[{trouble}]" for trouble in self.troubles)]
        parts += [f"with a {self.company}"] if self.company else []
        parts += [f"lists lag {self.lag} min"] if self.lag else []
        parts += [f"away {self.away} min"] if any(each.kind in STOPS for each in self.troubles) else []
        return ", ".join(parts)


@dataclass(frozen=True, slots=True)
class Schedule:
    """One whole story with its troubles; `fresh` begins without tables in the database."""

    name: str
    steps: tuple[Step, ...]
    database: str = "sqlite"
    fresh: bool = False

    def has(self, *kinds: str) -> bool:
        """Whether any of these acts, companies or kinds of trouble is in it."""
        told = {act.what for step in self.steps for act in step.acts}
        told |= {step.company for step in self.steps}
        told |= {trouble.kind for step in self.steps for trouble in step.troubles}
        return bool(told & set(kinds))

    @property
    def lag(self) -> int:
        """The longest lag of a list, in minutes."""
        return max(step.lag for step in self.steps)

    def __str__(self) -> str:
        lines = [f"schedule {self.name} on {self.database}{', without tables' if self.fresh else ''}"]
        return "\n".join([*lines, *(f"  {number}. after {step}" for number, step in enumerate(self.steps, 1))])


# Opening, an update, a comment at twice the sessions, an answer to a person, a close, what is too old to matter, a regression,
# the loss of the memory.
STORY = (
    Step(60, (Act("evidence", 0, 3), Act("evidence", 1, 3))),
    Step(180, (Act("evidence", 0, 1),)),
    Step(180, (Act("evidence", 0, 2), Act("note", 0), Act("ask", 0))),
    Step(180, (Act("close", 1), Act("late", 1, 2))),
    Step(300, (Act("evidence", 1, 2), Act("evidence", 2, 3))),
    Step(180, (Act("forget"), Act("evidence", 0, 1))),
)

# A filing that arrived without an answer, which the list does not show yet when the next cycle comes.
UNANSWERED = (
    Step(60, (Act("evidence", 0, 3),), (Trouble("502 after", "open", 1),)),
    Step(3, lag=SETTLE - 1),
    Step(60, (Act("evidence", 0, 3),), (Trouble("cut after", "comment", 1),)),
    Step(3),
    Step(60),
)


def kills(points: list[dict[str, int]]) -> list[Schedule]:
    """The story, with a kill or stop at each of its points: `points` are how many of each sort every step has."""
    kinds = {"request": (*KILLS, *STOPS), "commit": (*KILLS, "stop after")}  # before a commit it would hold a lock
    return [
        at(step, Trouble(kind, where, nth))
        for step, counted in enumerate(points)
        for where in ("commit", "request")
        for nth in range(1, counted.get(where, 0) + 1)
        for kind in kinds[where]
    ]


def at(step: int, trouble: Trouble) -> Schedule:
    """The story with one trouble in one of its steps."""
    name = f"{trouble.kind.replace(' ', '-')}:{step + 1}:{trouble.where}:{trouble.nth}"
    steps = [replace(each, troubles=(trouble,)) if place == step else each for place, each in enumerate(STORY)]
    return Schedule(name, tuple(steps))


def named(name: str) -> Schedule:
    """The schedule of a name: a seed, `story`, `unanswered`, `twins:DATABASE:N` (all cycles run twice at once), or a kill.

    Raises `ValueError`.
    """
    if name.isdecimal():
        return random(int(name))
    if name in {"story", "unanswered"}:
        return Schedule(name, STORY if name == "story" else UNANSWERED)
    if name.startswith("twins:"):
        return Schedule(name, tuple(replace(each, company="twin") for each in STORY), name.split(":")[1])
    kind, step, where, nth = name.split(":")
    return at(int(step) - 1, Trouble(kind.replace("-", " "), where, int(nth)))


def random(seed: int, postgresql: bool | None = None) -> Schedule:
    """The schedule of a seed; each seed is always the same one."""
    dice = Random(seed)
    modules = dice.randint(1, len(MODULES))
    steps = [Step(60, tuple(Act("evidence", module, 3) for module in range(modules)))]
    steps += [_step(dice, modules) for _ in range(dice.randint(2, 5))]
    steps = [_troubled(dice, step, first=place == 0) for place, step in enumerate(steps)]
    return Schedule(str(seed), tuple(steps), "postgresql" if seed % 10 == 0 else "sqlite", fresh=dice.random() < 0.1)


def _step(dice: Random, modules: int) -> Step:
    acts = []
    for module in range(modules):
        what = dice.choices(
            ("", "evidence", "late", "close", "dismiss", "note", "ask", "delete"), (30, 36, 8, 16, 3, 4, 8, 2)
        )[0]  # fmt: skip
        if what:
            acts.append(Act(what, module, dice.choice((1, 2, 3, 4)) if what in {"evidence", "late"} else 0))
    if dice.random() < 0.12:
        acts.append(Act("forget"))
    return Step(dice.choice((3, 8, 60, 120, 180, 360)), tuple(acts))


def _troubled(dice: Random, step: Step, *, first: bool) -> Step:
    """The step with none to three troubles, and now and then in company."""
    number = dice.choices((0, 1, 2, 3), (15, 50, 25, 10))[0]
    troubles = tuple(_trouble(dice, first=first) for _ in range(number))
    stops = [trouble for trouble in troubles if trouble.kind in STOPS]  # one is enough to be late
    troubles = tuple(trouble for trouble in troubles if trouble not in stops[1:])
    company = dice.choices(("", "twin", "stranger"), (80, 14, 6))[0]
    if company and stops:
        company = ""
    lag = dice.choice((1, SETTLE - 1, SETTLE - 1, 90)) if dice.random() < 0.2 else 0
    return replace(step, troubles=troubles, company=company, lag=lag, away=dice.choice((LEASE + 1, SETTLE + 2)))


def _trouble(dice: Random, *, first: bool) -> Trouble:
    """A trouble where it is likely to hit something: issues are opened in the first cycle, comments made in later ones."""
    weights = (60, 0, 10, 8, 6, 16) if first else (5, 18, 34, 12, 12, 19)
    where = dice.choices(("open", "comment", "write", "request", "list", "commit"), weights)[0]
    if where == "commit":
        return Trouble(dice.choice((*KILLS, "stop after")), where, dice.randint(1, 16))
    if where == "list":
        return Trouble(dice.choice((*LISTS, *UNCLEAR)), where, dice.randint(1, 3))
    kinds = dice.choices((UNCLEAR, KILLS, STOPS, LIMITS, REFUSALS), (44, 16, 16, 18, 6))[0]
    return Trouble(
        dice.choice(kinds), where, dice.randint(1, 12) if where == "request" else dice.choice((1, 1, 1, 2, 2, 3))
    )
