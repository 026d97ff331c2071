"""The line of every key of a settings file."""

from __future__ import annotations

import tomllib

from hypothesis import given, settings
from hypothesis import strategies as st

from bot.settings.toml_places import lines_of


def test_keys_tables_and_arrays_of_tables_have_their_lines() -> None:
    text = """\
# a remark with [brackets] and x = 1
gap = "10m"
"quoted key" = 1

[github]   # remark
token = 't' # = x
a.b = 2
[[routes]]
cwd = "x"
[[routes]]
cwd = "y"
[routes.deep]
z = 1
"""
    assert lines_of(text) == {
        ("gap",): 2,
        ("quoted key",): 3,
        ("github",): 5,
        ("github", "token"): 6,
        ("github", "a", "b"): 7,
        ("routes", 0): 8,
        ("routes", 0, "cwd"): 9,
        ("routes", 1): 10,
        ("routes", 1, "cwd"): 11,
        ("routes", 1, "deep"): 12,
        ("routes", 1, "deep", "z"): 13,
    }


def test_what_stands_inside_of_values_is_no_key() -> None:
    text = (
        'a = """\nb = 1\n[c]\n"""\nd = [\n  "]", # ]\n  {e = "}"},\n]\nf = \'\'\'\n" = \'\'\'\ng = "\\"x = [" \nh = 1\n'
    )
    assert lines_of(text) == {("a",): 1, ("d",): 5, ("f",): 9, ("g",): 11, ("h",): 12}


VALUES = st.sampled_from(['"x # [y]"', "'z = 1'", "[1,\n 2]", '"""\nk = 1\n"""', "{a = 1}", "true"])


@settings(max_examples=50, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(["", "\n", "# r\n", "  "]), VALUES), max_size=8))
def test_every_key_that_a_parser_reads_is_placed(parts: list[tuple[str, str]]) -> None:
    text = "".join(f"{before}key{number} = {value}\n" for number, (before, value) in enumerate(parts))
    placed = lines_of(text)
    assert {key for (key,) in placed} == set(tomllib.loads(text))
    lines = text.split("\n")
    assert all(lines[line - 1].strip().startswith(f"{key} =") for (key,), line in placed.items())
