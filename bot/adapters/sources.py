"""Transcripts on the file system: found at any depth, never written to, and said so where they cannot be read."""

from __future__ import annotations

import errno
import grp
import os
import pwd
import stat
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from operator import attrgetter, itemgetter
from pathlib import Path
from zlib import crc32

from bot.core.model import Problem
from bot.dialects.json_lines import LONGEST
from bot.ports import Shelf, SourceFile

_BUFFER = 1 << 20  # bytes read at once
_WEEK = 7 * 24 * 60 * 60 * 10**9  # nanoseconds

_Entry = tuple[str, int, int]
_Identity = tuple[int, int]
_Found = tuple[_Entry, _Identity]


class Resting:
    """Files that nobody wrote to for a week, as they were last looked at; only one in `turns` of them is in each listing.

    So whoever goes on with one of them is noticed after so many listings: each costs what is new, not what there ever was.
    """

    def __init__(self, turns: int = 1) -> None:
        self._turns, self._before = turns, 0
        self.turn = 0
        self._folders: dict[str, dict[str, tuple[_Found, int]]] = {}
        self._listed = set[str]()

    def begin(self) -> None:
        """A listing begins."""
        self.turn = (self.turn + 1) % self._turns
        self._before = time.time_ns() - _WEEK if self._turns > 1 else 0
        self._folders = {path: known for path, known in self._folders.items() if path in self._listed}
        self._listed.clear()

    def of(self, folder: str) -> Mapping[str, tuple[_Found, int]]:
        """Name → file, and the turn in which it is looked at, of the files of a folder that rest."""
        self._listed.add(folder)
        return self._folders.setdefault(folder, {})

    def keep(self, folder: str, looked_at: Iterable[_Found], found: Sequence[_Found]) -> None:
        """Remember which of the files that were looked at rest, and nothing of those that are not found any more."""
        known = self._folders[folder]
        for each in looked_at:
            name, _, modified = each[0]
            if modified < self._before:
                known[name] = (each, known[name][1] if name in known else len(known) % self._turns)
            else:
                known.pop(name, None)
        if len(known) > len(found):
            there = {file[0] for file, _ in found}
            self._folders[folder] = {name: each for name, each in known.items() if name in there}


@dataclass(frozen=True, slots=True)
class FileSources:
    """Files and folders that hold transcripts; each file counts once however many sources or links lead to it.

    A shelf has about `shelf` files: as few as are looked up in a moment, as many as make the digests few. `resting` are those
    that `shelves` need not look at each time, by default none.
    """

    paths: Sequence[str]
    shelf: int = 128
    resting: Resting = field(default_factory=Resting, repr=False, compare=False)
    _remotes: dict[str, str] = field(default_factory=dict, repr=False, compare=False)
    _roots: list[tuple[str, str]] = field(default_factory=list, repr=False, compare=False)

    def discover(self) -> Iterator[SourceFile | Problem]:
        """Every regular file below the sources, in order of path; what cannot be listed is a problem."""
        seen: set[_Identity] = set()
        for named in self.paths:
            found: list[tuple[list[str], SourceFile | Problem]] = []
            for shelf in self._below(named, seen, Resting()):
                if isinstance(shelf, Problem):
                    found.append((shelf.place.split("/"), shelf))
                else:
                    found.extend((file.path.split("/"), file) for file in shelf.files())
            found.sort(key=itemgetter(0))
            yield from (each for _, each in found)

    def shelves(self) -> Iterator[Shelf | Problem]:
        """The same files, each once, as shelves: what is quickest to list."""
        seen: set[_Identity] = set()
        self.resting.begin()
        for named in self.paths:
            yield from self._below(named, seen, self.resting)

    def _below(self, named: str, seen: set[_Identity], resting: Resting) -> Iterator[Shelf | Problem]:
        for found in _folders(named, seen, resting):
            if isinstance(found, Problem):
                yield found
            else:
                folder, files = found
                yield from (Shelf(folder, named, entries) for entries in _cut(files, self.shelf))

    def now(self, file: SourceFile) -> SourceFile:
        """The file as it is now; as it was where that cannot be told."""
        try:
            found = os.stat(file.path)  # noqa: PTH116 — the same
        except OSError:
            return file
        return replace(file, size=found.st_size, stamp=f"{found.st_size}:{found.st_mtime_ns}")

    def lines(self, file: SourceFile) -> Iterator[bytes]:
        """The lines of a file, of at most `LONGEST` bytes each (the rest of a longer one is skipped); raises `OSError`."""
        with open(file.path, "rb", buffering=_BUFFER) as handle:  # noqa: PTH123 — the same
            if file.size <= LONGEST:
                yield from handle
            while line := handle.readline(LONGEST):
                yield line
                while len(line) >= LONGEST and not line.endswith(b"\n"):
                    line = handle.readline(LONGEST)

    def holds(self, place: str) -> bool:
        """Whether a place (`path:line`) lies in one of these sources, also where its file is gone."""
        if not self._roots:  # asked for each of a million signals
            for named in self.paths:
                root = os.path.abspath(os.path.expanduser(named))  # noqa: PTH100, PTH111 — as in discover
                self._roots.append((root, f"{root.rstrip('/')}/"))
        path = place.rpartition(":")[0]
        return any(path == root or path.startswith(below) for root, below in self._roots)

    def unreadable(self, file: SourceFile, error: OSError) -> Problem:
        """The problem of a file that could not be opened or read, with what to do about it."""
        return _unreadable(file.path, error)

    def remote(self, cwd: str) -> str:
        """`host/owner/name` of the `origin` of the clone that a folder lies in, read from its config file; else ""."""
        known = self._remotes.get(cwd)
        if known is None:
            known = self._remotes[cwd] = _remote(cwd)
        return known


