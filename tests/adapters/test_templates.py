"""Templates from files: the shipped ones, over them an installation's own, and a place for what cannot be read."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from bot.adapters.templates import load_templates
from bot.core.model import Problem
from bot.core.render import Renderer


def test_the_shipped_templates_are_found_under_the_names_that_rules_use() -> None:
    templates = load_templates()
    assert sorted(templates.texts) == ["issue.md.j2"]
    assert templates.places == {"issue.md.j2": "templates/issue.md.j2"}


def test_a_template_of_the_own_folder_takes_the_place_of_the_shipped_one(tmp_path: Path) -> None:
    (tmp_path / "issue.md.j2").write_text("mine\r\n", encoding="utf-8", newline="")
    (tmp_path / "short.md.j2").write_text("{{ title }}", encoding="utf-8-sig")
    (tmp_path / "README.md").write_text("not a template", encoding="utf-8")
    templates = load_templates(tmp_path)
    assert templates.texts == {"issue.md.j2": "mine\n", "short.md.j2": "{{ title }}"}
    assert templates.places["short.md.j2"] == str(tmp_path / "short.md.j2")


def test_a_mistake_in_an_own_template_is_named_with_its_own_path(tmp_path: Path) -> None:
    (tmp_path / "issue.md.j2").write_text("a\n{{ titel }}", encoding="utf-8")
    templates = load_templates(tmp_path)
    (problem,) = Renderer(templates.texts, templates.places).problems()
    assert problem == Problem(
        "template_unknown", f"{tmp_path / 'issue.md.j2'}:2", "there is no name 'titel': did you mean 'title'?"
    )


def test_a_folder_that_is_not_there_is_a_problem_and_the_shipped_ones_stay(tmp_path: Path) -> None:
    templates = load_templates(tmp_path / "none")
    assert list(templates.texts) == ["issue.md.j2"]
    assert templates.problems == (
        Problem(
            "templates_unreadable",
            str(tmp_path / "none"),
            "No such file or directory: name a folder of *.md.j2 files that can be read",
        ),
    )


def test_a_template_that_is_not_text_is_a_problem_and_not_replaced_by_the_shipped_one(tmp_path: Path) -> None:
    (tmp_path / "issue.md.j2").write_bytes(b"fine\n\xff\xfe\n")
    templates = load_templates(tmp_path)
    assert dict(templates.texts) == {}
    assert templates.problems == (
        Problem("template_unreadable", f"{tmp_path / 'issue.md.j2'}:2", "not UTF-8: save the file as UTF-8"),
    )


def test_a_folder_in_place_of_a_template_is_a_problem(tmp_path: Path) -> None:
    (tmp_path / "odd.md.j2").mkdir()
    (problem,) = load_templates(tmp_path).problems
    assert (problem.code, problem.place) == ("template_unreadable", str(tmp_path / "odd.md.j2"))


def test_a_pipe_in_place_of_a_template_is_a_problem_and_never_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "odd.md.j2")
    (problem,) = load_templates(tmp_path).problems
    assert (problem.code, problem.place) == ("template_unreadable", str(tmp_path / "odd.md.j2"))


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_template_that_may_not_be_read_is_a_problem(tmp_path: Path) -> None:
    (tmp_path / "odd.md.j2").touch(mode=0)
    (problem,) = load_templates(tmp_path).problems
    assert problem.message == "Permission denied: let the bot's user read it"


def test_an_enormous_template_is_not_read_whole(tmp_path: Path) -> None:
    (tmp_path / "big.md.j2").write_bytes(b"x" * 300_000)
    (problem,) = load_templates(tmp_path).problems
    assert problem.message == "a template has at most 262,144 bytes: make it shorter"
