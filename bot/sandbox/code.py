"""The answers about commits, pull requests and files."""

from __future__ import annotations

import re

from bot.sandbox import code_shapes
from bot.sandbox.call import Call
from bot.sandbox.exchange import Answer, Refusal, not_found
from bot.sandbox.issue_query import instant
from bot.sandbox.records import Commit, Issue, Pull, Repository

_SHA = re.compile(r"[0-9a-f]{7,40}")


def list_commits(call: Call) -> Answer:
    """The commits that a branch or commit holds, newest first, by their committer dates where the query asks."""
    repository, query = call.repository(), call.request.query
    _need_commits(repository)
    since, until = instant(query.get("since", ""), "Commit"), instant(query.get("until", ""), "Commit")
    found = [each for each in _history(repository, query.get("sha") or repository.default_branch) if each.at >= since]
    if query.get("author"):
        found = [each for each in found if each.author.casefold() == query["author"].casefold()]
    shapes = call.shapes()
    return call.listed(
        [each for each in found if not until or each.at <= until], lambda each: code_shapes.commit(shapes, each)
    )


def get_commit(call: Call) -> Answer:
    """One commit, by branch, sha or the beginning of a sha."""
    ref = call.names["ref"]
    _need_commits(call.repository())
    history = _history(call.repository(), ref)
    if not history:
        raise Refusal(422, f"No commit found for SHA: {ref}") if _SHA.fullmatch(ref) else not_found()
    return Answer(200, code_shapes.commit(call.shapes(), history[0]))


def compare_commits(call: Call) -> Answer:
    """How one commit or branch stands to another, `BASE...HEAD`, with the commits that only the second one has."""
    repository, shapes = call.repository(), call.shapes()
    base_ref, dots, head_ref = call.names["basehead"].partition("...")
    _need_commits(repository)
    base, head = _history(repository, base_ref), _history(repository, head_ref)
    common = {each.sha for each in base} & {each.sha for each in head}
    if not dots or not common:
        raise not_found()
    new = [each for each in reversed(head) if each.sha not in common]
    behind = sum(each.sha not in common for each in base)
    status = ("diverged" if behind else "ahead") if new else ("behind" if behind else "identical")
    place = f"{call.urls.repository(repository.name)}/compare/{call.names['basehead']}"
    page = call.listed(new, lambda each: code_shapes.commit(shapes, each))
    merge_base = next(each for each in base if each.sha in common)
    first = call.request.query.get("page", "1") == "1"
    shape = {
        "url": place,
        "html_url": place,
        "permalink_url": place,
        "diff_url": f"{place}.diff",
        "patch_url": f"{place}.patch",
        "base_commit": code_shapes.commit(shapes, base[0]),
        "merge_base_commit": code_shapes.commit(shapes, merge_base),
        "status": status,
        "ahead_by": len(new),
        "behind_by": behind,
        "total_commits": len(new),
        "commits": page.data,
        **({"files": []} if first else {}),
    }
    return Answer(200, shape, page.headers)


def list_pulls(call: Call) -> Answer:
    """Pull requests, newest first."""
    query, shapes = call.request.query, call.shapes()
    state, descending = query.get("state") or "open", query.get("direction") != "asc"
    found = [
        (issue, issue.pull)
        for issue in call.repository().issues.values()
        if issue.pull and state in {"all", issue.state}
    ]
    by_update = query.get("sort") == "updated"
    found.sort(key=lambda each: (each[0].updated_at if by_update else "", each[0].number), reverse=descending)
    return call.listed(found, lambda each: code_shapes.pull(shapes, *each))


def get_pull(call: Call) -> Answer:
    """One pull request."""
    issue, change = _pull(call)
    return Answer(200, code_shapes.pull(call.shapes(), issue, change, whole=True))


def get_content(call: Call) -> Answer:
    """One file of the default branch."""
    text = call.repository().files.get(call.names["path"])
    if text is None:
        raise not_found()
    return Answer(200, code_shapes.content(call.shapes(), call.names["path"], text))


def _pull(call: Call) -> tuple[Issue, Pull]:
    issue = call.issue()
    if issue.pull is None:
        raise not_found()
    return issue, issue.pull


def _need_commits(repository: Repository) -> None:
    if not repository.commits:
        raise Refusal(409, "Git Repository is empty.")


def _history(repository: Repository, ref: str) -> list[Commit]:
    """The commits that lead to a branch or a commit, the newest first; empty where there is no such thing."""
    commits = repository.commits
    ref = repository.default_branch if ref == "HEAD" else ref
    tips = [each for each in commits.values() if each.branch == ref]
    if not tips and _SHA.fullmatch(ref):
        tips = [each for each in commits.values() if each.sha.startswith(ref)]
    found, sha = list[Commit](), tips[-1].sha if tips else ""
    while sha in commits:
        found.append(commits[sha])
        sha = next(iter(commits[sha].parents), "")
    return found
