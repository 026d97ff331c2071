"""Times, durations and origins in the words of an issue."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from types import MappingProxyType

from bot.core.template_values import Markdown

ORIGINS: Mapping[str, str] = MappingProxyType(
    {
        "docs": "from the project's own docs or scripts",
        "person": "typed or pasted by a person",
        "agent": "improvised by the agent",
        "unknown": "of unknown origin",
    }
)


def moment(at: datetime | None) -> Markdown:
    """A time to the minute, UTC; "" for None."""
    return Markdown(at.strftime("%Y-%m-%d %H:%M UTC") if at else "")


def duration(minutes: float) -> Markdown:
    """Minutes in words, "" for none; time lost is an estimate, so the words are not more exact than that."""
    if minutes <= 0:
        return Markdown("")
    if minutes < 1.5:
        return Markdown("about a minute")
    if minutes < 99.5:
        return Markdown(f"about {minutes:.0f} minutes")
    return Markdown(f"about {minutes / 60:.1f} hours".replace(".0 ", " "))


def span(time: timedelta) -> Markdown:
    """A window in words, in the largest unit that fits: `14 days`, `36 hours`, `90 minutes`."""
    for seconds, name in ((86_400, "day"), (3_600, "hour"), (60, "minute"), (1, "second")):
        number, rest = divmod(int(time.total_seconds()), seconds)
        if number and not rest:
            return Markdown(f"{number} {name}{'' if number == 1 else 's'}")
    return Markdown("no time")
