"""A run's report for people: what was read, found and planned, and what comes of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from bot.commands.tables import Column, Draw, Table
from bot.commands.wording import day, listed, moment, several, size
from bot.core.fix_words import discrepancy, source
from bot.core.judge import UNJUDGED, Judgement
from bot.core.model import Action, Finding, Problem
from bot.core.report import Report

_STATES = ("active", "quiet", "below")
_SEVERITIES = ("critical", "high", "medium", "low")
_WRITES = ("open", "update", "reopen", "close", "comment")
_DONE = {"open": "opened", "update": "updated", "reopen": "reopened", "close": "closed", "comment": "commented on"}
_FEW = 10  # findings below their threshold that are shown

_FINDINGS = (
    Column("state", fixed=True, styles={"active": "bold red", "quiet": "green", "below": "dim"}),
    Column("severity"),
    Column("rule", fixed=True),
    Column("key"),
    Column("sessions", right=True, fixed=True),
    Column("people", right=True, fixed=True),
    Column("times", right=True, fixed=True),
    Column("minutes", right=True, fixed=True),
    Column("last seen", fixed=True),
)
_FIXES = (
    Column("rule", fixed=True),
    Column("key"),
    Column("fixed", fixed=True),
    Column("who says so"),
    Column("before", right=True, fixed=True),
    Column("rollout", right=True, fixed=True),
    Column("old code", right=True, fixed=True),
    Column("after", right=True, fixed=True, styles={"0": "green"}),
    Column("no time", right=True, fixed=True),
    Column("dates"),
)
_PLAN = (
    Column("action", fixed=True, styles={"open": "bold green", "update": "green", "skip": "dim"}),
    Column("issue"),
    Column("title"),
    Column("reason"),
)
_FILED = (Column("done"), Column("issue"), Column("title"), Column("where"))


@dataclass(frozen=True, slots=True)
class View:
    """How a report is shown: how tables are drawn, where was looked, and whether nothing is left out."""

    draw: Draw
    sources: tuple[str, ...]
    everything: bool = False


def report_text(report: Report, view: View) -> str:
    """The whole report; the last line says what to do next."""
    return "\n".join(_blocks(report, view))


def filing_problems(report: Report) -> tuple[Problem, ...]:
    """The actions that failed, as problems."""
    return tuple(
        Problem("not_filed", _issue(result.repository, result.issue), f"not {_DONE[result.action]}: {result.error}")
        for result in report.outcomes
        if result.error
    )


def closing(report: Report, sources: Sequence[str]) -> str:
    """What a run comes to, in a sentence or two; where there is nothing, which kind of nothing."""
    if nothing := _nothing(report, sources):
        return nothing
    if report.posted:
        return _filed(report)
    return f"{_sentence(report.plan, 'would be')}. Nothing was written to GitHub: {_advice(report)}."


def _blocks(report: Report, view: View) -> Iterator[str]:
    yield f"{_read(report)}\n"
    shown = _shown(report.findings, everything=view.everything)
    if shown:
        yield f"Findings\n{view.draw(Table(_FINDINGS, tuple(map(_finding_row, shown))))}"
    if left_out := len(report.findings) - len(shown):
        yield f"… and {left_out:,} more below their threshold (--all shows them)\n"
    if judged := tuple(_judged_rows(report)):
        yield f"Fixes, with the sessions on both sides of them\n{view.draw(Table(_FIXES, judged))}"
    actions = _planned(report, {finding.fingerprint for finding in shown})
    if actions:
        yield f"Plan\n{view.draw(Table(_PLAN, tuple(map(_action_row, actions))))}"
    if filed := tuple(_filed_rows(report)):
        yield f"Filed\n{view.draw(Table(_FILED, filed))}"
    yield f"{closing(report, view.sources)}\n"


def _read(report: Report) -> str:
    stats = report.stats
    parts = [f"{stats.read:,} read ({size(stats.bytes)})", f"{stats.unchanged:,} unchanged"]
    if stats.unreadable:
        parts.append(f"{stats.unreadable:,} unreadable")
    copies = f", {stats.duplicate_events:,} of them copies" if stats.duplicate_events else ""
    return (
        f"{several(stats.files, 'file')}: {', '.join(parts)}. {several(stats.sessions, 'session')} known; "
        f"{several(stats.events, 'event')} read{copies}. As of {moment(report.as_of)} UTC."
    )


def _shown(findings: Sequence[Finding], *, everything: bool) -> tuple[Finding, ...]:
    """The findings that matter most first; of those below their threshold only the first few."""
    ordered = sorted(findings, key=_weight)
    above = sum(finding.state != "below" for finding in ordered)
    return tuple(ordered if everything else ordered[: above + _FEW])


def _weight(finding: Finding) -> tuple[object, ...]:
    return (
        _STATES.index(finding.state),
        _SEVERITIES.index(finding.severity),
        -finding.total.people,
        -finding.total.sessions,
        -finding.total.occurrences,
        finding.rule,
        finding.key,
    )


def _judged_rows(report: Report) -> Iterator[tuple[str, ...]]:
    """What is known of fixes, also of findings that are too many to be shown: that dates do not agree has to be seen."""
    for finding in sorted(report.findings, key=_weight):
        judgement = report.judgements.get(finding.fingerprint, UNJUDGED)
        if judgement.fix or judgement.discrepancy:
            yield _judged_row(finding, judgement)


def _judged_row(finding: Finding, judgement: Judgement) -> tuple[str, ...]:
    fix, verdicts = judgement.fix, judgement.verdicts
    return (
        finding.rule,
        _key(finding),
        moment(fix.at) if fix else "",
        source(fix) if fix else "",
        f"{verdicts.before_fix}",
        f"{verdicts.in_rollout}",
        f"{verdicts.old_code}",
        f"{verdicts.after_fix}",
        f"{verdicts.undated}",
        discrepancy(judgement),
    )


def _key(finding: Finding) -> str:
    return finding.key[0][1] if len(finding.key) == 1 else ", ".join(f"{name}={value}" for name, value in finding.key)


def _finding_row(finding: Finding) -> tuple[str, ...]:
    total = finding.total
    return (
        finding.state,
        finding.severity,
        finding.rule,
        _key(finding),
        f"{total.sessions}",
        f"{total.people}",
        f"{total.occurrences}",
        f"{finding.minutes_lost:.0f}",
        day(finding.last_seen),
    )


def _planned(report: Report, shown: set[str]) -> tuple[Action, ...]:
    """What is to be written, then what is left alone of the findings that are shown; in the order of the plan."""
    writes = [action for action in report.plan if action.action in _WRITES]
    rest = [action for action in report.plan if action.action not in _WRITES and action.fingerprint in shown]
    return (*writes, *rest)


def _action_row(action: Action) -> tuple[str, ...]:
    return (action.action, _issue(action.repository, action.issue), action.title, action.reason)


def _filed_rows(report: Report) -> Iterator[tuple[str, ...]]:
    titles: Mapping[tuple[str, str], str] = {(each.repository, each.fingerprint): each.title for each in report.plan}
    for result in report.outcomes:
        title = titles.get((result.repository, result.fingerprint), "")
        done = "failed" if result.error else _DONE[result.action]
        yield (done, _issue(result.repository, result.issue), title, result.error or result.url)


def _issue(repository: str, number: int | None) -> str:
    return f"{repository}#{number}" if number is not None else repository


def _nothing(report: Report, sources: Sequence[str]) -> str:
    """Which kind of nothing there is to file, "" where there is something."""
    stats, looked = report.stats, listed(list(sources))
    if not stats.sessions and not stats.files and report.problems:
        return f"Nothing was read from {looked}: the problems say why."
    if not stats.sessions and not stats.files:
        return f"Nothing to do: no session file was found in {looked}. Name where they lie with --source PATH."
    if not stats.sessions:
        return f"Nothing to do: {several(stats.files, 'file')} in {looked}, and no session that could be read in them."
    if not report.findings:
        return f"No friction was found: no rule matched anything in {several(stats.sessions, 'session')}."
    if any(action.action in _WRITES for action in report.plan):
        return ""
    if all(finding.state == "below" for finding in report.findings):
        below = several(len(report.findings), "finding is", "findings are")
        return f"Nothing to file: {below} below the threshold, and none above it."
    return "Nothing to file: what was found is filed already, or is held back for the reasons in the plan."


def _advice(report: Report) -> str:
    if any(action.action in _WRITES and not action.repository for action in report.plan):
        return "say with --repo OWNER/NAME who receives the issues, then add --post"
    return "add --post to file them"


def _sentence(actions: Sequence[Action], verb: str) -> str:
    """`2 issues would be opened and 1 updated in acme/agents`."""
    counted = Counter(action.action for action in actions)
    written = [name for name in _WRITES if counted[name]]
    first = several(counted[written[0]], "issue")
    parts = [f"{first} {verb} {_DONE[written[0]]}", *(f"{counted[name]} {_DONE[name]}" for name in written[1:])]
    places = sorted({action.repository for action in actions if action.action in _WRITES and action.repository})
    return listed(parts) + (f" in {listed(places)}" if places else "")


def _filed(report: Report) -> str:
    if not report.outcomes:
        return "Nothing was written to GitHub: see the problems."
    done = Counter(result.action for result in report.outcomes if not result.error)
    failed = sum(bool(result.error) for result in report.outcomes)
    places = listed(sorted({result.repository for result in report.outcomes}))
    said = listed([f"{done[name]} {_DONE[name]}" for name in _WRITES if done[name]]) or "nothing"
    return f"Filed in {places}: {said}{f'; {failed} failed' if failed else ''}."
