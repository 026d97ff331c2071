"""Doing what was planned: rendering, the last look for secrets, and one write at a time, each kept before it is sent."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import NamedTuple, TypeVar

from bot.core.comments import Note, note_of, signed
from bot.core.comments import said as said_of
from bot.core.history import Intent, IssueComment, Remark
from bot.core.issue_values import NOTHING_MORE, RenderContext, Shown
from bot.core.judge import UNJUDGED, Judgement
from bot.core.marker import Marker, content, parse, region, replace_region, room
from bot.core.model import Action, Finding, KnownIssue, Listing, Problem, Result
from bot.core.render import Rendered, Renderer, blamed
from bot.core.rule_model import Rule
from bot.ports import Scanner, Store, Tracker, TrackerError

_MORE_ROOM = 1_000  # size left between a body and the limit: what a person may still add to a full issue

# Under pressure the first come first: a regression, something new, what people are told, an edit, a close.
_ORDER = ("reopen", "open", "comment", "update", "close")


class Press:
    """Makes the text of issues, and looks at it once more for secrets before anyone may see it."""

    def __init__(
        self,
        renderer: Renderer,
        scanner: Scanner | None,
        context: RenderContext,
        paths: Mapping[str, str],
        url: str = "",
    ) -> None:
        self._renderer, self._scanner, self._context = renderer, scanner, context
        self._paths, self._url = paths, url

    def render(
        self,
        finding: Finding,
        rule: Rule,
        *,
        limit: int,
        judgement: Judgement = UNJUDGED,
        earlier: int | None = None,
        shown: Shown = NOTHING_MORE,
    ) -> Rendered | Problem:
        """The issue of a finding, safe to post; without the excerpts, then without the evidence that the scanner stops.

        `limit` is the size that it may have, `earlier` the issue that it follows, `shown` what maintainers ordered. A text that
        holds a secret even then is withheld: a `Problem` that says so and names no secret.
        """
        path = self._paths.get(rule.id, f"{rule.id}.yml")
        url = self._url.replace("{path}", path).replace("{id}", rule.id)
        context = replace(
            self._context, rule_path=path, rule_url=url, limit=limit, judgement=judgement, earlier=earlier, shown=shown
        )
        rendered = self._renderer.issue(finding, rule, context)
        for weaker in ("excerpts", "evidence"):
            secrets = self._secrets(rendered)
            if isinstance(rendered, Problem) or not secrets:
                return rendered
            withheld = blamed(finding, secrets) if weaker == "excerpts" else frozenset()
            context = replace(
                context, withheld=context.withheld | withheld, evidence=weaker == "excerpts" and bool(withheld)
            )
            rendered = self._renderer.issue(finding, rule, context)
        if not self._secrets(rendered):
            return rendered
        message = "the outbound scanner sees a secret in its text even without evidence: look at the rule's texts and group key"
        return Problem("withheld", path, message)

    def secret(self, text: str) -> bool:
        """Whether the scanner sees a secret in a text that is about to be published."""
        return bool(self._scanner and self._scanner.find(f"{text}\n{text.replace(chr(92), '')}"))

    def _secrets(self, rendered: Rendered | Problem) -> tuple[str, ...]:
        if self._scanner is None or isinstance(rendered, Problem):
            return ()  # nothing is posted, so nothing is looked at: building the scanner takes seconds
        # Markdown writes `ghp\\_…` for what a browser shows as `ghp_…`: the text is looked at in both ways.
        return self._scanner.find(f"{rendered.title}\n{rendered.body}\n{rendered.body.replace(chr(92), '')}")


def body_limit(issue: KnownIssue | None) -> int:
    """How long the bot's part of an issue may be, beside what people wrote there."""
    return max(0, room(issue.body if issue else "") - _MORE_ROOM)


_Written = TypeVar("_Written", IssueComment, Remark)


class _Snapshot(NamedTuple):
    """What the plan was made with: the nonces of open intents, and the issues that were listed."""

    nonces: frozenset[str]
    issues: frozenset[tuple[str, int]]


class _Saying(NamedTuple):
    """A comment that is to be made once: `fingerprint` is "" for an answer, `topic` tells comments of an issue apart."""

    repository: str
    fingerprint: str
    issue: int
    topic: str
    text: str


class _Left(Exception):  # noqa: N818 - nothing went wrong: somebody else does it, or it has to wait
    """An action that is left alone in this cycle."""


