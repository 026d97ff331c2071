"""A real clone, asked which commits could have fixed what, and what a revision holds."""

from __future__ import annotations

import subprocess
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.adapters.codebase import GitCodebase
from tests.git_alone import ALONE

REPOSITORY = "acme/shop"


class Clone:
    """A repository made for a test, in which each commit is an hour after the last."""

    def __init__(self, path: Path) -> None:
        self.path, self._hour = path, 0
        subprocess.run(["git", "init", "-q", "-b", "main", str(path)], env=ALONE, check=True)

    def git(self, *words: str, **more: str) -> str:
        command = ["git", "-C", str(self.path), *words]
        return subprocess.run(command, env=ALONE | more, check=True, capture_output=True, text=True).stdout.strip()

    def commit(self, message: str) -> str:
        self._hour += 1
        at = f"2026-02-03T{self._hour:02d}:00:00+01:00"
        self.git(
            "commit",
            "-q",
            "--allow-empty",
            "-m",
            message,
            GIT_COMMITTER_DATE=at,
            GIT_AUTHOR_DATE="2020-01-01T00:00:00Z",
        )
        return self.git("rev-parse", "HEAD")


@pytest.fixture
def clone(tmp_path: Path) -> Clone:
    made = Clone(tmp_path / "shop")
    made.commit("Begin")
    return made


def asked(clone: Clone) -> GitCodebase:
    return GitCodebase(str(clone.path))


def test_commits_that_name_an_issue_come_with_their_committer_date(clone: Clone) -> None:
    sha = clone.commit("Pin pandas\n\nFixes #7\nand more")
    (change,) = asked(clone).changes(REPOSITORY)
    assert (change.ref, change.sha, change.message) == (sha, sha, "Pin pandas\n\nFixes #7\nand more")
    assert change.at == datetime(2026, 2, 3, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    "message", ["See GH-7", "https://github.com/acme/shop/issues/7", "This reverts commit abc1234.", "acme/shop#7"]
)
def test_every_way_to_name_an_issue_or_a_revert_is_given(clone: Clone, message: str) -> None:
    clone.commit("Nothing to say")
    clone.commit(message)
    assert [change.message for change in asked(clone).changes(REPOSITORY)] == [message]


def test_only_the_default_branch_counts(clone: Clone) -> None:
    first = clone.commit("Fixes #7")
    clone.git("checkout", "-q", "-b", "side")
    side = clone.commit("Fixes #8")
    clone.git("update-ref", "refs/remotes/origin/main", first)
    clone.git("symbolic-ref", "refs/remotes/origin/HEAD", "refs/remotes/origin/main")
    assert [change.ref for change in asked(clone).changes(REPOSITORY)] == [first]
    assert asked(clone).change(side) is None
    found = asked(clone).change(first[:9])
    assert found is not None
    assert found.ref == first


def test_a_revision_holds_what_came_before_it_and_not_what_came_after(clone: Clone) -> None:
    old = clone.git("rev-parse", "HEAD")
    fix = clone.commit("Fixes #7")
    codebase = asked(clone)
    assert (codebase.contains(fix, old), codebase.contains(fix, fix), codebase.contains(old, fix)) == (
        True,
        True,
        False,
    )
    assert codebase.contains(old[:8], fix[:8]) is False


@pytest.mark.parametrize("revision", ["0" * 40, "--all", "HEAD~1; touch x", "", "main", "../x"])
def test_what_a_clone_does_not_know_it_cannot_tell(clone: Clone, revision: str) -> None:
    fix = clone.commit("Fixes #7")
    assert asked(clone).contains(revision, fix) is None
    assert asked(clone).contains(fix, revision) is None
    assert asked(clone).change(revision) is None


def test_a_shallow_clone_does_not_say_what_it_cannot_see(clone: Clone, tmp_path: Path) -> None:
    old = clone.git("rev-parse", "HEAD")
    fix = clone.commit("Fixes #7")
    subprocess.run(
        ["git", "clone", "-q", "--depth", "1", f"file://{clone.path}", str(tmp_path / "shallow")], env=ALONE, check=True
    )
    assert GitCodebase(str(tmp_path / "shallow")).contains(fix, old) is None


