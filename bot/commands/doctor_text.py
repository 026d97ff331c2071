"""The lines of `frictionbot doctor` as people read them, one after the other as they are found."""

from __future__ import annotations

from collections.abc import Mapping
from io import StringIO
from typing import TextIO

from rich.console import Console
from rich.text import Text

from bot.commands.output import say
from bot.commands.tables import cell
from bot.core.diagnosis import Check, Outcome

_STYLES = {Outcome.OK: "green", Outcome.WARNING: "yellow", Outcome.FAILED: "bold red", Outcome.SKIPPED: "dim"}
_OUTCOME, _NAME = 8, 11  # characters: the longest outcome and name, and a blank
_INDENT = " " * (_OUTCOME + _NAME)
_AWAY = "\r\x1b[K"  # back to the beginning of the line, and what stood there is gone


class Lines:
    """Writes a line a check to `out`; while something is looked at, a terminal on `err` names it unless `quiet`."""

    def __init__(
        self, out: TextIO, err: TextIO, environ: Mapping[str, str], *, everything: bool = False, quiet: bool = False
    ) -> None:
        self._out, self._err, self._everything = out, err, everything
        self._moving = err.isatty() and not quiet
        self._environ = dict(environ)

    def begin(self, name: str) -> None:
        """Something is about to be looked at."""
        if self._moving:
            say(self._err, f"{_AWAY}{'…':{_OUTCOME}}{name}")

    def end(self, check: Check) -> None:
        """Write what was found."""
        self.hush(check)
        place = f"{cell(check.place)}: " if check.place else ""
        say(self._out, f"{self._coloured(check.outcome)}{check.name:{_NAME}}{place}{cell(check.found)}\n")
        if check.fix:
            say(self._out, f"{_INDENT}fix: {cell(check.fix)}\n")
        if self._everything or check.outcome in {Outcome.FAILED, Outcome.WARNING}:
            say(self._out, "".join(f"{_INDENT}- {cell(each)}\n" for each in check.details))

    def hush(self, _check: Check) -> None:
        """Take away what a terminal shows while something is looked at."""
        if self._moving:
            say(self._err, _AWAY)

    def _coloured(self, outcome: Outcome) -> str:
        """The word of an outcome, padded; in colour on a terminal, unless the environment wants none."""
        word = outcome.value.ljust(_OUTCOME)
        if not self._out.isatty():
            return word
        screen = StringIO()
        console = Console(file=screen, force_terminal=True, width=2 * _OUTCOME, _environ=self._environ)
        console.print(Text(word, _STYLES[outcome]), end="")
        return screen.getvalue()
