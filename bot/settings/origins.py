"""Where each setting that was set comes from, and which texts of the settings nobody may see."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from pydantic import BaseModel, SecretStr

from bot.settings.layers import FILE_NAME, FILE_VARIABLE, Layer, environment, from_file, github_variables
from bot.settings.model import TABLES, Settings
from bot.settings.toml_places import KeyPath

_HIDDEN = frozenset({"database"})  # may hold a password, and is no `SecretStr`


def origins(
    command_line: Layer, environ: Mapping[str, str], folder: Path, config: str | None = None
) -> tuple[str, ...]:
    """`NAME = VALUE (PLACE)` of every setting that something sets, in order of name; a secret is only said to be set."""
    named = config or environ.get(FILE_VARIABLE, "")
    path = Path(named) if named else folder / FILE_NAME
    file = from_file(path)[0] if named or path.exists() else Layer()
    found: dict[KeyPath, str] = {}
    for layer in (command_line, environment(environ)[0], file, github_variables(environ)):
        for key, value in _leaves((), layer.values):
            shown = "set" if _secret(key) else _short(value)
            found.setdefault(key, f"{'.'.join(map(str, key))} = {shown} ({layer.place(key) or layer.place(key[:1])})")
    return tuple(found[key] for key in sorted(found))


def secrets_of(settings: Settings) -> frozenset[str]:
    """Every text of the settings that nobody may see: secrets, and the passwords in addresses."""
    found = {secret.get_secret_value() for secret in _secrets(settings)} | {settings.database}
    addresses = {text for text in found if "://" in text}
    return frozenset().union(found - addresses, *map(_passwords, addresses))


def _leaves(path: tuple[str, ...], value: Any) -> Iterator[tuple[tuple[str, ...], Any]]:
    if isinstance(value, Mapping) and (not path or path in TABLES):
        for name, each in value.items():
            yield from _leaves((*path, str(name)), each)
    else:
        yield path, value


def _secret(path: tuple[str, ...]) -> bool:
    """Whether a setting may hold a secret: by its type, and what is unknown too."""
    table = TABLES.get(path[:-1])
    field = table.model_fields.get(path[-1]) if table else None
    return field is None or path[-1] in _HIDDEN or "SecretStr" in str(field.annotation) + str(field.metadata)


def _short(value: Any) -> str:
    text = str(value) if not isinstance(value, list | tuple | Mapping) else f"{len(value)} given"
    return text if len(text) <= 80 else f"{text[:79]}…"


def _secrets(model: BaseModel) -> Iterator[SecretStr]:
    for name in type(model).model_fields:
        value = getattr(model, name)
        if isinstance(value, SecretStr):
            yield value
        elif isinstance(value, BaseModel):
            yield from _secrets(value)


def _passwords(address: str) -> frozenset[str]:
    """The password of an address, as it is written there and as it reads."""
    try:
        password = urlsplit(address).password or ""
    except ValueError:
        return frozenset()
    return frozenset({password, unquote(password)} - {""})
