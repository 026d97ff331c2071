"""Whether the transcripts of the sources can be read, and how much of them nobody has read yet."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterator, Mapping
from datetime import UTC, datetime

from bot.adapters.sources import FileSources
from bot.core.diagnosis import Check, failed, ok, warning
from bot.core.lag import Waiting
from bot.core.model import Problem
from bot.ports import FileMark, SourceFile

_SHOWN = 5  # of those that cannot be read: the advice is the same for all of a kind


def source_checks(sources: FileSources) -> Iterator[Check]:
    """A line a source: how many files it holds, how many of them cannot be opened, and how that is mended."""
    for path in sources.paths:
        files, size, problems = _opened(FileSources([path]))
        yield _check(path, files, size, problems)


def waiting(sources: FileSources, marks: Mapping[str, FileMark], aside: Collection[str] = ()) -> Waiting:
    """The files that nobody has read as they are now; those set `aside` (by path) are left out.

    A file waits since it last changed here (its inode's change time): a copy keeps the time of its original otherwise.
    """
    files = size = 0
    since: float | None = None
    left_out = frozenset(aside)
    for file in sources.discover():
        if isinstance(file, Problem) or not file.size or file.path in left_out or not file.path.endswith(".jsonl"):
            continue
        mark = marks.get(file.path)
        if mark is not None and mark.stamp == file.stamp:
            continue
        try:
            changed = os.stat(file.path).st_ctime  # noqa: PTH116 — as in sources: millions of them
        except OSError:
            continue  # it vanished meanwhile
        files, size, since = files + 1, size + file.size, changed if since is None else min(since, changed)
    return Waiting(files, size, datetime.fromtimestamp(since, UTC) if since is not None else None)


def _opened(sources: FileSources) -> tuple[int, int, list[Problem]]:
    """Files and bytes below the sources, and the problems of what cannot be listed or opened."""
    files = size = 0
    problems: list[Problem] = []
    for file in sources.discover():
        if isinstance(file, Problem):
            problems.append(file)
            continue
        files, size = files + 1, size + file.size
        error = _refusal(file)
        if error is not None:
            problems.append(sources.unreadable(file, error))
    return files, size, problems


def _refusal(file: SourceFile) -> OSError | None:
    """What is in the way of reading a file; None where nothing is, or it is gone by now."""
    try:
        handle = os.open(file.path, os.O_RDONLY | os.O_NONBLOCK)
    except FileNotFoundError:
        return None
    except OSError as error:
        return error
    try:
        os.read(handle, 1)  # opening alone proves little on a network's file system
    except OSError as error:
        return error
    finally:
        os.close(handle)
    return None


def _check(path: str, files: int, size: int, problems: list[Problem]) -> Check:
    if not problems:
        if not files:
            fix = "check the path, or wait until an agent has worked; `frictionbot demo` needs no sessions"
            return warning("sources", "it holds no file", fix, path)
        return ok("sources", f"{files:,} file{'s' * (files != 1)}, {size / 1e6:,.1f} MB, all can be opened", path)
    missing = next((each for each in problems if each.code == "source_missing" and not files), None)
    if missing:
        return failed("sources", "there is no such file or folder", f"make {path}, or name another source", path)
    first = problems[0].message.partition("; ")
    said = f"{len(problems):,} of {files + _unlisted(problems):,} cannot be read: {first[0]}"
    details = [f"{each.place}: {each.message}" for each in problems[:_SHOWN]]
    if len(problems) > _SHOWN:
        details.append(f"and {len(problems) - _SHOWN:,} more")
    return failed("sources", said, first[2] or "see whether its disk is well", path, details)


def _unlisted(problems: list[Problem]) -> int:
    """How many of the problems are of what was not counted as a file: folders, and what could not be looked at."""
    return sum(not os.path.isfile(each.place) for each in problems)  # noqa: PTH113 — a place is a text
