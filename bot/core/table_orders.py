"""Rows of the table about what people ordered in comments and rule files: silences, their ends, duplicates, the block."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from bot.core import comments
from bot.core.acts import Write, action, mergeable, merged, n_of_m, skip
from bot.core.case import Case, Moment
from bot.core.marker import region_text
from bot.core.model import Action, KnownIssue
from bot.core.quieting import ends_soon
from bot.core.silence import Held
from bot.core.silence_words import kept_quiet, silenced
from bot.core.telling import edited, marker_of, news, story
from bot.core.wording import moment


def asked_duplicate(case: Case, issue: KnownIssue) -> Action | None:
    """Closing an issue as the duplicate that a maintainer says it is; once, because whoever reopens it wants it open."""
    order = case.wishes.duplicate
    if order is None or order.command.number is None or not mergeable(issue, order.command.number):
        return None
    reopened = case.judgement.reopened_at
    if reopened and reopened > order.remark.at:
        return None
    reason = f"a comment by {order.remark.by} says that it is about the same as #{order.command.number}"
    return merged(case, issue, order.command.number, "asked_duplicate", reason)


def silenced_row(case: Case, issue: KnownIssue | None, held: Held, at: Moment) -> Action:
    """Doing nothing while a silence holds; only that it is about to end is said, once, where it was given."""
    number = issue.number if issue else None
    topic = f"ends:{held.silence.comment}:{held.ends:%Y-%m-%dT%H:%M}" if held.ends else ""
    here = issue is not None and issue.state == "open" and held.silence.issue == number
    if issue and here and ends_soon(held, at.now, at.notice) and marker_of(issue).get("noticed") != topic:
        write = Write("comment", {"noticed": topic}, comments.silence_ends(held), topic)
        return action(case, "silence_ends", f"the silence of #{number} ends {moment(held.ends)}", number, write)
    return skip(case, "silenced", f"{silenced(held)}; {case.finding.state}: {n_of_m(case.finding, case.rule)}", number)


def caught_up(case: Case, issue: KnownIssue, now: datetime) -> Action:
    """One update for all that happened while an issue was silenced; a comment only where the silence was given and ran out."""
    number, told = issue.number, news(case, issue)[1]
    fields = {**edited(case, issue, now), **told}
    ran_out = [each for each in case.silences if each.over and not each.silence.lifted and each.kept]
    ended = next((each for each in ran_out if each.silence.issue == number), None)
    reason = f"#{number} is no longer silenced"
    if ended is None:
        return action(case, "caught_up", reason, number, Write("update", fields))
    write = Write("comment", fields, comments.silence_ended(case, ended), f"ended:{ended.silence.comment}")
    return action(case, "caught_up", f"{reason}: {kept_quiet(ended)}", number, write)


def shown(case: Case, issue: KnownIssue, planned: Action, now: datetime, dates: Mapping[str, str]) -> Action:
    """The action; where it writes nothing although the issue does not show the orders that hold now, an edit that does.

    `dates` are the fields that say which dates a closed issue tells.
    """
    up_to_date = marker_of(issue).get("orders") == case.block.digest
    if planned.action != "skip" or up_to_date or case.unknown or not _editable(case, issue):
        return planned
    row = planned.row if planned.row == "silenced" else "orders"
    reason = f"{planned.reason}; the orders that hold for it are shown in it"
    fields = edited(case, issue, now) if issue.state == "open" else {"story": story(case), **dates}
    return action(case, row, reason, issue.number, Write("update", fields))


def _editable(case: Case, issue: KnownIssue) -> bool:
    return case.rendered is not None and not issue.locked and not case.gone and region_text(issue.body) is not None
