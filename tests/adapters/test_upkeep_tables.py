"""The tables over the years: upgraded once by whoever comes first, shared by two versions, taken back, never half-way."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Thread

import pytest
from sqlalchemy import Engine, inspect, text

from bot.adapters import migrations
from bot.adapters.ledger import SqlLedger
from bot.adapters.store import SqlStore
from bot.adapters.store_engine import connect, parse, writing
from bot.adapters.upkeep import SqlUpkeep
from bot.adapters.upkeep_tables import Move, downgrade, open_store, state, upgrade
from bot.core.history import Decision
from bot.core.model import Session, Span
from bot.core.session import group_number
from bot.ledger import Derived
from bot.ports import FileMark, Reading, SourceFile, StoreError
from bot.upkeep import Batch, Failure, Pause, Pulse, Remains

NOON = datetime(2026, 2, 3, 12, 0, tzinfo=UTC)
NEVER = datetime.min.replace(tzinfo=UTC)
HOUR = Span(NOON, NOON + timedelta(hours=1))
STRANGE = "\0nul \udce9 half \U0001f600"


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path}/m.db" if request.param == "sqlite" else str(request.getfixturevalue("postgres_url"))


@pytest.fixture
def engine(url: str) -> Iterator[Engine]:
    opened = connect(parse(url))
    yield opened
    opened.dispose()


def _at(engine: Engine, revision: str, *statements: str) -> None:
    with writing(engine) as connection:
        migrations.move(connection, revision)
        for statement in statements:
            connection.execute(text(statement))


def _refusal(url: str) -> StoreError:
    with pytest.raises(StoreError) as caught:
        SqlStore.open(url)
    return caught.value


def test_upgrading_says_from_where_to_where_and_twice_is_once(url: str) -> None:
    assert upgrade(url) == Move(None, "0005")
    assert upgrade(url) == Move("0005", "0005")


def test_two_who_upgrade_at_once_do_it_once(url: str, engine: Engine) -> None:
    _at(engine, "0003")
    moves: list[Move] = []
    threads = [Thread(target=lambda: moves.append(upgrade(url))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(move.before or "" for move in moves) == ["0003", "0005", "0005", "0005"]
    assert {move.after for move in moves} == {"0005"}


def test_upgrading_keeps_what_an_older_version_wrote(url: str, engine: Engine) -> None:
    _at(
        engine,
        "0003",
        "INSERT INTO issues VALUES ('o/r', 'f', 7, 0)",
        "INSERT INTO decisions (at, repository, fingerprint, rule, action, row, reason, outcome)"
        " VALUES (0, 'o/r', 'f', 'rule', 'open', 'new', 'enough', 'done')",
        "INSERT INTO leases VALUES ('name', 'ann', 5)",
    )

    assert upgrade(url) == Move("0003", "0005")
    with open_store(url) as store:
        assert store.issues("o/r") == {"f": 7}
        assert [each.reason for each in store.decisions()] == ["enough"]


def test_down_and_up_again_with_upkeep_in_it_loses_only_upkeep(url: str) -> None:
    with SqlStore.open(url) as store:
        store.log([Decision(NOON, "o/r", "f", "rule", "open", "new", 7, "enough", "done")])
        upkeep = SqlUpkeep(store.engine)
        upkeep.dispatch([Batch("b", (SourceFile(STRANGE, "s", 1, "1"),), NOON)])
        upkeep.fail(Failure("c", STRANGE, "m", "s", NOON, NOON))
        upkeep.beat(Pulse("discover", NOON))
        upkeep.pause(Pause("all", NOON))

    assert downgrade(url, "0004") == Move("0005", "0004")
    assert upgrade(url) == Move("0004", "0005")
    with SqlStore.open(url) as store:
        upkeep = SqlUpkeep(store.engine)
        assert (upkeep.failures(), upkeep.pulses(), upkeep.pauses(NOON), upkeep.begin("b")) == ((), (), (), None)
        assert len(store.decisions()) == 1


def test_a_server_is_upgraded_by_no_start_but_a_file_is(url: str, engine: Engine) -> None:
    _at(engine, "0003")
    if url.startswith("sqlite"):
        with open_store(url) as store:
            assert store.issues("o/r") == {}
        return
    with pytest.raises(StoreError, match="run `frictionbot db upgrade`") as caught:
        open_store(url)
    assert caught.value.code == "database_outdated"
    upgrade(url)
    open_store(url).close()


def test_a_worker_goes_on_beside_tables_that_a_newer_version_only_added_to(url: str, engine: Engine) -> None:
    _at(engine, "head", "ALTER TABLE pulses ADD COLUMN mood TEXT", "UPDATE alembic_version SET version_num = '0006'")

    with open_store(url) as store:
        SqlUpkeep(store.engine).beat(Pulse("discover", NOON))
        assert SqlUpkeep(store.engine).pulses() == (Pulse("discover", NOON),)
    assert (state(url).revision, state(url).usable) == ("0006", True)
    assert upgrade(url) == Move("0006", "0006")


# What a worker of the revision 0003 says when it absorbs a file: it names the columns that it knows.
_OLD_WORKER = (
    (
        "INSERT INTO sessions (no, digest, id, conversation, agent, source, person, events, facts, steps, links, quiet)"
        " VALUES (2, 'd2', 'late', 2, 'claude-code', '', 'ann', 1,"
        """ '[[["2026-02-03T12:00:00+00:00","2026-02-03T13:00:00+00:00"]],[],[],[]]', '[]', '', '')"""
    ),
    "INSERT INTO links (link, session) VALUES (77, 2)",
    "INSERT INTO files (no, digest, path, stamp, reader, rules) VALUES (9, 'd9', 'late.jsonl', '1', 'reader', '[]')",
    "INSERT INTO rules (no, rule, digest, reader) VALUES (9, 'r', 'd', 'older')",
    (
        "INSERT INTO signals (file, rule, event, session, key, at, until, evidence)"
        """ VALUES (9, 9, 5, 'late', '[["module","numpy"]]', 0, NULL, '["e2","Bash","oops","","","","late:1",""]')"""
    ),
    (
        "UPDATE sessions SET facts ="
        """ '[[["2026-02-01T12:00:00+00:00","2026-02-05T12:00:00+00:00"]],[],[],[]]' WHERE no = 1"""
    ),
    (
        "INSERT INTO decisions (at, repository, fingerprint, rule, action, row, issue, reason, outcome)"
        " VALUES (0, 'o/r', 'f', 'r', 'skip', 'below', NULL, 'too few', 'planned')"
    ),
    "INSERT INTO leases (name, holder, until) VALUES ('l', 'old', 5)",
    "INSERT INTO kept (name, value, at) VALUES ('k', 'v', 5)",
)


def test_what_an_old_worker_writes_beside_newer_tables_is_caught_up_with(url: str, engine: Engine) -> None:
    reading = Reading(FileMark("f", "1", "reader", frozenset()), (Session("early", "claude-code", blocks=(HOUR,)),))
    with SqlStore.open(url) as store:
        store.absorb([reading])
        ledger, upkeep = SqlLedger(store.engine), SqlUpkeep(store.engine)
        ledger.derive_all_again("rules of today")
        ledger.derive([Derived("early", "o/r", None)], ledger.stale(10).upto)
        upkeep.sweep(NOON)
        assert ledger.derive_all_again("rules of today") is False
        with writing(engine) as connection:
            for statement in _OLD_WORKER:
                connection.execute(text(statement.replace("'[]', '', '')", f"{_bytes(url)})")))

        upkeep.sweep(NOON)
        assert ledger.derive_all_again("rules of today")
        assert [session for session, _ in ledger.stale(10).sessions] == ["early", "late"]
        group = group_number("r", (("module", "numpy"),))
        assert [signal.session for signal in ledger.signals({group})] == ["late"]
        assert upkeep.remains(NOON + timedelta(hours=2), NEVER) == Remains(1, 1, 0)  # the other one goes on for longer
        upkeep.sweep(NOON)
        assert ledger.derive_all_again("rules of today") is False


def _bytes(url: str) -> str:
    return "x'5b5d', x'', x''" if url.startswith("sqlite") else r"'\x5b5d', '\x', '\x'"


def test_a_worker_stops_where_a_newer_version_changed_tables(url: str, engine: Engine) -> None:
    _at(engine, "head", "UPDATE compatible SET since = '0006'", "UPDATE alembic_version SET version_num = '0006'")

    refusal = _refusal(url)
    assert refusal.code == "database_newer"
    assert "upgrade frictionbot" in refusal.message
    assert not state(url).usable


def test_what_only_looks_like_a_newer_version_is_refused(url: str, engine: Engine) -> None:
    _at(engine, "0004", "UPDATE alembic_version SET version_num = '9999'")

    assert _refusal(url).code == "database_newer"
    with pytest.raises(StoreError, match="no way back"):
        downgrade(url, "0003")


def test_there_is_no_going_back_to_what_never_was(url: str) -> None:
    upgrade(url)

    with pytest.raises(StoreError, match="name one of 0001, 0002, 0003, 0004, 0005"):
        downgrade(url, "0006")
    downgrade(url, "0003")
    with pytest.raises(StoreError, match="name one of 0001, 0002, 0003"):
        downgrade(url, "0004")


def test_an_upgrade_that_fails_leaves_the_tables_as_they_were(url: str, engine: Engine) -> None:
    _at(engine, "0003", "CREATE TABLE pulses (mine INTEGER)")  # in the way of the last revision

    with pytest.raises(StoreError):
        upgrade(url)
    with engine.connect() as connection:
        assert migrations.present(connection) == "0003"
        assert not inspect(connection).has_table("batches")
        assert not inspect(connection).has_table("touched")


def test_the_state_of_tables_is_told_without_a_change(url: str, engine: Engine) -> None:
    embedded = url.startswith("sqlite")
    assert (state(url).revision, state(url).wanted, state(url).usable) == (None, "0005", embedded)
    _at(engine, "0003")
    assert (state(url).revision, state(url).usable) == ("0003", embedded)
    upgrade(url)
    assert (state(url).revision, state(url).usable) == ("0005", True)
    assert state(url).size > 100_000


def test_asking_for_the_state_makes_no_file(tmp_path: Path) -> None:
    assert state(f"sqlite:///{tmp_path}/none.db").size == 0
    assert list(tmp_path.iterdir()) == []


def test_space_is_given_back_where_much_went(url: str) -> None:
    with SqlStore.open(url) as store:
        upkeep = SqlUpkeep(store.engine)
        for number in range(20):
            upkeep.beat(Pulse(f"worker:{number}", NOON, "x" * 100_000))
        full = upkeep.size()
        upkeep.sweep(NOON + timedelta(days=30))
        upkeep.tidy()

        assert upkeep.pulses() == ()
        if url.startswith("sqlite"):  # PostgreSQL gives the end of a table's file back only where nobody looks at it
            assert upkeep.size() < full - 1_900_000
