"""What happened to an issue: who closed and reopened it, by which change, and which changes refer to it.

It is asked for again only where the issue changed or there are new commits; what changed nothing is answered by an ETag.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from bot.adapters.github_cache import Conditional, Memory
from bot.adapters.github_closers import Closers, closers
from bot.adapters.github_commits import Commits, change_of, row_of
from bot.adapters.github_errors import unexpected
from bot.adapters.github_http import Answer
from bot.adapters.github_pages import NAME, author, is_count, pages, same_login, string, time
from bot.core.history import Change, Happening, History
from bot.core.marker import parse
from bot.core.model import KnownIssue

_PAGES = 30  # of a timeline: three thousand events
_COMMENT = re.compile(r"<!--.*?(?:-->|\Z)", re.DOTALL)
_FENCE = re.compile(r" {0,3}(```+|~~~+)")
_DUPLICATE = re.compile(
    r" {0,3}duplicate of:? +(?:([\w.-]+/[\w.-]+)?#|https?://[^\s/]+/([\w.-]+/[\w.-]+)/issues/)([0-9]{1,9})\b",
    re.IGNORECASE,
)
_AT_HOME = re.compile(rf"/repos/({NAME})(?:/commits/[0-9a-f]+)?$")

Events = Sequence[Mapping[str, Any]]


class Histories:
    """The histories of the issues of one repository; `key` is the key of the markers, `login` the bot's account."""

    def __init__(self, commits: Commits, memory: Memory, repository: str, login: str, key: bytes) -> None:
        self._client, self._memory, self._repository = commits.client, memory, repository
        self._login, self._key = login, key
        self._conditional = Conditional(commits.client, memory)
        self._commits = commits

    def of(self, issue: KnownIssue, look: Callable[[], object]) -> History:
        """The history of an issue as it was listed; raises `TrackerError`.

        `look` asks for the newest commits, without which nothing is known to be on the default branch.
        """
        there = self._memory.recall("history", self._repository, str(issue.number))
        if issue.updated_at and there.get("stamp") == _stamp(issue, self._commits.head):
            return _read(there)
        if not self._commits.head:
            look()
        events = self._timeline(issue.number)
        told = self._closers(issue, events)
        history = History(
            tuple(self._happenings(events, told)),
            tuple(dict.fromkeys(self._changes(events))),
            self._original(issue, told, events),
        )
        stamp = _stamp(issue, self._commits.head)
        self._memory.keep({"stamp": stamp, **_written(history)}, "history", self._repository, str(issue.number))
        return history

    def _timeline(self, number: int) -> Events:
        path, place = f"/repos/{self._repository}/issues/{number}/timeline", f"{self._repository}#{number}"

        def read(path: str, place: str, parameters: Mapping[str, str]) -> Answer:
            return self._conditional.get(path, place, parameters, self._picked)

        return [each for page in pages(read, path, place, {}, _PAGES) for each in page if each]

    def _picked(self, data: Any) -> list[dict[str, Any]]:
        if not isinstance(data, list) or not all(isinstance(each, dict) for each in data):
            raise unexpected(self._repository, "no list of events", write=False)
        return [self._event(each) for each in data]

    def _event(self, data: Mapping[str, Any]) -> dict[str, Any]:
        """What is kept of an event; nothing of those that say nothing here."""
        kind = string(data, "event")
        told = {"event": kind, "at": string(data, "created_at")}
        if kind in {"closed", "reopened", "referenced"}:
            sha, where = string(data, "commit_id"), _home(string(data, "commit_url"))
            reason = string(data, "state_reason") if kind == "closed" else ""
            return {**told, "by": author(data, "actor"), "reason": reason, "sha": sha, "where": where}
        if kind == "commented":
            original = duplicate_of(string(data, "body"), self._repository)
            return {**told, "original": original} if original else {}
        number = self._pull(data) if kind == "cross-referenced" else None
        return {**told, "pull": number} if number else {}

    def _pull(self, data: Mapping[str, Any]) -> int | None:
        """The pull request of this repository that a reference comes from, where it was merged."""
        source = data.get("source")
        issue = source.get("issue") if isinstance(source, dict) else None
        pull = issue.get("pull_request") if isinstance(issue, dict) else None
        if not isinstance(issue, dict) or not isinstance(pull, dict) or not time(pull, "merged_at"):
            return None
        here = same_login(_home(string(issue, "repository_url")), self._repository)
        number = issue.get("number")
        return number if here and is_count(number) else None

    def _closers(self, issue: KnownIssue, events: Events) -> Closers:
        """What GraphQL tells of the closes that no commit made, asked once for the same closes."""
        unsaid = [each["at"] for each in events if each["event"] == "closed" and not each["sha"]]
        if not unsaid:
            return Closers()
        key, closes = ("closers", self._repository, str(issue.number)), [*unsaid, issue.state_reason]
        there = self._memory.recall(*key)
        rows = there.get("changes")
        if there.get("closes") == closes and isinstance(rows, dict) and issue.state_reason != "duplicate":
            known = {time({"at": at}, "at"): change_of(row) for at, row in rows.items()}
            return Closers({at: change for at, change in known.items() if at})
        found = closers(self._client, self._repository, issue.number)
        kept = {at.isoformat(): row_of(change) for at, change in found.by_time.items()}
        self._memory.keep({"closes": closes, "changes": kept}, *key)
        return found

    def _happenings(self, events: Events, told: Closers) -> Iterator[Happening]:
        for each in events:
            at = time(each, "at")
            if each["event"] not in {"closed", "reopened"} or at is None:
                continue
            change = self._commit(each) if each["sha"] else told.by_time.get(at)
            own = same_login(each["by"], self._login)
            yield Happening(each["event"], at, each["by"], own, each["reason"], change)

    def _changes(self, events: Events) -> Iterator[Change]:
        for each in events:
            if each["event"] == "cross-referenced":
                found = self._commits.pull(each["pull"])
            elif each["event"] == "referenced" and same_login(each["where"], self._repository):
                found = self._commit(each)
            else:
                found = None
            if found:
                yield found

    def _commit(self, event: Mapping[str, Any]) -> Change | None:
        if same_login(event["where"], self._repository) or not event["where"]:
            return self._commits.commit(event["sha"])
        elsewhere = Commits(self._client, self._conditional, self._memory, event["where"])
        return elsewhere.commit(event["sha"], anywhere=True)

    def _original(self, issue: KnownIssue, told: Closers, events: Events) -> int | None:
        """What the bot itself wrote, what people marked, else what the last comment says."""
        marker = parse(issue.body, self._key) if issue.fingerprint else None
        written = marker.get("duplicate_of") if marker else ""
        if written.isdecimal() and len(written) < 10:
            return int(written)
        said = [each["original"] for each in events if each["event"] == "commented"]
        return told.canonical or (said[-1] if said else None)


