"""Two made-up issues that every template is tried on: one with everything in it, one with as little as there can be."""

from __future__ import annotations

from bot.core.template_values import (
    BotValue,
    EvidenceValue,
    FindingValue,
    FixValue,
    IssueValues,
    KeyPart,
    Markdown,
    OriginValue,
    RuleValue,
    SessionValue,
    ThresholdValue,
)

_NONE = Markdown("")
_EVIDENCE = EvidenceValue(
    at=Markdown("2026-01-15 12:00 UTC"),
    session="00000000-0000-4000-8000-000000000001",
    person=Markdown("person-1"),
    tool="Bash",
    version="2.1.0",
    line="12",
    origin=Markdown("improvised by the agent"),
    prompt="make the report",
    command="python report.py",
    excerpt="No module named 'pandas'",
    transcript="$ python report.py\nNo module named 'pandas'",
    long=False,
    alike=1,
    withheld=False,
)
_FINDING = FindingValue(
    fingerprint="0" * 64,
    state="active",
    severity="medium",
    key=(KeyPart("module", "pandas"),),
    sessions=3,
    people=2,
    occurrences=4,
    first_seen=Markdown("2026-01-14 09:00 UTC"),
    last_seen=Markdown("2026-01-15 12:00 UTC"),
    time_lost=Markdown("about 12 minutes"),
    versions=("2.1.0",),
    tools=("Bash",),
    origins=(OriginValue("agent", Markdown("improvised by the agent"), 4),),
    thresholds=(ThresholdValue("sessions", 3, 3),),
    within=Markdown("14 days"),
    related=(
        SessionValue("00000000-0000-4000-8000-000000000001", Markdown("person-1"), Markdown("2026-01-15 12:00 UTC")),
    ),
    more_sessions=2,
)
_RULE = RuleValue(
    id="python-module-missing",
    link=Markdown("`python-module-missing`"),
    path="rules/environment/python-module-missing.yml",
    status="stable",
    confidence="high",
    detects=Markdown("A module is missing."),
    why=Markdown("Nobody declared it."),
    fix=Markdown("Declare it."),
    limits=(Markdown("Modules missing on purpose are counted."),),
)
_FULL = IssueValues(
    title="Python cannot import pandas",
    heading=Markdown("Python cannot import `pandas`"),
    finding=_FINDING,
    rule=_RULE,
    evidence=(_EVIDENCE,),
    more_evidence=3,
    evidence_withheld=False,
    fix=FixValue(
        at=Markdown("2026-01-14 10:00 UTC"),
        source=Markdown("pull request #12"),
        counts=Markdown("2 sessions before the fix, 0 during rollout, 0 on old code, 1 after"),
        discrepancy=Markdown("fixed but still open: fixed 2026-01-14 10:00 UTC, 1.1 days ago"),
        earlier=Markdown("#7"),
    ),
    bot=BotValue(Markdown("0.0.0"), Markdown("2026-01-15 13:00 UTC")),
)
_BARE = IssueValues(
    title="Something failed",
    heading=Markdown("Something failed"),
    finding=FindingValue("0" * 64, "below", "low", (), 0, 0, 0, _NONE, _NONE, _NONE, (), (), (), (), _NONE, (), 0),
    rule=RuleValue("general", Markdown("`general`"), "", "draft", "low", _NONE, _NONE, _NONE, ()),
    evidence=(),
    more_evidence=0,
    evidence_withheld=True,
    fix=FixValue(_NONE, _NONE, _NONE, _NONE, _NONE),
    bot=BotValue(_NONE, _NONE),
)
SAMPLES = (_FULL, _BARE)
