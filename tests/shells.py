"""Command lines typed in a test: no process, no real work unless asked for, and what was said on both streams."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from io import StringIO
from pathlib import Path
from typing import Any

import orjson

from bot.commands.shell import Shell, Work
from bot.core.deliveries import Due
from bot.core.model import Problem, ReadStats, Session
from bot.core.report import Report
from bot.ingest import Watch
from bot.main import main
from bot.settings import Settings

NOW = datetime(2026, 2, 15, 23, 0, tzinfo=UTC)


class Terminal(StringIO):
    """A stream that says it is a terminal."""

    def isatty(self) -> bool:
        return True


@dataclass
class RememberedWork:
    """Work that was done before, and remembers what it was asked."""

    report: Report | BaseException = field(
        default_factory=lambda: Report(
            NOW, posted=False, stats=ReadStats(), problems=(), findings=(), plan=(), outcomes=()
        )
    )
    sessions: Sequence[Session] = ()
    problems: Sequence[Problem] = ()
    asked: list[tuple[Settings, datetime | None, bool]] = field(default_factory=list)

    def run(
        self, settings: Settings, now: datetime, watch: Watch, *, post: bool, due: frozenset[Due] = frozenset()
    ) -> Report:
        self.asked.append((settings, now, post))
        watch.begin("reading sessions", 100)
        watch.advance(100)
        watch.end()
        if isinstance(self.report, BaseException):
            raise self.report
        return self.report

    def read(self, settings: Settings, watch: Watch) -> tuple[Sequence[Session], Sequence[Problem]]:
        self.asked.append((settings, None, False))
        return self.sessions, self.problems


@dataclass(frozen=True)
class Said:
    """What a command line came to."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """The one object on stdout."""
        return orjson.loads(self.out)


def typed(
    *argv: str,
    work: Work | None = None,
    environ: Mapping[str, str] | None = None,
    folder: Path = Path("/nonexistent"),
    out: StringIO | None = None,
    err: StringIO | None = None,
) -> Said:
    """Run a command line in an empty environment."""
    out, err = out or StringIO(), err or StringIO()
    shell = Shell(out, err, environ or {}, folder, lambda: NOW, work or RememberedWork())
    code = main(argv, shell)
    return Said(code, "" if out.closed else out.getvalue(), err.getvalue())
