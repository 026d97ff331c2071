"""The life of one issue: fixed, back, and silenced by a comment, with what the bot does about each."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NamedTuple, TextIO

from bot import service, wiring
from bot.core.model import Action, Finding
from bot.core.report import Report
from bot.demo.later import again
from bot.ingest import Silence
from bot.sandbox.server import Sandbox
from bot.settings import Settings

NOW = datetime(2026, 2, 15, 9, tzinfo=UTC)  # the morning after the last session
REPOSITORY = "demo/webshop"

Filed = tuple[int, Action, Finding]


class Days:
    """The clock of the demo, which the stand-in for GitHub goes by too."""

    def __init__(self, at: datetime) -> None:
        self._at = at

    def now(self) -> datetime:
        """The moment that it is."""
        return self._at

    def to(self, at: datetime) -> None:
        """Go on to a moment."""
        self._at = at


class Life(NamedTuple):
    """Where the life of an issue is played: `later` is a folder for the sessions that come."""

    box: Sandbox
    settings: Settings
    days: Days
    later: Path


def say_life(out: TextIO, life: Life, filed: Filed) -> bool:
    """Fix an issue, let an old session come late and the trouble come back; whether only the latter was news."""
    number, _, finding = filed
    shipped = Path(finding.signals[0].place.rpartition(":")[0])
    life.days.to(NOW + timedelta(days=1))
    life.box.add_user("maya", "maya-token", "write")
    life.box.add_commit(REPOSITORY, f"Log in before installing\n\nFixes #{number}", login="maya")
    say(
        out,
        f"5. The next day maya pushes a commit that says 'Fixes #{number}', which closes it. Then a laptop syncs a session",
    )
    say(out, "   from before the fix. What happened before a fix is not news:")
    again(shipped, life.later, "ben", NOW - timedelta(days=1))
    old = cycle(life.settings, NOW + timedelta(days=2))
    say(out, *_about(old, finding.fingerprint), "")
    for person, days in (("ada", 3), ("chidi", 4)):
        again(shipped, life.later, person, NOW + timedelta(days=days))
    life.days.to(NOW + timedelta(days=5))
    back = cycle(life.settings, life.days.now())
    say(
        out,
        "6. Three days later it happens again, to two people, in sessions that started after the fix. That is a regression:",
    )
    say(out, *_about(back, finding.fingerprint), "")
    done = [(each.action, each.issue, each.error) for each in back.outcomes if each.fingerprint == finding.fingerprint]
    return not old.outcomes and done == [("reopen", number, "")] and _say_silence(out, life, filed)


def _say_silence(out: TextIO, life: Life, filed: Filed) -> bool:
    """Silence the issue by a comment, and let the trouble go on; whether that was answered, shown, and kept quiet."""
    number, _, finding = filed
    shipped = Path(finding.signals[0].place.rpartition(":")[0])
    said = "/friction silence 2w because the registry is being moved"
    with life.box.acting(REPOSITORY, "maya") as acts:
        asked = acts.comment(acts.repository.issues[number], said).id
    say(out, f"7. maya knows, and comments on #{number}: {said}", "   It goes on happening, and the bot stays quiet:")
    for person, hours in (("ada", 1), ("chidi", 2), ("ben", 3)):
        again(shipped, life.later, person, life.days.now() + timedelta(hours=hours))
    life.days.to(life.days.now() + timedelta(hours=6))
    quiet = cycle(life.settings, life.days.now())
    say(out, *_about(quiet, finding.fingerprint))
    with life.box.acting(REPOSITORY, "maya") as acts:
        reactions = [each.content for each in acts.repository.comments[asked].reactions]
        shown = [line for line in acts.repository.issues[number].body.splitlines() if line.startswith("> - ")]
    say(out, f"   The bot's reaction to the comment: {', '.join(reactions)}. At the top of the issue stands:")
    say(out, *(f"   | {line}" for line in shown), "")
    return reactions == ["+1"] and len(shown) == 1 and not any(each.topic for each in quiet.plan)


def cycle(settings: Settings, now: datetime = NOW) -> Report:
    """One whole run that writes, as of a moment."""
    with wiring.build(settings, now, post=True) as (request, ports):
        return service.run(request, ports, Silence())


def say(out: TextIO, *lines: str) -> None:
    """Tell lines at once."""
    out.write("\n".join(lines) + "\n")
    out.flush()


def _about(report: Report, fingerprint: str) -> Iterator[str]:
    """What is planned about one finding, and the comment that it brings."""
    for action in report.plan:
        if action.fingerprint == fingerprint:
            yield f"   {action.action:7} {action.reason}"
            yield from (f"   | {line}".rstrip() for line in action.comment.splitlines())
