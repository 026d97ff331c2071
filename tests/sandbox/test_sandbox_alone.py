"""The sandbox is an application of its own: it takes nothing from the bot, and nothing from any package."""

from __future__ import annotations

import ast
import sys
from pathlib import Path

import bot.sandbox

FILES = sorted(Path(bot.sandbox.__file__).parent.glob("*.py"))


def imported(file: Path) -> set[str]:
    found: set[str] = set()
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        if isinstance(node, ast.ImportFrom):
            found.add(node.module or "")
    return found


def test_the_sandbox_imports_itself_and_the_standard_library_only() -> None:
    names = {name for file in FILES for name in imported(file) if name != "bot.sandbox"}
    others = {name for name in names if not name.startswith("bot.sandbox.")}
    assert {name for name in others if name.partition(".")[0] not in sys.stdlib_module_names} == set()
