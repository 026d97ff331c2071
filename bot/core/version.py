"""Versions as programs print them: which of two is older, where that can be told."""

from __future__ import annotations

from packaging.version import InvalidVersion, Version

_LONGEST = 100  # characters; Python refuses to make a number of thousands of digits


def older(version: str, than: str) -> bool:
    """Whether a version is known to be older than another; what cannot be compared is not older.

    Compared as PEP 440 has it: `1.9` is older than `1.10`, `2.0` is `2.0.0`, `2.0.0-rc.1` is older than `2.0.0`.
    """
    one, other = _parsed(version), _parsed(than)
    return one is not None and other is not None and one < other


def at_least(version: str, wanted: str) -> bool:
    """Whether a version is known to be a certain one or newer; what cannot be compared is not."""
    one, other = _parsed(version), _parsed(wanted)
    return one is not None and other is not None and one >= other


def _parsed(version: str) -> Version | None:
    if len(version) > _LONGEST:
        return None
    try:
        return Version(version.strip())
    except InvalidVersion:
        return None