def duplicate_of(text: str, repository: str) -> int | None:
    """The issue of this repository that a comment calls the original in its writer's own prose: no code, no quotes."""
    fence, quoted, ticks, found = "", False, 0, None
    for line in _COMMENT.sub("", text).splitlines():
        edge = _FENCE.match(line)
        if fence or edge:
            fence = ("" if edge and edge[1].startswith(fence) else fence) if fence else edge[1] if edge else ""
            continue
        if not line.strip():
            quoted, ticks = False, 0  # a quote goes on until an empty line, and so does a code span
            continue
        quoted = quoted or line.lstrip().startswith(">")
        said = None if quoted or ticks % 2 else _DUPLICATE.match(line)
        ticks += line.count("`")
        if said and same_login(said[1] or said[2] or repository, repository):
            found = int(said[3])
    return found


def _home(address: str) -> str:
    found = _AT_HOME.search(address)
    return found[1] if found else ""


def _stamp(issue: KnownIssue, head: str) -> str:
    """What an issue has to be like for its history to be the same; times of GitHub are whole seconds, so not they alone."""
    parts = (issue.updated_at, issue.state, issue.state_reason, issue.closed_at, issue.locked, issue.body, head)
    return hashlib.sha256("\x00".join(map(str, parts)).encode("utf-8", "surrogatepass")).hexdigest()


def _written(history: History) -> dict[str, Any]:
    return {
        "happenings": [
            [each.event, each.at.isoformat(), each.by, each.own, each.reason, each.change and row_of(each.change)]
            for each in history.happenings
        ],
        "changes": [row_of(each) for each in history.changes],
        "duplicate_of": history.duplicate_of,
    }


def _read(there: Mapping[str, Any]) -> History:
    happenings = [
        Happening(event, at, by, own, reason, change_of(row) if row else None)
        for event, date, by, own, reason, row in there["happenings"]
        if (at := time({"at": date}, "at"))
    ]
    return History(tuple(happenings), tuple(map(change_of, there["changes"])), there["duplicate_of"])
