"""`frictionbot prune`: it says what would go, asks, and whatever stops it leaves whole conversations."""

from __future__ import annotations

import subprocess
import sys
import time
from datetime import datetime, timedelta
from io import StringIO
from pathlib import Path

import pytest

from bot.adapters.store import SqlStore
from bot.commands.shell import Shell
from bot.commands.work import RealWork
from bot.core.model import Session, Signal, Span
from bot.main import main
from bot.ports import FileMark, Reading
from tests.full_disk import files_no_larger_than
from tests.shells import NOW, Said, Terminal

DAY = timedelta(days=1)


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path}/bot.db" if request.param == "sqlite" else str(request.getfixturevalue("postgres_url"))


def _session(name: str, end: datetime, links: tuple[int, ...] = (), weight: int = 0) -> Reading:
    versions = ("x" * weight,) if weight else ()
    session = Session(name, "claude-code", blocks=(Span(end, end),), links=frozenset(links), versions=versions)
    found = Signal("r", name, f"e-{name}", (), end, place=f"{name}:1")
    return Reading(FileMark(name, "1", "reader", frozenset()), (session,), (found,), {"r": "d"})


def _filled(url: str, old: int = 3, weight: int = 0) -> None:
    """Sessions of a hundred days ago, two to a conversation, and one of yesterday."""
    with SqlStore.open(url) as store:
        ago = NOW - 100 * DAY
        store.absorb([_session(f"old{no}", ago, (no // 2 + 1,), weight) for no in range(old)])
        store.absorb([_session("young", NOW - DAY)])


def _typed(url: str, *argv: str, answers: StringIO | None = None, err: StringIO | None = None) -> Said:
    out, err = StringIO(), err or StringIO()
    shell = Shell(out, err, {}, Path("/nonexistent"), lambda: NOW, RealWork(), answers)
    code = main(("prune", *argv, "--database", url), shell)
    return Said(code, out.getvalue(), err.getvalue())


def _names(url: str) -> list[str]:
    with SqlStore.open(url) as store:
        return [session.id for session in store.sessions()]


def test_programs_say_yes_and_get_what_went(url: str) -> None:
    _filled(url)
    said = _typed(url, "--older-than", "90d", "--yes", "--format", "json")

    assert (said.code, said.err) == (0, "")
    sizes = said.json.pop("bytes")
    assert (sizes["before"] > 0, sizes["after"] > 0) == (True, True)
    assert said.json | {"bytes": None} == {
        "schema": 1,
        "before": "2025-11-17T23:00:00.000Z",
        "log_before": "2025-01-11T23:00:00.000Z",
        "old": {"sessions": 3, "signals": 3, "log": 0},
        "dropped": {"sessions": 3},
        "bytes": None,
        "problems": [],
    }
    assert _names(url) == ["young"]
    assert _typed(url, "--older-than", "90d", "--yes").out == "Nothing is old enough to be dropped.\n"


@pytest.mark.parametrize(("answer", "code", "left"), [("y\n", 0, 1), ("n\n", 1, 4), ("", 1, 4)])
def test_a_person_is_told_what_would_go_and_asked(tmp_path: Path, answer: str, code: int, left: int) -> None:
    url = f"sqlite:///{tmp_path}/bot.db"
    _filled(url)
    said = _typed(url, "--older-than", "90d", answers=Terminal(answer))

    assert said.err.startswith("This goes for good: 3 sessions with 3 signals from before 2025-11-17.\nGo on? [y/N] ")
    assert (said.code, len(_names(url))) == (code, left)
    assert said.out.startswith("3 sessions went; the database took ") is (code == 0)


def test_where_nobody_can_be_asked_nothing_goes_without_yes(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/bot.db"
    _filled(url)
    said = _typed(url, "--older-than", "90d")

    assert (said.code, said.out, len(_names(url))) == (2, "", 4)
    assert "add --yes" in said.err
    dry = _typed(url, "--older-than", "90d", "--dry-run")
    assert dry == Said(0, "This would go: 3 sessions with 3 signals from before 2025-11-17.\n", "")
    assert len(_names(url)) == 4


def test_without_a_length_only_the_log_goes(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/bot.db"
    _filled(url)

    said = _typed(url, "--yes", "--format", "json")
    assert (said.code, said.json["before"], said.json["old"]["sessions"]) == (0, None, 0)
    assert len(_names(url)) == 4


def test_what_rules_still_count_is_not_dropped(tmp_path: Path) -> None:
    said = _typed(f"sqlite:///{tmp_path}/bot.db", "--older-than", "7d", "--yes")

    assert (said.code, said.out) == (2, "")
    assert "rules look back as far as 60d: keep sessions at least that long" in said.err


def test_progress_is_shown_on_a_terminal_only(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/bot.db"
    _filled(url)
    screen = Terminal()

    said = _typed(url, "--older-than", "90d", "--yes", err=screen)
    assert said.code == 0
    assert "dropping sessions" in said.err


def test_a_full_disk_is_said_and_nothing_is_lost(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/bot.db"
    _filled(url, old=40, weight=20_000)
    with files_no_larger_than(40_960):
        said = _typed(url, "--older-than", "90d", "--yes")

    assert said.code == 1
    assert "[database_f" in said.err  # failed or full: SQLite's word depends on where the write failed
    assert "Traceback" not in said.err
    left = _names(url)
    assert "young" in left
    assert len(left) % 2 == 1
    assert _typed(url, "--older-than", "90d", "--yes").code == 0
    assert _names(url) == ["young"]


def test_a_server_that_is_down_is_one_line_and_no_traceback() -> None:
    said = _typed("postgresql://me:secret@127.0.0.1:1/friction", "--older-than", "90d", "--yes")

    assert (said.code, said.out) == (1, "")
    assert said.err.endswith("[database_unreachable]\n")
    assert "secret" not in said.err


_PRUNING = "from bot.main import main; import sys; sys.exit(main(sys.argv[1:]))"


def test_whoever_is_killed_in_the_middle_has_dropped_whole_conversations(url: str) -> None:
    _filled(url, old=800)
    argv = ["prune", "--older-than", "90d", "--yes", "--database", url, "--now", NOW.isoformat()]
    with subprocess.Popen([sys.executable, "-c", _PRUNING, *argv], stderr=subprocess.PIPE) as process:
        deadline = time.monotonic() + 60
        with SqlStore.open(url) as store:
            while process.poll() is None and len(store.conversations()) > 750 and time.monotonic() < deadline:
                time.sleep(0.02)
        process.kill()
        process.communicate(timeout=60)

    left = [name for name in _names(url) if name != "young"]
    assert len(left) % 2 == 0
    partners = {f"old{int(name.removeprefix('old')) ^ 1}" for name in left}
    assert partners == set(left)
    assert _typed(url, "--older-than", "90d", "--yes").code == 0
    assert _names(url) == ["young"]
