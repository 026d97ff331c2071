"""Judging: each signal of a finding against the fix, and the dates of fixes against the closes of the issue.

An issue lives in cycles: it is open, a fix comes, it is closed, and where the friction comes back it is reopened. Only
what happened since the last reopening counts as a fix of the present cycle, because what came before did not hold.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import NamedTuple

from bot.core.count import tally
from bot.core.fixes import closing, standing
from bot.core.history import NO_HISTORY, Change, Happening, History
from bot.core.marker import parse
from bot.core.model import Count, Finding, KnownIssue, Signal
from bot.core.origin import Crowd, Origin
from bot.core.outage import as_one
from bot.core.rule_model import Rule
from bot.core.state import state
from bot.core.version import older

BEFORE, ROLLOUT, OLD, AFTER, UNDATED = "before_fix", "in_rollout", "old_code", "after_fix", "undated"
_STRONGEST = (AFTER, OLD, ROLLOUT, BEFORE, UNDATED)  # a conversation of several verdicts counts for the first of these


class Fix(NamedTuple):
    """A date from which a problem should be gone, and who says so.

    `source` is close, commit, pull_request, rule, version or command. `ref` is the sha, `#12`, the version, or who closed.
    `sha` is the commit that has the fix, `of` what a version is of: agent, or a name of the rule's group key. `said` is when
    a maintainer said so: also of a fix from before its issue that holds for the present cycle.
    """

    at: datetime
    source: str
    ref: str = ""
    sha: str = ""
    of: str = ""
    said: datetime | None = None


class Verdicts(NamedTuple):
    """Distinct conversations by verdict, each counted once; all 0 where no fix is known."""

    before_fix: int = 0
    in_rollout: int = 0
    old_code: int = 0
    after_fix: int = 0
    undated: int = 0


_NONE, _NOTHING = Verdicts(), Count(0, 0, 0)


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known of the fixes of one finding: its issue with its history, the changes of the project, the rule's fixes.

    `versions` are those (of what, which) that the rule's fixes name, also while nobody runs them yet. `seen` is when a person
    closed the finding's own issue as a duplicate of `issue`: what was there by then is no news.
    `changes` are of the repository whose issue it is. `lacking` are pairs (revision, sha) of which a clone says that the
    revision does not have the commit; a pair that is not there is not known to be old. `unfixed` is when a maintainer said
    that no fix until then had mended it. `crowd` tells of sessions that gave no signal, None where all are in the origins.
    """

    repository: str
    issue: KnownIssue | None = None
    history: History = NO_HISTORY
    changes: tuple[Change, ...] = ()
    rule_fixes: tuple[Fix, ...] = ()
    versions: tuple[tuple[str, str], ...] = ()
    seen: datetime | None = None
    lacking: frozenset[tuple[str, str]] = frozenset()
    unfixed: datetime | None = None
    crowd: Crowd | None = None


@dataclass(frozen=True, slots=True)
class Judgement:
    """The verdicts on a finding's signals, the fix that decided, and how its date agrees with the close of the issue.

    `fixes` are all of the present cycle, by time: the last one is `fix`. `discrepancy` is closed_before_fix,
    fixed_still_open, no_fix_found or "", `days` lie between its two dates. `by_signal` has the verdict of each event.
    `fresh` is the evidence that started after the fix (all of it where there is none), `fresh_state` the state that it
    alone would have. `returned` counts the conversations that started after the last close, whatever it was.
    """

    fix: Fix | None = None
    fixes: tuple[Fix, ...] = ()
    verdicts: Verdicts = _NONE
    closed_at: datetime | None = None
    reopened_at: datetime | None = None
    discrepancy: str = ""
    days: float | None = None
    by_signal: Mapping[str, str] = field(default_factory=dict)
    fresh: Count = _NOTHING
    fresh_state: str = "below"
    first_after: datetime | None = None
    returned: int = 0

    @property
    def commit(self) -> str:
        """The commit that code must have to be no old code: that of the last fix that has one, else ""."""
        return _commit_of(self.fixes)


UNJUDGED = Judgement()


def governing(issues: Iterable[KnownIssue]) -> KnownIssue | None:
    """The issue of a fingerprint that decides: the oldest open one, else the one closed last, duplicates only at the end.

    An open one that was filed although an older one was there does not: see `strays`.
    """
    known = sorted(issues, key=lambda issue: issue.number)
    opened = [issue for issue in known if issue.state == "open"]
    astray = strays(known) if opened else ()
    if meant := [issue for issue in opened if issue not in astray]:
        return meant[0]
    own = [issue for issue in known if issue.state_reason != "duplicate"] or known
    return max(own, key=lambda issue: (_stamp(issue.closed_at), issue.number), default=None)


