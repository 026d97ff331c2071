"""Git, asked in a clone that is not trusted: its reading commands only, and nothing that the clone names is ever run."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Sequence

_SECONDS = 30
# What a git hook sets (`git rev-parse --local-env-vars`), and would lead to another repository than the one that was named.
_ELSEWHERE = frozenset(
    {
        "GIT_ALTERNATE_OBJECT_DIRECTORIES",
        "GIT_COMMON_DIR",
        "GIT_DIR",
        "GIT_GRAFT_FILE",
        "GIT_IMPLICIT_WORK_TREE",
        "GIT_INDEX_FILE",
        "GIT_NAMESPACE",
        "GIT_OBJECT_DIRECTORY",
        "GIT_PREFIX",
        "GIT_REPLACE_REF_BASE",
        "GIT_SHALLOW_FILE",
        "GIT_WORK_TREE",
    }
)
# No hook, file-system monitor, pager or program for signatures of the clone may run, nor what its remotes name: of a
# partial clone git would fetch a missing file, and the configuration says by which program.
_OPTIONS = (
    *("-c", "core.fsmonitor=false"),
    *("-c", "core.hooksPath=/dev/null"),
    *("-c", "log.showSignature=false"),
    *("-c", "core.warnAmbiguousRefs=false"),
    "--no-pager",
)
_SAFE = {
    "GIT_OPTIONAL_LOCKS": "0",
    "GIT_ALLOW_PROTOCOL": "none",
    "GIT_NO_LAZY_FETCH": "1",
    "GIT_NO_REPLACE_OBJECTS": "1",  # what the project's history is, not what somebody would rather see
    "LC_ALL": "C",
}


def asked(path: str, arguments: Sequence[str], fine: tuple[int, ...] = (0,)) -> str:
    """What a git command prints in the clone at `path`; raises `OSError` with what it complained of."""
    code, out, complaint = tried(path, arguments)
    if code not in fine:
        raise OSError(complaint.strip() or f"git {arguments[0]} failed")
    return out


def tried(path: str, arguments: Sequence[str]) -> tuple[int, str, str]:
    """Exit code, output and complaints of a git command; raises `OSError` where there is no git, or it takes too long."""
    environment = {name: value for name, value in os.environ.items() if name not in _ELSEWHERE} | _SAFE
    try:
        done = subprocess.run(  # noqa: S603 — a fixed program; what comes from outside is checked, or comes after -e
            ["git", *_OPTIONS, "-C", path, *arguments],  # noqa: S607
            capture_output=True, stdin=subprocess.DEVNULL, timeout=_SECONDS, check=False, env=environment,
        )  # fmt: skip
    except subprocess.TimeoutExpired as error:
        raise OSError(f"git {arguments[0]} took longer than {_SECONDS} s") from error
    return done.returncode, done.stdout.decode("utf-8", "replace"), done.stderr.decode("utf-8", "replace")
