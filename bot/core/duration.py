"""Durations as rule files write them: a whole number and a unit, `90s`, `10m`, `36h` or `14d`."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Annotated, Any

from pydantic import BeforeValidator, PlainSerializer, WithJsonSchema

_WRITTEN = re.compile(r"([0-9]{1,9})([smhd])")
_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}
_MOST = timedelta(days=3650)  # ten years: longer than any transcript is kept


def parse_duration(text: str) -> timedelta:
    """The duration that a text like `14d` stands for; raises `ValueError` that says how to write one."""
    written = _WRITTEN.fullmatch(text)
    if not written:
        raise ValueError(f"{text[:40]!r} is no duration: write a whole number and s, m, h or d, such as 14d or 90s")
    duration = timedelta(**{_UNITS[written[2]]: int(written[1])})  # at most 999,999,999 days, which timedelta holds
    if duration > _MOST:
        raise ValueError(f"{text} is too long: at most 3650d")
    return duration


def show_duration(duration: timedelta) -> str:
    """A duration as a rule file would write it, in the largest unit that leaves a whole number; zero is `0h`."""
    seconds = int(duration.total_seconds())
    if not seconds:
        return "0h"
    for unit, size in (("d", 86400), ("h", 3600), ("m", 60)):
        if seconds % size == 0:
            return f"{seconds // size}{unit}"
    return f"{seconds}s"


def _read(value: Any) -> Any:
    if isinstance(value, timedelta):
        return value
    if not isinstance(value, str):
        raise ValueError("a duration is a whole number and s, m, h or d, such as 14d or 90s")  # noqa: TRY004 pydantic catches ValueError
    return parse_duration(value)


Duration = Annotated[
    timedelta,
    BeforeValidator(_read),
    PlainSerializer(show_duration, return_type=str),
    WithJsonSchema({"type": "string", "pattern": "^[0-9]{1,9}[smhd]$", "examples": ["14d", "36h", "10m", "90s"]}),
]
