"""A local clone, asked where its own docs and scripts say a command, and which commits could have fixed what."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from bot.adapters.codebase_git import asked
from bot.adapters.codebase_history import ClonedHistory
from bot.core.history import Change
from bot.core.text import clean

_AT_ONCE = 200  # patterns in one call: a command line has room for 128 KB
_LEAST = 8  # characters of a command that are worth looking for


class GitCodebase:
    """A clone that the settings name; only git's own reading commands are run in it, with arguments that are no options."""

    def __init__(self, path: str) -> None:
        self.path = path
        self._history = ClonedHistory(path)

    def mentions(self, commands: Sequence[str]) -> Mapping[str, str]:
        """Command → `path:line` of the first tracked file that holds it; raises `OSError` where git does not answer."""
        wanted = [command for command in dict.fromkeys(commands) if _telling(command)]
        found: dict[str, str] = {}
        for start in range(0, len(wanted), _AT_ONCE):
            part = wanted[start : start + _AT_ONCE]
            for line in self._grep([_telling(command) for command in part]):
                place, _, text = line.partition("\0")
                number, _, content = text.partition("\0")
                for command in part:
                    if command not in found and _telling(command) in content:
                        found[command] = f"{place}:{number}"
        return found

    def changes(self, repository: str) -> tuple[Change, ...]:
        """Commits of the default branch that name an issue or revert a commit; raises `OSError`."""
        return self._history.changes(repository)

    def change(self, ref: str) -> Change | None:
        """The commit of the default branch that a sha (any unique beginning) names, else None; raises `OSError`."""
        return self._history.change(ref)

    def contains(self, revision: str, commit: str) -> bool | None:
        """Whether a revision has a commit among its ancestors; None where the clone cannot tell."""
        return self._history.contains(revision, commit)

    def _grep(self, patterns: Sequence[str]) -> list[str]:
        wanted = [part for pattern in patterns for part in ("-e", pattern)]
        found = asked(
            self.path, ["grep", "-nIzF", "--no-textconv", "--no-color", *wanted], fine=(0, 1)
        )  # 1: nothing found
        return found.split("\n")


def _telling(command: str) -> str:
    """The longest line of a command, by which it is looked for; "" where it is too short or was masked."""
    lines = [line.strip() for line in clean(command).splitlines()] or [""]
    longest = max(lines, key=len)
    return longest if len(longest) >= _LEAST and "[masked:" not in longest and "…" not in longest else ""
