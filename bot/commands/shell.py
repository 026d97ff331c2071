"""Where a command runs: its streams, environment, folder and clock, and the work that it may ask for."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Protocol, TextIO

import click

from bot.adapters.upkeep_tables import Move, State
from bot.commands.output import say_problems
from bot.commands.tables import Draw, drawer
from bot.core.deliveries import Due
from bot.core.history import Decision, IssueComment
from bot.core.model import Problem, Session
from bot.core.report import Report
from bot.core.wanted import Wanted
from bot.core.why import Picture
from bot.ingest import Watch
from bot.settings import Layer, Settings, load_settings
from bot.upkeep import Upkeep


class Work(Protocol):
    """What commands ask for; `bot.commands.work` does it with the real parts."""

    def run(
        self, settings: Settings, now: datetime, watch: Watch, *, post: bool, due: frozenset[Due] = frozenset()
    ) -> Report:
        """One whole cycle, with what webhooks said is `due`. Raises `StoreError` where the database cannot be used."""

    def why(self, settings: Settings, now: datetime, watch: Watch, asked: Wanted) -> Picture:
        """A cycle that writes nothing, with all that is remembered of what is asked about. Raises `StoreError`."""

    def history(self, settings: Settings, asked: Wanted | None, limit: int) -> Sequence[Decision]:
        """The newest decisions, newest first: all, or those about what is asked. Raises `StoreError`."""

    def rebuild(self, settings: Settings, now: datetime, watch: Watch) -> Report:
        """The memory made anew from the sources and GitHub, and what the next run would do. Raises `StoreError`."""

    def order(self, settings: Settings, now: datetime, repository: str, issue: int, text: str) -> IssueComment:
        """A comment of the bot's own that orders something. Raises `StoreError`, and `TrackerError` where it was not made."""

    def read(self, settings: Settings, watch: Watch) -> tuple[Sequence[Session], Sequence[Problem]]:
        """The sessions of all sources, read afresh, in order of start, and what could not be read."""

    def upkeep(self, settings: Settings) -> AbstractContextManager[Upkeep]:
        """The operator's side of the memory, until the context ends. Raises `StoreError`."""

    def tables(self, settings: Settings) -> State:
        """How the tables of the database stand; nothing is changed. Raises `StoreError`."""

    def upgrade(self, settings: Settings) -> Move:
        """The tables brought to this version. Raises `StoreError`."""

    def downgrade(self, settings: Settings, revision: str) -> Move:
        """The tables taken back to an older revision. Raises `StoreError`."""


@dataclass(frozen=True, slots=True)
class Shell:
    """The surroundings of one command; `answers` is where a person types, None where nobody can be asked."""

    out: TextIO
    err: TextIO
    environ: Mapping[str, str]
    folder: Path
    clock: Callable[[], datetime]
    work: Work
    answers: TextIO | None = None

    @property
    def draw(self) -> Draw:
        """How tables are drawn on stdout."""
        return drawer(self.out, shutil.get_terminal_size().columns, self.environ)


class Misconfigured(click.ClickException):
    """The settings are wrong: one line each on stderr, exit code 2."""

    exit_code = 2

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__("the settings are wrong")
        self.problems = tuple(problems)

    def show(self, file: Any = None) -> None:
        """Write every problem on its own line."""
        say_problems(file or sys.stderr, self.problems)


def configured(shell: Shell, config: str | None, options: Mapping[str, Any] | None = None) -> Settings:
    """The settings with what the command line says on top; raises `Misconfigured`.

    `options` are by name of the setting; what is None or empty was not said.
    """
    settings, problems = load_settings(layer(options or {}), shell.environ, shell.folder, config)
    if settings is None:
        raise Misconfigured(problems)
    return settings


def layer(options: Mapping[str, Any]) -> Layer:
    """What the command line says, as the layer over all others; what is None or empty was not said."""
    said = {name: value for name, value in options.items() if value not in (None, ())}
    if "sources" in said:
        said["sources"] = [{"path": path} for path in said["sources"]]
    if "repository" in said:
        said["routes"] = []  # who names a receiver by hand means all issues
    return Layer(said, {(name,): _OPTIONS.get(name, f"--{name}") for name in said})


_OPTIONS = {"sources": "--source", "repository": "--repo"}
