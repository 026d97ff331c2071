"""Durations and dates as people write them in a comment, as moments: `2w`, `14 days`, `next friday`, `2026-12-24`.

A day without a time means its end, 23:59:59 in the zone that is given. Days and weeks of a duration are 24 and 168 hours;
months and years are the calendar's, in that zone. Whatever cannot be meant is a `ValueError` that says why.
"""

from __future__ import annotations

import re
from calendar import monthrange
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from functools import lru_cache
from typing import NamedTuple

from dateparser.date import DateDataParser

_MOST = timedelta(days=3650)
_LAST = time(23, 59, 59)
_NUMBERS = ("one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve")
_WORDS = {"a": 1, "an": 1} | {word: number for number, word in enumerate(_NUMBERS, 1)}
_UNITS = (
    ("minutes", r"min(?:ute)?s?"),
    ("hours", r"h(?:(?:ou)?rs?)?"),
    ("days", r"d(?:ays?)?"),
    ("weeks", r"w(?:(?:ee)?ks?)?"),
    ("months", r"mo(?:n(?:th)?s?)?"),
    ("years", r"y(?:(?:ea)?rs?)?"),
    ("unclear", r"m"),
)
_UNIT = "|".join(f"(?P<{name}>{pattern})" for name, pattern in _UNITS)
_PART = re.compile(rf"(\d+|\b(?:{'|'.join(_WORDS)})\b) ?(?:{_UNIT})(?![a-z])(?: ?(?:,|and) ?| )?")
_ISO = re.compile(r"(\d{4}-\d\d-\d\d)(?:[t ](\d\d:\d\d(?::\d\d)?(?:\.\d{1,6})?) ?(z|[+-]\d\d:?\d\d)?)?")
_NUMERIC = re.compile(r"(\d{1,2})([./])(\d{1,2})(?:\2(\d{4})?)?")
_MONTHS = (
    "january", "february", "march", "april", "may", "june",
    "july", "august", "september", "october", "november", "december",
)  # fmt: skip
_END = re.compile(
    rf"(?:the )?end of (?:(?:the|this) )?(next )?(day|today|tomorrow|week|month|quarter|year|{'|'.join(_MONTHS)})"
)
_SHORT_END = {
    "eod": "end of day", "eow": "end of week", "eom": "end of month", "eoq": "end of quarter", "eoy": "end of year",
    "this week": "end of week", "this month": "end of month", "this quarter": "end of quarter", "this year": "end of year",
}  # fmt: skip
# A weekday or an hour says which day is meant; a month or a number alone does not, and the library would guess.
_DAY = re.compile(
    r"\b(?:mon|tue|wed|thu|fri|sat|sun|noon|midnight|morning|evening|\d{1,2}(?::\d\d)? ?[ap]m\b|\d{1,2}:\d\d)"
)
_WRITE = "write 14d, 3 weeks, next friday or 2026-12-24"
# The words of a date; with any other the library, which takes a millisecond and more, is not asked.
_KNOWN = re.compile(
    r"(?:mon|tues?|wed(?:nes)?|thu(?:rs?)?|fri|sat(?:ur)?|sun)(?:day)?|"
    rf"{'|'.join(f'{month}|{month[:3]}' for month in _MONTHS)}|sept|{'|'.join(_WORDS)}|"
    r"today|tonight|tomorrow|yesterday|now|noon|midnight|morning|afternoon|evening|night|day|week|month|year|fortnight|"
    r"(?:minute|hour|day|week|month|year)s?|next|last|this|in|at|on|of|the|after|before|ago|"
    r"[ap]m|utc|gmt|[a-z]{1,3}t|\d{1,4}(?:st|nd|rd|th|[ap]m)?|\d{1,2}(?::\d\d){1,2}(?:[ap]m)?|\d+\.\d+"
)


class UnreadError(ValueError):
    """Words that are no duration or date at all, as against some that cannot be meant."""


class Moment(NamedTuple):
    """A moment in UTC; `words` are what was written where it could be read in another way too, else ""."""

    at: datetime
    words: str = ""


