"""`{name}` in a rule's texts: names from a list, put in once, and nothing else."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from bot.core.model import Problem
from bot.core.placeholders import fill
from bot.core.rule_text import plain, rich

VALUES = {"module": "pandas", "tool": "Bash"}


def filled(text: str, values: dict[str, str] = VALUES) -> str:
    made, problems = fill(text, values, "rule.yml:3")
    assert problems == ()
    return made


def as_markdown(text: str, **values: str) -> str:
    made, problems = rich(text, values, "rule.yml:3")
    assert problems == ()
    return str(made)


def test_a_name_is_replaced_by_its_value() -> None:
    assert filled("{tool} cannot import {module}") == "Bash cannot import pandas"


def test_doubled_braces_are_the_braces_themselves() -> None:
    assert filled("${{HOME}}/{module}") == "${HOME}/pandas"


def test_a_value_is_not_looked_at_again() -> None:
    assert filled("{module}", {"module": "{tool}{{ 7 * 7 }}", "tool": "x"}) == "{tool}{{ 7 * 7 }}"


def test_an_unknown_name_is_a_problem_that_names_the_nearest() -> None:
    assert fill("{modul}", VALUES, "rule.yml:3")[1] == (
        Problem(
            "unknown_placeholder",
            "rule.yml:3",
            "there is no {modul}: did you mean {module}? known here: {module}, {tool}; "
            "for braces in the text write {{ and }}",
        ),
    )


def test_formatting_and_attributes_are_unknown_names() -> None:
    for text in ("{module.__class__}", "{module!r}", "{module:>9}", "{0}", "{}", "{module[0]}"):
        assert [problem.code for problem in fill(text, VALUES, "p")[1]] == ["unknown_placeholder"]


def test_a_lone_brace_is_a_problem_that_says_how_to_write_it() -> None:
    (problem,) = fill("a { b", VALUES, "p")[1]
    assert problem.message == "a lone '{': write '{{' for the brace itself, or {name} for a value"


@settings(max_examples=60)
@given(st.text(max_size=40))
def test_any_text_with_doubled_braces_comes_back_as_it_was(text: str) -> None:
    assert filled(text.replace("{", "{{").replace("}", "}}")) == text


@settings(max_examples=60)
@given(st.text(alphabet="{}ab \n", max_size=30))
def test_no_text_makes_filling_fail(text: str) -> None:
    fill(text, VALUES, "p")


def test_a_title_shows_values_as_they_are() -> None:
    assert plain("No {module}", VALUES, "p")[0] == "No pandas"


def test_a_value_in_a_text_becomes_code() -> None:
    assert as_markdown("Install {module} **once**.", module="pandas") == "Install `pandas` **once**."


def test_a_value_inside_of_code_stays_inside_of_it() -> None:
    assert as_markdown("Run `pip install {module}`.", module="a`b") == "Run ``pip install a`b``."


def test_a_code_block_of_a_rule_stays_a_code_block() -> None:
    assert as_markdown("Run\n\n```sh\npip install {module}\n```", module="x") == "Run\n\n```\npip install x\n```"


def test_a_rule_mentions_nobody_holds_no_html_and_leaves_no_code_open() -> None:
    text = as_markdown("Ask @team <details>\n```\nopen\n<!-- x")
    assert "@team" not in text
    assert "<" not in text
    assert "\n```" not in text
