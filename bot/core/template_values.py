"""What an issue template sees: plain frozen records of texts, numbers and tuples, each field with a sentence about it.

These records are the template language: `template_check` refuses every name that is not a field here, and
`template_reference` writes `templates/README.md` from them. A `str` field may come from a transcript and is made inert
wherever it is printed; a `Markdown` field (made here, or reviewed with a rule) is finished and printed as it is.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated


class Markdown(str):
    """Text that is finished Markdown: the only text that leaves a template unchanged.

    Any operation on it gives an ordinary `str` again, which is made inert when it is printed.
    """

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class KeyPart:
    """One part of what the evidence has in common."""

    name: Annotated[str, "The name from the rule's `group_by`."]
    value: Annotated[str, "The value that all evidence shares."]


@dataclass(frozen=True, slots=True)
class OriginValue:
    """Where some of the commands came from."""

    name: Annotated[str, "`docs`, `person`, `agent`, or `unknown`."]
    text: Annotated[Markdown, "The same in words, such as “improvised by the agent”."]
    count: Annotated[int, "How many signals."]


@dataclass(frozen=True, slots=True)
class ThresholdValue:
    """One of the rule's thresholds, with what counts against it."""

    name: Annotated[str, "`sessions`, `people` or `occurrences`, or the singular where `counted` is 1."]
    counted: Annotated[int, "How many there are within the window."]
    needed: Annotated[int, "How many the rule asks for."]


@dataclass(frozen=True, slots=True)
class SessionValue:
    """A session in which it happened."""

    id: Annotated[str, "The session's id."]
    person: Annotated[Markdown, "The person's pseudonym; empty where it is not known."]
    at: Annotated[Markdown, "When it last happened there, UTC; empty where it is not known."]


@dataclass(frozen=True, slots=True)
class FindingValue:
    """What was found, counted over all evidence kept unless said otherwise."""

    fingerprint: Annotated[str, "The finding's identity, 64 hex digits."]
    state: Annotated[str, "`active`, `below` (its threshold) or `quiet`."]
    severity: Annotated[str, "`low`, `medium`, `high` or `critical`."]
    key: Annotated[tuple[KeyPart, ...], "What all evidence has in common."]
    sessions: Annotated[int, "Distinct sessions."]
    people: Annotated[int, "Distinct people; all unknown ones are one."]
    occurrences: Annotated[int, "Single signals."]
    first_seen: Annotated[Markdown, "UTC, to the minute."]
    last_seen: Annotated[Markdown, "UTC, to the minute."]
    time_lost: Annotated[Markdown, "From each first failure to what ended it, in words; empty where not measured."]
    versions: Annotated[tuple[str, ...], "Versions of the agents."]
    tools: Annotated[tuple[str, ...], "The tools that failed."]
    origins: Annotated[tuple[OriginValue, ...], "Where the commands came from, the most frequent first."]
    thresholds: Annotated[tuple[ThresholdValue, ...], "The thresholds of the rule that ask for anything."]
    within: Annotated[Markdown, "The window of the thresholds, such as “14 days”."]
    related: Annotated[tuple[SessionValue, ...], "The sessions, the newest first, as many as there is room for."]
    more_sessions: Annotated[int, "How many sessions `related` leaves out."]


@dataclass(frozen=True, slots=True)
class RuleValue:
    """The rule that fired."""

    id: Annotated[str, "Its id."]
    link: Annotated[Markdown, "Its id, linked to its file where the address is known."]
    path: Annotated[str, "The path of its file; empty where it is not known."]
    status: Annotated[str, "`draft`, `shadow`, `stable` or `retired`."]
    confidence: Annotated[str, "How sure a match is friction: `low`, `medium` or `high`."]
    detects: Annotated[Markdown, "What it detects."]
    why: Annotated[Markdown, "Why it happens and why it hurts."]
    fix: Annotated[Markdown, "What to do about it."]
    limits: Annotated[tuple[Markdown, ...], "What it is known to get wrong."]


@dataclass(frozen=True, slots=True)
class EvidenceValue:
    """One occurrence, redacted."""

    at: Annotated[Markdown, "When, UTC, to the minute; “time unknown” where there is none."]
    session: Annotated[str, "The session's id."]
    person: Annotated[Markdown, "The person's pseudonym; empty where it is not known."]
    tool: Annotated[str, "The tool."]
    version: Annotated[str, "The agent's version."]
    line: Annotated[str, "The line of the transcript; empty where it is not known."]
    origin: Annotated[Markdown, "Where the command came from, in words; empty where it is not known."]
    prompt: Annotated[str, "What the person had asked for before."]
    command: Annotated[str, "The command, or what the tool was given."]
    excerpt: Annotated[str, "What came back."]
    transcript: Annotated[str, "Command and excerpt as a terminal would show them."]
    long: Annotated[bool, "True where `transcript` has more than 20 lines or 1,200 characters."]
    alike: Annotated[int, "How many other occurrences say exactly the same."]
    withheld: Annotated[bool, "True where the outbound scanner stopped the texts of this occurrence: they are empty."]


@dataclass(frozen=True, slots=True)
class FixValue:
    """What is known of a fix, and how the evidence lies around it; `at` is empty where no fix is known."""

    at: Annotated[Markdown, "The date that decided, UTC, to the minute; empty where no fix is known."]
    source: Annotated[Markdown, "Who or what says so, such as “pull request #12”."]
    counts: Annotated[Markdown, "The sessions before the fix, during rollout, on old code and after it, in words."]
    discrepancy: Annotated[Markdown, "How the dates of fix and close do not agree; empty where they do."]
    earlier: Annotated[
        Markdown, "The number of the earlier issue that this one follows, such as `#7`; empty where none."
    ]


@dataclass(frozen=True, slots=True)
class BotValue:
    """The bot that writes the issue."""

    version: Annotated[Markdown, "Its version."]
    as_of: Annotated[Markdown, "The moment of the run, UTC. A template that prints it makes an edit in every run."]


@dataclass(frozen=True, slots=True)
class IssueValues:
    """The names that a template starts from."""

    title: Annotated[str, "The issue's title."]
    heading: Annotated[Markdown, "The title with captured values as code, for a heading."]
    finding: Annotated[FindingValue, "What was found."]
    rule: Annotated[RuleValue, "The rule that fired."]
    evidence: Annotated[tuple[EvidenceValue, ...], "Occurrences, as many and as long as there is room for."]
    more_evidence: Annotated[int, "How many occurrences `evidence` leaves out."]
    evidence_withheld: Annotated[bool, "True where no evidence may be shown: `evidence` is empty."]
    fix: Annotated[FixValue, "The fix that is known, and the evidence around it."]
    bot: Annotated[BotValue, "The bot that writes the issue."]


@dataclass(frozen=True, slots=True)
class LoopValue:
    """Jinja's `loop` inside of a `for`, the part of it that may be used."""

    index: Annotated[int, "The round, from 1."]
    first: Annotated[bool, "True in the first round."]
    last: Annotated[bool, "True in the last round."]
    length: Annotated[int, "How many rounds there are."]


RECORDS: tuple[type, ...] = (
    IssueValues,
    FindingValue,
    KeyPart,
    OriginValue,
    ThresholdValue,
    SessionValue,
    RuleValue,
    EvidenceValue,
    FixValue,
    BotValue,
    LoopValue,
)
