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
from sqlalchemy import Engine, inspect, text

from bot.adapters import migrations
from bot.adapters.store import SqlStore
from bot.adapters.store_engine import connect, parse, writing
from bot.adapters.store_schema import METADATA
from bot.adapters.store_sql import is_sqlite
from bot.core.model import Signal
from tests.adapters.test_store_filing import fill

_OLD_EVIDENCE = '["e","Bash","oops","","","","f:1","2.1.0"]'  # as it was before signals knew a revision


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
        fill(store)
    with writing(engine) as connection:
        migrations.move(connection, "base")
    with engine.connect() as connection:
        assert set(inspect(connection).get_table_names()) == {"alembic_version"}
    with SqlStore.open(url) as store:
        assert store.issues("o/r") == {}


def test_a_database_of_the_first_revision_opens_with_its_data(url: str, engine: Engine) -> None:
    with writing(engine) as connection:
        migrations.move(connection, "0001")
        connection.execute(text("INSERT INTO issues VALUES ('o/r', 'f', 7, 0)"))
        connection.execute(text("INSERT INTO files VALUES (1, 'd', 'f', '1', 'reader', '[]')"))
        connection.execute(text("INSERT INTO rules VALUES (1, 'r', 'd1', 'reader')"))
        connection.execute(text(f"INSERT INTO signals VALUES (1, 1, 1, 5, 's', '[]', 0, NULL, '{_OLD_EVIDENCE}')"))
    with SqlStore.open(url) as store:
        assert store.issues("o/r") == {"f": 7}
        assert list(store.signals()) == [
            Signal(
                "r", "s", "e", (), datetime(1970, 1, 1, tzinfo=UTC), None, "Bash", "oops", place="f:1", version="2.1.0"
            )
        ]
        assert store.decisions() == ()


def test_down_to_the_first_revision_and_up_keeps_its_tables(url: str, engine: Engine) -> None:
    with SqlStore.open(url) as store:
        fill(store)
    with writing(engine) as connection:
        migrations.move(connection, "0001")
    with engine.connect() as connection:
        assert migrations.present(connection) == "0001"
        assert set(inspect(connection).get_table_names()) == {
            "alembic_version", "files", "issues", "links", "rules", "sessions", "signals",
        }  # fmt: skip
    with SqlStore.open(url) as store:
        assert store.issues("o/r") == {"f1": 7}
        assert [signal.event for signal in store.signals()] == ["e1"]
        assert (store.intents("o/r"), store.decisions(), store.recall("key")) == ((), (), None)


def test_down_to_the_revision_before_remarks_loses_only_them(url: str, engine: Engine) -> None:
    with SqlStore.open(url) as store:
        fill(store)
    with writing(engine) as connection:
        migrations.move(connection, "0002")
    with engine.connect() as connection:
        assert {"remarks", "heard"}.isdisjoint(inspect(connection).get_table_names())
    with SqlStore.open(url) as store:
        assert (store.remarks("o/r"), store.heard("o/r")) == ((), None)
        assert (store.issues("o/r"), len(store.intents("o/r")), len(store.decisions())) == ({"f1": 7}, 1, 1)
        assert (store.recall("key"), store.gone("o/r")) == (b"value", {7: "deleted"})


def test_decisions_of_a_fingerprint_are_found_by_index(url: str, engine: Engine) -> None:
    SqlStore.open(url).close()
    with writing(engine) as connection:
        prefix = "SELECT * FROM decisions WHERE fingerprint >= 'ab' AND fingerprint < 'ac'"
        if is_sqlite(connection):
            plan = connection.execute(text(f"EXPLAIN QUERY PLAN {prefix}"))
        else:
            connection.execute(text("SET LOCAL enable_seqscan = off"))
            plan = connection.execute(text(f"EXPLAIN {prefix}"))
        assert "ix_decisions_fingerprint_no" in str(plan.all())


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
