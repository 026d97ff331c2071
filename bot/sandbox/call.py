"""One request on its way through a handler: who calls, what the path names, and the checks that all handlers share."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from bot.sandbox.access import Caller, reaches, role_of
from bot.sandbox.exchange import Answer, Refusal, Request, not_found
from bot.sandbox.issue_acts import Acts
from bot.sandbox.issue_shapes import Shapes
from bot.sandbox.limits import Limits
from bot.sandbox.paging import page_of
from bot.sandbox.records import By, Comment, Issue, Repository, World
from bot.sandbox.urls import Urls
from bot.sandbox.webhooks import Webhook

_ADMIN = "Must have admin rights to Repository."
_INTEGRATION = "Resource not accessible by integration"

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Call:
    """A request with the caller it comes from and the names its path holds; lookups raise `Refusal`."""

    request: Request
    world: World
    caller: Caller
    now: str
    names: Mapping[str, str]
    urls: Urls
    limits: Limits
    webhook: Webhook | None = None

    @property
    def by(self) -> By:
        """The caller as the one who does something now."""
        return By(self.caller.login, self.now)

    def acts(self) -> Acts:
        """What the caller may do in the repository of the path, as far as `need` was asked before."""
        return Acts(self.world, self.repository(), self.by)

    def shapes(self) -> Shapes:
        """How the things of the repository of the path look."""
        return Shapes(self.world, self.repository(), self.urls)

    def listed(self, items: Sequence[T], shape: Callable[[T], Any]) -> Answer:
        """The page of a list that the query asks for; its links go by the repository's id, as GitHub's do."""
        rest = self.request.path.split("/", 4)[4:]
        address = "/".join([f"{self.urls.api}/repositories/{self.repository().id}", *rest])
        page, links = page_of(items, self.request.query, address)
        return Answer(200, [shape(each) for each in page], links)

    def repository(self) -> Repository:
        """The repository of the path: 404 where the caller may not see it, 301 where it has a new name."""
        name = f"{self.names['owner']}/{self.names['repo']}"
        found = self.world.repository(name)
        if found is None and name.casefold() in self.world.renamed:
            renamed = self.world.repository(self.world.renamed[name.casefold()])
            if renamed is not None:
                rest = self.request.path.split("/", 4)[4:]
                raise moved("/".join([f"{self.urls.api}/repositories/{renamed.id}", *rest]))
        if found is None or (found.private and not reaches(role_of(self.world, self.caller, found), "read")):
            raise not_found()
        return found

    def issue(self) -> Issue:
        """The issue of the path: 410 where it was deleted or issues are off, 301 where it was transferred."""
        repository = self.repository()
        number = self.names["number"]
        found = repository.issues.get(int(number)) if number.isdecimal() else None
        if found is None:
            raise not_found()
        if found.moved_to:
            name, _, there = found.moved_to.partition("#")
            target = self.world.repository(name)
            raise moved(f"{self.urls.api}/repositories/{target.id if target else 0}/issues/{there}")
        if found.gone:
            raise Refusal(410, "This issue was deleted")
        if found.pull is None:
            issues_enabled(repository)
        return found

    def comment(self) -> Comment:
        """The comment of the path."""
        number = self.names["comment"]
        found = self.repository().comments.get(int(number)) if number.isdecimal() else None
        if found is None:
            raise not_found()
        return found

    def allows(self, role: str) -> bool:
        """Whether the caller has at least this role in the repository of the path."""
        return reaches(role_of(self.world, self.caller, self.repository()), role)

    def need(self, role: str) -> None:
        """Raise 401 for nobody, 403 for a caller with a lesser role."""
        self.need_account()
        if not self.allows(role):
            raise Refusal(403, _ADMIN if self.caller.kind == "user" else _INTEGRATION)

    def need_account(self) -> None:
        """Raise 401 for nobody, 403 for an App that acts as itself, or where an App or workflow was not let in."""
        if self.caller.kind == "anonymous":
            raise Refusal(401, "Requires authentication")
        if self.caller.kind == "app" or (self.caller.kind != "user" and not self.allows("write")):
            raise Refusal(403, _INTEGRATION)

    def need_unlocked(self, issue: Issue) -> None:
        """Raise 403 where the conversation is locked for this caller."""
        if issue.locked and not self.allows("write"):
            raise Refusal(403, "Unable to create comment because issue is locked.")

    def creates_content(self) -> None:
        """Count this towards what may be made in a minute and an hour; raises 403 or 429."""
        self.limits.create(self.caller.bucket, self.now)


def moved(url: str) -> Refusal:
    """The 301 of something that has a new address."""
    return Refusal(301, "Moved Permanently", headers={"Location": url})


def issues_enabled(repository: Repository) -> None:
    """Raise 410 where the repository's issues are switched off."""
    if not repository.has_issues:
        raise Refusal(410, "Issues has been disabled in this repository.")
