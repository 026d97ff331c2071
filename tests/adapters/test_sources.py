"""Transcripts on a real file system: every file once, every obstacle said, nothing touched, nothing run."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.adapters.sources import FileSources, Resting
from bot.core.model import Problem
from bot.dialects.json_lines import LONGEST
from bot.ports import Shelf, SourceFile
from tests.unprivileged import nobody


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder that somebody else than root can be kept out of, and let into."""
    made = Path(tempfile.mkdtemp(prefix="sources-", dir="/tmp"))
    made.chmod(0o755)
    yield made
    for path, _, _ in os.walk(made):
        Path(path).chmod(0o755)
    shutil.rmtree(made)


def put(path: Path, text: str = "{}\n") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path


def found(*paths: Path | str) -> list[str]:
    """The paths of all files, in order; no problem may come."""
    listed = list(FileSources([str(path) for path in paths]).discover())
    assert not [each for each in listed if isinstance(each, Problem)]
    return [each.path for each in listed if isinstance(each, SourceFile)]


def problems(*paths: Path | str) -> list[tuple[str, str]]:
    """Code and place of every problem."""
    listed = FileSources([str(path) for path in paths]).discover()
    return [(each.code, each.place) for each in listed if isinstance(each, Problem)]


def test_files_are_found_at_any_depth_in_a_stable_order(tmp_path: Path) -> None:
    wanted = [put(tmp_path / name) for name in ("a/b/c/d/deep.jsonl", "a/x.jsonl", "ada/2026-02-01_1.jsonl", "z.jsonl")]
    assert found(tmp_path) == [str(path) for path in wanted]


def test_a_source_may_be_a_single_file_and_is_known_by_its_size_and_time(tmp_path: Path) -> None:
    path = put(tmp_path / "one.jsonl", "123456")
    os.utime(path, ns=(5, 7))
    assert list(FileSources([str(path)]).discover()) == [SourceFile(str(path), str(path), 6, "6:7")]


def test_each_file_belongs_to_the_source_that_names_it_first(tmp_path: Path) -> None:
    inner, outer = put(tmp_path / "a" / "1.jsonl"), put(tmp_path / "b.jsonl")
    listed = list(FileSources([str(tmp_path / "a"), str(tmp_path), str(inner)]).discover())
    assert [(each.path, each.source) for each in listed if isinstance(each, SourceFile)] == [
        (str(inner), str(tmp_path / "a")),
        (str(outer), str(tmp_path)),
    ]


def test_links_lead_to_each_file_once_and_loops_end(tmp_path: Path) -> None:
    path = put(tmp_path / "a" / "1.jsonl")
    (tmp_path / "a" / "loop").symlink_to(tmp_path)
    (tmp_path / "b").symlink_to(tmp_path / "a")
    (tmp_path / "again.jsonl").symlink_to(path)
    (tmp_path / "hard.jsonl").hardlink_to(path)
    (tmp_path / "self").symlink_to(tmp_path / "self")
    (tmp_path / "nothing").symlink_to(tmp_path / "gone")
    assert found(tmp_path, tmp_path / "b") == [str(path)]


def test_a_link_is_followed_out_of_the_source(tmp_path: Path) -> None:
    put(tmp_path / "elsewhere" / "1.jsonl")
    (tmp_path / "source").mkdir()
    (tmp_path / "source" / "link").symlink_to(tmp_path / "elsewhere")
    assert found(tmp_path / "source") == [str(tmp_path / "source" / "link" / "1.jsonl")]


