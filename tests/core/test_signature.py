"""Which failed results are the same problem, shape by shape."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.core.normal_line import normal_line
from bot.core.signature import NORMALISER, signature

GUARD = "<tool_use_error>{}</tool_use_error>"


def test_the_normaliser_has_a_version() -> None:
    assert NORMALISER == "1"


@pytest.mark.parametrize("sought", ["def f():\n    pass", "error: not found\nfatal: x", "42"])
@pytest.mark.parametrize("wrap", ["{}", GUARD])
def test_a_string_that_was_not_found_is_one_group_whatever_was_sought(wrap: str, sought: str) -> None:
    assert signature(wrap.format(f"String to replace not found in file.\nString: {sought}")) == (
        "String to replace not found in file"
    )


@pytest.mark.parametrize("wrap", ["{}", GUARD])
@pytest.mark.parametrize(
    "tail",
    ["", " Did you mean main.py?", " Did you mean .env?", " Current working directory: /home/ann/shop", "\nNote: x"],
)
def test_a_file_that_does_not_exist_is_one_group_whatever_is_advised(wrap: str, tail: str) -> None:
    assert signature(wrap.format(f"File does not exist.{tail}")) == "File does not exist"


@pytest.mark.parametrize("wrap", ["{}", GUARD])
def test_an_unread_file_is_one_group_in_old_and_new_versions(wrap: str) -> None:
    assert signature(wrap.format("File has not been read yet. Read it first before writing to it.")) == (
        "File has not been read yet"
    )


@pytest.mark.parametrize("wrap", ["{}", GUARD])
@pytest.mark.parametrize("matches", [2, 3, 117])
def test_too_many_matches_are_one_group_for_any_number(wrap: str, matches: int) -> None:
    text = f"Found {matches} matches of the string to replace, but replace_all is false. Set it.\nString: x"
    assert signature(wrap.format(text)) == "Found <n> matches of the string to replace, but replace_all is false"


def test_an_invalid_input_is_told_by_its_second_line() -> None:
    text = "InputValidationError: Grep failed due to the following issue:\nThe parameter `path` was unexpected"
    assert signature(GUARD.format(text)) == (
        "InputValidationError: <name> failed due to the following issue: The parameter <name> was unexpected"
    )


def test_the_missing_skill_is_part_of_the_problem() -> None:
    assert signature(GUARD.format("Unknown skill: commit")) == "Unknown skill: commit"


@pytest.mark.parametrize(
    "text",
    [
        "Exit code 1\n[lint] $ golangci-lint run ./...\na.go:3:6: unused\n1 issues:\n[lint] ERROR task failed",
        "Exit code 1\n[fmt] $ gofmt -w .\n[lint] $ golangci-lint run ./...\n[lint] ERROR task failed\n\nb.go:9:2: bad",
        "[lint:go] $ golangci-lint run --fix\n[lint:go] a.go:1:1: not used: y\n[lint:go] ERROR task failed",
        "pkg/a.go:8:1: missing return (typecheck)\n2 issues:\n* typecheck: 2\n",
    ],
)
def test_a_failing_golangci_lint_task_is_one_group_whatever_it_found(text: str) -> None:
    assert signature(text) == "golangci-lint task failed"


def test_a_linter_that_passed_does_not_claim_the_tests_failure() -> None:
    linted = "[lint] $ golangci-lint run\n0 issues.\n"
    text = f"{linted}[test] $ go test ./...\n--- FAIL: TestCart (0.02s)\nFAIL\n[test] ERROR task failed"
    assert signature(text) == "FAIL: TestCart"


def test_a_task_that_says_nothing_else_is_named() -> None:
    assert signature("Exit code 1\n[deploy] $ ./deploy.sh\n[deploy] ERROR task failed\n") == "deploy task failed"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("zsh:1: command not found: frobnicate", "frobnicate: command not found"),
        ("(eval):2: command not found: frobnicate", "frobnicate: command not found"),
        ("/bin/bash: line 1: frobnicate: command not found", "frobnicate: command not found"),
        ("sh: 1: frobnicate: not found", "frobnicate: command not found"),
        ("Exit code 127\nbash: frobnicate: command not found", "frobnicate: command not found"),
        ("(eval):cd:1: no such file or directory: build", "cd: <path>: No such file or directory"),
        ("/bin/bash: line 3: cd: out/x: No such file or directory", "cd: <path>: No such file or directory"),
        ("\x1b[31mfatal: not a git repository: .git\x1b[0m", "fatal: not a git repository: <path>"),
        ("$ make all\nmake: *** No rule to make target 'all'.  Stop.", "make: *** No rule to make target <name>"),
        ("> app@1.0.0 test\n> node t.js\n\nError: Cannot find module '/srv/t.js'", "Error: Cannot find module <path>"),
        (
            "make[1]: Entering directory '/s'\na.c:3:5: error: 'x' undeclared\nmake[1]: *** [a.o] Error 1",
            "error: <name> undeclared",
        ),
        (
            "This is pdfTeX, Version 3.14\n(./a.tex\n! Undefined control sequence.\nl.9 \\foo",
            "Undefined control sequence",
        ),
        (
            "  warning: unused\nb.c:7:1: warning: old\nb.c:9:2: fatal error: q.h: No such file or directory",
            "fatal error: <path>: No such file or directory",
        ),
    ],
)
def test_banners_are_no_part_of_a_signature(text: str, expected: str) -> None:
    assert signature(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "Traceback (most recent call last):\n  File a.py\n    import zzz\nImportError: No module named 'zzz'\n",
            "ImportError: No module named 'zzz'",
        ),
        (" FAIL  src/a.test.ts > cart > adds up\nAssertionError: expected 1 to be 2", "FAILED <path> > cart > adds up"),
        ("/srv/y.ts\n  3:5  error  bad\n\n\u2716 3 problems (2 errors, 1 warning)", "eslint task failed"),
        ("a.ts:3:5 lint/style/useConst \u2501\u2501\u2501\u2501\u2501\nFound 3 errors.", "biome task failed"),
        ("# shop/cart\ncart/a.go:3:14: undefined: total\ncart/a.go:9:2: undefined: sum", "undefined: <name>"),
        ('cart/a.go:3:2: "os" imported and not used', "imported and not used: <name>"),
        (
            "a.go:1:9: cannot use n (variable of type int) as string value in assignment",
            "cannot use <name> as <name> value in assignment",
        ),
        ("src/a.ts(3,5): error TS2304: Cannot find name 'foo'.", "error TS2304: Cannot find name <name>"),
        ("src/b.ts:30:1 - error TS2304: Cannot find name 'bar'.\n\n30 bar()", "error TS2304: Cannot find name <name>"),
        (
            "error[E0425]: cannot find value `x` in this scope\n --> a.rs:3:5\nerror: could not compile `a`",
            "error[E0425]: cannot find value <name> in this scope",
        ),
        ("npm ERR! code ERESOLVE\nnpm ERR! ERESOLVE unable to resolve dependency tree", "npm error code ERESOLVE"),
        (
            "E   assert 1 == 2\nt.py:3: AssertionError\nFAILED tests/t.py::test_sum - assert 1 == 2\n1 failed",
            "FAILED <path>::test_sum",
        ),
        ("=== RUN   TestSum\n    sum_test.go:9: got 1, want 2\n--- FAIL: TestSum (0.00s)\nFAIL", "FAIL: TestSum"),
        (
            "ld: a.o: in function `f':\na.c:(.text+0x1): undefined reference to `g'\ncollect2: error: ld",
            "undefined reference to <name>",
        ),
        (
            "To https://example.org/b.git\n ! [rejected]   main -> main (stale info)\nerror: failed to push refs",
            "[rejected] (stale info)",
        ),
        ("bash: line 1: 4711 Segmentation fault      (core dumped) ./run", "Segmentation fault"),
        ("error: unrecognized subcommand 'bun'\n\nUsage: tool", "error: unrecognized subcommand 'bun'"),
        (
            "mkdir: cannot create directory '/opt/x': Permission denied",
            "mkdir: cannot create directory <path>: Permission denied",
        ),
        (
            "CMake Error at CMakeLists.txt:28 (message):\n  Could not find compiler set in variable CXX\n",
            "CMake Error at <path> (message): Could not find compiler set in variable CXX",
        ),
        ('Exit code 1\n{"message":"Not Found","status":"404"}', "Not Found"),
    ],
)
def test_the_most_telling_line_is_chosen_not_the_first(text: str, expected: str) -> None:
    assert signature(text) == expected


def test_unlike_failures_of_one_tool_stay_apart() -> None:
    texts = [
        "a.c:3:5: error: expected ';' before 'return'",
        "cat: notes: No such file or directory",
        "--- FAIL: TestSum (0.00s)",
        "mkdir: cannot create directory '/opt/x': Permission denied",
        "fatal: unable to access 'https://example.org/': Could not resolve host: example.org",
    ]
    assert len({signature(text) for text in texts}) == 5


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Error",
        "Exit code 1",
        "Exit code 127\n",
        "Exit code 1\n42 17",
        "^C",
        "/a/b/c/defghijkl:3",
        "<tool_use_error></tool_use_error>",
    ],
)
def test_fewer_than_eight_letters_are_no_signature(text: str) -> None:
    assert signature(text) == ""


def test_a_long_output_without_anything_like_an_error_has_no_signature() -> None:
    assert signature("\n".join(f"object number {i} was built" for i in range(30))) == ""


def test_words_of_success_are_no_errors() -> None:
    assert signature("checks done, 0 errors, 0 failed\nupload refused by server") == "upload refused by server"


@pytest.mark.parametrize(
    ("line", "masked"),
    [
        ("cannot reach 10.0.0.3:5432 after 30s", "cannot reach <address> after <n>"),
        ("request 6f1e2d3c-aaaa-4bbb-8ccc-0123456789ab was lost", "request <uuid> was lost"),
        ("bad object 9fceb02d0ae598e95dc970b74767f19372d61af8", "bad object <hex>"),
        ("fetch of https://example.org/a?b=1 failed", "fetch of <url> failed"),
        ("no user ann@example.org", "no user <email>"),
        ("needs 1.22.3 but found v1.19.0-rc1", "needs <version> but found <version>"),
        ("2026-01-14T11:53:39Z lock is held", "<time> lock is held"),
        (r"cannot open C:\Users\ann\x.txt for writing", "cannot open <path> for writing"),
        ("cannot open src/app/[id]/page.tsx", "cannot open <path>"),
        ("can't read \u2018x\u2019 nor \"y z\" or `w'", "can't read <name> nor <name> or <name>"),
        ("server said HTTP 404, errors TS2304", "server said HTTP 404, errors TS2304"),
        ("token [masked:github-token] expired", "token [masked:github-token] expired"),
        ("I/O error on read/write", "I/O error on read/write"),
    ],
)
def test_what_varies_is_masked(line: str, masked: str) -> None:
    assert normal_line(line) == masked


ALPHABET = st.characters(codec="utf-8") | st.sampled_from("\n\n  ::[]<>'\"`/.0123456789abcdef$errorfailed")


@settings(max_examples=150, deadline=None)
@given(st.text(ALPHABET, max_size=400))
def test_every_text_gives_one_short_plain_line(text: str) -> None:
    answer = signature(text)
    assert len(answer) <= 160
    assert "\n" not in answer
    assert answer == answer.strip()
    assert answer == "" or len(re.findall(r"[^\W\d_]", re.sub(r"<[a-z]+>", "", answer))) >= 8


@pytest.mark.parametrize("value", [None, 3, [], {}, b"error: bytes", object()])
def test_what_is_no_text_has_no_signature(value: object) -> None:
    assert signature(value) == ""


@settings(max_examples=60, deadline=None)
@given(
    number=st.integers(0, 10**6),
    name=st.from_regex(r"[a-z]{1,9}(?:/[a-z]{1,9}){1,4}\.py", fullmatch=True),
    identity=st.uuids(version=4),
)
def test_numbers_paths_and_uuids_do_not_change_a_signature(number: int, name: str, identity: object) -> None:
    text = f"Exit code 1\nerror: job {identity} could not open /srv/{name} after {number} tries"
    assert signature(text) == "error: job <uuid> could not open <path> after <n> tries"


@pytest.mark.parametrize(
    "text",
    [
        "String to replace not found in file.\nString: x",
        "cart/a.go:3:14: undefined: total",
        "sh: 1: frob: not found",
        "[lint] $ golangci-lint run\n[lint] ERROR task failed",
        "--- FAIL: TestSum (0.00s)",
        "bash: 7 Segmentation fault ./x",
        "error: unrecognized subcommand 'bun'",
        "ModuleNotFoundError: No module named 'zzz'",
        "npm ERR! code E404",
        " ! [rejected] a -> b (fetch first)",
        "FAILED t/a.py::test_b - x",
        "mkdir: cannot create '/x': Permission denied",
    ],
)
def test_a_signature_is_its_own_signature(text: str) -> None:
    assert signature(signature(text)) == signature(text) != ""


@pytest.mark.parametrize(
    "piece",
    [
        "x",
        "error: ",
        "\n",
        "'",
        "a/",
        "\x1b[",
        "[a] ",
        "1 ",
        "-",
        "<",
        "error at (",
        "a@",
        "\x1b]",
        "> ",
        "[a] $ ",
        "a:1:1: ",
    ],
)
@pytest.mark.timeout(60)  # what is not linear would take hours
def test_hostile_texts_of_megabytes_end(piece: str) -> None:
    text = piece * (2_000_000 // len(piece))
    assert len(signature(text)) <= 160
