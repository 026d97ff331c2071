"""Every address of the API, with the function that answers it."""

from __future__ import annotations

import re
from collections.abc import Callable
from urllib.parse import unquote

from bot.sandbox import admin, apps, code, comments, graphql, issues, labels, people, reactions, timeline
from bot.sandbox.call import Call
from bot.sandbox.exchange import Answer

Handler = Callable[[Call], Answer]

_REPO = "/repos/{owner}/{repo}"
_ISSUE = _REPO + "/issues/{number}"
_COMMENT = _REPO + "/issues/comments/{comment}"
_OWN = "/sandbox" + _REPO

ROUTES: tuple[tuple[str, str, Handler], ...] = (
    ("GET", "/", people.get_root),
    ("GET", "/user", people.get_own_user),
    ("GET", "/users/{login}", people.get_user),
    ("GET", "/rate_limit", people.get_rate_limit),
    ("GET", "/app", apps.get_app),
    ("GET", "/app/installations", apps.list_installations),
    ("GET", "/app/installations/{installation}", apps.get_installation),
    ("POST", "/app/installations/{installation}/access_tokens", apps.create_token),
    ("POST", "/graphql", graphql.answer_query),
    ("GET", _REPO, people.get_repository),
    ("GET", _REPO + "/installation", apps.get_repository_installation),
    ("GET", _REPO + "/collaborators/{login}/permission", people.get_permission),
    ("GET", _REPO + "/issues", issues.list_issues),
    ("POST", _REPO + "/issues", issues.create_issue),
    ("GET", _REPO + "/issues/comments", comments.list_all_comments),
    ("GET", _COMMENT, comments.get_comment),
    ("PATCH", _COMMENT, comments.edit_comment),
    ("DELETE", _COMMENT, comments.delete_comment),
    ("GET", _COMMENT + "/reactions", reactions.list_comment_reactions),
    ("POST", _COMMENT + "/reactions", reactions.create_comment_reaction),
    ("DELETE", _COMMENT + "/reactions/{reaction}", reactions.delete_comment_reaction),
    ("GET", _ISSUE, issues.get_issue),
    ("PATCH", _ISSUE, issues.edit_issue),
    ("PUT", _ISSUE + "/lock", issues.lock_issue),
    ("DELETE", _ISSUE + "/lock", issues.unlock_issue),
    ("GET", _ISSUE + "/comments", comments.list_comments),
    ("POST", _ISSUE + "/comments", comments.create_comment),
    ("GET", _ISSUE + "/labels", labels.list_issue_labels),
    ("POST", _ISSUE + "/labels", labels.add_issue_labels),
    ("PUT", _ISSUE + "/labels", labels.set_issue_labels),
    ("DELETE", _ISSUE + "/labels", labels.remove_issue_labels),
    ("DELETE", _ISSUE + "/labels/{label}", labels.remove_issue_label),
    ("GET", _ISSUE + "/reactions", reactions.list_issue_reactions),
    ("POST", _ISSUE + "/reactions", reactions.create_issue_reaction),
    ("DELETE", _ISSUE + "/reactions/{reaction}", reactions.delete_issue_reaction),
    ("GET", _ISSUE + "/events", timeline.list_events),
    ("GET", _ISSUE + "/timeline", timeline.list_timeline),
    ("GET", _REPO + "/labels", labels.list_labels),
    ("POST", _REPO + "/labels", labels.create_label),
    ("GET", _REPO + "/labels/{label}", labels.get_label),
    ("PATCH", _REPO + "/labels/{label}", labels.edit_label),
    ("DELETE", _REPO + "/labels/{label}", labels.delete_label),
    ("GET", _REPO + "/commits", code.list_commits),
    ("GET", _REPO + "/commits/{ref}", code.get_commit),
    ("GET", _REPO + "/compare/{basehead+}", code.compare_commits),
    ("GET", _REPO + "/pulls", code.list_pulls),
    ("GET", _REPO + "/pulls/{number}", code.get_pull),
    ("GET", _REPO + "/contents/{path+}", code.get_content),
    ("POST", "/sandbox/users", admin.create_user),
    ("POST", "/sandbox/repositories", admin.create_repository),
    ("POST", "/sandbox/webhook", admin.set_webhook),
    ("POST", _OWN + "/commits", admin.create_commit),
    ("POST", _OWN + "/pulls", admin.create_pull),
    ("POST", _OWN + "/pulls/{number}/merge", admin.merge_pull),
    ("POST", _OWN + "/issues/{number}/delete", admin.delete_issue),
    ("POST", _OWN + "/issues/{number}/transfer", admin.transfer_issue),
)


def find(method: str, path: str) -> tuple[Handler, dict[str, str]] | None:
    """The function that answers a request, and what the names in its address stand for."""
    for wanted, pattern, handler in _COMPILED:
        match = pattern.fullmatch(path) if wanted == method else None
        if match:
            return handler, {name: unquote(value) for name, value in match.groupdict().items()}
    return None


def _pattern(template: str) -> re.Pattern[str]:
    """A template with {name} for one part of the path and {name+} for all the rest, as a pattern."""
    return re.compile(
        re.sub(r"\{(\w+)(\+?)\}", lambda name: f"(?P<{name[1]}>{'.+' if name[2] else '[^/]+'})", template)
    )


_COMPILED = tuple((method, _pattern(template), handler) for method, template, handler in ROUTES)