def test_a_home_folder_may_be_written_short(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    path = put(tmp_path / "logs" / "1.jsonl")
    assert found("~/logs") == [str(path)]


def test_what_is_no_file_is_passed_over(tmp_path: Path) -> None:
    path = put(tmp_path / "1.jsonl")
    put(tmp_path / ".git" / "logs.jsonl")
    os.mkfifo(tmp_path / "pipe.jsonl")
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(str(tmp_path / "s"))
        assert found(tmp_path) == [str(path)]


def test_a_pipe_that_is_named_itself_is_a_problem(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.jsonl")
    (problem,) = FileSources([str(tmp_path / "pipe.jsonl")]).discover()
    assert isinstance(problem, Problem)
    assert problem.code == "unreadable"


def test_a_path_that_is_not_there_is_a_problem_and_the_others_are_read(tmp_path: Path) -> None:
    path = put(tmp_path / "1.jsonl")
    listed = list(FileSources([str(tmp_path / "gone"), str(path)]).discover())
    assert listed[0] == Problem(
        "source_missing",
        str(tmp_path / "gone"),
        "there is no such file or folder; check the path of the source",
    )
    assert [each.path for each in listed[1:] if isinstance(each, SourceFile)] == [str(path)]


def test_a_named_link_to_nothing_is_a_problem(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(tmp_path / "gone")
    assert problems(tmp_path / "link") == [("source_missing", str(tmp_path / "link"))]


def test_a_folder_without_permission_is_a_problem_and_the_others_are_read(folder: Path) -> None:
    path = put(folder / "open" / "1.jsonl")
    put(folder / "closed" / "2.jsonl")
    (folder / "closed").chmod(0o700)
    with nobody():
        listed = list(FileSources([str(folder)]).discover())
    (problem,) = [each for each in listed if isinstance(each, Problem)]
    assert (problem.code, problem.place) == ("unreadable", str(folder / "closed"))
    assert problem.message.startswith("no permission to read this folder (owned by ")
    assert "mode 0700); give the bot's account read access (`sudo setfacl -m u:$USER:rX" in problem.message
    assert [each.path for each in listed if isinstance(each, SourceFile)] == [str(path)]


def test_a_file_that_vanishes_while_its_folder_is_listed_is_no_problem(tmp_path: Path) -> None:
    put(tmp_path / "a" / "1.jsonl")
    put(tmp_path / "z.jsonl")
    listing = FileSources([str(tmp_path)]).shelves()
    first = next(listing)
    (tmp_path / "z.jsonl").unlink()
    assert isinstance(first, Shelf)
    assert [file.path for file in first.files()] == [str(tmp_path / "a" / "1.jsonl")]
    assert list(listing) == []


def test_shelves_hold_the_same_files_as_the_listing(tmp_path: Path) -> None:
    for number in range(40):
        put(tmp_path / f"{number:02}.jsonl")
        put(tmp_path / f"{number:02}" / "sub.jsonl")
    (tmp_path / "hard.jsonl").hardlink_to(tmp_path / "10.jsonl")
    sources = FileSources([str(tmp_path / "07.jsonl"), str(tmp_path)], shelf=4)
    shelves = [each for each in sources.shelves() if isinstance(each, Shelf)]
    assert len(shelves) > 45
    listed = [file for file in sources.discover() if isinstance(file, SourceFile)]
    assert sorted(file.path for shelf in shelves for file in shelf.files()) == sorted(file.path for file in listed)
    assert sum(len(shelf.entries) for shelf in shelves) == 80


def test_an_old_file_is_looked_at_in_its_turn_and_a_new_one_always(tmp_path: Path) -> None:
    old = [put(tmp_path / f"{number}.jsonl") for number in range(8)]
    for path in old:
        os.utime(path, ns=(1, 1))
    young = put(tmp_path / "young.jsonl")
    sources = FileSources([str(tmp_path)], resting=Resting(4))

    def sizes() -> dict[str, int]:
        return {
            Path(file.path).name: file.size
            for shelf in sources.shelves() if isinstance(shelf, Shelf) for file in shelf.files()
        }  # fmt: skip

    before = sizes()
    for path in (*old, young):
        put(path, "{}\n{}\n{}\n")
    grown = [{name for name, size in sizes().items() if size > before[name]} for _ in range(4)]
    assert grown[0] >= {young.name}
    assert [len(names) for names in grown] == [3, 5, 7, 9]  # written to just now, they are young and stay in sight
    old[0].unlink()
    put(tmp_path / "new.jsonl")
    assert sizes().keys() == (before.keys() | {"new.jsonl"}) - {old[0].name}


@pytest.mark.parametrize("change", ["grow", "touch", "rename", "come", "go"])
def test_whatever_happens_to_a_file_changes_the_digest_of_its_shelf(tmp_path: Path, change: str) -> None:
    path = put(tmp_path / "1.jsonl")
    put(tmp_path / "2.jsonl")
    sources = FileSources([str(tmp_path)])

    def digests() -> set[bytes]:
        return {each.digest(b"key") for each in sources.shelves() if isinstance(each, Shelf)}

    before = digests()
    assert digests() == before
    if change == "grow":
        modified = path.stat().st_mtime_ns
        put(path, "{}\n{}\n")
        os.utime(path, ns=(modified, modified))
    elif change == "touch":
        os.utime(path, ns=(1, 1))
    elif change == "rename":
        path.rename(tmp_path / "0.jsonl")
    elif change == "come":
        put(tmp_path / "3.jsonl")
    else:
        path.unlink()
    assert digests().isdisjoint(before)


def test_a_file_without_permission_is_listed_and_says_what_to_do_when_opened(folder: Path) -> None:
    put(folder / "1.jsonl").chmod(0o600)
    reader = FileSources([str(folder)])
    with nobody():
        (file,) = reader.discover()
        assert isinstance(file, SourceFile)
        with pytest.raises(PermissionError) as caught:
            list(reader.lines(file))
        problem = reader.unreadable(file, caught.value)
    assert (problem.code, problem.place) == ("unreadable", str(folder / "1.jsonl"))
    assert "mode 0600); give the bot's account read access (`sudo setfacl -m u:$USER:r …`" in problem.message


def test_a_link_into_a_closed_folder_is_a_problem_and_no_silent_skip(folder: Path) -> None:
    put(folder / "closed" / "2.jsonl")
    (folder / "source").mkdir()
    (folder / "source" / "link.jsonl").symlink_to(folder / "closed" / "2.jsonl")
    (folder / "closed").chmod(0o700)
    with nobody():
        assert problems(folder / "source") == [("unreadable", str(folder / "source" / "link.jsonl"))]


def test_folders_may_lie_deeper_than_python_may_call(tmp_path: Path) -> None:
    depth = sys.getrecursionlimit() + 50
    here = Path.cwd()
    try:
        os.chdir(tmp_path)
        for _ in range(depth):
            Path("d").mkdir()
            os.chdir("d")
        Path("1.jsonl").write_text("{}\n")
    finally:
        os.chdir(here)
    try:
        assert found(tmp_path) == [f"{tmp_path}/{'d/' * depth}1.jsonl"]
    finally:
        subprocess.run(["rm", "-r", str(tmp_path / "d")], check=True)  # Python removes no folder that deep


def test_names_that_are_no_utf8_are_files_like_others(tmp_path: Path) -> None:
    name = os.fsencode(tmp_path) + b"/caf\xe9.jsonl"
    Path(os.fsdecode(name)).write_text("{}\n")
    assert [os.fsencode(path) for path in found(tmp_path)] == [name]


def test_lines_come_as_they_are_and_the_last_may_lack_its_end(tmp_path: Path) -> None:
    path = tmp_path / "1.jsonl"
    path.write_bytes(b"one\r\n\n\xff\0two")
    (file,) = FileSources([str(path)]).discover()
    assert isinstance(file, SourceFile)
    assert list(FileSources(()).lines(file)) == [b"one\r\n", b"\n", b"\xff\0two"]


@pytest.mark.parametrize("extra", [0, 1, LONGEST])
def test_a_line_beyond_the_limit_is_cut_and_the_next_one_is_whole(tmp_path: Path, extra: int) -> None:
    path = put(tmp_path / "1.jsonl", "short\n")
    with path.open("r+b") as hole:
        hole.seek(len("short\n") + LONGEST + extra)
        hole.write(b"\nnext\n")
    (file,) = FileSources([str(path)]).discover()
    assert isinstance(file, SourceFile)
    assert [(len(line), line[-3:]) for line in FileSources(()).lines(file)] == [
        (6, b"rt\n"),
        (LONGEST, b"\0\0\0"),
        (5, b"xt\n"),
    ]


def test_nothing_below_a_source_is_written_or_touched(tmp_path: Path) -> None:
    for name in ("a/1.jsonl", "a/b/2.jsonl", "3.jsonl"):
        put(tmp_path / name)

    def listing() -> list[tuple[str, int, int, int, int]]:
        paths = [tmp_path, *sorted(tmp_path.rglob("*"))]
        return [(str(path), (s := path.lstat()).st_size, s.st_mtime_ns, s.st_ctime_ns, s.st_mode) for path in paths]

    before = listing()
    reader = FileSources([str(tmp_path)])
    for file in reader.discover():
        assert isinstance(file, SourceFile)
        list(reader.lines(file))
    assert listing() == before


def clone(path: Path, url: str) -> Path:
    """The part of a clone that is looked at: its configuration."""
    put(
        path / ".git" / "config",
        "[core]\n\trepositoryformatversion = 0\n\tfsmonitor = touch /tmp/ran\n"
        '[remote "fork"]\n\turl = https://example.org/x/y\n'
        f'[remote "origin"]\n\turl = {url}\n\tfetch = +refs/heads/*:refs/remotes/origin/*\n[branch "main"]\n\tremote = origin\n',
    )
    return path


@pytest.mark.parametrize(
    "url",
    [
        "https://github.com/acme/shop.git",
        "https://github.com/acme/shop",
        "https://github.com/acme/shop/",
        "https://github.com/acme/shop.git/",
        "https://ada:secret@github.com/acme/shop.git",
        "git@github.com:acme/shop.git",
        "ssh://git@github.com/acme/shop.git",
    ],
)
def test_the_remote_of_a_clone_is_read_in_every_way_it_is_written(tmp_path: Path, url: str) -> None:
    assert FileSources(()).remote(str(clone(tmp_path, url))) == "github.com/acme/shop"


def test_a_folder_inside_a_clone_has_its_remote_even_when_it_is_gone(tmp_path: Path) -> None:
    clone(tmp_path, "git@github.com:acme/shop.git")
    assert FileSources(()).remote(str(tmp_path / "src" / "deep")) == "github.com/acme/shop"


@pytest.mark.parametrize("relative", [False, True])
def test_a_worktree_has_the_remote_of_its_clone(tmp_path: Path, relative: bool) -> None:
    git = clone(tmp_path / "shop", "git@github.com:acme/shop.git") / ".git"
    target = "../shop/.git" if relative else str(git)
    put(tmp_path / "topic" / ".git", f"gitdir: {target}/worktrees/topic\n")
    assert FileSources(()).remote(str(tmp_path / "topic")) == "github.com/acme/shop"


def test_a_submodule_has_its_own_remote(tmp_path: Path) -> None:
    clone(tmp_path, "git@github.com:acme/shop.git")
    put(tmp_path / ".git" / "modules" / "lib" / "config", '[remote "origin"]\n\turl = git@github.com:acme/lib.git\n')
    put(tmp_path / "lib" / ".git", "gitdir: ../.git/modules/lib\n")
    assert FileSources(()).remote(str(tmp_path / "lib" / "src")) == "github.com/acme/lib"


@pytest.mark.parametrize("cwd", ["", ".", "src", "../x", r"C:\Users\ada\shop", "\0", "x" * 5000])
def test_a_folder_of_another_machine_never_has_the_remote_of_ours(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, cwd: str
) -> None:
    clone(tmp_path, "git@github.com:acme/shop.git")
    (tmp_path / "src").mkdir()
    monkeypatch.chdir(tmp_path)
    assert FileSources(()).remote(cwd) == ""


def test_a_clone_that_cannot_be_read_or_names_no_origin_has_no_remote(folder: Path) -> None:
    put(folder / "local" / ".git" / "config", "[core]\n\tbare = false\n")
    clone(folder / "closed", "git@github.com:acme/shop.git")
    (folder / "closed").chmod(0o700)
    (folder / "odd").mkdir()
    put(folder / "odd" / ".git", "gitdir: /nonexistent\n")
    with nobody():
        reader = FileSources(())
        assert [reader.remote(str(folder / name)) for name in ("local", "closed", "odd", "gone")] == ["", "", "", ""]


def test_no_program_is_run_for_a_remote(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ran = tmp_path / "ran"
    git = put(tmp_path / "bin" / "git", f"#!/bin/sh\ntouch {ran}\n")
    git.chmod(0o755)
    monkeypatch.setenv("PATH", str(git.parent))
    assert (
        FileSources(()).remote(str(clone(tmp_path / "shop", "git@github.com:acme/shop.git"))) == "github.com/acme/shop"
    )
    assert not ran.exists()
