"""Opening a store: what goes wrong is one error with a code and what to do, and never a password."""

from __future__ import annotations

import shutil
import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import event

from bot.adapters.store import SqlStore
from bot.core.model import Session
from bot.ports import FileMark, Reading, StoreError
from tests.unprivileged import nobody

READING = Reading(FileMark("f", "1", "r", frozenset()), (Session("s", "claude-code"),))


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder that somebody else than root can be kept out of, and let into."""
    made = Path(tempfile.mkdtemp(prefix="store-", dir="/tmp"))
    made.chmod(0o755)
    yield made
    made.chmod(0o755)
    shutil.rmtree(made)


def _refusal(url: str, *, upgrade: bool = True) -> StoreError:
    with pytest.raises(StoreError) as caught:
        SqlStore.open(url, upgrade=upgrade)
    return caught.value


def test_a_database_is_made_with_its_folders(tmp_path: Path) -> None:
    with SqlStore.open(f"sqlite:///{tmp_path}/a/b/friction.db"):
        assert (tmp_path / "a" / "b" / "friction.db").exists()


def test_a_home_folder_may_be_written_short(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    with SqlStore.open("sqlite:///~/friction.db"):
        assert (tmp_path / "friction.db").exists()


def test_what_was_written_is_there_after_opening_again(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/friction.db"
    with SqlStore.open(url) as store:
        store.absorb([READING])
    with SqlStore.open(url) as store:
        assert [session.id for session in store.sessions()] == ["s"]


def test_readers_and_a_writer_share_a_file(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/friction.db"
    with SqlStore.open(url) as one, SqlStore.open(url) as other:
        one.absorb([READING])
        assert [session.id for session in other.sessions()] == ["s"]
        with closing(sqlite3.connect(tmp_path / "friction.db")) as connection:
            assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)


def test_a_run_with_nothing_new_is_one_statement(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/friction.db"
    with SqlStore.open(url) as store:
        store.absorb([READING])
    with SqlStore.open(url) as store:
        said: list[str] = []
        event.listen(store._engine, "before_cursor_execute", lambda *call: said.append(call[2].split()[0]))
        assert list(store.files()) == ["f"]
        assert store.absorb([]) == 0
        assert said == ["BEGIN", "SELECT"]


@pytest.mark.parametrize("url", ["", "nonsense", "mysql://me:secret@host/db", "postgresql+asyncpg://h/d", "sqlite:/x"])
def test_a_url_of_another_kind_is_told_what_to_write(url: str) -> None:
    refusal = _refusal(url)

    assert refusal.code == "database_url"
    assert "sqlite:///PATH or postgresql://" in refusal.message
    assert "secret" not in refusal.message


def test_a_file_that_is_no_database_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("dear diary, " * 100)

    refusal = _refusal(f"sqlite:///{tmp_path}/notes.txt")

    assert refusal.code == "database_invalid"
    assert refusal.message.startswith(f"the database {tmp_path}/notes.txt is not a database: name another file")
    assert (tmp_path / "notes.txt").read_text() == "dear diary, " * 100


def test_a_folder_is_not_taken_for_a_database(tmp_path: Path) -> None:
    assert _refusal(f"sqlite:///{tmp_path}").code == "database_path"


def test_a_file_in_the_way_of_a_folder_is_named(tmp_path: Path) -> None:
    (tmp_path / "taken").touch()

    refusal = _refusal(f"sqlite:///{tmp_path}/taken/friction.db")

    assert refusal.code == "database_path"
    assert f"{tmp_path}/taken" in refusal.message


def test_the_database_of_another_program_is_not_touched(tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "other.db")) as connection:
        connection.execute("CREATE TABLE sessions (token TEXT)")

    assert _refusal(f"sqlite:///{tmp_path}/other.db").code == "database_invalid"


def test_a_file_without_write_permission_is_read_only(folder: Path) -> None:
    SqlStore.open(f"sqlite:///{folder}/friction.db").close()
    (folder / "friction.db").chmod(0o444)
    folder.chmod(0o555)
    with nobody():
        refusal = _refusal(f"sqlite:///{folder}/friction.db")

    assert refusal.code == "database_readonly"
    assert "get permission to write file and folder" in refusal.message


def test_a_read_only_file_in_an_open_folder_is_read_only_too(folder: Path) -> None:
    SqlStore.open(f"sqlite:///{folder}/friction.db").close()
    (folder / "friction.db").chmod(0o444)
    folder.chmod(0o777)
    with nobody():
        assert _refusal(f"sqlite:///{folder}/friction.db").code == "database_readonly"


def test_a_folder_that_may_not_be_made_is_named(folder: Path) -> None:
    folder.chmod(0o555)
    with nobody():
        refusal = _refusal(f"sqlite:///{folder}/new/friction.db")

    assert refusal.code == "database_permission"
    assert f"{folder}/new" in refusal.message


def test_a_file_that_may_not_be_made_is_a_bad_path(folder: Path) -> None:
    folder.chmod(0o555)
    with nobody():
        assert _refusal(f"sqlite:///{folder}/friction.db").code == "database_path"


def test_a_file_that_may_not_be_read_is_said_so(folder: Path) -> None:
    (folder / "friction.db").touch()
    (folder / "friction.db").chmod(0o000)
    folder.chmod(0o777)
    with nobody():
        assert _refusal(f"sqlite:///{folder}/friction.db").code == "database_path"


def test_a_database_of_a_newer_version_that_changed_tables_is_refused(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/friction.db"
    SqlStore.open(url).close()
    with closing(sqlite3.connect(tmp_path / "friction.db")) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
        connection.execute("UPDATE compatible SET since = '9998'")
        connection.commit()

    refusal = _refusal(url)

    assert refusal.code == "database_newer"
    assert "upgrade frictionbot" in refusal.message


def test_without_upgrade_an_empty_database_is_refused(tmp_path: Path) -> None:
    assert _refusal(f"sqlite:///{tmp_path}/friction.db", upgrade=False).code == "database_outdated"


def test_a_store_that_fails_later_says_so_too(tmp_path: Path) -> None:
    with SqlStore.open(f"sqlite:///{tmp_path}/friction.db") as store:
        with closing(sqlite3.connect(tmp_path / "friction.db")) as connection:
            connection.execute("PRAGMA foreign_keys = OFF")
            connection.execute("DROP TABLE files")
        with pytest.raises(StoreError) as caught:
            store.absorb([READING])
        assert caught.value.code == "database_failed"
        assert list(store.sessions()) == []


def test_a_server_that_is_not_there_is_unreachable() -> None:
    refusal = _refusal("postgres://me:secret@127.0.0.1:1/friction?password=hidden")

    assert refusal.code == "database_unreachable"
    assert "check host and port" in refusal.message
    assert "secret" not in refusal.message
    assert "hidden" not in refusal.message


def test_a_missing_database_of_a_server_is_named(postgres_url: str) -> None:
    refusal = _refusal(postgres_url.replace("/test_", "/missing_"))

    assert refusal.code == "database_missing"
    assert "create it (createdb)" in refusal.message


def test_a_user_that_the_server_does_not_know_is_denied(postgres_url: str) -> None:
    assert _refusal(postgres_url.replace("postgres@", "stranger@")).code == "database_denied"


def test_a_server_that_only_reads_is_refused(postgres_url: str) -> None:
    refusal = _refusal(f"{postgres_url}&options=-cdefault_transaction_read_only%3Don")

    assert refusal.code == "database_readonly"


@pytest.mark.parametrize("scheme", ["postgres", "postgresql", "postgresql+psycopg"])
def test_every_spelling_of_postgresql_is_understood(postgres_url: str, scheme: str) -> None:
    with SqlStore.open(postgres_url.replace("postgresql", scheme, 1)) as store:
        assert store.absorb([READING]) == 0
