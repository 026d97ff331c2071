"""The answers about issues: list, get, create, edit, lock."""

from __future__ import annotations

from bot.sandbox import payload
from bot.sandbox.access import reaches, role_of
from bot.sandbox.call import Call, issues_enabled
from bot.sandbox.exchange import Answer, Refusal
from bot.sandbox.issue_query import select
from bot.sandbox.records import Issue

_STATES = ("open", "closed")
_REASONS = ("completed", "not_planned", "duplicate", "reopened")
_LOCKS = ("off-topic", "too heated", "resolved", "spam")


def list_issues(call: Call) -> Answer:
    """Issues and pull requests, filtered and sorted as the query says."""
    issues_enabled(call.repository())
    return call.listed(select(call.world, call.repository(), call.request.query), call.shapes().issue)


def get_issue(call: Call) -> Answer:
    """One issue."""
    return Answer(200, call.shapes().issue(call.issue()))


def create_issue(call: Call) -> Answer:
    """A new issue; labels count with triage or more, and only who may push makes new ones."""
    repository, fields = call.repository(), call.request.fields()
    issues_enabled(repository)
    call.need_account()
    title, body = payload.title(fields, required=True), payload.body(fields, "Issue")
    labels, assignees = payload.label_names(fields), payload.names(fields, "assignees")
    call.creates_content()
    issue = call.acts().open(title or "", body or "")
    issue = _sort(call, issue, labels, assignees)
    shape = call.shapes().issue(issue)
    return Answer(201, shape, {"Location": shape["url"]})


def edit_issue(call: Call) -> Answer:
    """The issue with what the request changes; `state_reason` counts only where the state changes."""
    issue, fields = call.issue(), call.request.fields()
    title, body = payload.title(fields), payload.body(fields, "Issue")
    state, reason = payload.choice(fields, "state", _STATES), payload.choice(fields, "state_reason", _REASONS)
    labels, assignees = payload.label_names(fields), payload.names(fields, "assignees")
    _need_author_or(call, issue, "triage" if title is None and body is None else "write")
    if body is None and "body" in fields:
        body = ""
    issue = call.acts().rewrite(issue, title, body)
    if state == "closed":
        issue = call.acts().close(issue, "completed" if reason in {None, "reopened"} else str(reason))
    elif state == "open":
        issue = call.acts().reopen(issue)
    return Answer(200, call.shapes().issue(_sort(call, issue, labels, assignees)))


def lock_issue(call: Call) -> Answer:
    """Lock the conversation."""
    call.need("triage")
    issue = call.issue()
    if not issue.locked:
        call.acts().lock(issue, payload.choice(call.request.fields(), "lock_reason", _LOCKS))
    return Answer(204)


def unlock_issue(call: Call) -> Answer:
    """Unlock the conversation."""
    call.need("triage")
    issue = call.issue()
    if issue.locked:
        call.acts().unlock(issue)
    return Answer(204)


def _sort(call: Call, issue: Issue, labels: tuple[str, ...] | None, assignees: tuple[str, ...] | None) -> Issue:
    """Labels and assignees, left out without a word where the caller may not sort issues."""
    if call.allows("triage"):
        if labels is not None:
            issue = call.acts().label(issue, labels, create=call.allows("write"))
        if assignees is not None:
            issue = call.acts().assign(issue, assignees)
    return issue


def _need_author_or(call: Call, issue: Issue, role: str) -> None:
    call.need_account()
    own = issue.author.casefold() == call.caller.login.casefold()
    if not own and not reaches(role_of(call.world, call.caller, call.repository()), role):
        raise Refusal(403, "Must have admin rights to Repository.")
