"""What every store promises of quiet shelves and of the marks of some files: fake and real, on each database."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.adapters.store import SqlStore
from bot.ports import FileMark, Quiet, Reading, Store
from tests.fakes_store import RememberingStore

A, B = b"a" * 16, b"\0\n" * 8
STRANGE = "\0nul \x1a0000 \udce9 half"


@pytest.fixture(params=["fake", "sqlite file", "sqlite memory", "postgresql"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    if request.param == "fake":
        yield RememberingStore()
        return
    urls = {"sqlite file": f"sqlite:///{tmp_path}/friction.db", "sqlite memory": "sqlite://"}
    with SqlStore.open(urls.get(request.param) or request.getfixturevalue("postgres_url")) as opened:
        yield opened


def kept(store: Store) -> tuple[object, ...]:
    return store.quiet()[1:]


def absorb(store: Store, path: str) -> FileMark:
    mark = FileMark(path, "1:2", "reader", frozenset({"rule:1"}))
    store.absorb([Reading(mark, rules={"rule": "1"})])
    return mark


def test_a_new_store_knows_no_quiet_shelf(store: Store) -> None:
    assert kept(store) == (b"", 0, "", frozenset())
    assert store.quiet() == store.quiet()


def test_what_is_kept_of_shelves_comes_back_whole(store: Store) -> None:
    store.keep_quiet(Quiet(store.quiet().version, b"\0key", 3, STRANGE, frozenset({A, B})))
    assert kept(store) == (b"\0key", 3, STRANGE, frozenset({A, B}))
    store.keep_quiet(store.quiet()._replace(shelves=frozenset({B})))
    assert kept(store) == (b"\0key", 3, STRANGE, frozenset({B}))


def test_of_two_who_looked_at_once_neither_is_believed(store: Store) -> None:
    first = second = store.quiet()
    store.keep_quiet(first._replace(shelves=frozenset({A})))
    store.keep_quiet(second._replace(shelves=frozenset({B})))
    assert kept(store) == (b"", 0, "", frozenset())


def test_forgetting_during_a_look_keeps_no_shelf_quiet(store: Store) -> None:
    looking = store.quiet()
    store.forget()
    store.keep_quiet(looking._replace(shelves=frozenset({A})))
    assert kept(store) == (b"", 0, "", frozenset())


def test_forgetting_forgets_the_quiet_shelves(store: Store) -> None:
    store.keep_quiet(store.quiet()._replace(shelves=frozenset({A})))
    store.forget()
    assert kept(store) == (b"", 0, "", frozenset())


def test_the_marks_of_some_files_are_those_asked_for_that_were_read(store: Store) -> None:
    marks = {path: absorb(store, path) for path in ("a", "b", STRANGE)}
    assert store.marks([]) == {}
    assert store.marks(["b", "c", STRANGE]) == {"b": marks["b"], STRANGE: marks[STRANGE]}
