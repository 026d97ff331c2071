"""What can be done to code: push a commit, open and merge a pull request, with the issues that this closes."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from typing import Any

from bot.sandbox.issue_acts import Acts
from bot.sandbox.records import By, Commit, Issue, Pull, Repository, World
from bot.sandbox.references import closed_by, issues_in


def push(acts: Acts, message: str, *, sha: str = "", at: str = "", branch: str = "") -> Commit:
    """A commit that the account pushes now; `at` is its committer date where it was made earlier.

    On the default branch it closes the issues that its message names with a closing keyword; issues that it only names
    are told of it.
    """
    repository, made, branch = acts.repository, at or acts.by.at, branch or acts.repository.default_branch
    parent = _tip(repository, branch) or _tip(repository, repository.default_branch)
    sha = sha or _sha(message, made, parent, str(len(repository.commits)))
    commit = Commit(sha, message, acts.by.login, made, branch, (parent,) if parent else ())
    repository.commits[sha] = commit
    told: dict[str, Any] = {"commit_id": sha, "commit_repository": repository.name}
    for name, number in issues_in(message):
        found = _issue(acts, name, number)
        if found:
            found[0].tell(found[1], "referenced", **told)
    if branch == repository.default_branch:
        _close(acts, message, told, {"repository": repository.name, "commit": sha})
    return commit


def propose(acts: Acts, title: str, body: str = "", *, head: str = "change", base: str = "") -> Issue:
    """A new pull request from the branch `head` to the branch `base`, which is the default one where it is not given."""
    repository = acts.repository
    base = base or repository.default_branch
    tip = _tip(repository, base) or _sha("nothing yet", "", "", "")
    sha = _sha(title, acts.by.at, tip, head)
    return acts.open(title, body, Pull(head, base, sha, tip))


def merge(acts: Acts, pull: Issue, message: str = "") -> Issue:
    """The pull request merged now; on the default branch it closes the issues that it names with a closing keyword.

    `message` is the commit's where it was squashed or rebased: "Title (#12)", "Title".
    """
    assert pull.pull is not None  # noqa: S101 - the caller looked it up as a pull request
    base = pull.pull.base
    commit = push(acts, message or f"Merge pull request #{pull.number}\n\n{pull.title}", branch=base)
    merged = replace(pull.pull, merged_at=acts.by.at, merged_by=acts.by.login, merge_sha=commit.sha)
    pull = acts.repository.issues[pull.number] = replace(acts.repository.issues[pull.number], pull=merged)
    pull = acts.tell(pull, "merged", commit_id=commit.sha, commit_repository=acts.repository.name)
    pull = acts.close(pull)
    pull = acts.repository.issues[pull.number] = replace(pull, state_reason=None)
    closer = {"repository": acts.repository.name, "pull": pull.number}
    if base == acts.repository.default_branch:
        _close(acts, f"{pull.title}\n{pull.body}", {}, closer)
    return pull


def by_whom(world: World, login: str, at: str) -> By:
    """An account that does something at this time; raises `ValueError` where nobody has that login."""
    user = world.user(login)
    if user is None:
        raise ValueError(f"{login!r} is no account of the sandbox: add it first")
    return By(user.login, at)


def _close(acts: Acts, text: str, told: dict[str, Any], closer: dict[str, Any]) -> None:
    for name, number in closed_by(text):
        found = _issue(acts, name, number)
        if found and found[1].pull is None:
            found[0].close(found[0].repository.issues[number], "completed", **told, closer=closer)


def _issue(acts: Acts, name: str, number: int) -> tuple[Acts, Issue] | None:
    repository = acts.world.repository(name) if name else acts.repository
    issue = repository.issues.get(number) if repository else None
    if not repository or not issue or issue.gone or issue.moved_to:
        return None
    return Acts(acts.world, repository, acts.by), issue


def _tip(repository: Repository, branch: str) -> str:
    return next((each.sha for each in reversed(repository.commits.values()) if each.branch == branch), "")


def _sha(*parts: str) -> str:
    return hashlib.sha1("\0".join(parts).encode("utf-8", "surrogatepass"), usedforsecurity=False).hexdigest()
