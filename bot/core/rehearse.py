"""Rehearsing a rule: its samples are played, and what it finds is compared with what they expect."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from bot.core.loops import signals_of_session
from bot.core.match import Matchers
from bot.core.model import Problem, Signal
from bot.core.observe import Observation
from bot.core.rule_model import Rule, Sample
from bot.core.rule_problems import Fault, placed
from bot.core.rule_yaml import load
from bot.core.ruleset import parse_rule
from bot.core.samples import events_of

Group = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class SampleResult:
    """What became of one sample: the group keys expected and those that came, both sorted."""

    rule: str
    sample: str
    expected: tuple[Group, ...]
    found: tuple[Group, ...]

    @property
    def passed(self) -> bool:
        """Whether exactly the expected keys came, each as often as expected."""
        return self.expected == self.found

    @property
    def message(self) -> str:
        """What was expected and did not come, and what came and was not expected; "" where it passed."""
        missing = Counter(self.expected) - Counter(self.found)
        extra = Counter(self.found) - Counter(self.expected)
        said = [f"expected and not found: {_shown(missing)}"] if missing else []
        said += [f"found and not expected: {_shown(extra)}"] if extra else []
        return f"sample {self.sample!r}: {'; '.join(said)}" if said else ""


def signals_in(rules: Sequence[Rule], sample: Sample) -> tuple[Signal, ...]:
    """Everything that rules find in a sample session, those of single events first."""
    matchers = Matchers(rules)
    observation = Observation(matchers, "sample")
    for event in events_of(sample):
        observation.feed(event)
    observed = observation.result()
    later = (signal for session in observed.sessions for signal in signals_of_session(matchers.of_steps, session))
    return (*observed.signals, *later)


def rehearse(rule: Rule) -> tuple[SampleResult, ...]:
    """Each sample of a rule with what came of it, in the order of the file; a retired rule is played like any other."""
    played = rule.model_copy(update={"status": "stable"})
    return tuple(
        SampleResult(
            rule.id,
            sample.name,
            expected=tuple(sorted(tuple(sorted(group.items())) for group in sample.expect)),
            found=tuple(sorted(signal.group for signal in signals_in([played], sample))),
        )
        for sample in rule.tests
    )


def rehearse_file(text: str, place: str) -> tuple[tuple[SampleResult, ...], tuple[Problem, ...]]:
    """The results of a rule file's samples, and the problems: of the file, else of its samples, at their `expect`."""
    rule, problems = parse_rule(text, place)
    loaded, _ = load(text, place)
    if rule is None or loaded is None:
        return (), problems
    results = rehearse(rule)
    faults = [
        Fault("sample_failed", ("tests", index, "expect"), result.message)
        for index, result in enumerate(results)
        if not result.passed
    ]
    return results, placed(faults, loaded, place)


def _shown(groups: Counter[Group]) -> str:
    return ", ".join(
        f"{{{', '.join(f'{name}: {value}' for name, value in group)}}}" + (f" {times} times" if times > 1 else "")
        for group, times in sorted(groups.items())
    )
