"""The revisions of the tables: they make what the store expects, up and down, on both databases."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from threading import Thread

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, inspect

from bot.adapters import migrations
from bot.adapters.store import SqlStore
from bot.adapters.store_engine import connect, parse, writing
from bot.adapters.store_schema import METADATA


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path}/m.db" if request.param == "sqlite" else str(request.getfixturevalue("postgres_url"))


@pytest.fixture
def engine(url: str) -> Iterator[Engine]:
    opened = connect(parse(url))
    yield opened
    opened.dispose()


def test_the_head_is_the_last_revision_there_is() -> None:
    assert ScriptDirectory.from_config(migrations.configuration()).get_current_head() == migrations.HEAD
    assert migrations.HEAD in migrations.known()


def test_migrated_tables_are_those_that_the_store_expects(url: str, engine: Engine) -> None:
    SqlStore.open(url).close()
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, METADATA) == []
        assert migrations.present(connection) == migrations.HEAD


def test_down_to_the_base_and_up_again_works_with_data(url: str, engine: Engine) -> None:
    with SqlStore.open(url) as store:
        store.remember_issue("o/r", "f", 1, datetime(2026, 2, 3, tzinfo=UTC))
    with writing(engine) as connection:
        migrations.move(connection, "base")
    with engine.connect() as connection:
        assert set(inspect(connection).get_table_names()) == {"alembic_version"}
    with SqlStore.open(url) as store:
        assert store.issues("o/r") == {}


def test_many_may_open_a_new_database_at_once(url: str) -> None:
    opened: list[SqlStore] = []
    threads = [Thread(target=lambda: opened.append(SqlStore.open(url))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for store in opened:
        store.close()
    assert len(opened) == 4
