from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.core.rule_yaml import MAX_BYTES, Loaded, load, resolved


def loaded(text: str) -> Loaded:
    found, problems = load(text, "a.yml")
    assert problems == ()
    assert found is not None
    return found


def refused(text: str) -> list[tuple[str, str, str]]:
    """The problems of a text, without a value."""
    found, problems = load(text, "a.yml")
    assert found is None
    return [tuple(problem) for problem in problems]


def test_mappings_lists_and_texts_keep_their_shape() -> None:
    value = loaded("a: [x, 'y']\nb:\n  c: |\n    one\n    two\n").value
    assert value == {"a": ("x", "y"), "b": {"c": "one\ntwo\n"}}


def test_plain_scalars_stay_text_until_they_are_resolved() -> None:
    value = loaded("[no, yes, on, 12:30:45, 2026-02-15, 3.10, 010, 1_000, 0x1F]").value
    assert value == ("no", "yes", "on", "12:30:45", "2026-02-15", "3.10", "010", "1_000", "0x1F")


def test_resolving_follows_yaml_1_2() -> None:
    value = loaded("[no, 12:30:45, true, false, null, ~, 7, -2, 1.5, '7', \"true\", text]").value
    assert resolved(value) == ("no", "12:30:45", True, False, None, None, 7, -2, 1.5, "7", "true", "text")


def test_every_key_and_value_has_its_place() -> None:
    found = loaded("id: x\nmatch:\n  text:\n    - one\n    - two\n")
    assert found.key_mark(("match",)) == (2, 1)
    assert found.key_mark(("match", "text")) == (3, 3)
    assert found.value_mark(("match", "text", 1)) == (5, 7)


def test_what_is_missing_stands_where_its_surroundings_stand() -> None:
    found = loaded("id: x\nmatch:\n  event: retry\n")
    assert found.value_mark(("match", "text", 0)) == (3, 3)
    assert found.value_mark(("nothing",)) == (1, 1)


def test_a_duplicate_key_is_named_with_both_lines() -> None:
    found, problems = load("fix: one\nwhy: x\nfix: {a: 1, b: [2]}\nwhy: {a: 1}\n", "a.yml")
    assert found is not None
    assert found.value == {"fix": "one", "why": "x"}
    assert [tuple(problem) for problem in problems] == [
        ("rule_key", "a.yml:3:1", "fix stands here a second time (first in line 1): keep one of the two"),
        ("rule_key", "a.yml:4:1", "why stands here a second time (first in line 2): keep one of the two"),
    ]


def test_a_duplicate_section_is_one_problem_and_not_one_for_each_of_its_keys() -> None:
    _, problems = load("match: {a: 1, b: 2}\nmatch: {a: 1, b: 2}\n", "a.yml")
    assert [problem.place for problem in problems] == ["a.yml:2:1"]


@pytest.mark.parametrize("key", ["1", "true", "null", "1.5", "~"])
def test_a_key_that_is_no_text_is_a_problem(key: str) -> None:
    _, problems = load(f"{key}: x\n", "a.yml")
    assert [tuple(problem) for problem in problems] == [
        ("rule_key", "a.yml:1:1", f"the key {key} is not text: put it in quotes")
    ]


@pytest.mark.parametrize(
    ("text", "place", "words"),
    [
        ("a: &x 1", "a.yml:1:4", "the anchor &x is not allowed"),
        ("a: *x", "a.yml:1:4", "the alias *x is not allowed"),
        ("a: !!python/object:os.system x", "a.yml:1:4", "the tag tag:yaml.org,2002:python/object:os.system is not"),
        ("a: !!str 1", "a.yml:1:4", "the tag tag:yaml.org,2002:str is not allowed"),
        ("[" * 30 + "]" * 30, "a.yml:1:21", "nested deeper than 20 levels"),
        ("? [a]\n: b", "a.yml:1:3", "a key must be text"),
        ("---\na: 1\n---\nb: 2\n", "a.yml:3:1", "a second document begins here"),
        ("a: 'x", "a.yml:1:6", "this is no YAML"),
        ("a: b: c", "a.yml:1:5", "this is no YAML"),
        ("a: \x01", "a.yml:1:1", "this is no YAML"),
    ],
)
def test_what_makes_yaml_dangerous_is_refused(text: str, place: str, words: str) -> None:
    [(code, where, said)] = refused(text)
    assert (code, where) == ("rule_yaml", place)
    assert said.startswith(words)


def test_an_alias_bomb_is_refused_at_its_first_anchor() -> None:
    bomb = "a: &a [x, x]\n" + "".join(f"{b}: &{b} [*{a}, *{a}]\n" for a, b in zip("abcdefgh", "bcdefghi", strict=True))
    assert [place for _, place, _ in refused(bomb)] == ["a.yml:1:4"]


def test_twenty_thousand_levels_neither_crash_nor_pass() -> None:
    assert [place for _, place, _ in refused("[" * 20_000)] == ["a.yml:1:21"]


def test_more_than_twenty_thousand_values_are_refused() -> None:
    [(code, _, said)] = refused("[" + "1," * 20_001 + "]")
    assert (code, said) == ("rule_yaml", "the file has more than 20,000 values: split the rule")


def test_an_over_large_file_is_not_even_parsed() -> None:
    [(code, place, said)] = refused("x" * (MAX_BYTES + 1))
    assert (code, place) == ("rule_too_large", "a.yml:1:1")
    assert said.startswith("the file has 262,145 bytes and a rule file at most 262,144")


@pytest.mark.parametrize("text", ["", "\n\n", "# only a remark\n"])
def test_an_empty_file_holds_no_rule(text: str) -> None:
    assert refused(text) == [("rule_empty", "a.yml:1:1", "the file holds no rule: remove it or write one")]


NESTED = st.recursive(
    st.text(st.characters(min_codepoint=32, max_codepoint=0x2FF, blacklist_characters="\x7f\x85"), max_size=12),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text("abc_", min_size=1, max_size=5), inner, max_size=4)
    ),
    max_leaves=12,
)


def tupled(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: tupled(each) for key, each in value.items()}
    return tuple(tupled(each) for each in value) if isinstance(value, list) else value


@settings(max_examples=40)
@given(NESTED)
def test_what_a_yaml_library_writes_is_read_back(value: Any) -> None:
    assert loaded(yaml.safe_dump(value, default_style='"', allow_unicode=True)).value == tupled(value)


@settings(max_examples=60)
@given(st.text(max_size=80) | st.text(st.sampled_from("ab:-?[]{}&*!|>'\"#%@`,\n 1"), max_size=60))
def test_no_text_makes_the_loader_raise(text: str) -> None:
    found, problems = load(text, "a.yml")
    assert found is not None or problems
