"""A local clone, asked where its own docs and scripts say a command."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bot.core.text import clean

_SECONDS = 30
_AT_ONCE = 200  # patterns in one call: a command line has room for 128 KB
_LEAST = 8  # characters of a command that are worth looking for
# What a git hook sets, and would lead to another repository than the one that was named.
_ELSEWHERE = frozenset(
    {
        "GIT_DIR",
        "GIT_WORK_TREE",
        "GIT_INDEX_FILE",
        "GIT_COMMON_DIR",
        "GIT_OBJECT_DIRECTORY",
        "GIT_NAMESPACE",
        "GIT_PREFIX",
    }
)


@dataclass(frozen=True, slots=True)
class GitCodebase:
    """The tracked files of a clone that the settings name; only `git grep` with fixed strings is run in it."""

    path: str

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

    def _grep(self, patterns: Sequence[str]) -> list[str]:
        # No hook, file-system monitor, pager or text conversion of the clone may run, nor what its remotes name: of a
        # partial clone git would fetch a missing file, and the configuration says by which program.
        options = ["-c", "core.fsmonitor=false", "-c", "core.hooksPath=/dev/null", "--no-pager"]
        asked = [part for pattern in patterns for part in ("-e", pattern)]
        environment = {name: value for name, value in os.environ.items() if name not in _ELSEWHERE}
        environment |= {"GIT_OPTIONAL_LOCKS": "0", "GIT_ALLOW_PROTOCOL": "none", "GIT_NO_LAZY_FETCH": "1"}
        try:
            done = subprocess.run(  # noqa: S603 — a fixed program; patterns come after -e and are no options
                ["git", *options, "-C", self.path, "grep", "-nIzF", "--no-textconv", "--no-color", *asked],  # noqa: S607
                capture_output=True, timeout=_SECONDS, check=False, env=environment,
            )  # fmt: skip
        except subprocess.TimeoutExpired as error:
            raise OSError(f"git grep took longer than {_SECONDS} s") from error
        if done.returncode > 1:  # 1: nothing found
            raise OSError(done.stderr.decode("utf-8", "replace").strip() or "git grep failed")
        return done.stdout.decode("utf-8", "replace").split("\n")


def _telling(command: str) -> str:
    """The longest line of a command, by which it is looked for; "" where it is too short or was masked."""
    lines = [line.strip() for line in clean(command).splitlines()] or [""]
    longest = max(lines, key=len)
    return longest if len(longest) >= _LEAST and "[masked:" not in longest and "…" not in longest else ""
