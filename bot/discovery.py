"""Which files have to be read: a look at all of them that costs next to nothing where nothing changed.

Files come in shelves, neighbours of one folder. A shelf of which the store knows that it is quiet needs no look at its
files; of the others the marks are looked up. A shelf is only called quiet once the marks of all its files say so, so a
process that dies on the way costs another look and no file.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from bot.core.model import Problem
from bot.ports import FileMark, Quiet, Shelf, SourceFile, Sources, Store
from bot.wanted import Wanted

Todo = tuple[SourceFile, FileMark | None]


@dataclass(frozen=True, slots=True)
class Look:
    """What a look at the sources found: the files to be read, in order of path, with what is known of them.

    `files` and `size` (bytes) count all files, `gone` those that are there no more and were not searched for new rules, of
    which `first` is one. `quiet` are shelves in which nothing is to be read, `loud` are those of which what is to be read is
    all that is in the way.
    """

    wanted: Wanted
    before: Quiet
    files: int
    size: int
    todo: tuple[Todo, ...]
    problems: tuple[Problem, ...]
    gone: int
    first: str
    quiet: frozenset[bytes]
    loud: Mapping[bytes, frozenset[str]] = field(default_factory=dict)

    def settled(self, absorbed: Collection[str], left: Collection[str] = ()) -> Quiet:
        """What may be kept once these paths of `todo` are absorbed, and these others are to be left as they are.

        While files wait that were not searched for some rule it is open which of them are gone when their turn comes.
        """
        done = frozenset(absorbed)
        over = done.union(left)
        waiting = any(mark and not self.wanted.searched(mark) for file, mark in self.todo if file.path not in over)
        shelves = self.quiet.union(digest for digest, paths in self.loud.items() if paths <= done)
        return Quiet(
            self.before.version, self.before.key if waiting else self.wanted.key, self.gone, self.first, shelves
        )

    def not_evaluated(self) -> Iterator[Problem]:
        """That files are gone which were not searched for new rules; nothing where there is none."""
        if self.gone:
            message = f"{self.gone} files that are gone were not searched for new rules; what they said before is kept"
            yield Problem("not_evaluated", self.first, message)


def look(sources: Sources, store: Store, wanted: Wanted, under_way: Collection[str] = ()) -> Look:
    """Look at all files. Shelves with one of these paths are not taken for quiet: somebody may yet absorb what they were.

    Raises `StoreError`.
    """
    before = store.quiet()
    known = before.shelves if not wanted.afresh else frozenset[bytes]()
    whole = (
        before.key != wanted.key
    )  # the rules changed: then all marks are asked for, also those of files that are gone
    listing = _listed(sources, wanted.key, frozenset() if whole else known)
    shelves = listing.loud
    if whole:
        marks = store.files()
        gone, first = _gone(wanted, marks, shelves.values())
    else:
        marks = store.marks([file.path for shelf in shelves.values() for file in shelf.files()])
        gone, first = before.gone, before.first
    todo = {digest: tuple(_todo(sources, wanted, shelf, marks)) for digest, shelf in shelves.items()}
    busy = frozenset(under_way)
    sure = {digest for digest, shelf in shelves.items() if busy.isdisjoint(file.path for file in shelf.files())}
    return Look(
        wanted, before, listing.files, listing.size,
        todo=tuple(sorted((pair for found in todo.values() for pair in found), key=_in_order)),
        problems=tuple(listing.problems),
        gone=gone,
        first=first,
        quiet=frozenset(listing.quiet).union(digest for digest in sure if not todo[digest]),
        loud={digest: frozenset(file.path for file, _ in todo[digest]) for digest in sure if todo[digest]},
    )  # fmt: skip


@dataclass(slots=True)
class _Listing:
    """What the sources list, while they do: of shelves that are known to be quiet only the digest is kept in memory."""

    files: int = 0
    size: int = 0
    problems: list[Problem] = field(default_factory=list)
    quiet: list[bytes] = field(default_factory=list)
    loud: dict[bytes, Shelf] = field(default_factory=dict)


def _listed(sources: Sources, key: bytes, known: Collection[bytes]) -> _Listing:
    listing = _Listing()
    for shelf in sources.shelves():
        if isinstance(shelf, Problem):
            listing.problems.append(shelf)
            continue
        digest = shelf.digest(key)
        listing.files += len(shelf.entries)
        listing.size += shelf.size
        if digest in known:
            listing.quiet.append(digest)
        else:
            listing.loud[digest] = shelf
    return listing


def _todo(sources: Sources, wanted: Wanted, shelf: Shelf, marks: Mapping[str, FileMark]) -> Iterator[Todo]:
    """What is to be read of a shelf; a listing may be older than a mark, because another process looked meanwhile."""
    for file in shelf.files():
        mark = marks.get(file.path)
        if wanted.needs(file, mark):
            if mark is not None and mark.stamp != file.stamp:
                file = sources.now(file)  # noqa: PLW2901 - the same file
            if wanted.needs(file, mark):
                yield file, mark


def _in_order(todo: Todo) -> list[str]:
    return todo[0].path.split("/")


def _gone(wanted: Wanted, marks: Mapping[str, FileMark], shelves: Iterable[Shelf]) -> tuple[int, str]:
    """How many files with a mark are there no more and were not searched for all rules, and one of them."""
    missing = {path: mark for path, mark in marks.items() if not wanted.searched(mark)}
    if missing:
        for shelf in shelves:
            for file in shelf.files():
                missing.pop(file.path, None)
    return len(missing), next(iter(missing), "")
