"""The revisions of the store's tables, and the one way to apply them; there is no alembic.ini."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import Column, Connection, MetaData, Table, Text, inspect, select

from bot.adapters.upkeep_schema import COMPATIBLE

HEAD = "0005"

_VERSION = Table("alembic_version", MetaData(), Column("version_num", Text))


def configuration() -> Config:
    """Alembic's configuration, made in code: where the revisions lie."""
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    return config


def present(connection: Connection) -> str | None:
    """The revision that a database is at; None where it has none."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    return connection.execute(select(_VERSION.c.version_num)).scalar()


def known() -> frozenset[str]:
    """Every revision that this version of the program can move on from."""
    return frozenset(script.revision for script in ScriptDirectory.from_config(configuration()).walk_revisions())


def newer(connection: Connection, revision: str | None) -> bool:
    """Whether tables are of a newer version that only added to what this version knows, so that both may work with them."""
    if revision is None or revision <= HEAD or not inspect(connection).has_table(COMPATIBLE.name):
        return False
    since = connection.scalars(select(COMPATIBLE.c.since)).first()
    return since is not None and since <= HEAD  # revisions are numbered


def move(connection: Connection, revision: str = "head") -> None:
    """Bring the tables up or down to a revision within the connection's own transaction; "base" takes them all away."""
    config = configuration()
    config.attributes["connection"] = connection
    down = revision == "base" or revision < (present(connection) or "")  # revisions are numbered; "head" is after all
    (command.downgrade if down else command.upgrade)(config, revision)