def _unreadable(path: str, error: OSError) -> Problem:
    """The problem of a file or folder that cannot be read, with what to do about it."""
    what = "folder" if os.path.isdir(path) else "file"  # noqa: PTH112
    if isinstance(error, FileNotFoundError):
        return Problem("source_missing", path, "there is no such file or folder; check the path of the source")
    if isinstance(error, PermissionError):
        return Problem("unreadable", path, f"no permission to read this {what}{_owner(path)}; {_advice(what)}")
    return Problem("unreadable", path, f"this {what} cannot be read: {error.strerror or error}")


def _advice(what: str) -> str:
    rights = "rX" if what == "folder" else "r"
    return f"give the bot's account read access (`sudo setfacl -m u:$USER:{rights} …`, or add it to the group) and run again"


def _owner(path: str) -> str:
    try:
        found = os.stat(path)  # noqa: PTH116
        owner = f"{pwd.getpwuid(found.st_uid).pw_name}:{grp.getgrgid(found.st_gid).gr_name}"
    except (OSError, KeyError):
        return ""
    return f" (owned by {owner}, mode {stat.S_IMODE(found.st_mode):04o})"


_Entries = Sequence[_Entry]


@dataclass(slots=True)
class _Folder:
    """A folder that is being listed: what is still to be looked at, the files found in it, and those that were looked at."""

    path: str
    entries: Iterator[os.DirEntry[str]]
    found: list[_Found] = field(default_factory=list)
    looked_at: list[_Found] = field(default_factory=list)


def _folders(named: str, seen: set[_Identity], resting: Resting) -> Iterator[tuple[str, _Entries] | Problem]:
    """Each folder with its files, or a file that is a source itself.

    Depth first, in order; folders and files that were seen before (link loops, overlapping sources) are passed over.
    """
    path = os.path.abspath(os.path.expanduser(named))  # noqa: PTH100, PTH111 — pathlib costs a tenth of a no-change run
    try:
        found = os.stat(path)  # noqa: PTH116
        identity = (found.st_dev, found.st_ino)
        if identity in seen:
            return
        seen.add(identity)
        if stat.S_ISREG(found.st_mode):
            yield path, (("", found.st_size, found.st_mtime_ns),)
        elif stat.S_ISDIR(found.st_mode):
            yield from _walk(_listed(path), seen, resting)
        else:
            message = "this is neither a file nor a folder: name the folder that holds the sessions"
            yield Problem("unreadable", path, message)
    except OSError as error:
        yield _unreadable(path, error)


