"""How a tool call ended, told from its text: what other tools took for failures and is none."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.model import Outcome
from bot.core.outcome import classify


def outcome(text: str, tool: str = "Bash", command: str = "make all", *, is_error: bool = True) -> str:
    return classify(text, is_error=is_error, tool=tool, command=command)[0].value


def test_no_error_flag_is_success_whatever_the_text_says() -> None:
    assert outcome("Exit code 1\nfatal: everything is broken", is_error=False) == "ok"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Exit code 2\nmake: *** [all] Error 2", "failed"),
        ("Exit code 127\n(eval):1: command not found: bun", "failed"),
        ("Exit code 137\nKilled", "failed"),
        ("Command timed out after 2m 0.0s", "failed"),
        ("Exit code 143\nCommand timed out after 2m 0.0s", "failed"),
        ("The user doesn't want to proceed with this tool use. The tool use was rejected.", "rejected"),
        ("The user doesn't want to take this action right now.", "rejected"),
        ("[Request interrupted by user for tool use]", "interrupted"),
        ("<tool_use_error>Sibling tool call errored</tool_use_error>", "consequence"),
        ("<tool_use_error>File does not exist.</tool_use_error>", "guard"),
        ("PreToolUse:Bash hook error: [./guard.sh]: no pushing on Fridays", "hook_block"),
        ("Hook PreToolUse:Edit denied this tool", "hook_block"),
        ("Execution blocked by PreToolUse hook", "hook_block"),
        ("API Error: 529 overloaded_error", "infrastructure"),
    ],
)
def test_each_class_of_result_is_told_by_its_opening(text: str, expected: str) -> None:
    assert outcome(text) == expected


def test_a_guard_of_an_old_version_needs_no_wrapper() -> None:
    assert outcome("File has not been read yet. Read it first before writing to it.", "Edit") == "guard"


def test_the_words_of_a_guard_in_a_programs_output_are_no_guard() -> None:
    assert outcome("File does not exist. (said by my script)", "Bash") == "failed"


def test_words_of_a_rejection_further_down_are_output() -> None:
    assert outcome("Exit code 1\n" + "x" * 500 + "\nThe user doesn't want to proceed with this tool use") == "failed"


def test_a_bare_exit_code_two_is_no_hook() -> None:
    assert outcome("Exit code 2\nusage: tool [options]") == "failed"


def test_a_hook_named_in_output_is_no_hook_block() -> None:
    assert outcome("Exit code 1\npre-commit hook failed: lint") == "failed"


@pytest.mark.parametrize(
    "command",
    [
        "grep -rn TODO src", "rg needle", "git grep -n foo", "test -f a.txt", "[ -d build ]", "pgrep server",
        "cat log | grep -c x", "cd src && grep foo *.py", "FOO=1 grep x y", "! grep -q x y",
    ],
)  # fmt: skip
def test_exit_one_of_a_question_with_no_output_is_an_answer(command: str) -> None:
    assert outcome("Exit code 1", command=command) == "benign"


@pytest.mark.parametrize("command", ["diff a b", "cmp a b", "git diff --exit-code"])
def test_a_difference_found_is_no_failure(command: str) -> None:
    assert outcome("Exit code 1\n1c1\n< a\n---\n> b", command=command) == "benign"


def test_exit_two_of_grep_is_a_failure() -> None:
    assert outcome("Exit code 2\ngrep: src/x.py: No such file or directory", command="grep foo src/x.py") == "failed"


def test_exit_one_of_grep_with_output_is_a_failure() -> None:
    assert (
        outcome("Exit code 1\n" + "src/a.py: something long was printed\n" * 5, command="grep foo a; make") == "failed"
    )


@pytest.mark.parametrize("text", ["Exit code 130", "Exit code 143\nTerminated", "^C", "Exit code 130\n^C"])
def test_a_program_that_someone_stopped_did_not_fail(text: str) -> None:
    assert outcome(text, command="npm run dev") == "benign"


def test_version_one_said_only_error_for_an_empty_grep() -> None:
    assert outcome("Error", command="grep foo bar.txt") == "benign"
    assert outcome("Error", command="make") == "failed"


def test_exit_one_without_output_of_anything_else_is_a_failure() -> None:
    assert outcome("Exit code 1", command="npm test") == "failed"


@pytest.mark.parametrize(("text", "code"), [("Exit code 127\nx", 127), ("Error: Exit code 3", 3), ("boom", None)])
def test_the_exit_code_is_read_where_there_is_one(text: str, code: int | None) -> None:
    assert classify(text, is_error=True, tool="Bash", command="x")[1] == code


@given(st.text(), st.sampled_from(["Bash", "Read", "", "Task"]), st.text())
def test_any_text_has_exactly_one_class(text: str, tool: str, command: str) -> None:
    found, _ = classify(text, is_error=True, tool=tool, command=command)
    assert found in Outcome
    assert found is not Outcome.OK
