"""What happens in a soak, round by round, as values that a seed alone decides."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from itertools import count
from random import Random

from tests.soak.github_stand import MOODS

# What people do, and how often. The first round of each soak only writes sessions.
ACTS = {
    "new story": 10, "evidence": 10, "growth": 4, "copy": 3, "plain": 6, "burst": 2, "damage": 2, "poison": 3, "mend": 3,
    "close": 4, "dismiss": 1, "reopen": 1, "silence": 2, "unsilence": 2, "ask": 2, "note": 2,
}  # fmt: skip
# What goes wrong, and how often.
TROUBLES = {
    "kill worker": 10, "kill main": 3, "kill child": 6, "term worker": 5, "stop worker": 5,
    "kill beat": 3, "term beat": 2, "two beats": 3,
    "kill redis": 4, "lose redis": 4, "flush redis": 5,
    "stop postgres": 6, "full disk": 3,
    "kill github": 3, **{f"github: {mood}": 2 for mood in MOODS},
    "old worker": 3, "previous worker": 3, "odd messages": 3, "clock ahead": 2, "clock behind": 2,
}  # fmt: skip
# What only one trouble at a time can happen to.
_PLACES = ("beat", "redis", "github", "clock")
ON_SERVER = frozenset({"stop postgres"})  # troubles that only a database server has


@dataclass(frozen=True, slots=True)
class Trouble:
    """One thing that goes wrong: so many seconds after the people acted, and for so long."""

    kind: str
    after: float
    lasts: float

    def __str__(self) -> str:
        return f"{self.kind} after {self.after:.1f} s for {self.lasts:.1f} s"


@dataclass(frozen=True, slots=True)
class Round:
    """What people do, and what goes wrong meanwhile; then there is quiet until all is well. `dice` decides the details."""

    number: int
    acts: tuple[str, ...]
    troubles: tuple[Trouble, ...]
    dice: Random

    def __str__(self) -> str:
        return f"round {self.number}: {', '.join(self.acts)}; {'; '.join(map(str, self.troubles)) or 'no trouble'}"


def rounds(seed: str, *, server: bool, kinds: Collection[str] = (), without: Collection[str] = ()) -> Iterator[Round]:
    """The rounds of a seed, without end, on a database server or on a file; only these `kinds` of trouble where named,
    `without` some kinds of trouble or acts.

    Every kind comes once before the first comes again, in the order of the seed; after that as often as it weighs.
    """
    dice = Random(f"{seed} {server}")
    possible = [kind for kind in kinds or TROUBLES if (server or kind not in ON_SERVER) and kind not in without]
    acts_now = {act: weight for act, weight in ACTS.items() if act not in without}
    waiting: list[str] = []
    for number in count(1):
        if not waiting:
            weights = [TROUBLES[kind] for kind in possible]
            waiting = [*dice.sample(possible, len(possible)), *dice.choices(possible, weights, k=len(possible))]
        acts = ["new story", *dice.choices([*acts_now], [*acts_now.values()], k=dice.randint(1, 4))]
        together: dict[str, str] = {}
        for kind in waiting[: dice.choice((1, 1, 1, 2, 2, 3))]:
            together.setdefault(next((place for place in _PLACES if place in kind), kind), kind)
        for kind in together.values():
            waiting.remove(kind)
        troubles = [_trouble(dice, kind) for kind in together.values()]
        if number == 1:
            acts, troubles = ["new story", "new story", "plain", "burst"], []
        yield Round(number, tuple(acts), tuple(troubles), Random(dice.random()))


def _trouble(dice: Random, kind: str) -> Trouble:
    lasts = dice.uniform(0.5, 5)
    if kind in {"stop worker", "full disk", "old worker", "previous worker"} or kind.startswith(("github:", "clock")):
        lasts = dice.uniform(4, 10)  # longer than a lease, so that others take over
    # What is written is filed two or three seconds later.
    return Trouble(kind, dice.uniform(0, 1 if kind.startswith("github:") else 3), lasts)
