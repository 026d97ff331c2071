"""What people did with each issue of the bot, told from its state, its judgement and the silences."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import NamedTuple

from bot.core.case import Case
from bot.core.count import tally
from bot.core.judge import UNJUDGED, Judgement
from bot.core.model import Count, Finding, KnownIssue, Listing
from bot.core.origin import Origin
from bot.core.outage import as_one
from bot.core.quieting import concerns
from bot.core.rule_model import Rule
from bot.core.silence import Held
from bot.core.telling import filed_by, marker_of, rule_named

_NOTHING = Count(0, 0, 0)


@dataclass(frozen=True, slots=True)
class Experience:
    """What a run knows of how its issues were taken, as of `now`: all issues of its repositories, and its cases.

    A session without an origin is its own conversation, and of nobody.
    """

    now: datetime
    issues: tuple[KnownIssue, ...] = ()
    cases: tuple[Case, ...] = ()
    silences: tuple[Held, ...] = ()
    origins: Mapping[str, Origin] = field(default_factory=dict)


class Feedback(NamedTuple):
    """What became of one issue: `fate` is fixed, rejected, or "" for what says nothing about its rule (yet).

    Open issues, duplicates, and closes by the bot itself say nothing. `sessions` and `people` are what the window of the
    rule of today held when it was filed, 0 where that is not known any more. `days` lie between filing and fix.
    """

    rule: str
    number: int
    open: bool
    fate: str = ""
    silenced: bool = False
    sessions: int = 0
    people: int = 0
    days: float | None = None

    @property
    def against(self) -> bool:
        """Whether it speaks against its rule: rejected or silenced, and not fixed."""
        return self.fate == "rejected" or (self.silenced and self.fate != "fixed")


class Kept(NamedTuple):
    """How many conversations and people silences kept quiet."""

    sessions: int = 0
    people: int = 0


def experience(
    cases: Sequence[Case],
    listings: Mapping[str, Listing],
    silences: Sequence[Held],
    origins: Mapping[str, Origin],
    now: datetime,
) -> Experience:
    """What the cases of a cycle, and the issues of all its repositories, tell."""
    issues = tuple(issue for name in sorted(listings) for issue in listings[name].issues)
    return Experience(now, issues, tuple(cases), tuple(silences), origins)


def feedback(known: Experience, rules: Mapping[str, Rule]) -> tuple[Feedback, ...]:
    """The feedback on every issue whose rule, or a rule that has its name as an alias, is among these rules."""
    names = _names(rules)
    cases = {_place(issue): case for case in known.cases for issue in case.issues}
    told = []
    for issue in known.issues:
        rule = names.get(rule_named(issue))
        if rule and issue.fingerprint:
            case = cases.get(_place(issue))
            about = case or Case(_filed_for(issue), rule, issues=(issue,))
            told.append(_feedback(about, issue, known, weighed=case is not None and case.issue == issue))
    return tuple(told)


def kept(known: Experience) -> Mapping[str, Kept]:
    """What silences kept quiet of each rule, also of findings that have no issue."""
    quiet: dict[str, set[str]] = {}
    people: dict[str, set[str]] = {}
    for case in known.cases:
        for session in _quieted(case.finding, tuple(_about(case, known.silences)), known.now):
            origin = known.origins.get(session)
            quiet.setdefault(case.rule.id, set()).add(origin.conversation if origin else session)
            people.setdefault(case.rule.id, set()).update([origin.person] if origin else [])
    return {rule: Kept(len(quiet[rule]), len(people[rule])) for rule in quiet}


def _place(issue: KnownIssue) -> tuple[str, int]:
    return issue.repository, issue.number


def _names(rules: Mapping[str, Rule]) -> Mapping[str, Rule]:
    """Rules by every name that they have or had; a present name counts before an earlier one."""
    return {alias: rule for rule in rules.values() for alias in rule.aliases} | {
        rule.id: rule for rule in rules.values()
    }


def _filed_for(issue: KnownIssue) -> Finding:
    """What an issue was filed for, where no evidence of it is left."""
    name, key = filed_by(issue)
    return Finding(
        issue.fingerprint, issue.repository, name, tuple((key or {}).items()), "quiet", "low", _NOTHING, _NOTHING,
        None, None, 0.0, "",
    )  # fmt: skip


def _feedback(case: Case, issue: KnownIssue, known: Experience, *, weighed: bool) -> Feedback:
    judged = case.judgement if weighed else UNJUDGED
    fate, fix = _fate(issue, judged, weighed=weighed), judged.fix
    began = _began(case, issue, known.origins)
    return Feedback(
        case.rule.id,
        issue.number,
        issue.state == "open",
        fate,
        any(_in_its_time(issue, each) for each in _about(case, known.silences)),
        began.sessions,
        began.people,
        _days(issue.created_at, fix.at if fix else issue.closed_at) if fate == "fixed" else None,
    )


def _began(case: Case, issue: KnownIssue, origins: Mapping[str, Origin]) -> Count:
    """What the window held when an issue was filed. Its marker does not say that: it has all sessions that there ever were."""
    filed, finding = issue.created_at, case.finding
    if filed is None:
        return _NOTHING
    then = [each for each in finding.signals if case.rule.threshold.holds(each.at, filed) and each.session in origins]
    return tally(*as_one(then, origins, finding.outages))


def _fate(issue: KnownIssue, judged: Judgement, *, weighed: bool) -> str:
    """What an issue says of its rule; one that was not weighed has only the reason of its close to tell from."""
    if judged.fix and issue.state_reason != "duplicate":
        return "fixed"
    if issue.state == "open":
        return ""
    if issue.state_reason == "not_planned":
        return "rejected"
    # One that was weighed has no fix that stands; one with `quiet` in its marker may have been closed by the bot.
    told = issue.state_reason in {"", "completed"} and not weighed and not marker_of(issue).get("quiet")
    return "fixed" if told else ""


def _about(case: Case, silences: Iterable[Held]) -> Iterator[Held]:
    """The silences about a case; those of a person only leave evidence out, and say nothing about the rule."""
    return (each for each in silences if each.silence.scope.kind != "person" and concerns(each.silence, case))


def _in_its_time(issue: KnownIssue, held: Held) -> bool:
    """Whether an issue was there before a silence was over."""
    return held.over is None or issue.created_at is None or issue.created_at < held.over


def _quieted(finding: Finding, silences: Iterable[Held], now: datetime) -> Iterator[str]:
    """The sessions of a finding with evidence in the time of a silence."""
    times = [(each.silence.since, each.over or now) for each in silences]
    for signal in finding.signals:
        if signal.at and any((since is None or signal.at > since) and signal.at <= until for since, until in times):
            yield signal.session


def _days(start: datetime | None, end: datetime | None) -> float | None:
    """Days between two moments, 0 where a clock had the later one earlier; None where one is not known."""
    return max((end - start) / timedelta(days=1), 0.0) if start and end else None
