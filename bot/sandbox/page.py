"""The pages that a person looks at, and what their forms do, under the same addresses as on GitHub.

A form carries a secret that another site's page cannot know, and pages answer to this machine's own names only, so that
no other site can read them by giving its name this machine's address.
"""

from __future__ import annotations

import json
import re
import secrets
from collections.abc import Callable, Mapping
from dataclasses import replace
from urllib.parse import quote, urlsplit

from bot.sandbox import comments, issues, page_views
from bot.sandbox.access import Caller
from bot.sandbox.call import Call
from bot.sandbox.exchange import Answer, Refusal, Request
from bot.sandbox.issue_shapes import Shapes
from bot.sandbox.limits import Limits
from bot.sandbox.markup import Html
from bot.sandbox.page_style import STYLE
from bot.sandbox.paging import number
from bot.sandbox.records import Issue, Repository, Token, World
from bot.sandbox.urls import Urls

_API = frozenset({"api", "app", "graphql", "rate_limit", "repos", "repositories", "sandbox", "user", "users"})
_ISSUE = re.compile(r"/([^/]+/[^/]+)/(?:issues|pull)/(\d{1,9})")
_LIST = re.compile(r"/([^/]+/[^/]+?)(?:/issues|/pulls)?/?")
_HERE = re.compile(r"localhost|[\d.]+|[0-9a-f]*:[0-9a-f:]+")
_SAFE = {
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cache-Control": "no-store",
}
_CHANGES: Mapping[str, Mapping[str, str]] = {
    "comment": {},
    "completed": {"state": "closed", "state_reason": "completed"},
    "not_planned": {"state": "closed", "state_reason": "not_planned"},
    "duplicate": {"state": "closed", "state_reason": "duplicate"},
    "reopen": {"state": "open"},
}
_OWN: Mapping[str, Callable[[Call], Answer]] = {"edit": comments.edit_comment, "delete": comments.delete_comment}


class Pages:
    """The pages of one process; forms of an earlier one are refused."""

    def __init__(self, limits: Limits) -> None:
        self._secret = secrets.token_urlsafe(24)
        self._limits = limits

    def answer(self, world: World, request: Request, now: str) -> Answer | None:
        """The page of a request, or what a form asked for; None where the request is for the API."""
        if not _wants_page(world, request):
            return None
        if request.path == "/style.css":
            return Answer(200, page=STYLE, headers={**_SAFE, "Content-Type": "text/css; charset=utf-8"})
        if not _HERE.fullmatch(urlsplit(request.root).hostname or ""):
            return _page(page_views.refused(403, "Open this page under this machine's address or localhost.", "/"), 403)
        try:
            return self._posted(world, request, now) if request.method == "POST" else self._shown(world, request)
        except Refusal as refusal:
            words = "; ".join([refusal.message, *(str(each.get("message", "")) for each in refusal.errors)])
            return _page(page_views.refused(refusal.status, words, request.path), refusal.status)

    def _shown(self, world: World, request: Request) -> Answer:
        if request.path == "/":
            return _page(page_views.home(world))
        place = _ISSUE.fullmatch(request.path)
        if place:
            repository, issue = _issue(world, place[1], int(place[2]))
            shapes = Shapes(world, repository, Urls(request.root, request.root))
            return _page(page_views.issue_page(shapes, issue, _chosen(world, request), self._secret))
        match = _LIST.fullmatch(request.path)
        found = world.repository(match[1]) if match else None
        if found is None:
            raise Refusal(404, "There is nothing here.")
        state = request.query.get("state", "open")
        return _page(
            page_views.issue_list(
                found, state if state in {"closed", "all"} else "open", number(request.query.get("page"), 1)
            )
        )

    def _posted(self, world: World, request: Request, now: str) -> Answer:
        form, place = request.form(), _ISSUE.fullmatch(request.path)
        if not secrets.compare_digest(form.get("secret", "").encode(), self._secret.encode()):
            raise Refusal(403, "This form is from another time or another site: go back, load the page again.")
        user, what = world.user(form.get("as", "")), form.get("do", "")
        if not place or user is None or what not in {*_CHANGES, *_OWN}:
            raise Refusal(404, "There is nothing here.")
        repository, issue = _issue(world, place[1], int(place[2]))
        owner, _, name = repository.name.partition("/")
        names = {"owner": owner, "repo": name, "number": str(issue.number), "comment": form.get("comment", "")}
        caller = Caller("user", user.login, user.login, token=Token(user.login))
        call = Call(request, world, caller, now, names, Urls(request.root, request.root), self._limits)
        text = form.get("body", "").replace("\r\n", "\n")
        if what in _CHANGES:
            _do(call, text, _CHANGES[what])
        elif call.comment().issue == issue.number:
            _OWN[what](replace(call, request=_with(request, {"body": text})))
        else:
            raise Refusal(404, "There is nothing here.")
        anchor = f"issuecomment-{names['comment']}" if what == "edit" else "answer"
        return Answer(303, headers={**_SAFE, "Location": f"{request.path}?as={quote(user.login)}#{anchor}"})


def _do(call: Call, text: str, change: Mapping[str, str]) -> None:
    """Comment and change the state through the API's own functions, with all their checks."""
    if text.strip() or not change:
        comments.create_comment(replace(call, request=_with(call.request, {"body": text})))
    if change:
        issues.edit_issue(replace(call, request=_with(call.request, change)))


def _with(request: Request, fields: Mapping[str, str]) -> Request:
    return replace(request, body=json.dumps(fields).encode())


def _issue(world: World, name: str, wanted: int) -> tuple[Repository, Issue]:
    repository = world.repository(name)
    issue = repository.issues.get(wanted) if repository else None
    if repository is None or issue is None:
        raise Refusal(404, "There is nothing here.")
    if issue.gone or issue.moved_to:
        raise Refusal(410, f"It was moved to {issue.moved_to}." if issue.moved_to else "This issue was deleted.")
    return repository, issue


def _wants_page(world: World, request: Request) -> bool:
    """Whether a browser asks, or anybody for a page that is there: everything else is the API's to answer."""
    first, _, rest = request.path.lstrip("/").partition("/")
    if first in _API or request.method not in {"GET", "POST"}:
        return False
    known = world.repository(f"{first}/{rest.partition('/')[0]}") is not None
    return known or request.path == "/style.css" or "text/html" in request.headers.get("accept", "")


def _chosen(world: World, request: Request) -> str:
    """The account that the form begins with: the one chosen last, else a person who may do everything."""
    last = world.user(request.query.get("as", ""))
    people = [user.login for user in world.users.values() if user.kind == "User" and user.role == "admin"]
    return last.login if last else next(reversed(people), "")


def _page(content: Html, status: int = 200) -> Answer:
    return Answer(status, page=content, headers=_SAFE)
