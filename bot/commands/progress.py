"""A progress bar on stderr for long work, where stderr is a terminal; silence everywhere else."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TextIO

from rich.console import Console
from rich.progress import (
    BarColumn,
    DownloadColumn,
    MofNCompleteColumn,
    Progress,
    TaskID,
    TextColumn,
    TimeRemainingColumn,
)

from bot.ingest import Silence, Watch


class Bar:
    """A watch that draws one bar and takes it away when the work is over."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        self._task: TaskID | None = None

    def begin(self, what: str, total: int) -> None:
        """Show a bar of `total` bytes, or of what else is counted."""
        self.end()
        self._task = self._progress.add_task(what, total=total)
        self._progress.start()

    def advance(self, done: int) -> None:
        """Let the bar grow."""
        if self._task is not None:
            self._progress.advance(self._task, done)

    def end(self) -> None:
        """Take the bar away."""
        if self._task is not None:
            self._progress.stop()
            self._progress.remove_task(self._task)
            self._task = None


@contextmanager
def watching(stream: TextIO, *, counted: bool = False) -> Iterator[Watch]:
    """A watch that shows progress on a terminal and is silent on anything else; gone at the end, come what may.

    It shows bytes, or plain numbers where things are `counted`.
    """
    if not stream.isatty():
        yield Silence()
        return
    done = MofNCompleteColumn() if counted else DownloadColumn()
    texts = (TextColumn("{task.description}"), BarColumn(), done, TimeRemainingColumn())
    bar = Bar(Progress(*texts, console=Console(file=stream), transient=True))
    try:
        yield bar
    finally:
        bar.end()
