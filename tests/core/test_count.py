"""Counting: conversations, people and occurrences in a window, each thing once."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st
from made import NOW, days_ago, origin, origins, rule, signal

from bot.core.count import count, fingerprint
from bot.core.model import Count, Finding, Signal, Span
from bot.core.origin import Origin
from bot.core.rule_model import Rule


def one(signals: Sequence[Signal], known: dict[str, Origin], counted: Rule | None = None) -> Finding:
    (finding,) = count(signals, known, [counted or rule()], NOW)
    return finding


def state(signals: Sequence[Signal], known: dict[str, Origin], **threshold: object) -> str:
    return one(signals, known, rule(**threshold)).state


def test_sessions_people_and_occurrences_are_counted_apart() -> None:
    signals = [signal("s1", 1), signal("s1", 2), signal("s2", 3), signal("s3", 20)]
    finding = one(signals, origins("ada", "ada", "ben"))
    assert finding.total == Count(3, 2, 4)
    assert finding.in_window == Count(2, 1, 3)


def test_all_unknown_people_count_as_one() -> None:
    assert one([signal("s1"), signal("s2"), signal("s3")], origins("", "", "ada")).total.people == 2


def test_a_copy_of_an_event_counts_once_for_the_session_that_started_first() -> None:
    known = {
        "late": origin("late", "ben", started_at=days_ago(2), conversation="early"),
        "early": origin("early", "ada", started_at=days_ago(3)),
    }
    finding = one([signal("late", event="e"), signal("early", event="e")], known)
    assert finding.total == Count(1, 1, 1)
    assert finding.sessions == ("early",)


def test_forks_of_one_conversation_count_once() -> None:
    known = {name: origin(name, "ada", conversation="root") for name in ("a", "b", "c")}
    assert one([signal("a", 1), signal("b", 2), signal("c", 3)], known).total == Count(1, 1, 3)


def test_what_a_resume_copied_under_new_identities_counts_once() -> None:
    known = {
        "first": origin("first", started_at=days_ago(3), conversation="first"),
        "resumed": origin("resumed", started_at=days_ago(2), conversation="first"),
    }
    copies = [signal("first", 2, event="old-uuid"), signal("resumed", 2, event="new-uuid")]
    assert one(copies, known).total == Count(1, 1, 1)
    assert one([*copies, signal("resumed", 1)], known).total == Count(1, 1, 2)


def test_two_events_of_one_session_at_one_moment_are_two() -> None:
    assert one([signal("s1", 1, event="a"), signal("s1", 1, event="b")], origins("ada")).total.occurrences == 2


def test_the_window_is_open_at_its_far_end_and_closed_at_now() -> None:
    known = origins("ada", "ben")
    on_edge = one([signal("s1", 14), signal("s2", 0)], known)
    assert on_edge.in_window == Count(1, 1, 1)


def test_signals_later_than_now_are_ignored() -> None:
    assert count([signal("s1", -1)], origins("ada"), [rule()], NOW) == ()


def test_a_signal_without_a_time_is_kept_but_never_in_the_window() -> None:
    finding = one([signal("s1", None)], origins("ada"))
    assert (finding.total.occurrences, finding.in_window.occurrences, finding.last_seen) == (1, 0, None)


def test_a_rule_is_active_at_its_threshold_and_not_just_below() -> None:
    known = origins("ada", "ben", "ada")
    signals = [signal("s1"), signal("s2"), signal("s3")]
    assert state(signals, known, sessions=3, people=2) == "active"
    assert state(signals[:2], known, sessions=3, people=2) == "below"


def test_one_noisy_session_cannot_trip_a_rule_that_asks_for_three() -> None:
    assert state([signal("s1", day / 10) for day in range(1, 100)], origins("ada"), sessions=3, people=1) == "below"


def test_one_noisy_person_cannot_trip_a_rule_that_asks_for_two() -> None:
    signals = [signal(f"s{number}", number) for number in range(1, 9)]
    assert state(signals, origins(*["ada"] * 8), sessions=3, people=2) == "below"


def test_occurrences_are_asked_for_where_the_rule_asks() -> None:
    signals = [signal("s1", 1), signal("s2", 2)]
    assert state(signals, origins("ada", "ben"), sessions=2, people=2, occurrences=3) == "below"
    assert state([*signals, signal("s2", 3)], origins("ada", "ben"), sessions=2, people=2, occurrences=3) == "active"


def test_once_active_it_stays_so_until_fewer_than_clear_below_are_left() -> None:
    signals = [signal("s1", 16), signal("s2", 15.5), signal("s3", 10)]
    known = origins("ada", "ben", "cy")
    assert state(signals, known, sessions=3, people=2, clear_below=1) == "active"
    assert state(signals, known, sessions=3, people=2, clear_below=2) == "below"


def test_evidence_that_never_met_the_threshold_together_is_below() -> None:
    signals = [signal("s1", 40), signal("s2", 20), signal("s3", 1)]
    assert state(signals, origins("ada", "ben", "cy"), sessions=2, people=2) == "below"


def test_quiet_is_proven_by_later_sessions_of_the_same_people() -> None:
    signals = [signal("s1", 80), signal("s2", 79)]
    known = origins("ada", "ben")
    limits = {"sessions": 2, "people": 2, "quiet": timedelta(days=30)}
    assert state(signals, known, **limits) == "below"
    later = {name: origin(name, "ada", started_at=days_ago(day)) for name, day in (("x", 5), ("y", 4))}
    assert state(signals, known | later, **limits) == "quiet"
    strangers = {name: origin(name, "zed", started_at=days_ago(day)) for name, day in (("x", 5), ("y", 4))}
    assert state(signals, known | strangers, **limits) == "below"


def test_groups_and_repositories_are_findings_of_their_own() -> None:
    known = {"a": origin("a", repository="acme/shop"), "b": origin("b", repository="acme/site")}
    signals = [
        signal("a", 1, group=(("module", "pandas"),)),
        signal("a", 2, group=(("module", "numpy"),)),
        signal("b", 1, group=(("module", "pandas"),)),
    ]
    found = count(signals, known, [rule()], NOW)
    assert sorted((finding.repository, dict(finding.key)["module"]) for finding in found) == [
        ("acme/shop", "numpy"), ("acme/shop", "pandas"), ("acme/site", "pandas"),
    ]  # fmt: skip
    assert len({finding.fingerprint for finding in found}) == 3


def test_a_renamed_rule_keeps_its_fingerprints() -> None:
    assert fingerprint("a/b", rule("old"), ()) == fingerprint("a/b", rule("new", aliases=("old",)), ())
    assert fingerprint("A/B", rule("old"), ()) == fingerprint("a/b", rule("old"), ())
    assert fingerprint("a/b", rule("old"), ()) != fingerprint("a/b", rule("new"), ())


def test_what_a_stable_specific_rule_matched_the_general_rule_does_not_count() -> None:
    general = rule("tool-failure", event="tool_failure", group_by=("signature",))
    signals = [signal("s1", 1, of="specific", event="e"), signal("s1", 1, of="tool-failure", event="e")]
    for status, rules in (("stable", ["specific"]), ("shadow", ["specific", "tool-failure"])):
        found = count(signals, origins("ada"), [general, rule("specific", status=status)], NOW)
        assert sorted(finding.rule for finding in found) == rules


def test_minutes_lost_count_overlaps_once_and_idle_time_never() -> None:
    busy = (Span(days_ago(1), days_ago(1) + timedelta(minutes=30)),)
    known = {"s1": origin("s1", blocks=busy)}
    start = days_ago(1)
    signals = [
        signal("s1", 1, event="a", until=start + timedelta(minutes=10)),
        signal("s1", 1, event="b", until=start + timedelta(minutes=20)),
        signal("s1", 1, event="c", until=start + timedelta(hours=9)),
    ]
    assert one(signals[:2], known).minutes_lost == 20.0
    assert one(signals, known).minutes_lost == 30.0


def test_evidence_shows_the_newest_of_each_session_and_no_path() -> None:
    signals = [signal("s1", day, place=f"/home/ada/x.jsonl:{day}") for day in (1, 2)] + [signal("s2", 3)]
    finding = one(signals, origins("ada", "ben"))
    assert [(each.session, each.person, each.place) for each in finding.evidence] == [
        ("s1", "shown-ada", "line 1"), ("s2", "shown-ben", ""),
    ]  # fmt: skip
    assert finding.example == "boom"


@given(
    st.lists(st.tuples(st.sampled_from(["s1", "s2", "s3"]), st.floats(0, 60)), min_size=1, max_size=25), st.randoms()
)
def test_the_order_and_repetition_of_signals_change_nothing(pairs: list[tuple[str, float]], random: object) -> None:
    signals = [signal(session, days) for session, days in pairs]
    shuffled = [*signals, *signals]
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    known = origins("ada", "ben", "")
    assert count(signals, known, [rule(sessions=2, people=2)], NOW) == count(
        shuffled, known, [rule(sessions=2, people=2)], NOW
    )


def test_versions_that_are_no_numbers_cost_nothing() -> None:
    odd = ("1.\u00b2", "1" * 5000, "2.0.1", "x.y")
    signals = [signal(f"s{number}", number, version=version) for number, version in enumerate(odd, 1)]
    (found,) = count(signals, origins("ada", "ben", "cy", "dee"), [rule()], NOW)
    assert set(found.versions) == set(odd)
