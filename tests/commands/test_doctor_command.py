"""`frictionbot doctor`: what it looks at, what it leaves alone, its exit codes, and no secret in any line."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import orjson
import pytest

from bot.adapters.store import SqlStore
from bot.adapters.upkeep import SqlUpkeep
from bot.commands.doctor import NAMES
from bot.sandbox.server import Sandbox
from bot.upkeep import Pulse
from tests.shells import NOW, Said, Terminal, typed

HERE = "acme/agents"


@pytest.fixture
def box() -> Iterator[Sandbox]:
    with Sandbox(clock=lambda: NOW) as made:
        made.add_repository(HERE)
        yield made


def environ(tmp_path: Path, box: Sandbox, **more: str) -> dict[str, str]:
    """An embedded installation in which everything is well."""
    (tmp_path / "sessions").mkdir(exist_ok=True)
    (tmp_path / "sessions" / "one.jsonl").write_text("{}\n")
    return {
        "FRICTIONBOT_DATABASE": f"sqlite:///{tmp_path}/friction.db",
        "FRICTIONBOT_SOURCES": f"{tmp_path}/sessions",
        "GITHUB_TOKEN": box.token,
        "GITHUB_API_URL": box.url,
        "GITHUB_REPOSITORY": HERE,
        **more,
    }


def outcomes(said: Said) -> dict[str, set[str]]:
    """The outcomes of each name, of the object for programs."""
    found: dict[str, set[str]] = {}
    for check in said.json["checks"]:
        found.setdefault(check["name"], set()).add(check["outcome"])
    return found


def test_an_embedded_installation_is_well_without_any_redis(tmp_path: Path, box: Sandbox) -> None:
    with SqlStore.open(f"sqlite:///{tmp_path}/friction.db") as store:
        SqlUpkeep(store.engine).beat(Pulse("run", NOW - timedelta(days=3)))
    said = typed("doctor", "--format", "json", "--strict", environ=environ(tmp_path, box))
    assert outcomes(said) == {
        "python": {"ok"}, "packages": {"ok"}, "settings": {"ok"}, "rules": {"ok"}, "templates": {"ok"}, "sources": {"ok"},
        "database": {"ok"}, "failures": {"ok"}, "pauses": {"ok"}, "redis": {"skipped"}, "queues": {"skipped"},
        "workers": {"skipped"}, "beat": {"skipped"}, "cycle": {"ok"}, "github": {"ok"}, "repository": {"ok"},
        "labels": {"ok"}, "webhook": {"skipped"}, "clock": {"ok"},
    }  # fmt: skip
    assert (said.code, said.json["outcome"], said.json["schema"], said.err) == (0, "ok", 1, "")


def test_a_fresh_machine_has_warnings_and_nothing_is_made_on_it(tmp_path: Path) -> None:
    said = typed("doctor", environ={"XDG_STATE_HOME": str(tmp_path / "state"), "HOME": str(tmp_path)})
    assert "warning database   there is none at " in said.out
    assert (
        "skipped github     not used here: no repository and no token is set, so nothing is ever posted\n" in said.out
    )
    assert list(tmp_path.iterdir()) == []


def test_a_line_says_what_was_found_and_the_next_what_to_type(tmp_path: Path, box: Sandbox) -> None:
    said = typed("doctor", "--only", "database", environ=environ(tmp_path, box))
    assert said.out == (
        f"warning database   there is none at {tmp_path}/friction.db yet\n"
        "                   fix: run `frictionbot db upgrade`, or the first `frictionbot run`\n"
        "\n1 warning\n"
    )
    assert (said.code, typed("doctor", "--only", "database", "--strict", environ=environ(tmp_path, box)).code) == (0, 1)


def test_a_named_broker_makes_redis_and_workers_part_of_it(tmp_path: Path, box: Sandbox) -> None:
    SqlStore.open(f"sqlite:///{tmp_path}/friction.db").close()
    there = environ(tmp_path, box, FRICTIONBOT_WORKERS_BROKER="redis://127.0.0.1:1/0")
    said = typed("doctor", "--format", "json", environ=there)
    found = outcomes(said)
    assert {name: found[name] for name in ("redis", "queues", "workers", "beat", "cycle")} == {
        "redis": {"failed"},
        "queues": {"skipped"},
        "workers": {"failed"},
        "beat": {"failed"},
        "cycle": {"warning"},
    }
    assert said.code == 1


def test_workers_that_were_here_not_long_ago_make_redis_part_of_it(tmp_path: Path, box: Sandbox) -> None:
    with SqlStore.open(f"sqlite:///{tmp_path}/friction.db") as store:
        SqlUpkeep(store.engine).beat(Pulse("worker:a@h", NOW - timedelta(days=2)))
    said = typed("doctor", "--format", "json", "--only", "workers", environ=environ(tmp_path, box))
    assert outcomes(said) == {"workers": {"failed"}}


def test_wrong_settings_are_lines_and_what_rests_on_them_is_skipped(tmp_path: Path) -> None:
    (tmp_path / "frictionbot.toml").write_text('repository = "acme"\nrules_ = 3\n')
    said = typed("doctor", "--format", "json", folder=tmp_path)
    assert [(check["place"], check["found"]) for check in said.json["checks"] if check["name"] == "settings"] == [
        (f"{tmp_path}/frictionbot.toml:1", "repository: write OWNER/NAME, such as acme/agents"),
        (f"{tmp_path}/frictionbot.toml:2", "rules_: there is no such setting: did you mean rules?"),
    ]
    found = outcomes(said)
    assert (found["python"], found["database"], found["clock"]) == ({"ok"}, {"skipped"}, {"skipped"})
    assert said.code == 1


def test_a_probe_is_one_line_and_an_exit_code(tmp_path: Path, box: Sandbox) -> None:
    SqlStore.open(f"sqlite:///{tmp_path}/friction.db").close()
    said = typed("doctor", "--probe", "pauses", environ=environ(tmp_path, box))
    assert (said.code, said.out) == (0, "ok      pauses     nothing is paused\n")
    said = typed("doctor", "--probe", "beat", environ=environ(tmp_path, box, FRICTIONBOT_WORKERS_BROKER="redis://h"))
    assert said.code == 1
    assert said.out.startswith("failed  beat       beat never ticked\n")


def test_a_probe_with_wrong_settings_fails_whatever_it_is_of(tmp_path: Path) -> None:
    said = typed("doctor", "--probe", "worker", environ={"FRICTIONBOT_GAP": "often"}, folder=tmp_path)
    assert said.code == 1
    assert said.out.splitlines()[0].startswith("failed  settings   FRICTIONBOT_GAP: ")
    assert said.out.splitlines()[-1] == "skipped worker     not looked at, because settings failed"


def test_the_names_are_those_of_the_probes_in_their_order(tmp_path: Path, box: Sandbox) -> None:
    said = typed("doctor", "--format", "json", environ=environ(tmp_path, box, FRICTIONBOT_GAP="often"))
    wrong = list(outcomes(said))
    assert wrong == [name for name in NAMES if name != "worker"]
    assert wrong == list(outcomes(typed("doctor", "--format", "json", environ=environ(tmp_path, box))))


def test_a_name_that_is_none_is_a_usage_error() -> None:
    assert typed("doctor", "--only", "everything").code == 2


def test_a_clock_that_is_wrong_is_told(tmp_path: Path) -> None:
    with Sandbox(clock=lambda: NOW + timedelta(minutes=3)) as box:
        box.add_repository(HERE)
        said = typed("doctor", "--only", "clock", environ=environ(tmp_path, box))
    assert said.code == 1
    assert said.out.startswith("failed  clock      GitHub: this machine is 2 min behind GitHub\n")


def test_where_each_setting_comes_from_is_told_where_asked(tmp_path: Path, box: Sandbox) -> None:
    said = typed("doctor", "--only", "settings", "--all", "--repo", "acme/tools", environ=environ(tmp_path, box))
    assert "- repository = acme/tools (--repo)\n" in said.out
    assert "- github.token = set (GITHUB_TOKEN)\n" in said.out


SECRETS = {
    "GITHUB_TOKEN": "Zq7token0123456789",
    "FRICTIONBOT_GITHUB_WEBHOOK_SECRET": "Zq7webhook01",
    "FRICTIONBOT_MARKER_KEY": "Zq7marker0123",
    "FRICTIONBOT_PSEUDONYM_SALT": "Zq7salt0123",
    "FRICTIONBOT_WORKERS_BROKER": "redis://Zq7user:Zq7broker@127.0.0.1:1/0",
    "FRICTIONBOT_DATABASE": "postgresql://ann:Zq7data%2Fbase@127.0.0.1:1/friction?password=Zq7query",
}
_HIDDEN = ("Zq7token", "Zq7webhook", "Zq7marker", "Zq7salt", "Zq7broker", "Zq7data", "Zq7query")


@pytest.mark.parametrize("form", ["text", "json"])
def test_no_secret_of_any_place_is_in_any_line(tmp_path: Path, box: Sandbox, form: str) -> None:
    said = typed("doctor", "--all", "--format", form, environ=environ(tmp_path, box) | SECRETS)
    assert said.code == 1
    assert [secret for secret in _HIDDEN if secret in said.out + said.err] == []


def test_no_secret_of_wrong_settings_is_in_any_line(tmp_path: Path) -> None:
    wrong = {"FRICTIONBOT_WORKERS_BROKER": "http://:Zq7broker@h", "FRICTIONBOT_DATABASE": "Zq7data://x"}
    said = typed("doctor", "--all", environ=SECRETS | wrong, folder=tmp_path)
    assert said.code == 1
    assert [secret for secret in _HIDDEN if secret in said.out + said.err] == []


def test_a_terminal_shows_what_is_looked_at_and_takes_it_away(tmp_path: Path, box: Sandbox) -> None:
    said = typed("doctor", "--only", "rules", environ=environ(tmp_path, box), err=Terminal())
    assert said.err == "\r\x1b[K…       rules\r\x1b[K"


def test_colours_are_for_terminals_that_want_them(tmp_path: Path, box: Sandbox) -> None:
    there = environ(tmp_path, box)
    line = "ok      rules      37"
    assert typed("doctor", "--only", "rules", environ=there).out.startswith(line)
    assert typed("doctor", "--only", "rules", environ=there, out=Terminal()).out.startswith(
        "\x1b[32mok      \x1b[0mrules "
    )
    assert typed("doctor", "--only", "rules", environ={**there, "NO_COLOR": "1"}, out=Terminal()).out.startswith(line)


class Gone(Terminal):
    """A reader that has gone away."""

    def write(self, _: str) -> int:
        raise BrokenPipeError


def test_a_reader_that_goes_away_has_what_it_wanted(tmp_path: Path, box: Sandbox) -> None:
    assert typed("doctor", "--only", "rules", "--only", "pauses", environ=environ(tmp_path, box), out=Gone()).code == 0


def test_the_object_is_one_line_in_order(tmp_path: Path, box: Sandbox) -> None:
    said = typed("doctor", "--only", "settings", "--format", "json", environ=environ(tmp_path, box))
    assert said.out.count("\n") == 1
    assert orjson.loads(said.out).keys() == {"schema", "outcome", "checks"}
