"""Looking: what GitHub and a local clone say about the issues of findings, put together into cases for the plan."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from bot.core.carry import carried
from bot.core.case import Canonical, Case
from bot.core.count import NOTHING_ASKED, Asked, fingerprint
from bot.core.fixes import mentions
from bot.core.history import NO_HISTORY, Change, History, Intent
from bot.core.judge import Facts, Judgement, governing, judge
from bot.core.model import Finding, KnownIssue, Listing, Problem, Signal
from bot.core.orders import Orders, base_key
from bot.core.origin import Crowd, Origin
from bot.core.rule_model import Rule
from bot.core.slash import NO_WISHES, Wishes
from bot.landed import Grounds, Landed, versions
from bot.ledger import Standing
from bot.ports import Codebase, Store, StoreError, Tracker, TrackerError

_CHAIN = 10  # duplicates of duplicates that are followed


@dataclass(frozen=True, slots=True)
class Evaluation:
    """What counting found, with what judging needs of the sessions.

    `orders` are those of the comments of each repository, `asked` what they ask for single findings, `left_out` the
    evidence of people who are silenced. `unheard` are repositories where nobody knows what was said, and why.
    `first_seen(of, version)` is the first moment at which any session ran at least that version of the agent ("agent") or
    captured it, None where none did. `crowd` tells of sessions that are not among the origins. `standings` are findings with an
    issue that are not looked at now.
    """

    findings: Sequence[Finding]
    origins: Mapping[str, Origin]
    rules: Mapping[str, Rule]
    first_seen: Callable[[str, str], datetime | None]
    orders: Mapping[str, Orders] = field(default_factory=dict)
    asked: Asked = NOTHING_ASKED
    unheard: Mapping[str, str] = field(default_factory=dict)
    left_out: tuple[Signal, ...] = ()
    crowd: Crowd | None = None
    standings: Mapping[str, Standing] = field(default_factory=dict)

    def rule_of(self, finding: Finding) -> Rule:
        """The rule of a finding, as a comment in its issue wants it: what opens it there reopens it too."""
        rule = self.rules[finding.rule]
        threshold = self.asked.thresholds.get(finding.fingerprint)
        if threshold is None:
            return rule
        regression = rule.regression
        if threshold.sessions != rule.threshold.sessions:
            regression = regression.model_copy(update={"sessions": threshold.sessions})
        return rule.model_copy(update={"threshold": threshold, "regression": regression})

    def wishes(self, repository: str, issues: Sequence[KnownIssue]) -> Wishes:
        """What the comments in the issue that decides ordered, or else in another one of the same finding."""
        ordered = self.orders.get(repository)
        main = governing(issues)
        numbers = [main.number, *(issue.number for issue in issues)] if main else []
        found = (ordered.wishes[number] for number in numbers if ordered and number in ordered.wishes)
        return next(found, NO_WISHES)


@dataclass
class Observer:
    """Asks GitHub, the store and a clone, each thing once; what cannot be asked becomes a problem and costs only itself."""

    tracker: Tracker | None
    store: Store
    codebase: Codebase | None
    now: datetime
    clock: Callable[[], datetime]
    problems: list[Problem]
    settle: timedelta
    _changes: dict[str, tuple[Change, ...]] = field(default_factory=dict)
    _gone: dict[str, Mapping[int, str]] = field(default_factory=dict)
    _unread: dict[str, str] = field(default_factory=dict)
    _filed: dict[str, Mapping[str, int]] = field(default_factory=dict)
    _histories: dict[tuple[str, int], tuple[KnownIssue, History]] = field(default_factory=dict)
    _named: dict[str, tuple[Mapping[int, list[Change]], tuple[Change, ...]]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.landed = Landed(self.tracker, self.codebase, self.problems)

    def listings(self, repositories: Iterable[str], *, whole: bool) -> dict[str, Listing]:
        """What these repositories hold of the bot's issues: quickly, or `whole`, as it is needed before anything is opened."""
        return (
            {repository: self._listing(repository, whole=whole) for repository in repositories} if self.tracker else {}
        )

    def intents(self, repositories: Iterable[str]) -> tuple[Intent, ...]:
        """The intents that are open in these repositories."""
        return tuple(intent for repository in repositories for intent in self.store.intents(repository))

    def cases(
        self, evaluation: Evaluation, listings: Mapping[str, Listing], intents: Sequence[Intent]
    ) -> tuple[Case, ...]:
        """Each finding with its issues and the judgement on it."""
        found: list[Case] = []
        for repository in sorted({finding.repository for finding in evaluation.findings}):
            listing = listings.get(repository)
            here = [finding for finding in evaluation.findings if finding.repository == repository]
            looked_at = {finding.fingerprint for finding in here}
            issues_of_others = evaluation.standings.keys() - looked_at
            about = [each for each in (listing.issues if listing else ()) if each.fingerprint not in issues_of_others]
            shared = carried(here, evaluation.rules, about)
            for finding in here:
                issues, claimed = shared[finding.fingerprint]
                split = not evaluation.asked.splits.keys().isdisjoint(_bases(finding, evaluation))
                try:
                    case = self._case(finding, evaluation, issues, listing, intents)
                except StoreError:
                    raise
                except Exception as error:  # noqa: BLE001 - whatever it is costs this finding only
                    self.problems.append(unexpected(finding, error))
                    continue
                found.append(replace(case, claimed=None if split else claimed))
        return tuple(found)

    def _listing(self, repository: str, *, whole: bool) -> Listing:
        assert self.tracker is not None  # noqa: S101 - `listings` asks only then
        filed, gone = self.store.issues(repository), self._fates(repository)
        known = frozenset(filed.values()) - gone.keys()
        listing = (
            self.tracker.listing(repository, known) if whole else self.tracker.glance(repository, known, self.clock())
        )
        for number, fate in listing.gone:
            self.store.remember_gone(repository, number, fate, self.now)
        if listing.gone:
            self._gone.pop(repository, None)
        self.problems.extend(problem for problem in listing.problems if problem not in self.problems)
        self._filed[repository] = filed
        listing = replace(listing, issues=_recognised(listing.issues, filed))
        self._adopt(repository, filed, listing.issues)
        return listing

    def _adopt(self, repository: str, filed: Mapping[str, int], issues: Sequence[KnownIssue]) -> None:
        """Remember where the bot's issues are, and that a filing without an answer did arrive."""
        by_fingerprint: dict[str, list[KnownIssue]] = {}
        for issue in issues:
            if issue.fingerprint:
                by_fingerprint.setdefault(issue.fingerprint, []).append(issue)
        for intent in self.store.intents(repository):
            there = [each for each in by_fingerprint.get(intent.fingerprint, ()) if each.nonce == intent.nonce]
            if intent.what == "open" and there:
                self.store.settle(intent.nonce, "done", there[0].number)
            elif intent.what == "open" and intent.fingerprint in by_fingerprint and self.now - intent.at >= self.settle:
                self.store.settle(intent.nonce, "given_up")  # somebody else's filing of the same arrived
        for name, known in by_fingerprint.items():
            main = governing(known)
            before = filed.get(name)
            if main and before not in self._fates(repository) and before not in {issue.number for issue in known}:
                self.store.remember_issue(repository, name, main.number, self.now)

    def _fates(self, repository: str) -> Mapping[int, str]:
        if repository not in self._gone:
            self._gone[repository] = self.store.gone(repository)
        return self._gone[repository]

    def _case(
        self,
        finding: Finding,
        evaluation: Evaluation,
        issues: tuple[KnownIssue, ...],
        listing: Listing | None,
        intents: Sequence[Intent],
    ) -> Case:
        rule, repository = evaluation.rule_of(finding), finding.repository
        main, wishes = governing(issues), evaluation.wishes(repository, issues)
        issue, history, canonical = main, NO_HISTORY, None
        # Before the history: a change that leaves its issue untouched is only seen among the commits.
        changes = self.changes(repository) if rule.fixes or wishes.mended or issue else ()
        unknown = self._unread.get(repository, "") if issue else ""
        try:
            history = self._history(issue)
            if issue and issue.state == "closed" and issue.state_reason == "duplicate":
                canonical, issue, history = self._canonical(issue, history, listing)
        except TrackerError as error:
            unknown = error.message
        about = self._about(repository, issue.number) if issue else ()
        facts = Facts(
            repository,
            issue,
            history,
            about,
            self.landed.fixes(rule, wishes, Grounds(repository, changes, evaluation.first_seen)),
            versions=versions(rule, wishes),
            seen=main.closed_at if main and canonical else None,
            unfixed=wishes.unfixed,
            crowd=evaluation.crowd,
        )
        return Case(
            finding=finding,
            rule=rule,
            judgement=self._judged(finding, evaluation, facts, rule),
            issues=issues,
            canonical=canonical,
            intent=_waiting(finding, intents),
            gone=self._fate(finding) if listing and not any(each.state == "open" for each in issues) else "",
            unknown=unknown,
            superseded=_of(listing, finding.supersedes),
            wishes=wishes,
        )

    def _judged(self, finding: Finding, evaluation: Evaluation, facts: Facts, rule: Rule) -> Judgement:
        """The judgement; where sessions said which code they had, a clone is asked whether the fix was in it."""
        judged = judge(finding, evaluation.origins, facts, rule, self.now)
        revisions = sorted({signal.revision for signal in finding.signals if signal.revision})
        if not (judged.commit and revisions and self.codebase):
            return judged
        pairs = [(revision, judged.commit) for revision in revisions]
        lacking = frozenset(pair for pair in pairs if self.codebase.contains(*pair) is False)
        return (
            judge(finding, evaluation.origins, replace(facts, lacking=lacking), rule, self.now) if lacking else judged
        )

    def _fate(self, finding: Finding) -> str:
        number = self._filed.get(finding.repository, {}).get(finding.fingerprint)
        fate = self._fates(finding.repository).get(number) if number else None
        return f"#{number} is there no more ({fate}): it is not filed again" if fate else ""

    def _history(self, issue: KnownIssue | None) -> History:
        if issue is None or self.tracker is None:
            return NO_HISTORY
        known = self._histories.get((issue.repository, issue.number))
        if known is None or known[0] != issue:
            known = self._histories[issue.repository, issue.number] = (issue, self.tracker.history(issue))
        return known[1]

    def _canonical(
        self, issue: KnownIssue, history: History, listing: Listing | None
    ) -> tuple[Canonical, KnownIssue | None, History]:
        """Where a chain of duplicates ends, with that issue and its history; only people's issues have to be asked for."""
        assert self.tracker is not None  # noqa: S101 - an issue is only known from it
        listed = {each.number: each for each in (listing.issues if listing else ())}
        seen, last = [issue.number], issue
        while last.state == "closed" and last.state_reason == "duplicate":
            number = history.duplicate_of
            if number in seen:
                return Canonical((*seen[1:], number), "circle"), None, NO_HISTORY
            following = None
            if number and len(seen) < _CHAIN:
                following = listed.get(number) or self.tracker.issue(issue.repository, number)
            if following is None:
                return Canonical((*seen[1:], *([number] if number else [])), "unknown"), None, NO_HISTORY
            seen.append(following.number)
            last, history = following, self.tracker.history(following)
        return Canonical(tuple(seen[1:]), last.state, last.state_reason or "completed"), last, history

    def changes(self, repository: str) -> tuple[Change, ...]:
        """The changes on the default branch that name an issue or revert something; what cannot be read becomes a problem."""
        if repository not in self._changes:
            found: tuple[Change, ...] = ()
            try:
                found = self.tracker.commits(repository) if self.tracker and repository else ()
            except TrackerError as error:
                # A fix that landed after the close may be among them: without it late evidence would count as a regression.
                self._unread[repository] = f"the commits could not be read: {error.message}"
                self.problems.append(Problem(error.code, repository, self._unread[repository]))
            try:
                found += tuple(self.codebase.changes(repository)) if self.codebase else ()
            except OSError as error:
                self._unread[repository] = f"the clone's history could not be read: {error}"
                self.problems.append(Problem("codebase", "clone", self._unread[repository]))
            self._changes[repository] = found
        return self._changes[repository]

    def _about(self, repository: str, number: int) -> tuple[Change, ...]:
        """The changes that name an issue, and those that revert something: of thousands only these can tell of its fix."""
        if repository not in self._named:
            by_number: dict[int, list[Change]] = {}
            for change in self.changes(repository):
                for name in mentions(change, repository):
                    by_number.setdefault(name, []).append(change)
            reverts = [change for change in self.changes(repository) if "revert" in change.message.lower()]
            self._named[repository] = (by_number, tuple(reverts))
        naming, reverting = self._named[repository]
        return tuple(dict.fromkeys((*naming.get(number, ()), *reverting)))


