"""Commits, pull requests and files as GitHub's API shows them."""

from __future__ import annotations

import base64
import hashlib
from typing import Any

from bot.sandbox import shapes as plain
from bot.sandbox.issue_shapes import Shapes
from bot.sandbox.records import Commit, Issue, Pull
from bot.sandbox.urls import node_id

_LISTED = (
    "url",
    "html_url",
    "number",
    "state",
    "locked",
    "title",
    "user",
    "labels",
    "milestone",
    "assignee",
    "assignees",
)
_TIMES = ("created_at", "updated_at", "closed_at", "author_association", "active_lock_reason")


def commit(shapes: Shapes, found: Commit) -> dict[str, Any]:
    """A commit."""
    root, html = shapes.urls.repository(shapes.repository.name), f"{shapes.urls.html}/{shapes.repository.name}"
    place = f"{root}/commits/{found.sha}"
    person = {"name": found.author, "email": f"{found.author}@users.noreply.localhost", "date": found.at}
    parents = [
        {"sha": sha, "url": f"{root}/commits/{sha}", "html_url": f"{html}/commit/{sha}"} for sha in found.parents
    ]
    return {
        "sha": found.sha,
        "node_id": node_id("Commit", found.sha),
        "url": place,
        "html_url": f"{html}/commit/{found.sha}",
        "comments_url": f"{place}/comments",
        "commit": {
            "url": f"{root}/git/commits/{found.sha}",
            "author": person,
            "committer": person,
            "message": found.message,
            "tree": {"sha": found.sha, "url": f"{root}/git/trees/{found.sha}"},
            "comment_count": 0,
        },
        "author": shapes.user(found.author),
        "committer": shapes.user(found.author),
        "parents": parents,
    }


def pull(shapes: Shapes, found: Issue, change: Pull, *, whole: bool = False) -> dict[str, Any]:
    """A pull request, as lists show it or `whole`."""
    issue, root = shapes.issue(found), shapes.urls.repository(shapes.repository.name)
    place, talk = f"{root}/pulls/{found.number}", f"{root}/issues/{found.number}"
    links = {
        "url": place,
        "issue_url": talk,
        "commits_url": f"{place}/commits",
        "review_comments_url": f"{place}/comments",
        "review_comment_url": f"{root}/pulls/comments{{/number}}",
        "comments_url": f"{talk}/comments",
        "statuses_url": f"{root}/statuses/{change.head_sha}",
    }
    shape = {
        **{name: issue[name] for name in (*_LISTED, *_TIMES)},
        **links,
        **{name: issue["pull_request"][name] for name in ("html_url", "diff_url", "patch_url")},
        "id": found.id + 500_000_000,  # another number than the issue's, as with GitHub
        "node_id": node_id("PullRequest", found.id),
        "body": issue["body"],
        "draft": False,
        "merged_at": change.merged_at,
        "merge_commit_sha": change.merge_sha,
        "requested_reviewers": [],
        "requested_teams": [],
        "head": _end(shapes, change.head, change.head_sha),
        "base": _end(shapes, change.base, change.base_sha),
        "auto_merge": None,
        "_links": {name: {"href": address} for name, address in _named(links, issue["html_url"]).items()},
    }
    return {**shape, **_whole(shapes, change, issue["comments"])} if whole else shape


def content(shapes: Shapes, path: str, text: str) -> dict[str, Any]:
    """A file, its content in base64."""
    repository = shapes.repository
    place = f"{shapes.urls.repository(repository.name)}/contents/{path}?ref={repository.default_branch}"
    html = f"{shapes.urls.html}/{repository.name}/blob/{repository.default_branch}/{path}"
    raw = text.encode("utf-8", "surrogatepass")
    sha = hashlib.sha1(b"blob %d\0" % len(raw) + raw, usedforsecurity=False).hexdigest()
    git = f"{shapes.urls.repository(repository.name)}/git/blobs/{sha}"
    return {
        "type": "file",
        "encoding": "base64",
        "size": len(raw),
        "name": path.rpartition("/")[2],
        "path": path,
        "content": base64.encodebytes(raw).decode(),
        "sha": sha,
        "url": place,
        "git_url": git,
        "html_url": html,
        "download_url": f"{shapes.urls.html}/{repository.name}/raw/{repository.default_branch}/{path}",
        "_links": {"self": place, "git": git, "html": html},
    }


def _named(links: dict[str, str], html: str) -> dict[str, str]:
    names = ("comments", "commits", "statuses", "issue", "review_comments", "review_comment")
    return {"self": links["url"], "html": html, **{name: links[f"{name}_url"] for name in names}}


def _end(shapes: Shapes, branch: str, sha: str) -> dict[str, Any]:
    owner = shapes.repository.name.partition("/")[0]
    return {
        "label": f"{owner}:{branch}",
        "ref": branch,
        "sha": sha,
        "user": shapes.user(owner),
        "repo": plain.repository(shapes.repository, shapes.world, shapes.urls),
    }


def _whole(shapes: Shapes, change: Pull, comments: int) -> dict[str, Any]:
    zero = dict.fromkeys(("review_comments", "additions", "deletions", "changed_files"), 0)
    return {
        **zero,
        "comments": comments,
        "commits": 1,
        "merged": change.merged_at is not None,
        "merged_by": shapes.user(change.merged_by) if change.merged_by else None,
        "mergeable": None,
        "mergeable_state": "unknown",
        "rebaseable": None,
        "maintainer_can_modify": False,
    }
