"""What GitHub's deliveries (webhooks) say is to be read again; nothing else of them is ever used.

A delivery names things and never says what they are: the text of a comment, the state of an issue and who may do what are
read from GitHub afterwards. So a delivery that is late, lost, doubled or out of order changes nothing but the moment.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any, NamedTuple

EVENTS = ("issue_comment", "issues", "pull_request", "push")  # what a webhook is to be set for

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,99}/(?!\.\.?\Z)[A-Za-z0-9._-]{1,100}")
_LARGEST = 2**63 - 1  # of an id: what the database can hold
_MANY = 100  # things of one repository; where more are due, reading the repository is cheaper
# Tuples, not sets: an action of the wrong type may be one that has no hash.
_SAID = ("created", "edited", "deleted")
_ISSUE = (
    "opened", "edited", "closed", "reopened", "deleted", "transferred", "locked", "unlocked", "assigned", "unassigned",
)  # fmt: skip


class Due(NamedTuple):
    """What of a repository is to be read again: a comment by its id, an issue by its number, its commits and pull requests.

    Where it names none of them, all of the repository is.
    """

    repository: str
    comment: int | None = None
    issue: int | None = None
    code: bool = False


class Delivery(NamedTuple):
    """What follows from a delivery: `due`, None where nothing is to be read, and why in a few words."""

    due: Due | None
    reason: str


def delivery(event: str, payload: object) -> Delivery:
    """What a delivery says is to be read again; `event` is its X-GitHub-Event, `payload` its parsed JSON.

    Only values of the right form are taken from it; the reason holds nothing that the sender wrote.
    """
    if event == "ping":
        return Delivery(None, "GitHub tries the webhook")
    read = _READ.get(event)
    if read is None:
        return Delivery(None, "nothing is known of this kind of event")
    if not isinstance(payload, dict):
        return Delivery(None, "the payload is no object")
    repository = _part(payload, "repository").get("full_name")
    if not isinstance(repository, str) or not _NAME.fullmatch(repository):
        return Delivery(None, "the payload names no repository")
    return read(repository, payload)


def put_together(many: Iterable[Due]) -> frozenset[Due]:
    """Each thing once; of a repository with more than `_MANY` of them just the repository."""
    by_name: dict[str, set[Due]] = {}
    for due in many:
        by_name.setdefault(due.repository, set()).add(due)
    return frozenset(each for name, some in by_name.items() for each in (some if len(some) <= _MANY else {Due(name)}))


def _comment(repository: str, payload: Mapping[str, Any]) -> Delivery:
    if payload.get("action") not in _SAID:
        return Delivery(None, "this action changes no comment")
    comment, issue = _number(payload, "comment", "id"), _number(payload, "issue", "number")
    if comment is None or issue is None:
        return Delivery(None, "the payload names no comment and issue")
    return Delivery(Due(repository, comment, issue), "a comment")


def _issue(repository: str, payload: Mapping[str, Any]) -> Delivery:
    if payload.get("action") not in _ISSUE:
        return Delivery(None, "this action changes nothing that counts")
    issue = _number(payload, "issue", "number")
    return Delivery(Due(repository, issue=issue), "an issue") if issue else Delivery(None, "the payload names no issue")


def _pull(repository: str, payload: Mapping[str, Any]) -> Delivery:
    if payload.get("action") != "closed" or _part(payload, "pull_request").get("merged") is not True:
        return Delivery(None, "nothing was merged")
    return Delivery(Due(repository, code=True), "a merged pull request")


def _push(repository: str, payload: Mapping[str, Any]) -> Delivery:
    """Only the default branch counts; where the payload does not name it, every branch does."""
    branch, ref = _part(payload, "repository").get("default_branch"), payload.get("ref")
    if payload.get("deleted") is True or (isinstance(branch, str) and ref != f"refs/heads/{branch}"):
        return Delivery(None, "nothing was pushed to the default branch")
    return Delivery(Due(repository, code=True), "commits")


_READ: Mapping[str, Callable[[str, Mapping[str, Any]], Delivery]] = {
    "issue_comment": _comment,
    "issues": _issue,
    "pull_request": _pull,
    "push": _push,
}


def _part(payload: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    part = payload.get(name)
    return part if isinstance(part, dict) else {}


def _number(payload: Mapping[str, Any], part: str, name: str) -> int | None:
    """A positive number that the database can hold; True is none."""
    value = _part(payload, part).get(name)
    return value if type(value) is int and 0 < value <= _LARGEST else None
