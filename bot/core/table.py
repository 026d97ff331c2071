"""The decision table: what to do about one case, by the first row that fits; whatever fits no row is left alone.

Rows, in order: locked or gone, duplicate, silenced, not planned, completed, open, none. Limits are not looked at here: they
are about many cases (`bot.core.plan`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import NamedTuple

from bot.core import comments
from bot.core.case import Case, Moment
from bot.core.fix_words import counted, discrepancy, source
from bot.core.issue_values import captured
from bot.core.marker import region_text
from bot.core.model import Action, Finding, KnownIssue
from bot.core.quieting import ends_soon
from bot.core.rule_model import Rule
from bot.core.rule_text import plain
from bot.core.silence import Held
from bot.core.silence_words import kept_quiet, silenced
from bot.core.telling import beginning, begun_again, edited, grown, hot, labels_of, marker_of, news, story
from bot.core.wording import moment, span

_QUIET_STATES = frozenset({"draft", "shadow"})
_PATIENCE = timedelta(days=1)  # after a close, before it is said on the issue that no fix was found for it


def decide(case: Case, at: Moment, *, complete: bool | None) -> tuple[Action, ...]:
    """What to do about a case; what follows the first action repairs what is around it.

    `complete` says whether the listing of this cycle is, None that GitHub was not asked.
    """
    issue = case.issue
    if issue is None:
        return (_none(case, at, complete=complete),)
    first = _shown(case, issue, _about(case, issue, at, complete=complete), at.now)
    if case.holding:
        return (first,)  # what is put right beside it would be told to people too
    return (first, *_repairs(case, issue, at.now, alone=first.action == "skip"))


def _shown(case: Case, issue: KnownIssue, action: Action, now: datetime) -> Action:
    """The action; where it writes nothing although the issue does not show the orders that hold now, an edit that does."""
    shown = marker_of(issue).get("orders") == case.block.digest
    if action.action != "skip" or shown or case.unknown or not _editable(case, issue):
        return action
    row = action.row if action.row == "silenced" else "orders"
    reason = f"{action.reason}; the orders that hold for it are shown in it"
    fields = edited(case, issue, now) if issue.state == "open" else {"story": story(case)}
    return _action(case, row, reason, issue.number, _Write("update", fields))


def _editable(case: Case, issue: KnownIssue) -> bool:
    return case.rendered is not None and not issue.locked and not case.gone and region_text(issue.body) is not None


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
    if asked := _asked_duplicate(case, issue):
        return asked
    if case.holding:
        return _silenced(case, issue, case.holding, at)
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
        return _silenced(case, None, case.holding, at)
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
    if case.rendered is None:
        return skip(case, "unrendered", "its text could not be made; see the problems")
    if complete is False:
        return skip(case, "incomplete", "the listing of this cycle is incomplete: nothing is opened on it")
    checked = "no issue has it" if complete else "GitHub was not asked whether an issue has it"
    again = f"; a filing of {moment(case.intent.at)} never arrived" if case.intent else ""
    return opening(case, "open", f"{met(finding, rule)}; {checked}{again}")


def _asked_duplicate(case: Case, issue: KnownIssue) -> Action | None:
    """Closing an issue as the duplicate that a maintainer says it is; once, because whoever reopens it wants it open."""
    order = case.wishes.duplicate
    if order is None or order.command.number is None or not _mergeable(issue, order.command.number):
        return None
    reason = f"a comment by {order.remark.by} says that it is about the same as #{order.command.number}"
    return _merged(case, issue, order.command.number, "asked_duplicate", reason)


def _silenced(case: Case, issue: KnownIssue | None, held: Held, at: Moment) -> Action:
    number = issue.number if issue else None
    topic = f"ends:{held.silence.comment}:{held.ends:%Y-%m-%dT%H:%M}" if held.ends else ""
    here = issue is not None and issue.state == "open" and held.silence.issue == number
    if issue and here and ends_soon(held, at.now, at.notice) and marker_of(issue).get("noticed") != topic:
        write = _Write("comment", {"noticed": topic}, comments.silence_ends(held), topic)
        return _action(case, "silence_ends", f"the silence of #{number} ends {moment(held.ends)}", number, write)
    return skip(case, "silenced", f"{silenced(held)}; {case.finding.state}: {_n_of_m(case.finding, case.rule)}", number)


def _caught_up(case: Case, issue: KnownIssue, now: datetime) -> Action:
    """One update for all that happened while an issue was silenced; a comment only where the silence was given and ran out."""
    number, told = issue.number, news(case, issue)[1]
    fields = {**edited(case, issue, now), **told}
    ran_out = [each for each in case.silences if each.over and not each.silence.lifted and each.kept]
    ended = next((each for each in ran_out if each.silence.issue == number), None)
    reason = f"#{number} is no longer silenced"
    if ended is None:
        return _action(case, "caught_up", reason, number, _Write("update", fields))
    write = _Write("comment", fields, comments.silence_ended(case, ended), f"ended:{ended.silence.comment}")
    return _action(case, "caught_up", f"{reason}: {kept_quiet(ended)}", number, write)


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
    if case.rendered is None:
        return skip(case, "unrendered", f"#{number} is open; the change could not be put into words", number)
    return _telling(case, issue, at)


def _telling(case: Case, issue: KnownIssue, at: Moment) -> Action:
    """What an open issue is told."""
    if marker_of(issue).get("hush"):
        return _caught_up(case, issue, at.now)
    number, fields = issue.number, edited(case, issue, at.now)
    topic, told = news(case, issue)
    if topic:
        said = comments.grew(case, topic)
        reason = f"#{number}: {said.partition(chr(10))[0]}"
        write = _Write("comment", {**fields, **told}, said, topic)
        return _action(case, "milestone", reason, number, write)
    if issue.fingerprint != case.finding.fingerprint:
        reason = f"#{number} was filed for this under an earlier name or grouping"
        return _action(case, "update", reason, number, _Write("update", {**fields, "was": marker_of(issue).get("key")}))
    if marker_of(issue).get("story") == story(case):
        return skip(case, "says_it", f"#{number} says all of it already", number)
    if hot(issue, at.now):
        return skip(
            case, "backoff", f"#{number} was edited often enough today: the next edit waits until tomorrow", number
        )
    return _action(case, "update", f"#{number} is open and the evidence changed", number, _Write("update", fields))


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
        return _action(case, "quiet_proposed", reason, number, _Write("comment", fields, said, topic))
    return _action(case, "quiet_close", reason, number, _Write("close", fields, said, topic, "completed"))


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
    return _action(case, row, reason, issue.number, _Write("reopen", fields, said, topic))


def _saying(case: Case, issue: KnownIssue, row: str, reason: str, said: str, fields: Mapping[str, str]) -> Action:
    return _action(case, row, reason, issue.number, _Write("comment", fields, said, row))


def _repairs(case: Case, issue: KnownIssue, now: datetime, *, alone: bool) -> Iterator[Action]:
    """What is put right beside the action: duplicates of one fingerprint, and what a closed issue should say of its fix."""
    others = [each for each in case.issues if each.number != issue.number and _mergeable(each, issue.number)]
    if others or issue.state == "open":
        for each in sorted(others, key=lambda other: other.number):
            reason = f"#{each.number} is about the same as #{issue.number}, which is kept"
            yield _merged(case, each, issue.number, "merged_duplicate", reason)
        for each in (each for each in case.superseded if _mergeable(each, issue.number)):
            reason = f"rule {case.rule.id} knows by itself what #{each.number} was about: it is kept in #{issue.number}"
            yield _merged(case, each, issue.number, "superseded", reason)
    elif alone and _unsaid(case, issue, now):
        reason = f"#{issue.number} was {discrepancy(case.judgement)}: said in the bot's part of it"
        fields = {"dates": _dates(case), "story": story(case)}
        yield _action(case, "dates", reason, issue.number, _Write("update", fields))


def _mergeable(other: KnownIssue, kept: int) -> bool:
    """Whether an open issue may be closed as a duplicate; one that was, and is open again, a person wants open."""
    merged = marker_of(other).get("duplicate_of") == str(kept)
    return other.state == "open" and not other.locked and not merged


def _unsaid(case: Case, issue: KnownIssue, now: datetime) -> bool:
    """Whether a closed issue does not say yet that its dates do not agree; a fix that is not found may still be on its way."""
    judgement = case.judgement
    if not judgement.discrepancy or not judgement.closed_at or not case.rendered or case.unknown or issue.locked:
        return False
    if issue.state_reason not in {"", "completed"}:
        return False  # the dates are another issue's, of which this one is a duplicate
    early = judgement.discrepancy == "no_fix_found" and now - judgement.closed_at < _PATIENCE
    return not early and region_text(issue.body) is not None and marker_of(issue).get("dates") != _dates(case)


def _dates(case: Case) -> str:
    return f"{case.judgement.discrepancy}:{case.judgement.closed_at:%Y-%m-%dT%H:%M:%S}"


def _merged(case: Case, other: KnownIssue, kept: int, row: str, reason: str) -> Action:
    write = _Write("close", {"duplicate_of": str(kept)}, comments.duplicate(kept), f"duplicate:{kept}", "duplicate")
    return _action(case, row, reason, other.number, write)


def opening(case: Case, row: str, reason: str, after: int | None = None) -> Action:
    """A new issue."""
    labels = labels_of(case.rule)
    fields = {**beginning(case, labels), **({"after": str(after)} if after else {})}
    return _action(case, row, reason, write=_Write("open", fields))


def skip(case: Case, row: str, reason: str, issue: int | None = None) -> Action:
    """Doing nothing, for a reason."""
    return _action(case, row, reason, issue)


def met(finding: Finding, rule: Rule) -> str:
    """The threshold that a finding met, with n of m; also where it only has not fallen below the one that clears it."""
    counts = f"{_n_of_m(finding, rule)} within {span(rule.threshold.within)}"
    need, have = rule.threshold, finding.in_window
    if have.sessions >= need.sessions and have.people >= need.people and have.occurrences >= need.occurrences:
        return counts
    return f"it was at its threshold, and is cleared below {need.clear_below} sessions: {counts}"


def below(finding: Finding, rule: Rule) -> str:
    """Why a finding is not filed, with n of m."""
    state = "quiet" if finding.state == "quiet" else "below its threshold"
    return f"{state}: {_n_of_m(finding, rule)} within {span(rule.threshold.within)}"


def _fresh(case: Case) -> str:
    fresh, need = case.judgement.fresh, case.rule.threshold
    return f"{fresh.sessions} of {need.sessions} sessions and {fresh.people} of {need.people} people since it"


def _n_of_m(finding: Finding, rule: Rule) -> str:
    need, have = rule.threshold, finding.in_window
    parts = [f"{have.sessions} of {need.sessions} sessions", f"{have.people} of {need.people} people"]
    if need.occurrences > 1:
        parts.append(f"{have.occurrences} of {need.occurrences} occurrences")
    return ", ".join(parts)


class _Write(NamedTuple):
    """What an action writes: what the marker remembers of it, what people are told once, and why an issue is closed."""

    action: str
    fields: Mapping[str, str] = MappingProxyType({})
    comment: str = ""
    topic: str = ""
    state_reason: str = ""


_NOTHING = _Write("skip")


def _action(case: Case, row: str, reason: str, issue: int | None = None, write: _Write = _NOTHING) -> Action:
    finding, rendered = case.finding, case.rendered
    title = rendered.title if rendered else plain(case.rule.title, captured(finding, case.rule), case.rule.id)[0]
    rewrites = write.action in {"open", "update", "reopen"} or row in {"milestone", "caught_up"}
    fields = {**write.fields, "orders": case.block.digest} if rewrites else write.fields
    return Action(
        action=write.action,
        fingerprint=finding.fingerprint,
        repository=finding.repository,
        rule=finding.rule,
        issue=issue,
        title=title,
        labels=labels_of(case.rule),
        reason=reason,
        body=rendered.body if rendered and rewrites else "",
        row=row,
        fields=tuple(sorted(fields.items())),
        comment=write.comment,
        topic=write.topic,
        state_reason=write.state_reason,
    )
