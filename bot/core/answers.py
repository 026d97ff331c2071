"""What a comment is answered: a reaction for each outcome, and words only where a reaction does not say enough."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, tzinfo

from bot.core.case import Case
from bot.core.fix_words import counted, discrepancy, rich_source
from bot.core.markdown import inline, prose
from bot.core.marker import digest
from bot.core.model import Action, KnownIssue
from bot.core.orders import Orders
from bot.core.remarks import NAMES, usage
from bot.core.silence import Held
from bot.core.silence_words import about, author, kept_quiet, rich_until
from bot.core.slash import DONE, REFUSED, UNCLEAR, WAITING, Order
from bot.core.wording import moment, span

REACTIONS: Mapping[str, str] = {DONE: "+1", REFUSED: "-1", UNCLEAR: "confused", WAITING: "eyes"}
UNREPEATED = "This is not repeated here, because it looks like it holds a secret: take it out, and say it without."
_VERSION = "1"  # to be raised where answers are to be given anew
_LISTED = 50  # silences that a reply names


@dataclass(frozen=True, slots=True)
class Scenery:
    """What an answer may tell of: the case and the plan of an issue, all silences of its repository, and the zone of dates."""

    cases: Mapping[int, Case] = field(default_factory=dict)
    actions: Mapping[str, Action] = field(default_factory=dict)
    silences: Sequence[Held] = ()
    zone: tzinfo = UTC


def answered(orders: Sequence[Order]) -> str:
    """A digest of what the commands of one comment are answered; "" where there is nothing to answer.

    It does not change with what is told: a question is answered once, whatever the answer would be tomorrow.
    """
    # What an unsilence found depends on other comments, which come and go: it is told once.
    words = ["" if each.command.name == "unsilence" else each.words for each in orders]
    told = [f"{each.command.text}\x00{each.verdict}\x00{said}" for each, said in zip(orders, words, strict=True)]
    return digest(_VERSION, *told) if told else ""


def unanswered(orders: Orders, issues: Mapping[int, KnownIssue]) -> tuple[Order, ...]:
    """The orders of all comments on these issues that wait for an answer; one about a fix that is to land waits for that."""
    given = by_remark(orders)
    return tuple(
        order
        for remark in orders.remarks
        if (said := given.get(remark.id, ()))
        and remark.answered != answered(said)
        and remark.issue in issues
        and not issues[remark.issue].locked
        and all(each.command.mended is None for each in said)
        for order in said
    )


def reactions(orders: Sequence[Order]) -> frozenset[str]:
    """The reactions to a comment: one for each kind of outcome."""
    return frozenset(REACTIONS[each.verdict] for each in orders)


def reply(orders: Sequence[Order], scenery: Scenery) -> str:
    """The words that a comment needs, "" where its reactions say enough."""
    parts = [part for order in orders if (part := _part(order, scenery))]
    return "\n\n".join(dict.fromkeys(parts))


def _part(order: Order, scenery: Scenery) -> str:
    command = order.command
    if order.words:
        hint = f" The nearest that works: {inline(command.hint)}." if command.hint and order.verdict == UNCLEAR else ""
        return f"{inline(command.text)}: {prose(order.words).rstrip('.')}.{hint}"
    if order.verdict != DONE:
        return ""
    if command.name == "help":
        return _help(command.word)
    if command.name == "silences":
        return _silences(scenery)
    if command.name in {"why", "status"}:
        case = scenery.cases.get(order.remark.issue)
        return (
            "Nothing is known of this issue now: no session shows it any more."
            if case is None
            else _told(order, case, scenery)
        )
    if command.name in {"silence", "snooze"} and command.until and command.until.words:
        # A date in words can be read in two ways: what was understood is said at once.
        return f"{inline(command.text)}: {rich_until(command.until, scenery.zone)}."
    return ""


def _help(name: str) -> str:
    names = [name] if name in NAMES else list(NAMES)
    lines = "\n".join(f"- {inline(usage(each).form)}: {prose(usage(each).about)}" for each in names)
    return f"A line that begins with {inline('/friction')} is for me:\n\n{lines}"


def _silences(scenery: Scenery) -> str:
    holding = [each for each in scenery.silences if each.over is None]
    if not holding:
        return "Nothing is silenced in this repository."
    lines = [_listed(each, scenery.zone) for each in holding[:_LISTED]]
    more = [f"- … and {len(holding) - _LISTED} more"] if len(holding) > _LISTED else []
    return "\n".join([f"Silenced in this repository: {len(holding)}.", "", *lines, *more])


def _listed(held: Held, zone: tzinfo) -> str:
    silence = held.silence
    where = f" on #{silence.issue}" if silence.issue else ""
    because = f", because {prose(silence.because)}" if silence.because else ""
    return (
        f"- {prose(about(silence))} {rich_until(silence.until, zone)} by {inline(author(silence))}{where}{because}:"
        f" {kept_quiet(held)}"
    )


def _told(order: Order, case: Case, scenery: Scenery) -> str:
    action = scenery.actions.get(case.finding.fingerprint)
    lines = [
        *_status(case, scenery.zone),
        *([f"Now: {prose(action.reason)} ({inline(action.row)})."] if action else []),
    ]
    if order.command.name == "why":
        lines = [f"Rule {inline(case.rule.id)} finds it: {prose(case.rule.detects)}", *lines]
    return "\n".join(f"- {line}" for line in lines)


def _status(case: Case, zone: tzinfo) -> list[str]:
    finding, need, have = case.finding, case.rule.threshold, case.finding.in_window
    lines = [
        f"Seen in {finding.total.sessions} sessions of {finding.total.people} people, last {moment(finding.last_seen)}.",
        f"Within {span(need.within)}: {have.sessions} of {need.sessions} sessions, {have.people} of {need.people} people.",
    ]
    judged = case.judgement
    if judged.fix:
        lines.append(f"Fixed {moment(judged.fix.at)} ({rich_source(judged.fix)}): {counted(judged.verdicts)}.")
    if told := discrepancy(judged):
        lines.append(f"{told[0].upper()}{told[1:]}.")
    if held := case.holding:
        lines.append(
            f"Silenced {rich_until(held.silence.until, zone)} by {inline(author(held.silence))}: {kept_quiet(held)}."
        )
    return lines


def by_remark(orders: Orders) -> Mapping[int, tuple[Order, ...]]:
    """The orders of each comment, by its id."""
    found: dict[int, list[Order]] = {}
    for order in orders.given:
        found.setdefault(order.remark.id, []).append(order)
    return {number: tuple(each) for number, each in found.items()}


def reply_topic(remark: int) -> str:
    """The topic of the reply to a comment."""
    return f"reply:{remark}"


def replied(topic: str) -> int | None:
    """The comment that a topic is the reply to, None where it is no reply."""
    number = topic.removeprefix("reply:")
    return int(number) if number != topic and number.isascii() and number.isdigit() else None


def long_ago(at: datetime, now: datetime) -> bool:
    """Whether something is older than the hour in which replies are counted."""
    return (now - at).total_seconds() >= 3600
