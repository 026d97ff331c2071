"""The answers about comments on issues."""

from __future__ import annotations

from bot.sandbox import payload
from bot.sandbox.call import Call
from bot.sandbox.exchange import Answer, Refusal
from bot.sandbox.issue_query import instant
from bot.sandbox.records import Comment


def list_comments(call: Call) -> Answer:
    """The comments on one issue, oldest first."""
    since = instant(call.request.query.get("since", ""), "IssueComment")
    found = [each for each in call.repository().comments_of(call.issue().number) if each.updated_at >= since]
    return call.listed(found, call.shapes().comment)


def list_all_comments(call: Call) -> Answer:
    """The comments on all issues, by id, or by time where the query sorts."""
    query = call.request.query
    since, sort = instant(query.get("since", ""), "IssueComment"), query.get("sort", "")
    found = [each for each in call.repository().comments.values() if each.updated_at >= since]
    if sort in {"created", "updated"}:
        reverse = query.get("direction") == "desc"
        found.sort(
            key=lambda each: (each.updated_at if sort == "updated" else each.created_at, each.id), reverse=reverse
        )
    return call.listed(found, call.shapes().comment)


def get_comment(call: Call) -> Answer:
    """One comment."""
    return Answer(200, call.shapes().comment(call.comment()))


def create_comment(call: Call) -> Answer:
    """A new comment."""
    issue = call.issue()
    call.need_account()
    call.need_unlocked(issue)
    body = payload.body(call.request.fields(), "IssueComment", required=True)
    call.creates_content()
    shape = call.shapes().comment(call.acts().comment(issue, body or ""))
    return Answer(201, shape, {"Location": shape["url"]})


def edit_comment(call: Call) -> Answer:
    """The comment with another text."""
    comment = _own(call)
    body = payload.body(call.request.fields(), "IssueComment", required=True)
    return Answer(200, call.shapes().comment(call.acts().recomment(comment, body or "")))


def delete_comment(call: Call) -> Answer:
    """Delete the comment."""
    call.acts().uncomment(_own(call))
    return Answer(204)


def _own(call: Call) -> Comment:
    """The comment of the path, where the caller may change it: its author, or who may write."""
    comment = call.comment()
    call.need_account()
    if comment.author.casefold() != call.caller.login.casefold() and not call.allows("write"):
        raise Refusal(403, "Must have admin rights to Repository.")
    return comment
