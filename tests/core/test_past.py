"""What is past is only added: a finding counted without its past, and with it, is the finding counted as a whole."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from hypothesis import assume, given
from hypothesis import strategies as st
from made import NOW, days_ago, origin, rule, signal

from bot.core.count import Beside, count, meets
from bot.core.model import Finding, Signal, Span
from bot.core.origin import Everybody, Origin
from bot.core.past import as_bytes, folded, from_bytes, with_past

RULE = rule(sessions=2, people=1, within=timedelta(days=14))
UNTIL = days_ago(16)

said = st.tuples(st.integers(0, 9), st.floats(0, 60), st.floats(0, 200), st.sampled_from(["", "1.2", "1.10"]))


def _sessions(spoken: list[tuple[int, float, float, str]]) -> tuple[list[Signal], dict[str, Origin]]:
    """Ten sessions of four people in six conversations, and what they said: which, days ago, minutes lost, version."""
    signals = [
        signal(
            f"s{number}", ago, event=f"e{index}", until=days_ago(ago) + timedelta(minutes=lost),
            version=version, tool=version and "Bash", origin="docs:README.md:1" if number % 2 else "",
        )
        for index, (number, ago, lost, version) in enumerate(spoken)
    ]  # fmt: skip
    known = {}
    for number in range(10):
        times = [each.at for each in signals if each.session == f"s{number}" and each.at] or [days_ago(90)]
        blocks = (Span(min(times), max(times) + timedelta(hours=1)),)
        person = ("ada", "ben", "cy", "dee")[number % 4]
        known[f"s{number}"] = origin(
            f"s{number}", person, conversation=f"c{number % 6}", blocks=blocks, started_at=blocks[0].start
        )
    return signals, known


def _active(known: dict[str, Origin]) -> dict[str, object]:
    last = {
        name: max(each.blocks[-1].end for each in known.values() if each.conversation == name)
        for name in {each.conversation for each in known.values()}
    }
    return {name: last[each.conversation] for name, each in known.items()}


def _told(finding: Finding) -> Finding:
    return replace(finding, signals=(), evidence=tuple(each for each in finding.evidence))


@given(st.lists(said, min_size=2, max_size=40))
def test_what_is_past_and_what_is_not_come_to_the_whole(spoken: list[tuple[int, float, float, str]]) -> None:
    signals, known = _sessions(spoken)
    active, crowd = _active(known), Everybody(known)
    (whole,) = count(signals, known, [RULE], NOW, beside=Beside(crowd))
    past = folded(whole, known, active, UNTIL)  # type: ignore[arg-type]
    live = [each for each in signals if not active[each.session] < UNTIL]  # type: ignore[operator]
    assume(past is not None and live)
    assert past is not None
    (part,) = count(live, known, [RULE], NOW, beside=Beside(crowd))
    assume(meets(RULE.threshold, part.in_window))
    kept = from_bytes(as_bytes(past))
    assert kept == past
    joined = with_past(part, kept, known)
    assert replace(joined, evidence=(), sessions=()) == replace(whole, evidence=(), sessions=(), signals=part.signals)
    assert set(joined.sessions) == set(whole.sessions)
    assert set(joined.evidence) == set(whole.evidence)


@given(st.lists(said, min_size=1, max_size=10))
def test_a_past_that_is_kept_is_read_as_it_was(spoken: list[tuple[int, float, float, str]]) -> None:
    signals, known = _sessions(spoken)
    (whole,) = count(signals, known, [RULE], NOW)
    past = folded(whole, known, _active(known), NOW + timedelta(days=1))  # type: ignore[arg-type]
    assert past is not None
    assert from_bytes(as_bytes(past)) == past


def test_evidence_without_a_time_is_never_past() -> None:
    signals, known = [signal("s1", None), signal("s2", 20)], {"s1": origin("s1"), "s2": origin("s2")}
    (whole,) = count(signals, known, [RULE], NOW)
    assert folded(whole, known, {"s1": days_ago(20), "s2": days_ago(20)}, NOW) is None


@given(st.binary() | st.sampled_from([b"", b"[]", b"{}", b'{"version":1}', b'{"version":2}', b"null"]))
def test_a_past_that_cannot_be_read_is_none(text: bytes) -> None:
    assert from_bytes(text) is None
