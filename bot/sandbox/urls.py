"""The addresses that answers are full of."""

from __future__ import annotations

import base64
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Urls:
    """`api` is the root that the caller used (with /api/v3 or without), `html` is the root of the pages."""

    api: str
    html: str

    def repository(self, name: str) -> str:
        """Where a repository is in the API."""
        return f"{self.api}/repos/{name}"

    def user(self, login: str) -> str:
        """Where an account is in the API."""
        return f"{self.api}/users/{login}"


def node_id(kind: str, number: int | str) -> str:
    """An opaque id like GraphQL's."""
    return base64.b64encode(f"{kind}:{number}".encode()).decode()
