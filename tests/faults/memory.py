"""The bot's databases as a schedule needs them: empty ones that are made quickly, lost, and thrown away."""

from __future__ import annotations

import shutil
from itertools import count
from pathlib import Path
from typing import Protocol

import psycopg

from bot.adapters.store import SqlStore

_NUMBERS = count(1)


class Memory(Protocol):
    """One database: its URL, and how it is lost."""

    url: str

    def lose(self) -> None:
        """Be empty again, with its tables."""

    def end(self) -> None:
        """Be there no more."""


class File:
    """A database in an SQLite file, copied from one that has its tables; `template` None for a file that is not there yet."""

    def __init__(self, path: Path, template: Path | None) -> None:
        self.path, self.template = path, template
        self.url = f"sqlite:///{path}"
        self.lose()

    def lose(self) -> None:
        """Be empty again."""
        self.end()
        if self.template:
            shutil.copy(self.template, self.path)

    def end(self) -> None:
        """Be there no more."""
        for path in self.path.parent.glob(f"{self.path.name}*"):
            path.unlink()


class Server:
    """A database on a PostgreSQL server, copied from one that has its tables."""

    def __init__(self, server: str, template: str) -> None:
        self.server, self.template = server, template
        self.name = f"{template}_{next(_NUMBERS)}"
        self.url = server.replace("/postgres?", f"/{self.name}?")
        self.lose()

    def lose(self) -> None:
        """Be empty again."""
        self.end()
        with psycopg.connect(self.server, autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {self.name} TEMPLATE {self.template}")

    def end(self) -> None:
        """Be there no more."""
        drop(self.server, self.name)


def file_with_tables(path: Path) -> Path:
    """An SQLite file with the tables of this version and nothing in them."""
    with SqlStore.open(f"sqlite:///{path}"):
        pass
    return path


def server_with_tables(server: str, name: str) -> str:
    """A database on a server with the tables of this version and nothing in them."""
    drop(server, name)
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
    with SqlStore.open(server.replace("/postgres?", f"/{name}?")):
        pass
    return name


def drop(server: str, name: str) -> None:
    """Throw a database on a server away, whoever is still connected to it."""
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
