"""The governor on a real store and real HTTP: nobody is over the budget, and a limit that GitHub tells holds everybody."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from multiprocessing import get_context
from pathlib import Path

import pytest

from bot.adapters.github import GithubTracker
from bot.adapters.github_auth import Credentials
from bot.adapters.github_http import Patience
from bot.adapters.governor import GovernedTracker
from bot.adapters.store import SqlStore
from bot.core.model import KnownIssue, Listing, Problem
from bot.ports import Allowance, Spend, Store, StoreError, TrackerError
from bot.sandbox.exchange import Answer, Request
from bot.sandbox.faults import Fault
from bot.sandbox.server import BOT, TOKEN, Sandbox
from tests.fakes import FakeTracker

NOW = datetime(2026, 2, 15, 23, 0, tzinfo=UTC)
HERE = "octo/demo"
SECOND, MINUTE = timedelta(seconds=1), timedelta(minutes=1)
QUICK = Patience(timeout=5, pause=0.01)
WIDE = Allowance(pause=timedelta(0))


@dataclass
class Time:
    """A clock that only sleeping and a test move."""

    now: datetime = NOW
    slept: list[float] = field(default_factory=list)

    def clock(self) -> datetime:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += timedelta(seconds=seconds)


@dataclass
class Budget:
    """The part of a store that the governor asks: answers given before, and what it was told."""

    answers: list[datetime | None] = field(default_factory=list)
    asked: list[tuple[str, Spend, datetime]] = field(default_factory=list)
    finished: list[Spend] = field(default_factory=list)
    held: list[tuple[str, datetime]] = field(default_factory=list)
    broken: bool = False

    def reserve(self, account: str, spend: Spend, now: datetime, allowed: Allowance) -> datetime | None:
        self.asked.append((account, spend, now))
        return self.answers.pop(0) if self.answers else None

    def finish(self, spend: Spend) -> None:
        self._fail()
        self.finished.append(spend)

    def hold(self, account: str, until: datetime, now: datetime) -> None:
        self._fail()
        self.held.append((account, until))

    def _fail(self) -> None:
        if self.broken:
            raise StoreError("database_lost", "the database is gone")


def governed(budget: Budget, time: Time, tracker: FakeTracker) -> GovernedTracker:
    store: Store = budget  # type: ignore[assignment]
    return GovernedTracker(tracker, store, lambda: BOT, time.clock, WIDE, time.sleep)


def test_a_write_is_taken_from_the_budget_before_and_given_up_after() -> None:
    budget, time, tracker = Budget(), Time(), FakeTracker()
    made = governed(budget, time, tracker).create(HERE, "Title", "body", ())
    [(account, spend, at)] = budget.asked
    assert (account, spend.content, spend.points, at) == (BOT, True, 5, NOW)
    assert (budget.finished, tracker.created, time.slept) == ([spend], [made], [])


def test_an_edit_makes_nothing_that_people_are_told_of() -> None:
    budget, tracker = Budget(), FakeTracker()
    made = tracker.add(HERE, "Title", "body")
    governed(budget, Time(), tracker).edit(made, title="Better")
    assert [(spend.content, spend.points) for _, spend, _ in budget.asked] == [(False, 5)]
    assert [issue.title for issue in tracker.edited] == ["Better"]


def test_a_comment_is_content_and_its_deletion_is_not() -> None:
    budget, tracker = Budget(), FakeTracker()
    made = tracker.add(HERE, "Title", "body")
    bot = governed(budget, Time(), tracker)
    said = bot.comment(HERE, made.number, "It came back.")
    bot.delete_comment(HERE, said.id)
    assert [(spend.content, spend.points) for _, spend, _ in budget.asked] == [(True, 5), (False, 5)]
    assert (bot.comments(HERE, made.number), len(budget.finished)) == ((), 2)


def test_a_limit_that_a_read_meets_holds_the_writes() -> None:
    class Limited(FakeTracker):
        def issue(self, repository: str, number: int) -> KnownIssue | None:
            raise TrackerError("rate_limited", "wait", until=NOW + 5 * MINUTE)

    budget = Budget()
    with pytest.raises(TrackerError, match="wait"):
        governed(budget, Time(), Limited()).issue(HERE, 1)
    assert (budget.held, budget.asked) == ([(BOT, NOW + 5 * MINUTE)], [])


def test_every_write_has_an_id_of_its_own() -> None:
    budget = Budget()
    tracker = governed(budget, Time(), FakeTracker())
    tracker.create(HERE, "One", "body", ())
    tracker.create(HERE, "Two", "body", ())
    assert len({spend.id for _, spend, _ in budget.asked}) == 2


def test_a_short_pause_is_waited_for_and_the_same_write_asked_again() -> None:
    budget, time, tracker = Budget([NOW + SECOND, NOW + 3 * SECOND]), Time(), FakeTracker()
    governed(budget, time, tracker).create(HERE, "Title", "body", ())
    assert time.slept == [1.0, 2.0]
    assert len({spend for _, spend, _ in budget.asked}) == 1
    assert len(tracker.created) == 1


def test_a_longer_wait_puts_the_write_off_and_sends_nothing() -> None:
    until = NOW + 2 * SECOND + timedelta(milliseconds=1)
    budget, time, tracker = Budget([until]), Time(), FakeTracker()
    with pytest.raises(TrackerError) as raised:
        governed(budget, time, tracker).create(HERE, "Title", "body", ())
    assert (raised.value.code, raised.value.until, raised.value.unclear) == ("put_off", until, False)
    assert raised.value.message.startswith("octo/demo: put off until 2026-02-15T23:00:02Z")
    assert (tracker.created, budget.finished, time.slept) == ([], [], [])


def test_a_write_that_never_gets_its_turn_is_put_off_after_half_a_minute() -> None:
    budget, time, tracker = Budget([NOW + each * SECOND for each in range(1, 100)]), Time(), FakeTracker()
    with pytest.raises(TrackerError, match="put off until 2026-02-15T23:00:31Z"):
        governed(budget, time, tracker).create(HERE, "Title", "body", ())
    assert (sum(time.slept), tracker.created) == (30.0, [])


def test_a_moment_that_is_over_already_is_not_asked_for_in_circles() -> None:
    budget, time = Budget([NOW - MINUTE] * 3), Time()
    governed(budget, time, FakeTracker()).create(HERE, "Title", "body", ())
    assert time.slept == [0.02, 0.02, 0.02]


@pytest.mark.parametrize("code", ["unavailable", "invalid"])
def test_a_write_that_failed_is_over_too(code: str) -> None:
    budget, tracker = Budget(), FakeTracker()
    tracker.failures.append(TrackerError(code, "no"))
    with pytest.raises(TrackerError, match="no"):
        governed(budget, Time(), tracker).create(HERE, "Title", "body", ())
    assert budget.finished == [spend for _, spend, _ in budget.asked]
    assert budget.held == []


def test_a_store_that_breaks_meanwhile_does_not_hide_what_github_answered() -> None:
    budget, tracker = Budget(broken=True), FakeTracker()
    assert governed(budget, Time(), tracker).create(HERE, "Title", "body", ()).number == 1
    tracker.failures.append(TrackerError("rate_limited", "wait", until=NOW + MINUTE))
    with pytest.raises(TrackerError, match="wait"):
        governed(budget, Time(), tracker).create(HERE, "Title", "body", ())


def test_a_rate_limit_without_an_end_holds_everybody_for_a_minute() -> None:
    budget, tracker = Budget(), FakeTracker()
    tracker.failures.append(TrackerError("rate_limited", "wait"))
    with pytest.raises(TrackerError, match="wait"):
        governed(budget, Time(), tracker).create(HERE, "Title", "body", ())
    assert budget.held == [(BOT, NOW + MINUTE)]


def test_a_listing_that_a_limit_cut_short_holds_everybody_too() -> None:
    class Limited(FakeTracker):
        def listing(self, repository: str, known: frozenset[int]) -> Listing:
            problem = Problem("rate_limited", repository, "wait")
            return replace(super().listing(repository, known), complete=False, problems=(problem,))

    budget = Budget()
    assert governed(budget, Time(), Limited()).listing(HERE, frozenset()).complete is False
    assert budget.held == [(BOT, NOW + MINUTE)]


def test_nothing_is_sent_while_nobody_can_tell_whose_budget_it_is() -> None:
    def nobody() -> str:
        raise TrackerError("unreachable", "no answer")

    tracker, budget = FakeTracker(), Budget()
    store: Store = budget  # type: ignore[assignment]
    with pytest.raises(TrackerError, match="no answer"):
        GovernedTracker(tracker, store, nobody, Time().clock, WIDE).create(HERE, "Title", "body", ())
    assert (tracker.created, budget.asked) == ([], [])


@pytest.fixture(params=["sqlite", "postgres"])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/bot.db"
    return str(request.getfixturevalue("postgres_url"))


@pytest.fixture
def box() -> Iterator[Sandbox]:
    with Sandbox() as made:
        made.add_repository(HERE)
        yield made


@contextmanager
def bot(database: str, url: str, allowance: Allowance, time: Time) -> Iterator[GovernedTracker]:
    """One process's tracker: its own connections to the store and to the sandbox."""
    with ExitStack() as opened:
        store = opened.enter_context(SqlStore.open(database))
        github = opened.enter_context(GithubTracker(Credentials(TOKEN), api_url=url, patience=QUICK))
        yield GovernedTracker(github, store, github.login, time.clock, allowance, time.sleep)


