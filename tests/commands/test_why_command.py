"""`frictionbot why`: the reasons of a decision for people and for programs."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

from bot.core.history import Decision
from bot.core.judge import Fix, Judgement, Verdicts
from bot.core.model import Action, Count, Finding, Problem, ReadStats, Signal
from bot.core.report import Report
from bot.core.rule_model import Match, Rule
from bot.core.wanted import Memory, Wanted
from bot.core.why import Picture
from bot.ingest import Watch
from bot.ports import StoreError
from bot.settings import Settings
from tests.shells import NOW, RememberedWork, Said, typed

NAME = "3fa9c1" + "0" * 58
FIXED = datetime(2026, 2, 10, 12, 0, tzinfo=UTC)
RULE = Rule(
    id="python-module-missing", title="Python cannot import {module}", status="stable", severity="medium",
    confidence="high", detects="Detects it.", match=Match(event="tool_result"),
)  # fmt: skip
SIGNALS = (
    Signal(
        RULE.id, "s2", "e2", (("module", "pandas"),), NOW - timedelta(days=1), place="/t/b.jsonl:4", version="2.1.9"
    ),
    Signal(RULE.id, "s1", "e1", (("module", "pandas"),), NOW - timedelta(days=20), place="/t/a.jsonl:7"),
)
FINDING = Finding(
    NAME, "acme/agents", RULE.id, (("module", "pandas"),), "below", "medium", Count(2, 2, 2), Count(1, 1, 1),
    SIGNALS[1].at, SIGNALS[0].at, 3.0, "boom", signals=SIGNALS,
)  # fmt: skip
FIX = Fix(FIXED, "close", "dana")
JUDGED = Judgement(
    fix=FIX, fixes=(FIX,), verdicts=Verdicts(before_fix=1, after_fix=1), closed_at=FIXED, discrepancy="no_fix_found",
    by_signal={"e1": "before_fix", "e2": "after_fix"}, returned=1,
)  # fmt: skip
ACTION = Action(
    "skip", NAME, "acme/agents", RULE.id, 12, "Python cannot import pandas", (), "#12: 1 after (2 would bring it back)",
    row="fixed",
)  # fmt: skip
LOGGED = Decision(FIXED, "acme/agents", NAME, RULE.id, "open", "open", 12, "3 of 3 sessions", "done")
PICTURE = Picture(
    Report(NOW, False, ReadStats(files=1), (), (FINDING,), (ACTION,), (), {NAME: JUDGED}),
    {RULE.id: RULE},
    {RULE.id: "rules/python/python-module-missing.yml"},
    Memory({"acme/agents": {NAME: 12}}, (LOGGED,)),
    {"s2": NOW - timedelta(days=1, hours=1), "s1": NOW - timedelta(days=20, hours=1)},
)


@dataclass
class Looking(RememberedWork):
    """Work that looked already, and remembers what it was asked."""

    picture: Picture | StoreError = PICTURE
    questions: list[Wanted] = field(default_factory=list)

    def why(self, settings: Settings, now: datetime, watch: Watch, asked: Wanted) -> Picture:
        self.asked.append((settings, now, False))
        self.questions.append(asked)
        if isinstance(self.picture, StoreError):
            raise self.picture
        return self.picture


def why(*argv: str, picture: Picture | StoreError = PICTURE) -> Said:
    return typed("why", *argv, work=Looking(picture=picture))


def test_everything_that_decided_is_told_in_words_and_tables() -> None:
    said = why("#12")
    assert (said.code, said.err) == (0, "")
    assert said.out.splitlines() == [
        "Python cannot import pandas",
        f"acme/agents#12, fingerprint {NAME}",
        (
            "rule python-module-missing (stable, severity medium, confidence high),"
            " rules/python/python-module-missing.yml"
        ),
        "",
        "Now: skip, row fixed: #12: 1 after (2 would bring it back)",
        "State: below; in all 2 sessions of 2 people, 2 times, 2026-01-26 23:00 to 2026-02-14 23:00",
        "",
        "Thresholds",
        "THRESHOLD              HAVE  NEED  OF",
        "threshold.sessions        1     3  sessions within 14 days",
        "threshold.people          1     2  people within 14 days",
        "threshold.occurrences     1     1  single signals within 14 days",
        "regression.sessions       1     2  sessions that start after 2026-02-10 12:00 UTC",
        "",
        "Fixes",
        "AT                WHO SAYS SO                  DECIDES",
        "2026-02-10 12:00  closed as completed by dana  yes",
        "1 session before the fix, 0 during rollout, 0 on old code, 1 after.",
        "The dates do not agree: closed as completed 2026-02-10 12:00 UTC, with no fix to be found.",
        "",
        "Signals",
        "SEEN              SESSION  SESSION BEGAN     WINDOW  VERDICT     DECIDED BY                   VERSION  WHERE",
        (
            "2026-02-14 23:00  s2       2026-02-14 22:00  in      after_fix   after 2026-02-10 12:00 UTC   2.1.9"
            "    /t/b.jsonl:4"
        ),
        (
            "2026-01-26 23:00  s1       2026-01-26 22:00  out     before_fix  before 2026-02-10 12:00 UTC  -"
            "        /t/a.jsonl:7"
        ),
        "",
        "Decided before",
        "AS OF             ACTION  ROW   ISSUE           RULE                   FINGERPRINT   OUTCOME  REASON",
        (
            "2026-02-10 12:00  open    open  acme/agents#12  python-module-missing  3fa9c1000000  done"
            "     3 of 3 sessions"
        ),
        "",
        "What would change it",
        "- 1 more session that starts after 2026-02-10 12:00 UTC",
        "- lowering regression.sessions to 1 in rules/python/python-module-missing.yml",
        "- a person reopening #12: then it is open, and the fixes before that count no more",
    ]


def test_an_issue_a_fingerprint_and_a_rule_are_asked_for_alike() -> None:
    first = why("12").out
    for what in ("acme/agents#12", "https://github.com/acme/agents/issues/12", "3fa9c1", "python-module-missing"):
        assert why(what).out == first


def test_the_newest_signals_are_shown_unless_all_are_wanted() -> None:
    many = tuple(SIGNALS[0]._replace(event=f"e{number}") for number in range(12))
    picture = replace(PICTURE, report=replace(PICTURE.report, findings=(replace(FINDING, signals=many),)))
    assert "Signals (10 of 12; --all shows all)" in why("12", picture=picture).out
    assert why("12", "--all", picture=picture).out.count("/t/b.jsonl:4") == 12


def test_json_is_one_object_with_all_signals() -> None:
    said = why("12", "--format", "json")
    assert (said.code, sorted(said.json)) == (0, ["as_of", "explanations", "problems", "schema"])
    [told] = said.json["explanations"]
    assert (told["fingerprint"], told["repository"], told["issue"]) == (NAME, "acme/agents", 12)
    assert told["actions"] == [
        {"action": "skip", "row": "fixed", "issue": 12, "reason": "#12: 1 after (2 would bring it back)"}
    ]
    assert told["fixes"] == [{"at": "2026-02-10T12:00:00.000Z", "source": "close", "ref": "dana", "decides": True}]
    assert told["thresholds"][0] == {
        "setting": "threshold.sessions", "have": 1, "need": 3, "of": "sessions within 14 days"
    }  # fmt: skip
    assert [each["verdict"] for each in told["signals"]] == ["after_fix", "before_fix"]
    assert told["signals"][0]["session_started_at"] == "2026-02-14T22:00:00.000Z"
    assert (told["discrepancy"], told["verdicts"]["before_fix"], len(told["decisions"])) == ("no_fix_found", 1, 1)
    assert told["changes"][0] == "1 more session that starts after 2026-02-10 12:00 UTC"


def test_a_rule_that_found_nothing_is_explained() -> None:
    nothing = replace(PICTURE, report=replace(PICTURE.report, findings=(), plan=()), memory=Memory())
    said = why("python-module-missing", picture=nothing)
    assert said.code == 0
    assert "Now: nothing, because it matched nothing in any session that was read." in said.out


def test_what_lost_its_evidence_is_told_by_the_log() -> None:
    lost = replace(PICTURE, report=replace(PICTURE.report, findings=(), plan=()))
    said = why("12", picture=lost)
    assert said.code == 0
    assert "Now: nothing, because no evidence is there any more." in said.out
    assert "Decided before" in said.out


def test_what_fits_nothing_says_what_to_type_and_what_is_near() -> None:
    said = why("python-modul-missing")
    assert (said.code, said.out) == (2, "")
    assert "no rule fits 'python-modul-missing': write #12, OWNER/NAME#12" in said.err
    assert "or the id of a rule; there is python-module-missing\n" in said.err
    assert "or the id of a rule; frictionbot rules list shows the rules\n" in why("zzz").err
    assert "no issue fits '#99'" in why("#99").err
    assert "issues are kept in acme/agents#12\n" in why("#99").err
    assert "no finding fits 'beefbeef'" in why("beefbeef", "--format", "json").err


def test_what_could_not_be_read_is_said_and_exits_with_one() -> None:
    problem = Problem("unavailable", "acme/agents", "GitHub could not answer")
    said = why("12", picture=replace(PICTURE, report=replace(PICTURE.report, problems=(problem,))))
    assert (said.code, said.err) == (1, "acme/agents: GitHub could not answer [unavailable]\n")
    said = why("12", picture=StoreError("database_busy", "x.db is in use"))
    assert (said.code, said.err) == (1, "database: x.db is in use [database_busy]\n")


def test_a_moment_and_the_sources_reach_the_run() -> None:
    work = Looking()
    typed("why", "12", "--now", "2026-02-14T00:00:00Z", "--source", "a", work=work)
    [(settings, now, post)] = work.asked
    assert ([each.path for each in settings.sources], now, post) == (
        ["a"],
        datetime.fromisoformat("2026-02-14T00:00:00Z"),
        False,
    )
    assert work.questions == [Wanted("12", 12)]
