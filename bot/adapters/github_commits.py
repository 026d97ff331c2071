"""The commits of the default branch that close issues or undo something, and the merged pull requests they lead to.

What was read once is remembered: a cycle without a new commit costs one conditional request. Pull requests are found by
the words that GitHub puts into their commits, as "(#12)" or "Merge pull request #12"; those that were merged by rebasing
are only found through the issues that they name (`github_history`).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bot.adapters.github_cache import Conditional, Memory
from bot.adapters.github_errors import unexpected
from bot.adapters.github_http import ABSENT, Client
from bot.adapters.github_pages import PAGE, following_page, is_count, pages, string, time
from bot.core.history import Change
from bot.ports import TrackerError

_PAGES = 10  # of commits, and of pull requests: how far the past is looked at
_FEW = 5  # pull requests that are read one by one; more are cheaper in pages
_SINGLE = 100  # pull requests that are read one by one in a cycle
_NO_DATE = "1970-01-01T00:00:00Z"  # of a commit that tells none: older than any issue, so it fixes nothing by itself
_WORDS = 20_000  # characters of a message that are kept
_UNKNOWN = ABSENT | {409, 422}  # 409 in an empty repository, 422 for a sha that nothing has

_KEYWORD = re.compile(r"\b(?:close[sd]?|fix(?:e[sd])?|resolve[sd]?)\b", re.IGNORECASE)
_NUMBER = re.compile(r"#[0-9]|\bGH-[0-9]|/issues/[0-9]", re.IGNORECASE)
_UNDOES = re.compile(r"\brevert", re.IGNORECASE)
_PULL = re.compile(r"\(#([0-9]{1,9})\)\s*$|^Merge pull request #([0-9]{1,9})\b")
_SHA = re.compile(r"[0-9a-f]{4,64}")


@dataclass(frozen=True, slots=True)
class _Known:
    """What is remembered of a repository: its newest commit, the changes found, pull requests that are still to be read."""

    head: str = ""
    changes: tuple[Change, ...] = ()
    waiting: tuple[int, ...] = ()


class Commits:
    """The changes of one repository; every method raises `TrackerError`.

    What is remembered of them is read from `memory` whenever `changes` is asked for, and else once.
    """

    def __init__(self, client: Client, conditional: Conditional, memory: Memory, repository: str) -> None:
        self.client, self._conditional, self._memory = client, conditional, memory
        self._repository, self._root = repository, f"/repos/{repository}"
        self._read: _Known | None = None

    @property
    def head(self) -> str:
        """The newest commit of the default branch at the last look; "" before the first."""
        return self._known().head

    def changes(self) -> tuple[Change, ...]:
        """All changes that close an issue by keyword or undo something, as far as was looked so far, by time."""
        known = self._read = self._recalled()  # another process may have looked since
        path, query = f"{self._root}/commits", {"per_page": str(PAGE)}
        answer = self._conditional.get(path, self._repository, query, self._picked)
        newest = [change_of(each) for each in answer.data]
        if newest and newest[0].ref != known.head:
            known = self._grown(known, newest, more=following_page(answer.headers.get("link", ""), 1) is not None)
        if known.waiting:
            known = self._with_pulls(known)
        return known.changes

    def change(self, ref: str) -> Change | None:
        """A commit by a beginning of its sha, or a merged pull request (`#12`), of the default branch; else None."""
        if ref.startswith("#"):
            return self.pull(int(ref[1:])) if ref[1:].isdecimal() else None
        return self.commit(ref.lower())

    def commit(self, sha: str, *, anywhere: bool = False) -> Change | None:
        """A commit of the default branch (or of `anywhere`), by any beginning of its sha; None where there is none."""
        if not _SHA.fullmatch(sha):
            return None
        key = ("commit", self._repository, sha, "anywhere" if anywhere else "")
        there = self._memory.recall(*key).get("change")
        if isinstance(there, list):
            return change_of(there)
        answer = self.client.look(f"{self._root}/commits/{sha}", f"{self._repository}@{sha[:10]}", _UNKNOWN)
        if answer.status in _UNKNOWN:
            return None
        found = change_of(self._one(answer.data))
        if not found.ref.startswith(sha) or not (anywhere or self._on_default(found.ref)):
            return None
        self._memory.keep({"change": row_of(found)}, *key)
        return found

    def pull(self, number: int) -> Change | None:
        """A pull request that was merged into the default branch, read once; None where there is none."""
        there = self._memory.recall("pull", self._repository, str(number)).get("change")
        if isinstance(there, list):
            return change_of(there)
        answer = self.client.look(f"{self._root}/pulls/{number}", f"{self._repository}#{number}")
        return None if answer.status in ABSENT else self._keep_pull(answer.data)

    def _keep_pull(self, data: Any) -> Change | None:
        base = data.get("base") if isinstance(data, dict) else None
        at = time(data, "merged_at") if isinstance(data, dict) else None
        if not isinstance(base, dict) or not is_count(data.get("number")) or at is None:
            return None
        home = base.get("repo")
        if not isinstance(home, dict) or string(base, "ref") != string(home, "default_branch"):
            return None
        message = f"{string(data, 'title')}\n\n{string(data, 'body')}".strip()[:_WORDS]
        found = Change(f"#{data['number']}", at, message, string(data, "merge_commit_sha"))
        self._memory.keep({"change": row_of(found)}, "pull", self._repository, str(data["number"]))
        return found

    def _on_default(self, sha: str) -> bool:
        """Whether the newest commit of the default branch has this one among its ancestors."""
        head = self.head
        if not head or sha == head:
            return sha == head
        # The second page has no files, which can be megabytes, and says how the two stand all the same.
        path, place = f"{self._root}/compare/{sha}...{head}", f"{self._repository}@{sha[:10]}"
        answer = self.client.look(path, place, _UNKNOWN, {"per_page": "1", "page": "2"})
        status = string(answer.data, "status") if isinstance(answer.data, dict) else ""
        return answer.status == 200 and status in {"ahead", "identical"}

    def _grown(self, known: _Known, newest: Sequence[Change], *, more: bool) -> _Known:
        """What is known with all commits since the last look; where the past was written anew, what is gone is forgotten."""
        found: dict[str, Change] = {}
        met, looked = False, 0
        for page in self._following(newest, more=more):
            looked += 1
            for change in page:
                met = met or change.ref == known.head
                if not met:
                    found[change.ref] = change
            if met:
                break
        rewritten = not met and looked < _PAGES
        kept = () if rewritten else known.changes
        numbers = dict.fromkeys((*known.waiting, *_pulls_in(found.values())))
        waiting = [number for number in numbers if not any(each.ref == f"#{number}" for each in kept)]
        grown = _Known(newest[0].ref, _sorted((*kept, *filter(_matters, found.values()))), tuple(waiting))
        self._remember(grown)
        return grown

    def _following(self, newest: Sequence[Change], *, more: bool) -> Iterator[Sequence[Change]]:
        """The newest page and those after it, counted from the same commit whatever is pushed meanwhile."""
        yield newest
        if not more:
            return
        path, query = f"{self._root}/commits", {"sha": newest[0].ref}
        for number, page in enumerate(pages(self.client.get, path, self._repository, query, _PAGES)):
            if number:
                yield [change_of(each) for each in self._picked(page)]

    def _with_pulls(self, known: _Known) -> _Known:
        """What is known with the pull requests that were waiting; what could not be read now waits for the next cycle."""
        waiting = list(known.waiting)
        if len(waiting) > _FEW:
            self._read_pages(set(waiting))
        found: list[Change] = []
        try:
            for number in known.waiting[:_SINGLE]:
                change = self.pull(number)
                waiting.remove(number)
                found += [change] if change and _matters(change) else []
        finally:
            known = _Known(known.head, _sorted((*known.changes, *found)), tuple(waiting))
            self._remember(known)
        return known

    def _read_pages(self, wanted: set[int]) -> None:
        query = {"state": "closed", "sort": "updated", "direction": "desc"}
        for page in pages(self.client.get, f"{self._root}/pulls", self._repository, query, _PAGES):
            for data in page:
                if isinstance(data, dict) and data.get("number") in wanted:
                    self._keep_pull(data)
                    wanted.discard(data["number"])
            if len(wanted) <= _FEW:
                return

    def _picked(self, data: Any) -> list[list[str]]:
        if not isinstance(data, list):
            raise unexpected(self._repository, "no list of commits", write=False)
        rows = [self._one(each) for each in data]
        return [[ref, at, said if _says(said) else said.partition("\n")[0], sha] for ref, at, said, sha in rows]

    def _one(self, data: Any) -> list[str]:
        """Sha, committer date and message of a commit, and its sha again."""
        told = data.get("commit") if isinstance(data, dict) else None
        if not isinstance(told, dict) or not string(data, "sha"):
            raise unexpected(self._repository, "something else than commits", write=False)
        people = (told.get("committer"), told.get("author"))
        dates = (each["date"] for each in people if isinstance(each, dict) and time(each, "date") is not None)
        return [data["sha"], next(dates, _NO_DATE), string(told, "message")[:_WORDS], data["sha"]]

    def _known(self) -> _Known:
        if self._read is None:
            self._read = self._recalled()
        return self._read

    def _recalled(self) -> _Known:
        there = self._memory.recall("commits", self._repository)
        rows, waiting = there.get("changes"), there.get("waiting")
        if not isinstance(rows, list) or not isinstance(waiting, list):
            return _Known()
        return _Known(string(there, "head"), tuple(map(change_of, rows)), tuple(waiting))

    def _remember(self, known: _Known) -> None:
        rows = [row_of(each) for each in known.changes]
        value: Mapping[str, Any] = {"head": known.head, "changes": rows, "waiting": list(known.waiting)}
        self._memory.keep(value, "commits", self._repository)
        self._read = known


def _matters(change: Change) -> bool:
    """Whether a change may close an issue by keyword or undo another; `bot.core.fixes` tells exactly."""
    return _says(change.message)


def _says(text: str) -> bool:
    return bool((_KEYWORD.search(text) and _NUMBER.search(text)) or _UNDOES.search(text))


def _pulls_in(commits: Iterable[Change]) -> Iterator[int]:
    for commit in commits:
        found = _PULL.search(commit.message.partition("\n")[0])
        if found:
            yield int(found[1] or found[2])


def _sorted(changes: Iterable[Change]) -> tuple[Change, ...]:
    by_ref = {change.ref: change for change in changes}
    return tuple(sorted(by_ref.values(), key=lambda change: (change.at, change.ref)))


def row_of(change: Change) -> list[str]:
    """A change as it is remembered."""
    return [change.ref, change.at.isoformat(), change.message, change.sha]


def change_of(row: Sequence[str]) -> Change:
    """The change that is remembered."""
    ref, date, message, sha = row
    at = time({"at": date}, "at")
    if at is None:
        raise TrackerError("unexpected_answer", f"{ref}: its date cannot be read")
    return Change(ref, at, message, sha)
