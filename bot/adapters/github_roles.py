"""What an account may do in a repository, as GitHub tells who may push there.

The old `permission` knows neither triage nor maintain, and `role_name` may be a role that an organisation made itself:
then the account's `permissions` tell which of GitHub's own it comes to
(https://docs.github.com/en/rest/collaborators/collaborators#get-repository-permissions-for-a-user).
"""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from bot.adapters.github_cache import Conditional
from bot.adapters.github_errors import unexpected
from bot.adapters.github_http import Client
from bot.adapters.github_pages import string
from bot.ports import TrackerError

_ROLES = ("admin", "maintain", "write", "triage", "read", "none")
_OLD = {"admin": "admin", "maintain": "maintain", "push": "write", "triage": "triage", "pull": "read"}


def role_of(client: Client, conditional: Conditional, repository: str, login: str) -> str:
    """The account's role, one conditional request; "none" for an account that is not there; raises `TrackerError`.

    A 404 says that only where the repository itself is shown.
    """
    name = quote(login, safe="", errors="replace")
    if not name.strip("."):
        return "none"  # nobody: an address with it would name something else
    place, path = f"{repository} role of {name}", f"/repos/{repository}/collaborators/{name}/permission"
    try:
        role = conditional.get(path, place, {}, _role).data
    except TrackerError as error:
        if error.code != "not_found":
            raise
        client.get(f"/repos/{repository}", repository)
        return "none"
    if role not in _ROLES:
        raise unexpected(place, "no permission", write=False)
    return str(role)


def _role(data: Any) -> str:
    """The role that an answer tells, "" where it tells none."""
    if not isinstance(data, dict):
        return ""
    if (named := string(data, "role_name")) in _ROLES:
        return named
    user = data.get("user")
    allowed = user.get("permissions") if isinstance(user, dict) else None
    if isinstance(allowed, dict) and allowed:
        return next((role for name, role in _OLD.items() if allowed.get(name) is True), "none")
    old = string(data, "permission")
    return old if old in _ROLES else ""