def _walk(root: _Folder, seen: set[_Identity], resting: Resting) -> Iterator[tuple[str, _Entries] | Problem]:
    waiting = [root]  # not calls: folders may lie deeper than those may nest
    while waiting:
        folder = waiting[-1]
        known, turn = resting.of(folder.path), resting.turn
        for entry in folder.entries:
            try:
                rests = known.get(entry.name)
                found = rests[0] if rests and rests[1] != turn else _looked_at(entry, folder.looked_at)
                if found[1] in seen:
                    continue
                seen.add(found[1])
                if found[0][0]:
                    folder.found.append(found)
                elif entry.is_dir():
                    waiting.append(_listed(f"{folder.path}/{entry.name}"))
                    break
            except OSError as error:
                if not _leads_nowhere(entry, error):
                    yield _unreadable(f"{folder.path}/{entry.name}", error)
        else:
            waiting.pop()
            resting.keep(folder.path, folder.looked_at, folder.found)
            yield folder.path, [file for file, _ in folder.found]


def _looked_at(entry: os.DirEntry[str], files: list[_Found]) -> _Found:
    """What a name stands for, by which it is known; a file is added to these, anything else has no name."""
    stats = entry.stat()
    identity = (stats.st_dev, stats.st_ino)
    if not stat.S_ISREG(stats.st_mode):
        return ("", 0, 0), identity
    found = ((entry.name, stats.st_size, stats.st_mtime_ns), identity)
    files.append(found)
    return found


def _listed(path: str) -> _Folder:
    with os.scandir(path) as entries:
        return _Folder(path, iter(sorted((each for each in entries if each.name != ".git"), key=attrgetter("name"))))


def _cut(files: _Entries, most: int) -> Iterator[tuple[tuple[str, int, int], ...]]:
    """Files cut after every name whose checksum says so: one that comes or goes changes the shelf that it is on alone."""
    start = 0
    if len(files) > most:
        for end, (name, _, _) in enumerate(files, 1):
            if crc32(name.encode("utf-8", "surrogatepass")) % most == 0:
                yield tuple(files[start:end])
                start = end
    if start < len(files):
        yield tuple(files[start:])


def _leads_nowhere(entry: os.DirEntry[str], error: OSError) -> bool:
    """Whether nothing is there: a link to nothing or to itself, or what vanished since it was listed.

    A link to what is closed may be a transcript.
    """
    return error.errno == errno.ENOENT or (error.errno == errno.ELOOP and entry.is_symlink())


def _remote(cwd: str) -> str:
    if not os.path.isabs(cwd):  # noqa: PTH117 — of another machine (`C:\shop`): it would be sought where the bot runs
        return ""
    try:
        for folder in (Path(cwd), *Path(cwd).parents):
            config = _config(folder / ".git")
            if config:
                return _address(config)
    except (OSError, ValueError):
        pass  # not a readable clone: then the remote is unknown, which is an answer
    return ""


def _config(git: Path) -> str:
    # A worktree says `gitdir: <clone>/.git/worktrees/<name>`, a submodule `gitdir: ../.git/modules/<name>`.
    if git.is_file():
        pointer = git.parent / git.read_text("utf-8", "replace").removeprefix("gitdir:").strip()
        git = pointer.parent.parent if pointer.parent.name == "worktrees" else pointer
    config = git / "config"
    return config.read_text("utf-8", "replace") if config.is_file() else ""


def _address(config: str) -> str:
    origin = False
    for raw in config.splitlines():
        line = raw.strip()
        if line.startswith("["):
            origin = line.replace(" ", "").lower() == '[remote"origin"]'
        elif origin and line.split("=")[0].strip() == "url":
            url = line.partition("=")[2].strip().removesuffix("/").removesuffix(".git")
            address = url.partition("://")[2] or url.replace(":", "/", 1)
            return address.rpartition("@")[2]
    return ""
