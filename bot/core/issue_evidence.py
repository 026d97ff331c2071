"""Which signals an issue quotes, and what a template sees of each; stable orders make it the same in every run."""

from __future__ import annotations

import re
from typing import NamedTuple

from bot.core.markdown import inline
from bot.core.model import Evidence, Finding
from bot.core.template_language import prose
from bot.core.template_values import EvidenceValue, Markdown, SessionValue
from bot.core.text import cut
from bot.core.wording import ORIGINS, moment

LONG, LONG_LINES = 1_200, 20  # characters, lines: more than a screen shows beside the rest
_PSEUDONYM = re.compile(r"person-[0-9a-f]{6}")
PROMPT_LIMIT = 300  # characters: what was asked for is context, not evidence


class Chosen(NamedTuple):
    """A signal that is quoted: its place in `finding.evidence`, and how many others say exactly the same."""

    place: int
    evidence: Evidence
    alike: int


def chosen(finding: Finding, number: int) -> tuple[Chosen, ...]:
    """The signals worth quoting, newest first: each text once, those of sessions not quoted yet before others."""
    alike: dict[tuple[str, str], list[tuple[int, Evidence]]] = {}
    for place, each in newest(finding):
        alike.setdefault((each.command, each.excerpt), []).append((place, each))
    quoted: dict[str, int] = {}
    ranked = []
    for order, ((place, each), *others) in enumerate(alike.values()):
        quoted[each.session] = quoted.get(each.session, 0) + 1
        ranked.append((quoted[each.session], order, Chosen(place, each, len(others))))
    best = sorted(ranked, key=lambda one: one[:2])[:number]
    return tuple(each for _, _, each in sorted(best, key=lambda one: one[1]))


def newest(finding: Finding) -> tuple[tuple[int, Evidence], ...]:
    """All evidence with its place in `finding.evidence`, newest first, that without a time last."""

    def order(item: tuple[int, Evidence]) -> tuple[float, str, str, int]:
        place, each = item
        return (-each.at.timestamp() if each.at else 0.0, each.session, each.place, place)

    return tuple(sorted(enumerate(finding.evidence), key=order))


def evidence_value(each: Chosen, limit: int, *, withheld: bool) -> EvidenceValue:
    """A signal as a template sees it: each text cut to `limit` characters, or empty where they are withheld."""
    known = each.evidence
    command, excerpt = ("", "") if withheld else (cut(known.command, limit), cut(known.excerpt, limit))
    transcript = "\n".join(filter(None, (f"$ {command}" if command else "", excerpt)))
    line = known.place.rpartition(":")[2]  # the path before it may name a person
    return EvidenceValue(
        at=moment(known.at) or Markdown("time unknown"),
        session=known.session,
        person=_person(known.person),
        tool=known.tool,
        version=known.version,
        line=line if line.isdecimal() else "",
        origin=_origin(known.origin),
        prompt="" if withheld else cut(" ".join(known.prompt.split()), min(limit, PROMPT_LIMIT)),
        command=command,
        excerpt=excerpt,
        transcript=transcript,
        long=len(transcript) > LONG or transcript.count("\n") >= LONG_LINES,
        alike=each.alike,
        withheld=withheld,
    )


def related(finding: Finding) -> tuple[SessionValue, ...]:
    """Every session once: those of the evidence, the newest first, then the others in the order of the finding."""
    known: dict[str, Evidence] = {}
    for _, each in newest(finding):
        known.setdefault(each.session, each)
    return tuple(
        SessionValue(name, _person(known[name].person), moment(known[name].at))
        if name in known
        else SessionValue(name, Markdown(""), Markdown(""))
        for name in dict.fromkeys((*known, *finding.sessions))
    )


def _person(name: str) -> Markdown:
    """A pseudonym as it is, and any other name (the settings may ask for real ones) as inert text."""
    if name == "unknown":
        return Markdown("")
    return Markdown(name) if _PSEUDONYM.fullmatch(name) else prose(name)


def _origin(origin: str) -> Markdown:
    """In words; `docs:path:line` where it is known which document has the command."""
    kind, _, where = origin.partition(":")
    if kind not in ORIGINS or kind == "unknown":
        return Markdown("")
    where = " ".join(where.split())
    return Markdown(f"{ORIGINS[kind]} ({inline(where)})" if where else ORIGINS[kind])
