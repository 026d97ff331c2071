"""The decision table: what to do about one case, by the first row that fits; whatever fits no row is left alone.

Rows, in order: locked or gone, duplicate, silenced, not planned, completed, open, none. Limits are not looked at here: they
are about many cases (`bot.core.plan`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta

from bot.core import comments
from bot.core.acts import Write, action, below, mergeable, merged, met, opening, skip
from bot.core.case import Case, Moment
from bot.core.fix_words import counted, discrepancy, source
from bot.core.marker import region_text
from bot.core.model import Action, KnownIssue
from bot.core.table_orders import asked_duplicate, caught_up, shown, silenced_row
from bot.core.telling import begun_again, edited, grown, hot, marker_of, news, story
from bot.core.wording import moment, span

_QUIET_STATES = frozenset({"draft", "shadow"})
PATIENCE = timedelta(days=1)  # after a close, before it is said on the issue that no fix was found for it


def decide(case: Case, at: Moment, *, complete: bool | None) -> tuple[Action, ...]:
    """What to do about a case; what follows the first action repairs what is around it.

    `complete` says whether the listing of this cycle is, None that GitHub was not asked.
    """
    issue = case.issue
    if paused := at.pause(case):
        return (skip(case, "paused", paused, issue.number if issue else None),)
    if case.unheard and (issue or complete is not False):  # on an incomplete list nothing is opened anyway
        return (skip(case, "unheard", case.unheard, issue.number if issue else None),)
    if issue is None:
        return (_none(case, at, complete=complete),)
    dates = {"dates": _dates(case)} if issue.state == "closed" and _unsaid(case, issue, at.now) else {}
    first = shown(case, issue, _about(case, issue, at, complete=complete), at.now, dates)
    if case.holding:
        return (first,)  # what is put right beside it would be told to people too
    return (first, *_repairs(case, issue, at.now, alone=first.action == "skip"))


def _about(case: Case, issue: KnownIssue, at: Moment, *, complete: bool | None) -> Action:
    number = issue.number
    if case.gone and issue.state == "closed":
        return skip(case, "gone", case.gone, number)
    if issue.locked:
        return skip(case, "locked", f"#{number} is locked: it is left to its people", number)
    if case.unknown:
        return skip(case, "unreadable", f"what happened to #{number} could not be read: {case.unknown}", number)
    if issue.state == "closed" and issue.state_reason == "duplicate":
        return _duplicate(case, issue, at, complete=complete)
    if asked := asked_duplicate(case, issue):
        return asked
    if case.holding:
        return silenced_row(case, issue, case.holding, at)
    if issue.state == "open":
        return _open(case, issue, at)
    if issue.state_reason not in {
        "",
        "completed",
    }:  # also a reason that GitHub does not know yet: only completed regresses
        return _not_planned(case, issue, at)
    return _completed(case, issue, at, complete=complete)


def _none(case: Case, at: Moment, *, complete: bool | None) -> Action:
    """There is no issue."""
    finding, rule, judgement, now = case.finding, case.rule, case.judgement, at.now
    if case.gone:
        return skip(case, "gone", case.gone)
    if case.claimed:
        return skip(
            case, "split", f"#{case.claimed} was filed for this by an earlier grouping of the rule", case.claimed
        )
    if rule.status != "stable":
        return skip(case, "shadow", f"the rule is {rule.status}: counted, never filed")
    if case.holding:
        return silenced_row(case, None, case.holding, at)
    if judgement.fix and judgement.fresh_state != "active":
        since = f"fixed {moment(judgement.fix.at)} ({source(judgement.fix)})"
        return skip(case, "fix_holds", f"{since}: {counted(judgement.verdicts)}, {_fresh(case)}")
    if finding.state != "active":
        return skip(case, "below", below(finding, rule))
    waits = case.intent and now - case.intent.at < at.settle
    if case.intent and waits:
        began = moment(case.intent.at)
        return skip(
            case,
            "waiting",
            f"a filing of {began} was not answered: it is looked for until {moment(case.intent.at + at.settle)}",
        )
    if complete is False:
        return skip(case, "incomplete", "the listing of this cycle is incomplete: nothing is opened on it")
    if case.rendered is None:
        return skip(case, "unrendered", "its text could not be made; see the problems")
    checked = "no issue has it" if complete else "GitHub was not asked whether an issue has it"
    again = f"; a filing of {moment(case.intent.at)} never arrived" if case.intent else ""
    return opening(case, "open", f"{met(finding, rule)}; {checked}{again}")


def _open(case: Case, issue: KnownIssue, at: Moment) -> Action:
    number, rule, marker = issue.number, case.rule, marker_of(issue)
    if region_text(issue.body) is None:
        return skip(case, "no_region", f"a person removed the bot's part of #{number}", number)
    if rule.status == "retired":
        if marker.get("retired"):
            return skip(case, "retired", f"the rule of #{number} is retired: it is left alone", number)
        said = comments.retired(case)
        return _saying(case, issue, "retired", f"the rule of #{number} is retired", said, {"retired": "1"})
    if rule.status in _QUIET_STATES:
        return skip(case, "shadow", f"the rule is {rule.status}: counted, never filed; #{number} is left alone", number)
    if case.finding.state == "quiet" and (silent := _quiet(case, issue)):
        return silent
    return _telling(case, issue, at)


def _telling(case: Case, issue: KnownIssue, at: Moment) -> Action:
    """What an open issue is told."""
    number, marker = issue.number, marker_of(issue)
    topic, told = news(case, issue)
    plain = not (marker.get("hush") or topic) and issue.fingerprint == case.finding.fingerprint
    if plain and marker.get("story") == story(case):
        return skip(case, "says_it", f"#{number} says all of it already", number)
    if plain and hot(issue, at.now):
        return skip(
            case, "backoff", f"#{number} was edited often enough today: the next edit waits until tomorrow", number
        )
    if case.rendered is None:
        return skip(case, "unrendered", f"#{number} is open; the change could not be put into words", number)
    if marker.get("hush"):
        return caught_up(case, issue, at.now)
    fields = edited(case, issue, at.now)
    if topic:
        said = comments.grew(case, topic)
        reason = f"#{number}: {said.partition(chr(10))[0]}"
        write = Write("comment", {**fields, **told}, said, topic)
        return action(case, "milestone", reason, number, write)
    if issue.fingerprint != case.finding.fingerprint:
        reason = f"#{number} was filed for this under an earlier name or grouping"
        return action(case, "update", reason, number, Write("update", {**fields, "was": marker.get("key")}))
    return action(case, "update", f"#{number} is open and the evidence changed", number, Write("update", fields))


def _quiet(case: Case, issue: KnownIssue) -> Action | None:
    """What to do about an open issue that has gone quiet, proven; None where its rule wants nothing done."""
    number, finding, wish = issue.number, case.finding, case.rule.issue.on_quiet
    last = finding.last_seen
    if wish == "leave" or last is None:
        return None
    topic = f"quiet:{last:%Y-%m-%dT%H:%M}"
    reopened = case.judgement.reopened_at
    if marker_of(issue).get("quiet") == topic:
        return skip(
            case, "quiet_told", f"#{number} was told that it is quiet; what comes of it is for people to say", number
        )
    if reopened and last < reopened:
        return skip(case, "quiet_told", f"#{number} was reopened after it was last seen: it stays open", number)
    reason = f"quiet since {moment(last)}, and enough sessions of the same people since"
    said, fields = comments.quiet(case, closes=wish == "close"), {"quiet": topic}
    if wish == "propose":
        return action(case, "quiet_proposed", reason, number, Write("comment", fields, said, topic))
    return action(case, "quiet_close", reason, number, Write("close", fields, said, topic, "completed"))


def _completed(case: Case, issue: KnownIssue, at: Moment, *, complete: bool | None) -> Action:
    judgement, rule, number = case.judgement, case.rule, issue.number
    after, need = (
        (judgement.verdicts.after_fix, rule.regression.sessions)
        if judgement.fix
        else (judgement.returned, rule.regression.sessions)
    )
    if judgement.fix:
        why = f"#{number}: {source(judgement.fix)} {moment(judgement.fix.at)}; {counted(judgement.verdicts)}"
    else:
        closed = f" {moment(judgement.closed_at)}" if judgement.closed_at else ""
        why = f"#{number} was closed{closed} without a fix that stands; {after} sessions since"
    back = after >= need and (judgement.fix is not None or case.finding.state == "active")
    if not back or rule.status != "stable":
        return skip(case, "fixed", f"{why} ({need} would bring it back)", number)
    if case.rendered is None:
        return skip(case, "unrendered", f"{why}; its text could not be made; see the problems", number)
    if case.too_late(at.now):
        late = f"{why}; closed longer ago than {span(rule.regression.reopen_within)}"
        return _late(case, issue, late, at, complete=complete)
    said, row = (comments.regression(case), "regression") if judgement.fix else (comments.returned(case), "returned")
    return _reopening(case, issue, row, why, said, at)


def _not_planned(case: Case, issue: KnownIssue, at: Moment) -> Action:
    number = issue.number
    fresh = case.judgement.returned >= case.rule.regression.sessions
    if (
        case.rule.status == "stable"
        and case.rendered
        and case.finding.state == "active"
        and fresh
        and grown(case, issue)
    ):
        reason = f"#{number} was closed as not planned and has grown {case.rule.regression.escalate} times since"
        return _reopening(case, issue, "escalated", reason, comments.escalated(case), at)
    why = issue.state_reason.replace("_", " ")
    return skip(case, "not_planned", f"#{number} is closed as {why}: it stays closed", number)


def _duplicate(case: Case, issue: KnownIssue, at: Moment, *, complete: bool | None) -> Action:
    there, number = case.canonical, issue.number
    way = " → ".join(f"#{each}" for each in (number, *(there.chain if there else ())))
    if there is None or there.state == "unknown":
        return skip(case, "duplicate", f"#{number} is closed as a duplicate, and of what is not known", number)
    if there.state == "circle":
        return skip(case, "duplicate", f"#{number} is closed as a duplicate in a circle: {way}", number)
    if there.state == "open" or there.reason in {"not_planned", "duplicate"}:
        state = "is open" if there.state == "open" else f"is closed as {there.reason.replace('_', ' ')}"
        return skip(case, "duplicate", f"{way}, which {state}: it is kept there", number)
    judgement, need = case.judgement, case.rule.regression.sessions
    why = f"{way}, which is closed as completed; {counted(judgement.verdicts)}"
    if judgement.verdicts.after_fix < need or case.rule.status != "stable" or case.rendered is None:
        return skip(case, "duplicate", f"{why} ({need} would bring it back)", number)
    return _late(case, issue, why, at, complete=complete)


def _late(case: Case, issue: KnownIssue, why: str, at: Moment, *, complete: bool | None) -> Action:
    """A new issue that links the old one; like every opening only on a complete listing."""
    if case.intent and at.now - case.intent.at < at.settle:
        return skip(case, "waiting", f"{why}; a filing of {moment(case.intent.at)} was not answered yet", issue.number)
    if complete is False:
        return skip(
            case, "incomplete", f"{why}; the listing of this cycle is incomplete: nothing is opened on it", issue.number
        )
    return opening(case, "regression_late", why, after=issue.number)


def _reopening(case: Case, issue: KnownIssue, row: str, reason: str, said: str, at: Moment) -> Action:
    if region_text(issue.body) is None:
        return skip(case, "no_region", f"{reason}; a person removed the bot's part of #{issue.number}", issue.number)
    closed = case.judgement.closed_at or issue.closed_at
    topic = f"{row}:{closed:%Y-%m-%dT%H:%M:%S}" if closed else row
    fields = begun_again(case, issue, at.now)
    return action(case, row, reason, issue.number, Write("reopen", fields, said, topic))


def _saying(case: Case, issue: KnownIssue, row: str, reason: str, said: str, fields: Mapping[str, str]) -> Action:
    return action(case, row, reason, issue.number, Write("comment", fields, said, row))


def _repairs(case: Case, issue: KnownIssue, now: datetime, *, alone: bool) -> Iterator[Action]:
    """What is put right beside the action: duplicates of one fingerprint, and what a closed issue should say of its fix."""
    others = [each for each in case.issues if each.number != issue.number and mergeable(each, issue.number)]
    if others or issue.state == "open":
        for each in sorted(others, key=lambda other: other.number):
            reason = f"#{each.number} is about the same as #{issue.number}, which is kept"
            yield merged(case, each, issue.number, "merged_duplicate", reason)
        for each in (each for each in case.superseded if mergeable(each, issue.number)):
            reason = f"rule {case.rule.id} knows by itself what #{each.number} was about: it is kept in #{issue.number}"
            yield merged(case, each, issue.number, "superseded", reason)
    elif alone and _unsaid(case, issue, now):
        reason = f"#{issue.number} was {discrepancy(case.judgement)}: said in the bot's part of it"
        fields = {"dates": _dates(case), "story": story(case)}
        yield action(case, "dates", reason, issue.number, Write("update", fields))


def _unsaid(case: Case, issue: KnownIssue, now: datetime) -> bool:
    """Whether a closed issue does not say yet that its dates do not agree; a fix that is not found may still be on its way."""
    judgement = case.judgement
    if not judgement.discrepancy or not judgement.closed_at or not case.rendered or case.unknown or issue.locked:
        return False
    if issue.state_reason not in {"", "completed"}:
        return False  # the dates are another issue's, of which this one is a duplicate
    early = judgement.discrepancy == "no_fix_found" and now - judgement.closed_at < PATIENCE
    return not early and region_text(issue.body) is not None and marker_of(issue).get("dates") != _dates(case)


def _dates(case: Case) -> str:
    return f"{case.judgement.discrepancy}:{case.judgement.closed_at:%Y-%m-%dT%H:%M:%S}"


def _fresh(case: Case) -> str:
    fresh, need = case.judgement.fresh, case.rule.threshold
    return f"{fresh.sessions} of {need.sessions} sessions and {fresh.people} of {need.people} people since it"
