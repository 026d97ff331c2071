"""GitHub's issues as the bot's tracker: `bot.ports.Tracker` over PyGithub and real HTTP.

A POST or PATCH is sent once. After an answer that may hide a success (5xx, time-out, cut connection, no number) the
`TrackerError` is `unclear`, and only the next complete listing can tell. GitHub makes labels that it does not know when
an issue is created, but leaves them out without a word where the account may not push: what is missing in its answer
is reported in `problems` (code `labels_dropped`). So is an issue that GitHub filed under another account than expected
(`other_login`): no listing would find it again, therefore nothing more is created.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from types import TracebackType
from typing import Any, Self

from bot.adapters.github_auth import ACTIONS_LOGIN, Access, Credentials
from bot.adapters.github_cache import Cache, Conditional, Memory, MemoryCache, machine_clock
from bot.adapters.github_comments import Comments
from bot.adapters.github_commits import Commits
from bot.adapters.github_errors import unexpected
from bot.adapters.github_glance import Glances
from bot.adapters.github_history import Histories
from bot.adapters.github_http import ABSENT, Client, Heard, Patience, nobody
from bot.adapters.github_listing import Reader, read_issue
from bot.adapters.github_pages import author, same_login
from bot.adapters.github_reactions import Reactions
from bot.adapters.github_roles import role_of
from bot.adapters.github_talk import Talks
from bot.adapters.github_writes import Writer
from bot.core.history import Change, History, IssueComment, Talk
from bot.core.model import KnownIssue, Listing, Problem
from bot.ports import TrackerError

_PATIENCE = Patience()
_NO_KEY = (
    f"{ACTIONS_LOGIN} is the account of every workflow, so its issues count only with the bot's own signature:"
    " set marker_key, or use an App"
)


class GithubTracker:
    """The issues that the bot's own account has in any repository its credentials reach; for one thread, to be closed.

    `api_url` is https://api.github.com or an Enterprise server's https://HOST/api/v3, and no other host is ever asked.
    `marker_key` checks the markers; empty for unsigned ones.
    `cache` keeps what need not be asked for again, by default in memory; `clock` tells the machine's time. `heard` is told of
    every request.
    """

    def __init__(
        self,
        credentials: Credentials,
        *,
        api_url: str = "https://api.github.com",
        marker_key: bytes = b"",
        patience: Patience = _PATIENCE,
        cache: Cache | None = None,
        clock: Callable[[], datetime] = machine_clock,
        heard: Heard = nobody,
    ) -> None:
        self._memory = Memory(MemoryCache() if cache is None else cache, clock, api_url.strip().rstrip("/"))
        self._access = Access(credentials, api_url, patience, self._memory, heard)
        self._key = marker_key
        self._looked = set[str]()  # repositories whose commits were asked for because an issue's history needs them
        self._codes: dict[str, Commits] = {}
        self._writer = Writer(self._access, marker_key)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close all connections."""
        self._access.close()

    @property
    def problems(self) -> tuple[Problem, ...]:
        """What was done, but not quite as asked, in the order it was noticed.

        Codes: labels_dropped, other_login, commits_unreadable.
        """
        return tuple(self._writer.problems)

    def login(self) -> str:
        """The login of the bot's own account; raises `TrackerError` where GitHub does not tell."""
        return self._access.login()

    def listing(self, repository: str, known: frozenset[int]) -> Listing:
        """Every issue of the bot's own account, open and closed; an error is a problem of an incomplete listing."""
        return self._listed(repository, lambda glances: glances.listing(known))

    def glance(self, repository: str, known: frozenset[int], now: datetime) -> Listing:
        """What the last listing held with all that changed since, in one conditional request; never complete.

        A whole listing where there was none for a day (by `now`), too much changed, or a known issue is not remembered.
        """
        return self._listed(repository, lambda glances: glances.glance(known, now))

    def issue(self, repository: str, number: int) -> KnownIssue | None:
        """Any issue, whoever wrote it; None where it is not there, or is a pull request. Raises `TrackerError`."""
        place = f"{repository}#{number}"
        answer = self._access.client(repository).look(f"/repos/{repository}/issues/{number}", place)
        if answer.status in ABSENT:
            return None
        if not isinstance(answer.data, dict):
            raise unexpected(place, "no issue", write=False)
        if answer.data.get("number") != number or "pull_request" in answer.data:
            return None
        found = read_issue(answer.data, repository, self._key)
        own = same_login(author(answer.data), self._access.login())
        return found if own else replace(found, fingerprint="", nonce="")

    def history(self, issue: KnownIssue) -> History:
        """What happened to an issue, asked for again only where it changed or there are new commits; raises `TrackerError`."""
        repository, login = issue.repository, self._access.login()
        _, memory = self._at(repository)

        def look() -> None:
            if repository not in self._looked:
                self._looked.add(repository)
                self.commits(repository)

        return Histories(self._code(repository), memory, repository, login, self._key).of(issue, look)

    def commits(self, repository: str) -> tuple[Change, ...]:
        """Commits and merged pull requests of the default branch that may close an issue or undo a change, by time.

        One conditional request where there is nothing new. Nothing for an empty repository, and where the credentials do
        not show the code, which is said once (`commits_unreadable`); raises `TrackerError`.
        """
        try:
            return self._code(repository).changes()
        except TrackerError as error:
            if error.code not in {"conflict", "forbidden", "not_found"}:
                raise
            if error.code != "conflict":
                self._say_once("commits_unreadable", repository, f"its commits tell of no fixes: {error.message}")
            return ()

    def change(self, repository: str, ref: str) -> Change | None:
        """A commit (by any unique beginning of its sha) or merged pull request (`#12`) of the default branch, else None.

        Raises `TrackerError`.
        """
        code = self._code(repository)
        if not code.head:
            self.commits(repository)
        return code.change(ref)

    def comments(self, repository: str, issue: int) -> tuple[IssueComment, ...]:
        """All comments of an issue, oldest first; conditional, page by page. Raises `TrackerError`."""
        return self._comments(repository).of(issue, self._conditional(repository))

    def talk(self, repository: str, since: datetime) -> Talk:
        """All comments of a repository made or edited since, in one conditional request where nothing was.

        At most a hundred thousand: then `until` is where the next question goes on. Raises `TrackerError`.
        """
        client, memory = self._at(repository)
        return Talks(client, Conditional(client, memory), repository, self._access.login()).since(since)

    def remark(self, repository: str, comment: int) -> IssueComment | None:
        """One comment as it reads now; None where it is deleted. Raises `TrackerError`."""
        return self._comments(repository).one(comment)

    def role(self, repository: str, login: str) -> str:
        """What an account may do: admin, maintain, write, triage, read or none; raises `TrackerError` if that is not told."""
        client, memory = self._at(repository)
        return role_of(client, Conditional(client, memory), repository, login)

    def react(self, repository: str, comment: int, wanted: frozenset[str]) -> None:
        """Make the bot's own reactions to a comment these; one that is deleted is no error. Raises `TrackerError`."""
        Reactions(self._access.client(repository), repository, self._access.login()).make(comment, wanted)

    def comment(self, repository: str, issue: int, body: str) -> IssueComment:
        """Comment with one POST that is never repeated; raises `TrackerError`."""
        return self._comments(repository).add(issue, body, self._memory.now)

    def reword(self, repository: str, comment: int, body: str) -> None:
        """Edit a comment of the bot's own with one PATCH; raises `TrackerError`, `not_found` where it is deleted."""
        self._comments(repository).reword(comment, body)

    def delete_comment(self, repository: str, comment: int) -> None:
        """Delete a comment of the bot's own; one that is not there is no error. Raises `TrackerError`."""
        self._comments(repository).delete(comment)

    def create(self, repository: str, title: str, body: str, labels: tuple[str, ...]) -> KnownIssue:
        """Open an issue with one POST that is never repeated; raises `TrackerError`."""
        return self._writer.create(repository, title, body, labels)

    def edit(
        self,
        issue: KnownIssue,
        *,
        title: str | None = None,
        body: str | None = None,
        labels: tuple[str, ...] | None = None,
        state: str | None = None,
        reason: str | None = None,
    ) -> None:
        """Change what is not None and different, in one PATCH; raises `TrackerError`, see `Writer.edit`."""
        change: dict[str, Any] = {"title": title, "body": body, "labels": labels, "state": state}
        self._writer.edit(issue, change, reason)

    def _listed(self, repository: str, ask: Callable[[Glances], Listing]) -> Listing:
        try:
            login = self._access.login()
            client = self._access.client(repository)
        except TrackerError as error:
            return Listing(repository, complete=False, problems=(Problem(error.code, repository, error.message),))
        if same_login(login, ACTIONS_LOGIN) and not self._key:
            return Listing(repository, complete=False, problems=(Problem("marker_key_missing", repository, _NO_KEY),))
        memory = self._memory.of(login)
        return ask(Glances(Reader(client, repository, login, self._key), Conditional(client, memory), memory))

    def _comments(self, repository: str) -> Comments:
        return Comments(self._access.client(repository), repository, self._access.login())

    def _code(self, repository: str) -> Commits:
        client, memory = self._at(repository)
        known = self._codes.get(repository)
        if known is None or known.client is not client:
            known = self._codes[repository] = Commits(client, Conditional(client, memory), memory, repository)
        return known

    def _say_once(self, code: str, place: str, message: str) -> None:
        if not any((problem.code, problem.place) == (code, place) for problem in self._writer.problems):
            self._writer.problems.append(Problem(code, place, message))

    def _conditional(self, repository: str) -> Conditional:
        return Conditional(*self._at(repository))

    def _at(self, repository: str) -> tuple[Client, Memory]:
        """The connection to a repository, and what is remembered for the bot's account; raises `TrackerError`."""
        return self._access.client(repository), self._memory.of(self._access.login())
