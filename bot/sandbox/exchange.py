"""What comes in and what goes out: requests, answers, and refusals in the shape that GitHub gives them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl

Errors = tuple[Mapping[str, Any], ...]

_DOCS = "https://docs.github.com/rest"


@dataclass(frozen=True, slots=True)
class Request:
    """One request as it came: header names in lower case, the path not decoded, `root` as "http://HOST:PORT"."""

    method: str
    path: str
    root: str
    query: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""

    def payload(self) -> Any:
        """The JSON that it brings, {} where it brings nothing; raises `Refusal` 400 where it is none."""
        if not self.body:
            return {}
        try:
            data = json.loads(self.body)
        except (ValueError, RecursionError) as error:
            raise Refusal(400, "Problems parsing JSON") from error
        if b"\\ud" not in self.body.lower():
            return data
        # half of a surrogate pair is no character, and no UTF-8
        return json.loads(json.dumps(data, ensure_ascii=False).encode("utf-8", "replace"))

    def fields(self) -> dict[str, Any]:
        """The JSON object that it brings; raises `Refusal` 400 where it brings something else."""
        data = self.payload()
        if not isinstance(data, dict):
            raise Refusal(400, "Body should be a JSON object")
        return data

    def form(self) -> dict[str, str]:
        """The fields of an HTML form; what is no UTF-8 is replaced."""
        return dict(parse_qsl(self.body.decode("utf-8", "replace"), keep_blank_values=True))


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer: JSON `data`, or the text of a page in `page`; neither for a 204 or 304."""

    status: int
    data: Any = None
    headers: Mapping[str, str] = field(default_factory=dict)
    page: str = ""

    def content(self) -> bytes:
        """The body as it goes over the wire."""
        if self.status in {204, 304}:
            return b""
        return self.page.encode() if self.page else json.dumps(self.data, ensure_ascii=False).encode()


class Refusal(Exception):  # noqa: N818 - it is an answer, not a failure of the server
    """A request that GitHub would not do: its status, message and `errors`."""

    def __init__(
        self, status: int, message: str, errors: Errors = (), headers: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.errors = errors
        self.headers = headers or {}

    def answer(self) -> Answer:
        """The refusal as GitHub words it."""
        data = {"message": self.message, "documentation_url": _DOCS, "status": str(self.status)}
        return Answer(self.status, {**data, "errors": list(self.errors)} if self.errors else data, self.headers)


def not_found() -> Refusal:
    """The refusal of what is not there, or is not shown to the caller."""
    return Refusal(404, "Not Found")


def invalid(resource: str, field_name: str, code: str, message: str = "") -> Refusal:
    """The refusal of a value; `code` is missing_field, invalid, already_exists, unprocessable or custom."""
    error = {"resource": resource, "code": code, "field": field_name}
    return Refusal(422, "Validation Failed", ({**error, "message": message} if message else error,))


def malformed(what: str) -> Refusal:
    """The refusal of a request whose fields have the wrong form."""
    return Refusal(422, f"Invalid request.\n\n{what}")


def too_long(resource: str, name: str, limit: int) -> Refusal:
    """The refusal of a text above GitHub's limit of characters."""
    return invalid(resource, name, "custom", f"{name} is too long (maximum is {limit} characters)")
