"""The answers about reactions to issues and comments."""

from __future__ import annotations

from bot.sandbox import payload
from bot.sandbox.call import Call
from bot.sandbox.exchange import Answer, Refusal, malformed, not_found
from bot.sandbox.issue_shapes import REACTIONS
from bot.sandbox.records import Comment, Issue


def list_issue_reactions(call: Call) -> Answer:
    """The reactions to an issue."""
    return _listed(call, call.issue())


def create_issue_reaction(call: Call) -> Answer:
    """The caller's reaction to an issue: 201 where it is new, 200 where it was there."""
    return _created(call, call.issue())


def delete_issue_reaction(call: Call) -> Answer:
    """Take back a reaction to an issue."""
    return _deleted(call, call.issue())


def list_comment_reactions(call: Call) -> Answer:
    """The reactions to a comment."""
    return _listed(call, call.comment())


def create_comment_reaction(call: Call) -> Answer:
    """The caller's reaction to a comment: 201 where it is new, 200 where it was there."""
    return _created(call, call.comment())


def delete_comment_reaction(call: Call) -> Answer:
    """Take back a reaction to a comment."""
    return _deleted(call, call.comment())


def _listed(call: Call, to: Issue | Comment) -> Answer:
    content = call.request.query.get("content", "")
    return call.listed([each for each in to.reactions if content in {"", each.content}], call.shapes().reaction)


def _created(call: Call, to: Issue | Comment) -> Answer:
    call.need_account()
    issue = to if isinstance(to, Issue) else call.repository().issues[to.issue]
    call.need_unlocked(issue)
    content = payload.choice(call.request.fields(), "content", REACTIONS)
    if content is None:
        raise malformed('"content" wasn\'t supplied.')
    reaction, new = call.acts().react(to, content)
    return Answer(201 if new else 200, call.shapes().reaction(reaction))


def _deleted(call: Call, to: Issue | Comment) -> Answer:
    call.need_account()
    found = next((each for each in to.reactions if str(each.id) == call.names["reaction"]), None)
    if found is None:
        raise not_found()
    if found.login != call.caller.login and not call.allows("admin"):
        raise Refusal(403, "You can only delete your own reactions.")
    call.acts().keep_reactions(to, tuple(each for each in to.reactions if each is not found))
    return Answer(204)
