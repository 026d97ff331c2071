"""Looking at everything: in order, each within its time, and none can stop the others or show a secret."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator

from bot.commands.examination import Probe, examine
from bot.core.diagnosis import Check, Outcome, failed, ok


def probe(name: str, outcome: Outcome, *needs: str) -> Probe:
    return Probe(name, lambda: [Check(name, outcome, "looked at", "mend it")], needs)


def examined(*probes: Probe, chosen: Iterable[str] = (), secrets: Iterable[str] = ()) -> list[Check]:
    return list(examine(probes, frozenset(chosen), frozenset(secrets), lambda _: None))


def outcomes(checks: Iterable[Check]) -> list[tuple[str, str]]:
    return [(check.name, check.outcome.value) for check in checks]


def test_what_rests_on_something_that_failed_is_skipped_and_says_on_what() -> None:
    checks = examined(
        probe("settings", Outcome.FAILED), probe("redis", Outcome.OK, "settings"), probe("queues", Outcome.OK, "redis")
    )
    assert outcomes(checks) == [("settings", "failed"), ("redis", "skipped"), ("queues", "skipped")]
    assert checks[2].found == "not looked at, because settings failed"


def test_a_warning_stops_nothing_that_rests_on_it() -> None:
    checks = examined(probe("database", Outcome.WARNING), probe("beat", Outcome.OK, "database"))
    assert outcomes(checks) == [("database", "warning"), ("beat", "ok")]


def test_only_what_is_chosen_is_looked_at_and_not_what_it_rests_on() -> None:
    probes = (probe("database", Outcome.FAILED), probe("beat", Outcome.OK, "database"))
    assert outcomes(examined(*probes, chosen=["beat"])) == [("beat", "ok")]


def test_an_extra_one_is_only_looked_at_by_name() -> None:
    here = Probe("worker", lambda: [ok("worker", "it answered")], extra=True)
    assert examined(here) == []
    assert outcomes(examined(here, chosen=["worker"])) == [("worker", "ok")]


def breaking() -> Iterator[Check]:
    yield ok("rules", "the first")
    raise ValueError("the token ghp_0123456789abcdefghijABCDEFGHIJ012345 was in it")


def test_a_check_that_breaks_is_a_failed_line_and_the_next_goes_on() -> None:
    checks = examined(Probe("rules", breaking), probe("sources", Outcome.OK))
    assert outcomes(checks) == [("rules", "ok"), ("rules", "failed"), ("sources", "ok")]
    assert checks[1].found.startswith("the check itself broke: ValueError: the token [masked:")


def waiting(over: threading.Event) -> Callable[[], Iterable[Check]]:
    def look() -> Iterator[Check]:
        yield ok("sources", "the first")
        over.wait(60)

    return look


def test_a_check_that_hangs_is_given_up_and_the_next_goes_on() -> None:
    over = threading.Event()
    checks = examined(Probe("sources", waiting(over), seconds=0.05), probe("rules", Outcome.OK, "sources"))
    over.set()
    assert outcomes(checks) == [("sources", "ok"), ("sources", "failed"), ("rules", "skipped")]
    assert checks[1].found == "no answer within 0 s"


def test_no_text_of_a_check_shows_a_secret() -> None:
    secret = Probe("redis", lambda: [failed("redis", "a hunter22 b", "type hunter22", "hunter22", ["x hunter22"])])
    (check,) = examined(secret, secrets=["hunter22", "", "b"])
    assert check == Check("redis", Outcome.FAILED, "a [secret] b", "type [secret]", "[secret]", ("x [secret]",))


def test_what_is_about_to_be_looked_at_is_told_before() -> None:
    told: list[str] = []
    list(examine([probe("a", Outcome.OK), probe("b", Outcome.OK)], frozenset(), frozenset(), told.append))
    assert told == ["a", "b"]
