"""The fields of a JSON body, read with GitHub's complaints about their form and length."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bot.sandbox.exchange import invalid, malformed, too_long

TITLE, BODY, LABEL = 256, 65_536, 50  # characters


def text(fields: Mapping[str, Any], name: str, *, required: bool = False) -> str | None:
    """A text, None where it is absent or null; raises `Refusal` 422."""
    value = fields.get(name)
    if value is None:
        if required:
            raise malformed(f'"{name}" wasn\'t supplied.')
        return None
    if not isinstance(value, str):
        raise malformed(f"For 'properties/{name}', {value!r} is not a string.")
    return value


def title(fields: Mapping[str, Any], *, required: bool = False) -> str | None:
    """An issue's title; raises `Refusal` 422 where it is missing, blank or too long."""
    value = text(fields, "title", required=required)
    if value is not None and not value.strip():
        raise invalid("Issue", "title", "missing_field")
    if value is not None and len(value) > TITLE:
        raise too_long("Issue", "title", TITLE)
    return value


def body(fields: Mapping[str, Any], resource: str, *, required: bool = False) -> str | None:
    """The text of an issue or comment; raises `Refusal` 422 where it is too long, or required and blank."""
    value = text(fields, "body", required=required)
    if required and not (value or "").strip():
        raise invalid(resource, "data", "unprocessable", "Body cannot be blank")
    if value is not None and len(value) > BODY:
        raise too_long(resource, "body", BODY)
    return value


def names(fields: Mapping[str, Any], name: str) -> tuple[str, ...] | None:
    """A list of names, which may come as objects with a `name`; None where it is absent; raises `Refusal` 422."""
    value = fields.get(name)
    if value is None:
        return None
    listed = value if isinstance(value, list) else [value]
    found = [each.get("name") if isinstance(each, Mapping) else each for each in listed]
    texts = [each for each in found if isinstance(each, str)]
    if len(texts) < len(found):
        raise malformed(f"For 'properties/{name}', {value!r} is not an array of strings.")
    return tuple(dict.fromkeys(texts))


def label_names(fields: Mapping[str, Any], name: str = "labels") -> tuple[str, ...] | None:
    """The names of labels; raises `Refusal` 422 where one is blank or too long."""
    found = names(fields, name)
    for each in found or ():
        label_name(each)
    return found


def label_name(value: str) -> str:
    """The name of a label; raises `Refusal` 422 where it is blank or too long."""
    if not value.strip():
        raise invalid("Label", "name", "missing_field")
    if len(value) > LABEL:
        raise too_long("Label", "name", LABEL)
    return value


def choice(fields: Mapping[str, Any], name: str, allowed: tuple[str, ...]) -> str | None:
    """One of the allowed words, None where it is absent or null; raises `Refusal` 422."""
    value = text(fields, name)
    if value is not None and value not in allowed:
        raise malformed(f"{value!r} is not a member of {list(allowed)!r} in {name!r}.")
    return value
