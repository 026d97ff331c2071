"""What a call is about, and when two calls are the same."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.core.command import normal_command, program, same, thing


@pytest.mark.parametrize(
    ("command", "expected"),
    [
        ("git push origin main", "git push"),
        ("go test ./...", "go test"),
        ("npm run build -- --watch", "npm run build"),
        ("npm --prefix web run build", "npm run build"),
        ("pytest -q tests", "pytest"),
        ("python -m pytest -q", "pytest"),
        ("python3.12 -m pip install x", "pip install"),
        ("uv run pytest -x", "pytest"),
        ("npx eslint .", "eslint"),
        ("node scripts/build.js", "node build.js"),
        ("./scripts/deploy.sh --now", "deploy.sh"),
        ("mise run test:integration 2>&1", "mise run test:integration"),
        ("gh pr view 12", "gh pr view"),
        ("git -C /srv/shop --no-pager log", "git log"),
        ("cd /srv/shop && git push", "git push"),
        ("A=1 B='two words' make all", "make all"),
        ("sudo -u ann timeout 5s nohup go test", "go test"),
        ("time cargo build", "cargo build"),
        ("bash -lc 'cd web; npm run build'", "npm run build"),
        ('/usr/bin/env bash -c "make check"', "make check"),
        ("go test ./... 2>&1 | tail -5", "go test"),
        ("cat a.json | jq .x", "jq"),
        ("mkdir -p b && cd b && cmake .. && make -j4", "make"),
        ("go build -o app . ; ls -la app", "go build"),
        ("pytest || true", "pytest"),
        ('git add -A && git commit -m "a && b; c"', "git commit"),
        ("# first the tests, don't ask\ngo vet ./...", "go vet"),
        ("for f in *.c; do gcc -c $f; done", "gcc"),
        ("REV=$(git rev-parse HEAD)", "git rev-parse"),
        ("make \\\n  -j4 \\\n  all", "make all"),
        ("cat <<'EOF' > x\nrm -rf /\nEOF", "cat"),
        ("> out.txt make", "make"),
        ("cd /srv", "cd"),
        (["bash", "-lc", "git push"], "git push"),
        (["git", "status"], "git status"),
        ("", ""),
        ("   ", ""),
        ("A=1", ""),
        (None, ""),
        (7, ""),
    ],
)
def test_a_program_is_what_a_command_line_really_runs(command: object, expected: str) -> None:
    assert program(command) == expected


@pytest.mark.parametrize(
    ("tool", "value", "expected"),
    [
        ("Bash", {"command": "cd web && npm run build", "description": "Build"}, "npm run build"),
        ("shell", {"command": ["bash", "-lc", "git push"]}, "git push"),
        ("Read", {"file_path": "/srv/shop/a.py", "limit": 3}, "/srv/shop/a.py"),
        ("Edit", {"file_path": "/srv/shop/a.py"}, "/srv/shop/a.py"),
        ("Grep", {"pattern": "TODO", "path": "src"}, "TODO"),
        ("Glob", {"path": "src"}, "src"),
        ("WebFetch", {"url": "https://example.org", "prompt": "?"}, "https://example.org"),
        ("TodoWrite", {"todos": []}, "TodoWrite"),
        ("Bash", {}, "Bash"),
        ("Read", {"file_path": 7}, "Read"),
        ("Read", None, "Read"),
        ('Task" >\n<parameter name="x', {}, 'Task" > <parameter name="x'),
    ],
)
def test_a_thing_is_what_a_call_is_about(tool: str, value: object, expected: str) -> None:
    assert thing(tool, value) == expected


def test_white_space_and_redirections_do_not_make_another_command() -> None:
    assert normal_command("  go   test\n\t./... 2>&1 ; ") == "go test ./..."


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ({"command": "go test  ./..."}, {"command": " go test ./...\n", "description": "again"}),
        ({"command": "go test"}, {"command": ["go", "test"]}),
    ],
)
def test_the_same_command_is_the_same_call(first: object, second: object) -> None:
    assert same("Bash", first) == same("Bash", second)


def test_the_same_input_is_the_same_call_in_any_order() -> None:
    first = same("Grep", {"pattern": "a  b", "path": "src"})
    assert first == same("Grep", {"path": "src", "pattern": "a\n b"})
    assert first != same("Grep", {"path": "lib", "pattern": "a b"})
    assert first != same("Glob", {"path": "src", "pattern": "a b"})


def test_a_call_keeps_its_hash_in_every_process_and_release() -> None:
    assert same("Bash", {"command": "go test ./..."}) == "537cd78f8057"
    assert same("Read", {"file_path": "/srv/a.py"}) == "37bb9231f7f6"


def test_long_commands_differ_by_their_ends() -> None:
    head = "cat <<EOF\n" + "line\n" * 4000
    assert same("Bash", {"command": head + "a"}) != same("Bash", {"command": head + "b"})


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters(), max_size=30),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=9) | st.just("command"), inner, max_size=4)
    ),
    max_leaves=12,
)
TOOLS = st.sampled_from(["Bash", "Read", "Edit", "Grep", "WebFetch", "shell", ""]) | st.text(max_size=9)


@settings(max_examples=150, deadline=None)
@given(tool=TOOLS | JSON, value=JSON)
def test_nothing_makes_these_functions_raise(tool: object, value: object) -> None:
    assert len(thing(tool, value)) <= 200
    assert len(program(value).splitlines()) <= 1
    assert re.fullmatch("[0-9a-f]{12}", same(tool, value))
    assert "\n" not in normal_command(value)


@pytest.mark.parametrize("character", ["'", '"', "\\", "a ", "&&", "sudo ", "$(", "\n", "a=1 ", "#", "bash -c '"])
@pytest.mark.timeout(60)  # what is not linear would take hours
def test_hostile_commands_of_megabytes_end(character: str) -> None:
    call = {"command": character * (2_000_000 // len(character))}
    thing("Bash", call)
    assert re.fullmatch("[0-9a-f]{12}", same("Bash", call))


def test_a_value_too_deep_for_json_still_has_a_hash() -> None:
    deep: list[object] = []
    for _ in range(100_000):
        deep = [deep]
    assert re.fullmatch("[0-9a-f]{12}", same("X", deep))
