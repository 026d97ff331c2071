"""The same trouble again, on another day: a shipped session told once more under new identities and at new times."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from pathlib import Path
from uuid import NAMESPACE_OID, uuid5

_UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
_NAMED = re.compile(r"\b(toolu|msg|req)_(\w+)")
_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z")


def again(session: Path, folder: Path, person: str, start: datetime) -> Path:
    """Write a copy of a session that begins at `start` to `<folder>/<person>/<date>_<id>.jsonl`, and say where it is.

    Every identity in it is a new one, so that it is another session and no copy.
    """
    text = session.read_text(encoding="utf-8")
    salt = f"{person} {start}"
    text = _UUID.sub(lambda found: _other(found[0], salt), text)
    text = _NAMED.sub(lambda found: f"{found[1]}_{_other(found[2], salt).replace('-', '')}", text)
    text = moved(text, start - min(map(datetime.fromisoformat, _TIME.findall(text))))
    name = _other(session.name, salt)
    path = folder / person / f"{start:%Y-%m-%d}_{name}.jsonl"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def moved(text: str, by: timedelta) -> str:
    """A session's lines with every time in them moved."""
    return _TIME.sub(lambda found: _shifted(found[0], by), text)


def _other(identity: str, salt: str) -> str:
    return str(uuid5(NAMESPACE_OID, f"{salt} {identity}"))


def _shifted(time: str, by: timedelta) -> str:
    return (datetime.fromisoformat(time) + by).isoformat(timespec="milliseconds").replace("+00:00", "Z")
