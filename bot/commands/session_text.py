"""Sessions for people: one line each, one session in full, and the figures of all."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from bot.commands.tables import Draw, Table, columns
from bot.commands.wording import brief, moment, several
from bot.core.figures import SessionFigures, SlowCall, Totals, Work

Shown = Callable[[str], str]  # a person as the settings let it be shown

_NUMBERS = ("active", "prompts", "calls", "failures", "interrupts", "seconds", "pause", "sessions")
_LIST = columns(
    "session", "start", "end", "active", "prompts", "calls", "failures", "interrupts", "person", "versions",
    right=_NUMBERS, fixed=("session",),
)  # fmt: skip
_SLOW = columns("seconds", "session", "start", "tool", "command", right=_NUMBERS, fixed=("session",))
_GAPS = columns("from", "to", "pause", right=_NUMBERS)
_FACTS = columns("what", "value", fixed=("what",))
_ID = 8  # characters of an id that `sessions show` nearly always finds
_VERSIONS = columns("version", "sessions", right=_NUMBERS)


def list_text(sessions: Sequence[SessionFigures], shown: Shown, draw: Draw) -> str:
    """One row a session, in order of start."""
    rows = tuple(
        (
            each.id,
            moment(each.started_at),
            moment(each.ended_at),
            brief(each.active),
            *(f"{number}" for number in (each.work.prompts, each.work.calls, each.work.failures, each.work.interrupts)),
            shown(each.person),
            ", ".join(each.versions),
        )
        for each in sessions
    )
    return draw(Table(_LIST, rows))


def show_text(session: SessionFigures, shown: Shown, draw: Draw) -> str:
    """One session in full: its figures, its pauses, its slowest commands."""
    facts = (
        ("session", session.id),
        ("agent", session.agent),
        ("versions", ", ".join(session.versions)),
        ("person", shown(session.person)),
        ("source", session.source),
        ("folders", ", ".join(session.cwds)),
        ("branches", ", ".join(session.branches)),
        ("start", moment(session.started_at)),
        ("end", moment(session.ended_at)),
        ("active", f"{brief(session.active)} ({several(len(session.gaps), 'pause')})"),
        ("events", f"{session.events}"),
        *_work(session.work),
    )
    return "\n".join((draw(Table(_FACTS, facts)), *_gaps(session, draw), *_slow(session.slowest, draw)))


def stats_text(totals: Totals, draw: Draw) -> str:
    """The figures of all sessions together."""
    facts = (
        ("sessions", f"{totals.sessions}"),
        ("conversations", f"{totals.conversations}"),
        ("people", f"{totals.people}"),
        ("start", moment(totals.started_at)),
        ("end", moment(totals.ended_at)),
        ("active", brief(totals.active)),
        *_work(totals.work),
    )
    versions = tuple((version, f"{count}") for version, count in totals.versions)
    blocks = (draw(Table(_FACTS, facts)), *_slow(totals.slowest, draw))
    return "\n".join((*blocks, f"Versions\n{draw(Table(_VERSIONS, versions))}") if versions else blocks)


def _work(work: Work) -> tuple[tuple[str, str], ...]:
    return (
        ("prompts", f"{work.prompts}"),
        ("tool calls", f"{work.calls}"),
        ("failures", f"{work.failures}"),
        ("rejections", f"{work.rejections}"),
        ("interrupts", f"{work.interrupts}"),
        ("hook blocks", f"{work.hook_blocks}"),
        ("api errors", f"{work.api_errors}"),
        ("compactions", f"{work.compactions}"),
    )


def _gaps(session: SessionFigures, draw: Draw) -> Iterator[str]:
    if session.gaps:
        rows = tuple((moment(gap.start), moment(gap.end), brief(gap.end - gap.start)) for gap in session.gaps)
        yield f"Pauses\n{draw(Table(_GAPS, rows))}"


def _slow(calls: Sequence[SlowCall], draw: Draw) -> Iterator[str]:
    if calls:
        rows = tuple(
            (f"{call.seconds:.0f}", call.session[:_ID], moment(call.at), call.tool, call.command) for call in calls
        )
        yield f"Slowest commands\n{draw(Table(_SLOW, rows))}"
