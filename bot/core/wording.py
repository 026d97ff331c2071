"""Times, durations and origins in the words of an issue."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from types import MappingProxyType

ORIGINS: Mapping[str, str] = MappingProxyType(
    {
        "docs": "from the project's own docs or scripts",
        "person": "typed or pasted by a person",
        "agent": "improvised by the agent",
        "unknown": "of unknown origin",
    }
)


def moment(at: datetime | None) -> str:
    """A time to the minute, UTC; "" for None."""
    return at.strftime("%Y-%m-%d %H:%M UTC") if at else ""


def duration(minutes: float) -> str:
    """Minutes in words, "" for none; time lost is an estimate, so the words are not more exact than that."""
    if minutes <= 0:
        return ""
    if minutes < 1.5:
        return "about a minute"
    if minutes < 99.5:
        return f"about {minutes:.0f} minutes"
    return f"about {minutes / 60:.1f} hours".replace(".0 ", " ")


def span(time: timedelta) -> str:
    """A window in words, in the largest unit that fits: `14 days`, `36 hours`, `90 minutes`."""
    for seconds, name in ((86_400, "day"), (3_600, "hour"), (60, "minute"), (1, "second")):
        number, rest = divmod(int(time.total_seconds()), seconds)
        if number and not rest:
            return f"{number} {name}{'' if number == 1 else 's'}"
    return "no time"
