"""The overview: one issue a repository that ranks what waits because a limit was reached."""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import sha256

import orjson

from bot.core.case import Case
from bot.core.judge import governing
from bot.core.markdown import inline
from bot.core.marker import digest, region_text
from bot.core.model import Action, KnownIssue
from bot.core.telling import marker_of

RULE = "overview"
_LABELS = ("user-feedback", "friction: overview")
_TITLE = "Friction that waits for its own issue"
_WHY = (
    "These findings are above their thresholds, and the limits of new issues were reached. Each gets an issue of its own as"
    " soon as there is room, the first ones first. frictionbot keeps this text up to date, and closes it when nothing waits."
)
_HEAD = ("| | Rule | What | Severity | People | Sessions |", "|--:|:--|:--|:--|--:|--:|")
SHOWN = 50
_CELL = 100


def fingerprint(repository: str) -> str:
    """The fingerprint of a repository's overview, 64 hex digits."""
    return sha256(orjson.dumps([RULE, repository.lower()])).hexdigest()


def overview(
    repository: str, waiting: Sequence[Case], issues: Sequence[KnownIssue], *, complete: bool | None
) -> Action | None:
    """What to do about the overview of a repository; None where nothing waits and there never was one.

    `waiting` comes in the order of impact. An overview that a person closed stays closed.
    """
    identity = fingerprint(repository)
    issue = governing(each for each in issues if each.fingerprint == identity)
    if issue is None:
        if not waiting or complete is False:
            return None
        reason = f"{len(waiting)} findings wait for their own issue: the limits are reached"
        return _action("open", repository, reason, waiting=waiting)
    number = issue.number
    if issue.locked or region_text(issue.body) is None:
        return _action("skip", repository, f"#{number} is left to its people", number)
    same = marker_of(issue).get("story") == _story(waiting)
    if issue.state == "closed":
        if not waiting or marker_of(issue).get("closed") != "bot":
            return None
        return _action("reopen", repository, f"{len(waiting)} findings wait again", number, waiting=waiting)
    if not waiting and complete is False:
        return None
    if not waiting and marker_of(issue).get("closed") == "bot":
        return _action(
            "skip", repository, f"#{number} was closed once and is open again: it is left to its people", number
        )
    if not waiting:
        return _action("close", repository, f"nothing waits any more: #{number} is done", number)
    if same:
        return _action("skip", repository, f"#{number} ranks what waits already", number)
    return _action("update", repository, f"what waits has changed: #{number} ranks it", number, waiting=waiting)


def _action(
    action: str, repository: str, reason: str, issue: int | None = None, waiting: Sequence[Case] = ()
) -> Action:
    writes = action in {"open", "update", "reopen"}
    body = _body(waiting) if writes else ""
    told = {"rule": RULE, "story": _story(waiting), "closed": ""} if writes else {"closed": "bot"}
    labels = {"labels": ",".join(_LABELS)} if action == "open" else {}
    return Action(
        action=action,
        fingerprint=fingerprint(repository),
        repository=repository,
        rule=RULE,
        issue=issue,
        title=_TITLE,
        labels=_LABELS,
        reason=reason,
        body=body,
        row=RULE,
        fields=tuple(sorted({**told, **labels}.items())),
        state_reason="completed" if action == "close" else "",
    )


def _story(waiting: Sequence[Case]) -> str:
    """What the ranking says, without its counts: these change in every run."""
    return digest(*(case.finding.fingerprint for case in waiting))


def _body(waiting: Sequence[Case]) -> str:
    rows = [f"| {place} | {_row(case)} |" for place, case in enumerate(waiting[:SHOWN], 1)]
    more = [f"… and {len(waiting) - SHOWN} more."] if len(waiting) > SHOWN else []
    return "\n".join((f"## {_TITLE}", "", _WHY, "", *_HEAD, *rows, "", *more))


def _row(case: Case) -> str:
    finding = case.finding
    counts = (f"{finding.in_window.people}", f"{finding.in_window.sessions}")
    return " | ".join((inline(finding.rule), _key(case), finding.severity, *counts))


def _key(case: Case) -> str:
    text = ", ".join(value for _, value in case.finding.key)
    return inline(" ".join(text.split())[:_CELL]).replace("|", "\\|") if text else ""
