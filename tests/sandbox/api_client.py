"""A plain HTTP client for the tests of the sandbox, and the models of GitHub's API that its answers must fit."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import TracebackType
from typing import Any, NamedTuple, Self

import requests
from pydantic import TypeAdapter

REPOSITORY = "acme/widgets"


class Reply(NamedTuple):
    status: int
    data: Any
    headers: Mapping[str, str]

    @property
    def links(self) -> list[str]:
        """The names of the pages that the Link header leads to, in its order."""
        return [part.split('rel="')[1].rstrip('"') for part in self.headers.get("Link", "").split(", ") if part]


@dataclass
class Api:
    """One caller with one connection that is kept open, as PyGithub keeps its own."""

    root: str
    token: str = ""

    def __enter__(self) -> Self:
        self.session = requests.Session()
        self.session.trust_env = False
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.session.close()

    def call(self, method: str, path: str, json: Any = None, **headers: str) -> Reply:
        names = {name.replace("_", "-"): value for name, value in headers.items()}
        if self.token:
            names.setdefault("Authorization", f"Bearer {self.token}")
        url = path if path.startswith("http") else self.root + path
        answer = self.session.request(method, url, json=json, headers=names, timeout=10, allow_redirects=False)
        kind = answer.headers.get("Content-Type", "")
        return Reply(
            answer.status_code, answer.json() if answer.content and "json" in kind else answer.text, answer.headers
        )

    def get(self, path: str, **headers: str) -> Reply:
        return self.call("GET", path, **headers)

    def post(self, path: str, json: Any = None) -> Reply:
        return self.call("POST", path, {} if json is None else json)

    def open(self, title: str = "Cannot import pandas", repository: str = REPOSITORY, **fields: Any) -> Any:
        """A new issue, as the answer shows it."""
        reply = self.post(f"/repos/{repository}/issues", {"title": title, **fields})
        assert reply.status == 201, reply.data
        return reply.data


def fits(model: Any, reply: Reply, status: int = 200) -> Any:
    """The data of a reply, once it has the status and is valid for the model or type."""
    assert reply.status == status, reply.data
    TypeAdapter(model).validate_python(reply.data)
    return reply.data
