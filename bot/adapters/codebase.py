"""A local clone, asked where its own docs and scripts say a command, and which commits could have fixed what."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from bot.core.history import Change
from bot.core.text import clean

_SECONDS = 30
_AT_ONCE = 200  # patterns in one call: a command line has room for 128 KB
_FORMAT = "%H %ct %B"
_TELLING = r"#[0-9]|GH-[0-9]|/issues/[0-9]|reverts commit"  # what a message must hold to say anything of an issue
_SHA = re.compile(r"[0-9a-f]{7,40}", re.ASCII)
_REF = re.compile(r"HEAD|[0-9a-f]{7,40}", re.ASCII)
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
    """A clone that the settings name; only git's own reading commands are run in it, with arguments that are no options."""

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

    def changes(self, repository: str) -> tuple[Change, ...]:  # noqa: ARG002 - a clone is of one project
        """Commits of the default branch that name an issue or revert a commit, newest first; raises `OSError`.

        Whether one closes an issue of `repository` is for `bot.core.fixes` to tell.
        """
        log = ["log", "--no-show-signature", f"--format={_FORMAT}", "-z", "-i", "-E", f"--grep={_TELLING}"]
        return tuple(_commits(self._git([*log, self._branch(), "--"])))

    def change(self, ref: str) -> Change | None:
        """The commit of the default branch that a sha (any unique beginning of 7 or more digits) names, else None."""
        if not _SHA.fullmatch(ref):
            return None
        branch = self._branch()
        if self.contains(branch, ref) is not True:
            return None
        shown = self._git(["log", "-1", "--no-show-signature", f"--format={_FORMAT}", "-z", ref, "--"])
        return next(_commits(shown), None)

    def contains(self, revision: str, commit: str) -> bool | None:
        """Whether a revision has a commit among its ancestors; None where the clone cannot tell."""
        if not (_SHA.fullmatch(commit) and _REF.fullmatch(revision)) or self._is_shallow():
            return None
        try:
            code = self._run(["merge-base", "--is-ancestor", commit, revision])[0]
        except OSError:
            return None
        return {0: True, 1: False}.get(code)  # anything else: one of them is not in this clone

    def _branch(self) -> str:
        """The default branch: what the remote says it is, else what is checked out."""
        code, out, _ = self._run(["rev-parse", "--verify", "--quiet", "origin/HEAD"])
        return out.strip() if code == 0 and _SHA.fullmatch(out.strip()) else "HEAD"

    def _is_shallow(self) -> bool:
        return self._run(["rev-parse", "--is-shallow-repository"])[1].strip() == "true"

    def _grep(self, patterns: Sequence[str]) -> list[str]:
        asked = [part for pattern in patterns for part in ("-e", pattern)]
        return self._git(["grep", "-nIzF", "--no-textconv", "--no-color", *asked], fine=(0, 1)).split(
            "\n"
        )  # 1: nothing found

    def _git(self, arguments: Sequence[str], fine: tuple[int, ...] = (0,)) -> str:
        """What a git command prints; raises `OSError` with what it complained of."""
        code, out, complaint = self._run(arguments)
        if code not in fine:
            raise OSError(complaint.strip() or f"git {arguments[0]} failed")
        return out

    def _run(self, arguments: Sequence[str]) -> tuple[int, str, str]:
        # No hook, file-system monitor, pager or text conversion of the clone may run, nor what its remotes name: of a
        # partial clone git would fetch a missing file, and the configuration says by which program.
        options = [
            "-c",
            "core.fsmonitor=false",
            "-c",
            "core.hooksPath=/dev/null",
            "-c",
            "log.showSignature=false",
            "--no-pager",
        ]
        environment = {name: value for name, value in os.environ.items() if name not in _ELSEWHERE}
        environment |= {"GIT_OPTIONAL_LOCKS": "0", "GIT_ALLOW_PROTOCOL": "none", "GIT_NO_LAZY_FETCH": "1"}
        try:
            done = subprocess.run(  # noqa: S603 — a fixed program; what comes from outside is checked, or comes after -e
                ["git", *options, "-C", self.path, *arguments],  # noqa: S607
                capture_output=True, timeout=_SECONDS, check=False, env=environment,
            )  # fmt: skip
        except subprocess.TimeoutExpired as error:
            raise OSError(f"git {arguments[0]} took longer than {_SECONDS} s") from error
        return done.returncode, done.stdout.decode("utf-8", "replace"), done.stderr.decode("utf-8", "replace")


def _commits(shown: str) -> Iterator[Change]:
    """The commits of a log in our format: sha, committer date in seconds, message."""
    for entry in shown.split("\0"):
        sha, _, rest = entry.lstrip("\n").partition(" ")
        stamp, _, message = rest.partition(" ")
        if _SHA.fullmatch(sha) and stamp.isdigit():
            yield Change(sha, datetime.fromtimestamp(int(stamp), UTC), message.strip(), sha)


def _telling(command: str) -> str:
    """The longest line of a command, by which it is looked for; "" where it is too short or was masked."""
    lines = [line.strip() for line in clean(command).splitlines()] or [""]
    longest = max(lines, key=len)
    return longest if len(longest) >= _LEAST and "[masked:" not in longest and "…" not in longest else ""