def ahead(text: str, at: datetime, zone: tzinfo) -> Moment:
    """When something ends that was said at `at`: after a duration or at a date, at most 3650 days later."""
    found = _read(text, at, zone, back=False)
    if found.at <= at:
        raise ValueError(f"{text} is over: name a date that is still to come")
    if found.at - at > _MOST:
        raise ValueError(f"{text} is too far away: at most 3650 days")
    return found


def before(text: str, at: datetime, zone: tzinfo) -> Moment:
    """When something happened of which was told at `at`: never later; a day that is not over counts up to `at`."""
    found = _read(text, at, zone, back=True)
    local = found.at.astimezone(zone)
    if found.at > at and local.time() == _LAST and local.date() == at.astimezone(zone).date():
        found = found._replace(at=at)
    if found.at > at:
        raise ValueError(f"{text} is still to come: name a date that is over")
    if at - found.at > _MOST:
        raise ValueError(f"{text} is too long ago: at most 3650 days")
    return found


def length(text: str) -> timedelta:
    """A duration apart from any date; a month is 30 days, a year 365."""
    parts = _parts(" ".join(text.casefold().split()))
    if not parts:
        raise UnreadError(f"{text} is no duration: write 14d, 36h or 3 weeks")
    sizes = {"months": 30, "years": 365}
    try:
        found = sum((timedelta(**{_sized(unit): number * sizes.get(unit, 1)}) for number, unit in parts), timedelta())
    except OverflowError as error:
        raise ValueError(f"{text} is too long: at most 3650 days") from error
    if not timedelta() < found <= _MOST:
        raise ValueError(f"{text} is {'too long: at most 3650 days' if found else 'no time at all'}")
    return found


def _sized(unit: str) -> str:
    return "days" if unit in {"months", "years"} else unit


def _read(text: str, at: datetime, zone: tzinfo, *, back: bool) -> Moment:
    words = " ".join(text.casefold().split()).rstrip("!;,")
    try:
        found = _exact(words, at, zone, back=back) or _free(words, at, zone, back=back)
    except (OverflowError, OSError) as error:
        raise ValueError(f"{text} is too far away: at most 3650 days") from error
    if found is None:
        raise UnreadError(f"{text} is no duration or date that is understood: {_WRITE}")
    return found


def _exact(words: str, at: datetime, zone: tzinfo, *, back: bool) -> Moment | None:
    """What can be read in one way only, or by the rules of this module."""
    if iso := _ISO.fullmatch(words):
        return Moment(_iso(iso, zone))
    if parts := _parts(words.removesuffix(" ago") if back else words.removeprefix("in ").removesuffix(" from now")):
        return Moment(_shifted(parts, at, zone, -1 if back else 1))
    today = at.astimezone(zone).date()
    if end := _END.fullmatch(_SHORT_END.get(words, words)):
        return Moment(_last(_end(end[2], today, following=bool(end[1])), zone), words)
    numeric = _NUMERIC.fullmatch(words)
    return Moment(_last(_numeric(numeric, today, back=back), zone), words) if numeric else None


def _iso(found: re.Match[str], zone: tzinfo) -> datetime:
    try:
        if not found[2]:
            return _last(date.fromisoformat(found[1]), zone)
        read = datetime.fromisoformat(f"{found[1]}T{found[2]}{(found[3] or '').upper()}")
    except ValueError as error:
        raise ValueError(f"{found[0]} is no day of the calendar or time of the clock") from error
    return (read if read.tzinfo else read.replace(tzinfo=zone)).astimezone(UTC)


def _parts(words: str) -> list[tuple[int, str]]:
    """The numbers and units of a duration, none where it is not one."""
    parts: list[tuple[int, str]] = []
    at = 0
    while at < len(words):
        found = _PART.match(words, at)
        if found is None:
            return []
        number = _WORDS.get(found[1]) or int(found[1][:12])
        unit = found.lastgroup or ""
        if unit == "unclear":
            raise ValueError(f"{found[0].strip()} can be minutes or months: write {number} min or {number} months")
        if unit in {known for _, known in parts}:
            return []  # two durations, not one
        parts.append((number, unit))
        at = found.end()
    return parts


