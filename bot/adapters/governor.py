"""The governor: no write reaches GitHub but within the budget that all processes of one account share in the store.

GitHub limits what an account makes in a minute and in an hour, however many processes it runs, and asks for a pause
between two writes (https://docs.github.com/en/rest/using-the-rest-api/best-practices-for-using-the-rest-api). What is
over the budget is put off to a later cycle; only the short pause between two writes is waited for here.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from bot.core.history import Change, History, IssueComment, Talk
from bot.core.model import KnownIssue, Listing, Problem
from bot.ports import Allowance, Spend, Store, StoreError, Tracker, TrackerError

_SHORT = timedelta(seconds=2)  # a wait up to this is the pause between two writes; a longer one puts the work off
_PATIENCE = timedelta(seconds=30)  # of one write for its turn among many; the lease it is made under lasts far longer
_LEAST = timedelta(milliseconds=20)  # between two questions, so that nobody asks the store in circles
_MINUTE = timedelta(minutes=1)  # the least that GitHub asks to wait where it does not say how long
_WRITE = 5  # points that GitHub counts for a POST, PATCH or DELETE
_REACTION = 2 * _WRITE  # one comes, and mostly another one goes
_USUAL = Allowance()


@dataclass(frozen=True, slots=True)
class GovernedTracker:
    """A tracker (`bot.ports.Tracker`) whose writes keep within the budget of the account, together with all others.

    `account` tells the bot's login, asked for at the first write. `clock` is the machine's. A write that is put off raises
    `TrackerError` (`put_off`, with `until`) and was not sent. A rate limit that GitHub says is reached holds everybody's
    writes until it ends. `sleep` waits so many seconds.
    """

    tracker: Tracker
    store: Store
    account: Callable[[], str]
    clock: Callable[[], datetime]
    allowance: Allowance = _USUAL
    sleep: Callable[[float], None] = time.sleep

    @property
    def problems(self) -> tuple[Problem, ...]:
        """What was done, but not quite as asked, in the order it was noticed."""
        return self.tracker.problems

    def listing(self, repository: str, known: frozenset[int]) -> Listing:
        """Every issue of the bot's own account; see `Tracker`."""
        return self._listed(self.tracker.listing(repository, known))

    def glance(self, repository: str, known: frozenset[int], now: datetime) -> Listing:
        """What the last listing held with all that changed since; see `Tracker`."""
        return self._listed(self.tracker.glance(repository, known, now))

    def issue(self, repository: str, number: int) -> KnownIssue | None:
        """One issue; see `Tracker`."""
        with self._heeding():
            return self.tracker.issue(repository, number)

    def history(self, issue: KnownIssue) -> History:
        """What happened to an issue; see `Tracker`."""
        with self._heeding():
            return self.tracker.history(issue)

    def commits(self, repository: str) -> tuple[Change, ...]:
        """Commits and merged pull requests that name an issue; see `Tracker`."""
        with self._heeding():
            return self.tracker.commits(repository)

    def change(self, repository: str, ref: str) -> Change | None:
        """One commit or merged pull request; see `Tracker`."""
        with self._heeding():
            return self.tracker.change(repository, ref)

    def comments(self, repository: str, issue: int) -> tuple[IssueComment, ...]:
        """Comments of an issue; see `Tracker`."""
        with self._heeding():
            return self.tracker.comments(repository, issue)

    def talk(self, repository: str, since: datetime) -> Talk:
        """Comments of a repository that were made or edited; see `Tracker`."""
        with self._heeding():
            return self.tracker.talk(repository, since)

    def remark(self, repository: str, comment: int) -> IssueComment | None:
        """One comment; see `Tracker`."""
        with self._heeding():
            return self.tracker.remark(repository, comment)

    def role(self, repository: str, login: str) -> str:
        """What an account may do; see `Tracker`."""
        with self._heeding():
            return self.tracker.role(repository, login)

    def react(self, repository: str, comment: int, wanted: frozenset[str]) -> None:
        """Set the bot's reactions to a comment within the budget; see `Tracker`."""
        with self._spending(repository, content=False, points=_REACTION):
            self.tracker.react(repository, comment, wanted)

    def create(self, repository: str, title: str, body: str, labels: tuple[str, ...]) -> KnownIssue:
        """Open an issue within the budget; see `Tracker`."""
        with self._spending(repository, content=True):
            return self.tracker.create(repository, title, body, labels)

    def edit(
        self,
        issue: KnownIssue,
        *,
        title: str | None = None,
        body: str | None = None,
        labels: tuple[str, ...] | None = None,
        state: str | None = None,
        reason: str | None = None,
    ) -> None:
        """Change an issue within the budget; see `Tracker`."""
        with self._spending(f"{issue.repository}#{issue.number}", content=False):
            self.tracker.edit(issue, title=title, body=body, labels=labels, state=state, reason=reason)

    def comment(self, repository: str, issue: int, body: str) -> IssueComment:
        """Comment within the budget; see `Tracker`."""
        with self._spending(f"{repository}#{issue}", content=True):
            return self.tracker.comment(repository, issue, body)

    def reword(self, repository: str, comment: int, body: str) -> None:
        """Edit a comment within the budget; see `Tracker`."""
        with self._spending(repository, content=False):
            self.tracker.reword(repository, comment, body)

    def delete_comment(self, repository: str, comment: int) -> None:
        """Delete a comment within the budget; see `Tracker`."""
        with self._spending(repository, content=False):
            self.tracker.delete_comment(repository, comment)

    @contextmanager
    def _spending(self, place: str, *, content: bool, points: int = _WRITE) -> Iterator[None]:
        """One write: taken from the budget before it is sent, over when the block is left."""
        account = self.account()
        spend = Spend(secrets.token_hex(16), content, points)
        self._take_turn(account, spend, place)
        try:
            with self._heeding():
                yield
        finally:
            # What GitHub answered is worth more than the store's word: after a minute the request counts as over anyway.
            with suppress(StoreError):
                self.store.finish(spend)

    def _take_turn(self, account: str, spend: Spend, place: str) -> None:
        """Return when the write may be sent; raises `put_off` where that is later than the pause between two writes."""
        waited = timedelta(0)
        while True:
            now = self.clock()
            until = self.store.reserve(account, spend, now, self.allowance)
            if until is None:
                return
            pause = max(until - now, _LEAST)
            if pause > _SHORT or waited + pause > _PATIENCE:
                raise _put_off(place, until)
            self.sleep(pause.total_seconds())
            waited += pause

    @contextmanager
    def _heeding(self) -> Iterator[None]:
        """Tell everybody where GitHub says that a limit is reached."""
        try:
            yield
        except TrackerError as error:
            if error.code == "rate_limited":
                self._hold(error.until)
            raise

    def _listed(self, listing: Listing) -> Listing:
        """A listing that a limit cut short does not say until when: then it is the least that GitHub asks for."""
        if any(problem.code == "rate_limited" for problem in listing.problems):
            self._hold(None)
        return listing

    def _hold(self, until: datetime | None) -> None:
        # Where the login cannot be asked for or the store fails, the refusal itself is what has to be told.
        with suppress(TrackerError, StoreError):
            now = self.clock()
            self.store.hold(self.account(), until or now + _MINUTE, now)


def _put_off(place: str, until: datetime) -> TrackerError:
    when = until.astimezone(UTC)
    message = (
        f"{place}: put off until {when:%Y-%m-%dT%H:%M:%SZ}, so that GitHub's limits are kept; run again after that"
    )
    return TrackerError("put_off", message, until=until)
