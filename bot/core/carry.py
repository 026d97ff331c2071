"""Carrying issues over: what an earlier name or grouping of a rule filed stays the issue of what it was about."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from bot.core.model import Finding, KnownIssue
from bot.core.rule_model import Rule
from bot.core.telling import filed_by, taken_over


def carried(
    findings: Sequence[Finding], rules: Mapping[str, Rule], issues: Sequence[KnownIssue]
) -> Mapping[str, tuple[tuple[KnownIssue, ...], int | None]]:
    """For each finding of one repository its issues, and the number of an issue that a like finding took over.

    An issue whose fingerprint no finding has any more belongs to a finding of the same rule (or of one that has the rule
    as an alias) whose key agrees with the issue's wherever both name the same thing. Of several such findings the one
    with the most sessions takes it, and the others wait for what becomes of it: nothing is filed again.
    """
    by_fingerprint: dict[str, list[KnownIssue]] = {finding.fingerprint: [] for finding in findings}
    by_name: dict[str, list[Finding]] = {}
    for finding in findings:
        for name in (finding.rule, *rules[finding.rule].aliases):
            by_name.setdefault(name, []).append(finding)
    lost = list[KnownIssue]()
    for issue in issues:
        by_fingerprint.get(issue.fingerprint, lost).append(issue)
    claimed: dict[str, int] = {}
    for issue in issues:
        if issue.state == "open" and issue.fingerprint in by_fingerprint and (was := taken_over(issue)) is not None:
            heirs = [finding for finding in by_name.get(filed_by(issue)[0], ()) if _agree(finding, was)]
            claimed |= {finding.fingerprint: issue.number for finding in heirs}
    for issue in sorted(lost, key=lambda issue: issue.number):
        name, key = filed_by(issue)
        heirs = [finding for finding in by_name.get(name, ()) if key is not None and _agree(finding, key)]
        free = [finding for finding in heirs if not by_fingerprint[finding.fingerprint]]
        best = min(free or heirs, key=lambda finding: (-finding.total.sessions, finding.fingerprint), default=None)
        if best is None:
            continue
        by_fingerprint[best.fingerprint].append(issue)
        if issue.state == "open":
            claimed |= {finding.fingerprint: issue.number for finding in free if finding is not best}
    return {name: (tuple(found), None if found else claimed.get(name)) for name, found in by_fingerprint.items()}


def _agree(finding: Finding, key: Mapping[str, str]) -> bool:
    """Whether two keys of different groupings say the same wherever both name the same thing."""
    now = dict(finding.key)
    shared = now.keys() & key.keys()
    return (
        now.keys() != key.keys()
        and all(now[name] == key[name] for name in shared)
        and (bool(shared) or not now or not key)
    )
