"""Routes of the stand-in's own, below /sandbox: what happens on GitHub by other ways than the REST API the bot uses.

They want the token of an account that is admin everywhere, in the Authorization header, so no web page can call them.
"""

from __future__ import annotations

from bot.sandbox import code_acts, code_shapes, founding, payload, shapes
from bot.sandbox.call import Call
from bot.sandbox.exchange import Answer, Refusal, malformed, not_found
from bot.sandbox.issue_acts import Acts
from bot.sandbox.issue_query import instant
from bot.sandbox.records import Issue


def create_user(call: Call) -> Answer:
    """`{login, token, permission}`: an account."""
    _need_admin(call)
    fields = call.request.fields()
    login, token = payload.text(fields, "login", required=True), payload.text(fields, "token")
    try:
        user = founding.add_user(
            call.world, login or "", call.now, token or "", payload.text(fields, "permission") or "read"
        )
    except ValueError as error:
        raise malformed(str(error)) from error
    return Answer(201, shapes.public_user(user, call.world, call.urls))


def create_repository(call: Call) -> Answer:
    """`{name: "OWNER/NAME"}`: a repository."""
    _need_admin(call)
    try:
        made = founding.add_repository(
            call.world, payload.text(call.request.fields(), "name", required=True) or "", call.now
        )
    except ValueError as error:
        raise malformed(str(error)) from error
    return Answer(201, shapes.repository(made, call.world, call.urls, "admin"))


def set_webhook(call: Call) -> Answer:
    """`{way}`: how deliveries are made from now on, see `Webhook`; what was kept is sent."""
    _need_admin(call)
    if call.webhook is None:
        raise not_found()
    kept = call.webhook.held
    try:
        call.webhook.way = payload.text(call.request.fields(), "way", required=True) or ""
    except ValueError as error:
        raise malformed(str(error)) from error
    return Answer(200, {"way": call.webhook.way, "sent": kept})


def create_commit(call: Call) -> Answer:
    """`{message, sha, date, branch, author}`: a pushed commit; all but the message may be left out."""
    fields = call.request.fields()
    acts = _acts(call)
    message = payload.text(fields, "message", required=True) or ""
    at = instant(payload.text(fields, "date") or "", "Commit")
    sha, branch = payload.text(fields, "sha") or "", payload.text(fields, "branch") or ""
    return Answer(201, code_shapes.commit(call.shapes(), code_acts.push(acts, message, sha=sha, at=at, branch=branch)))


def create_pull(call: Call) -> Answer:
    """`{title, body, head, author}`: a pull request."""
    fields = call.request.fields()
    acts, title = _acts(call), payload.title(fields, required=True) or ""
    head = payload.text(fields, "head") or "change"
    made = code_acts.propose(acts, title, payload.body(fields, "PullRequest") or "", head=head)
    return _shown(call, made, 201)


def merge_pull(call: Call) -> Answer:
    """`{author}`: the pull request merged now."""
    acts, pull = _acts(call), call.issue()
    if pull.pull is None:
        raise not_found()
    if pull.state == "closed":
        raise Refusal(405, "Pull Request is not mergeable")
    return _shown(call, code_acts.merge(acts, pull), 200)


def delete_issue(call: Call) -> Answer:
    """Delete the issue."""
    _acts(call).delete(call.issue())
    return Answer(204)


def transfer_issue(call: Call) -> Answer:
    """`{to: "OWNER/NAME"}`: move the issue to another repository."""
    acts = _acts(call)
    target = call.world.repository(payload.text(call.request.fields(), "to", required=True) or "")
    if target is None:
        raise not_found()
    moved = acts.transfer(call.issue(), target)
    return Answer(201, {"repository": target.name, "number": moved.number})


def _acts(call: Call) -> Acts:
    """What the `author` of the request's fields does, else its caller."""
    _need_admin(call)
    author = payload.text(call.request.fields(), "author") or call.caller.login
    try:
        return Acts(call.world, call.repository(), code_acts.by_whom(call.world, author, call.now))
    except ValueError as error:
        raise malformed(str(error)) from error


def _need_admin(call: Call) -> None:
    user = call.world.user(call.caller.login)
    if call.caller.kind != "user" or user is None or user.role != "admin":
        raise Refusal(403, "Only an account with the permission admin may do this.")


def _shown(call: Call, pull: Issue, status: int) -> Answer:
    assert pull.pull is not None  # noqa: S101 - made or merged just now
    return Answer(status, code_shapes.pull(call.shapes(), pull, pull.pull, whole=True))
