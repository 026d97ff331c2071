"""Actions as the rows of the table make them, each with its reason, and the words for thresholds in reasons."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple

from bot.core import comments
from bot.core.case import Case
from bot.core.issue_values import captured
from bot.core.model import Action, Finding, KnownIssue
from bot.core.rule_model import Rule
from bot.core.rule_text import plain
from bot.core.state import meets
from bot.core.telling import beginning, labels_of, marker_of
from bot.core.wording import span


def opening(case: Case, row: str, reason: str, after: int | None = None) -> Action:
    """A new issue."""
    labels = labels_of(case.rule)
    fields = {**beginning(case, labels), **({"after": str(after)} if after else {})}
    return action(case, row, reason, write=Write("open", fields))


def skip(case: Case, row: str, reason: str, issue: int | None = None) -> Action:
    """Doing nothing, for a reason."""
    return action(case, row, reason, issue)


def met(finding: Finding, rule: Rule) -> str:
    """The threshold that a finding met, with n of m; also where it only has not fallen below the one that clears it."""
    counts = f"{n_of_m(finding, rule)} within {span(rule.threshold.within)}"
    if meets(rule.threshold, finding.in_window):
        return counts
    return f"it was at its threshold, and is cleared below {rule.threshold.clear_below} sessions: {counts}"


def below(finding: Finding, rule: Rule) -> str:
    """Why a finding is not filed, with n of m."""
    state = "quiet" if finding.state == "quiet" else "below its threshold"
    return f"{state}: {n_of_m(finding, rule)} within {span(rule.threshold.within)}"


def n_of_m(finding: Finding, rule: Rule) -> str:
    """How much evidence there is of how much, in the window of the rule."""
    need, have = rule.threshold, finding.in_window
    parts = [f"{have.sessions} of {need.sessions} sessions", f"{have.people} of {need.people} people"]
    if need.occurrences > 1:
        parts.append(f"{have.occurrences} of {need.occurrences} occurrences")
    return ", ".join(parts)


class Write(NamedTuple):
    """What an action writes: what the marker remembers of it, what people are told once, and why an issue is closed."""

    action: str
    fields: Mapping[str, str] = MappingProxyType({})
    comment: str = ""
    topic: str = ""
    state_reason: str = ""


NOTHING = Write("skip")


def action(case: Case, row: str, reason: str, issue: int | None = None, write: Write = NOTHING) -> Action:
    """An action on an issue, with the text and the fields that it writes."""
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


def mergeable(other: KnownIssue, kept: int) -> bool:
    """Whether an open issue may be closed as a duplicate; one that was, and is open again, a person wants open."""
    merged = marker_of(other).get("duplicate_of") == str(kept)
    return other.state == "open" and not other.locked and not merged


def merged(case: Case, other: KnownIssue, kept: int, row: str, reason: str) -> Action:
    """Closing an issue as a duplicate of the one that is kept."""
    write = Write("close", {"duplicate_of": str(kept)}, comments.duplicate(kept), f"duplicate:{kept}", "duplicate")
    return action(case, row, reason, other.number, write)
