"""Who a session belongs to: the layouts of paths, the homes, the aliases and the pseudonyms."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.people import from_home, from_layout, joined, pseudonym


@pytest.mark.parametrize(
    ("path", "person"),
    [
        ("/data/user_sessions/petr/2026-02-10_49898dbe-5045.jsonl", "petr"),
        ("petr.hunka/2026-02-10_49898dbe.jsonl", "petr.hunka"),
        ("/data/petr.hunka_2026-02-09_19c0a02f.jsonl", "petr.hunka"),
        ("petr.hunka_2026-02-09_19c0a02f.jsonl", "petr.hunka"),
        ("/data/ada_lovelace_2026-02-09_19c0a02f.jsonl", "ada_lovelace"),
        ("/data/user_sessions/petr-2024-12-15-abc123.jsonl", "petr"),
        (r"C:\sessions\ada\2026-02-10_49898dbe.jsonl", "ada"),
        ("/data/ada/2026-02-10_49898dbe.json", "ada"),
    ],
)
def test_the_layouts_of_session_folders_name_the_person(path: str, person: str) -> None:
    assert from_layout(path) == person


@pytest.mark.parametrize("folder", ["sessions", "user_sessions", "Transcripts", "projects", "archive"])
def test_a_folder_that_only_says_what_it_holds_is_nobody(folder: str) -> None:
    assert from_layout(f"/data/{folder}/2026-02-10_49898dbe.jsonl") == ""


@pytest.mark.parametrize(
    "path",
    [
        "/home/ada/.claude/projects/-home-ada-shop/49898dbe-5045-45f5-9177-2ff10917de4a.jsonl",
        "/data/ada/2026-02-10.jsonl",
        "2026-02-10_49898dbe.jsonl",
        "/data/session-2026-02-10-49898dbe.jsonl",
        "/data/rollout-2026-02-10T10-00-00-49898dbe.jsonl",
        "/data/ada/2026-02-10_49898dbe.txt",
        "",
    ],
)
def test_other_paths_name_nobody(path: str) -> None:
    assert from_layout(path) == ""


@pytest.mark.parametrize(
    "cwd",
    [
        "/home/ada/shop",
        "/home/ada",
        "/Users/ada/code/shop",
        r"C:\Users\ada\shop",
        "D:/Users/ada/shop",
        "/mnt/c/Users/ada/shop",
    ],
)
def test_the_home_that_a_folder_lies_in_names_the_person(cwd: str) -> None:
    assert from_home(cwd) == "ada"


@pytest.mark.parametrize(
    "cwd", ["/root/shop", "/home/runner/work", "/home/ubuntu", "/Users/Shared/x", "/workspace", "/srv/home/ada", ""]
)
def test_homes_that_many_share_are_nobody(cwd: str) -> None:
    assert from_home(cwd) == ""


def test_the_settings_say_which_homes_are_nobodys() -> None:
    assert from_home("/home/build7/shop", frozenset({"build7"})) == ""
    assert from_home("/home/ubuntu/shop", frozenset({"build7"})) == "ubuntu"


def test_aliases_join_the_names_of_one_person() -> None:
    assert joined("ada.l", {"ada.l": "ada"}) == "ada"
    assert joined("al", {"al": "ada.l", "ada.l": "ada"}) == "ada"
    assert joined("bob", {"ada.l": "ada"}) == "bob"


def test_aliases_in_a_circle_come_to_an_end() -> None:
    assert joined("a", {"a": "b", "b": "a"}) == "a"
    assert joined("b", {"a": "b", "b": "a"}) == "b"
    assert joined("a", {"a": "a"}) == "a"


def test_a_pseudonym_is_short_and_always_the_same() -> None:
    assert pseudonym("petr.hunka", b"salt") == "person-3ae42b"
    assert pseudonym("petr.hunka", b"other salt") != "person-3ae42b"
    assert pseudonym("", b"salt") == "unknown"
    assert pseudonym("\ud800", b"salt").startswith("person-")


@given(st.text(min_size=3).filter(lambda name: name not in "person-0123456789abcdef"))
def test_a_pseudonym_never_holds_the_name(name: str) -> None:
    assert name not in pseudonym(name, b"salt")
