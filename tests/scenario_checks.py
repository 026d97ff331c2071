"""What a run is expected to come to, and what GitHub is expected to show, compared with what is there."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import requests

from bot.core.judge import UNJUDGED, Judgement
from bot.core.model import Action
from bot.core.report import Report
from bot.sandbox.server import BOT, TOKEN, Sandbox
from tests.scenario_answers import (
    check_reactions,
    check_replies,
    check_reply,
    check_silence,
    check_silences,
    comment_of,
)
from tests.scenario_people import HERE
from tests.scenario_reading import Part, moment

_VERDICTS = {
    "before": "before_fix",
    "in rollout": "in_rollout",
    "on old code": "old_code",
    "after": "after_fix",
    "undated": "undated",
}


def check_run(report: Report, expected: Sequence[Part], place: str, writes: int) -> None:
    """Everything expected of a run holds, and it wrote or planned to write nothing that was not expected.

    `writes` is how many requests changed something on GitHub.
    """
    _check_outcomes(report, expected, place)
    wanted = [part for part in expected if part.kind in {"action", "nothing"}]
    if wanted:
        _check_actions(report, [part for part in wanted if part.kind == "action"], place)
    for part in expected:
        check = {"verdicts": _check_verdicts, "fix": _check_fix, "dates": _check_dates}.get(part.kind)
        if check:
            check(_judgement(report, part), part)
    for part in expected:
        if part.kind == "says":
            reasons = [action.reason for action in report.plan]
            assert any(part.given["text"] in reason for reason in reasons), f"{part.place}: the reasons are {reasons}"
        elif part.kind in {"silence", "silences"}:
            (check_silence if part.kind == "silence" else check_silences)(report, part)
        elif part.kind == "writes":
            assert writes == int(part.given["number"].replace("no", "0")), f"{part.place}: {writes} writes"
    codes = {part.given["code"] for part in expected if part.kind == "problem"}
    found = {problem.code for problem in report.problems}
    assert found == codes, f"{place}: expected problems {codes}, there are {report.problems}"


def _check_outcomes(report: Report, expected: Iterable[Part], place: str) -> None:
    failing = sorted(part.given["action"] for part in expected if part.kind == "fails")
    failed = sorted(outcome.action for outcome in report.outcomes if outcome.error)
    assert failed == failing, f"{place}: expected to fail {failing}, there are {report.outcomes}"


def _check_actions(report: Report, expected: Iterable[Part], place: str) -> None:
    left = list(report.plan)
    for part in expected:
        fitting = [action for action in left if _fits(report, action, part)]
        assert fitting, f"{part.place}: no {part.given} in the plan:\n{_shown(report, report.plan)}"
        left.remove(fitting[0])
    more = [action for action in left if action.action != "skip"]
    assert not more, f"{place}: not expected:\n{_shown(report, more)}"


def _fits(report: Report, action: Action, part: Part) -> bool:
    given = part.given
    issue = action.issue
    if action.action == "open" and report.posted:
        found = [each for each in report.outcomes if (each.action, each.fingerprint) == ("open", action.fingerprint)]
        issue = found[0].issue if found else None
    return (
        action.action == given["action"]
        and ("issue" not in given or issue == int(given["issue"]))
        and given.get("row", action.row) == action.row
        and given.get("rule", action.rule) == action.rule
        and ("key" not in given or given["key"] in _key(report, action.fingerprint))
    )


def _shown(report: Report, actions: Iterable[Action]) -> str:
    return "\n".join(_line(report, action) for action in actions) or "  nothing"


def _line(report: Report, action: Action) -> str:
    number = f"#{action.issue} " if action.issue else ""
    key = ", ".join(_key(report, action.fingerprint))
    return f"  {action.action} {number}{action.row} for {key} of {action.rule}: {action.reason}"


def _key(report: Report, fingerprint: str) -> tuple[str, ...]:
    return tuple(value for finding in report.findings if finding.fingerprint == fingerprint for _, value in finding.key)


def _judgement(report: Report, part: Part) -> Judgement:
    key = part.given.get("key")
    found = [each.fingerprint for each in report.findings if key is None or key in dict(each.key).values()]
    assert len(found) == 1, f"{part.place}: {len(found)} findings: write `for` and a value of its key"
    return report.judgements.get(found[0], UNJUDGED)


def _check_verdicts(judgement: Judgement, part: Part) -> None:
    wanted = dict.fromkeys(_VERDICTS.values(), 0)
    for count in part.given["counts"].split(", "):
        number, _, name = count.partition(" ")
        wanted[_VERDICTS[name]] = int(number)
    assert judgement.verdicts._asdict() == wanted, f"{part.place}: {judgement.verdicts}"


def _check_fix(judgement: Judgement, part: Part) -> None:
    fix = judgement.fix
    if "none" in part.given:
        assert fix is None, f"{part.place}: {fix}"
        return
    assert fix is not None, f"{part.place}: no fix is known"
    day, at = part.given["day"], moment(part.given["day"])
    same = fix.at == at if ":" in day else fix.at.date() == at.date()
    assert (fix.source, same) == (part.given["source"], True), f"{part.place}: {fix}"


def _check_dates(judgement: Judgement, part: Part) -> None:
    wanted, days = part.given.get("kind", ""), part.given.get("days")
    assert judgement.discrepancy == wanted, f"{part.place}: {judgement.discrepancy!r}, fixes {judgement.fixes}"
    assert days is None or judgement.days == float(days), f"{part.place}: {judgement.days} days"


class Onlooker:
    """Whoever looks at GitHub, over HTTP as any client does."""

    def __init__(self, box: Sandbox) -> None:
        self._url = f"{box.url}/repos"
        self._session = requests.Session()
        self._session.trust_env = False
        self._session.headers["Authorization"] = f"Bearer {TOKEN}"

    def close(self) -> None:
        self._session.close()

    def check(self, expected: Sequence[Part]) -> None:
        """Everything that a `then` says holds; what names no issue is about the last one that was named, else #1."""
        issue, repository = "1", HERE
        for part in expected:
            repository = part.given.get("repository", repository if part.kind != "state" else HERE)
            issue = part.given.get("issue", issue)
            _CHECKS[part.kind](self, f"{repository}/issues/{issue}", part)

    def get(self, path: str) -> Any:
        answer = self._session.get(f"{self._url}/{path}", timeout=9)
        answer.raise_for_status()
        return answer.json()

    def said(self, issue: str) -> list[Any]:
        """The comments on an issue."""
        return list(self.get(f"{issue}/comments?per_page=100"))

    def comments(self, issue: str) -> list[str]:
        """The bodies of the bot's comments."""
        return [each["body"] for each in self.said(issue) if each["user"]["login"] == BOT]

    def _count(self, issue: str, part: Part) -> None:
        listed = self.get(f"{issue.partition('/issues/')[0]}/issues?state=all&per_page=100")
        found = [each["number"] for each in listed if "pull_request" not in each]
        assert len(found) == int(part.given["number"]), f"{part.place}: there are {sorted(found)}"

    def _state(self, issue: str, part: Part) -> None:
        found = self.get(issue)
        assert found["state"] == part.given["state"], f"{part.place}: it is {found['state']}"
        reason = part.given.get("reason")
        assert reason is None or found["state_reason"] == reason.replace(" ", "_"), part.place

    def _said(self, issue: str, part: Part) -> None:
        comments = self.comments(issue)
        assert len(comments) == int(part.given["number"]), f"{part.place}: {comments}"

    def _labelled(self, issue: str, part: Part) -> None:
        names = [label["name"] for label in self.get(issue)["labels"]]
        assert (part.given["label"] in names) is ("no" not in part.given), f"{part.place}: {names}"

    def _titled(self, issue: str, part: Part) -> None:
        title = self.get(issue)["title"]
        assert title == part.given["text"], f"{part.place}: {title!r}"

    def _body(self, issue: str, part: Part) -> None:
        body = self.get(issue)["body"]
        assert (part.given["text"] in body) is (part.given["no"] == "says"), f"{part.place}:\n{body}"

    def _comment_says(self, issue: str, part: Part) -> None:
        comments = self.comments(issue)
        assert any(part.given["text"] in comment for comment in comments), f"{part.place}: {comments}"

    def _reactions(self, issue: str, part: Part) -> None:
        comment = comment_of(self.said(issue), part)
        repository = issue.partition("/issues/")[0]
        check_reactions(self.get(f"{repository}/issues/comments/{comment['id']}/reactions"), part)


_CHECKS: Mapping[str, Callable[[Onlooker, str, Part], None]] = {
    "count": Onlooker._count,
    "state": Onlooker._state,
    "comments": Onlooker._said,
    "labelled": Onlooker._labelled,
    "titled": Onlooker._titled,
    "body": Onlooker._body,
    "comment_says": Onlooker._comment_says,
    "reactions": Onlooker._reactions,
    "replies": lambda onlooker, issue, part: check_replies(onlooker.said(issue), part),
    "reply": lambda onlooker, issue, part: check_reply(onlooker.said(issue), part),
}
