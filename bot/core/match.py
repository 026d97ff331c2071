"""Matching: rules compiled for speed, and what they find in one text of one event.

Patterns are RE2: one `Set` over bytes says which of them occur, and only those are then searched for what they
capture. Linear in the text whatever a pull request brings.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Any, NamedTuple

import re2

from bot.core.command import program
from bot.core.model import FAILURES, Outcome
from bot.core.outcome import SHELLS
from bot.core.redact import redact
from bot.core.rule_model import Match, Rule
from bot.core.signature import signature

_MEMORY = 256 * 1024 * 1024  # bytes for RE2; too little raises, it never means "no match"
_MOST = 20  # group keys of one rule in one event: more is a listing, not friction
_OF_STEPS = frozenset({"retry", "slow"})  # events that are found in whole sessions (bot.core.loops)
_VALUE = 120  # characters of a group value
_LINE = 2000  # bytes of a line by which source is told

# A line that is source, not output: quoted, printed, commented or substituted.
_SOURCE = re2.compile(
    rb"""^\s*(?:#|//|\*|--|echo\b|printf\b|print\()|["'`]\s*[,;)]?\s*$|\$\(|\b(?:echo|printf|grep|rg|raise|throw)\s"""
)


@dataclass(frozen=True, slots=True)
class Subject:
    """One text that rules look at, and what is known of the event it stands in."""

    text: str
    tool: str = ""
    outcome: Outcome = Outcome.OK
    exit_code: int | None = None
    command: str = ""
    version: str = ""
    facts: Mapping[str, str] = field(default_factory=dict)


class Hit(NamedTuple):
    """One rule that matched a text, with its group key and where in the text (None: the whole)."""

    rule: Rule
    group: tuple[tuple[str, str], ...]
    at: int | None


class _Compiled(NamedTuple):
    rule: Rule
    patterns: tuple[Any, ...]
    excluded: tuple[Any, ...]
    captures: tuple[str, ...]


class Channel:
    """The rules that look at one kind of event."""

    def __init__(self, rules: Sequence[Rule]) -> None:
        self.rules = tuple(rules)
        self.always = tuple(_compiled(rule) for rule in rules if not rule.match.text)
        self._searched = tuple(_compiled(rule) for rule in rules if rule.match.text)
        self._owners: list[_Compiled] = []
        self._set = re2.Set.SearchSet(_options())
        for compiled in self._searched:
            for pattern in compiled.rule.match.text:
                self._set.Add(pattern.encode())
                self._owners.append(compiled)
        if self._owners:
            self._set.Compile()
        self.empty = not self.always and not self._searched

    def hits(self, subject: Subject) -> Iterator[Hit]:
        """What the channel's rules find in a subject, each rule and group key once."""
        for compiled in self.always:
            if _fits(compiled.rule.match, subject):
                yield from _grouped(compiled, subject, (None,))
        if not self._owners or not subject.text:
            return
        raw = subject.text.encode("utf-8", "replace")
        found = self._set.Match(raw)
        if not found:
            return
        for compiled in dict.fromkeys(self._owners[index] for index in found):
            if _fits(compiled.rule.match, subject) and not any(no.search(raw) for no in compiled.excluded):
                spans = _spans(compiled, raw)
                if subject.outcome is Outcome.OK and subject.tool:
                    spans = _said(raw, spans)
                if not compiled.captures:
                    spans = islice(spans, 1)  # the whole text is one group
                yield from _grouped(compiled, subject, spans, raw)


class Matchers:
    """A set of rules, compiled; `of_success` are those that look at results that are no failures, `read_tools` their tools.

    `event_digests` says what each looks for in files, so that only what changed is read again.
    """

    def __init__(self, rules: Sequence[Rule]) -> None:
        self.rules = tuple(rule for rule in rules if rule.status != "retired")
        self.event_digests = {rule.id: rule.match_digest for rule in self.rules if rule.match.event not in _OF_STEPS}
        by_event: dict[str, list[Rule]] = {}
        for rule in self.rules:
            by_event.setdefault(rule.match.event, []).append(rule)
        self._no_rules = Channel(())
        self._channels = {event: Channel(chosen) for event, chosen in by_event.items() if event not in _OF_STEPS}
        self.of_steps = tuple(rule for rule in self.rules if rule.match.event in _OF_STEPS)
        self.of_success = Channel([rule for rule in by_event.get("tool_result", ()) if rule.match.failed is not True])
        self.read_tools = SHELLS.union(*(rule.match.tool for rule in self.of_success.rules))

    def channel(self, event: str) -> Channel:
        """The rules for one `match.event`."""
        return self._channels.get(event, self._no_rules)


