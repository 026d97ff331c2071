"""Where settings come from, one layer a source: the command line, the environment, the file, GitHub's variables."""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

import orjson

from bot.core.model import Problem
from bot.core.rule_problems import suggestion
from bot.settings.model import TABLES
from bot.settings.secret_files import read_secret, secret_variables, with_password
from bot.settings.toml_places import KeyPath, lines_of

PREFIX = "FRICTIONBOT_"
FILE_NAME = "frictionbot.toml"
FILE_VARIABLE = "FRICTIONBOT_CONFIG"
_LARGEST = 1_048_576  # bytes of a settings file
_AT = re.compile(r" \(at (?:line (\d+), column (\d+)|end of document)\)$")

# What GitHub Actions and `gh` users have set anyway: it stands in for what was not said on purpose, and no more.
GITHUB_VARIABLES: Mapping[str, tuple[str, ...]] = {
    "GITHUB_TOKEN": ("github", "token"),
    "GITHUB_API_URL": ("github", "api_url"),
    "GITHUB_REPOSITORY": ("repository",),
}

_EACH = "*"
_PATHS = (
    ("rules", _EACH),
    ("templates",),
    ("clone",),
    ("sources", _EACH, "path"),
    ("routes", _EACH, "source"),
    ("github", "private_key_file"),
)


@dataclass(frozen=True, slots=True)
class Layer:
    """Values of one source by key, and the place of each key path."""

    values: Mapping[str, Any] = field(default_factory=dict)
    places: Mapping[KeyPath, str] = field(default_factory=dict)

    def place(self, path: KeyPath) -> str:
        """The place of a key path, "" where this layer says nothing about it."""
        return self.places.get(path, "")


def _variables() -> Mapping[str, tuple[str, ...]]:
    """`FRICTIONBOT_…` for every setting outside of lists, such as `FRICTIONBOT_GITHUB_TOKEN` for `github.token`."""
    found: dict[str, tuple[str, ...]] = {}
    for table, model in TABLES.items():
        if table in {("sources",), ("routes",)}:
            continue
        for name in model.model_fields:
            if (*table, name) not in TABLES or name in {"sources", "routes"}:
                found[PREFIX + "_".join((*table, name)).upper()] = (*table, name)
    return found


VARIABLES: Mapping[str, tuple[str, ...]] = _variables()
SECRET_FILES: Mapping[str, str] = secret_variables(VARIABLES, TABLES)  # FRICTIONBOT_…_FILE → FRICTIONBOT_…
PASSWORD_FILE = "FRICTIONBOT_DATABASE_PASSWORD_FILE"  # noqa: S105 - the name of a variable
_DATABASE = "FRICTIONBOT_DATABASE"


def _paths(text: str) -> list[str]:
    return [part for part in text.split(os.pathsep) if part]


def _sources(text: str) -> list[dict[str, str]]:
    return [{"path": part} for part in _paths(text)]


def _words(text: str) -> list[str]:
    return [word.strip() for word in text.split(",") if word.strip()]


# How a variable that holds more than one text is written: paths as in PATH, words with commas, the others as JSON.
_WRITTEN: Mapping[tuple[str, ...], Callable[[str], Any]] = {
    ("sources",): _sources,
    ("rules",): _paths,
    ("people", "nobody"): _words,
    ("people", "aliases"): orjson.loads,
    ("routes",): orjson.loads,
}


def environment(environ: Mapping[str, str]) -> tuple[Layer, tuple[Problem, ...]]:
    """The layer of the `FRICTIONBOT_…` variables; an empty one is not set, an unknown one is a problem.

    `FRICTIONBOT_…_FILE` names the file of a secret; with a database's password alone, `FRICTIONBOT_DATABASE_PASSWORD_FILE`.
    """
    values: dict[str, Any] = {}
    places: dict[KeyPath, str] = {}
    texts, problems = _said(environ)
    for name, (place, text) in texts.items():
        path = VARIABLES[name]
        try:
            _put(values, path, _WRITTEN.get(path, str)(text))
        except orjson.JSONDecodeError as error:
            problems.append(Problem("settings_value", place, f"write it as JSON ({error.msg})"))
        places |= dict.fromkeys((path, path[:1]), place)
    return Layer(values, places), tuple(problems)


def _said(environ: Mapping[str, str]) -> tuple[dict[str, tuple[str, str]], list[Problem]]:
    """What each variable of a setting says, (the variable that said it, the text), also where that stands in a file."""
    said: dict[str, tuple[str, str]] = {}
    problems: list[Problem] = []
    for name in sorted(environ):
        text = environ[name]
        if not name.startswith(PREFIX) or name in {FILE_VARIABLE, PASSWORD_FILE} or not text:
            continue
        if name in VARIABLES:
            said[name] = (name, text)
        elif name not in SECRET_FILES:
            problems.append(_unknown(name))
        elif environ.get(SECRET_FILES[name]):
            problems.append(Problem("settings_secret", name, f"{SECRET_FILES[name]} is set too: keep one of them"))
        else:
            text, wrong = read_secret(name, text)
            problems += wrong
            if text:
                said[SECRET_FILES[name]] = (name, text)
    problems += _password(environ.get(PASSWORD_FILE, ""), said)
    return said, problems


