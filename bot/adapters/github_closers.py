"""What REST does not tell of an issue's closes: the pull request that made one, and the issue that is the original."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from bot.adapters.github_http import Client
from bot.adapters.github_pages import is_count, string, time
from bot.core.history import Change
from bot.ports import TrackerError

_NO_ANSWER = frozenset(
    {"bad_credentials", "forbidden", "not_found", "gone", "invalid", "moved", "refused", "unexpected_answer"}
)
_QUERY = """
query($owner: String!, $name: String!, $number: Int!) {
  repository(owner: $owner, name: $name) {
    issue(number: $number) {
      timelineItems(itemTypes: [CLOSED_EVENT, MARKED_AS_DUPLICATE_EVENT, UNMARKED_AS_DUPLICATE_EVENT], last: 100) {
        nodes {
          __typename
          ... on ClosedEvent {
            createdAt
            closer {
              __typename
              ... on Commit { oid committedDate message repository { nameWithOwner } }
              ... on PullRequest {
                number title body mergedAt mergeCommit { oid } repository { nameWithOwner }
              }
            }
          }
          ... on MarkedAsDuplicateEvent {
            isCrossRepo
            canonical { __typename ... on Issue { number } ... on PullRequest { number } }
          }
        }
      }
    }
  }
}
"""


@dataclass(frozen=True, slots=True)
class Closers:
    """By the time of a close the change that made it, and the issue that people marked as the original."""

    by_time: Mapping[datetime, Change] = field(default_factory=dict)
    canonical: int | None = None


def closers(client: Client, repository: str, number: int) -> Closers:
    """What GraphQL tells of an issue; nothing where it does not answer these credentials. Raises `TrackerError`."""
    owner, _, name = repository.partition("/")
    variables = {"owner": owner, "name": name, "number": number}
    try:
        data: Any = client.query(_QUERY, variables, f"{repository}#{number}")
    except TrackerError as error:
        if error.code not in _NO_ANSWER:
            raise
        return Closers()
    for step in ("repository", "issue", "timelineItems", "nodes"):
        data = data.get(step) if isinstance(data, Mapping) else None
    found: dict[datetime, Change] = {}
    canonical: int | None = None
    for node in data if isinstance(data, list) else []:
        if not isinstance(node, Mapping):
            continue
        kind, at = node.get("__typename"), time(node, "createdAt")
        change = _change(node.get("closer"), repository) if kind == "ClosedEvent" else None
        if at and change:
            found[at] = change
        if kind in {"MarkedAsDuplicateEvent", "UnmarkedAsDuplicateEvent"}:
            canonical = _canonical(node) if kind == "MarkedAsDuplicateEvent" else None
    return Closers(found, canonical)


def _canonical(node: Mapping[str, Any]) -> int | None:
    there = node.get("canonical")
    number = there.get("number") if isinstance(there, Mapping) else None
    return number if is_count(number) and node.get("isCrossRepo") is not True else None


def _change(closer: object, repository: str) -> Change | None:
    """The closer as a change; a pull request of another repository is known by its merge commit."""
    if not isinstance(closer, Mapping):
        return None
    home = closer.get("repository")
    here = isinstance(home, Mapping) and string(home, "nameWithOwner").casefold() == repository.casefold()
    if closer.get("__typename") == "Commit":
        at, sha = time(closer, "committedDate"), string(closer, "oid")
        return Change(sha, at, string(closer, "message"), sha) if at and sha else None
    merged, number, at = closer.get("mergeCommit"), closer.get("number"), time(closer, "mergedAt")
    sha = string(merged, "oid") if isinstance(merged, Mapping) else ""
    ref = f"#{number}" if here and is_count(number) else sha
    message = f"{string(closer, 'title')}\n\n{string(closer, 'body')}".strip()
    return Change(ref, at, message, sha) if at and ref else None
