"""The database as `doctor` looks at it: reached, migrated, written; and what to type where it is not."""

from __future__ import annotations

import resource
import shutil
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import select

from bot.adapters import migrations
from bot.adapters.checks_store import database_checks, database_time, is_made
from bot.adapters.store import SqlStore
from bot.adapters.store_engine import connect, parse, writing
from bot.adapters.store_schema import KEPT
from bot.core.diagnosis import Check, Outcome
from bot.ports import StoreError
from tests.unprivileged import nobody

NOW = datetime(2026, 11, 21, tzinfo=UTC)


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder that somebody else than root can be let into, and kept out of."""
    made = Path(tempfile.mkdtemp(prefix="doctor-", dir="/tmp"))
    made.chmod(0o777)
    yield made
    made.chmod(0o777)
    shutil.rmtree(made)


def first(url: str) -> Check:
    return next(iter(database_checks(url, NOW)))


def test_a_good_database_keeps_what_is_written_and_nothing_is_left(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/friction.db"
    SqlStore.open(url).close()
    checks = list(database_checks(url, NOW))
    assert [(check.outcome, check.place) for check in checks] == [(Outcome.OK, ""), (Outcome.OK, "disk")]
    assert checks[0].found == (
        f"the database {tmp_path}/friction.db has the tables {migrations.HEAD} and keeps what is written"
    )
    with SqlStore.open(url) as store, store.engine.connect() as connection:
        assert connection.execute(select(KEPT)).all() == []


def test_a_server_is_looked_at_the_same_way(postgres_url: str) -> None:
    SqlStore.open(postgres_url).close()
    assert [check.outcome for check in database_checks(postgres_url, NOW)] == [Outcome.OK]
    found = database_time(postgres_url)
    assert found is not None
    assert found.tzinfo is not None


def test_an_empty_server_is_told_how_it_gets_its_tables(postgres_url: str) -> None:
    check = first(postgres_url)
    assert (check.outcome, check.fix) == (Outcome.FAILED, "run `frictionbot db upgrade`")


def test_an_outdated_database_is_told_how_it_is_upgraded(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/friction.db"
    SqlStore.open(url).close()
    engine = connect(parse(url))
    with writing(engine) as connection:
        migrations.move(connection, "0001")
    engine.dispose()
    check = first(url)
    assert (check.outcome, check.fix) == (Outcome.FAILED, "run `frictionbot db upgrade`")
    with closing(sqlite3.connect(tmp_path / "friction.db")) as connection:
        assert connection.execute("SELECT version_num FROM alembic_version").fetchall() == [("0001",)]


def test_a_database_that_is_not_there_is_only_a_warning_and_is_not_made(tmp_path: Path) -> None:
    check = first(f"sqlite:///{tmp_path}/a/friction.db")
    assert (check.outcome, check.fix) == (
        Outcome.WARNING, "run `frictionbot db upgrade`, or the first `frictionbot run`",
    )  # fmt: skip
    assert list(tmp_path.iterdir()) == []


def test_a_database_in_memory_forgets_everything() -> None:
    assert first("sqlite://").outcome is Outcome.WARNING
    assert not is_made("sqlite://")


def test_a_folder_that_may_not_be_written_to_is_named(folder: Path) -> None:
    folder.chmod(0o555)
    with nobody():
        check = first(f"sqlite:///{folder}/friction.db")
    assert (check.outcome, check.found) == (
        Outcome.FAILED,
        f"there is none at {folder}/friction.db, and none can be made in {folder}",
    )


def test_a_database_that_may_only_be_read_fails_though_it_opens(folder: Path) -> None:
    SqlStore.open(f"sqlite:///{folder}/friction.db").close()
    (folder / "friction.db").chmod(0o444)
    folder.chmod(0o555)
    with nobody():
        check = first(f"sqlite:///{folder}/friction.db")
    assert check.outcome is Outcome.FAILED
    assert check.found.startswith(f"the database {folder}/friction.db ")
    assert check.fix


def test_a_server_that_only_reads_fails_though_it_answers(postgres_url: str) -> None:
    SqlStore.open(postgres_url).close()
    with psycopg.connect(postgres_url, autocommit=True) as connection:
        name = connection.execute("SELECT current_database()").fetchone()
        assert name
        connection.execute(f"ALTER DATABASE {name[0]} SET default_transaction_read_only = on")  # type: ignore[arg-type]
    check = first(postgres_url)
    assert (check.outcome, check.fix) == (Outcome.FAILED, "name the primary server, not a replica")


_FULL = """
import sys, resource
from datetime import UTC, datetime
from bot.adapters.checks_store import database_checks
from bot.core.diagnosis import as_json
import json, signal
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[2]), int(sys.argv[2])))
print(json.dumps(as_json(list(database_checks(sys.argv[1], datetime.now(UTC))))))
"""


def test_a_database_on_a_full_disk_fails_though_it_can_be_read(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/friction.db"
    SqlStore.open(url).close()
    assert resource.RLIMIT_FSIZE  # stands in for the full disk: no file may grow beyond it
    command = [sys.executable, "-c", _FULL, url, str(32 * 1024)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert '"outcome": "failed"' in done.stdout
    assert f"the database {tmp_path}/friction.db " in done.stdout


def test_a_broken_file_is_told_to_be_moved_away(tmp_path: Path) -> None:
    (tmp_path / "friction.db").write_text("dear diary, " * 100)
    check = first(f"sqlite:///{tmp_path}/friction.db")
    assert (check.outcome, check.fix) == (Outcome.FAILED, "name another file, or move this one away")


def test_no_line_shows_the_password_of_a_server() -> None:
    check = first("postgresql://ann:hunter22@127.0.0.1:1/friction")
    assert (check.outcome, check.found) == (
        Outcome.FAILED,
        "the database postgresql+psycopg://ann:***@127.0.0.1:1/friction cannot be reached",
    )
    assert "hunter22" not in str(check)


def test_a_file_has_no_clock_and_a_dead_server_tells_none(tmp_path: Path) -> None:
    assert database_time(f"sqlite:///{tmp_path}/friction.db") is None
    with pytest.raises(StoreError):
        database_time("postgresql://ann@127.0.0.1:1/friction")
