"""The figures of sessions: when they were active, what was asked and called, what failed, what took long."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise

from bot.core.model import FAILURES, Kind, Outcome, Session, Span, Step
from bot.core.session import identity, join, seconds

SLOWEST = 10  # calls that figures name


@dataclass(frozen=True, slots=True)
class SlowCall:
    """A call that reported how long it ran: the last of its cumulative reports, in seconds."""

    session: str
    at: datetime | None
    seconds: float
    tool: str
    command: str
    place: str


@dataclass(frozen=True, slots=True)
class Work:
    """What was asked and done: numbers of prompts and tool calls, of calls by how they went wrong, and of notes."""

    prompts: int = 0
    calls: int = 0
    failures: int = 0
    rejections: int = 0
    interrupts: int = 0
    hook_blocks: int = 0
    api_errors: int = 0
    compactions: int = 0


@dataclass(frozen=True, slots=True)
class SessionFigures:
    """The figures of one session. `gaps` are the pauses longer than the gap; the rest of the time was active."""

    id: str
    agent: str
    person: str
    source: str
    started_at: datetime | None
    ended_at: datetime | None
    active: timedelta
    gaps: tuple[Span, ...]
    work: Work
    slowest: tuple[SlowCall, ...]
    versions: tuple[str, ...]
    branches: tuple[str, ...]
    cwds: tuple[str, ...]
    events: int


@dataclass(frozen=True, slots=True)
class Totals:
    """The figures of many sessions; what several sessions share through resuming or forking counts once."""

    sessions: int
    conversations: int
    people: int
    started_at: datetime | None
    ended_at: datetime | None
    active: timedelta
    work: Work
    slowest: tuple[SlowCall, ...]
    versions: tuple[tuple[str, int], ...]


def figures(session: Session, gap: timedelta) -> SessionFigures:
    """The figures of one session, where a pause longer than `gap` (ten minutes or more) is not active time."""
    blocks = join(session.blocks, gap)
    return SessionFigures(
        id=session.id,
        agent=session.agent,
        person=session.person,
        source=session.source,
        started_at=session.started_at,
        ended_at=session.ended_at,
        active=_active(blocks),
        gaps=tuple(Span(one.end, other.start) for one, other in pairwise(blocks)),
        work=_work(session.steps, len(session.quiet)),
        slowest=_slowest((session.id, step) for step in session.steps),
        versions=session.versions,
        branches=session.branches,
        cwds=session.cwds,
        events=session.events,
    )


def totals(sessions: Sequence[Session], gap: timedelta) -> Totals:
    """The figures of all sessions together; a step that several sessions hold counts once."""
    groups = conversations(sessions)
    steps: dict[str, tuple[str, Step]] = {}
    for session in sorted(sessions, key=_start):
        for step in session.steps:
            steps.setdefault(step.key, (session.id, step))
    told = {identity(key) for key, (_, step) in steps.items() if step.kind is Kind.CALL}
    quiet = frozenset[int]().union(*(session.quiet for session in sessions)) - told
    versions = sorted({version for session in sessions for version in session.versions}, key=_by_number)
    return Totals(
        sessions=len(sessions),
        conversations=len(groups),
        people=len({session.person for session in sessions}),
        started_at=min((session.started_at for session in sessions if session.started_at), default=None),
        ended_at=max((session.ended_at for session in sessions if session.ended_at), default=None),
        active=sum(
            (_active(join((span for each in group for span in each.blocks), gap)) for group in groups), timedelta()
        ),
        work=_work([step for _, step in steps.values()], len(quiet)),
        slowest=_slowest(steps.values()),
        versions=tuple((version, sum(version in session.versions for session in sessions)) for version in versions),
    )


def conversations(sessions: Sequence[Session]) -> tuple[tuple[Session, ...], ...]:
    """The sessions in groups that share events, directly or through others; each group in order of start."""
    leader = list(range(len(sessions)))

    def find(index: int) -> int:
        while leader[index] != index:
            leader[index] = leader[leader[index]]
            index = leader[index]
        return index

    first: dict[int, int] = {}
    for index, session in enumerate(sessions):
        for link in session.links:
            leader[find(index)] = find(first.setdefault(link, index))
    groups: dict[int, list[Session]] = {}
    for index, session in enumerate(sessions):
        groups.setdefault(find(index), []).append(session)
    ordered = [tuple(sorted(group, key=_start)) for group in groups.values()]
    return tuple(sorted(ordered, key=lambda group: _start(group[0])))


def _active(blocks: Sequence[Span]) -> timedelta:
    return timedelta(seconds=seconds(blocks))


def _work(steps: Sequence[Step], quiet: int) -> Work:
    """Counted steps; `quiet` is the number of calls that worked and of which no step is kept."""
    calls = [step for step in steps if step.kind is Kind.CALL]

    def ended(*outcomes: Outcome) -> int:
        return sum(step.outcome in outcomes for step in calls)

    def notes(kind: Kind) -> int:
        return sum(step.kind is kind for step in steps)

    return Work(
        prompts=notes(Kind.PROMPT),
        calls=len(calls) + quiet,
        failures=ended(*FAILURES),
        rejections=ended(Outcome.REJECTED),
        interrupts=ended(Outcome.INTERRUPTED) + notes(Kind.INTERRUPTION),
        hook_blocks=ended(Outcome.HOOK_BLOCK),
        api_errors=ended(Outcome.INFRASTRUCTURE) + notes(Kind.API_ERROR),
        compactions=notes(Kind.COMPACTION),
    )


def _slowest(steps: Iterable[tuple[str, Step]]) -> tuple[SlowCall, ...]:
    """The calls that ran longest; ties in order of time, then of place."""
    return tuple(
        sorted(_timed(steps), key=lambda call: (-call.seconds, call.at is None, call.at, call.place))[:SLOWEST]
    )


def _timed(steps: Iterable[tuple[str, Step]]) -> Iterator[SlowCall]:
    for session, step in steps:
        if step.kind is Kind.CALL and step.elapsed > 0:
            yield SlowCall(session, step.at, step.elapsed, step.tool, step.command or step.thing, step.place)


def _start(session: Session) -> tuple[bool, float, str]:
    started = session.started_at
    return (started is None, started.timestamp() if started else 0.0, session.id)


def _by_number(version: str) -> tuple[tuple[bool, int, str], ...]:
    """Versions in the order of their numbers: 2.9 comes before 2.10."""
    return tuple((part.isdecimal(), int(part) if part.isdecimal() else 0, part) for part in version.split("."))
