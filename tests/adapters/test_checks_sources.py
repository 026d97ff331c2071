"""Sources as `doctor` looks at them: opened, counted, and how what is closed is mended; and what waits to be read."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.adapters.checks_sources import source_checks, waiting
from bot.adapters.sources import FileSources
from bot.core.diagnosis import Check, Outcome
from bot.core.lag import Waiting
from bot.ports import FileMark, SourceFile
from tests.unprivileged import nobody


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder that somebody else than root is let into."""
    made = Path(tempfile.mkdtemp(prefix="doctor-", dir="/tmp"))
    made.chmod(0o755)
    yield made
    shutil.rmtree(made)


def looked(*paths: object) -> list[Check]:
    return list(source_checks(FileSources([str(path) for path in paths])))


def test_files_that_can_be_opened_are_counted(tmp_path: Path) -> None:
    for name in ("a.jsonl", "b.jsonl"):
        (tmp_path / name).write_text("{}\n")
    assert looked(tmp_path) == [Check("sources", Outcome.OK, "2 files, 0.0 MB, all can be opened", place=str(tmp_path))]


def test_a_source_that_is_not_there_fails_and_the_others_go_on(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_text("{}\n")
    checks = looked(tmp_path / "no", tmp_path)
    assert [check.outcome for check in checks] == [Outcome.FAILED, Outcome.OK]
    assert checks[0].fix == f"make {tmp_path}/no, or name another source"


def test_an_empty_folder_is_a_warning(tmp_path: Path) -> None:
    assert [check.outcome for check in looked(tmp_path)] == [Outcome.WARNING]


def test_files_without_permission_are_counted_with_the_way_to_mend_it(folder: Path) -> None:
    for number in range(7):
        (folder / f"{number}.jsonl").write_text("{}\n")
        (folder / f"{number}.jsonl").chmod(0o600 if number else 0o644)
    with nobody():
        (check,) = looked(folder)
    assert check.outcome is Outcome.FAILED
    assert check.found.startswith("6 of 7 cannot be read: no permission to read this file (owned by ")
    assert check.fix.startswith("give the bot's account read access (`sudo setfacl -m u:$USER:r …`")
    assert len(check.details) == 6
    assert check.details[-1] == "and 1 more"


def test_a_folder_that_cannot_be_listed_is_counted_too(folder: Path) -> None:
    (folder / "a.jsonl").write_text("{}\n")
    (folder / "closed").mkdir(mode=0o700)
    with nobody():
        (check,) = looked(folder)
    assert check.found.startswith("1 of 2 cannot be read: no permission to read this folder")


def test_what_was_not_read_as_it_is_now_waits(tmp_path: Path) -> None:
    before = datetime.now(UTC) - timedelta(seconds=5)
    for name in ("new.jsonl", "known.jsonl", "grown.jsonl", "aside.jsonl", "empty.jsonl", "notes.txt"):
        (tmp_path / name).write_text("" if name == "empty.jsonl" else "0123456789")
    sources = FileSources([str(tmp_path)])
    marks = {
        file.path: FileMark(file.path, "1:1" if "grown" in file.path else file.stamp, "r", frozenset())
        for file in sources.discover()
        if isinstance(file, SourceFile) and ("known" in file.path or "grown" in file.path)
    }
    found = waiting(sources, marks, [str(tmp_path / "aside.jsonl")])
    assert (found.files, found.size) == (2, 20)
    assert found.since is not None
    assert before < found.since


def test_nothing_waits_where_everything_was_read(tmp_path: Path) -> None:
    assert waiting(FileSources([str(tmp_path)]), {}) == Waiting()
