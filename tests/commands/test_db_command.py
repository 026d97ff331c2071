"""`frictionbot db`: what operators type to look after the tables, and what they are told."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from io import StringIO
from pathlib import Path

import pytest

from bot.adapters.store import SqlStore
from bot.commands.shell import Shell
from bot.commands.work import RealWork
from bot.main import main
from tests.full_disk import files_no_larger_than
from tests.shells import NOW, Said, Terminal


def _typed(url: str, *argv: str, answers: StringIO | None = None) -> Said:
    out, err = StringIO(), StringIO()
    shell = Shell(out, err, {}, Path("/nonexistent"), lambda: NOW, RealWork(), answers)
    code = main(("db", *argv, "--database", url), shell)
    return Said(code, out.getvalue(), err.getvalue())


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path}/bot.db" if request.param == "sqlite" else str(request.getfixturevalue("postgres_url"))


def test_an_upgrade_says_from_which_to_which_revision(url: str) -> None:
    assert _typed(url, "upgrade") == Said(0, "The tables went from none to 0005.\n", "")
    assert _typed(url, "upgrade") == Said(0, "The tables are at 0005 already.\n", "")
    again = _typed(url, "upgrade", "--format", "json")
    assert again.json == {"schema": 1, "before": "0005", "after": "0005", "problems": []}


def test_the_status_says_what_to_do(url: str) -> None:
    before = _typed(url, "status")
    advice = "the next start upgrades it" if url.startswith("sqlite") else "run `frictionbot db upgrade`"
    assert f" is without tables, before 0005 of this version: {advice}.\n" in before.out
    assert before.code == int(not url.startswith("sqlite"))

    _typed(url, "upgrade")
    after = _typed(url, "status")
    assert (after.code, after.err) == (0, "")
    assert after.out.startswith("The database ")
    assert " is at 0005, as this version wants it.\nIt takes " in after.out
    said = _typed(url, "status", "--format", "json").json
    assert (said["revision"], said["wanted"], said["usable"], said["problems"]) == ("0005", "0005", True, [])
    assert said["bytes"] > 100_000


def test_a_newer_database_is_told_apart_by_whether_this_version_may_go_on(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/bot.db"
    SqlStore.open(url).close()
    with closing(sqlite3.connect(tmp_path / "bot.db")) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '0006'")
        connection.commit()
        beside = _typed(url, "status")
        connection.execute("UPDATE compatible SET since = '0006'")
        connection.commit()
        over = _typed(url, "status")

    assert beside.code == 0
    assert "is at 0006, newer than 0005 of this version: this version may go on with it." in beside.out
    assert over.code == 1
    assert "is at 0006, newer than 0005 of this version: upgrade frictionbot." in over.out


@pytest.mark.parametrize(("answer", "code"), [("y\n", 0), ("n\n", 1), ("", 1)])
def test_going_back_is_asked_about_first(tmp_path: Path, answer: str, code: int) -> None:
    url = f"sqlite:///{tmp_path}/bot.db"
    _typed(url, "upgrade")
    said = _typed(url, "downgrade", "0003", answers=Terminal(answer))

    assert said.code == code
    assert "dropped with all that they hold" in said.err
    assert _typed(url, "status", "--format", "json").json["revision"] == ("0005" if code else "0003")


def test_going_back_needs_yes_where_nobody_can_be_asked(url: str) -> None:
    _typed(url, "upgrade")

    said = _typed(url, "downgrade", "0004")
    assert (said.code, said.out) == (2, "")
    assert "add --yes" in said.err
    assert _typed(url, "downgrade", "0004", "--yes").out == "The tables went from 0005 to 0004.\n"
    nowhere = _typed(url, "downgrade", "0007", "--yes", "--format", "json")
    assert (nowhere.code, nowhere.json["problems"][0]["code"]) == (1, "database_revision")


def test_tidying_tells_the_size_before_and_after(url: str) -> None:
    said = _typed(url, "tidy", "--format", "json").json if url.startswith("sqlite") else None
    assert said is None or (said["before"] > 0 and said["after"] > 0)

    _typed(url, "upgrade")
    told = _typed(url, "tidy")
    assert (told.code, told.err) == (0, "")
    assert told.out.startswith("The database took ")


@pytest.mark.parametrize("command", ["upgrade", "status", "tidy"])
def test_a_server_that_is_down_is_one_line_and_no_traceback(command: str) -> None:
    said = _typed("postgresql://me:secret@127.0.0.1:1/friction", command)

    assert (said.code, said.out) == (1, "")
    assert "cannot be reached: check host and port" in said.err
    assert said.err.endswith("[database_unreachable]\n")
    assert "secret" not in said.err


def test_a_file_that_is_no_database_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("dear diary, " * 100)

    for command in ("upgrade", "status", "tidy"):
        said = _typed(f"sqlite:///{tmp_path}/notes.txt", command)
        assert (said.code, said.err.count("[database_invalid]")) == (1, 1)
    assert (tmp_path / "notes.txt").read_text() == "dear diary, " * 100


def test_a_full_disk_is_said_and_the_upgrade_is_done_later(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/bot.db"
    with files_no_larger_than(40_960):
        said = _typed(url, "upgrade")

    assert (said.code, said.out) == (1, "")
    assert f"the database {tmp_path}/bot.db " in said.err
    assert "disk" in said.err
    assert _typed(url, "upgrade") == Said(0, "The tables went from none to 0005.\n", "")