def file_all(database: str, url: str, allowance: Allowance, titles: tuple[str, ...]) -> list[str]:
    """What became of each filing, at a moment that does not pass: its title or the code of the error."""
    came: list[str] = []
    with bot(database, url, allowance, Time()) as tracker:
        for title in titles:
            try:
                came.append(tracker.create(HERE, title, "body", ()).title)
            except TrackerError as error:
                came.append(error.code)
    return came


def titles(*names: str) -> list[tuple[str, ...]]:
    return [tuple(f"{name}{number}" for number in range(5)) for name in names]


def listed(box: Sandbox) -> set[str]:
    with box.acting(HERE) as acts:
        return {issue.title for issue in acts.repository.issues.values()}


def test_threads_together_make_no_more_than_the_budget_of_a_minute(database: str, box: Sandbox) -> None:
    with SqlStore.open(database):
        pass  # the tables are there
    allowance = replace(WIDE, content_a_minute=7)
    with ThreadPoolExecutor(4) as pool:
        came = pool.map(lambda some: file_all(database, box.url, allowance, some), titles("a", "b", "c", "d"))
        every = [each for some in came for each in some]
    assert (every.count("put_off"), len(every)) == (13, 20)
    assert listed(box) == set(every) - {"put_off"}


def test_processes_together_make_no_more_than_the_budget_of_an_hour(tmp_path: Path, box: Sandbox) -> None:
    database = f"sqlite:///{tmp_path}/bot.db"
    with SqlStore.open(database):
        pass
    allowance = replace(WIDE, content_an_hour=4)
    with ProcessPoolExecutor(2, mp_context=get_context("spawn")) as pool:
        came = [pool.submit(file_all, database, box.url, allowance, some) for some in titles("a", "b")]
        every = [each for some in came for each in some.result()]
    assert (every.count("put_off"), len(listed(box))) == (6, 4)


