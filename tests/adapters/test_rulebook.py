import os
from pathlib import Path

import pytest

from bot.adapters.rulebook import load_rules, rule_files, shipped_rules

LEAST = "id: {id}\ntitle: A\nseverity: low\nconfidence: low\ndetects: Detects.\nmatch: {{event: tool_failure}}\n"


def write(folder: Path, path: str, text: str | None = None) -> Path:
    """A rule file of its name, or with the text given."""
    file = folder / path
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(LEAST.format(id=file.stem) if text is None else text, encoding="utf-8")
    return file


def test_rules_are_found_at_any_depth_and_sorted_by_id(tmp_path: Path) -> None:
    for path in ("z/one/b.yml", "c.yml", "a/a.yaml"):
        write(tmp_path, path)
    rules, problems = load_rules([tmp_path])
    assert [rule.id for rule in rules] == ["a", "b", "c"]
    assert problems == ()


def test_other_and_hidden_files_are_no_rules(tmp_path: Path) -> None:
    for path in ("a.yml", "README.md", "schema.json", ".b.yml", ".git/c.yml"):
        write(tmp_path, path)
    assert [rule.id for rule in load_rules([tmp_path])[0]] == ["a"]


def test_a_broken_rule_never_stops_the_others(tmp_path: Path) -> None:
    write(tmp_path, "a.yml", "id: [")
    bad = write(tmp_path, "b.yml", LEAST.format(id="b") + "colour: red\n")
    write(tmp_path, "c.yml")
    rules, problems = load_rules([tmp_path])
    assert [rule.id for rule in rules] == ["c"]
    assert [problem.code for problem in problems] == ["rule_yaml", "rule_field"]
    assert problems[1].place == f"{bad}:7:1"


def test_a_second_rule_of_one_id_is_a_problem_that_names_both(tmp_path: Path) -> None:
    first, second = write(tmp_path, "x/a.yml"), write(tmp_path, "y/a.yml")
    rules, [problem] = load_rules([tmp_path / "x", tmp_path / "y"])
    assert [rule.id for rule in rules] == ["a"]
    assert tuple(problem) == (
        "rule_twice",
        f"{second}:1:1",
        f"a stands in {first} already, which is used: rename or remove one of the two",
    )


def test_a_file_named_twice_is_read_once(tmp_path: Path) -> None:
    file = write(tmp_path, "x/a.yml")
    rules, problems = load_rules([tmp_path, tmp_path / "x", file])
    assert ([rule.id for rule in rules], problems) == (["a"], ())


def test_a_single_file_may_be_named(tmp_path: Path) -> None:
    write(tmp_path, "b.yml")
    assert [rule.id for rule in load_rules([write(tmp_path, "a.yml")])[0]] == ["a"]


def test_a_folder_that_is_not_there_is_a_problem(tmp_path: Path) -> None:
    write(tmp_path, "here/a.yml")
    rules, [problem] = load_rules([tmp_path / "gone", tmp_path / "here"])
    assert [rule.id for rule in rules] == ["a"]
    assert (problem.code, problem.place) == ("rules_missing", str(tmp_path / "gone"))


def test_a_folder_without_rules_says_so(tmp_path: Path) -> None:
    rules, [problem] = load_rules([tmp_path])
    assert rules == ()
    assert problem.message == "the folder holds no rule file (*.yml)"


def test_a_file_that_cannot_be_opened_is_a_problem(tmp_path: Path) -> None:
    (tmp_path / "gone.yml").symlink_to(tmp_path / "nowhere")
    write(tmp_path, "a.yml")
    rules, [problem] = load_rules([tmp_path])
    assert [rule.id for rule in rules] == ["a"]
    assert (problem.code, problem.place) == ("rules_unreadable", str(tmp_path / "gone.yml"))
    assert problem.message == "No such file or directory: make it readable for this user"


def test_a_folder_that_links_to_itself_ends(tmp_path: Path) -> None:
    write(tmp_path, "a.yml")
    (tmp_path / "again").symlink_to(tmp_path, target_is_directory=True)
    assert [rule.id for rule in load_rules([tmp_path])[0]] == ["a"]


@pytest.mark.parametrize(
    ("raw", "code", "place"),
    [
        (b"id: a\ntitle: \xff\xfe", "rule_encoding", "2:8"),
        (b"#" * 300_000, "rule_too_large", "1:1"),
        (b"#" * 262_143 + "äöü".encode() * 10, "rule_too_large", "1:1"),
        (b"", "rule_empty", "1:1"),
        (bytes(range(32)), "rule_yaml", "1:1"),
    ],
)
def test_what_is_no_text_is_refused_with_its_place(tmp_path: Path, raw: bytes, code: str, place: str) -> None:
    (tmp_path / "a.yml").write_bytes(raw)
    rules, [problem] = load_rules([tmp_path])
    assert rules == ()
    assert (problem.code, problem.place) == (code, f"{tmp_path / 'a.yml'}:{place}")


def test_a_pipe_named_like_a_rule_is_a_problem_and_never_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "a.yml")
    write(tmp_path, "b.yml")
    rules, [problem] = load_rules([tmp_path])
    assert [rule.id for rule in rules] == ["b"]
    assert (problem.code, problem.place) == ("rules_unreadable", str(tmp_path / "a.yml"))


def test_a_byte_order_mark_is_no_part_of_the_text(tmp_path: Path) -> None:
    (tmp_path / "a.yml").write_bytes(b"\xef\xbb\xbf" + LEAST.format(id="a").encode())
    assert [rule.id for rule in load_rules([tmp_path])[0]] == ["a"]


def test_the_shipped_rules_are_there_and_without_problems() -> None:
    rules, problems = load_rules([shipped_rules()])
    assert problems == ()
    assert len(rules) >= 14


def test_files_are_listed_with_their_text_in_a_stable_order(tmp_path: Path) -> None:
    for path in ("b/b.yml", "a.yml"):
        write(tmp_path, path)
    files, problems = rule_files([tmp_path])
    assert [(file.place, file.text.splitlines()[0]) for file in files] == [
        (str(tmp_path / "a.yml"), "id: a"),
        (str(tmp_path / "b" / "b.yml"), "id: b"),
    ]
    assert problems == ()