def unexpected(finding: Finding, error: Exception) -> Problem:
    """The problem of a finding that an error of our own keeps from being looked after; the others are."""
    message = (
        f"{type(error).__name__} of frictionbot's own at {finding.fingerprint[:12]}: it is left out. Please report it"
    )
    return Problem("unexpected", finding.rule, message)


def _waiting(finding: Finding, intents: Sequence[Intent]) -> Intent | None:
    """The newest filing of a finding without an answer."""
    name = ("open", finding.repository, finding.fingerprint)
    mine = [each for each in intents if (each.what, each.repository, each.fingerprint) == name]
    return mine[-1] if mine else None


def _bases(finding: Finding, evaluation: Evaluation) -> Iterator[str]:
    """The fingerprints that a finding would have without one part of its key: that of what it was split from is among them."""
    rule, key = evaluation.rules[finding.rule], dict(finding.key)
    if not key.keys().isdisjoint(evaluation.asked.splits.values()):
        yield fingerprint(finding.repository, rule, base_key(key, rule.group_by))


def _of(listing: Listing | None, fingerprints: Sequence[str]) -> tuple[KnownIssue, ...]:
    if not listing or not fingerprints:
        return ()
    return tuple(issue for issue in listing.issues if issue.fingerprint in fingerprints)


def _recognised(issues: Sequence[KnownIssue], filed: Mapping[str, int]) -> tuple[KnownIssue, ...]:
    """The issues, of which those that lost their marker to a person are known by the number that they were filed under."""
    numbers = {number: fingerprint for fingerprint, number in filed.items()}
    return tuple(
        issue if issue.fingerprint else replace(issue, fingerprint=numbers.get(issue.number, "")) for issue in issues
    )