def test_what_is_no_clone_is_an_error_that_says_so(tmp_path: Path) -> None:
    with pytest.raises(OSError, match=r"not a git repository|cannot change to"):
        GitCodebase(str(tmp_path / "nothing")).changes(REPOSITORY)
    assert GitCodebase(str(tmp_path)).contains("a" * 40, "b" * 40) is None


def test_nothing_that_the_clone_names_is_run(clone: Clone, tmp_path: Path) -> None:
    seen, sha = tmp_path / "seen", clone.commit("Fixes #7")
    for name in ("core.fsmonitor", "core.pager", "gpg.program", "diff.external"):
        clone.git("config", name, f"touch {seen}")
    clone.git("config", "log.showSignature", "true")
    codebase = asked(clone)
    assert codebase.change(sha) is not None
    assert codebase.contains(sha, sha) is True
    assert len(codebase.changes(REPOSITORY)) == 1
    assert not seen.exists()


def test_a_branch_or_tag_that_is_named_like_a_sha_is_not_taken_for_it(clone: Clone) -> None:
    old = clone.git("rev-parse", "HEAD")
    fix = clone.commit("Fixes #7")
    clone.git("tag", fix[:7], old)
    clone.git("branch", old[:8], fix)
    assert asked(clone).contains(old[:8], fix[:7]) is False
    assert asked(clone).change(fix[:7]) == asked(clone).change(fix)


def test_a_sha_of_something_else_than_a_commit_names_none(clone: Clone) -> None:
    tree = clone.git("rev-parse", "HEAD^{tree}")
    assert asked(clone).change(tree) is None
    assert asked(clone).change(tree[:9]) is None


def test_what_somebody_put_in_place_of_a_commit_is_not_believed(clone: Clone) -> None:
    old = clone.git("rev-parse", "HEAD")
    fix = clone.commit("Fixes #7")
    clone.git("replace", old, fix)
    assert asked(clone).contains(old, fix) is False


def test_a_clone_of_another_project_means_its_own_issues(clone: Clone) -> None:
    clone.commit("Fixes #7, closes acme/tickets#8")
    clone.git("remote", "add", "origin", "git@github.com:acme/shop.git")
    assert [each.message for each in asked(clone).changes("acme/shop")] == ["Fixes #7, closes acme/tickets#8"]
    assert [each.message for each in asked(clone).changes("acme/tickets")] == [
        "Fixes acme/shop#7, closes acme/tickets#8"
    ]


def test_a_fork_means_the_issues_of_what_it_was_forked_from(clone: Clone) -> None:
    clone.commit("Fixes #7")
    clone.git("remote", "add", "origin", "https://github.com/ada/shop")
    assert [each.message for each in asked(clone).changes("acme/shop")] == ["Fixes #7"]


def test_a_clone_without_a_commit_has_no_changes(tmp_path: Path) -> None:
    empty = asked(Clone(tmp_path / "empty"))
    assert (empty.changes(REPOSITORY), empty.change("a" * 40)) == ((), None)


def test_messages_in_other_encodings_and_with_odd_dates_are_read(clone: Clone) -> None:
    clone.git("config", "i18n.logOutputEncoding", "latin1")
    clone.commit("Für Zoë, fixes #7")
    clone.git("commit", "-q", "--allow-empty", "-m", "Later, fixes #8", GIT_COMMITTER_DATE="@4102444800 +0000")
    assert [each.message for each in asked(clone).changes(REPOSITORY)] == ["Later, fixes #8", "Für Zoë, fixes #7"]


def test_a_commit_that_is_missing_is_not_fetched_by_what_the_configuration_names(clone: Clone, tmp_path: Path) -> None:
    seen, trap = tmp_path / "seen", tmp_path / "trap.sh"
    trap.write_text(f"#!/bin/sh\ntouch {seen}\n")
    trap.chmod(0o755)
    for name, value in {
        "core.repositoryFormatVersion": "1",
        "extensions.partialClone": "origin",
        "remote.origin.promisor": "true",
        "remote.origin.url": str(tmp_path),
        "remote.origin.uploadpack": str(trap),
        "protocol.allow": "always",
    }.items():
        clone.git("config", name, value)
    fix = clone.commit("Fixes #7")
    codebase = asked(clone)
    assert (codebase.contains("0" * 40, fix), codebase.contains("0" * 9, fix), codebase.change("0" * 40)) == (
        None,
        None,
        None,
    )
    assert not seen.exists()
