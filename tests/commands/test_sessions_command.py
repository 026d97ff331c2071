"""`frictionbot sessions`: lists, one session, and totals, for people and for programs."""

from __future__ import annotations

from datetime import timedelta

from bot.core.model import Kind, Outcome, Problem, Session, Span, Step
from tests.shells import NOW, RememberedWork, typed

HOUR = timedelta(hours=1)


def session(name: str, person: str = "alice") -> Session:
    steps = (
        Step("p", Kind.PROMPT, NOW - 3 * HOUR),
        Step("c", Kind.CALL, NOW - 3 * HOUR, tool="Bash", outcome=Outcome.FAILED, elapsed=266.0, command="make  test"),
    )
    blocks = (Span(NOW - 3 * HOUR, NOW - 2 * HOUR), Span(NOW - HOUR, NOW))
    return Session(
        name, "claude-code", "team", person, blocks, tuple(s._replace(key=name + s.key) for s in steps),
        versions=("2.1.9", "2.1.10"), events=5,
    )  # fmt: skip


WORK = RememberedWork(sessions=(session("aaaa-1"), session("aabb-2", "")))


def test_the_list_has_one_line_a_session() -> None:
    said = typed("sessions", "list", work=WORK)
    lines = [line.split() for line in said.out.splitlines()]
    assert lines[0] == [
        "SESSION",
        "START",
        "END",
        "ACTIVE",
        "PROMPTS",
        "CALLS",
        "FAILURES",
        "INTERRUPTS",
        "PERSON",
        "VERSIONS",
    ]
    assert lines[1][:-3] == ["aaaa-1", "2026-02-15", "20:00", "2026-02-15", "23:00", "2h00m", "1", "1", "1", "0"]
    assert lines[1][-3].startswith("person-")
    assert (lines[2][-3], len(lines)) == ("unknown", 3)


def test_a_longer_gap_counts_pauses_as_active_time() -> None:
    said = typed("sessions", "list", "--gap", "90m", "--format", "json", work=WORK)
    assert said.json["sessions"][0]["active_seconds"] == 3 * 3600
    assert said.json["sessions"][0]["gaps"] == []


def test_a_gap_that_is_no_duration_is_a_usage_error() -> None:
    said = typed("sessions", "list", "--gap", "long", work=WORK)
    assert (said.code, said.out) == (2, "")
    assert said.err.startswith("--gap: 'long' is no duration: write a whole number and s, m, h or d")


def test_one_session_is_shown_by_the_beginning_of_its_id() -> None:
    said = typed("sessions", "show", "aab", work=WORK)
    assert said.code == 0
    assert "session      aabb-2" in said.out
    assert "active       2h00m (1 pause)" in said.out
    assert "Pauses\nFROM              TO                PAUSE\n2026-02-15 21:00  2026-02-15 22:00  1h00m" in said.out
    assert said.out.endswith("    266  aabb-2   2026-02-15 20:00  Bash  make test\n")


def test_an_id_that_is_unknown_or_stands_for_several_is_a_problem() -> None:
    missing, several = (typed("sessions", "show", wanted, "--format", "json", work=WORK) for wanted in ("x", "aa"))
    assert (missing.code, missing.json["session"], missing.json["problems"][0]["code"]) == (1, None, "session_missing")
    assert several.json["problems"][0]["message"] == "2 sessions begin so: aaaa-1, aabb-2; write more of the id"
    assert several.err.startswith("aa: 2 sessions begin so")


def test_an_object_has_times_in_z_and_every_figure() -> None:
    told = typed("sessions", "show", "aaaa", "--format", "json", work=WORK).json["session"]
    assert (told["started_at"], told["ended_at"]) == ("2026-02-15T20:00:00.000Z", "2026-02-15T23:00:00.000Z")
    assert told["gaps"] == [{"start": "2026-02-15T21:00:00.000Z", "end": "2026-02-15T22:00:00.000Z", "seconds": 3600.0}]
    assert (told["prompts"], told["calls"], told["failures"], told["interrupts"]) == (1, 1, 1, 0)
    assert told["slowest"][0]["seconds"] == 266.0
    assert told["versions"] == ["2.1.9", "2.1.10"]


def test_names_are_shown_where_the_settings_allow_it() -> None:
    environ = {"FRICTIONBOT_PEOPLE_SHOW": "name"}
    assert "alice" not in typed("sessions", "list", work=WORK).out
    assert "alice" in typed("sessions", "list", work=WORK, environ=environ).out


def test_totals_are_said_and_given() -> None:
    assert "conversations  2\n" in typed("sessions", "stats", work=WORK).out
    totals = typed("sessions", "stats", "--format", "json", work=WORK).json["totals"]
    assert (totals["sessions"], totals["people"], totals["calls"]) == (2, 2, 2)
    assert totals["versions"] == {"2.1.9": 2, "2.1.10": 2}


def test_a_file_that_cannot_be_read_is_said_and_the_rest_is_shown() -> None:
    work = RememberedWork(
        sessions=(session("aaaa-1"),), problems=(Problem("unreadable", "/s/b.jsonl", "no permission"),)
    )
    said = typed("sessions", "list", work=work)
    assert said.code == 1
    assert said.out.count("\n") == 2
    assert said.err == "/s/b.jsonl: no permission [unreadable]\n"


def test_no_session_at_all_is_said_on_stderr() -> None:
    said = typed("sessions", "list", "--source", "/s", work=RememberedWork())
    assert (said.code, said.out) == (0, "")
    assert said.err == "no sessions were found in /s; --source PATH says where they lie\n"
