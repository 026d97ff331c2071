"""The quick look at sources finds exactly the files that a look at every mark would find, whatever happened before."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from made import rule

from bot.adapters.sources import FileSources
from bot.adapters.store import SqlStore
from bot.core.model import Problem
from bot.discovery import Look, look
from bot.ports import FileMark, Reading, SourceFile
from bot.wanted import READER, Wanted

ONE = rule("one", text="first")
TWO = rule("two", text="second")
OTHER = rule("two", text="another")  # the same rule, looking for something else
RULES = ((ONE,), (ONE, TWO), (ONE, OTHER), (TWO,))


class Household:
    """A folder of files with the store that remembers them; a shelf has about two files."""

    def __init__(self, folder: Path, store: SqlStore) -> None:
        self.folder, self.store = folder, store
        self.sources = FileSources([str(folder)], shelf=2)
        self.wanted = Wanted(RULES[0])

    def path(self, name: str) -> Path:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        return path

    def look(self, under_way: tuple[str, ...] = ()) -> Look:
        return look(self.sources, self.store, self.wanted, [str(self.path(name)) for name in under_way])

    def absorb(self, files: Iterator[SourceFile] | list[SourceFile]) -> set[str]:
        """What reading these files comes to as far as their marks go."""
        wanted = self.wanted
        marks = [FileMark(file.path, file.stamp, READER, wanted.digests) for file in files]
        self.store.absorb(
            [Reading(mark, rules={name: digest for digest, name in wanted.rules.items()}) for mark in marks]
        )
        return {mark.path for mark in marks}

    def read(self, *left: str) -> list[str]:
        """A whole run that reads all files but those left; the names of the files that it found to be read."""
        found = self.look()
        files = [file for file, _ in found.todo if Path(file.path).name not in left]
        self.store.keep_quiet(found.settled(self.absorb(files)))
        return self.names(found)

    def names(self, found: Look) -> list[str]:
        return [str(Path(file.path).relative_to(self.folder)) for file, _ in found.todo]

    def plainly(self) -> list[str]:
        """The names of the files to be read, by the mark of every file."""
        marks = self.store.files()
        found = [file for file in self.sources.discover() if not isinstance(file, Problem)]
        paths = [file.path for file in found if self.wanted.needs(file, marks.get(file.path))]
        return [str(Path(path).relative_to(self.folder)) for path in paths]

    def gone(self) -> int:
        """How many files are there no more and were not searched for every rule, by the mark of every file."""
        there = {file.path for file in self.sources.discover() if not isinstance(file, Problem)}
        return sum(path not in there and not self.wanted.searched(mark) for path, mark in self.store.files().items())


@pytest.fixture(scope="module")
def store() -> Iterator[SqlStore]:
    with SqlStore.open("sqlite://") as opened:
        yield opened


@contextmanager
def household(store: SqlStore) -> Iterator[Household]:
    store.forget()
    with tempfile.TemporaryDirectory() as folder:
        yield Household(Path(folder), store)


@pytest.fixture
def home(store: SqlStore) -> Iterator[Household]:
    with household(store) as made:
        yield made


NAMES = st.sampled_from([f"{folder}{number}.jsonl" for folder in ("", "a/", "a/b/") for number in range(5)])
HAPPENINGS = st.lists(
    st.one_of(
        st.tuples(st.just("write"), NAMES),
        st.tuples(st.just("touch"), NAMES),
        st.tuples(st.just("delete"), NAMES),
        st.tuples(st.just("move"), NAMES, NAMES),
        st.tuples(st.just("link"), NAMES, NAMES),
        st.tuples(st.just("rules"), st.sampled_from(RULES)),
        st.tuples(st.just("read")),
        st.tuples(st.just("read all but"), NAMES),
        st.tuples(st.just("die after absorbing"), st.integers(0, 3)),
        st.tuples(st.just("forget")),
    ),
    max_size=20,
)


def happen(home: Household, clock: int, what: str, *given: Any) -> None:
    """One thing that happens to files, rules or runs; files get times that no file had before."""
    paths = [home.path(name) for name in given if isinstance(name, str)]
    if what == "write":
        paths[0].write_bytes(b"x" * (clock % 3))
        os.utime(paths[0], ns=(clock, clock))
    elif what == "touch" and paths[0].exists():
        os.utime(paths[0], ns=(clock, clock))
    elif what == "delete":
        paths[0].unlink(missing_ok=True)
    elif what == "move" and paths[0].exists():
        paths[0].replace(paths[1])
    elif what == "link" and paths[0].exists() and not paths[1].exists():
        paths[1].hardlink_to(paths[0])
    elif what == "rules":
        home.wanted = Wanted(given[0])
    elif what in {"read", "read all but"}:
        home.read(*(path.name for path in paths))
    elif what == "die after absorbing":
        home.absorb([file for file, _ in home.look().todo][: given[0]])
    elif what == "forget":
        home.store.forget()


@settings(max_examples=120)
@given(happenings=HAPPENINGS)
def test_a_quick_look_finds_what_a_look_at_every_mark_finds(store: SqlStore, happenings: list[tuple[Any, ...]]) -> None:
    with household(store) as home:
        for clock, happening in enumerate(happenings):
            happen(home, clock, *happening)
            found = home.look()
            assert home.names(found) == home.plainly()
            assert found.files == sum(not isinstance(file, Problem) for file in home.sources.discover())


def test_a_look_asks_for_no_mark_where_nothing_changed(home: Household) -> None:
    for number in range(9):
        home.path(f"a/{number}.jsonl").write_text("x")
    assert len(home.read()) == 9
    found = home.look()
    assert (found.todo, found.loud, found.files, found.size) == ((), {}, 9, 9)
    assert found.quiet == found.before.shelves
    assert found.settled(()) == found.before


def test_a_file_that_comes_leaves_most_shelves_of_its_folder_quiet(home: Household) -> None:
    for number in range(40):
        home.path(f"{number:02}.jsonl").write_text("x")
    home.read()
    before = home.look()
    home.path("205.jsonl").write_text("x")
    after = home.look()
    assert home.names(after) == ["205.jsonl"]
    assert len(before.quiet) > 10
    assert len(before.quiet - after.quiet) == 1


def test_a_shelf_that_somebody_may_still_absorb_is_not_taken_for_quiet(home: Household) -> None:
    home.path("1.jsonl").write_text("x")
    home.path("a/2.jsonl").write_text("x")
    home.absorb([file for file, _ in home.look().todo])
    assert len(home.look(("1.jsonl",)).quiet) == 1
    assert len(home.look().quiet) == 2


def test_a_file_that_was_not_absorbed_is_found_again(home: Household) -> None:
    home.path("1.jsonl").write_text("x")
    home.path("2.jsonl").write_text("x")
    assert home.read("2.jsonl") == ["1.jsonl", "2.jsonl"]
    assert home.read("2.jsonl") == ["2.jsonl"]


def test_rules_that_are_wanted_afresh_look_at_quiet_shelves_too(home: Household) -> None:
    home.path("1.jsonl").write_text("x")
    home.read()
    home.wanted = Wanted(RULES[0], afresh=("one",))
    assert home.read() == ["1.jsonl"]
    home.wanted = Wanted(RULES[0])
    assert home.read() == []


def test_files_that_are_gone_are_counted_until_the_rules_change_again(home: Household) -> None:
    for number in range(3):
        home.path(f"{number}.jsonl").write_text("x")
    home.read()
    home.path("0.jsonl").unlink()
    home.wanted = Wanted(RULES[1])
    for _ in range(3):
        home.read()
        (problem,) = home.look().not_evaluated()
        assert (problem.code, problem.place) == ("not_evaluated", str(home.folder / "0.jsonl"))
        assert problem.message.startswith("1 files that are gone")
    home.wanted = Wanted(RULES[0])
    assert list(home.look().not_evaluated()) == []


def test_a_file_that_goes_while_others_wait_to_be_searched_is_counted_too(home: Household) -> None:
    for number in range(3):
        home.path(f"{number}.jsonl").write_text("x")
    home.read()
    home.wanted = Wanted(RULES[1])
    home.read("1.jsonl", "2.jsonl")
    home.path("1.jsonl").unlink()
    assert home.look().gone == home.gone() == 1


def test_a_folder_that_comes_back_is_read_only_where_it_changed(home: Household, tmp_path: Path) -> None:
    for number in range(6):
        home.path(f"a/{number}.jsonl").write_text("x")
    home.read()
    shutil.move(home.folder / "a", tmp_path / "away")
    assert home.read() == []
    shutil.move(tmp_path / "away", home.folder / "a")
    home.path("a/3.jsonl").write_text("xy")
    assert home.read() == ["a/3.jsonl"]


def test_a_shelf_is_quiet_only_for_the_rules_that_it_was_searched_for(home: Household) -> None:
    for number in range(4):
        home.path(f"{number}/x{number}.jsonl").write_text("x")
    home.wanted = Wanted((ONE, TWO))
    home.read()
    home.wanted = Wanted((ONE, OTHER))
    home.read("x3.jsonl")
    home.wanted = Wanted((ONE, TWO))
    assert home.read() == ["0/x0.jsonl", "1/x1.jsonl", "2/x2.jsonl"]
