"""`frictionbot rules`: real rule files, their problems, and their samples."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.shells import typed

RULE = """\
id: {id}
title: "Python cannot import {{module}}"
severity: medium
confidence: high
detects: Detects a Python program that stops because a module is not installed.
why: Every session finds out again.
fix: Declare the dependency.
limits: [None are known.]
match:
  event: tool_result
  text: "No module named '(?P<module>[a-z]+)'"
group_by: [module]
tests:
  - name: the module is named
    session: [{{run: python a.py, fails: "No module named 'pandas'"}}]
    expect: [{expect}]
  - name: a program that works is none
    session: [{{run: python a.py, gives: fine}}]
    expect: []
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "python").mkdir()
    (tmp_path / "python" / "one-rule.yml").write_text(RULE.format(id="one-rule", expect="{module: pandas}"))
    return tmp_path


def test_rules_are_listed_with_the_evidence_they_need(folder: Path) -> None:
    said = typed("rules", "list", "--rules", str(folder))
    assert (said.code, said.err) == (0, "")
    assert said.out.splitlines()[1].split("  ")[:2] == ["one-rule", "draft"]
    assert "3 sessions of 2 people in 14d" in said.out


def test_rules_are_listed_for_programs(folder: Path) -> None:
    [rule] = typed("rules", "list", "--rules", str(folder), "--format", "json").json["rules"]
    assert (rule["id"], rule["threshold"]["within"], rule["samples"]) == ("one-rule", "14d", 2)


def test_a_right_file_passes_check_and_test(folder: Path) -> None:
    check, test = (typed("rules", name, "--rules", str(folder)) for name in ("check", "test"))
    assert (check.code, check.out, check.err) == (0, "1 rule file: no problems\n", "")
    assert (test.code, test.err) == (0, "")
    assert test.out == "pass  one-rule  2 of 2 samples\n2 samples of 1 rule: 0 failed\n"


def test_check_names_the_place_and_the_remedy_of_a_problem(folder: Path) -> None:
    file = folder / "python" / "one-rule.yml"
    file.write_text(file.read_text().replace("severity: medium", "severty: medium"))
    said = typed("rules", "check", "--rules", str(folder), "--format", "json")
    assert said.code == 1
    assert f"{file}:3:1: there is no field severty here: did you mean severity?" in said.err
    assert {problem["code"] for problem in said.json["problems"]} >= {"rule_field"}
    assert typed("rules", "check", "--rules", str(folder)).out.startswith("1 rule file: ")


def test_a_sample_that_fails_has_a_line_and_the_exit_code(folder: Path) -> None:
    (folder / "two-rule.yml").write_text(RULE.format(id="two-rule", expect="{module: numpy}"))
    said = typed("rules", "test", "--rules", str(folder))
    assert said.code == 1
    assert said.out.splitlines() == [
        "pass  one-rule  2 of 2 samples",
        "FAIL  two-rule  1 of 2 samples",
        (
            "FAIL  two-rule  sample 'the module is named': expected and not found: {module: numpy}; "
            "found and not expected: {module: pandas}"
        ),
        "4 samples of 2 rules: 1 failed",
    ]
    assert said.err.startswith(f"{folder}/two-rule.yml:16:")
    samples = typed("rules", "test", "--rules", str(folder), "--format", "json").json["samples"]
    assert [sample["passed"] for sample in samples] == [True, True, False, True]


def test_a_folder_that_is_not_there_is_a_problem(tmp_path: Path) -> None:
    said = typed("rules", "check", "--rules", str(tmp_path / "none"))
    assert said.code == 1
    assert "there is no such folder of rules" in said.err


def test_paths_below_the_working_folder_are_said_from_there(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(folder)
    (folder / "python" / "one-rule.yml").write_text("id: [\n")
    said = typed("rules", "check", "--rules", str(folder / "python"), folder=Path())
    assert said.err.startswith("python/one-rule.yml:")