@dataclass(frozen=True, slots=True)
class Filer:
    """Writes planned actions to GitHub: under a lease each, nothing twice, and no request ever repeated.

    `now` is the moment of the cycle, `clock` the machine's: leases run by that. `holder` names this process. `settle` is
    how long an unanswered comment is looked for before it is made again.
    """

    tracker: Tracker
    store: Store
    key: bytes
    nonce: Callable[[], str]
    now: datetime
    clock: Callable[[], datetime]
    holder: str
    lease: timedelta = timedelta(minutes=5)
    settle: timedelta = timedelta(minutes=10)

    def file(
        self, actions: Sequence[Action], listings: Mapping[str, Listing], known: Iterable[Intent]
    ) -> tuple[Result, ...]:
        """What became of each action that writes, in the order of the plan; what another process does is left out.

        `known` are the open intents that the plan was made with. One failure costs only itself, a limit puts off the rest.
        """
        issues = {(issue.repository, issue.number): issue for listing in listings.values() for issue in listing.issues}
        snapshot = _Snapshot(frozenset(intent.nonce for intent in known), frozenset(issues))
        results: dict[int, Result] = {}
        put_off = ""
        writes = [(place, action) for place, action in enumerate(actions) if action.action in _ORDER]
        for place, action in sorted(writes, key=lambda each: (_ORDER.index(each[1].action), each[0])):
            error = put_off
            if not put_off:
                try:
                    issue = issues.get((action.repository, action.issue)) if action.issue else None
                    results[place] = self._under_lease(action, issue, snapshot)
                    continue
                except _Left:
                    continue
                except TrackerError as failed:
                    error = failed.message
                    error += "; the next cycle looks whether it was done" if failed.unclear else ""
                    put_off = f"put off: {failed.message}" if failed.code in {"rate_limited", "put_off"} else ""
            results[place] = Result(action.action, action.fingerprint, action.repository, action.issue, error)
        return tuple(results[place] for place in sorted(results))

    def tidy(self, repository: str) -> None:
        """Delete those of the bot's comments that say a topic again: what a process that was stopped made too late.

        A list that repeats an entry is no second comment: the issue's own list has to show two before one is deleted.
        """
        for issue in sorted({again.issue for again in self._repeated(self.store.remarks(repository))}):
            for comment in self._repeated(self.tracker.comments(repository, issue)):
                self.tracker.delete_comment(repository, comment.id)
                self.store.hear(repository, (), (comment.id,), None)

    def say(self, repository: str, issue: int, topic: str, text: str) -> bool:
        """Have a comment of this topic on an issue that says this: made where there is none, edited where it says another thing.

        False where an earlier one was not answered: it is looked for first, in the next cycles.
        """
        name = f"{repository}#{issue} {topic}"
        try:
            self._fence(name)
            said = self._said(repository, issue, topic)
            if said is None:
                self._comment(_Saying(repository, "", issue, topic, text), name, ())
            elif text.strip() != said_of(said.body):
                self._fence(name)
                note = self._note(said)
                self.tracker.reword(repository, said.id, signed(text, note, self.key) if note else text)
        except _Left:
            return False
        finally:
            self.store.release(name, self.holder)
        return True

    def unsay(self, repository: str, issue: int, topic: str) -> None:
        """Delete the comment of this topic, where there is one: what it answered is not asked any more."""
        said = self._said(repository, issue, topic)
        if said is not None:
            self.tracker.delete_comment(repository, said.id)
            self.store.hear(repository, (), (said.id,), None)

    def _said(self, repository: str, issue: int, topic: str) -> IssueComment | None:
        notes = ((each, self._note(each)) for each in self.tracker.comments(repository, issue))
        return next((each for each, note in notes if note and note.topic == topic), None)

    def _repeated(self, comments: Iterable[_Written]) -> Iterator[_Written]:
        """The bot's own comments that say what an older one on the same issue says."""
        first: dict[tuple[int, str], int] = {}
        for comment in sorted({each.id: each for each in comments}.values()):
            note = self._note(comment)
            if note and first.setdefault((comment.issue, note.topic), comment.id) != comment.id:
                yield comment

    def _note(self, comment: IssueComment | Remark) -> Note | None:
        """The hidden line of a comment that the bot wrote."""
        return note_of(comment.body, self.key) if comment.own else None

    def _under_lease(self, action: Action, issue: KnownIssue | None, known: _Snapshot) -> Result:
        name = f"{action.repository}/{action.fingerprint}"
        self._fence(name)
        try:
            number, url = self._done(action, issue, known, name)
        finally:
            self.store.release(name, self.holder)
        return Result(action.action, action.fingerprint, action.repository, number, url=url)

    def _fence(self, name: str) -> None:
        """Hold the lease from now on for its whole time; right before each write, so that it is known to be held then."""
        if not self.store.lease(name, self.holder, self.clock(), self.lease):
            raise _Left

    def _done(self, action: Action, issue: KnownIssue | None, known: _Snapshot, name: str) -> tuple[int, str]:
        if action.action == "open":
            self._check_unfiled(action, known)
            made = self._open(action, name)
            return made.number, made.url
        if issue is None:
            raise TrackerError("not_listed", f"{action.repository}#{action.issue} is not in the listing any more")
        if action.comment:
            self._check_unchanged(issue)
            saying = _Saying(action.repository, action.fingerprint, issue.number, action.topic, action.comment)
            self._comment(saying, name, self.tracker.comments(action.repository, issue.number))
        self._edit(action, issue, name)
        if action.action != "close":
            self.store.remember_issue(action.repository, action.fingerprint, issue.number, self.now)
        return issue.number, issue.url

    def _check_unfiled(self, action: Action, known: _Snapshot) -> None:
        """Leave to another process what it filed, or began to file, since this plan was made."""
        filed = self.store.issues(action.repository).get(action.fingerprint)
        if filed is not None and (action.repository, filed) not in known.issues:
            raise _Left
        for intent in self.store.intents(action.repository):
            if (intent.fingerprint, intent.what) == (action.fingerprint, "open") and intent.nonce not in known.nonces:
                raise _Left

    def _check_unchanged(self, issue: KnownIssue) -> None:
        """Look once more before people are told: what somebody did since the issue was listed may have settled it."""
        there = self.tracker.issue(issue.repository, issue.number)
        if there is None or (there.state, there.state_reason, there.locked) != (
            issue.state,
            issue.state_reason,
            issue.locked,
        ):
            place = f"{issue.repository}#{issue.number}"
            raise TrackerError(
                "changed_meanwhile", f"{place}: it was changed since it was listed; the next run looks again"
            )

    def _open(self, action: Action, name: str) -> KnownIssue:
        nonce = self.nonce()
        marker = Marker(action.fingerprint, nonce).having(**dict(action.fields))
        body = self._region(marker, action.body)
        self.store.intend(Intent(nonce, action.repository, action.fingerprint, "open", "", self.now))
        with self._settling(nonce):
            self._fence(name)
            issue = self.tracker.create(action.repository, action.title, body, action.labels)
        self.store.settle(nonce, "done", issue.number)
        self.store.remember_issue(action.repository, action.fingerprint, issue.number, self.now)
        return issue

    def _region(self, marker: Marker, text: str) -> str:
        try:
            return region(marker, text, self.key)
        except ValueError as error:
            raise TrackerError(
                "marker_too_long", f"the marker of its issue has no room for the rule's labels: {error}"
            ) from error

    def _comment(self, saying: _Saying, name: str, there: Iterable[IssueComment]) -> None:
        """Say it, unless it was said already; what nobody answered is looked for first, for as long as `settle`."""
        repository, fingerprint, number, topic, text = saying
        said = {note.topic for note in map(self._note, there) if note}
        for intent in self.store.intents(repository):
            if (intent.what, intent.fingerprint, intent.topic) == ("comment", fingerprint, topic):
                if topic in said:
                    self.store.settle(intent.nonce, "done", number)
                elif self.now - intent.at < self.settle:
                    raise _Left
        if topic in said:
            return
        nonce = self.nonce()
        self.store.intend(Intent(nonce, repository, fingerprint, "comment", topic, self.now, issue=number))
        with self._settling(nonce):
            self._fence(name)
            self.tracker.comment(repository, number, signed(text, Note(topic, nonce), self.key))
        self.store.settle(nonce, "done", number)

    @contextmanager
    def _settling(self, nonce: str) -> Iterator[None]:
        """An intent is over where GitHub refused it or nothing was sent; it stays open where nobody knows."""
        try:
            yield
        except (TrackerError, _Left) as error:
            if not (isinstance(error, TrackerError) and error.unclear):
                self.store.settle(nonce, "failed")
            raise

    def _edit(self, action: Action, issue: KnownIssue, name: str) -> None:
        """Everything that an action changes on its issue, in one PATCH."""
        old = parse(issue.body, self.key)
        if old is None and action.action != "close":
            raise TrackerError(
                "marker_lost", f"the marker of {issue.repository}#{issue.number} cannot be read any more"
            )
        state = {"reopen": "open", "close": "closed"}.get(action.action)
        body, labels = None, None
        if old is not None:
            written = [label for label in old.get("labels").split(",") if label]
            added = [label for label in action.labels if label not in written]  # what a person took off stays off
            fields = {**dict(action.fields), "labels": ",".join([*written, *added])}
            marker = Marker(action.fingerprint, old.nonce, old.fields).having(**fields)
            text = action.body or content(issue.body) or ""
            body = replace_region(issue.body, self._region(marker, text))
            labels = tuple(dict.fromkeys([*issue.labels, *added])) if set(added) - set(issue.labels) else None
        self._fence(name)
        self.tracker.edit(issue, body=body, labels=labels, state=state, reason=action.state_reason or None)