def _shifted(parts: list[tuple[int, str]], at: datetime, zone: tzinfo, sign: int) -> datetime:
    if not any(number for number, _ in parts):
        raise ValueError("that is no time at all: name a duration of a minute or more")
    months = sum(number * (12 if unit == "years" else 1) for number, unit in parts if unit in {"months", "years"})
    if months > 1200:  # far beyond what is allowed, and within what a date can hold
        raise OverflowError
    local = at.astimezone(zone)
    day = _months_later(local.date(), sign * months) if months else local.date()
    moved = datetime.combine(day, local.timetz()).astimezone(UTC) if months else at
    rest = {unit: sign * number for number, unit in parts if unit not in {"months", "years"}}
    return (moved + timedelta(**rest)).astimezone(UTC)


def _months_later(day: date, months: int) -> date:
    """The same day so many months later, or the last of a month that is too short."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def _end(what: str, today: date, *, following: bool) -> date:
    if what in {"day", "today", "tomorrow"}:
        return today + timedelta(days=1 if following or what == "tomorrow" else 0)
    if what == "week":
        return today + timedelta(days=6 - today.weekday() + 7 * following)
    first = today.replace(day=1)
    if what in _MONTHS:
        return _month_end(_months_later(first, (_MONTHS.index(what) + 1 - today.month) % 12 + 12 * following))
    size = {"month": 1, "quarter": 3, "year": 12}[what]
    return _month_end(_months_later(first, size - 1 - (today.month - 1) % size + size * following))


def _month_end(day: date) -> date:
    return day.replace(day=monthrange(day.year, day.month)[1])


def _numeric(found: re.Match[str], today: date, *, back: bool) -> date:
    """A day in figures: with dots the day comes first; with strokes it has to be plain which is the month."""
    one, other = int(found[1]), int(found[3])
    if found[2] == "/" and one <= 12 and other <= 12 and one != other:
        raise ValueError(f"{found[0]} can be two days: write it as 2026-12-24")
    day, month = (one, other) if found[2] == "." or one > 12 else (other, one)
    try:
        if found[4]:
            return date(int(found[4]), month, day)
        near = date(today.year, month, day)
        passed = near > today if back else near < today
        return near.replace(year=today.year + (-1 if back else 1)) if passed else near
    except ValueError as error:
        raise ValueError(f"{found[0]} is no day of the calendar: write it as 2026-12-24") from error


def _free(words: str, at: datetime, zone: tzinfo, *, back: bool) -> Moment | None:
    """A date in words, by the library; only where it says which day it is."""
    if not 2 < len(words) <= 60 or "-" in words[:1]:
        return None
    if not all(_KNOWN.fullmatch(word) for word in re.split(r"[ ,]+", words)):
        return None
    local = at.astimezone(zone).replace(tzinfo=None)
    found, timed = _asked(words, local, back)
    return Moment(_settled(found, local, zone, timed=timed), words) if found else None


@lru_cache(maxsize=1024)
def _asked(words: str, local: datetime, back: bool) -> tuple[datetime | None, bool]:  # noqa: FBT001 - private, and cached by place
    """What the library makes of words that were said at a local time, None where nothing; and whether they name a time."""
    for parts in (["day", "month"], []) if _DAY.search(words) else (["day", "month"],):
        settings = {
            "RELATIVE_BASE": local,
            "PREFER_DATES_FROM": "past" if back else "future",
            "REQUIRE_PARTS": parts,
            "PARSERS": ["relative-time", "absolute-time"],
            "RETURN_TIME_AS_PERIOD": True,
            "TIMEZONE": "UTC",  # not the machine's: where no zone is named, the result is naive and means that of the caller
        }
        data = DateDataParser(languages=["en"], settings=settings).get_date_data(words)
        if data.date_obj is not None:
            return data.date_obj, data.period == "time"
    return None, False


def _settled(found: datetime, local: datetime, zone: tzinfo, *, timed: bool) -> datetime:
    """What the library found, in UTC: the end of its day where it has no time, or only that of the comment."""
    clock = found.time()
    if clock == local.time() or (not timed and clock == time(0)):
        return _last(found.date(), zone)
    return (found if found.tzinfo else found.replace(tzinfo=zone)).astimezone(UTC)


def _last(day: date, zone: tzinfo) -> datetime:
    """The end of a day in a zone."""
    return datetime.combine(day, _LAST, zone).astimezone(UTC)
