"""The world as a JSON file, written whole and put in place at once: a killed process leaves the last complete one."""

from __future__ import annotations

import json
import os
import types
from collections.abc import Mapping
from dataclasses import asdict, fields, is_dataclass
from pathlib import Path
from typing import Any, get_args, get_origin, get_type_hints

from bot.sandbox.records import World

_VERSION = 1


class StateError(ValueError):
    """A state file that cannot be used: its path and why."""


def load(path: Path) -> World:
    """The world that the file holds, an empty one where there is no file; raises `StateError`."""
    if not path.exists():
        return World()
    try:
        data = json.loads(path.read_bytes())
        version = data["version"]
        world: World = _decoded(World, data["world"]) if version == _VERSION else World()
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise StateError(f"{path}: it is no state file of the sandbox: move it away ({error})") from error
    if version != _VERSION:
        raise StateError(f"{path}: its version is {version}, this sandbox reads {_VERSION}: move it away")
    return world


def save(path: Path, world: World) -> None:
    """Write the world, readable by its owner only as it holds tokens; raises `StateError`."""
    text = json.dumps({"version": _VERSION, "world": asdict(world)}, ensure_ascii=False)
    fresh = path.with_name(f".{path.name}.{os.getpid()}.new")
    try:
        with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
            file.write(text.encode("utf-8", "surrogatepass"))
        fresh.replace(path)
    except OSError as error:
        raise StateError(f"{path}: it cannot be written: {error.strerror}") from error


def _decoded(kind: Any, data: Any) -> Any:
    """The value of a type hint (record, dict, tuple, X | None or plain) from what JSON made of it."""
    origin, arguments = get_origin(kind), get_args(kind)
    if isinstance(kind, type) and is_dataclass(kind):
        hints = get_type_hints(kind)
        return kind(
            **{each.name: _decoded(hints[each.name], data[each.name]) for each in fields(kind) if each.name in data}
        )
    if origin is types.UnionType:
        return None if data is None else _decoded(arguments[0], data)
    if origin is tuple:
        return tuple(_decoded(arguments[0], each) for each in data)
    if origin in {dict, Mapping}:
        key, value = arguments
        return {key(name): _decoded(value, each) for name, each in data.items()}
    return data
