"""Numbers, times and durations as tables and sentences say them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

_UNITS = ("B", "kB", "MB", "GB")


def moment(at: datetime | None) -> str:
    """A time to the minute in UTC, "" for None."""
    return at.astimezone(UTC).strftime("%Y-%m-%d %H:%M") if at else ""


def day(at: datetime | None) -> str:
    """A day in UTC, "" for None."""
    return moment(at)[:10]


def brief(time: timedelta) -> str:
    """A duration in at most two units: `2d03h`, `1h05m`, `12m`, `45s`."""
    seconds = round(time.total_seconds())
    minutes, hours, days = seconds // 60, seconds // 3600, seconds // 86400
    if days:
        return f"{days}d{hours % 24:02}h"
    if hours:
        return f"{hours}h{minutes % 60:02}m"
    return f"{minutes}m" if minutes else f"{seconds}s"


def size(count: int) -> str:
    """A number of bytes in the unit that suits it."""
    number = float(count)
    for unit in _UNITS[:-1]:
        if number < 1000:
            return f"{number:.0f} {unit}" if unit == "B" else f"{number:.1f} {unit}"
        number /= 1000
    return f"{number:.1f} {_UNITS[-1]}"


def several(count: int, one: str, more: str = "") -> str:
    """A count with its noun: `1 session`, `1,204 sessions`."""
    return f"{count:,} {one if count == 1 else more or f'{one}s'}"


def listed(parts: list[str]) -> str:
    """Parts of a sentence: `a`, `a and b`, `a, b and c`."""
    return f"{', '.join(parts[:-1])} and {parts[-1]}" if len(parts) > 1 else "".join(parts)


def rfc3339(at: datetime | None) -> str | None:
    """A time as the JSON objects hold it, in Z; None for None."""
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z") if at else None
