"""Settings from everything that may set them, the nearest source first, or every mistake with its place."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, get_args

from pydantic import ValidationError
from pydantic_core import ErrorDetails
from pydantic_settings import InitSettingsSource

from bot.core.model import Problem
from bot.core.rule_problems import suggestion
from bot.settings.layers import FILE_NAME, FILE_VARIABLE, Layer, defaults, environment, from_file, github_variables
from bot.settings.model import TABLES, Settings
from bot.settings.toml_places import KeyPath

_WANTED = {
    "string_type": "a text in double quotes",
    "int_type": "a whole number",
    "int_parsing": "a whole number",
    "int_from_float": "a whole number",
    "tuple_type": "a list: [one, two]",
    "dict_type": 'a table: {name = "value"}',
    "mapping_type": 'a table: {name = "value"}',
    "model_type": 'a table: {name = "value"}',
    "model_attributes_type": 'a table: {name = "value"}',
    "path_type": "a path in double quotes",
}


def load_settings(
    command_line: Layer, environ: Mapping[str, str], folder: Path, config: str | None = None
) -> tuple[Settings | None, tuple[Problem, ...]]:
    """The settings, or None and every problem.

    In order: the command line, `FRICTIONBOT_…`, the settings file (`config`, else `FRICTIONBOT_CONFIG`, else
    `frictionbot.toml` in `folder`), `GITHUB_…`, the defaults. No message repeats a secret.
    """
    variables, problems = environment(environ)
    file, wrong = _file(config or environ.get(FILE_VARIABLE, ""), folder)
    if wrong:
        return None, (*problems, *wrong)
    layers = (command_line, variables, file, github_variables(environ), defaults(environ))
    sources = tuple(InitSettingsSource(Settings, dict(layer.values)) for layer in layers)
    try:
        settings = Settings(_build_sources=(sources, {}))
    except ValidationError as error:
        return None, tuple(sorted((*problems, *_problems(error, layers)), key=_by_place))
    return (None, problems) if problems else (settings, ())


def _file(named: str, folder: Path) -> tuple[Layer, tuple[Problem, ...]]:
    if named:
        return from_file(Path(named))
    path = folder / FILE_NAME
    return from_file(path) if path.exists() else (Layer(), ())


def _problems(error: ValidationError, layers: Sequence[Layer]) -> Iterator[Problem]:
    for details in error.errors(include_url=False, include_input=False):
        path = tuple(part for part in details["loc"] if part != "[key]")
        yield _problem(details, path, _place(path, layers))


def _place(path: KeyPath, layers: Sequence[Layer]) -> str:
    """Where the value of a path was written; of what is missing, where the table stands that lacks it."""
    for length in range(len(path), 0, -1):
        for layer in layers:
            if place := layer.place(path[:length]):
                return place
    return "settings"


def _by_place(problem: Problem) -> tuple[str, int, str]:
    file, _, line = problem.place.rpartition(":")
    return (file, int(line), problem.message) if line.isdecimal() else (problem.place, 0, problem.message)


def _problem(details: ErrorDetails, path: KeyPath, place: str) -> Problem:
    names = tuple(part for part in path if isinstance(part, str))
    shown = ".".join(str(part + 1) if isinstance(part, int) else part for part in path)
    kind = details["type"]
    if kind == "extra_forbidden":
        return Problem("settings_unknown", place, f"{shown}: there is no such setting: {_near(names)}")
    if kind == "missing":
        return Problem("settings_missing", place, f"{shown} is missing: {_description(names)}")
    wish = _wish(details, names)
    return Problem("settings_value", place, wish if place.startswith("--") else f"{shown}: {wish}")


def _wish(details: ErrorDetails, names: tuple[str, ...]) -> str:
    kind, context = details["type"], details.get("ctx", {})
    if kind == "value_error":
        return str(context["error"])
    if kind in _WANTED:
        return f"write {_WANTED[kind]}"
    if kind == "literal_error":
        return f"write one of {', '.join(get_args(_field(names).annotation))}"
    if kind == "string_pattern_mismatch":
        return "write OWNER/NAME, such as acme/agents"
    if kind in {"string_too_short", "too_short"}:
        return "this is empty: write it, or leave the line out"
    return details["msg"].replace("Input should be", "write a number")


def _near(names: tuple[str, ...]) -> str:
    known = TABLES[names[:-1]].model_fields if names[:-1] in TABLES else {}
    near = suggestion(names[-1], known).strip()
    return near or f"known here: {', '.join(sorted(known))}"


def _description(names: tuple[str, ...]) -> str:
    return _field(names).description or ""


def _field(names: tuple[str, ...]) -> Any:
    return TABLES[names[:-1]].model_fields[names[-1]]
