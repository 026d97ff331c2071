"""A real clone, asked where it mentions commands; whatever its configuration says, nothing of it is run."""

from __future__ import annotations

import contextlib
import subprocess
from pathlib import Path

import pytest

from bot.adapters.codebase import GitCodebase
from tests.git_alone import ALONE


def git(clone: Path, *words: str) -> str:
    done = subprocess.run(["git", "-C", str(clone), *words], env=ALONE, check=True, capture_output=True, text=True)
    return done.stdout.strip()


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """A project whose README and a script name a few commands."""
    made = tmp_path / "shop"
    (made / "scripts").mkdir(parents=True)
    (made / "README.md").write_text("# Shop\n\nRun `make dev-server` first.\nThen --verbose-all-the-way.\n")
    (made / "scripts" / "sync.sh").write_text("#!/bin/sh\nrsync -a data/ backup:/data\n\fmake dev-server\n")
    (made / "logo.bin").write_bytes(b"\0\1make only-in-binary\n")
    subprocess.run(["git", "init", "-q", str(made)], env=ALONE, check=True)
    git(made, "add", ".")
    git(made, "commit", "-q", "-m", "Begin")
    (made / "untracked.md").write_text("npm run untracked\n")
    return made


def test_a_command_is_found_at_its_path_and_line(clone: Path) -> None:
    assert GitCodebase(str(clone)).mentions(["make dev-server", "rsync -a data/ backup:/data", "npm run nowhere"]) == {
        "make dev-server": "README.md:3",
        "rsync -a data/ backup:/data": "scripts/sync.sh:2",
    }


def test_a_form_feed_in_a_line_hides_nothing_behind_it(clone: Path) -> None:
    (clone / "README.md").write_text("")
    assert GitCodebase(str(clone)).mentions(["make dev-server"]) == {"make dev-server": "scripts/sync.sh:3"}


def test_only_tracked_text_files_are_searched(clone: Path) -> None:
    assert GitCodebase(str(clone)).mentions(["npm run untracked", "make only-in-binary"]) == {}


def test_a_command_of_several_lines_is_found_by_its_longest(clone: Path) -> None:
    command = "cd x\nrsync -a data/ backup:/data\nls"
    assert GitCodebase(str(clone)).mentions([command]) == {command: "scripts/sync.sh:2"}


def test_commands_that_say_too_little_or_were_masked_are_not_looked_for(clone: Path) -> None:
    assert GitCodebase(str(clone)).mentions(["make", "", "use [masked:github-token]", "make dev-… server"]) == {}


def test_patterns_are_literal_text_and_no_expressions(clone: Path) -> None:
    assert GitCodebase(str(clone)).mentions(["make dev.server", "make .*server"]) == {}


def test_a_command_that_begins_with_a_dash_is_no_option(clone: Path) -> None:
    marker = clone.parent / "ran"
    hostile = [f"--open-files-in-pager=touch {marker}", f"-Otouch {marker}", "--no-index /etc", "--verbose-all-the-way"]
    assert GitCodebase(str(clone)).mentions(hostile) == {"--verbose-all-the-way": "README.md:4"}
    assert not marker.exists()


def test_characters_that_no_command_line_can_hold_are_left_out(clone: Path) -> None:
    found = GitCodebase(str(clone)).mentions(["make\0dev-server", "make \ud800dev-server"])
    assert found == {"make \ud800dev-server": "README.md:3"}


def test_more_commands_than_one_call_takes_are_all_looked_for(clone: Path) -> None:
    many = [f"make target-number-{number} {'x' * 250}" for number in range(450)]
    assert GitCodebase(str(clone)).mentions([*many, "make dev-server"]) == {"make dev-server": "README.md:3"}


def test_a_hostile_configuration_runs_nothing(clone: Path) -> None:
    marker = clone.parent / "ran"
    trap = clone.parent / "trap.sh"
    trap.write_text(f"#!/bin/sh\ntouch {marker}\ncat\n")
    trap.chmod(0o755)
    (clone / ".gitattributes").write_text("*.md diff=evil filter=evil\n")
    git(clone, "add", ".gitattributes")
    for name in (
        "core.fsmonitor",
        "core.pager",
        "pager.grep",
        "core.editor",
        "core.sshCommand",
        "diff.evil.textconv",
        "diff.evil.command",
        "filter.evil.smudge",
        "filter.evil.clean",
        "core.askPass",
        "alias.grep",
    ):
        git(clone, "config", name, f"!{trap}" if name.startswith("alias") else str(trap))
    git(clone, "config", "grep.openPager", str(trap))
    git(clone, "config", "core.hooksPath", str(clone.parent))
    assert GitCodebase(str(clone)).mentions(["make dev-server"]) == {"make dev-server": "README.md:3"}
    assert not marker.exists()


def test_a_missing_blob_is_not_fetched_by_what_the_configuration_names(clone: Path) -> None:
    marker = clone.parent / "ran"
    trap = clone.parent / "trap.sh"
    trap.write_text(f"#!/bin/sh\ntouch {marker}\n")
    trap.chmod(0o755)
    blob = git(clone, "rev-parse", "HEAD:README.md")
    git(clone, "update-index", "--assume-unchanged", "README.md")
    for name, value in {
        "core.repositoryFormatVersion": "1",
        "extensions.partialClone": "origin",
        "remote.origin.promisor": "true",
        "remote.origin.url": str(clone.parent),
        "remote.origin.uploadpack": str(trap),
        "protocol.allow": "always",
    }.items():
        git(clone, "config", name, value)
    (clone / ".git" / "objects" / blob[:2] / blob[2:]).unlink()
    with contextlib.suppress(OSError):  # git may refuse; it may not fetch
        GitCodebase(str(clone)).mentions(["make dev-server"])
    assert not marker.exists()


def test_the_environment_leads_to_no_other_clone(clone: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    other = tmp_path / "other"
    subprocess.run(["git", "init", "-q", str(other)], env=ALONE, check=True)
    monkeypatch.setenv("GIT_DIR", str(other / ".git"))  # as a hook of another repository has it
    monkeypatch.setenv("GIT_WORK_TREE", str(other))
    assert GitCodebase(str(clone)).mentions(["make dev-server"]) == {"make dev-server": "README.md:3"}


def test_a_folder_that_is_no_clone_is_an_error_that_says_so(tmp_path: Path) -> None:
    (tmp_path / ".git").write_text("gitdir: /nonexistent\n")
    with pytest.raises(OSError, match="not a git repository"):
        GitCodebase(str(tmp_path)).mentions(["make dev-server"])
