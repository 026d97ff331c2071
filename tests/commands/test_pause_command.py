"""`frictionbot pause` and `resume`: the operator's order to stop, who gave it, and until when."""

from __future__ import annotations

import getpass
from datetime import UTC, datetime
from io import StringIO
from pathlib import Path

import pytest

from bot.adapters.store import SqlStore
from bot.adapters.upkeep import SqlUpkeep
from bot.commands.shell import Shell
from bot.commands.work import RealWork
from bot.main import main
from bot.upkeep import Pause
from tests.full_disk import files_no_larger_than
from tests.shells import Said

NOON = datetime(2026, 2, 15, 12, 0, tzinfo=UTC)
SETTINGS = """
repository = "acme/agents"
[[routes]]
repository = "Acme/Platform"
source = "platform"
"""


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/bot.db"
    made = str(request.getfixturevalue("postgres_url"))
    SqlStore.open(made).close()
    return made


def _typed(url: str, *argv: str, at: datetime = NOON, settings: str = SETTINGS, folder: Path | None = None) -> Said:
    out, err = StringIO(), StringIO()
    if folder:
        (folder / "frictionbot.toml").write_text(settings)
    here = folder or Path("/nonexistent")
    code = main((*argv, "--database", url), Shell(out, err, {}, here, lambda: at, RealWork()))
    return Said(code, out.getvalue(), err.getvalue())


def _kept(url: str) -> tuple[Pause, ...]:
    with SqlStore.open(url) as store:
        return SqlUpkeep(store.engine).pauses(NOON)


def test_all_is_paused_until_it_is_resumed(url: str) -> None:
    said = _typed(url, "pause", "all", "--because", "GitHub is being moved")

    assert (said.code, said.err) == (0, "")
    assert said.out.splitlines()[1].split("  ")[0] == "all"
    assert said.out.endswith("\n1 pause; ingesting goes on.\n")
    assert _kept(url) == (Pause("all", NOON, getpass.getuser(), "GitHub is being moved"),)
    assert _typed(url, "resume", "all").out == "all goes on.\nNothing is paused.\n"
    assert _kept(url) == ()


def test_a_rule_is_paused_for_a_while(url: str) -> None:
    said = _typed(url, "pause", "--rule", "python-module-missing", "--for", "2h", "--by", "ann", "--format", "json")

    assert said.json == {
        "schema": 1,
        "pauses": [
            {
                "scope": "rule:python-module-missing",
                "at": "2026-02-15T12:00:00.000Z",
                "by": "ann",
                "because": "",
                "until": "2026-02-15T14:00:00.000Z",
            }
        ],
        "problems": [],
    }
    late = _typed(url, "pause", "--list", "--format", "json", at=NOON.replace(hour=14))
    assert late.json["pauses"] == []


def test_repositories_are_spelled_as_in_the_settings(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/bot.db"
    said = _typed(
        url, "pause", "--repository", "ACME/agents", "--repo", "acme/platform", "--format", "json", folder=tmp_path
    )

    assert [each["scope"] for each in said.json["pauses"]] == ["repository:Acme/Platform", "repository:acme/agents"]


def test_what_is_not_known_gets_a_suggestion_and_pauses_nothing(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/bot.db"
    rule = _typed(url, "pause", "all", "--rule", "python-modul-missing", folder=tmp_path)
    repository = _typed(url, "pause", "--repository", "acme/agent", folder=tmp_path)
    far = _typed(url, "pause", "--repository", "zzz", folder=tmp_path)

    assert (rule.code, repository.code, far.code) == (2, 2, 2)
    assert "no rule 'python-modul-missing' is known: did you mean python-module-missing?" in rule.err
    assert "no repository 'acme/agent' is known: did you mean acme/agents?" in repository.err
    assert "no repository 'zzz' is known: there are Acme/Platform, acme/agents" in far.err
    assert _kept(url) == ()


@pytest.mark.parametrize(
    ("argv", "why"),
    [
        (["pause"], "say what: all, --repository OWNER/NAME or --rule ID"),
        (["resume"], "say what: all"),
        (["pause", "everything"], "'everything' is not 'all'"),
        (["pause", "all", "--for", "soon"], "'soon' is no duration: write a whole number and s, m, h or d"),
        (["pause", "all", "--for", "0h"], "--for 0 is no time"),
        (["pause", "all", "--because", "x" * 501], "--because is too long"),
    ],
)
def test_an_order_that_is_not_clear_is_refused(tmp_path: Path, argv: list[str], why: str) -> None:
    url = f"sqlite:///{tmp_path}/bot.db"
    said = _typed(url, *argv)

    assert (said.code, said.out) == (2, "")
    assert why in said.err
    assert _kept(url) == ()


def test_each_pause_is_lifted_by_itself(url: str) -> None:
    _typed(url, "pause", "all", "--rule", "hook-failed", "--rule", "hook-blocked", "--by", "ann")
    said = _typed(url, "resume", "all", "--rule", "hook-failed", "--rule", "disk-full", "--format", "json")

    assert said.json["resumed"] == ["all", "rule:hook-failed"]
    assert [each["scope"] for each in said.json["pauses"]] == ["rule:hook-blocked"]
    again = _typed(url, "resume", "all")
    assert (again.code, again.out.splitlines()[0]) == (0, "all was not paused.")


def test_what_the_settings_no_longer_name_can_still_be_resumed(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/bot.db"
    _typed(url, "pause", "--repository", "acme/agents", folder=tmp_path)
    said = _typed(url, "resume", "--repository", "acme/Agents", folder=tmp_path, settings="")

    assert (said.code, said.out.splitlines()[0]) == (0, "repository:acme/agents goes on.")


def test_a_later_pause_takes_the_place_of_the_first(url: str) -> None:
    _typed(url, "pause", "all", "--for", "1h", "--by", "ann")
    _typed(url, "pause", "all", "--by", "bob")

    assert _kept(url) == (Pause("all", NOON, "bob"),)
    assert _typed(url, "pause", "--list").out.count("all") == 1


def test_a_database_that_is_down_is_said(tmp_path: Path) -> None:
    for argv in (["pause", "all"], ["pause", "--list"], ["resume", "all"]):
        said = _typed("postgresql://me:secret@127.0.0.1:1/friction", *argv)
        assert (said.code, said.out) == (1, "")
        assert said.err.endswith("[database_unreachable]\n")
        assert "secret" not in said.err


def test_nothing_paused_is_said_plainly(tmp_path: Path) -> None:
    assert _typed(f"sqlite:///{tmp_path}/bot.db", "pause", "--list") == Said(0, "Nothing is paused.\n", "")


def test_a_full_disk_pauses_nothing_and_says_so(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/bot.db"
    _typed(url, "pause", "--list")
    with files_no_larger_than(4_096):
        said = _typed(url, "pause", "all", "--because", "x" * 500)

    assert (said.code, said.out) == (1, "")
    assert "disk" in said.err
    assert _kept(url) == ()
