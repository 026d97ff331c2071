"""The few comments that the bot makes: each is about something that a person acts on, and is made once.

A comment ends in a hidden line with its topic, by which it is found again: `<!-- frictionbot-note topic=… nonce=… -->`.
"""

from __future__ import annotations

import hmac
import re
from typing import NamedTuple
from urllib.parse import quote, unquote

from bot.core.case import Case
from bot.core.fix_words import counted, discrepancy, rich_source
from bot.core.markdown import inline, prose
from bot.core.marker import mac
from bot.core.silence import Held
from bot.core.silence_words import about, kept_quiet
from bot.core.wording import moment, span

_NOTE = re.compile(
    r"<!-- (frictionbot-note topic=([A-Za-z0-9._:+~%-]{1,200}) nonce=([0-9a-f]{32}))(?: mac=([0-9a-f]{64}))? -->"
)
_SHOWN = 10  # sessions that a comment names


class Note(NamedTuple):
    """What the hidden line of a comment says."""

    topic: str
    nonce: str


def signed(text: str, note: Note, key: bytes = b"") -> str:
    """A comment with its hidden line, which carries a MAC where a key is set."""
    line = f"frictionbot-note topic={quote(note.topic, safe='.:+~')} nonce={note.nonce}"
    signature = f" mac={mac(line, key)}" if key else ""
    return f"{text.strip()}\n\n<!-- {line}{signature} -->"


def note_of(body: str, key: bytes = b"") -> Note | None:
    """What the last line of a comment says, where the bot wrote it; with a key only where the MAC is right."""
    found = _NOTE.fullmatch(body.rstrip().rpartition("\n")[2].strip())
    if found is None or (key and not hmac.compare_digest(mac(found[1], key), found[4] or "")):
        return None
    return Note(unquote(found[2]), found[3])


def said(body: str) -> str:
    """What a comment says without its hidden line."""
    return body.rstrip().rpartition("\n")[0].strip()


def regression(case: Case) -> str:
    """That a fixed problem is back: the evidence, and both dates."""
    judgement, rule = case.judgement, case.rule
    fix = judgement.fix
    lines = [f"This is back: {_sessions(judgement.verdicts.after_fix)} that started after the fix."]
    if fix:
        closed = f", closed {moment(judgement.closed_at)}" if judgement.closed_at else ""
        lines.append(
            f"Fixed {moment(fix.at)} ({rich_source(fix)}){closed}; first seen again {moment(judgement.first_after)}."
        )
        lines.append(
            f"Counted: {counted(judgement.verdicts)}. The rule asks for {rule.regression.sessions} after the fix."
        )
    if told := discrepancy(judgement):
        lines.append(f"Note: {told}.")
    return "\n\n".join([*lines, *_named(case)])


def returned(case: Case) -> str:
    """That a problem is back whose issue was closed without a fix that stands: by the bot, or with a fix that was reverted."""
    judgement = case.judgement
    first = f"This is back: {_sessions(judgement.returned)} that started since this was closed {moment(judgement.closed_at)}."
    return "\n\n".join(
        [first, "No fix stands: it was closed because it had gone quiet, or its fix was reverted.", *_named(case)]
    )


def escalated(case: Case) -> str:
    """That a problem nobody planned to mend has grown as much as its rule says."""
    total = case.finding.total
    return f"This has grown to {_sessions(total.sessions)} of {_people(total.people)}; the rule asks to be told at that point."


def grew(case: Case, topic: str) -> str:
    """That an open problem has grown, or is worse than it was."""
    total = case.finding.total
    now = f"{_sessions(total.sessions)} of {_people(total.people)} by now"
    if topic.startswith("severity:"):
        return f"The severity of this is now {case.finding.severity}: {now}."
    times = topic.partition("x")[2]
    return f"This has grown to {times} times what it was when it was filed: {now}, severity {case.finding.severity}."


def quiet(case: Case, *, closes: bool) -> str:
    """That nothing was seen for a while although the same people went on working."""
    rule = case.rule
    last, time = moment(case.finding.last_seen), span(rule.threshold.quiet)
    first = f"Not seen since {last}, for {time} or more in which the same people went on working."
    return f"{first} {'Closed for that reason.' if closes else 'If it is mended, close this as completed.'}"


def silence_ends(held: Held) -> str:
    """That a silence is about to end, and how to go on."""
    because = f" (because {prose(held.silence.because)})" if held.silence.because else ""
    first = f"The silence of {prose(about(held.silence))}{because} ends {moment(held.ends)}: {kept_quiet(held)}."
    return f"{first} A comment {inline('/friction silence 30d')} keeps it quiet for longer."


def silence_ended(case: Case, held: Held) -> str:
    """That a silence is over, with all that it kept quiet in one comment."""
    total = case.finding.total
    first = f"The silence of {prose(about(held.silence))} is over: {kept_quiet(held)}."
    return f"{first} It is {_sessions(total.sessions)} of {_people(total.people)} by now, severity {case.finding.severity}."


def duplicate(number: int) -> str:
    """That another issue is about the same."""
    return f"Duplicate of #{number}"


def retired(case: Case) -> str:
    """That a rule is no longer in use."""
    rule = inline(case.rule.id)
    return f"The rule {rule} was retired: frictionbot no longer keeps this issue up to date, and leaves it to you."


def _named(case: Case) -> list[str]:
    wanted = {"after_fix"} if case.judgement.fix else {""}
    verdicts = case.judgement.by_signal
    sessions = dict.fromkeys(
        signal.session for signal in case.finding.signals if verdicts.get(signal.event, "") in wanted
    )
    shown = [f"- session {inline(name)}" for name in list(sessions)[:_SHOWN]]
    return ["\n".join(shown)] if shown else []


def _sessions(number: int) -> str:
    return f"{number} session{'' if number == 1 else 's'}"


def _people(number: int) -> str:
    return f"{number} {'person' if number == 1 else 'people'}"
