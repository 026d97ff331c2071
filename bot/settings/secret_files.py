"""Secrets that stand in files of their own, as containers and service managers hand them over.

`FRICTIONBOT_GITHUB_TOKEN_FILE` names the file that holds what `FRICTIONBOT_GITHUB_TOKEN` would say, and so for every
secret. No problem repeats what a file holds.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import get_args
from urllib.parse import quote, urlsplit

from pydantic import BaseModel, SecretStr

from bot.core.model import Problem

SUFFIX = "_FILE"
_LARGEST = 65_536  # bytes: the largest secret there is, an RSA key, has 4,000
_DATABASE = ("database",)  # its address holds a password, so it counts as a secret


def secret_variables(
    variables: Mapping[str, tuple[str, ...]], tables: Mapping[tuple[str, ...], type[BaseModel]]
) -> Mapping[str, str]:
    """`FRICTIONBOT_…_FILE` for the variable of every secret; not where a setting has that name (`private_key_file`)."""
    secret = (name for name, path in variables.items() if path == _DATABASE or _is_secret(tables, path))
    return {name + SUFFIX: name for name in secret if name + SUFFIX not in variables}


def _is_secret(tables: Mapping[tuple[str, ...], type[BaseModel]], path: tuple[str, ...]) -> bool:
    annotation = tables[path[:-1]].model_fields[path[-1]].annotation
    return SecretStr in (annotation, *get_args(annotation)) or SecretStr in _inside(annotation)


def _inside(annotation: object) -> tuple[object, ...]:
    """What stands inside of `Annotated` in a union."""
    return tuple(deep for part in get_args(annotation) for deep in get_args(part))


def read_secret(variable: str, file: str) -> tuple[str, tuple[Problem, ...]]:
    """The text of the file that a variable names, without the newline at its end; empty where there is a problem."""
    path = Path(file).expanduser()
    try:
        with path.open("rb") as opened:
            raw = opened.read(_LARGEST + 1)
    except OSError as error:
        return "", (_problem(variable, f"{path}: {error.strerror}: name a file that can be read"),)
    if len(raw) > _LARGEST:
        return "", (_problem(variable, f"{path} is larger than 64 KiB: name a file that holds the secret alone"),)
    try:
        text = raw.decode("utf-8-sig").rstrip("\r\n")
    except UnicodeDecodeError:
        return "", (_problem(variable, f"{path} is not UTF-8: save it as UTF-8"),)
    if not text.strip():
        return "", (_problem(variable, f"{path} is empty: write the secret into it, or leave the variable out"),)
    return text, ()


def with_password(url: str, password: str) -> str | None:
    """The URL of a PostgreSQL database with a password; None where it names no user, or has a password already."""
    parts = urlsplit(url)
    user, at, host = parts.netloc.rpartition("@")
    if not at or not user or ":" in user or not parts.scheme.startswith("postgres"):
        return None
    return url.replace(f"//{parts.netloc}", f"//{user}:{quote(password, safe='')}@{host}", 1)


def _problem(variable: str, message: str) -> Problem:
    return Problem("settings_secret", variable, message)
