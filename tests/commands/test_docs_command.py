"""`frictionbot docs`: generated files are written where they are out of date, and compared."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from bot.commands.command_help import BEGIN, END
from tests.shells import typed

ROOT = Path(__file__).parent.parent.parent


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    shutil.copytree(ROOT / "rules", tmp_path / "rules")
    shutil.copytree(ROOT / "templates", tmp_path / "templates")
    (tmp_path / "README.md").write_text(f"# frictionbot\n\n{BEGIN}\nold\n{END}\n\nLast words.\n")
    (tmp_path / "templates" / "README.md").unlink(missing_ok=True)
    return tmp_path


def test_what_was_written_is_up_to_date_and_not_written_again(checkout: Path) -> None:
    before = typed("docs", "check", "--root", str(checkout))
    first, second = (typed("docs", "write", "--root", str(checkout)) for _ in range(2))
    after = typed("docs", "check", "--root", str(checkout))
    assert (before.code, before.err) == (1, "out of date: run `make docs` and commit what it writes\n")
    assert f"{checkout}/templates/README.md\n" in first.out
    assert (first.code, second.code, second.out) == (0, 0, "")
    assert (after.code, after.out, after.err) == (0, "", "")


def test_the_page_keeps_what_stands_around_the_commands(checkout: Path) -> None:
    typed("docs", "write", "--root", str(checkout))
    page = (checkout / "README.md").read_text()
    assert page.startswith("# frictionbot\n")
    assert page.endswith("\n\nLast words.\n")
    assert "### frictionbot run\n" in page
    assert "### frictionbot sessions show\n" in page
    assert "| `gap` | `FRICTIONBOT_GAP` | `10m` | A longer pause is not active time. |\n" in page
    assert "old" not in page.split(BEGIN)[1].split("\n")[:3]


def test_a_page_without_markers_is_a_problem_that_names_them(checkout: Path) -> None:
    (checkout / "README.md").write_text("# frictionbot\n")
    said = typed("docs", "write", "--root", str(checkout))
    assert said.code == 1
    assert BEGIN in said.err


def test_a_broken_rule_stops_the_writing(checkout: Path) -> None:
    (checkout / "rules" / "broken.yml").write_text("id: broken\n")
    said = typed("docs", "write", "--root", str(checkout))
    assert (said.code, said.out) == (1, "")
    assert "broken.yml:" in said.err
