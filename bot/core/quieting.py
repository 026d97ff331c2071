"""What silences are about, when they are over, and how much they kept quiet; a rule's file may hold some too."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta

from bot.core.case import Case
from bot.core.model import Finding, Signal
from bot.core.origin import Origin
from bot.core.rule_model import Rule
from bot.core.silence import Held, Silence
from bot.core.slash import Scope, Until
from bot.core.version import at_least

_FIRST, _NEVER = datetime(1, 1, 1, tzinfo=UTC), datetime(9999, 1, 1, tzinfo=UTC)
_LONG = 4  # times the notice: a shorter silence is still remembered by the one who gave it


def of_rules(rules: Iterable[Rule], repositories: Sequence[str]) -> tuple[Silence, ...]:
    """The silences that rule files hold, for each repository."""
    return tuple(
        Silence(
            repository, None, None, rule.id, "",
            Scope("key", *next(iter(each.key.items()))) if each.key else Scope("rule"),
            Until("date", each.until) if each.until else Until("forever"),
            None, because=each.because,
        )
        for repository in repositories for rule in rules for each in rule.silenced
    )  # fmt: skip


def concerns(silence: Silence, case: Case) -> bool:
    """Whether a silence is about a case."""
    finding, scope = case.finding, silence.scope
    if finding.repository.lower() != silence.repository.lower():
        return False
    same_rule = silence.rule in {case.rule.id, *case.rule.aliases}
    if scope.kind == "person":
        return silence.issue in {issue.number for issue in case.issues}  # it is shown where it was given
    if scope.kind == "this":
        numbers = {issue.number for issue in case.issues}
        return silence.issue in numbers or (bool(silence.fingerprint) and silence.fingerprint == finding.fingerprint)
    if scope.kind == "key":
        return same_rule and dict(finding.key).get(scope.name) == scope.value
    return scope.kind == "repo" or (scope.kind == "rule" and same_rule)


def held(silence: Silence, cases: Sequence[Case], origins: Mapping[str, Origin], now: datetime) -> Held:
    """A silence as of `now`, about these cases of its repository (others are left out here)."""
    about = [case for case in cases if concerns(silence, case)]
    # Copies of one event are one signal in each finding; the same session may speak in several.
    signals = sorted(
        (signal for case in about for signal in _since(case.finding, silence.since)),
        key=lambda signal: (signal.at or now, signal.event),
    )
    over = _over(silence, cases, signals, origins, now)
    until = over or now
    quiet = {origins[each.session].conversation for each in signals if each.at and each.at <= until}
    return Held(silence, silence.until.at, over, len(quiet), len(about))


def _since(finding: Finding, since: datetime | None) -> Iterable[Signal]:
    return (signal for signal in finding.signals if signal.at and (since is None or signal.at > since))


def _over(
    silence: Silence, cases: Sequence[Case], signals: Sequence[Signal], origins: Mapping[str, Origin], now: datetime
) -> datetime | None:
    """When a silence ended, by whatever came first; None while it holds."""
    until = silence.until
    ends = [silence.lifted]
    if until.kind == "date":
        ends.append(until.at)
    elif until.kind == "version":
        ends.append(next((each.at for each in signals if at_least(each.version, until.version)), None))
    elif until.kind == "sessions":
        ends.append(_nth(signals, until.sessions, origins))
    elif until.kind == "fixed":
        ends.append(_mended(silence, cases))
    return min((end for end in ends if end and end <= now), default=None)


def _nth(signals: Sequence[Signal], number: int, origins: Mapping[str, Origin]) -> datetime | None:
    """When so many conversations had shown it."""
    seen: set[str] = set()
    for signal in signals:
        seen.add(origins[signal.session].conversation)
        if len(seen) >= number:
            return signal.at
    return None


def _mended(silence: Silence, cases: Sequence[Case]) -> datetime | None:
    """When the issue that a silence stands in was fixed after it, reopened, or said not to be fixed; whichever was first."""
    for case in cases:
        if silence.issue in {issue.number for issue in case.issues}:
            judged = case.judgement
            moments = [*(fix.at for fix in judged.fixes), judged.reopened_at, case.wishes.unfixed]
            after = [at for at in moments if at and (silence.since is None or at > silence.since)]
            return min(after, default=None)
    return None


def ends_soon(silence: Held, now: datetime, notice: timedelta) -> bool:
    """Whether a silence ends within `notice`, and was long enough for anybody to have forgotten it (four times as long)."""
    since = silence.silence.since
    if silence.ends is None or since is None or silence.over:
        return False
    return silence.ends - notice <= now and silence.ends - since > _LONG * notice


def in_its_time(silence: Silence, at: datetime | None) -> bool:
    """Whether a moment lies between a silence with a date (or without an end) and what ended it."""
    if at is None or (silence.since and at <= silence.since):
        return False
    return all(end is None or at <= end for end in (silence.until.at, silence.lifted))


def of_person(silence: Silence, left_out: Iterable[Signal], origins: Mapping[str, Origin], now: datetime) -> Held:
    """The silence of a person as of `now`, by the evidence that was left out of counting."""
    ends = [end for end in (silence.until.at, silence.lifted) if end and end <= now]
    theirs = [
        signal
        for signal in left_out
        if (origin := origins[signal.session]).repository == silence.repository
        and origin.person == silence.scope.name
        and in_its_time(silence, signal.at)
    ]
    kept = {origins[signal.session].conversation for signal in theirs}
    about = {(signal.rule, signal.group) for signal in theirs}
    return Held(silence, silence.until.at, min(ends, default=None), len(kept), len(about))


def quieted(
    cases: Sequence[Case],
    silences: Sequence[Silence],
    origins: Mapping[str, Origin],
    now: datetime,
    left_out: Sequence[Signal] = (),
) -> tuple[Held, ...]:
    """All silences as of `now`, each about the cases of its repository; `left_out` is the evidence of silenced people."""
    by_repository: dict[str, list[Case]] = {}
    for case in cases:
        by_repository.setdefault(case.finding.repository, []).append(case)
    return tuple(
        of_person(each, left_out, origins, now)
        if each.scope.kind == "person"
        else held(each, by_repository.get(each.repository, ()), origins, now)
        for each in silences
    )


def about_case(case: Case, all_held: Iterable[Held]) -> tuple[Held, ...]:
    """The silences about a case: those that hold, the longest first, then those that are over, the newest first."""
    mine = [each for each in all_held if concerns(each.silence, case)]
    holding = sorted((each for each in mine if each.over is None), key=_how_long, reverse=True)
    over = sorted((each for each in mine if each.over), key=lambda each: each.over or _NEVER, reverse=True)
    return (*holding, *over)


def _how_long(each: Held) -> tuple[datetime, datetime, int]:
    """By its end, where one without a date lasts longer; of equal ones the newest."""
    return each.ends or _NEVER, each.silence.since or _FIRST, each.silence.comment or 0
