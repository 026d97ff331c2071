"""What can go wrong in a cycle, by name, and where."""

from __future__ import annotations

from dataclasses import dataclass

# Of a write: what comes of it may be unclear. Of any request: what is tried again, or ends the looking.
UNCLEAR = ("502 before", "502 after", "cut before", "cut after", "half an answer", "late before", "late after")
LIMITS = (
    "403 retry-after", "429 retry-after", "403 remaining", "429 remaining", "403 bare", "429 bare",
)  # fmt: skip
REFUSALS = ("410", "422")
LISTS = ("a hole", "a short page", "an empty page", "a repeated page")
KILLS = ("kill before", "kill after")
STOPS = ("stop before", "stop after")

AFTER = "after"


@dataclass(frozen=True, slots=True)
class Trouble:
    """One thing that goes wrong, at the n-th point of its sort in one process of one cycle, counted from 1.

    `where` is request (any), write (any), open, comment, edit, delete, list (of issues or comments) or commit (of the database).
    `kind` is one of the names above; at a commit only kills and stops happen.
    """

    kind: str
    where: str
    nth: int
    process: int = 0

    def __str__(self) -> str:
        return f"{self.kind} @ {self.where} {self.nth}" + (f" of process {self.process}" if self.process else "")
