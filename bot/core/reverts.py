"""Which changes stand: what reverts undo, and what reverts of reverts bring back.

Git writes "This reverts commit <sha>.", GitHub "Reverts OWNER/NAME#12". One thing may be told twice, as a merged pull
request and as the commit that GitHub made of it ("Pin pandas (#12)", "Merge pull request #12 …"): what undoes one of the
two undoes the other.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from functools import cached_property, lru_cache
from heapq import heapify, heappop, heappush

import re2

from bot.core.history import Change
from bot.core.unquoted import unquoted

_COMMIT = re2.compile(r"(?i)\breverts commit ([0-9a-f]{7,64})\b")
_PULL = re2.compile(r"(?i)\breverts (?:([a-z0-9][a-z0-9-]*/[a-z0-9._-]+)?#)([0-9]{1,9})\b")
_MADE_OF = re2.compile(r"\(#([0-9]{1,9})\)\s*$|^Merge pull request #([0-9]{1,9})\b")

_WHOLE = 40  # digits of a sha that is not shortened


def undoes(message: str) -> frozenset[tuple[str, str]]:
    """What a message says it undoes: ("", beginning of a sha), or (repository in lower case, `#12`) of a pull request."""
    return _undoes(message) if "evert" in message or "EVERT" in message else frozenset()


@lru_cache(maxsize=16_384)
def _undoes(message: str) -> frozenset[tuple[str, str]]:
    said = unquoted(message)
    shas = {("", found[1].lower()) for found in _COMMIT.finditer(said)}
    return frozenset(shas | {((found[1] or "").lower(), f"#{int(found[2])}") for found in _PULL.finditer(said)})


class Standing:
    """Of some changes those that stand, and since when; the order of the changes never matters.

    A change stands that no standing change undoes. Changes that undo each other in a circle all stand. `repository` is
    the one of the changes; "" where that is not known, then a pull request of any repository is taken for one of it.
    """

    def __init__(self, asked: Iterable[Change], changes: Sequence[Change], repository: str = "") -> None:
        self._changes = tuple(dict.fromkeys((*asked, *(each for each in changes if undoes(each.message)))))
        self._here = {"", repository.lower()} if repository else None
        self._named = self._by_name(changes)
        self._all = changes
        self._targets = {change: self.undone_by(change) for change in self._changes}
        self._since: dict[Change, datetime | None] = dict.fromkeys(self._changes)
        self._settle()

    def since(self, change: Change) -> datetime | None:
        """From when on a change is there for good: its own time, or when it was brought back; None where it was undone."""
        return self._since[change]

    def undone_by(self, change: Change) -> frozenset[Change]:
        """Those of the changes asked for, and of those that undo something, that a change says it undoes."""
        names = (name for repository, ref in undoes(change.message) for name in self._whole(repository, ref))
        return frozenset(
            other
            for name in names
            for other in self._named.get(name, ())
            if other.at <= change.at or not name.startswith("#")  # "(#12)" may also name what was landed again
        ) - {change}

    def _by_name(self, changes: Sequence[Change]) -> dict[str, list[Change]]:
        """The changes that matter by their shas and `#12`, each also as the pull request that GitHub made it of."""
        pulls = {change.sha: change.ref for change in changes if change.sha and change.ref.startswith("#")}
        named: dict[str, list[Change]] = {}
        for change in self._changes:
            for name in {change.ref, change.sha, _made_of(change), pulls.get(change.ref, "")} - {""}:
                named.setdefault(name, []).append(change)
        return named

    def _whole(self, repository: str, ref: str) -> Iterator[str]:
        """The name that is meant: a pull request of the repository at hand, or the only sha that begins so."""
        if ref.startswith("#"):
            if self._here is None or repository in self._here:
                yield ref
        elif ref in self._named or len(ref) >= _WHOLE:
            yield ref
        else:
            at = bisect_left(self._shas, ref)
            meant = [sha for sha in self._shas[at : at + 2] if sha.startswith(ref)]
            yield from meant if len(meant) == 1 else ()

    @cached_property
    def _shas(self) -> list[str]:
        told = (*self._all, *self._changes)
        return sorted({name for each in told for name in (each.ref, each.sha) if name and not name.startswith("#")})

    def _settle(self) -> None:
        """From what nobody undoes to what is undone last, by time, so that each change is looked at once."""
        undoers = dict.fromkeys(self._changes, 0)
        for each in self._targets.values():
            for undone in each:
                undoers[undone] += 1
        ready = [(change.at, change) for change in self._changes if not undoers[change]]
        back = {change: change.at for change in self._changes}
        out: set[Change] = set()
        heapify(ready)
        while ready:
            since, change = heappop(ready)
            self._since[change] = since
            for undone in self._targets[change] - out:
                out.add(undone)
                for returning in self._targets[undone]:
                    undoers[returning] -= 1
                    back[returning] = max(back[returning], since)
                    if not undoers[returning] and returning not in out:
                        heappush(ready, (back[returning], returning))
        for left in self._changes:  # they undo each other in a circle
            if left not in out and self._since[left] is None:
                self._since[left] = back[left]


def _made_of(change: Change) -> str:
    """The pull request that GitHub made a commit of, as its first line says."""
    found = None if change.ref.startswith("#") else _MADE_OF.search(change.message.partition("\n")[0])
    return f"#{int(found[1] or found[2])}" if found else ""
