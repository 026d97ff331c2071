"""Whatever people say and whichever questions fail: who asks on from the told moment has heard everything in the end."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import example, given, settings
from hypothesis import strategies as st

from bot.adapters.github import GithubTracker
from bot.ports import TrackerError
from bot.sandbox.exchange import Request
from bot.sandbox.faults import BAD_GATEWAY_AFTER, CUT_BEFORE, Fault
from tests.fakes_store import RememberingStore
from tests.github_days import Days, days
from tests.issue_json import REPOSITORY

LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)
LIST = "/issues/comments"
Step = tuple[str, int]

_ACTS = st.one_of(
    st.tuples(st.just("say"), st.sampled_from([1, 1, 2, 60, 130])),
    st.tuples(st.just("edit"), st.integers(0, 400)),
    st.tuples(st.just("later"), st.sampled_from([1, 1, 30, 86_400])),
)
_STEPS = st.one_of(
    _ACTS,
    st.tuples(st.just("ask"), st.just(0)),
    st.tuples(st.just("fail"), st.integers(1, 4)),
    st.tuples(st.just("meanwhile"), st.integers(1, 4), st.lists(_ACTS, min_size=1, max_size=3)),
)


class Life:
    """People who comment, and a listener that asks GitHub and keeps only what it is told; `overlap` is taken off."""

    def __init__(self, here: Days, overlap: timedelta) -> None:
        self._here, self._overlap = here, overlap
        self.said: dict[int, str] = {}
        self.heard: dict[int, str] = {}
        self._store = RememberingStore()

    def say(self, many: int) -> None:
        for each in range(many):
            with self._here.box.acting(REPOSITORY, "ann") as acts:
                made = acts.comment(acts.repository.issues[1], f"{len(self.said)}")
            self.said[made.id] = made.body
            self._here.clock.later(microseconds=300_000 * (each % 2))

    def edit(self, which: int) -> None:
        if self.said:
            chosen = sorted(self.said)[which % len(self.said)]
            self.said[chosen] += " edited"
            with self._here.box.acting(REPOSITORY, "ann") as acts:
                acts.recomment(acts.repository.comments[chosen], self.said[chosen])

    def later(self, seconds: int) -> None:
        self._here.clock.later(seconds=seconds)

    def ask(self, _: int = 0) -> None:
        since = self._store.heard(REPOSITORY) or LONG_AGO
        with self._here.tracker() as github:
            told = self._ask(github, since)
        for each in told.comments if told else ():
            self.heard[each.id] = each.body
        if told and told.until:
            self._store.hear(REPOSITORY, [], [], told.until - self._overlap)

    @staticmethod
    def _ask(github: GithubTracker, since: datetime) -> Any:
        try:
            return github.talk(REPOSITORY, since)
        except TrackerError:
            return None

    def fail(self, nth: int) -> None:
        """Ask, where the nth page and all behind it cannot be had."""
        self._during(lambda asked: (BAD_GATEWAY_AFTER if nth % 2 else CUT_BEFORE) if asked >= nth else None)

    def meanwhile(self, nth: int, acts: list[Step]) -> None:
        """Ask, while people do something just before the nth page is answered."""

        def happen(asked: int) -> None:
            for name, much in acts if asked == nth else ():
                getattr(self, name)(much)

        self._during(happen)

    def _during(self, decide: Callable[[int], Fault | None]) -> None:
        asked = 0

        def hook(request: Request) -> Fault | None:
            nonlocal asked
            asked += request.path.endswith(LIST)
            return decide(asked) if request.path.endswith(LIST) else None

        self._here.box.fault = hook
        self.ask()
        self._here.box.fault = None


@settings(max_examples=25)
@given(st.lists(_STEPS, max_size=10), st.sampled_from([0, 60]))
@example([("say", 130), ("ask", 0), ("meanwhile", 2, [("edit", 3)]), ("later", 1), ("edit", 3)], 0)
@example([("say", 130), ("meanwhile", 2, [("say", 130), ("later", 1), ("edit", 0)]), ("say", 1)], 0)
@example([("say", 60), ("say", 60), ("fail", 2), ("later", 86_400), ("edit", 0), ("fail", 1)], 0)
def test_no_comment_and_no_edit_is_missed_by_any_outage(steps: list[Any], overlap: int) -> None:
    with days() as here:
        here.file()
        life = Life(here, timedelta(seconds=overlap))
        for name, *much in steps:
            getattr(life, name)(*much)
        life.ask()
        assert life.heard == life.said
