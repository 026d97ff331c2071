"""Accounts, repositories and Apps as GitHub's API shows them."""

from __future__ import annotations

from typing import Any

from bot.sandbox.records import ROLES, App, Repository, User, World
from bot.sandbox.urls import Urls, node_id

_USER_LISTS = {
    "followers_url": "/followers",
    "following_url": "/following{/other_user}",
    "gists_url": "/gists{/gist_id}",
    "starred_url": "/starred{/owner}{/repo}",
    "subscriptions_url": "/subscriptions",
    "organizations_url": "/orgs",
    "repos_url": "/repos",
    "events_url": "/events{/privacy}",
    "received_events_url": "/received_events",
}
_REPOSITORY_LISTS = {
    "archive_url": "/{archive_format}{/ref}",
    "assignees_url": "/assignees{/user}",
    "blobs_url": "/git/blobs{/sha}",
    "branches_url": "/branches{/branch}",
    "collaborators_url": "/collaborators{/collaborator}",
    "comments_url": "/comments{/number}",
    "commits_url": "/commits{/sha}",
    "compare_url": "/compare/{base}...{head}",
    "contents_url": "/contents/{+path}",
    "contributors_url": "/contributors",
    "deployments_url": "/deployments",
    "downloads_url": "/downloads",
    "events_url": "/events",
    "forks_url": "/forks",
    "git_commits_url": "/git/commits{/sha}",
    "git_refs_url": "/git/refs{/sha}",
    "git_tags_url": "/git/tags{/sha}",
    "hooks_url": "/hooks",
    "issue_comment_url": "/issues/comments{/number}",
    "issue_events_url": "/issues/events{/number}",
    "issues_url": "/issues{/number}",
    "keys_url": "/keys{/key_id}",
    "labels_url": "/labels{/name}",
    "languages_url": "/languages",
    "merges_url": "/merges",
    "milestones_url": "/milestones{/number}",
    "notifications_url": "/notifications{?since,all,participating}",
    "pulls_url": "/pulls{/number}",
    "releases_url": "/releases{/id}",
    "stargazers_url": "/stargazers",
    "statuses_url": "/statuses/{sha}",
    "subscribers_url": "/subscribers",
    "subscription_url": "/subscription",
    "tags_url": "/tags",
    "teams_url": "/teams",
    "trees_url": "/git/trees{/sha}",
}


def user(login: str, world: World, urls: Urls) -> dict[str, Any]:
    """An account as it stands in other things; an owner that nobody made is an organisation, nobody a ghost."""
    found = world.user(login) or User(10137, login or "ghost", "User" if not login else "Organization")
    address = urls.user(found.login)
    return {
        "login": found.login,
        "id": found.id,
        "node_id": node_id(found.kind, found.id),
        "avatar_url": f"{urls.html}/avatars/{found.id}",
        "gravatar_id": "",
        "url": address,
        "html_url": f"{urls.html}/{found.login}",
        **{name: address + rest for name, rest in _USER_LISTS.items()},
        "type": found.kind,
        "user_view_type": "public",
        "site_admin": False,
    }


def own_user(found: User, world: World, urls: Urls) -> dict[str, Any]:
    """An account as it sees itself: `GET /user`."""
    unknown = ("name", "company", "blog", "location", "email", "hireable", "bio", "twitter_username")
    counted = ("public_repos", "public_gists", "followers", "following")
    private = ("private_gists", "total_private_repos", "owned_private_repos", "disk_usage", "collaborators")
    return {
        **public_user(found, world, urls),
        **dict.fromkeys(unknown),
        **dict.fromkeys((*counted, *private), 0),
        "two_factor_authentication": True,
    }


def public_user(found: User, world: World, urls: Urls) -> dict[str, Any]:
    """An account as others see it: `GET /users/{login}`."""
    unknown = ("name", "company", "blog", "location", "email", "hireable", "bio")
    counted = ("public_repos", "public_gists", "followers", "following")
    times = {"created_at": found.created_at, "updated_at": found.created_at}
    return {**user(found.login, world, urls), **dict.fromkeys(unknown), **dict.fromkeys(counted, 0), **times}


def repository(found: Repository, world: World, urls: Urls, role: str = "none") -> dict[str, Any]:
    """A repository; `role` is what the caller may do in it."""
    owner, _, name = found.name.partition("/")
    address, html = urls.repository(found.name), f"{urls.html}/{found.name}"
    still = sum(1 for each in found.issues.values() if each.state == "open" and not (each.gone or each.moved_to))
    zero = ("forks_count", "stargazers_count", "watchers_count", "size", "forks", "watchers")
    never = ("fork", "has_projects", "has_wiki", "has_pages", "has_discussions", "archived", "disabled")
    return {
        "id": found.id,
        "node_id": node_id("Repository", found.id),
        "name": name,
        "full_name": found.name,
        "owner": user(owner, world, urls),
        "private": found.private,
        "visibility": "private" if found.private else "public",
        "html_url": html,
        "url": address,
        **{key: address + rest for key, rest in _REPOSITORY_LISTS.items()},
        "git_url": f"git://localhost/{found.name}.git",
        "ssh_url": f"git@localhost:{found.name}.git",
        "clone_url": f"{html}.git",
        "svn_url": html,
        **dict.fromkeys(("description", "mirror_url", "homepage", "language", "license")),
        **dict.fromkeys(zero, 0),
        **dict.fromkeys(never, False),
        "subscribers_count": 0,
        "network_count": 0,
        "default_branch": found.default_branch,
        "open_issues": still,
        "open_issues_count": still,
        "has_issues": found.has_issues,
        "topics": [],
        "pushed_at": found.created_at,
        "created_at": found.created_at,
        "updated_at": found.created_at,
        "permissions": permissions(role),
    }


def permissions(role: str) -> dict[str, bool]:
    """A role as GitHub's old five permissions."""
    rank = ROLES.index(role)
    old = {"pull": "read", "triage": "triage", "push": "write", "maintain": "maintain", "admin": "admin"}
    return {name: rank >= ROLES.index(needed) for name, needed in old.items()}


_APP_PERMISSIONS = {"issues": "write", "metadata": "read", "contents": "read", "pull_requests": "read"}


def app(found: App, world: World, urls: Urls) -> dict[str, Any]:
    """An App as it sees itself: `GET /app`."""
    return {
        "id": found.id,
        "slug": found.slug,
        "node_id": node_id("Integration", found.id),
        "owner": user(f"{found.slug}[bot]", world, urls),
        "name": found.slug,
        "description": None,
        "external_url": urls.html,
        "html_url": f"{urls.html}/apps/{found.slug}",
        "created_at": found.created_at,
        "updated_at": found.created_at,
        "permissions": _APP_PERMISSIONS,
        "events": [],
        "installations_count": 1,
    }


def installation(found: App, owner: str, world: World, urls: Urls) -> dict[str, Any]:
    """An App's installation."""
    account = user(owner, world, urls)
    return {
        "id": found.installation,
        "account": account,
        "repository_selection": "all" if found.repositories is None else "selected",
        "access_tokens_url": f"{urls.api}/app/installations/{found.installation}/access_tokens",
        "repositories_url": f"{urls.api}/installation/repositories",
        "html_url": f"{urls.html}/settings/installations/{found.installation}",
        "app_id": found.id,
        "app_slug": found.slug,
        "target_id": account["id"],
        "target_type": account["type"],
        "permissions": _APP_PERMISSIONS,
        "events": [],
        "created_at": found.created_at,
        "updated_at": found.created_at,
        "single_file_name": None,
        "suspended_by": None,
        "suspended_at": None,
    }
