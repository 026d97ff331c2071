"""Explanations for people and for programs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from bot.commands.history import decision_json, decision_table
from bot.commands.tables import Column, Draw, Table, cell, columns
from bot.commands.wording import moment, rfc3339, several
from bot.core.fix_words import counted, discrepancy, source
from bot.core.judge import Fix
from bot.core.why import Explanation, Need, Weighed

_FEW = 10  # signals, and decisions, that are shown unless all are wanted
_NEEDS = columns("threshold", "have", "need", "of", right=("have", "need"))
_FIXES = columns("at", "who says so", "decides", fixed=("at",))
_SIGNALS = (
    Column("seen", fixed=True),
    Column("session"),
    Column("session began", fixed=True),
    Column("window", fixed=True),
    Column("verdict", fixed=True, styles={"after_fix": "bold red", "before_fix": "dim"}),
    Column("decided by"),
    Column("version"),
    Column("where"),
)


def explanation_text(told: Explanation, draw: Draw, *, everything: bool) -> str:
    """One explanation in paragraphs and tables; the newest signals and decisions only, unless everything is wanted."""
    return "\n".join(_blocks(told, draw, everything=everything))


def _blocks(told: Explanation, draw: Draw, *, everything: bool) -> Iterator[str]:
    yield f"{_heading(told)}\n{_rule(told)}"
    yield _now(told)
    if told.needs:
        rows = tuple((need.what, f"{need.have}", f"{need.need}", need.of) for need in told.needs)
        yield f"Thresholds\n{draw(Table(_NEEDS, rows))}"
    if told.finding:
        yield f"Fixes\n{_fixes(told, draw)}"
    if told.signals:
        shown = told.signals if everything else told.signals[:_FEW]
        title = _title("Signals", len(shown), len(told.signals))
        yield f"{title}\n{draw(Table(_SIGNALS, tuple(map(_signal_row, shown))))}"
    if told.decisions:
        past = told.decisions if everything else told.decisions[:_FEW]
        yield f"{_title('Decided before', len(past), len(told.decisions))}\n{decision_table(past, draw)}"
    if told.changes:
        yield "What would change it\n" + "".join(f"- {change}\n" for change in told.changes)


def _heading(told: Explanation) -> str:
    title = next((action.title for action in told.actions), told.rule.title if told.rule else told.rule_id)
    place = f"{told.repository}#{told.issue}" if told.issue is not None else told.repository or "no repository"
    if not told.fingerprint:
        return cell(title)
    return f"{cell(title)}\n{place}, fingerprint {told.fingerprint}"


def _rule(told: Explanation) -> str:
    rule = told.rule
    if rule is None:
        return f"rule {told.rule_id}: it is not among the rules of this run\n"
    return f"rule {rule.id} ({rule.status}, severity {rule.severity}, confidence {rule.confidence}), {told.path}\n"


def _now(told: Explanation) -> str:
    """What would be done now, and the state of the evidence; of a rule that found nothing, that."""
    lines = [f"Now: {action.action}, row {action.row}: {cell(action.reason)}" for action in told.actions]
    if not told.fingerprint:
        lines.append("Now: nothing, because it matched nothing in any session that was read.")
    elif not lines:
        lines.append("Now: nothing, because no evidence is there any more.")
    if finding := told.finding:
        total = finding.total
        seen = f"{moment(finding.first_seen) or 'no time'} to {moment(finding.last_seen) or 'no time'}"
        counts = f"{several(total.sessions, 'session')} of {several(total.people, 'person', 'people')}"
        lines.append(f"State: {finding.state}; in all {counts}, {total.occurrences} times, {seen}")
    return "".join(f"{line}\n" for line in lines)


def _fixes(told: Explanation, draw: Draw) -> str:
    judgement = told.judgement
    lines = []
    if judgement.fix:
        lines.append(f"{counted(judgement.verdicts)}.")
    if judgement.discrepancy:
        lines.append(f"The dates do not agree: {discrepancy(judgement)}.")
    if judgement.reopened_at:
        lines.append(f"Reopened {moment(judgement.reopened_at)}: fixes before that did not hold, and do not count.")
    if judgement.closed_at and not judgement.fix:
        lines.append(
            f"Closed {moment(judgement.closed_at)}, which is no fix; {judgement.returned} sessions began since."
        )
    if not judgement.fixes:
        return "".join(f"{line}\n" for line in (*lines, "No fix is known."))
    rows = tuple((moment(fix.at), source(fix), "yes" if fix == judgement.fix else "no") for fix in judgement.fixes)
    return f"{draw(Table(_FIXES, rows))}{''.join(f'{line}{chr(10)}' for line in lines)}"


def _title(name: str, shown: int, there: int) -> str:
    return f"{name} ({shown} of {there}; --all shows all)" if shown < there else name


def _signal_row(weighed: Weighed) -> tuple[str, ...]:
    signal = weighed.signal
    return (
        moment(signal.at),
        weighed.outage or signal.session,
        moment(weighed.started),
        "in" if weighed.in_window else "out",
        weighed.verdict,
        weighed.against,
        signal.version,
        signal.place,
    )


def explanation_json(told: Explanation) -> Mapping[str, Any]:
    """One explanation for programs; see the help of `frictionbot why` for its shape."""
    judgement, finding = told.judgement, told.finding
    return {
        "fingerprint": told.fingerprint or None,
        "repository": told.repository or None,
        "issue": told.issue,
        "rule": told.rule_id,
        "rule_file": told.path or None,
        "status": told.rule.status if told.rule else None,
        "key": dict(finding.key) if finding else None,
        "state": finding.state if finding else None,
        "actions": [
            {"action": each.action, "row": each.row, "issue": each.issue, "reason": each.reason}
            for each in told.actions
        ],
        "thresholds": [_need_json(need) for need in told.needs],
        "verdicts": judgement.verdicts._asdict(),
        "fixes": [_fix_json(fix, decides=fix == judgement.fix) for fix in judgement.fixes],
        "closed_at": rfc3339(judgement.closed_at),
        "reopened_at": rfc3339(judgement.reopened_at),
        "discrepancy": judgement.discrepancy or None,
        "days": judgement.days,
        "signals": [_signal_json(weighed) for weighed in told.signals],
        "decisions": [decision_json(each) for each in told.decisions],
        "changes": list(told.changes),
    }


def _need_json(need: Need) -> Mapping[str, Any]:
    return {"setting": need.what, "have": need.have, "need": need.need, "of": need.of}


def _fix_json(fix: Fix, *, decides: bool) -> Mapping[str, Any]:
    return {"at": rfc3339(fix.at), "source": fix.source, "ref": fix.ref, "decides": decides}


def _signal_json(weighed: Weighed) -> Mapping[str, Any]:
    signal = weighed.signal
    return {
        "at": rfc3339(signal.at),
        "session": signal.session,
        "session_started_at": rfc3339(weighed.started),
        "in_window": weighed.in_window,
        "verdict": weighed.verdict or None,
        "decided_by": weighed.against or None,
        "outage": weighed.outage or None,
        "version": signal.version or None,
        "revision": signal.revision or None,
        "place": signal.place,
    }
