"""What an examination of an installation found: one value a line, the overall outcome, and how it is shown.

A check says what was found in one sentence and, unless all is well, what to type or do about it. No secret is in either.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

SCHEMA = 1  # of the JSON object; a field may be added within a number, never changed


class Outcome(StrEnum):
    """How a check ended; what was skipped is not used here, or rests on something that failed."""

    OK = "ok"
    WARNING = "warning"
    FAILED = "failed"
    SKIPPED = "skipped"


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was looked at: its name, its place (a repository, a queue; often ""), how it ended, what was found.

    `fix` is what to type or do. `details` are lines of their own, for those who want to see more.
    """

    name: str
    outcome: Outcome
    found: str
    fix: str = ""
    place: str = ""
    details: tuple[str, ...] = ()


def ok(name: str, found: str, place: str = "", details: Sequence[str] = ()) -> Check:
    """A check that ended well."""
    return Check(name, Outcome.OK, found, "", place, tuple(details))


def warning(name: str, found: str, fix: str, place: str = "", details: Sequence[str] = ()) -> Check:
    """A check that found what works and will make trouble."""
    return Check(name, Outcome.WARNING, found, fix, place, tuple(details))


def failed(name: str, found: str, fix: str, place: str = "", details: Sequence[str] = ()) -> Check:
    """A check that found what does not work."""
    return Check(name, Outcome.FAILED, found, fix, place, tuple(details))


def unused(name: str, why: str) -> Check:
    """A check of something that this installation does not use."""
    return Check(name, Outcome.SKIPPED, f"not used here: {why}")


def skipped(name: str, because: Sequence[str]) -> Check:
    """A check that rests on others that failed."""
    return Check(name, Outcome.SKIPPED, f"not looked at, because {' and '.join(because)} failed")


def overall(checks: Iterable[Check]) -> Outcome:
    """The worst of the outcomes; what was skipped is no worse than ok."""
    found = {check.outcome for check in checks}
    return next((worst for worst in (Outcome.FAILED, Outcome.WARNING) if worst in found), Outcome.OK)


def exit_code(checks: Iterable[Check], *, strict: bool = False) -> int:
    """0 where nothing failed (and, where strict, nothing is to be warned of either), else 1."""
    bad = {Outcome.FAILED, Outcome.WARNING} if strict else {Outcome.FAILED}
    return int(overall(checks) in bad)


def as_json(checks: Sequence[Check]) -> dict[str, Any]:
    """The object of `doctor --format json`, schema 1."""
    return {"schema": SCHEMA, "outcome": overall(checks).value, "checks": [_json(check) for check in checks]}


def summary(checks: Sequence[Check]) -> str:
    """One sentence over all: `12 ok, 1 warning, 2 failed, 3 skipped`."""
    words = {Outcome.OK: "ok", Outcome.WARNING: "warning", Outcome.FAILED: "failed", Outcome.SKIPPED: "skipped"}
    counts = {outcome: sum(check.outcome is outcome for check in checks) for outcome in Outcome}
    parts = [
        f"{count} {words[outcome]}{'s' if outcome is Outcome.WARNING and count > 1 else ''}"
        for outcome, count in counts.items()
        if count
    ]
    return ", ".join(parts) or "nothing was looked at"


def _json(check: Check) -> dict[str, Any]:
    return {
        "name": check.name,
        "place": check.place,
        "outcome": check.outcome.value,
        "found": check.found,
        "fix": check.fix,
        "details": list(check.details),
    }