def _options() -> Any:
    options = re2.Options()
    options.max_mem = _MEMORY
    options.log_errors = False
    return options


def _compiled(rule: Rule) -> _Compiled:
    options = _options()
    patterns = tuple(re2.compile(pattern.encode(), options) for pattern in rule.match.text)
    excluded = tuple(re2.compile(pattern.encode(), options) for pattern in rule.match.not_text)
    named = {_decoded(name) for pattern in patterns for name in pattern.groupindex}
    return _Compiled(rule, patterns, excluded, tuple(name for name in rule.group_by if name in named))


def _spans(compiled: _Compiled, raw: bytes) -> Iterator[Any]:
    return (span for pattern in compiled.patterns for span in pattern.finditer(raw))


def _fits(match: Match, subject: Subject) -> bool:
    if match.tool and subject.tool not in match.tool:
        return False
    if match.exit_code and subject.exit_code not in match.exit_code:
        return False
    if match.event != "tool_result":
        return True
    if subject.outcome in FAILURES:
        return match.failed is not False
    return subject.outcome is Outcome.OK and match.failed is not True and (bool(match.tool) or subject.tool in SHELLS)


def _said(raw: bytes, spans: Iterable[Any]) -> Iterator[Any]:
    """The matches that stand in no line of source; each line is looked at once, however many of them it holds."""
    first, last, source = 0, -1, False
    for span in spans:
        if not first <= span.start() <= span.end() <= last:
            first = raw.rfind(b"\n", 0, span.start()) + 1
            last = raw.find(b"\n", span.end())
            last = last if last >= 0 else len(raw)
            source = bool(_SOURCE.search(raw[first : min(last, first + _LINE)]))
            last = last if b"\n" not in raw[span.start() : span.end()] else -1
        if not source:
            yield span


def _grouped(compiled: _Compiled, subject: Subject, spans: Iterable[Any], raw: bytes = b"") -> Iterator[Hit]:
    """One hit a group key; what is captured is compared first, because built-in names are the same for the whole text."""
    rule = compiled.rule
    seen: set[tuple[tuple[str, str], ...]] = set()
    for span in spans:
        captured = _captured(span, compiled.captures)
        if captured in seen:
            continue
        seen.add(captured)
        group = group_of(rule, subject, dict(captured))
        if group is not None:
            yield Hit(rule, group, None if span is None else len(raw[: span.start()].decode("utf-8", "replace")))
        if len(seen) == _MOST:
            return


def _captured(span: Any, names: Sequence[str]) -> tuple[tuple[str, str], ...]:
    if not names:
        return ()
    found = {_decoded(name): _decoded(value) for name, value in span.groupdict().items()}
    return tuple((name, found.get(name, "")) for name in names)


def _decoded(value: bytes | str | None) -> str:
    return value if isinstance(value, str) else (value or b"").decode("utf-8", "replace")


def group_of(rule: Rule, subject: Subject, captured: Mapping[str, str]) -> tuple[tuple[str, str], ...] | None:
    """The group key of a match, every value redacted and short; None where a needed value (a signature) is empty."""
    values: list[tuple[str, str]] = []
    for name in sorted(rule.group_by):
        value = captured.get(name) if name in captured else None
        if value is None:
            value = _BUILT_IN[name](subject) if name in _BUILT_IN else subject.facts.get(name, "")
        if not value and name == "signature":
            return None
        values.append((name, " ".join(redact(value).split())[:_VALUE]))
    return tuple(values)


_BUILT_IN: dict[str, Callable[[Subject], str]] = {
    "tool": lambda subject: subject.tool,
    "signature": lambda subject: signature(subject.text),
    "program": lambda subject: program(subject.command),
    "exit_code": lambda subject: "" if subject.exit_code is None else str(subject.exit_code),
    "outcome": lambda subject: str(subject.outcome),
    "version": lambda subject: subject.version,
}