def _unknown(name: str) -> Problem:
    near = suggestion(name, (*VARIABLES, *SECRET_FILES, PASSWORD_FILE)) or f"known: {', '.join(sorted(VARIABLES))}"
    return Problem("settings_unknown", name, f"there is no such setting: {near.strip()}")


def _password(file: str, said: dict[str, tuple[str, str]]) -> tuple[Problem, ...]:
    """Put the password of a file into the database's address, as the image of PostgreSQL takes it from a file."""
    if not file:
        return ()
    password, problems = read_secret(PASSWORD_FILE, file)
    place, url = said.get(_DATABASE, (_DATABASE, ""))
    whole = with_password(url, password)
    if whole is None:
        message = f"{_DATABASE} has to say postgresql://USER@HOST/DATABASE, without a password, for this to be put in"
        return (*problems, Problem("settings_secret", PASSWORD_FILE, message))
    said[_DATABASE] = (place, whole)
    return problems


def github_variables(environ: Mapping[str, str]) -> Layer:
    """The layer of the variables that GitHub names; it comes after the file."""
    values: dict[str, Any] = {}
    places: dict[KeyPath, str] = {}
    for name, path in GITHUB_VARIABLES.items():
        if environ.get(name):
            _put(values, path, environ[name])
            places |= dict.fromkeys((path, path[:1]), name)
    return Layer(values, places)


def defaults(environ: Mapping[str, str]) -> Layer:
    """The layer of what depends on the machine: the database below `XDG_STATE_HOME`, usually `~/.local/state`."""
    state = Path(environ.get("XDG_STATE_HOME") or Path(environ.get("HOME") or Path.home(), ".local", "state"))
    return Layer({"database": f"sqlite:///{state / 'frictionbot' / 'frictionbot.db'}"})


def from_file(path: Path) -> tuple[Layer, tuple[Problem, ...]]:
    """The layer of a settings file; relative paths in it count from its folder."""
    try:
        with path.open("rb") as opened:
            raw = opened.read(_LARGEST + 1)
    except OSError as error:
        return Layer(), (
            Problem("settings_file", str(path), f"{error.strerror}: name a settings file that can be read"),
        )
    if len(raw) > _LARGEST:
        return Layer(), (Problem("settings_file", str(path), "this is larger than 1 MiB: name a settings file"),)
    try:
        text = raw.decode("utf-8-sig").replace("\r\n", "\n")
        values = tomllib.loads(text)
    except UnicodeDecodeError as error:
        line = raw[: error.start].count(b"\n") + 1
        return Layer(), (Problem("settings_file", f"{path}:{line}", "this is not UTF-8: save the file as UTF-8"),)
    except tomllib.TOMLDecodeError as error:
        return Layer(), (_syntax(path, text, str(error)),)
    places = {key: f"{path}:{line}" for key, line in lines_of(text).items()}
    return Layer(_rooted(values, path.parent), places), ()


def _syntax(path: Path, text: str, said: str) -> Problem:
    at = _AT.search(said)
    line = (at[1] if at and at[1] else None) or str(text.count("\n") + 1)
    column = f":{at[2]}" if at and at[2] else ""
    message = f"this is no TOML: {said[: at.start()] if at else said}; texts stand in double quotes"
    return Problem("settings_syntax", f"{path}:{line}{column}", message)


def _rooted(values: dict[str, Any], folder: Path) -> dict[str, Any]:
    """The values of a file with their relative paths taken from its folder; wrong types stay for the models."""

    def path(text: str) -> str:
        return text if text.startswith(("~", "/", "*")) or not text else str(folder / text)

    def database(url: str) -> str:
        scheme, found, rest = url.partition("sqlite:///")
        return found + path(rest) if found and not scheme and rest not in {"", ":memory:"} else url

    for place in _PATHS:
        values = _changed(values, place, path)
    return cast("dict[str, Any]", _changed(values, ("database",), database))


def _changed(value: Any, path: tuple[str, ...], change: Callable[[str], str]) -> Any:
    """A value with the texts at a path changed, where there are any; `_EACH` stands for every item of a list."""
    if not path:
        return change(value) if isinstance(value, str) else value
    if path[0] == _EACH:
        return [_changed(item, path[1:], change) for item in value] if isinstance(value, list) else value
    if isinstance(value, dict) and path[0] in value:
        return {**value, path[0]: _changed(value[path[0]], path[1:], change)}
    return value


def _put(values: dict[str, Any], path: tuple[str, ...], value: Any) -> None:
    for name in path[:-1]:
        values = values.setdefault(name, {})
    values[path[-1]] = value
