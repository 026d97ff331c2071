"""What is past is only added: a finding counted without its past, and with it, is the finding counted as a whole."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from hypothesis import assume, event, given, settings
from hypothesis import strategies as st
from made import NOW, days_ago, origin, rule, signal

from bot.core.count import Beside, count
from bot.core.model import Finding, Signal, Span
from bot.core.origin import Everybody, Origin
from bot.core.past import as_bytes, folded, from_bytes, with_past

LATE = frozenset({*range(0, 24, 3), *range(1, 24, 3)})  # sessions that may be told of after the past was made
RULE = rule(sessions=2, people=1, within=timedelta(days=14), quiet=timedelta(days=7))
UNTIL = days_ago(16)

_Said = tuple[int, float, float, str]
said = st.tuples(st.integers(0, 11), st.floats(0, 60), st.floats(0, 200), st.sampled_from(["", "1.2", "1.10"]))
moments = st.sampled_from([1.0, 15.98, 16.02, 25.0, 40.0, 40.03])  # days ago
stories = st.tuples(
    st.lists(said, min_size=2, max_size=20),
    st.lists(st.tuples(moments, st.integers(4, 6)), max_size=2),
    st.sampled_from([0, 8]),
)


def _said(single: list[_Said], bursts: list[tuple[float, int]], later: float) -> list[_Said]:
    """What was said in single sessions, and in new ones by many people at once; all of it some days `later` ago."""
    at_once = [
        (12 + 6 * which + person, ago, 5.0, "")
        for which, (ago, people) in enumerate(bursts)
        for person in range(people)
    ]
    return [(who, ago + later, *rest) for who, ago, *rest in (*single, *at_once)]


def _sessions(spoken: list[_Said]) -> tuple[list[Signal], dict[str, Origin]]:
    """Sessions of six people, the first twelve in eight conversations, and what they said.

    That is: which session, days ago, minutes lost, version.
    """
    signals = [
        signal(
            f"s{number}", ago, event=f"e{index}", until=days_ago(ago) + timedelta(minutes=lost),
            version=version, tool=version and "Bash", origin="docs:README.md:1" if number % 2 else "",
        )
        for index, (number, ago, lost, version) in enumerate(spoken)
    ]  # fmt: skip
    known = {}
    for number in range(24):
        times = [each.at for each in signals if each.session == f"s{number}" and each.at] or [days_ago(3)]
        blocks = (Span(min(times), max(times) + timedelta(hours=1)),)
        person = ("ada", "ben", "cy", "dee", "eli", "fay")[number % 6]
        conversation = f"c{number % 8 if number < 12 else number}"
        known[f"s{number}"] = origin(
            f"s{number}", person, conversation=conversation, blocks=blocks, started_at=blocks[0].start
        )
    return signals, known


def _active(known: dict[str, Origin]) -> dict[str, object]:
    last = {
        name: max(each.blocks[-1].end for each in known.values() if each.conversation == name)
        for name in {each.conversation for each in known.values()}
    }
    return {name: last[each.conversation] for name, each in known.items()}


def _comes_late(signal: Signal, known: dict[str, Origin]) -> bool:
    """Whether a signal is only told of when a past was made: its conversation began long enough after that ended."""
    together = [each for each in known.values() if each.conversation == known[signal.session].conversation]
    late = int(signal.session.removeprefix("s")) in LATE
    return late and all(each.started_at and each.started_at >= UNTIL + timedelta(hours=1) for each in together)


def _told(finding: Finding) -> Finding:
    """A finding without what a past keeps only a part of, or in another order."""
    return replace(finding, evidence=(), sessions=(), outages={})


@settings(max_examples=300)
@given(stories)
def test_what_is_past_and_what_is_not_come_to_the_whole(
    story: tuple[list[_Said], list[tuple[float, int]], float],
) -> None:
    signals, known = _sessions(_said(*story))
    active, crowd = _active(known), Everybody(known)
    (whole,) = count(signals, known, [RULE], NOW, beside=Beside(crowd))
    early = [each for each in signals if not _comes_late(each, known)]
    assume(early)
    (first,) = count(early, known, [RULE], NOW, beside=Beside(crowd))
    past = folded(first, known, active, UNTIL, RULE.threshold)  # type: ignore[arg-type]
    live = [each for each in signals if not active[each.session] < UNTIL]  # type: ignore[operator]
    assume(past is not None and live)
    assert past is not None
    (part,) = count(live, known, [RULE], NOW, beside=Beside(crowd))
    kept = from_bytes(as_bytes(past))
    assert kept == past
    joined = with_past(part, kept, known, RULE.threshold, NOW, crowd)
    assert joined is not None
    event(f"{whole.state}, {'with' if whole.outages else 'no'} outages")
    assert _told(joined) == replace(_told(whole), signals=part.signals)
    assert set(joined.sessions) == set(whole.sessions)
    assert set(joined.evidence) == set(whole.evidence)


@given(st.lists(said, min_size=1, max_size=10))
def test_a_past_that_is_kept_is_read_as_it_was(spoken: list[_Said]) -> None:
    signals, known = _sessions(spoken)
    (whole,) = count(signals, known, [RULE], NOW)
    past = folded(whole, known, _active(known), NOW + timedelta(days=1), RULE.threshold)  # type: ignore[arg-type]
    assert past is not None
    assert from_bytes(as_bytes(past)) == past


def test_evidence_without_a_time_is_never_past() -> None:
    signals, known = [signal("s1", None), signal("s2", 20)], {"s1": origin("s1"), "s2": origin("s2")}
    (whole,) = count(signals, known, [RULE], NOW)
    assert folded(whole, known, {"s1": days_ago(20), "s2": days_ago(20)}, NOW, RULE.threshold) is None


def test_where_too_much_is_in_one_window_the_newest_alone_has_to_decide() -> None:
    old = [signal("s1", 20 + number / 1000, event=f"e{number}") for number in range(201)]
    few, enough = [signal("s2", 1)], [signal("s2", 1), signal("s3", 2)]
    known = {"s1": origin("s1"), "s2": origin("s2", "ben"), "s3": origin("s3", "cy")}
    (whole,) = count(old, known, [RULE], NOW)
    past = folded(whole, known, {"s1": days_ago(20)}, UNTIL, RULE.threshold)
    assert past is not None
    assert past.walk is None

    def together(live: list[Signal]) -> Finding | None:
        (part,) = count(live, known, [RULE], NOW)
        return with_past(part, past, known, RULE.threshold, NOW, Everybody(known))

    assert together(few) is None
    assert together(enough) == replace(count([*old, *enough], known, [RULE], NOW)[0], signals=tuple(enough))


@given(
    st.binary()
    | st.sampled_from([b"", b"[]", b"{}", b'{"version":1}', b'{"version":2}', b'{"version":2,"walk":1}', b"null"])
)
def test_a_past_that_cannot_be_read_is_none(text: bytes) -> None:
    assert from_bytes(text) is None
