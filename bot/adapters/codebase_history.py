"""The history of a local clone: the commits of its default branch that could have fixed something, and what contains what."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime

from bot.adapters.codebase_git import asked, tried
from bot.core.fixes import qualified
from bot.core.history import Change

_PLAIN = ("--no-show-signature", "--no-notes", "--encoding=UTF-8", "--format=%H %ct %B", "-z")
_TELLING = r"#[0-9]|gh-[0-9]|/issues/[0-9]|reverts commit"  # what a message must hold to say anything of an issue
_WORDS = 20_000  # characters of a message that are kept
_SHA = re.compile(r"[0-9a-f]{7,64}", re.ASCII)
_WHOLE = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}", re.ASCII)
_OWNER_AND_NAME = re.compile(r"[:/]([^/:\s]+/[^/\s]+?)(?:\.git)?/?$")


class ClonedHistory:
    """The commits of one clone. What contains what never changes, so each pair is asked for once."""

    def __init__(self, path: str) -> None:
        self._path = path
        self._contains: dict[tuple[str, str], bool | None] = {}

    def changes(self, repository: str) -> tuple[Change, ...]:
        """Commits of the default branch that name an issue or revert a commit, newest first; raises `OSError`.

        In a clone of another project than `repository` a bare `#12` is that one's: it stands as `OWNER/NAME#12` then.
        """
        branch = self._branch()
        if not branch:
            return ()
        log = ["log", *_PLAIN, "-i", "-E", f"--grep={_TELLING}", branch, "--"]
        found = _commits(asked(self._path, log))
        other = self._other_than(repository)
        return tuple(each._replace(message=qualified(each.message, other)) if other else each for each in found)

    def change(self, ref: str) -> Change | None:
        """The commit of the default branch that a sha (any unique beginning of 7 or more digits) names, else None."""
        sha, branch = self._commit(ref.lower()), self._branch()
        if not sha or not branch or self.contains(branch, sha) is not True:
            return None
        return next(_commits(asked(self._path, ["log", "-1", *_PLAIN, sha, "--"])), None)

    def contains(self, revision: str, commit: str) -> bool | None:
        """Whether a revision has a commit among its ancestors; None where the clone cannot tell."""
        pair = (revision.lower(), commit.lower())
        if pair not in self._contains:
            try:
                self._contains[pair] = self._is_ancestor(*map(self._commit, pair))
            except OSError:
                return None
        return self._contains[pair]

    def _is_ancestor(self, revision: str, commit: str) -> bool | None:
        if not revision or not commit:
            return None
        code = tried(self._path, ["merge-base", "--is-ancestor", commit, revision])[0]
        # In a shallow clone only a yes is sure: what leads to the commit may have been cut off.
        return True if code == 0 else False if code == 1 and not self._is_shallow() else None

    def _is_shallow(self) -> bool:
        return tried(self._path, ["rev-parse", "--is-shallow-repository"])[1].strip() != "false"

    def _branch(self) -> str:
        """The newest commit of the default branch: what the remote says that is, else what is checked out; "" for none."""
        for name in ("refs/remotes/origin/HEAD", "HEAD"):
            code, out, complaint = tried(self._path, ["rev-parse", "--verify", "--quiet", f"{name}^{{commit}}"])
            if code == 0 and _WHOLE.fullmatch(out.strip()):
                return out.strip()
        if complaint.strip():
            raise OSError(complaint.strip())
        return ""

    def _commit(self, sha: str) -> str:
        """The commit that a beginning of its sha names, as a whole sha; "" where there is none, or several.

        Never by `rev-parse`, which takes a branch or tag of that name for it.
        """
        if _WHOLE.fullmatch(sha) or not _SHA.fullmatch(sha):
            return sha if _WHOLE.fullmatch(sha) else ""
        code, out, _ = tried(self._path, ["rev-parse", f"--disambiguate={sha}"])
        meant = [each for each in out.split() if self._is_commit(each)] if code == 0 else []
        return meant[0] if len(meant) == 1 else ""

    def _is_commit(self, sha: str) -> bool:
        return bool(_WHOLE.fullmatch(sha)) and tried(self._path, ["cat-file", "-t", sha])[1].strip() == "commit"

    def _other_than(self, repository: str) -> str:
        """OWNER/NAME of the project that the clone is of; "" where it may be of `repository` (a fork has its name)."""
        code, out, _ = tried(self._path, ["config", "--local", "--get-regexp", r"^remote\..*\.url$"])
        found = [match[1] for line in out.splitlines() if code == 0 and (match := _OWNER_AND_NAME.search(line))]
        names = {each.lower().rpartition("/")[2] for each in found}
        return found[0] if found and repository and repository.lower().rpartition("/")[2] not in names else ""


def _commits(shown: str) -> Iterator[Change]:
    """The commits of a log in our format: sha, committer date in seconds, message."""
    for entry in shown.split("\0"):
        sha, _, rest = entry.lstrip("\n").partition(" ")
        stamp, _, message = rest.partition(" ")
        at = _moment(stamp)
        if _WHOLE.fullmatch(sha) and at:
            yield Change(sha, at, message.strip()[:_WORDS], sha)


def _moment(stamp: str) -> datetime | None:
    try:
        return datetime.fromtimestamp(int(stamp), UTC)
    except (OSError, OverflowError, ValueError):  # a commit can claim any date
        return None
