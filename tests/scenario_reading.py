"""Reading scenarios: plain text with days, what happens on them, and what the bot is expected to do.

    a late session from before the fix reopens nothing
        see golang/go#57632
        rule module-missing: sessions 3, people 2, within 14d, regression 2

        day 1   ada, ben, cy: fail pandas
        day 1   run -> open #1
        day 3   dana closes #1 as completed
        day 6   eve, ada: fail pandas, late from day 2
        day 6   run -> skip #1 fixed -> verdicts: 5 before
                    -> fix: close on day 3
        then    #1 is closed as completed, 0 comments by the bot

A scenario begins with its name at the start of a line; what is indented belongs to it, `#` and a space begin a comment.
The lines of what somebody writes may follow it, each behind a `|`; `\\u200b` stands for a character that nobody would see.
Whatever no pattern of `scenario_grammar` fits is an error with its place.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NamedTuple, TypeVar

from tests.scenario_grammar import EXPECTED, HOURS, NOON, STEPS, TOLD, WHEN, told

FIRST_DAY = datetime(2026, 2, 2, tzinfo=UTC)
_HEAD = frozenset({"rule", "broken_rule", "limits", "comments", "route", "settle", "clone", "role"})
_WRITTEN = frozenset({"comment", "recomment"})
_PARTS = re.compile(r', (?=(?:[^"]*"[^"]*")*[^"]*$)')  # commas outside of quotes
_Any = TypeVar("_Any")


class ScenarioError(Exception):
    """A line that nobody understands, with its place."""


class Part(NamedTuple):
    """One thing that is expected: its kind, what stands in its places, and where it is written."""

    kind: str
    given: dict[str, str]
    place: str


@dataclass(frozen=True, slots=True)
class Step:
    """One thing that happens, at its moment; `expected` is what must come of a run or is to be seen on GitHub."""

    kind: str
    at: datetime
    given: dict[str, str]
    place: str
    expected: tuple[Part, ...] = ()


@dataclass(frozen=True, slots=True)
class Scenario:
    """A name, where else this went wrong (`see`), and what happens in order."""

    name: str
    place: str
    see: str = ""
    steps: list[Step] = field(default_factory=list)


def read_scenarios(path: Path) -> list[Scenario]:
    """The scenarios of a file; raises `ScenarioError` for the first line that is none of a scenario's."""
    found: list[Scenario] = []
    for place, line in _lines(path):
        if not line[0].isspace():
            found.append(Scenario(line.strip(), place))
        elif not found:
            raise ScenarioError(f"{place}: a scenario begins with its name at the start of a line")
        else:
            found[-1] = _with(found[-1], line.strip(), place)
    for scenario in found:
        if not any(step.expected for step in scenario.steps):
            raise ScenarioError(f"{scenario.place}: nothing is expected of {scenario.name!r}")
    return found


def moment(text: str, hour: int = NOON) -> datetime:
    """`day 3` or `day 3 14:30` as a time; without one it is at `hour`."""
    found = WHEN.fullmatch(text)
    if not found:
        raise ScenarioError(f"{text!r} is no day: write day 3, or day 3 14:30")
    clock = timedelta(hours=int(found["hour"] or hour), minutes=int(found["minute"] or 0))
    return FIRST_DAY + timedelta(days=int(found["day"]) - 1) + clock


def nth(found: Sequence[_Any], given: Mapping[str, str]) -> _Any:
    """The first, second or third of several where that is said, else the last."""
    which = ("first", "second", "third").index(given["which"]) if "which" in given else -1
    if which >= len(found):
        raise ScenarioError(f"there is no {given['which']}: there are {len(found)}")
    return found[which]


def parts(text: str) -> list[str]:
    """What commas separate, where they stand outside of quotes."""
    return _PARTS.split(text)


def _lines(path: Path) -> Iterator[tuple[str, str]]:
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        code = line.rstrip()
        if code and not code.lstrip().startswith("# "):
            yield f"{path.name}:{number}", code


def _with(scenario: Scenario, text: str, place: str) -> Scenario:
    if text.startswith("see "):
        return Scenario(scenario.name, scenario.place, text.removeprefix("see "), scenario.steps)
    if text.startswith("|"):
        return _longer(scenario, text, place)
    if text.startswith("->"):
        if not scenario.steps or scenario.steps[-1].kind != "run":
            raise ScenarioError(f"{place}: `->` says what a run comes to, and there is none before it")
        last = scenario.steps.pop()
        more = (*last.expected, *_expected(EXPECTED, text[2:].split(" -> "), place))
        scenario.steps.append(replace(last, expected=more))
        return scenario
    scenario.steps.append(_step(scenario.steps, text, place))
    return scenario


def _longer(scenario: Scenario, text: str, place: str) -> Scenario:
    """One more line of what somebody writes."""
    if not scenario.steps or scenario.steps[-1].kind not in _WRITTEN:
        raise ScenarioError(f"{place}: `|` is one more line of a comment, and there is none before it")
    last = scenario.steps.pop()
    said = [last.given["text"]] if "text" in last.given else []
    given = {**last.given, "text": "\n".join([*said, text.removeprefix("|").removeprefix(" ")])}
    scenario.steps.append(replace(last, given=given))
    return scenario


def _step(before: list[Step], text: str, place: str) -> Step:
    when, said = _when(text)
    what, *outcome = said.split(" -> ")
    found = told(STEPS, what.strip())
    if not found:
        raise ScenarioError(f"{place}: nobody understands {what.strip()!r}")
    kind, given = found
    if outcome and kind != "run":
        raise ScenarioError(f"{place}: only a run comes to something")
    kinds, texts = (TOLD, parts(given["told"])) if kind == "then" else (EXPECTED, outcome)
    expected = _expected(kinds, texts, place)
    return Step(kind, _at(before, when, kind, place), given, place, expected)


def _when(text: str) -> tuple[str, str]:
    found = WHEN.match(text)
    return (found[0], text[found.end() :].strip()) if found else ("", text)


def _at(before: list[Step], when: str, kind: str, place: str) -> datetime:
    """When it happens: at its hour, or right after what happened before; time only goes forward."""
    last = before[-1].at if before else FIRST_DAY
    if not when:
        if kind not in _HEAD | {"then"} or (kind in _HEAD and any(step.kind not in _HEAD for step in before)):
            raise ScenarioError(f"{place}: write first on which day this happens")
        return last
    at = moment(when, HOURS.get(kind, NOON))
    if ":" not in when and at.date() == last.date():
        at = max(at, last + timedelta(minutes=1))
    if at < last:
        raise ScenarioError(f"{place}: {when} is before what stands above it")
    return at


def _expected(kinds: Mapping[str, str], texts: Iterable[str], place: str) -> tuple[Part, ...]:
    found = []
    for text in texts:
        what = told(kinds, text.strip())
        if not what:
            raise ScenarioError(f"{place}: nobody understands {text.strip()!r}")
        found.append(Part(*what, place))
    return tuple(found)
