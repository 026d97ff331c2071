"""What the stand-in knows: frozen records, and the shelves (`Repository`, `World`) that hold the newest of each.

Times are texts as GitHub writes them ("2026-02-15T23:00:00Z"): their order is the order of time. Ids are unique over
everything and grow, so (time, id) orders what happened within one second.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

ROLES = ("none", "read", "triage", "write", "maintain", "admin")


@dataclass(frozen=True, slots=True)
class User:
    """An account; `role` is what it may do in every repository that does not say otherwise."""

    id: int
    login: str
    kind: str = "User"
    role: str = "read"
    created_at: str = ""


@dataclass(frozen=True, slots=True)
class Token:
    """A credential: `kind` is user, actions or installation; `repositories` restricts it, None for all."""

    login: str
    kind: str = "user"
    repositories: tuple[str, ...] | None = None
    installation: int = 0
    expires_at: str = ""


@dataclass(frozen=True, slots=True)
class App:
    """A GitHub App with the public half of its key (PEM) and its installation on the sandbox's repositories."""

    id: int
    slug: str
    public_key: str
    installation: int
    created_at: str
    repositories: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True)
class Label:
    """A label of a repository."""

    id: int
    name: str
    color: str = "ededed"
    description: str | None = None


@dataclass(frozen=True, slots=True)
class Reaction:
    """One person's reaction to an issue or a comment."""

    id: int
    login: str
    content: str
    created_at: str


@dataclass(frozen=True, slots=True)
class Comment:
    """A comment on the issue with the number `issue`."""

    id: int
    issue: int
    author: str
    body: str
    created_at: str
    updated_at: str
    reactions: tuple[Reaction, ...] = ()


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened to an issue; `detail` is what its kind tells: a label, two titles, a commit, a closer."""

    id: int
    kind: str
    actor: str
    at: str
    detail: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Pull:
    """What makes an issue a pull request."""

    head: str
    base: str
    head_sha: str
    base_sha: str
    merged_at: str | None = None
    merged_by: str = ""
    merge_sha: str | None = None


@dataclass(frozen=True, slots=True)
class Issue:
    """An issue or pull request; `gone` and `moved_to` ("OWNER/NAME#N") are how it left. `labels` are label ids."""

    id: int
    number: int
    title: str
    body: str
    author: str
    created_at: str
    updated_at: str
    state: str = "open"
    state_reason: str | None = None
    closed_at: str | None = None
    closed_by: str = ""
    labels: tuple[int, ...] = ()
    assignees: tuple[str, ...] = ()
    locked: bool = False
    lock_reason: str | None = None
    reactions: tuple[Reaction, ...] = ()
    events: tuple[Event, ...] = ()
    pull: Pull | None = None
    gone: bool = False
    moved_to: str = ""


@dataclass(frozen=True, slots=True)
class Commit:
    """A commit; `at` is its committer date."""

    sha: str
    message: str
    author: str
    at: str
    branch: str
    parents: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Repository:
    """One repository's shelves: labels and comments by id, issues by number, commits by sha in order of pushing."""

    id: int
    name: str
    created_at: str
    private: bool = False
    has_issues: bool = True
    default_branch: str = "main"
    roles: dict[str, str] = field(default_factory=dict)
    labels: dict[int, Label] = field(default_factory=dict)
    issues: dict[int, Issue] = field(default_factory=dict)
    comments: dict[int, Comment] = field(default_factory=dict)
    commits: dict[str, Commit] = field(default_factory=dict)
    files: dict[str, str] = field(default_factory=dict)

    def label(self, name: str) -> Label | None:
        """The label of this name, capitals or not."""
        return next((label for label in self.labels.values() if label.name.casefold() == name.casefold()), None)

    def comments_of(self, number: int) -> list[Comment]:
        """The comments on one issue, oldest first."""
        return [comment for comment in self.comments.values() if comment.issue == number]


@dataclass(frozen=True, slots=True)
class World:
    """Everything there is. Accounts and repositories go by their name in small letters, tokens by their text."""

    users: dict[str, User] = field(default_factory=dict)
    tokens: dict[str, Token] = field(default_factory=dict)
    apps: dict[int, App] = field(default_factory=dict)
    repositories: dict[str, Repository] = field(default_factory=dict)
    renamed: dict[str, str] = field(default_factory=dict)
    counters: dict[str, int] = field(default_factory=dict)

    def next_id(self) -> int:
        """An id that nothing else has."""
        self.counters["id"] = self.counters.get("id", 1000) + 1
        return self.counters["id"]

    def user(self, login: str) -> User | None:
        """The account of this name, capitals or not."""
        return self.users.get(login.casefold())

    def repository(self, name: str) -> Repository | None:
        """The repository of this name, OWNER/NAME, capitals or not."""
        return self.repositories.get(name.casefold())

    def keep(self, repository: Repository) -> None:
        """Put a changed repository in its place."""
        self.repositories[repository.name.casefold()] = repository


@dataclass(frozen=True, slots=True)
class By:
    """Who does something, and when."""

    login: str
    at: str
