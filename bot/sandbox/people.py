"""The answers about accounts, their permissions, repositories, and the limits of requests."""

from __future__ import annotations

from bot.sandbox import shapes
from bot.sandbox.access import role_of, role_of_login
from bot.sandbox.call import Call
from bot.sandbox.exchange import Answer, Refusal, not_found

_OLD = {"none": "none", "read": "read", "triage": "read", "write": "write", "maintain": "write", "admin": "admin"}
_ROOT = (
    "current_user_authorizations_html_url", "code_search_url", "commit_search_url", "emails_url", "emojis_url",
    "events_url", "feeds_url", "followers_url", "following_url", "gists_url", "issue_search_url", "issues_url",
    "keys_url", "label_search_url", "notifications_url", "organization_url", "organization_repositories_url",
    "organization_teams_url", "public_gists_url", "repository_search_url", "current_user_repositories_url",
    "starred_url", "starred_gists_url", "user_organizations_url", "user_repositories_url", "user_search_url",
)  # fmt: skip


def get_root(call: Call) -> Answer:
    """Where everything is."""
    api = call.urls.api
    served = {
        "current_user_url": f"{api}/user",
        "rate_limit_url": f"{api}/rate_limit",
        "repository_url": f"{api}/repos/{{owner}}/{{repo}}",
        "user_url": f"{api}/users/{{user}}",
    }
    return Answer(200, {**{name: f"{api}/{name.removesuffix('_url')}" for name in _ROOT}, **served})


def get_own_user(call: Call) -> Answer:
    """Who calls; only accounts may ask, neither an App's installation nor a workflow."""
    if call.caller.kind == "anonymous":
        raise Refusal(401, "Requires authentication")
    user = call.world.user(call.caller.login)
    if call.caller.kind != "user" or user is None:
        raise Refusal(403, "Resource not accessible by integration")
    return Answer(200, shapes.own_user(user, call.world, call.urls))


def get_user(call: Call) -> Answer:
    """Any account."""
    user = call.world.user(call.names["login"])
    if user is None:
        raise not_found()
    return Answer(200, shapes.public_user(user, call.world, call.urls))


def get_repository(call: Call) -> Answer:
    """One repository."""
    found = call.repository()
    role = role_of(call.world, call.caller, found)
    return Answer(200, shapes.repository(found, call.world, call.urls, role))


def get_permission(call: Call) -> Answer:
    """What an account may do: the old `permission`, and `role_name` that also tells triage and maintain."""
    repository, user = call.repository(), call.world.user(call.names["login"])
    call.need_account()
    if not call.allows("write"):
        raise Refusal(403, "Must have push access to view collaborator permission.")
    if user is None:
        raise not_found()
    role = role_of_login(call.world, user.login, repository)
    shape = {
        **shapes.user(user.login, call.world, call.urls),
        "permissions": shapes.permissions(role),
        "role_name": role,
    }
    return Answer(200, {"permission": _OLD[role], "role_name": role, "user": shape})


def get_rate_limit(call: Call) -> Answer:
    """What is left of this hour; asking costs nothing."""
    core = call.limits.status(call.caller.bucket, call.now)
    other = {**core, "used": 0, "remaining": core["limit"]}
    return Answer(200, {"resources": {"core": core, "search": other, "graphql": other}, "rate": core})