def strays(issues: Iterable[KnownIssue]) -> tuple[KnownIssue, ...]:
    """Open issues that the bot filed although a person had dealt with an older one of the same fingerprint.

    That happens where the memory is lost and a listing lacks an issue, both at once. What the bot means to file after an
    older issue says so in its marker (`after`).
    """
    known = sorted(issues, key=lambda issue: issue.number)
    dealt = [issue for issue in known if issue.state == "closed" and issue.state_reason != "duplicate"]
    return tuple(
        issue
        for issue in known
        if issue.state == "open"
        and any(_came_after(issue, older) for older in dealt)
        and (marker := parse(issue.body)) is not None
        and not marker.get("after")
    )


def _came_after(issue: KnownIssue, older: KnownIssue) -> bool:
    """Whether an issue was filed when an older one of its fingerprint was closed already."""
    filed, closed = issue.created_at, older.closed_at
    same = older.number < issue.number and older.fingerprint == issue.fingerprint
    return same and filed is not None and closed is not None and filed >= closed


def judge(finding: Finding, origins: Mapping[str, Origin], facts: Facts, rule: Rule, now: datetime) -> Judgement:
    """The judgement on a finding's signals as of `now`; the order of signals, changes and happenings does not matter."""
    signals, origins = as_one(finding.signals, origins, finding.outages)
    closed, reopened = _last(facts.history, facts.issue, "closed"), _last(facts.history, facts.issue, "reopened")
    known = _fixes(facts, closed, _began(facts.issue, reopened, now))
    fix = known[-1] if known else None
    verdict = _judge_of(fix, known, facts, rule.regression.rollout)
    by_signal = {signal.event: verdict(signal, origins[signal.session]) for signal in signals} if fix else {}
    fresh = [signal for signal in signals if by_signal.get(signal.event, AFTER) == AFTER]
    discrepancy, days = _discrepancy(facts.issue, closed, known, now)
    returned = _since(signals, origins, closed.at) if closed else []
    return Judgement(
        fix=fix,
        fixes=known,
        verdicts=_counted(signals, origins, by_signal),
        closed_at=closed.at if closed else None,
        reopened_at=reopened.at if reopened else None,
        discrepancy=discrepancy,
        days=days,
        by_signal=by_signal,
        fresh=tally((signal for signal in fresh if rule.threshold.holds(signal.at, now)), origins)
        if fix
        else finding.in_window,
        fresh_state=state(rule.threshold, fresh, origins, now, facts.crowd) if fix else finding.state,
        first_after=min((signal.at for signal in fresh if signal.at), default=None) if fix else None,
        returned=tally(returned, origins).sessions,
    )


def _began(issue: KnownIssue | None, reopened: Happening | None, now: datetime) -> datetime | None:
    """When the present cycle began: an issue that was filed or reopened after a fix says that the fix did not hold.

    An issue that is younger than `now` tells nothing: then `now` is a moment of the past that is played again.
    """
    if reopened:
        return reopened.at
    filed = issue.created_at if issue else None
    return filed if filed and filed <= now else None


def _fixes(facts: Facts, closed: Happening | None, began: datetime | None) -> tuple[Fix, ...]:
    """The fixes of the present cycle, by time; of equal times a close is told last."""
    changes = _changes(facts)
    found = [*facts.rule_fixes]
    if facts.issue:
        found += map(_of_change, closing(changes, facts.repository, facts.issue.number))
    if closed and not closed.own and closed.reason in {"", "completed"}:
        by = closed.change
        if by is None:
            found.append(Fix(closed.at, "close", closed.by))
        elif standing(by, changes):
            # The change closed it: one act with two dates, of which the later one counts.
            same = [fix for fix in found if fix.ref == by.ref]
            # What closed it had landed by then, whatever its committer's clock said; only what came back later is later.
            landed = max([closed.at, *(fix.at for fix in same if fix.at != by.at)])
            found = [*(fix for fix in found if fix not in same), _of_change(by._replace(at=landed))]
    if found and facts.seen:
        found.append(Fix(facts.seen, "close"))
    present = {fix for fix in found if _of_cycle(fix, began) and not _denied(fix, facts.unfixed)}
    return tuple(sorted(present, key=lambda fix: (fix.at, fix.source == "close", fix.source, fix.ref)))


