"""What a rule file must keep beyond the type of each field: that its parts agree with each other.

Each check names the top-level fields that it needs, so that what is sound is reviewed even where others are broken.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping
from datetime import timedelta

from bot.core.draft import LONG
from bot.core.placeholders import pieces
from bot.core.rule_fields import compiled
from bot.core.rule_model import Rule
from bot.core.rule_problems import Fault, suggestion
from bot.core.samples import line_fault
from bot.core.version import at_least

_CALLS = frozenset({"tool_result", "command", "tool_failure", "retry", "slow", "rejection", "interruption", "hook"})
_SEARCHED = frozenset({"tool_result", "command", "prompt", "assistant", "system"})
_UNSEARCHED = frozenset({"retry", "slow"})
_ONLY_WITH: Mapping[str, frozenset[str]] = {
    "failed": frozenset({"tool_result"}),
    "exit_code": frozenset({"tool_result", "tool_failure"}),
    "tool": _CALLS,
    "times": frozenset({"retry"}),
    "within": frozenset({"retry"}),
    "rounds": frozenset({"retry"}),
    "longer_than": frozenset({"slow"}),
}
_OF_RESULT = frozenset({"tool", "signature", "program", "exit_code", "outcome", "version"})
BUILT_IN: Mapping[str, frozenset[str]] = {
    "tool_result": _OF_RESULT,
    "tool_failure": _OF_RESULT,
    "command": frozenset({"tool", "program", "version"}),
    "prompt": frozenset({"version"}),
    "assistant": frozenset({"version"}),
    "system": frozenset({"version"}),
    "rejection": frozenset({"tool", "program", "version"}),
    "interruption": frozenset({"tool", "program", "version"}),
    "compaction": frozenset({"trigger", "version"}),
    "api_error": frozenset({"status", "version"}),
    "hook": frozenset({"hook", "tool", "signature", "version"}),
    "retry": frozenset({"tool", "program", "exit_code", "outcome", "signature"}),
    "slow": frozenset({"tool", "program"}),
}


def review(rule: Rule, place: str, broken: Collection[str] = (), doubtful: Collection[str] = ()) -> list[Fault]:
    """The faults of a rule, leaving out what would be said of top-level fields that are stand-ins by now.

    Nothing is said of `broken` fields, and of `doubtful` ones (something was left out) only what they say alone.
    """
    return [
        fault
        for needs, check in _CHECKS
        if needs.isdisjoint(broken) and (len(needs) == 1 or needs.isdisjoint(doubtful))
        for fault in check(rule, place)
    ]


def _named_as_its_file(rule: Rule, place: str) -> Iterator[Fault]:
    file = re.split(r"[/\\]", place)[-1].rpartition(".")[0]
    if rule.id != file:
        yield Fault("rule_id", ("id",), f"the id is {rule.id} but the file is called {file}: make them the same")


def _options_of_other_events(rule: Rule, _place: str) -> Iterator[Fault]:
    event = rule.match.event
    for name, events in _ONLY_WITH.items():
        if name in rule.match.model_fields_set and event not in events:
            said = f"{name} means nothing for {event}, only for {', '.join(sorted(events))}: remove it"
            yield Fault("rule_match", ("match", name), said, at_key=True)


def _text_where_it_belongs(rule: Rule, _place: str) -> Iterator[Fault]:
    event, text, not_text = rule.match.event, rule.match.text, rule.match.not_text
    if event in _SEARCHED and not text:
        yield Fault("rule_match", ("match",), f"{event} needs a text: one RE2 pattern or a list of them")
    if event in _UNSEARCHED and (text or not_text):
        name = "text" if text else "not_text"
        said = f"a {event} rule looks at calls, not at text: remove it, or choose the event tool_result"
        yield Fault("rule_match", ("match", name), said, at_key=True)
    elif not_text and not text:
        said = "not_text only narrows down a text: write the text too"
        yield Fault("rule_match", ("match", "not_text"), said, at_key=True)


def _loop_that_can_be(rule: Rule, _place: str) -> Iterator[Fault]:
    match = rule.match
    if match.rounds < match.times:
        said = (
            f"rounds ({match.rounds}) is less than times ({match.times}): a loop that worked counts later, not sooner"
        )
        yield Fault("rule_match", ("match", "rounds" if "rounds" in match.model_fields_set else "times"), said)
    for name in ("within", "longer_than"):
        if getattr(match, name) <= timedelta(0):
            yield Fault("rule_match", ("match", name), f"{name} must be longer than nothing, such as 10m")
        elif name == "longer_than" and match.event == "slow" and match.longer_than.total_seconds() < LONG:
            said = f"calls that took less than {LONG:.0f}s are not kept one by one: write {LONG:.0f}s or more"
            yield Fault("rule_match", ("match", name), said)


def _threshold_that_can_be_met(rule: Rule, _place: str) -> Iterator[Fault]:
    asked = rule.threshold
    if asked.clear_below > asked.sessions:
        said = f"clear_below ({asked.clear_below}) is more than sessions ({asked.sessions}): it would close as it opens"
        yield Fault("rule_threshold", _blamed(rule, "clear_below", "sessions"), said)
    if asked.people > asked.sessions:
        said = f"people ({asked.people}) is more than sessions ({asked.sessions}): each session has one person"
        yield Fault("rule_threshold", _blamed(rule, "people", "sessions"), said)
    if asked.within <= timedelta(0):
        yield Fault("rule_threshold", ("threshold", "within"), "within must be longer than nothing, such as 14d")


def _blamed(rule: Rule, *names: str) -> tuple[str, str]:
    given = rule.threshold.model_fields_set
    return "threshold", next((name for name in names if name in given), names[0])


def _group_names_that_exist(rule: Rule, _place: str) -> Iterator[Fault]:
    built_in = BUILT_IN[rule.match.event]
    captures = [frozenset(name.decode() for name in compiled(text).groupindex) for text in rule.match.text]
    anywhere = frozenset[str]().union(*captures)
    for index, name in enumerate(rule.group_by):
        if name in built_in or (captures and all(name in each for each in captures)):
            continue
        path = ("group_by", index)
        if name in anywhere:
            said = f"{name} is captured by some of the patterns only: write (?P<{name}>…) in each"
        else:
            known = sorted(anywhere | built_in)
            said = (
                f"{name} is neither captured by text nor built in: {suggestion(name, known)}known: {', '.join(known)}"
            )
        yield Fault("rule_group", path, said)


def _placeholders_that_are_known(rule: Rule, _place: str) -> Iterator[Fault]:
    allowed = {*rule.group_by, "tool"}
    texts: list[tuple[tuple[str | int, ...], str]] = [
        ((name,), getattr(rule, name)) for name in ("title", "detects", "why", "fix")
    ]
    texts += [(("limits", index), text) for index, text in enumerate(rule.limits)]
    for path, text in texts:
        for problem in pieces(text, allowed, "")[1]:
            yield Fault("rule_placeholder", path, problem.message)


def _stable_only_with_proof(rule: Rule, _place: str) -> Iterator[Fault]:
    if rule.status != "stable":
        return
    for name in ("why", "fix", "limits"):
        if not getattr(rule, name):
            yield Fault(
                "rule_unproven", ("status",), f"a stable rule needs {name}: write it, or set the status to draft"
            )
    if not any(sample.expect for sample in rule.tests):
        yield Fault("rule_unproven", ("status",), "a stable rule needs a test that matches: add one with an expect")
    if not any(not sample.expect for sample in rule.tests):
        said = "a stable rule needs a test that must not match: add a near miss with `expect: []`"
        yield Fault("rule_unproven", ("status",), said)


def _samples_that_can_be_run(rule: Rule, _place: str) -> Iterator[Fault]:
    for number, sample in enumerate(rule.tests):
        for index, line in enumerate(sample.session):
            fault = line_fault(line)
            if fault:
                yield Fault("rule_sample", ("tests", number, "session", index), fault)


def _expected_keys_that_can_come(rule: Rule, _place: str) -> Iterator[Fault]:
    asked = frozenset(rule.group_by)
    for number, sample in enumerate(rule.tests):
        for index, group in enumerate(sample.expect):
            if frozenset(group) != asked:
                said = f"expect names {_names(group)}, but group_by is {_names(asked)}: name each of them, and no other"
                yield Fault("rule_sample", ("tests", number, "expect", index), said)


def _names(names: Collection[str]) -> str:
    return ", ".join(sorted(names)) or "empty"


def _fixes_of_one_kind(rule: Rule, _place: str) -> Iterator[Fault]:
    for index, fix in enumerate(rule.fixes):
        said = [name for name in ("at", "commit", "pr", "version") if getattr(fix, name) is not None]
        if len(said) != 1:
            told = " and ".join(said) or "nothing"
            yield Fault("rule_fix", ("fixes", index), f"a fix is one of at, commit, pr, version; this names {told}")
        if fix.version is not None and not at_least(fix.version, fix.version):
            wrong = f"{fix.version!r} is no version that can be compared: write numbers with dots, such as 2.1.0"
            yield Fault("rule_fix", ("fixes", index, "version"), wrong)
        if fix.of is not None and (fix.version is None or fix.of not in {"agent", *rule.group_by}):
            known = ", ".join(("agent", *rule.group_by))
            yield Fault("rule_fix", ("fixes", index, "of"), f"of says what the version is of: one of {known}")


def _nothing_twice(rule: Rule, _place: str) -> Iterator[Fault]:
    lists: Mapping[str, tuple[str, ...]] = {
        "group_by": rule.group_by,
        "aliases": (rule.id, *rule.aliases),
        "tests": tuple(sample.name for sample in rule.tests),
    }
    for name, values in lists.items():
        for value, times in Counter(values).items():
            if times > 1:
                what = "the id itself or a name twice" if name == "aliases" else "a name twice"
                yield Fault("rule_twice", (name,), f"{name} holds {what} ({value}): keep one")


_CHECKS: tuple[tuple[frozenset[str], Callable[[Rule, str], Iterator[Fault]]], ...] = (
    (frozenset({"id"}), _named_as_its_file),
    (frozenset({"match"}), _options_of_other_events),
    (frozenset({"match"}), _text_where_it_belongs),
    (frozenset({"match"}), _loop_that_can_be),
    (frozenset({"threshold"}), _threshold_that_can_be_met),
    (frozenset({"match", "group_by"}), _group_names_that_exist),
    (frozenset({"group_by", "title", "detects", "why", "fix", "limits"}), _placeholders_that_are_known),
    (frozenset({"status", "why", "fix", "limits", "tests"}), _stable_only_with_proof),
    (frozenset({"tests"}), _samples_that_can_be_run),
    (frozenset({"tests", "group_by"}), _expected_keys_that_can_come),
    (frozenset({"fixes", "group_by"}), _fixes_of_one_kind),
    (frozenset({"id", "group_by", "aliases", "tests"}), _nothing_twice),
)
