"""The demo's sessions, told as if they had just happened: for those who go by the clock of the machine."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

from bot.demo.lately import main, write_lately
from bot.demo.life import NOW
from bot.demo.write_sessions import SESSIONS

LATER = NOW + timedelta(days=400, hours=5)


def names(folder: Path) -> list[str]:
    return sorted(f"{path.parent.name}/{path.name}" for path in folder.glob("*/*.jsonl"))


def test_every_session_is_moved_by_the_same_time_and_nothing_else_changes(tmp_path: Path) -> None:
    shipped = {path.name[10:]: path for path in SESSIONS.glob("*/*.jsonl") if path.name.startswith("2026-01")}
    assert write_lately(tmp_path, LATER) == len(names(SESSIONS))
    for path in tmp_path.glob("*/*.jsonl"):
        if path.name[10:] in shipped:
            before, after = shipped[path.name[10:]].read_text(), path.read_text()
            assert re.sub(r'"timestamp":"[^"]+"', "", before) == re.sub(r'"timestamp":"[^"]+"', "", after)
    times = [datetime.fromisoformat(time) for path in tmp_path.glob("*/*.jsonl") for time in stamps(path)]
    assert max(times) - LATER == max(datetime.fromisoformat(t) for p in SESSIONS.glob("*/*") for t in stamps(p)) - NOW


def stamps(path: Path) -> list[str]:
    return re.findall(r'"timestamp":"([^"]+)"', path.read_text())


def test_what_is_there_already_stays(tmp_path: Path) -> None:
    write_lately(tmp_path, LATER)
    before = names(tmp_path)
    assert (write_lately(tmp_path, LATER + timedelta(days=1)), names(tmp_path)) == (0, before)


def test_the_module_writes_them_as_of_now(tmp_path: Path) -> None:
    assert (main([str(tmp_path)]), main([]), main(["a", "b"])) == (0, 2, 2)
    newest = max(datetime.fromisoformat(time) for path in tmp_path.glob("*/*.jsonl") for time in stamps(path))
    assert timedelta() < datetime.now(UTC) - newest < timedelta(days=2)
