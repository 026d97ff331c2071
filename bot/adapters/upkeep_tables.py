"""The tables of a database as an operator looks after them: at which revision they are, and moving them up or down."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from sqlalchemy import Engine

from bot.adapters import migrations, upkeep_space
from bot.adapters.store import SqlStore
from bot.adapters.store_engine import connect, parse, prepare, writing
from bot.adapters.store_errors import name, told_to_people
from bot.ports import StoreError


class State(NamedTuple):
    """A database that can be reached: what people call it, the revision of its tables, the one wanted, and its bytes.

    `usable` says that this version may start with it: an embedded one with older tables too, because a start upgrades it.
    """

    name: str
    revision: str | None
    wanted: str
    usable: bool
    size: int


class Move(NamedTuple):
    """The revisions that tables were at and are at."""

    before: str | None
    after: str


def open_store(url: str) -> SqlStore:
    """The store as every start opens it: an embedded one is upgraded, a server's only by `frictionbot db upgrade`.

    So no worker of many upgrades under the feet of the others. Raises `StoreError`.
    """
    return SqlStore.open(url, upgrade=parse(url).drivername == "sqlite")


def upgrade(url: str) -> Move:
    """Bring the tables to this version; where two do so at once the second finds it done. Raises `StoreError`."""
    with _engine(url) as engine:
        before = prepare(engine, upgrade=True)
        return Move(before, max(before or "", migrations.HEAD))


def downgrade(url: str, revision: str) -> Move:
    """Take the tables back to an older revision, with the loss of what newer ones added. Raises `StoreError`."""
    with _engine(url) as engine, writing(engine) as connection:
        before = migrations.present(connection)
        called = name(engine.url)
        if before not in migrations.known():
            raise StoreError(
                "database_newer", f"{called} is at {before or 'no revision'}: this version knows no way back"
            )
        if revision not in migrations.known() or revision > (before or ""):
            older = ", ".join(sorted(each for each in migrations.known() if each <= (before or "")))
            raise StoreError("database_revision", f"{called} cannot go back to {revision}: name one of {older}")
        migrations.move(connection, revision)
        return Move(before, revision)


def state(url: str) -> State:
    """How the tables stand; nothing is changed or made. Raises `StoreError` where the database cannot be reached."""
    parsed = parse(url)
    embedded = parsed.drivername == "sqlite"
    if embedded and parsed.database and not Path(parsed.database).exists():
        return State(name(parsed), None, migrations.HEAD, usable=True, size=0)
    with _engine(url) as engine, engine.connect() as connection:
        revision = migrations.present(connection)
        usable = revision == migrations.HEAD or migrations.newer(connection, revision)
        usable = usable or (embedded and (revision is None or revision in migrations.known()))
        return State(name(engine.url), revision, migrations.HEAD, usable, upkeep_space.size(connection))


@contextmanager
def _engine(url: str) -> Iterator[Engine]:
    parsed = parse(url)
    engine = connect(parsed)
    try:
        with told_to_people(parsed):
            yield engine
    finally:
        engine.dispose()
