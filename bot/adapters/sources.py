"""Transcripts on the file system: found at any depth, never written to, and said so where they cannot be read."""

from __future__ import annotations

import errno
import grp
import os
import pwd
import stat
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from bot.core.model import Problem
from bot.dialects.json_lines import LONGEST
from bot.ports import SourceFile

_BUFFER = 1 << 20  # bytes read at once


@dataclass(frozen=True, slots=True)
class FileSources:
    """Files and folders that hold transcripts; each file counts once however many sources or links lead to it."""

    paths: Sequence[str]
    _remotes: dict[str, str] = field(default_factory=dict, repr=False, compare=False)

    def discover(self) -> Iterator[SourceFile | Problem]:
        """Every regular file below the sources, in order of path; what cannot be listed is a problem."""
        seen: set[tuple[int, int]] = set()
        for named in self.paths:
            path = os.path.abspath(os.path.expanduser(named))  # noqa: PTH100, PTH111 — pathlib costs a tenth of a no-change run
            yield from _walk(path, named, seen)

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
        roots = [os.path.abspath(os.path.expanduser(path)) for path in self.paths]  # noqa: PTH100, PTH111 — as in discover
        path = place.rpartition(":")[0]
        return any(path == root or path.startswith(f"{root.rstrip('/')}/") for root in roots)

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


def _walk(path: str, source: str, seen: set[tuple[int, int]]) -> Iterator[SourceFile | Problem]:
    """Depth first, in order; folders and files that were seen before (link loops, overlapping sources) are passed over."""
    waiting = [path]  # not calls: folders may lie deeper than those may nest
    while waiting:
        here = waiting.pop()
        try:
            found = os.stat(here)  # noqa: PTH116
        except OSError as error:
            if here == path or not _leads_nowhere(here, error):
                yield _unreadable(here, error)
            continue
        identity = (found.st_dev, found.st_ino)
        if identity in seen:
            continue
        seen.add(identity)
        if stat.S_ISREG(found.st_mode):
            yield SourceFile(here, source, found.st_size, f"{found.st_size}:{found.st_mtime_ns}")
        elif stat.S_ISDIR(found.st_mode):
            try:
                names = sorted(os.listdir(here), reverse=True)  # noqa: PTH208
            except OSError as error:
                yield _unreadable(here, error)
                continue
            waiting.extend(f"{here}/{name}" for name in names if name != ".git")
        elif here == path:  # below a folder it is only passed over
            yield Problem(
                "unreadable", here, "this is neither a file nor a folder: name the folder that holds the sessions"
            )


def _leads_nowhere(path: str, error: OSError) -> bool:
    """Whether it is a link to nothing or to itself, which is no transcript; one to what is closed may be."""
    return error.errno in {errno.ENOENT, errno.ELOOP} and os.path.islink(path)  # noqa: PTH114


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