def test_the_budget_is_there_again_when_its_minute_is_over(database: str, box: Sandbox) -> None:
    time = Time()
    with bot(database, box.url, replace(WIDE, content_a_minute=1), time) as tracker:
        tracker.create(HERE, "One", "body", ())
        with pytest.raises(TrackerError) as raised:
            tracker.create(HERE, "Two", "body", ())
        assert raised.value.until is not None
        assert NOW < raised.value.until <= NOW + MINUTE
        time.now = raised.value.until
        tracker.create(HERE, "Two", "body", ())
    assert listed(box) == {"One", "Two"}


def test_between_two_writes_is_a_pause_whoever_sends_them(database: str, box: Sandbox) -> None:
    time = Time()
    allowance = Allowance(pause=SECOND)
    with bot(database, box.url, allowance, time) as one, bot(database, box.url, allowance, time) as other:
        one.create(HERE, "One", "body", ())
        other.create(HERE, "Two", "body", ())
    assert time.now == NOW + SECOND


def refusing(status: int, **headers: str) -> Callable[[Request], Fault | None]:
    """Refuse the next POST with these headers and GitHub's words for a secondary limit."""
    said = {"message": "You have exceeded a secondary rate limit."}
    left = [Fault(effect=False, answer=Answer(status, said, headers))]
    return lambda request: left.pop() if request.method == "POST" and left else None


@pytest.mark.parametrize("status", [403, 429])
@pytest.mark.parametrize(
    ("headers", "wait"),
    [({"Retry-After": "90"}, 90), ({}, 60), ({"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "0"}, 60)],
)
def test_what_github_refuses_one_puts_all_others_off(
    tmp_path: Path, box: Sandbox, status: int, headers: dict[str, str], wait: int
) -> None:
    database, time = f"sqlite:///{tmp_path}/bot.db", Time(datetime.now(UTC))
    box.fault = refusing(status, **headers)
    with bot(database, box.url, WIDE, time) as one, bot(database, box.url, WIDE, time) as other:
        with pytest.raises(TrackerError) as refused:
            one.create(HERE, "One", "body", ())
        with pytest.raises(TrackerError) as put_off:
            other.create(HERE, "Two", "body", ())
        until = refused.value.until
        assert until is not None
        assert (refused.value.code, put_off.value.code) == ("rate_limited", "put_off")
        assert timedelta(0) <= until - time.now - timedelta(seconds=wait) < MINUTE  # the refusal came a little later
        time.now = until
        other.create(HERE, "Two", "body", ())
    assert listed(box) == {"Two"}


def test_a_refusal_is_remembered_for_processes_that_begin_later(tmp_path: Path, box: Sandbox) -> None:
    database, time = f"sqlite:///{tmp_path}/bot.db", Time(datetime.now(UTC))
    box.fault = refusing(429)
    with bot(database, box.url, WIDE, time) as one, pytest.raises(TrackerError):
        one.create(HERE, "One", "body", ())
    assert file_all_at(database, box.url, time) == "put_off"


def file_all_at(database: str, url: str, time: Time) -> str:
    with bot(database, url, WIDE, time) as tracker, pytest.raises(TrackerError) as raised:
        tracker.create(HERE, "Later", "body", ())
    return raised.value.code
