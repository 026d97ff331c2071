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
from bot.adapters.ledger import SqlLedger
from bot.adapters.store import SqlStore
from bot.adapters.store_codec import digest
from bot.adapters.store_engine import connect, parse, writing
from bot.adapters.store_schema import METADATA
from bot.adapters.store_sql import is_sqlite
from bot.core.model import Signal
from bot.core.session import group_number
from bot.ledger import Derived
from tests.adapters.test_store_crash import prepare
from tests.adapters.test_store_filing import MINUTE, fill

NOON = datetime(2026, 2, 3, 12, tzinfo=UTC)
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


def test_evidence_of_an_older_revision_is_numbered_and_stale(url: str, engine: Engine) -> None:
    blocks = '[["2026-02-03T12:00:00+00:00","2026-02-03T13:00:00+00:00"]]'
    with writing(engine) as connection:
        migrations.move(connection, "0003")
        for no, person, facts in ((1, "ann", f"[{blocks},[],[],[]]"), (2, "", "[[],[],[],[]]")):
            session = f"{no}, '{digest(f's{no}')}', 's{no}', {no}, '', '', '{person}', 0, '{facts}', :empty, '', ''"
            bare = text(f"INSERT INTO sessions VALUES ({session})")
            connection.execute(bare, {"empty": b"[]"})
        connection.execute(text("INSERT INTO files VALUES (1, 'd', 'f', '1', 'reader', '[]')"))
        connection.execute(text("INSERT INTO rules VALUES (1, 'r', 'd1', 'reader')"))
        signal = "1, 1, 1, 5, 's1', '[[\"k\",\"v\"]]', 0, NULL"
        connection.execute(text(f"INSERT INTO signals VALUES ({signal}, :evidence)"), {"evidence": _OLD_EVIDENCE})
    with SqlStore.open(url) as store:
        ledger = SqlLedger(store.engine)
        stale = ledger.stale(9)
        ledger.derive([Derived(name, "o/r", NOON) for _, name in stale.sessions], stale.upto)

        assert stale.sessions == (("s1", "s1"), ("s2", "s2"))
        assert ledger.touched("o/r").groups == {group_number("r", [("k", "v")])}
        assert [signal.event for signal in ledger.signals([group_number("r", [("k", "v")])])] == ["e"]
        assert sorted(ledger.people()) == ["", "ann"]
        assert ledger.at_work(NOON, NOON) == {"ann"}
        assert ledger.began_between(["ann"], NOON - MINUTE, NOON) == {"s1"}


def test_down_to_the_revision_before_the_ledger_keeps_the_evidence(url: str, engine: Engine) -> None:
    with SqlStore.open(url) as store:
        prepare(store)
        before = (list(store.sessions()), list(store.signals()), store.conversations(), store.files())
    with writing(engine) as connection:
        migrations.move(connection, "0003")
    with engine.connect() as connection:
        tables = set(inspect(connection).get_table_names())
        assert {"origins", "changed", "derived", "touched", "findings", "windows", "progress"}.isdisjoint(tables)
    with SqlStore.open(url) as store:
        assert (list(store.sessions()), list(store.signals()), store.conversations(), store.files()) == before
        assert len(SqlLedger(store.engine).stale(9).sessions) == 5
        assert list(SqlLedger(store.engine).briefs()) == []


def test_more_rows_than_are_held_at_once_are_all_numbered(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/many.db"
    engine = connect(parse(url))
    with writing(engine) as connection:
        migrations.move(connection, "0003")
        connection.execute(text("INSERT INTO files VALUES (1, 'd', 'f', '1', 'reader', '[]')"))
        connection.execute(text("INSERT INTO rules VALUES (1, 'r', 'd1', 'reader')"))
        rows = [{"no": no, "evidence": f'["e{no}","","","","","","",""]'} for no in range(1, 10_002)]
        connection.execute(text("INSERT INTO signals VALUES (:no, 1, 1, :no, 's', '[]', 0, NULL, :evidence)"), rows)
    with SqlStore.open(url) as store:
        assert len(list(SqlLedger(store.engine).signals([group_number("r", [])]))) == 10_001
    engine.dispose()
