"""Counting: signals of one rule and one group key, over distinct conversations and people, against the rule's thresholds."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import cache
from hashlib import sha256
from types import MappingProxyType
from typing import NamedTuple

import orjson

from bot.core.model import Count, Evidence, Finding, Signal, Span
from bot.core.origin import Crowd, Everybody, Origin
from bot.core.outage import Outages, as_one
from bot.core.rule_model import Rule, Threshold
from bot.core.session import common, join, rank
from bot.core.signature import NORMALISER
from bot.core.state import state

FINGERPRINT = 1  # version of the fingerprint's recipe
SHOWN = 25  # pieces of evidence that a finding carries; an issue shows as many of them as fit
_NEVER = datetime(1, 1, 1, tzinfo=UTC)
_INSTANT = timedelta(0)


def fingerprint(repository: str, rule: Rule, key: Sequence[tuple[str, str]]) -> str:
    """What makes a finding this one and no other, as 64 hex digits; a rule that was renamed keeps its first id."""
    first = rule.aliases[0] if rule.aliases else rule.id
    recipe = [FINGERPRINT, repository.lower(), first, NORMALISER, sorted(key)]
    return sha256(orjson.dumps(recipe)).hexdigest()


class Asked(NamedTuple):
    """What maintainers asked for single findings: by fingerprint its own threshold, and what it is to be split by.

    A split is told by the fingerprint before it: `tool`, `person` (as it is shown), `version` or `origin`.
    """

    thresholds: Mapping[str, Threshold] = MappingProxyType({})
    splits: Mapping[str, str] = MappingProxyType({})


NOTHING_ASKED = Asked()


class Beside(NamedTuple):
    """What lies beside the signals that are counted: everybody's sessions, and signals that only decide what these may count.

    `whole` are the groups, as (rule, key), of which every signal is there or in the context; None: all.
    """

    crowd: Crowd
    context: Sequence[Signal] = ()
    whole: frozenset[tuple[str, tuple[tuple[str, str], ...]]] | None = None


def count(
    signals: Iterable[Signal],
    origins: Mapping[str, Origin],
    rules: Sequence[Rule],
    now: datetime,
    asked: Asked = NOTHING_ASKED,
    beside: Beside | None = None,
) -> tuple[Finding, ...]:
    """The findings as of `now`, ordered by fingerprint. Later signals are ignored; copies of one event count once.

    `origins` are of the sessions of the signals; where these are not all that there is, `beside` tells of the others.
    """
    beside = beside or Beside(Everybody(origins))
    by_id = {rule.id: rule for rule in rules}
    listed = list(signals)
    known = [each for each in (*listed, *beside.context) if each.rule in by_id and each.session in origins]
    known = [signal for signal in known if signal.at is None or signal.at <= now]
    groups: dict[tuple[str, str, tuple[tuple[str, str], ...]], list[Signal]] = {}
    claims = _Claims(_not_copied(_once(known, origins), origins), by_id)
    mine = {_copies(signal) for signal in listed} if beside.context else None
    for signal in claims.counted:
        if mine is not None and _copies(signal) not in mine:
            continue
        repository, key = origins[signal.session].repository, signal.group
        if asked.splits and (by := asked.splits.get(fingerprint(repository, by_id[signal.rule], key))):
            key = tuple(sorted({**dict(key), by: _part(signal, by, origins)}.items()))
        groups.setdefault((repository, signal.rule, key), []).append(signal)

    @cache
    def named(repository: str, rule: str, key: tuple[tuple[str, str], ...]) -> str:
        return fingerprint(repository, by_id[rule], key)

    def name(signal: Signal) -> str:
        return named(origins[signal.session].repository, signal.rule, signal.group)

    superseded = claims.wholly(name, beside.whole) if claims.given_up else {}
    outages = Outages(origins, beside.crowd)
    found = (
        _finding(
            repository,
            _with(by_id[rule], repository, key, asked),
            key,
            _Group(group, origins, outages.of(group), beside.crowd),
            now,
        )
        for (repository, rule, key), group in groups.items()
    )
    whole = (replace(each, supersedes=superseded.get(each.fingerprint, ())) for each in found)
    return tuple(sorted(whole, key=lambda finding: finding.fingerprint))


def _with(rule: Rule, repository: str, key: Sequence[tuple[str, str]], asked: Asked) -> Rule:
    """The rule as it counts for one group key."""
    threshold = asked.thresholds.get(fingerprint(repository, rule, key)) if asked.thresholds else None
    return rule.model_copy(update={"threshold": threshold}) if threshold else rule


def _part(signal: Signal, by: str, origins: Mapping[str, Origin]) -> str:
    """What a signal is told apart by."""
    known = {
        "tool": signal.tool,
        "person": origins[signal.session].shown,
        "version": signal.version,
        "origin": signal.origin.partition(":")[0],
    }
    return known[by] or "unknown"


def _once(signals: Iterable[Signal], origins: Mapping[str, Origin]) -> Iterator[Signal]:
    """Each event once: of its copies, that of the session that started first (then the smaller id)."""
    best: dict[tuple[str, str, tuple[tuple[str, str], ...]], Signal] = {}
    for signal in signals:
        key = _copies(signal)
        other = best.get(key)
        if other is None or _rank(signal, origins) < _rank(other, origins):
            best[key] = signal
    return iter(best.values())


def _copies(signal: Signal) -> tuple[str, str, tuple[tuple[str, str], ...]]:
    """What all copies of one signal have in common."""
    return (signal.rule, signal.event, signal.group)


def _not_copied(signals: Iterable[Signal], origins: Mapping[str, Origin]) -> Iterator[Signal]:
    """What a resume copied under new identities counts for the session that started first.

    It is told by its conversation, moment and words: two sessions of one conversation do not say the same at one moment.
    """
    kept = list(signals)
    first: dict[tuple[object, ...], Signal] = {}
    for signal in kept:
        if signal.at:
            other = first.setdefault(_moment(signal, origins), signal)
            if _rank(signal, origins) < _rank(other, origins):
                first[_moment(signal, origins)] = signal
    for signal in kept:
        if not signal.at or first[_moment(signal, origins)].session == signal.session:
            yield signal


def _moment(signal: Signal, origins: Mapping[str, Origin]) -> tuple[object, ...]:
    return (signal.rule, origins[signal.session].conversation, signal.at, signal.group, signal.excerpt)


def _rank(signal: Signal, origins: Mapping[str, Origin]) -> tuple[bool, datetime, str]:
    return rank(origins[signal.session].started_at, signal.session)


def claims(rule: Rule) -> bool:
    """Whether a general rule does not count what this one matched."""
    return rule.status == "stable" and rule.match.event == "tool_result"


def is_general(rule: Rule) -> bool:
    """Whether a rule does not count what a specific one claims."""
    return rule.match.event == "tool_failure"


class _Claims:
    """Specific before general: what a stable specific rule matched, the general tool-failure rule does not count."""

    def __init__(self, signals: Iterable[Signal], rules: Mapping[str, Rule]) -> None:
        specific = {rule.id for rule in rules.values() if claims(rule)}
        kept = list(signals)
        claimed = {signal.event: signal for signal in kept if signal.rule in specific}
        self.counted = list[Signal]()
        self.given_up = list[tuple[Signal, Signal]]()  # of the general rule, and what claimed it
        for signal in kept:
            if is_general(rules[signal.rule]) and signal.event in claimed:
                self.given_up.append((signal, claimed[signal.event]))
            else:
                self.counted.append(signal)

    def wholly(
        self, name: Callable[[Signal], str], whole: frozenset[tuple[str, tuple[tuple[str, str], ...]]] | None
    ) -> Mapping[str, tuple[str, ...]]:
        """Fingerprint of a specific finding → those of general ones of which it took the most and nothing is left.

        Of a general one that is not `whole` something may be left.
        """
        general = {loser.rule for loser, _ in self.given_up}
        left = {name(signal) for signal in self.counted if signal.rule in general}
        if whole is not None:
            left |= {name(loser) for loser, _ in self.given_up if (loser.rule, loser.group) not in whole}
        takers: dict[str, Counter[str]] = {}
        for given, taken in self.given_up:
            takers.setdefault(name(given), Counter())[name(taken)] += 1
        found: dict[str, list[str]] = {}
        for loser, by in sorted(takers.items()):
            if loser not in left:
                found.setdefault(_most(by), []).append(loser)
        return {specific: tuple(generals) for specific, generals in found.items()}


def _most(counted: Counter[str]) -> str:
    return min(counted, key=lambda name: (-counted[name], name))


class _Group(NamedTuple):
    """The signals of one finding, where they come from, which of them were an outage, and who else was at work."""

    signals: Sequence[Signal]
    origins: Mapping[str, Origin]
    outages: Mapping[str, str]
    crowd: Crowd


def _finding(repository: str, rule: Rule, key: tuple[tuple[str, str], ...], group: _Group, now: datetime) -> Finding:
    signals, origins = group.signals, group.origins
    counted, whose = as_one(signals, origins, group.outages)
    newest = sorted(signals, key=lambda signal: (signal.at or _NEVER, signal.event), reverse=True)
    dated = [signal.at for signal in newest if signal.at]
    recent = [signal for signal in counted if rule.threshold.holds(signal.at, now)]
    return Finding(
        fingerprint=fingerprint(repository, rule, key),
        repository=repository,
        rule=rule.id,
        key=key,
        state=state(rule.threshold, counted, whose, now, group.crowd),
        severity=rule.severity,
        total=tally(signals, origins),
        in_window=tally(recent, whose),
        first_seen=min(dated, default=None),
        last_seen=max(dated, default=None),
        minutes_lost=minutes(lost(signals, origins)),
        example=newest[0].excerpt,
        evidence=tuple(evidence_of(signal, origins) for signal in telling(newest)),
        sessions=_distinct(signal.session for signal in newest),
        people=tuple(sorted({origins[signal.session].shown for signal in signals})),
        versions=tuple(sorted({signal.version for signal in signals if signal.version}, key=by_number)),
        tools=tuple(sorted({signal.tool for signal in signals if signal.tool})),
        origins=tuple(sorted(Counter(signal.origin for signal in signals if signal.origin).items())),
        signals=tuple(newest),
        outages=group.outages,
    )


def tally(signals: Iterable[Signal], origins: Mapping[str, Origin]) -> Count:
    """Distinct conversations, distinct people (all unknown together are one) and single signals."""
    conversations: set[str] = set()
    people: set[str] = set()
    occurrences = 0
    for signal in signals:
        origin = origins[signal.session]
        conversations.add(origin.conversation)
        people.add(origin.person)
        occurrences += 1
    return Count(len(conversations), len(people), occurrences)


def lost(signals: Iterable[Signal], origins: Mapping[str, Origin]) -> timedelta:
    """Active time from each failure to the end of its trouble; what overlaps in a conversation counts once."""
    spans: dict[str, list[Span]] = {}
    for signal in signals:
        if signal.at and signal.until and signal.until > signal.at:
            origin = origins[signal.session]
            spans.setdefault(origin.conversation, []).extend(common([Span(signal.at, signal.until)], origin.blocks))
    return sum(
        (span.end - span.start for found in spans.values() for span in join(found, _INSTANT)), start=timedelta(0)
    )


def minutes(length: timedelta) -> float:
    """A length in minutes as findings tell it."""
    return round(length / timedelta(minutes=1), 1)


def telling(newest: Sequence[Signal]) -> list[Signal]:
    """The newest signal of each session, newest first: a person checks many sessions before many lines of one."""
    by_session: dict[str, Signal] = {}
    for signal in newest:
        by_session.setdefault(signal.session, signal)
    return list(by_session.values())[:SHOWN]


def evidence_of(signal: Signal, origins: Mapping[str, Origin]) -> Evidence:
    """A signal as an issue shows it."""
    return Evidence(
        session=signal.session,
        person=origins[signal.session].shown,
        at=signal.at,
        excerpt=signal.excerpt,
        command=signal.command,
        prompt=signal.prompt,
        origin=signal.origin,
        place=_line(signal.place),
        version=signal.version,
        tool=signal.tool,
    )


def _line(place: str) -> str:
    """Where in its session a signal stands, without the path: that would name the person."""
    return f"line {place.rpartition(':')[2]}" if place else ""


def _distinct(names: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(names))


def by_number(version: str) -> tuple[tuple[int, str], ...]:
    """The order of versions by their numbers."""
    # Only what is surely a number: other scripts' digits are none for `int`, and neither are thousands of them.
    return tuple(
        (int(part), "") if part.isascii() and part.isdigit() and len(part) < 10 else (-1, part)
        for part in version.split(".")
    )