def _of_cycle(fix: Fix, began: datetime | None) -> bool:
    """Whether a fix is of the cycle that began then: by its date, or because a maintainer said so since."""
    return began is None or fix.at > began or (fix.said is not None and fix.said >= began)


def _denied(fix: Fix, unfixed: datetime | None) -> bool:
    """Whether a maintainer said later that a fix was none; what they themselves called fixed since is left to their words."""
    return unfixed is not None and fix.source != "command" and fix.at <= unfixed


def _changes(facts: Facts) -> tuple[Change, ...]:
    """All changes known, each once: the clone, GitHub's commits and the issue's own timeline tell of the same ones."""
    closers = [each.change for each in facts.history.happenings if each.change]
    by_ref: dict[str, Change] = {}
    for change in sorted((*facts.changes, *facts.history.changes, *closers)):
        by_ref[change.ref] = max(by_ref.get(change.ref, change), change, key=lambda one: (len(one.message), one.sha))
    return tuple(by_ref.values())


def _of_change(change: Change) -> Fix:
    source = "pull_request" if change.ref.startswith("#") else "commit"
    return Fix(change.at, source, change.ref, change.sha or ("" if source == "pull_request" else change.ref))


def _last(history: History, issue: KnownIssue | None, event: str) -> Happening | None:
    """The last close of an issue that is closed, or the last reopening; a close that only the issue tells of counts too."""
    found = max((each for each in history.happenings if each.event == event), key=lambda each: each.at, default=None)
    if event != "closed" or issue is None:
        return found
    if issue.state != "closed":
        return None
    told = Happening("closed", issue.closed_at, reason=issue.state_reason) if issue.closed_at else None
    if found is None or (told and found.at < told.at):
        return told
    return found._replace(reason=issue.state_reason or found.reason)


def _judge_of(
    fix: Fix | None, fixes: Sequence[Fix], facts: Facts, rollout: timedelta
) -> Callable[[Signal, Origin], str]:
    """What says the verdict on a signal: by when its session started, then by the code that it ran."""
    sha = _commit_of(fixes)
    versions = {(each.of, each.ref) for each in fixes if each.source == "version"} | set(facts.versions)

    def verdict(signal: Signal, origin: Origin) -> str:
        started = origin.began
        if fix is None or started is None:
            return UNDATED
        if started < fix.at:
            return BEFORE
        if started < fix.at + rollout:
            return ROLLOUT
        old = any(older(version_of(signal, of), version) for of, version in versions)
        return OLD if old or (signal.revision, sha) in facts.lacking else AFTER

    return verdict


def _commit_of(fixes: Sequence[Fix]) -> str:
    return next((fix.sha for fix in reversed(fixes) if fix.sha), "")


def version_of(signal: Signal, of: str) -> str:
    """The version that a signal tells of the agent ("agent" or "") or of a name of its group key, "" where it tells none."""
    return signal.version if of in {"", "agent"} else dict(signal.group).get(of, "")


def _counted(signals: Iterable[Signal], origins: Mapping[str, Origin], by_signal: Mapping[str, str]) -> Verdicts:
    strongest: dict[str, str] = {}
    for signal in signals:
        verdict = by_signal.get(signal.event)
        if verdict:
            conversation = origins[signal.session].conversation
            known = strongest.get(conversation, UNDATED)
            strongest[conversation] = min(known, verdict, key=_STRONGEST.index)
    return Verdicts(**Counter(strongest.values()))


def _since(signals: Iterable[Signal], origins: Mapping[str, Origin], moment: datetime) -> list[Signal]:
    return [signal for signal in signals if (began := origins[signal.session].began) and began > moment]


def _discrepancy(
    issue: KnownIssue | None, closed: Happening | None, fixes: Sequence[Fix], now: datetime
) -> tuple[str, float | None]:
    """Where close and fix do not agree, and the days between the two dates."""
    landed = [fix for fix in fixes if fix.source != "close"]
    if issue is None:
        return "", None
    if issue.state == "open":
        return ("fixed_still_open", _days(landed[-1].at, now)) if landed and landed[-1].at <= now else ("", None)
    if closed is None or closed.own or closed.reason not in {"", "completed"}:
        return "", None
    if not landed:
        return "no_fix_found", None
    late = landed[-1].at > closed.at and (closed.change is None or landed[-1].ref != closed.change.ref)
    return ("closed_before_fix", _days(closed.at, landed[-1].at)) if late else ("", None)


def _days(start: datetime, end: datetime) -> float:
    return round((end - start) / timedelta(days=1), 1)


def _stamp(at: datetime | None) -> float:
    return at.timestamp() if at else 0.0
